"""The types of the last stretch: who is mailed, and what becomes of each letter.

`Subscriber` → `Due` (a letter whose turn it is) → `Mark` (what an attempt came to).
Frozen, like those of model/; mail/, readers/ and store/ share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from digest.address import Address

Format = Literal["html", "text"]
ReaderState = Literal["guest", "pending", "active", "paused", "unsubscribed", "bounced"]
"""guest         mailed once by the operator's hand (`send --to`), subscribed to nothing
pending       asked to be subscribed, has not confirmed
active        confirmed, gets every edition
paused        gets none until `paused_until`
unsubscribed  left, or complained
bounced       the address does not take mail
"""
SUBSCRIBED: tuple[ReaderState, ...] = ("active", "paused")
"""States of who gets editions, now or after a pause."""
ON_THE_LIST: tuple[ReaderState, ...] = (*SUBSCRIBED, "pending")
"""States that a bounce ends, and that no import gives to who is on the suppression list."""
READER_STATES: tuple[ReaderState, ...] = get_args(ReaderState)
HOLES = ("unsubscribe", "preferences")
"""What in a letter's body is personal; a placeholder for each may stand in both bodies, any number
of times."""
UNMAILED: tuple[ReaderState, ...] = ("unsubscribed", "bounced")
"""Whom not even the operator's `--to` mails."""
DeliveryState = Literal["queued", "sending", "sent", "deferred", "bounced", "failed", "uncertain"]
DELIVERY_STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)
Verb = Literal[
    "subscribe",
    "unsubscribe",
    "confirm",
    "help",
    "sections",
    "regions",
    "pause",
    "resume",
    "format",
    "links",
    "unclear",
]
"""What a letter to the list asks for, by its subject or first line; "unclear" where it answers a
question of ours with neither yes nor no."""
EVERY_DAY = 0b1111111
"""Bit 0 is Monday."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a letter's writer wants."""

    verb: Verb
    sender: Address
    words: tuple[str, ...] = ()
    """What stands after the verb, in small letters."""
    tokens: tuple[str, ...] = ()
    """What may be confirmation tokens, from the letter answered; genuine or not."""
    reader: int = 0
    """The reader's number, where a genuine tag of ours stood in the address written to."""
    message_id: str = ""
    """To answer to; "" where it has none that could stand in a header."""
    vouched: bool = False
    """Whether the operator's own mail server says that the sender's domain wrote it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The proof that a reader wanted this: no more than needed."""

    at: datetime
    how: str
    """"page", "letter", "import from listmonk": by which way."""
    text: str = ""
    """The version of the words consented to."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader of one list. `address` is as letters are addressed, checked by `digest.address`.

    `key` is `Address.key`: what makes two spellings one reader.
    """

    address: str
    key: str
    state: ReaderState = "pending"
    paused_until: datetime | None = None
    """None while paused: until the reader says so."""
    zone: str = "UTC"
    hour: int = 6
    days: int = EVERY_DAY
    sections: tuple[str, ...] = ()
    """Empty: all."""
    regions: tuple[str, ...] = ()
    """Empty: all; see `digest.regions`."""
    format: Format = "html"
    language: str = "en"
    breaking: bool = False
    """Wants to be told at once of what cannot wait for the morning."""
    consent: Consent | None = None
    id: int = 0
    """0 before it is stored."""
    nonce: str = ""
    """Renewed when they confirm, move, leave or come back: signed links hold it, so that old ones
    stop to count. Pausing changes nothing, or the links in yesterday's letter would end with it."""

    @property
    def subscribed(self) -> bool:
        """Whether they get editions, now or after a pause."""
        return self.state in SUBSCRIBED

    def paused_at(self, now: datetime) -> bool:
        """Whether they have paused, and not until a time that is over."""
        return self.state == "paused" and (self.paused_until is None or now < self.paused_until)


@dataclass(frozen=True, slots=True)
class Erased:
    """A reader was forgotten, with every delivery to them and what they said of stories."""

    printed: bool
    """Whether a comment of theirs stood on its story's page."""


@dataclass(frozen=True, slots=True)
class Due:
    """A letter whose turn it is: one edition to one reader."""

    id: int
    """The delivery's."""
    reader: int
    address: str
    """As it was checked before it was stored."""
    format: Format
    nonce: str
    attempts: int
    sections: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The receiving domain."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mark:
    """What an attempt came to, as the ledger keeps it."""

    id: int
    """The delivery's."""
    state: DeliveryState
    attempts: int
    due_at: datetime
    """When it may be tried again; of no meaning in a final state."""
    code: int = 0
    reply: str = ""
    hard: bool = False
    """The address itself is no good: its reader is not mailed any more."""


def base36(number: int) -> str:
    """A whole number ≥ 0 in digits and small letters, as links and tagged addresses hold it."""
    if number < 0:
        raise ValueError(f"{number} is below zero")
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if not number:
            return digits
