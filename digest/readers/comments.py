"""Comments by readers: taken from the page or from a letter, confirmed, kept for the operator.

Only who gets editions may comment, so nobody else is ever written to. What was typed into a page
counts once its address has confirmed it, by a button on a page that shows it; the letter that leads
there carries nothing of it. A letter is the reader's own where it answers an edition of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, timedelta
from typing import Literal, Protocol

from digest.address import Address
from digest.comment import Comment, Subject, clean_name, clean_text, faults
from digest.delivery import Subscriber
from digest.errors import TokenError
from digest.readers.service import ReaderService

REFUSED_KEPT = timedelta(days=60)
"""So long a reader may ask why theirs was not printed."""

Done = Literal["asked", "silent", "limited", "again", "waiting", "unfit"]
"""asked    a letter is on its way, for the address to confirm it
silent   not the address of somebody who gets editions: nothing is kept, nobody is written to
limited  this address has said enough for now
again    the same was said before
waiting  for the operator
unfit    too long, too many links or nothing at all; the writer of a letter is told
By page all but the last two look the same.
"""


class Box(Protocol):
    """Where comments are kept; `store.comments.Comments` fits."""

    def add(self, comment: Comment, now: datetime) -> Comment | None: ...
    def confirm(self, id: int, reader: int) -> bool: ...
    def one(self, id: int) -> Comment | None: ...


@dataclass(frozen=True, slots=True)
class CommentDesk:
    """Threads may share it."""

    service: ReaderService
    box: Box
    story_named: Callable[[str], Subject | None]
    """The story told under a thread, as its newest edition has it."""
    story_answered: Callable[[Date, str, Subscriber], Subject | None]
    """(edition's date, subject of the answer, who writes) → the story that a letter answers."""

    def by_page(
        self, address: Address, about: Subject, text: str, name: str, now: datetime
    ) -> Done:
        """Somebody typed this, and that address. Cleaned already, and without faults."""
        service = self.service
        who = service.who(address.key)
        if not (service.gate.admits("comments", who) and service.gate.admits("address", who)):
            return "limited"
        reader = service.roll.find(address.key)
        if reader is None or not reader.subscribed:
            return "silent"
        kept = self.box.add(Comment(reader.id, about, text, name, "page", "unconfirmed"), now)
        if kept is None:
            return "again"
        note = service.note("comment", reader, now, about=(about.headline,))
        token = service.tokens.make("comment", reader.id, reader.nonce, now, str(kept.id))
        service.postman.send(replace(note, comment=token))
        return "asked"

    def by_letter(
        self, reader: Subscriber, about: Subject, typed: str, now: datetime, in_reply_to: str
    ) -> Done:
        """`reader` has answered an edition with this."""
        service = self.service
        who = service.who(reader.key)
        if not service.gate.admits("comments", who):
            return "limited"
        text = clean_text(typed)
        if wrong := faults(text):
            service.write("unfit", reader, now, in_reply_to, wrong)
            return "unfit"
        if self.box.add(Comment(reader.id, about, text, "", "letter", "waiting"), now) is None:
            return "again"
        service.write("received", reader, now, in_reply_to, (about.headline,))
        return "waiting"

    def opened(self, token: str, now: datetime) -> Comment:
        """The comment that a link is to confirm. Changes nothing. Raises TokenError."""
        reader, claim = self.service.claimed("comment", token, now)
        comment = self.box.one(int(claim.act))
        if comment is None or comment.reader != reader.id:
            raise TokenError("expired")
        if comment.state != "unconfirmed":
            raise TokenError("used")
        return comment

    def confirm(self, token: str, now: datetime) -> Comment:
        """Make the comment of a link its reader's own. Raises TokenError."""
        comment = self.opened(token, now)
        if not self.box.confirm(comment.id, comment.reader):
            raise TokenError("used")  # another one was quicker
        return replace(comment, state="waiting")


def typed(text: str, name: str) -> tuple[str, str, tuple[str, ...]]:
    """(text, name, what is wrong with them) of what stands in a form."""
    text, name = clean_text(text), clean_name(name)
    return text, name, faults(text, name)
