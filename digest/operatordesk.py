"""The operator's letter: what came up and what is over since the last one, collected.

After each task the service's picture is looked at. What was told already is kept with the tasks, so
a restart repeats nothing; while no relay takes the letter, it is tried again after the next task.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.errors import DigestError
from digest.mail.message import service_letter
from digest.mail.outcome import Envelope
from digest.mail.smtp import SmtpSender
from digest.mailroom import masthead
from digest.mailsettings import MailSettings
from digest.resources import templates
from digest.schedule.logs import say
from digest.settings import Settings
from digest.status import Matter, Picture, TellsDone, picture
from digest.store import Store
from digest.timetable import LETTER, FinishedTask

REMEMBERED = timedelta(days=60)
TEMPLATE = "service/operator.en.txt"
COMMAND_SECONDS = 30.0
"""Nobody waits for the operator's letter but the next task does."""


@dataclass(frozen=True, slots=True)
class News:
    """What a letter is to say."""

    new: tuple[Matter, ...]
    over: tuple[str, ...]
    """Keys of what was told and is over."""
    still: tuple[Matter, ...]
    """Told before, and not over."""
    missed: tuple[str, ...] = ()
    """What came and went while no letter could leave."""


def news(
    matters: Sequence[Matter],
    told: Sequence[str],
    last: datetime | None,
    now: datetime,
    every: timedelta,
    missed: Mapping[str, str] | None = None,
) -> News | None:
    """What is to be told now; None when it is nothing, or too early for another letter.

    `told`: the keys that stood in the last letter, sent at `last`; `missed`: key → sentence of
    letters since then that could not leave.
    """
    if last is not None and timedelta(0) <= now - last < every:
        return None
    keys = {matter.key for matter in matters}
    found = News(
        new=tuple(matter for matter in matters if matter.key not in told),
        over=tuple(key for key in told if key not in keys),
        still=tuple(matter for matter in matters if matter.key in told),
        missed=tuple(text for key, text in (missed or {}).items() if key not in keys),
    )
    return found if found.new or found.over or found.missed else None


class OperatorDesk:
    """`work.Operator` by mail."""

    def __init__(
        self, settings: Settings, mail: MailSettings, store: Store, work: TellsDone
    ) -> None:
        """`mail.operator` must be an address."""
        self._settings = settings
        self._mail = mail
        self._store = store
        self._work = work

    def look(self, now: datetime) -> None:
        """Write, where there is something to tell. What goes wrong here is logged: it must not
        stop the work that it tells of."""
        try:
            self._look(now)
        except DigestError as error:
            say(logging.ERROR, "operator-not-told", problem=error)

    def _look(self, now: datetime) -> None:
        told, last, missed = self._last(now)
        found = picture(self._settings, self._store, self._work, now)
        every = timedelta(hours=self._settings.schedule.tell_operator_hours)
        say_now = news(found.matters, told, last, now, every, missed)
        if say_now is None:
            return
        if self._send(say_now, found, now):
            self._keep("done", (matter.key for matter in found.matters), now)
            return
        lines = {matter.key: " ".join(matter.text.split()) for matter in say_now.new}
        if fresh := [f"{key}\t{text}" for key, text in lines.items() if missed.get(key) != text]:
            self._keep("failed", fresh, now)

    def _keep(
        self, outcome: Literal["done", "failed"], lines: Iterable[str], now: datetime
    ) -> None:
        note = "\n".join(lines)
        self._store.record_task(FinishedTask(LETTER, LETTER, now.date(), now, now, outcome, note))

    def _last(self, now: datetime) -> tuple[list[str], datetime | None, dict[str, str]]:
        """The keys that the last letter told, when it left, and what could not be told since."""
        letters = [t for t in self._store.tasks_since(now - REMEMBERED) if t.kind == LETTER]
        told: list[str] = []
        last: datetime | None = None
        missed: dict[str, str] = {}
        for letter in letters:
            lines = letter.note.split("\n") if letter.note else []
            if letter.outcome == "done":
                told, last, missed = lines, letter.finished, {}
            else:
                # Of a matter that was looked at again, as of one that goes on failing, the last.
                missed |= {key: text or key for key, _, text in (s.partition("\t") for s in lines)}
        return told, last, missed

    def _send(self, told: News, found: Picture, now: datetime) -> bool:
        from digest.render.environment import environment

        assert self._mail.operator is not None  # noqa: S101
        title = self._settings.editorial.title
        template = environment(templates()).get_template(TEMPLATE)
        text = template.render(title=title, told=told, found=found)
        subject, _, body = text.partition("\n")
        letter = service_letter(
            masthead(self._mail, self._settings.editorial),
            to=self._mail.operator,
            message_id=f"<operator.{secrets.token_hex(12)}@{self._mail.sender.domain}>",
            subject=subject.removeprefix("Subject: "),
            text=body.strip("\n") + "\n",
            date=now,
            signer=self._mail.signer,
        )
        sender = SmtpSender(
            self._mail.relays, helo=self._mail.helo, command_seconds=COMMAND_SECONDS
        )
        try:
            outcome = sender.send(Envelope("", self._mail.operator), letter)
        finally:
            sender.close()
        accepted = outcome.verdict == "accepted"
        say(
            logging.INFO if accepted else logging.WARNING,
            "operator-letter",
            verdict=outcome.verdict,
            code=outcome.code,
            new=len(told.new),
            over=len(told.over),
        )
        return accepted
