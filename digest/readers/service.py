"""What readers do: ask, confirm, choose, pause, move, leave, come back, see and erase their data.

The same acts for the page and for letters. Knows neither: who calls has found out what is wanted;
letters of ours leave through a `Postman`, readers are kept by a `Roll`.

An address that somebody typed in is mailed one letter at most that changes nothing; only what that
letter holds (a signed link, or its reply) makes a reader of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from digest.address import Address, stored_address
from digest.delivery import Consent, Erased, Subscriber
from digest.errors import TokenError
from digest.readers.gate import Gate
from digest.readers.tokens import Claim, Purpose, Tokens
from digest.readers.wishes import Wishes, wishes_of

LONGEST_PAUSE = timedelta(days=366)
UNCONFIRMED_FOR = timedelta(days=8)
"""A sign-up is forgotten a day after its link (tokens.LIFETIMES) has expired."""

Kind = Literal[
    "confirm",
    "already",
    "welcome",
    "farewell",
    "links",
    "changed",
    "help",
    "unclear",
    "sure",
    "comment",
    "received",
    "unfit",
    "move",
    "moved",
]
How = Literal["page", "letter", "link"]
Asked = Literal["asked", "already", "silent", "limited"]
"""asked    a confirmation letter is on its way
already  a reader already: the letter says so, and holds the link to the preferences
silent   on the suppression list, so nothing is sent at a stranger's wish
limited  this address has had its letters for now
Whoever asked by page is told the same in all four cases.
"""


@dataclass(frozen=True, slots=True)
class Note:
    """A service letter to be written: what it is about; its words stand in templates/service/."""

    kind: Kind
    to: Address
    reader: Subscriber | None = None
    confirm: str = ""
    preferences: str = ""
    unsubscribe: str = ""
    comment: str = ""
    move: str = ""
    """Tokens; the postman makes links of them."""
    about: tuple[str, ...] = ()
    """changed, unclear, sure, unfit: what is concerned, in words of our own; comment, received:
    the headline of the story. Never what a letter or a form says."""
    in_reply_to: str = ""


class Postman(Protocol):
    """Takes service letters. Returns at once; what becomes of a letter is the postman's care."""

    def send(self, note: Note) -> None: ...


