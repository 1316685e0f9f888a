"""What a reader may choose, read from a form or from a letter's line. Pure.

Only what stands on a list of ours, or is kept already, is taken over: no text of a stranger's is
ever kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from digest.delivery import EVERY_DAY, Format, Subscriber
from digest.regions import REGIONS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The names of days in forms, letters and files; their place is their bit in `Subscriber.days`."""
FORMATS: dict[str, Format] = {"html": "html", "text": "text"}
LONGEST = 64
"""Characters of a value that is looked at; the longest zone's name has 32."""
Field = str
"""The name of a field in the form: what a problem is about."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an edition is wanted, each part by its name in a `Subscriber`. Every combination of these
    is allowed."""

    sections: tuple[str, ...] = ()
    """In the list's order; empty: all."""
    days: int = EVERY_DAY
    hour: int = 6
    zone: str = "UTC"
    format: Format = "html"
    language: str = "en"
    regions: tuple[str, ...] = ()
    """In the order of `digest.regions`; empty: all."""
    breaking: bool = False
    """To be told at once of what cannot wait."""

    def of(self, reader: Subscriber) -> Subscriber:
        """`reader` with these wishes."""
        return replace(reader, **asdict(self))


@dataclass(frozen=True, slots=True)
class Offer:
    """What the list lets its readers choose from."""

    sections: tuple[tuple[str, str], ...]
    """(id, label), in print order."""
    usual: Wishes
    languages: tuple[str, ...] = ()
    """Codes of the languages that the list's own letters are written in."""
    breaking: int = 0
    """Letters in a day, at most, that tell at once of what cannot wait; 0: there are none."""
    days: int = EVERY_DAY
    """Those that have an edition, as `Subscriber.days`."""

    def ids(self) -> tuple[str, ...]:
        return tuple(id for id, _ in self.sections)

    def labels(self, ids: Iterable[str]) -> list[str]:
        """The labels of those of these sections that the list still has."""
        known = dict(self.sections)
        return [known[id] for id in ids if id in known]

    def shown(self, reader: Subscriber, region: Callable[[str], str]) -> dict[str, object]:
        """What `reader` chose, for pages and letters; `region` gives one's name in their words."""
        return {
            "sections": self.labels(reader.sections),
            "regions": [region(id) for id in reader.regions],
            "days": day_names(reader.days & self.days),
            "hour": f"{reader.hour:02}:00",
            "zone": reader.zone,
            "format": reader.format,
            "breaking": reader.breaking,
        }


def wishes_of(reader: Subscriber) -> Wishes:
    """What is stored of a reader, as wishes."""
    return Wishes(**{part.name: getattr(reader, part.name) for part in fields(Wishes)})


def read_wishes(
    form: Mapping[str, Sequence[str]], offer: Offer, before: Wishes | None = None
) -> tuple[Wishes, tuple[Field, ...]]:
    """The wishes of a form's fields, and the fields that could not be used.

    A field that is missing keeps what was `before`; a form sends no field at all for boxes that are
    all unticked, so `sections` and `days` are told present by a hidden `choices` field. No section
    ticked means all of them, as does every one; no day ticked is a problem, and each that there
    is an edition on means every day: more of them may come.
    """
    found = before or offer.usual
    problems: list[Field] = []
    if form.get("choices"):
        sections, unknown = _sections(form.get("section", ()), offer)
        if unknown:
            problems.append("sections")
        regions = regions_in(form.get("region", ()))
        if not set(form.get("region", ())) <= set(REGIONS):
            problems.append("regions")
        found = replace(found, sections=sections, regions=regions)
        if offer.breaking:
            found = replace(found, breaking=bool(form.get("breaking")))
        days = _days(form.get("day", ())) & offer.days
        if days:
            found = replace(found, days=EVERY_DAY if days == offer.days else days)
        else:
            problems.append("days")
    # What is kept already stays a choice, whatever the lists hold.
    zones_kept, languages = (found.zone, offer.usual.zone), (*offer.languages, found.language)
    meant: dict[Field, Callable[[str], Any]] = {
        "hour": _hour,
        "zone": lambda given: given if given in zones_kept else known_zone(given) or None,
        "format": FORMATS.get,
        "language": lambda given: given if given in languages else None,
    }
    for field, read in meant.items():
        if given := form.get(field):
            value = read(given[0].strip()[: LONGEST + 1])
            if value is None:
                problems.append(field)
            else:
                found = replace(found, **{field: value})
    return found, tuple(problems)


def sections_named(words: Sequence[str], offer: Offer) -> tuple[tuple[str, ...], bool]:
    """The sections that a letter's words name, by id or by a word of their label ("defence"), and
    whether all words were understood. "all" is all of them."""
    wanted: set[str] = set()
    understood = True
    for word in (w.strip(" ,;.&").casefold() for w in words):
        if not word or word in ("and", "only"):
            continue
        if word == "all":
            return (), True
        hits = {
            id
            for id, label in offer.sections
            if word == id.casefold() or word in label.casefold().replace(",", " ").split()
        }
        wanted |= hits
        understood = understood and bool(hits)
    return _normal(wanted, offer), understood and bool(wanted)


def regions_named(words: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The regions that a letter's words name ("europe", "middle east"), and whether all words were
    understood. "all" is all of them."""
    said = " ".join(word.strip(" ,;.&").casefold() for word in words)
    said = said.replace("middle east", "middle-east")
    named = [word for word in said.split() if word not in ("and", "only", "the")]
    if "all" in named:
        return (), True
    return regions_in(named), bool(named) and set(named) <= set(REGIONS)


def regions_in(names: Collection[str]) -> tuple[str, ...]:
    """The known ones of `names`, in order; () for all of them, too."""
    chosen = tuple(region for region in REGIONS if region in names)
    return () if len(chosen) == len(REGIONS) else chosen


def known_zone(name: str) -> str:
    """The IANA zone of that name, however it is capitalised; "" for none."""
    return _zones().get(name.casefold().replace(" ", "_"), "") if len(name) <= LONGEST else ""


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones a form offers: those of places, by name, and UTC."""
    old = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    places = (z for z in available_timezones() if "/" in z and not z.startswith(old))
    return ("UTC", *sorted(places))


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    # "localtime" and its like depend on the machine.
    return {z.casefold(): z for z in zones()}


def _sections(given: Sequence[str], offer: Offer) -> tuple[tuple[str, ...], bool]:
    known = set(offer.ids())
    return _normal(known & {*given}, offer), not known.issuperset(given)


def _normal(wanted: Collection[str], offer: Offer) -> tuple[str, ...]:
    chosen = tuple(id for id in offer.ids() if id in wanted)
    return () if len(chosen) == len(offer.sections) else chosen


def day_names(days: int) -> list[str]:
    """The days of `Subscriber.days` by name, Monday first."""
    return [day for bit, day in enumerate(DAYS) if days >> bit & 1]


def _days(given: Sequence[str]) -> int:
    return sum(1 << bit for bit, day in enumerate(DAYS) if day in given)


def _hour(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) <= 2
    return int(text) if plain and int(text) <= 23 else None
