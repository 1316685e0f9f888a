"""What readers ask for by letter, done: the words after the verb are read here, and answered.

A From line can be forged. So a letter can only do what is seen and undone in one click: the reader
is always written to, with a link that puts things right, at most `Rates.answers` times a day. It
makes nobody a reader (that takes the confirmation) and shows nothing of a reader's data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date
from typing import Literal
from zoneinfo import ZoneInfo

from digest.address import Address
from digest.delivery import Subscriber
from digest.errors import TokenError
from digest.readers.gate import Taken
from digest.readers.service import Kind, Note, ReaderService
from digest.readers.wishes import Offer, sections_named, wishes_of

Verb = Literal[
    "subscribe", "unsubscribe", "confirm", "help", "sections", "pause", "resume", "format", "links"
]
Done = Literal[
    "asked",
    "already",
    "silent",
    "limited",
    "confirmed",
    "left",
    "changed",
    "helped",
    "unclear",
    "stranger",
    "refused",
]
"""What became of a letter, for the log; no address stands in it."""
_SPAN = re.compile(r"(?P<n>\d{1,3})\s*(?P<unit>day|week|month)s?\b")
_UNTIL = re.compile(r"\d{4}-\d\d-\d\d")
_UNITS = {"day": 1, "week": 7, "month": 30}
_WORDS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "six": "6"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter as far as readers are concerned."""

    verb: Verb
    sender: Address
    words: tuple[str, ...] = ()
    """After the verb, in small letters."""
    tokens: tuple[str, ...] = ()
    """Candidates for a confirmation token, genuine or not."""
    reader: int = 0
    """The reader's number where a genuine tag of ours stood in the address written to."""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """Does what letters say."""

    service: ReaderService
    offer: Offer
    taken: Taken

    def take(self, letter: Wanted, now: datetime) -> Done:
        """Do it, and answer. Raises only what the roll raises."""
        if letter.verb == "confirm" or letter.tokens:
            done = self._confirm(letter, now)
            if done or letter.verb == "confirm":
                return done or self._answer("unclear", letter)
        if letter.verb == "help":
            return self._answer("help", letter)
        if letter.verb == "subscribe":
            if self.taken.refuses(letter.sender):
                return "refused"
            return self.service.ask(
                letter.sender, self.offer.usual, "letter", now, letter.message_id
            )
        reader = self._reader(letter)
        if reader is None:
            return "stranger"
        if letter.verb == "unsubscribe":  # before any limit: leaving always works
            self.service.leave_as(reader, now, farewell=True, in_reply_to=letter.message_id)
            return "left"
        if reader.state not in ("active", "paused"):
            return "stranger"
        if not self._may_answer(reader.key):
            return "limited"
        if letter.verb == "links":
            self._write("links", reader, now, (), letter)
            return "changed"
        if self._change(reader, letter, now):
            changed = self.service.roll.by_id(reader.id) or reader
            self._write("changed", changed, now, (letter.verb,), letter)
            return "changed"
        self._write("unclear", reader, now, (letter.verb,), letter)
        return "unclear"

    def _confirm(self, letter: Wanted, now: datetime) -> Done | None:
        for token in letter.tokens:
            try:
                self.service.confirm(token, "letter", now)
            except TokenError:
                continue
            return "confirmed"
        return None

    def _reader(self, letter: Wanted) -> Subscriber | None:
        roll = self.service.roll
        by_tag = roll.by_id(letter.reader) if letter.reader else None
        return by_tag or roll.find(letter.sender.key)

    def _change(self, reader: Subscriber, letter: Wanted, now: datetime) -> bool:
        wishes = wishes_of(reader)
        match letter.verb:
            case "sections":
                sections, understood = sections_named(letter.words, self.offer)
                if not understood:
                    return False
                return self.service.choose(reader, replace(wishes, sections=sections), now)
            case "format":
                if letter.words[:1] == ("text",):
                    return self.service.choose(reader, replace(wishes, format="text"), now)
                if letter.words[:1] == ("html",):
                    return self.service.choose(reader, replace(wishes, format="html"), now)
                return False
            case "pause":
                understood, until = pause_until(letter.words, now, reader.zone)
                return understood and self.service.pause(reader, until, now)
            case "resume":
                return reader.state == "active" or self.service.resume(reader, now)
        return False

    def _answer(self, kind: Literal["help", "unclear"], letter: Wanted) -> Done:
        """Answer whoever wrote, reader or not, with nothing of a reader's in it."""
        if not self._may_answer(letter.sender.key):
            return "limited"
        self.service.postman.send(Note(kind, letter.sender, in_reply_to=letter.message_id))
        return "helped" if kind == "help" else "unclear"

    def _write(
        self,
        kind: Kind,
        reader: Subscriber,
        now: datetime,
        about: tuple[str, ...],
        letter: Wanted,
    ) -> None:
        service = self.service
        service.postman.send(
            service.note(kind, reader, now, about=about, in_reply_to=letter.message_id)
        )

    def _may_answer(self, key: str) -> bool:
        return self.service.gate.admits("answers", self.service.tokens.address_hash(key).hex())


def pause_until(words: Sequence[str], now: datetime, zone: str) -> tuple[bool, datetime | None]:
    """Whether "2 weeks", "10 days", "until 2026-05-01" or nothing at all was understood, and when
    the pause ends (None: when the reader says so). It ends at midnight of the reader's zone."""
    said = " ".join(_WORDS.get(word, word) for word in words).casefold().strip(" .!")
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    if not said:
        return True, None
    if day := _UNTIL.search(said):
        try:
            until = Date.fromisoformat(day.group())
        except ValueError:
            return False, None
        if until <= today:
            return False, None
    elif span := _SPAN.search(said):
        days = int(span["n"]) * _UNITS[span["unit"]]
        if not 0 < days <= 366:
            return False, None
        until = today + timedelta(days=days)
    else:
        return False, None
    if until > today + timedelta(days=366):
        return False, None
    return True, datetime.combine(until, time(), here).astimezone(UTC)
