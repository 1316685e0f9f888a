"""Generated days with a real day's shape, for timing: bursts, copies, languages, noise.

The shape was read off eight real days of 2025–26: about a third of the reports belong to events
that several outlets report, an event's reports follow a long tail (most 2–4, a few dozens), wire
copies repeat a text nearly to the letter, and half of the reports are no security matter. Texts
are built from a small invented vocabulary; they are only good for timing.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.analyse.embed import Embedder
from digest.edition import Made, intake_from_archive, make_edition, window
from digest.model import Editorial, Item
from digest.resources import templates
from digest.store import Store

NOW = datetime(2026, 4, 14, 18, 0, tzinfo=UTC)

_PLACES = [
    first + second
    for first in ["Kes", "Tam", "Lor", "Har", "Ost", "Vel", "Mar", "Sel", "Bran", "Quil"]
    for second in ["ten", "ber", "ne", "row", "mark", "ika", "win", "dor", "esh", "avo"]
]
_ACTORS = [
    *("gunmen", "the army", "police", "militants", "the navy", "protesters", "hackers"),
    *("prosecutors", "the president", "rebels", "border guards", "the coalition"),
]
_ACTS = [
    *(
        "attacked a convoy near",
        "shelled a market in",
        "arrested suspects in",
        "seized a tanker off",
    ),
    *("fired on a patrol in", "stormed a ministry in", "breached a bank's network in"),
    *("announced a ceasefire in", "evacuated districts of", "shot down a drone over"),
]
_QUIET = [
    *("won the cup final in", "opened a gallery in", "cut prices for phones in"),
    *("sang before fans in", "reported quarterly profits in", "forecast sunny weather for"),
    "renovated a villa in",
]
_TAILS = [
    "Officials said {n} people were killed and {m} injured.",
    "Witnesses heard several explosions before dawn.",
    "The interior minister called the situation serious.",
    "No group claimed responsibility for the incident.",
    "Hospitals asked residents to give blood.",
    "Neighbouring governments called for restraint.",
    "The regional council will meet on the matter tomorrow.",
]


def items(count: int, seed: int = 4) -> list[Item]:
    """`count` reports of one invented day, the same for the same arguments."""
    draw = random.Random(seed)
    made: list[Item] = []
    event = 0
    while len(made) < count:
        event += 1
        security = draw.random() < 0.5
        size = min(int(draw.paretovariate(1.3)), 60) if security else 1
        place, actor = draw.choice(_PLACES), draw.choice(_ACTORS)
        act = draw.choice(_ACTS if security else _QUIET)
        n, m = draw.randint(1, 40), draw.randint(1, 90)
        detail = f"{draw.choice(_PLACES)} {draw.randint(2, 99)}"
        wire = ""
        for copy in range(size):
            tails = [tail.format(n=n, m=m) for tail in draw.sample(_TAILS, 3)]
            text = f"{actor.capitalize()} {act} {place} near district {detail}. " + " ".join(tails)
            wire = wire or text
            if copy and draw.random() < 0.3:
                text = wire  # a wire copy
            outlet = draw.randint(0, 400)
            made.append(
                Item(
                    id=f"{event:07d}-{copy:03d}",
                    url=f"https://outlet{outlet}.example/{event}/{copy}",
                    source=f"outlet{outlet}.example",
                    title=f"{actor.capitalize()} {act} {place}, district {detail}",
                    text=text,
                    date=NOW - timedelta(minutes=draw.randint(1, 1700)),
                    first_seen=NOW,
                    lang="en",
                )
            )
    return made[:count]


def edition_of(store: Store, embedder: Embedder, folder: Path) -> Made:
    """The edition of what `store` holds of the day, in `folder`."""
    later = NOW + timedelta(minutes=1)
    return make_edition(
        NOW.date(),
        later,
        intake_from_archive(window(NOW.date(), later, Editorial()), store),
        feeds=(),
        editorial=Editorial(),
        archive=store,
        embedder=embedder,
        templates=templates(),
        out=folder,
        program="bench",
    )
