"""Learns the second look at pairs, digest/analyse/data/company.npz.

    python -m bench.train_company CLUSTERING_DIR DAYS_DIR

Then it prints of each labelled day the pairwise F1 of its events as trees find them that know
nothing of that day, by the first look alone and by both, and the means.

On the sets of bench/train_pairs.py and three more labelled days. Each is linked by trees of a first
look that were learned on all the others: those that know a set's pairs by heart would link it
better than any new day. Besides whole, each stands in parts, thinned and with half of its reports
under another language's words, so that companies of all sizes are seen; and all of them are linked
twice, by trees from two draws, for the trees of one make companies of their own.
"""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from bench.cluster import pairwise
from bench.train_pairs import (
    DAYS,
    Rows,
    Variant,
    facets,
    first_look,
    keep,
    labelled_day,
    learn,
    thinned,
    training_rows,
    training_sets,
)
from digest.analyse import company, events, pairs
from digest.analyse.cluster import average_link
from digest.analyse.embed import UsemEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.cluster import Labelled
    from digest.analyse.forest import Forest

MORE_DAYS = ("2025-09-08", "2025-09-12", "2025-11-11")
ASKED = {"2025-09-08": ("2025-09-09",), "2025-09-12": ("2025-09-11",)}
"""Labelled days that are not learned from, for the trees were no better with them (of the other
five days .736 instead of .746, 30 November 2026): the trees that know nothing of a day are asked of
its neighbour too, which shares reports with it."""
TREES, DEPTH, RATE, LEAF, COLUMNS = 250, 5, 0.03, 80, 0.3
"""A split sees three of ten features: so no one of them, such as the centres of two companies,
decides alone, and another draw of the variants changes few events."""
SEEDS = (5, 6)
PART = 0.6
PARTS, PART_WEIGHT = 6, 0.17
THINNED, THIN_WEIGHT = 6, 0.06
FOREIGN, FOREIGN_WEIGHT = 3, 0.08
"""How many such variants of each set, and what each weighs beside the set itself."""


def variants(data: Labelled) -> list[tuple[Variant, random.Random | None]]:
    """The set whole, in parts, thinned, and with foreign words."""
    chance = random.Random(3)
    everything = range(len(data.items))
    made = [Variant(data.items, data.events, 1.0)]
    for _ in range(PARTS):
        part = sorted(chance.sample(everything, int(PART * len(everything))))
        some = [data.items[i] for i in part], [data.events[i] for i in part]
        made.append(Variant(*some, PART_WEIGHT))
    made += [replace(thinned(data, chance), weight=THIN_WEIGHT) for _ in range(THINNED)]
    abroad = Variant(data.items, data.events, FOREIGN_WEIGHT)
    mixed = [(abroad, random.Random(11 + i)) for i in range(FOREIGN)]
    return [*((variant, None) for variant in made), *mixed]


def company_rows(data: Labelled, first_trees: Forest, embedder: UsemEmbedder) -> Rows:
    """Of a set's variants, linked by these trees."""
    made = []
    for variant, mixed in variants(data):
        told = facets(variant.items, embedder, mixed)
        with looking_by(first_trees):
            likely, first = events.first_look(told)
        if len(likely):
            rows = company.evidence(told, likely, first)(slice(None))
            made.append(Rows.of(variant, (likely.a, likely.b), rows))
    return Rows.together(made)


@contextmanager
def looking_by(first: Forest, second: Forest | None = None) -> Iterator[None]:
    """These trees in the place of the packaged ones."""
    with (
        patch.object(pairs, "stored", lambda *_: first),
        patch.object(company, "stored", lambda *_: second),
    ):
        yield


def second_look(rows: Iterable[Rows]) -> Forest:
    """The trees of company.npz, from these sets' rows."""
    together = Rows.together(rows)
    return learn(together, trees=TREES, depth=DEPTH, rate=RATE, leaf=LEAF, columns=COLUMNS)


def judged(
    data: Labelled, first: Forest, second: Forest, embedder: UsemEmbedder
) -> tuple[float, float]:
    """F1 by the first look, and by both."""
    told = facets(data.items, embedder)
    with looking_by(first, second):
        alone = average_link(told.count, events.first_links(told))
        both, _ = events.events_of(told, *events.first_look(told))
    scores = []
    for found in (alone, both):
        event_of = {i: str(number) for number, group in enumerate(found) for i in group}
        scores.append(pairwise(data.events, [event_of[i] for i in range(told.count)])["f1"])
    return scores[0], scores[1]


def main(argv: list[str]) -> int:
    clustering, days = map(Path, argv)
    sets, embedder = training_sets(clustering, days, (*DAYS, *MORE_DAYS)), UsemEmbedder()
    looks = []
    for seed in SEEDS:
        rows = [training_rows(data, embedder, random.Random(seed)) for data in sets]
        looks.append([first_look(rows[:at] + rows[at + 1 :]) for at in range(len(sets))])
    made = [
        Rows.together(company_rows(data, trees[at], embedder) for trees in looks)
        for at, data in enumerate(sets)
    ]
    keep("company", company.FEATURES, second_look(made))
    scores = []
    for at, data in enumerate(sets):
        if data.name not in (*DAYS, *MORE_DAYS):
            continue
        second = second_look(made[:at] + made[at + 1 :])
        for asked in (data, *(labelled_day(days, day) for day in ASKED.get(data.name, ()))):
            scores.append(judged(asked, looks[0][at], second, embedder))
            print(_line(asked.name, *scores[-1]), flush=True)
    print(_line("mean", *np.mean(scores, axis=0)))
    return 0


def _line(name: str, first: float, both: float) -> str:
    return f"{name}: {first:.4f} by the first look, {both:.4f} by both"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
