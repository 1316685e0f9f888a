"""Which countries a report is about: names, demonyms and towns looked up in one pass.

The gazetteer is data/places.tsv (written for this project) and Babel's territory names (Unicode
CLDR) in the languages below; pyahocorasick finds all names at once. A name counts only at word
boundaries and, in the Latin, Greek and Cyrillic scripts, only when capitalised, so that "turkey"
on a plate and "chad" on a ballot are no countries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LANGUAGES = (
    "ar",
    "de",
    "es",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "th",
    "tr",
    "uk",
    "zh",
)
_TITLE_WEIGHT = 3
"""A country in the headline outweighs passing mentions in the text."""
_TEXT_SCANNED = 600
_NOT_PLACES = re.compile(
    r"Washington Post|New York Times|New York Post|Wall Street Journal|Los Angeles Times|"
    r"Jordan Times|South China Morning Post|Iran International|France 24|Times of (?:Israel|India)|"
    r"Jerusalem Post|Kyiv Independent|Moscow Times|Air (?:India|Canada|France)|"
    r"British Airways|Bank of America|Michael Jordan|Jordan (?=[A-Z])(?!Valley|River)|"
    r"Chad (?=[A-Z])|Paris Hilton|Israel Adesanya|Manchester (?:United|City)|"
    r"Georgia (?:State|Tech|Bulldogs)|New England|Guinea pigs?|Buckingham Palace"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A name found in a text. `town` is "" where the name means the whole country."""

    country: str
    town: str
    start: int
    end: int


@cache
def _gazetteer() -> tuple[Any, Mapping[str, str]]:
    """(automaton of name → (country, town), ISO code → English name)."""
    import ahocorasick
    from babel import Locale

    names: dict[str, tuple[str, str]] = {}
    countries: dict[str, str] = {}
    for code, country, others, towns in table():
        countries[code] = country
        names[country] = (country, "")
        for name in others:
            names.setdefault(name, (country, ""))
        for town in towns:
            names.setdefault(town, (country, town))
    for language in _LANGUAGES:
        territories = Locale(language).territories
        for code, country in countries.items():
            name = str(territories.get(code, ""))
            if len(name) > 3 or (len(name) > 1 and _has_no_case(name)):
                names.setdefault(name, (country, ""))
    automaton: Any = ahocorasick.Automaton()
    for name in sorted(names):
        automaton.add_word(name, (name, *names[name]))
    automaton.make_automaton()
    return automaton, countries


def table() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """data/places.tsv row by row: ISO code, country, its other names, its towns."""
    text = files("digest.analyse").joinpath("data", "places.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            code, country, others, towns = [*line.split("\t"), "", ""][:4]
            yield code, country, _listed(others), _listed(towns)


def _listed(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(",") if name.strip()]


def _has_no_case(name: str) -> bool:
    return name.lower() == name.upper()


def country_name(code: str) -> str:
    """English name of an ISO 3166-1 alpha-2 code, or "" where it is unknown."""
    return _gazetteer()[1].get(code.upper(), "")


def country_codes() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 code → English name, of every country that the gazetteer knows."""
    return _gazetteer()[1]


def find_places(text: str) -> list[Place]:
    """All names in `text`, in order, the longest where several overlap."""
    automaton, _ = _gazetteer()
    masked = _NOT_PLACES.sub(lambda match: "·" * len(match.group()), text)
    hits: list[tuple[int, int, str, str]] = []
    for last, (name, country, town) in automaton.iter(masked):
        start, end = last - len(name) + 1, last + 1
        spaced = not ("\u3040" <= name[0] <= "\u9fff" or "\uac00" <= name[0] <= "\ud7a3")
        if spaced and (_in_word(masked, start - 1) or _in_word(masked, end)):
            continue
        hits.append((start, end, country, town))
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    found: list[Place] = []
    reached = 0
    for start, end, country, town in hits:
        if start >= reached:
            found.append(Place(country, town, start, end))
            reached = end
    return found


def _in_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def places_of(title: str, text: str) -> tuple[str, ...]:
    """English country names, most prominent first: the headline counts threefold, early counts."""
    weight: dict[str, float] = {}
    for place in find_places(title):
        weight[place.country] = weight.get(place.country, 0.0) + _TITLE_WEIGHT
    for place in find_places(text[:_TEXT_SCANNED]):
        early = 1.5 if place.start < 120 else 1.0
        weight[place.country] = weight.get(place.country, 0.0) + early
    return tuple(sorted(weight, key=lambda country: (-weight[country], country)))
