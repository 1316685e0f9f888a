"""The service's log: one line an event, key=value, no reader's address.

    2026-04-14T06:00:03Z level=info event=task-done task=build:2026-04-14 seconds=41.2 note="…"

The form is logfmt: `journalctl | grep event=task-failed` finds things, and so do log collectors.
"""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

_PLAIN = re.compile(r'[^\s"=\x00-\x1f\x7f-\x9f]+')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Sought from where a word begins alone: else the time grows with the square of a long word.
_ADDRESS = re.compile(r"(?<![^\s@<>\"'])[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")

_TALKATIVE = ("apscheduler", "alembic", "asyncio", "trafilatura", "htmldate")
"""Libraries that tell of every step: APScheduler alone writes four lines a task."""

log = logging.getLogger("digest")


def say(level: int, event: str, **fields: object) -> None:
    """Log `event` with its fields."""
    if not log.isEnabledFor(level):
        return
    log.log(
        level,
        "%s",
        " ".join(pair(key, value) for key, value in [("event", event), *fields.items()]),
    )


def pair(key: str, value: object) -> str:
    """`key=value`, quoted where it must be, on one line."""
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    text = _ADDRESS.sub("(address)", _CONTROLS.sub(" ", text))
    if _PLAIN.fullmatch(text):
        return f"{key}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}="{escaped}"'


class KeyValueLines(logging.Formatter):
    """Everything as one line: messages of libraries become `msg`, a traceback stays below."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = record.getMessage()
        if record.name != log.name:
            said = f"{pair('logger', record.name)} {pair('msg', said)}"
        line = f"{moment} level={record.levelname.lower()} {said}"
        if record.exc_info:
            line += "\n" + _ADDRESS.sub("(address)", self.formatException(record.exc_info))
        return line


def set_up(level: int = logging.INFO) -> None:
    """Send all logs to standard error, where systemd, Docker and cron expect them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
