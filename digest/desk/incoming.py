"""A letter that came in, dealt with: returned mail, readers' commands, and their comments."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from digest.address import Address, parse_address
from digest.delivery import Command
from digest.errors import AddressError
from digest.mail.inbox import Answer, Ignored, Ours, read_letter
from digest.mail.verp import Verp
from digest.mailroom import edition_ids
from digest.mailsettings import MailSettings
from digest.readers.comments import CommentDesk
from digest.readers.letters import LetterDesk
from digest.returns import Returns
from digest.schedule.logs import say


class Incoming:
    """Called by the inbox's edges, from any thread."""

    def __init__(
        self,
        letters: LetterDesk,
        returns: Returns,
        mail: MailSettings,
        inbox: Address,
        *,
        clock: Callable[[], datetime],
        authserv: str = "",
        comments: CommentDesk | None = None,
    ) -> None:
        """`comments`: takes what readers answer to editions; None where the list takes none."""
        self._letters = letters
        self._comments = comments
        self._ids = edition_ids(mail)
        self._returns = returns
        self._inbox = inbox
        self._ours = Ours(
            Verp(mail.bounces, mail.secret),
            self.wanted,
            frozenset({inbox.key, mail.sender.key}),
            authserv,
            comments is not None,
        )
        self._clock = clock

    def deal(self, raw: bytes, recipient: str = "", envelope_sender: str | None = None) -> None:
        """Deal with one letter. Raises DigestError where it should come again later."""
        now = self._clock()
        found = read_letter(raw, self._ours, recipient=recipient, envelope_sender=envelope_sender)
        if isinstance(found, Ignored):
            if found.why in ("no command", "sender unclear", "broken"):
                self._returns.set_aside(raw, now)
            say(logging.INFO, "letter-in", done="ignored", why=found.why)
        elif isinstance(found, Command):
            done: str = self._letters.take(found, now)
            if found.reader and done == "stranger":  # another list's tag, or that of one erased
                self._returns.take(raw, now, recipient)
            say(logging.INFO, "letter-in", verb=found.verb, done=done)
        elif isinstance(found, Answer):
            done = self._said(found, now)
            if done not in ("waiting", "again", "unfit"):  # a comment, or its writer is told
                self._returns.set_aside(raw, now)
            say(logging.INFO, "letter-in", verb="comment", done=done)
        else:
            kind = self._returns.take(raw, now, recipient).kind
            say(logging.INFO, "letter-in", done="returned", kind=kind)

    def _said(self, answer: Answer, now: datetime) -> str:
        """What becomes of an answer to an edition. It is its sender's own where it answers the
        letter that went to that very reader: nobody else has its Message-ID."""
        desk = self._comments
        if desk is None:
            return "ignored"
        reader = desk.service.roll.find(answer.sender.key)
        if reader is None or not reader.subscribed:
            return "stranger"
        if not self._ids.is_from(answer.check, answer.date, reader.id):
            return "not theirs"
        about = desk.story_answered(answer.date, answer.subject, reader)
        if about is None:
            return "no story"
        return desk.by_letter(reader, about, answer.text, now, answer.message_id)

    def wanted(self, recipient: str) -> bool:
        """Whether letters to this address are ours: the inbox, with or without a +tag or the verb
        before it (`digest-unsubscribe@`), and the tagged addresses."""
        if self._ours.tags.read(recipient):
            return True
        try:
            address = parse_address(recipient)
        except AddressError:
            return False
        local, own = address.local.casefold(), self._inbox.local.casefold()
        return address.domain == self._inbox.domain and (
            local == own
            or local.startswith((f"{own}+", f"{own}-"))
            or local in ("subscribe", "unsubscribe")
        )
