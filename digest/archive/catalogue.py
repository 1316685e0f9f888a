"""What the editions tell, by key: "story/t-1", "section/cyber", "place/norway", "outlet/reuters".

A key is a page's address, too. Of each edition a `Day` is kept, which says what stands in it under
which key, so that a catalogue of a thousand editions needs to read none of them. Pure.
"""

from __future__ import annotations

import gc
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from digest.archive.records import Summary

KINDS = ("story", "section", "place", "outlet")
"""The kinds of keys."""

_ADDRESS_PART = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*\Z")


class Listed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What stands under a key in an edition."""

    name: str
    """As this edition writes it."""
    stories: tuple[int, ...]
    """Their places in the edition."""
    reports: int = 0
    """Of an outlet: how many are cited."""


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A story as lists tell it."""

    rank: int
    headline: str
    dek: str
    section: str
    thread: str


class Day(msgspec.Struct, frozen=True, array_like=True):
    """An edition as lists tell it, and what stands in it."""

    date: Date
    stamp: str
    """Changes when its file does."""
    generated_at: datetime
    number: int
    status: str
    language: str
    reports: int
    outlets: int
    labels: dict[str, str]
    """Section → its name in this edition."""
    stories: tuple[Line, ...]
    keys: dict[str, Listed]

    @property
    def headline(self) -> str:
        return self.stories[0].headline if self.stories else ""

    @property
    def dek(self) -> str:
        return self.stories[0].dek if self.stories else ""


class Entry(NamedTuple):  # hundreds of thousands are made, and a frozen dataclass is slow to make
    """A story in its edition."""

    day: Day
    at: int
    """Its place in the edition."""

    @property
    def story(self) -> Line:
        return self.day.stories[self.at]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All keys of the editions; how much stands under each."""

    days: tuple[Day, ...]
    """Newest first."""
    names: Mapping[str, str]
    """Key → name, as the newest edition writes it; the keys in the order of their newest story."""
    oldest: Mapping[str, Date]
    """Key → the first edition that has it."""
    stories: Mapping[str, int]
    reports: Mapping[str, int]

    def of(self, kind: str) -> list[str]:
        """All keys of a kind."""
        return [key for key in self.names if key.startswith(f"{kind}/")]

    def lists(self, wanted: Mapping[str, int] | None = None) -> dict[str, list[Entry]]:
        """Key → its stories, newest edition first, and within an edition by rank; of `wanted` that
        many at least where there are as many, None for all of all."""
        found: dict[str, list[Entry]] = {}
        left = None if wanted is None else dict(wanted)
        for day in self.days:
            for key in day.keys if left is None else left.keys() & day.keys.keys():
                entries = found.get(key)
                if entries is None:
                    entries = found[key] = []
                for at in day.keys[key].stories:
                    entries.append(Entry(day, at))
                if left is not None:
                    left[key] -= len(day.keys[key].stories)
                    if left[key] <= 0:
                        del left[key]
        return found


def catalogue(days: Sequence[Day]) -> Catalogue:
    """`days`: newest first."""
    names: dict[str, str] = {}
    oldest: dict[str, Date] = {}
    stories: dict[str, int] = {}
    reports: dict[str, int] = {}
    for day in days:
        date = day.date
        for key, listed in day.keys.items():
            if key not in names:
                names[key], stories[key], reports[key] = listed.name, 0, 0
            oldest[key] = date
            stories[key] += len(listed.stories)
            reports[key] += listed.reports
    return Catalogue(tuple(days), names, oldest, stories, reports)


def day_of(edition: Summary, stamp: str) -> Day:
    """`edition` as lists tell it; `stamp` changes when its file does."""
    stories: dict[str, dict[int, None]] = {}
    names: dict[str, str] = {}
    reports: Counter[str] = Counter()

    def stands(at: int, key: str, name: str) -> None:
        names.setdefault(key, name)
        stories.setdefault(key, {})[at] = None

    for at, story in enumerate(edition.stories):
        if thread := address_part(story.thread):
            stands(at, f"story/{thread}", "")
        if section := address_part(story.section):
            stands(at, f"section/{section}", edition.label(section))
        for place in filter(None, story.places):
            stands(at, f"place/{slug(place)}", place)
        for cited in story.cited:
            if cited.outlet:
                stands(at, outlet := f"outlet/{slug(cited.outlet)}", cited.outlet)
                reports[outlet] += 1
    return Day(
        date=edition.date,
        stamp=stamp,
        generated_at=edition.generated_at,
        number=edition.number,
        status=edition.status,
        language=edition.language,
        reports=edition.reports,
        outlets=edition.outlets,
        labels={section.id: section.label for section in edition.sections},
        stories=tuple(
            Line(story.rank, story.headline, story.dek or "", story.section, story.thread)
            for story in edition.stories
        ),
        keys={key: Listed(names[key], tuple(at), reports[key]) for key, at in stories.items()},
    )


def address_part(name: str) -> str:
    """An id as it stands in an address; "" where it may not."""
    return name if _ADDRESS_PART.match(name) else ""


@lru_cache(maxsize=8192)
def slug(name: str) -> str:
    """`name` as a part of an address: the same for ever, and its own.

    A name of plain words is its words; of any other a hash is added, because folding it to ASCII
    may make it another's.
    """
    lower = name.casefold()
    if _PLAIN_NAME.match(lower):
        return lower.replace(" ", "-")[:80]
    ascii_ = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:60].strip("-")
    short = hashlib.sha256(lower.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{words}-{short}" if words else short


@contextmanager
def no_collecting() -> Iterator[None]:
    """Hundreds of thousands of objects are made and kept; looking for cycles among them again and
    again takes half of the time (1,000 editions: .7 s to .4 s)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # all that was made is old now, and is not looked at with the young
        if was:
            gc.enable()
