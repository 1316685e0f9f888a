"""What a letter asks for on its reader's behalf, as one short word. Pure.

    unsubscribe · resume · text · html · sections (all) · sections_cyber_conflict
    regions (all) · regions_europe_middle-east
    pause (until they say so) · pause_2026-05-01

Such a word can be done at once, or be signed into a question and done when that is answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date

from digest.delivery import Subscriber
from digest.readers.wishes import FORMATS, Offer, regions_in, regions_named, sections_named
from digest.timetable import zone_of

_SPAN = re.compile(r"(?P<n>\d{1,3})\s*(?P<unit>day|week|month)s?\b")
_UNTIL = re.compile(r"\d{4}-\d\d-\d\d")
_UNITS = {"day": 1, "week": 7, "month": 30}
_WORDS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "six": "6"}


def act_of(
    verb: str, words: Sequence[str], reader: Subscriber, offer: Offer, now: datetime
) -> str | None:
    """The word for what a letter says; None where it cannot be understood."""
    match verb:
        case "unsubscribe" | "resume":
            return verb
        case "format":
            return words[0] if words and words[0] in FORMATS else None
        case "sections":
            sections, understood = sections_named(words, offer)
            return "_".join(("sections", *sections)) if understood else None
        case "regions":
            regions, understood = regions_named(words)
            return "_".join(("regions", *regions)) if understood else None
        case "pause":
            understood, until = pause_until(words, now, reader.zone)
            if not understood:
                return None
            return f"pause_{until.astimezone(zone_of(reader.zone)).date()}" if until else "pause"
    return None


def sections_of(act: str, offer: Offer) -> tuple[str, ...]:
    """The sections of a word of that kind that the list still has."""
    return tuple(id for id in act.split("_")[1:] if id in offer.ids())


def regions_of(act: str) -> tuple[str, ...]:
    """The regions of a word of that kind."""
    return regions_in(act.split("_")[1:])


def end_of_pause(act: str, zone: str) -> datetime | None:
    """When the pause of a word of that kind ends; None for one until they say so."""
    _, _, day = act.partition("_")
    return _midnight(Date.fromisoformat(day), zone) if day else None


def pause_until(words: Sequence[str], now: datetime, zone: str) -> tuple[bool, datetime | None]:
    """Whether "2 weeks", "10 days", "until 2026-05-01" or nothing at all was understood, and when
    the pause ends (None: when the reader says so). It ends at midnight of the reader's zone."""
    said = " ".join(_WORDS.get(word, word) for word in words).casefold().strip(" .!")
    here = zone_of(zone)
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
    return True, _midnight(until, zone)


def _midnight(day: Date, zone: str) -> datetime:
    return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)
