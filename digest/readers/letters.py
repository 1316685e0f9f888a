"""What readers ask for by letter, done and answered.

A From line can be forged. It is believed where the operator's own mail server vouches for it; any
other letter that asks for something on a reader's behalf only makes us ask that reader, whose
answer does it. The reader is always written to, at most `Rates.answers` times a day, with a link
that puts things right. A letter makes nobody a reader (that takes the confirmation) and shows
nothing of a reader's data. Letters to the tagged address of a reader's own letters need nobody's
word.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from digest.delivery import Command, Subscriber
from digest.errors import TokenError
from digest.readers.acts import act_of, end_of_pause, regions_of, sections_of
from digest.readers.gate import Taken
from digest.readers.service import Note, ReaderService
from digest.readers.tokens import MOST_ACT, Purpose
from digest.readers.wishes import FORMATS, Offer, wishes_of

Done = Literal[
    "asked",
    "asked back",
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


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """Does what letters say."""

    service: ReaderService
    offer: Offer
    taken: Taken

    def take(self, letter: Command, now: datetime) -> Done:
        """Do it, and answer. Raises only what the roll raises."""
        if letter.verb == "confirm":
            return self._confirm(letter, now) or self._answer("unclear", letter)
        if letter.verb == "unclear":
            return self._answer("unclear", letter, self._question(letter, now))
        if letter.verb == "help":
            return self._answer("help", letter)
        if letter.verb == "subscribe":
            return self._subscribe(letter, now)
        reader = self._reader(letter)
        return self._of_reader(reader, letter, now) if reader else "stranger"

    def _subscribe(self, letter: Command, now: datetime) -> Done:
        if self.taken.refuses(letter.sender):
            return "refused"
        if not self._may_write(letter):
            return "limited"
        wishes, own, answering = self.offer.usual, letter.vouched, letter.message_id
        return self.service.ask(letter.sender, wishes, now, own=own, in_reply_to=answering)

    def _of_reader(self, reader: Subscriber, letter: Command, now: datetime) -> Done:
        """What a letter asks for on this reader's behalf."""
        readable = reader.subscribed
        act = act_of(letter.verb, letter.words, reader, self.offer, now)
        theirs = self._is_theirs(letter, reader, now)
        if act and not theirs:
            return self._ask_back(reader, letter, act, now) if readable else "stranger"
        if act == "unsubscribe":  # before any limit: leaving always works
            return self._do(reader, act, letter.message_id, now)
        if not readable:
            return "stranger"
        if not ((theirs or self._may_disturb(reader)) and self._may_answer(reader.key)):
            return "limited"
        if letter.verb == "links":
            self.service.write("links", reader, now, letter.message_id)
            return "changed"
        if act is None:
            self.service.write("unclear", reader, now, letter.message_id, (letter.verb,))
            return "unclear"
        return self._do(reader, act, letter.message_id, now)

    def _is_theirs(self, letter: Command, reader: Subscriber, now: datetime) -> bool:
        """Whether this letter is known to be the reader's own."""
        if letter.vouched or letter.reader:
            return True
        for token in letter.tokens:  # it answers a question of ours with words of its own
            with suppress(TokenError):
                if self.service.acting(token, now)[0].id == reader.id:
                    return True
        return False

    def _ask_back(self, reader: Subscriber, letter: Command, act: str, now: datetime) -> Done:
        """Write to the reader that their letter asks for this; the answer will do it."""
        if not self._may_disturb(reader):
            return "limited"
        service = self.service
        note = service.note("sure", reader, now, letter.message_id, (act,))
        if len(act) <= MOST_ACT:
            token = service.tokens.make("act", reader.id, reader.nonce, now, act)
            note = replace(note, confirm=token)
        service.postman.send(note)
        return "asked back"

    def _confirm(self, letter: Command, now: datetime) -> Done | None:
        for token in letter.tokens:
            try:
                self.service.confirm(token, "letter", now)
            except TokenError:
                pass
            else:
                return "confirmed"
            try:
                reader, act = self.service.acting(token, now)
            except TokenError:
                continue
            return self._do(reader, act, letter.message_id, now)
        return None

    def _reader(self, letter: Command) -> Subscriber | None:
        roll = self.service.roll
        # A tag proves whose it is, and nothing of the From beside it.
        return roll.by_id(letter.reader) if letter.reader else roll.find(letter.sender.key)

    def _do(self, reader: Subscriber, act: str, answering: str, now: datetime) -> Done:
        """Do what is known to be the reader's own wish, and tell them."""
        service, wishes = self.service, wishes_of(reader)
        kind = act.partition("_")[0]
        if kind == "unsubscribe":
            service.leave_as(reader, now, farewell=True, in_reply_to=answering)
            return "left"
        if kind == "pause":
            done = service.pause(reader, end_of_pause(act, reader.zone), now)
        elif kind == "resume":
            done = reader.state == "active" or service.resume(reader, now)
        elif kind in FORMATS:
            done = service.choose(reader, replace(wishes, format=FORMATS[kind]), now)
        elif kind == "regions":
            done = service.choose(reader, replace(wishes, regions=regions_of(act)), now)
        else:
            sections = sections_of(act, self.offer)
            done = service.choose(reader, replace(wishes, sections=sections), now)
        if not done:  # they have left meanwhile
            return "stranger"
        changed = service.roll.by_id(reader.id) or reader
        service.write("changed", changed, now, answering, (kind,))
        return "changed"

    def _question(self, letter: Command, now: datetime) -> str:
        """The token of the question of ours that a letter answers; "" where none still counts."""
        purposes: tuple[Purpose, ...] = ("confirm", "act")
        for token in letter.tokens:
            for purpose in purposes:
                with suppress(TokenError):
                    self.service.open(purpose, token, now)
                    return token
        return ""

    def _answer(
        self, kind: Literal["help", "unclear"], letter: Command, question: str = ""
    ) -> Done:
        """Answer whoever wrote, reader or not, with nothing of a reader's in it. A yes to that
        letter is one to the `question`."""
        if not (self._may_answer(letter.sender.key) and self._may_write(letter)):
            return "limited"
        self.service.postman.send(
            Note(kind, letter.sender, confirm=question, in_reply_to=letter.message_id)
        )
        return "helped" if kind == "help" else "unclear"

    def _may_write(self, letter: Command) -> bool:
        """Whether a letter that any stranger may have caused can still be written."""
        return letter.vouched or self.service.gate.admits("letters")

    def _may_disturb(self, reader: Subscriber) -> bool:
        """The same of a letter to a reader, who may have written nothing: the tighter limit."""
        gate = self.service.gate
        return gate.admits("address", self.service.who(reader.key)) and gate.admits("letters")

    def _may_answer(self, key: str) -> bool:
        return self.service.gate.admits("answers", self.service.who(key))