class Roll(Protocol):
    """The list of readers; `store.signups.SignUps` fits. Each method happens wholly or raises."""

    def find(self, key: str) -> Subscriber | None: ...
    def by_id(self, id: int) -> Subscriber | None: ...
    def ask(self, wanted: Subscriber, now: datetime) -> Subscriber: ...
    def asked(self, id: int) -> Subscriber | None: ...
    def confirm(self, id: int, nonce: str, consent: Consent, now: datetime) -> bool: ...
    def change(self, wanted: Subscriber, now: datetime) -> bool: ...
    def ask_move(self, id: int, address: str, key: str, now: datetime) -> str: ...
    def moving(self, id: int) -> Subscriber | None: ...
    def move(self, id: int, nonce: str, left: bytes, taken: bytes, now: datetime) -> bool: ...
    def pause(self, id: int, until: datetime | None, now: datetime) -> bool: ...
    def resume(self, id: int, now: datetime) -> bool: ...
    def leave(self, id: int, digest: bytes, now: datetime) -> bool: ...
    def record(self, key: str) -> dict[str, Any] | None: ...
    def erase(self, key: str, digest: bytes, now: datetime) -> Erased | None: ...
    def suppression(self, digest: bytes) -> str | None: ...
    def unsuppress(self, digest: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class ReaderService:
    """Threads may share it."""

    roll: Roll
    tokens: Tokens
    postman: Postman
    consent_text: str
    """The version of the words that readers consent to."""
    gate: Gate = field(default_factory=Gate)
    unprinted: Callable[[], None] = lambda: None
    """Called when comments that were printed are erased with their reader."""

    # --- asking and confirming

    def ask(
        self,
        address: Address,
        wishes: Wishes,
        now: datetime,
        *,
        own: bool = False,
        in_reply_to: str = "",
    ) -> Asked:
        """Somebody wants `address` to be a reader; `own`: the address itself, it is known."""
        if not self.gate.admits("address", self.who(address.key)):
            return "limited"
        known = self.roll.find(address.key)
        if known and known.subscribed:
            self.write("already", known, now, in_reply_to)
            return "already"
        if not own and self._left_alone(address, known):
            return "silent"
        asked = self.roll.ask(wishes.of(Subscriber(str(address), address.key)), now)
        if asked.state != "pending":  # confirmed between the two looks
            self.write("already", asked, now, in_reply_to)
            return "already"
        token = self.tokens.make("confirm", asked.id, asked.nonce, now)
        self.postman.send(Note("confirm", address, asked, token, in_reply_to=in_reply_to))
        return "asked"

    def _left_alone(self, address: Address, known: Subscriber | None) -> bool:
        """Whether a stranger's wish is not enough to write to this address. Who left by their own
        hand may come back by the page; an address that bounced, complained, was erased or was put
        on the list by the operator has to write itself."""
        if known and known.state == "bounced":
            return True
        why = self.roll.suppression(self.tokens.address_hash(address.key))
        return why not in (None, "unsubscribed")

    def confirm(self, token: str, how: How, now: datetime) -> Subscriber:
        """Make the reader of a confirmation link active. Raises TokenError."""
        reader = self.open("confirm", token, now)
        consent = Consent(now, how, self.consent_text)
        if not self.roll.confirm(reader.id, reader.nonce, consent, now):
            raise TokenError("used")  # another one was quicker
        self.roll.unsuppress(self.tokens.address_hash(reader.key))
        return self._welcome(reader.id, now)

    def open(self, purpose: Purpose, token: str, now: datetime) -> Subscriber:
        """The reader whose link this is; of one to confirm by, as the sign-up wants them, and of
        one to change the address by, at the new one. Changes nothing. Raises TokenError, with
        reason "used" where a later act has ended the link. For one to leave by, `leaver`."""
        return self.claimed(purpose, token, now)[0]

    def claimed(self, purpose: Purpose, token: str, now: datetime) -> tuple[Subscriber, Claim]:
        """As `open`, with all that the link says."""
        claim = self.tokens.read(purpose, token, now)
        reader = self.roll.by_id(claim.reader)
        if reader is None:
            raise TokenError("expired")
        if purpose == "confirm":
            reader = self.roll.asked(claim.reader)
        elif purpose == "address":
            reader = self.roll.moving(claim.reader)
        if reader is None or reader.nonce != claim.nonce:
            raise TokenError("used")
        return reader, claim

    # --- leaving and coming back

    def leave(self, token: str, now: datetime, *, farewell: bool) -> Subscriber | None:
        """Unsubscribe by the link of a letter, however old; the reader as they stand then. None
        where the roll knows them no more, or a later act has left the link no other power than
        this. Again is no error: mail programs repeat the POST. Raises TokenError.

        `farewell`: whether a letter says so. Not where the mail program's own button was pressed.
        """
        reader, claim = self.leaver(token, now)
        if reader is None:
            return None
        left = reader
        if reader.state != "unsubscribed":
            left = self.leave_as(reader, now, farewell=farewell)
        return left if reader.nonce == claim.nonce else None

    def leaver(self, token: str, now: datetime) -> tuple[Subscriber | None, Claim]:
        """Whose link to leave this is, and what it says; None where the roll knows them no more.
        Letters are kept: whatever has happened since, an old one still lets its reader leave.
        Raises TokenError."""
        claim = self.tokens.read("unsubscribe", token, now)
        return self.roll.by_id(claim.reader), claim

    def leave_as(
        self, reader: Subscriber, now: datetime, *, farewell: bool, in_reply_to: str = ""
    ) -> Subscriber:
        """Unsubscribe `reader`, who is known to want it."""
        was_reader = reader.subscribed
        if self.roll.leave(reader.id, self.tokens.address_hash(reader.key), now):
            reader = self.roll.by_id(reader.id) or reader
            if farewell and was_reader:
                self.write("farewell", reader, now, in_reply_to)
        return reader

    def come_back(self, token: str, now: datetime) -> Subscriber | None:
        """Subscribe again by the link that leaving showed; it proves the address as a confirmation
        link does. None where a letter goes there first, to be confirmed: whether it takes letters
        (again) is not known. Raises TokenError."""
        reader = self.open("preferences", token, now)
        if reader.subscribed:
            raise TokenError("used")
        if reader.state != "unsubscribed":
            self.ask(stored_address(reader.address), wishes_of(reader), now, own=True)
            return None
        asked = self.roll.ask(reader, now)
        consent = Consent(now, "link", self.consent_text)
        if not self.roll.confirm(asked.id, asked.nonce, consent, now):
            raise TokenError("used")
        self.roll.unsuppress(self.tokens.address_hash(reader.key))
        return self._welcome(asked.id, now)

    # --- preferences and data

    def choose(self, reader: Subscriber, wishes: Wishes, now: datetime) -> bool:
        """Keep `wishes`; False when they are no reader any more."""
        return wishes == wishes_of(reader) or self.roll.change(wishes.of(reader), now)

    def pause(self, reader: Subscriber, until: datetime | None, now: datetime) -> bool:
        """No editions until then (None: until they say so), a year at most."""
        return self.roll.pause(reader.id, min(until, now + LONGEST_PAUSE) if until else None, now)

    def resume(self, reader: Subscriber, now: datetime) -> bool:
        """Editions again."""
        return self.roll.resume(reader.id, now)

    def ask_move(self, reader: Subscriber, address: Address, now: datetime) -> Asked:
        """`reader` wants letters at `address` from now on: one goes there, whose link does it. To
        anybody else's address goes no other letter than a sign-up would bring. It waits whatever
        is known of it, or the reader's own data would tell whether another has it."""
        nonce = self.roll.ask_move(reader.id, str(address), address.key, now)
        if not self.gate.admits("address", self.who(address.key)):
            return "limited"
        known = self.roll.find(address.key)
        if known and known.subscribed:
            self.write("already", known, now)
            return "already"
        if self._left_alone(address, known):
            return "silent"
        if nonce:
            token = self.tokens.make("address", reader.id, nonce, now)
            self.postman.send(Note("move", address, reader, move=token))
        return "asked"

    def move(self, token: str, now: datetime) -> Subscriber:
        """Change the address by the link that went to the new one; the old one is told. What the
        reader chose, agreed to and has said stays; links in older letters are ended. Raises
        TokenError."""
        new = self.open("address", token, now)
        old = self.roll.by_id(new.id)
        digest = self.tokens.address_hash
        if old is None or not self.roll.move(
            new.id, new.nonce, digest(old.key), digest(new.key), now
        ):
            raise TokenError("used")
        self.postman.send(Note("moved", stored_address(old.address), old))
        return self.roll.by_id(new.id) or new

    def acting(self, token: str, now: datetime) -> tuple[Subscriber, str]:
        """The reader and the act of a question that was answered. Raises TokenError."""
        reader, claim = self.claimed("act", token, now)
        return reader, claim.act

    def mail_links(self, address: Address, now: datetime) -> bool:
        """Mail the link to the preferences, to readers and to who simply left: that they get no
        editions takes nobody's right to their data. Whether it was mailed."""
        if not self.gate.admits("address", self.who(address.key)):
            return False
        reader = self.roll.find(address.key)
        if reader is None:
            return False
        left = reader.state == "unsubscribed" and not self._left_alone(address, reader)
        if not (reader.subscribed or left):
            return False
        self.write("links", reader, now)
        return True

    def preferences_token(self, reader: Subscriber, now: datetime) -> str:
        return self.tokens.make("preferences", reader.id, reader.nonce, now)

    def export(self, reader: Subscriber) -> Mapping[str, Any]:
        """All that is kept of the reader."""
        return self.roll.record(reader.key) or {}

    def erase(self, reader: Subscriber, now: datetime) -> None:
        """Forget the reader. The keyed hash of the address stays, so that no import brings them
        back; it cannot be read back into an address."""
        erased = self.roll.erase(reader.key, self.tokens.address_hash(reader.key), now)
        if erased and erased.printed:
            self.unprinted()

    # --- letters

    def _welcome(self, id: int, now: datetime) -> Subscriber:
        reader = self.roll.by_id(id)
        if reader is None:  # erased within the same moment
            raise TokenError("used")
        self.write("welcome", reader, now)
        return reader

    def write(
        self,
        kind: Kind,
        reader: Subscriber,
        now: datetime,
        in_reply_to: str = "",
        about: tuple[str, ...] = (),
    ) -> None:
        """Mail a letter to a known reader, with their own links."""
        self.postman.send(self.note(kind, reader, now, in_reply_to, about))

    def note(
        self,
        kind: Kind,
        reader: Subscriber,
        now: datetime,
        in_reply_to: str = "",
        about: tuple[str, ...] = (),
    ) -> Note:
        """The letter of `write`, for who has a token to add."""
        if reader.state == "paused" and not reader.paused_at(now):  # the night has yet to end it
            reader = replace(reader, state="active", paused_until=None)
        return Note(
            kind,
            stored_address(reader.address),
            reader,
            preferences=self.preferences_token(reader, now),
            unsubscribe=self.tokens.make("unsubscribe", reader.id, reader.nonce, now),
            about=about,
            in_reply_to=in_reply_to,
        )

    def who(self, key: str) -> str:
        """Whom the gate counts: an address's hash."""
        return self.tokens.address_hash(key).hex()
