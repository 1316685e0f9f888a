"""What is published: an edition, and the bytes it is rendered to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from typing import Literal

from digest.model.analysed import LeftOut
from digest.model.gathered import Outcome
from digest.model.operator import Editorial, Section
from digest.model.written import Brief, Correction

MAP, LOGO, PHOTO = "map.png", "logo.png", "photo.jpg"
"""The letter's pictures, by their names beside email.html and in it; in mail they become cid:
links."""
EditionStatus = Literal["complete", "quiet", "degraded"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed's line in the edition's health table."""

    name: str
    url: str
    outcome: Outcome
    entries: int
    new: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RecentEdition:
    """An earlier edition, for the list of recent posts."""

    date: Date
    headline: str


LONGEST_HEADLINE = 200
LONGEST_NOTE = 2000
"""Characters that an editor may write."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What an editor changed in an edition that was held; kept with it, and shown as the editor's.

    Stories are named by their threads.
    """

    first: tuple[str, ...] = ()
    """These lead, in this order; the others follow as they were ranked."""
    dropped: tuple[str, ...] = ()
    headlines: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DayVolume:
    """How many reports an earlier edition's stories had, by section."""

    date: Date
    reports: tuple[tuple[str, int], ...]
    """(section's id, reports), by id."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a reader chose of an edition, and how much of it there is today."""

    sections: tuple[Section, ...]
    """Empty: all."""
    regions: tuple[str, ...]
    """Empty: all; see `digest.regions`."""
    stories: int
    """Of the edition that are in the choice."""
    of: int
    lead: str
    """The headline that the whole edition leads with."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the optional writer made of the edition's sentences (write.rewording judges it)."""

    model: str
    sentences: Mapping[str, str]
    """The source's words → the model's, where they may be printed."""
    asked: int
    refused: Mapping[str, int]
    """Why (`write.rewording.Refusal`) → how many sentences stayed as they were."""
    note: str = ""
    """What went wrong with the writer; "" when nothing did."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A copy of the photo that a report came with, made small."""

    item: str
    """The report's id."""
    jpeg: bytes
    width: int
    height: int
    """Pixels."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A date and its briefs: all that any rendering shows."""

    date: Date
    number: int
    generated_at: datetime
    program: str
    """Name and version of the program that made it."""
    status: EditionStatus
    status_notes: tuple[str, ...]
    editorial: Editorial
    briefs: tuple[Brief, ...]
    """In rank order; the first leads."""
    left_out: LeftOut
    feeds: tuple[FeedHealth, ...]
    recent: tuple[RecentEdition, ...]
    reports: int
    """In the window, before the security filter."""
    security_reports: int
    outlets: int
    edits: Edits = field(default_factory=Edits)
    corrections: tuple[Correction, ...] = ()
    """To earlier editions."""
    volumes: tuple[DayVolume, ...] = ()
    """Of the fortnight's earlier editions, newest first."""
    cut: Cut | None = None
    """None: the whole edition."""
    wording: Wording | None = None
    """None: no writer was asked, every sentence is as its source has it."""
    breaking: bool = False
    """Of one story alone, that could not wait."""
    photo: Photo | None = None
    """None: no feed of the lead lets its photos be copied, or there was none to be had."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """An edition's bytes, one source for all of them."""

    html: bytes
    email: bytes
    text: bytes
    json: bytes
    map: bytes = b""
    """The letter's map as a PNG; b"" where no story has a place."""
    logo: bytes = b""
    """The operator's logo as a PNG, for the letter; b"" where there is none."""
    photo: bytes = b""
    """The lead's photo as a JPEG, for the letter; b"" where it shows none."""

    @property
    def pictures(self) -> dict[str, bytes]:
        """Those that the letter shows: name beside email.html → PNG or JPEG, as the name says."""
        named = ((LOGO, self.logo), (MAP, self.map), (PHOTO, self.photo))
        return {name: picture for name, picture in named if picture}
