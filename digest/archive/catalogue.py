"""The stories of all editions by thread, section, place and outlet. Pure."""

from __future__ import annotations

import gc
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from digest.archive.records import StoryLine, Summary

_ADDRESS_PART = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*\Z")


class Entry(NamedTuple):  # hundreds of thousands are made, and a frozen dataclass is slow to make
    """A story in its edition."""

    edition: Summary
    story: StoryLine


class Report(NamedTuple):
    """A report of an outlet that an entry cites."""

    entry: Entry
    url: str


@dataclass(slots=True)
class Catalogue:
    """Every list newest edition first, and within an edition by rank."""

    editions: tuple[Summary, ...]
    threads: dict[str, list[Entry]] = field(default_factory=dict)
    sections: dict[str, list[Entry]] = field(default_factory=dict)
    places: dict[str, list[Entry]] = field(default_factory=dict)
    """By slug."""
    outlets: dict[str, list[Report]] = field(default_factory=dict)
    """By slug."""
    names: dict[str, str] = field(default_factory=dict)
    """Slug → name, of places and outlets, as the newest edition writes it."""


def catalogue(editions: Iterable[Summary]) -> Catalogue:
    """`editions`: newest first."""
    made = Catalogue(tuple(editions))

    by_name: dict[str, list[Report]] = {}
    for edition in made.editions:
        for story in edition.stories:
            entry = Entry(edition, story)
            if thread := address_part(story.thread):
                made.threads.setdefault(thread, []).append(entry)
            if section := address_part(story.section):
                made.sections.setdefault(section, []).append(entry)
            for place in dict.fromkeys(filter(None, story.places)):
                made.names.setdefault(slug(place), place)
                made.places.setdefault(slug(place), []).append(entry)
            for cited in story.cited:  # a quarter of a million in 1,000 editions
                reports = by_name.get(cited.outlet)
                if reports is None:
                    reports = by_name[cited.outlet] = []
                reports.append(Report(entry, cited.url))
    by_name.pop("", None)
    for name, reports in by_name.items():
        made.names.setdefault(slug(name), name)
        if known := made.outlets.get(slug(name)):  # one outlet, written in two ways
            known += reports
            known.sort(key=lambda report: report.entry.edition.date, reverse=True)
        else:
            made.outlets[slug(name)] = reports
    return made


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
