"""The editions in the output folder. Reads; never writes."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date as Date
from pathlib import Path
from typing import TypeVar

import msgspec

from digest.archive.catalogue import Day, Entry, day_of, no_collecting
from digest.archive.records import Health, Stories, Story, StoryLine, Summary
from digest.folder import date_of

Read = TypeVar("Read", Summary, Stories, Health)
Mark = tuple[int, int]
"""A file's time of change and number."""

FILES = {
    "index.html": "text/html; charset=utf-8",
    "digest.txt": "text/plain; charset=utf-8",
    "edition.json": "application/json",
}
"""The files of an edition that are served, and as what; its bundle is not among them."""
KEPT = 64
"""Editions whose stories are kept in memory whole."""
STYLES_HASHED = 40
"""Different style attributes that are named one by one in the policy."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.S | re.I)
_ATTRIBUTE = re.compile(rb"""\sstyle=(?:"([^"]*)"|'([^']*)')""", re.I)


class Archive:
    """`out` as an archive. Threads may share it; what changed on disk is seen at the next look.

    `known`: editions as they were seen before, which are not read again.
    """

    def __init__(self, out: Path, known: Iterable[Day] = ()) -> None:
        self.out = out
        self._days = {day.date: day for day in known}
        self._lock = threading.Lock()
        self._dates: tuple[int, tuple[Date, ...]] = (-1, ())
        self._summaries: dict[Date, tuple[str, Summary]] = {}
        self._stories: OrderedDict[Date, tuple[Mark, tuple[Story, ...]]] = OrderedDict()

    def dates(self) -> Sequence[Date]:
        """The dates that have an edition, newest first."""
        try:
            changed = self.out.stat().st_mtime_ns
        except OSError:
            return ()
        with self._lock:
            known, dates = self._dates
        if known != changed:
            names = (p.name for p in self.out.iterdir() if _DATE.match(p.name))
            dates = tuple(sorted(filter(None, map(date_of, names)), reverse=True))
            with self._lock:
                self._dates = changed, dates
        return dates

    def days(self) -> tuple[Day, ...]:
        """Every edition that can be read, in a line each, newest first."""
        with no_collecting():
            return tuple(filter(None, map(self._day, self.dates())))

    def _day(self, date: Date) -> Day | None:
        stamp = f"{date} {self.mark(date)}"
        with self._lock:
            known = self._days.get(date)
        if known and known.stamp == stamp:
            return known
        summary = self._summary(date)
        if summary is None:
            return None
        day = day_of(summary, stamp)
        with self._lock:
            self._days[date] = day
        return day

    def story(self, entry: Entry) -> StoryLine | None:
        """The story with whom it cites; None where its edition was just made again."""
        date, stamp = entry.day.date, entry.day.stamp
        with self._lock:
            known = self._summaries.get(date)
        if known is None or known[0] != stamp:
            summary = self._summary(date)
            if summary is None:
                return None
            known = stamp, summary
            with self._lock:
                self._summaries[date] = known
        stories = known[1].stories
        return stories[entry.at] if entry.at < len(stories) else None

    def _summary(self, date: Date) -> Summary | None:
        return _read(self._record(date), Summary)

    def _record(self, date: Date) -> Path:
        return self.out / date.isoformat() / "edition.json"

    def stories(self, date: Date) -> tuple[Story, ...]:
        """The stories of `date`'s edition, whole; none where it cannot be read."""
        mark = self.mark(date)
        with self._lock:
            known = self._stories.get(date)
        if known and known[0] == mark:
            return known[1]
        found = _read(self._record(date), Stories)
        if found is None:
            return ()
        with self._lock:
            self._stories[date] = mark, found.stories
            while len(self._stories) > KEPT:
                self._stories.popitem(last=False)
        return found.stories

    def health(self, date: Date) -> Health:
        """How the feeds answered for `date`'s edition."""
        return _read(self._record(date), Health) or Health()

    def mark(self, date: Date, name: str = "edition.json") -> Mark:
        """Changes when the file does; (0, 0) where there is none."""
        try:
            found = (self.out / date.isoformat() / name).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino


def style_policy(page: bytes) -> str:
    """style-src for a stored page: the hashes of the styles in it, and nothing else."""
    hashes = [_hashed(style) for style in _STYLE.findall(page)]
    attributes = sorted({one or two for one, two in _ATTRIBUTE.findall(page)})
    if len(attributes) > STYLES_HASHED:
        return "'unsafe-inline'"
    if attributes:
        hashes += ["'unsafe-hashes'", *map(_hashed, attributes)]
    return " ".join(hashes) or "'none'"


def _hashed(style: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"


def _read(record: Path, kind: type[Read]) -> Read | None:
    """An edition's record as `kind`; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(record.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
