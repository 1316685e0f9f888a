"""How languages print counts: data/figures.json, read once.

Each language holds `numbers` (spelled), `dozens` (vague counts and their least meaning), `scale`
("million"), the words of bounds (`least`, `most`, `about`, `to`, `between`), its `decimal` mark and
`thousands` separators, words that end the people counted (`joins`), and for each label the words
that say what is counted: after the number ("12 people were *killed*"), before it ("*killing* 12")
and of a running total ("the *death toll rose to* 12"). `things` are nouns that are no people: "12
*drones* were destroyed"; `least_after` is a bound behind what is counted. All but numbers are
regular expressions without groups.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LABELS = ("killed", "injured", "missing", "arrested", "displaced")
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Language:
    numbers: Mapping[str, int]
    dozens: Mapping[str, int]
    scale: Mapping[str, int]
    least: str
    most: str
    about: str
    to: str
    between: str
    decimal: str
    thousands: str
    joins: str
    auxiliary: str
    counts: Mapping[str, tuple[str, str, str]]
    things: str
    least_after: str = ""
    """A bound behind the counted: Arabic's "12 people at the least"; "" where there is none."""


@lru_cache(maxsize=1)
def all_languages() -> Mapping[str, Language]:
    """Language tag → how it prints counts."""
    raw = json.loads(files(__package__).joinpath("data/figures.json").read_text("utf-8"))
    languages = {}
    for tag, entry in raw.items():
        numbers = dict(entry.pop("numbers"))
        if tag == "en":
            numbers |= _compounds(numbers)
        counts = {label: tuple(words) for label, words in entry.pop("counts").items()}
        languages[tag] = Language(numbers=numbers, counts=counts, **entry)
    return languages


def _compounds(numbers: Mapping[str, int]) -> dict[str, int]:
    """ "twenty-three", "twenty three" from their parts."""
    tens = {w: n for w, n in numbers.items() if n in range(20, 100, 10) and " " not in w}
    units = {w: n for w, n in numbers.items() if 0 < n < 10 and " " not in w}
    return {
        f"{t}{joint}{u}": a + b
        for t, a in tens.items()
        for u, b in units.items()
        for joint in ("-", " ")
    }


def language(tag: str) -> Language:
    """The language of a primary tag; English where it is not known."""
    known = all_languages()
    return known.get(tag, known[FALLBACK])
