"""Generated days with a real day's shape, for timing: bursts, copies, languages, noise.

Its shape is that of the eight real days of 2025-26 on which the program was developed, by the
figures of `bench shape`: words a report and words of the day's own, how near the nearest stand,
likely pairs, how many reports stand alone (docs/performance.md has them side by side). A day of a
million has no more subjects than one of a thousand, which makes it the harder one. Words stand in
day.toml, places are the gazetteer's, people, villages and companies are invented. The texts are
only good for timing.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale

from digest.analyse.places import table
from digest.edition import Made, Press, archived, draft_edition, intake_from_archive, window
from digest.model import Editorial, Item

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder
    from digest.store import Store

NOW = datetime(2026, 4, 14, 18, 0, tzinfo=UTC)

ALONE, TAIL = 0.84, 1.4
"""Share of the events that one outlet alone reports, and the exponent of the others' sizes."""
LARGEST, LARGEST_SHARE = 30, 0.01
"""Reports of the greatest event: 30 of a small day, a hundredth of a large one."""
SECURITY, MATTER = 0.4, 0.9
"""Share of events that are a security matter; of headlines that say what else one is about."""
COPIED, FOREIGN, EMPTY = 0.15, 0.10, 0.12
"""Share of reports that copy the wire; that are in another language; that are a headline alone."""
OUTLETS = 400


@dataclass(frozen=True, slots=True)
class _Event:
    """What the reports on one event have in common."""

    theme: dict[str, Any]
    security: bool
    deed: tuple[str, str, str]
    """Who did what to whom, each in its wordings."""
    code: str
    """Of its country."""
    country: str
    facts: dict[str, object]
    """What the wordings' holes are filled with."""
    matters: tuple[str, ...]
    """What else it is about, in words that few other events have."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _words(of: str) -> tuple[str, ...]:
    return tuple(_table()["words"][of].split())


@cache
def _places() -> tuple[list[tuple[str, list[str]]], list[float]]:
    """(code, country and towns) of each country, and how often it is in the news: after Zipf."""
    found = [(code, [country, *towns]) for code, country, _, towns in table()]
    random.Random(1).shuffle(found)
    return found, list(accumulate(1 / (2 + rank) for rank in range(len(found))))


def _name(draw: random.Random) -> str:
    return (
        draw.choice(_words("starts")) + draw.choice(_words("middles")) + draw.choice(_words("ends"))
    )


def _matter(draw: random.Random) -> str:
    return draw.choice(_words("stems")) + draw.choice(_words("kinds"))


def _event(draw: random.Random, *, security: bool) -> _Event:
    kinds = _table()["security" if security else "other"]
    theme, other = draw.choice(kinds), draw.choice(kinds)
    countries, weights = _places()
    code, names = draw.choices(countries, cum_weights=weights)[0]
    facts = {
        "name": f"{draw.choice(_words('first'))} {_name(draw)}",
        "site": _name(draw),
        "n": draw.randint(2, 60),
        "m": draw.randint(10, 99),
        "place": draw.choice(names),
    }
    # Whoever it is may do another subject's deeds, or a large day had few different headlines.
    deed = draw.choice(other["who"]), draw.choice(theme["did"]), draw.choice(theme["what"])
    matters = (
        f"{_name(draw)} {draw.choice(_words('companies'))}",
        f"{_matter(draw)} {_matter(draw)}",
        f"the {_matter(draw)}",
    )
    return _Event(theme, security, deed, code, names[0], facts, matters)


def _deed(event: _Event, draw: random.Random) -> str:
    """In one of its wordings."""
    told = " ".join(draw.choice(part.split("|")) for part in event.deed).format_map(event.facts)
    return told[0].upper() + told[1:]


def _headline(event: _Event, draw: random.Random) -> str:
    told = _deed(event, draw)
    place = event.facts["place"]
    if event.security or draw.random() < 0.3:
        told = draw.choice((f"{told} in {place}", f"{place}: {told}", f"{told}, {place} says"))
    if draw.random() < MATTER:
        told += f" {draw.choice(('amid', 'over', 'after', 'despite'))} {draw.choice(event.matters)}"
    return told + draw.choice((f", {_matter(draw)} says", f" - {_name(draw)}", "", ""))


def _text(event: _Event, draw: random.Random) -> str:
    deed, about = _deed(event, draw), draw.choice(event.matters)
    first = f"{deed} of {about} near {event.facts['site']}, {draw.choice(_table()['said'])}"
    more = draw.choice(event.theme["more"]).format_map(event.facts)
    return f"{first}. {more}, {_matter(draw)} {draw.choice(_words('kinds'))}."


def _abroad(event: _Event, draw: random.Random) -> tuple[str, str]:
    """A headline in another language, and which."""
    language = draw.choice(sorted(event.theme["abroad"]))
    place = str(Locale(language).territories.get(event.code, event.country))
    return event.theme["abroad"][language].format_map({**event.facts, "place": place}), language


def items(count: int, seed: int = 4) -> list[Item]:
    """`count` reports of one invented day, the same for the same arguments."""
    draw = random.Random(seed)
    made: list[Item] = []
    number = 0
    most = max(LARGEST, int(count * LARGEST_SHARE))
    while len(made) < count:
        number += 1
        alone = draw.random() < ALONE
        size = 1 if alone else min(1 + int(draw.paretovariate(TAIL)), most)
        event = _event(draw, security=draw.random() < SECURITY)
        wire = _text(event, draw)
        for copy in range(size):
            title, language = _headline(event, draw), "en"
            text = wire if draw.random() < COPIED else _text(event, draw)
            text = "" if draw.random() < EMPTY else text
            if event.theme.get("abroad") and draw.random() < FOREIGN:
                title, language = _abroad(event, draw)
                text = ""
            outlet = draw.randint(0, OUTLETS)
            made.append(
                Item(
                    id=f"{number:07d}-{copy:03d}",
                    url=f"https://outlet{outlet}.example/{number}/{copy}",
                    source=f"outlet{outlet}.example",
                    title=title,
                    text=text,
                    date=NOW - timedelta(minutes=draw.randint(1, 1700)),
                    first_seen=NOW,
                    lang=language,
                )
            )
    return made[:count]


def edition_of(store: Store, embedder: Embedder, folder: Path) -> Made:
    """The edition of what `store` holds of the day, in `folder`."""
    later = NOW + timedelta(minutes=1)
    intake = intake_from_archive(window(NOW.date(), later, Editorial()), store)
    press = Press((), Editorial(), store, embedder, program="bench")
    return archived(draft_edition(NOW.date(), later, intake, press), store, folder)
