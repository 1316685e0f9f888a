"""`python -m bench shape [FILE…] [--items N…]`: days beside each other, real and generated.

What the price of an analysis depends on: how many words a report has and how many are the day's
own, how near its nearest stand, how many pairs are likely one event, how many reports stand alone.
All FILEs together are one day, each N is a generated one. bench/day.py was made by these figures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.cluster import reports_of
from bench.day import NOW, items
from digest.analyse import pairs
from digest.analyse.day import analyse_day, canonical
from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import facets_of, shown
from digest.analyse.outlets import Outlets
from digest.model import Editorial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Item


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench shape")
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--items", type=int, nargs="+", default=[])
    given = parser.parse_args(argv)
    real = [reports_of(given.files)] if given.files else []
    shapes = [shape(day) for day in [*real, *map(items, given.items)]]
    for name in shapes[0] if shapes else ():
        print(f"{name:16}" + "".join(f"{one[name]:>10,}" for one in shapes))
    return {"days": shapes}


def shape(reports: Sequence[Item]) -> dict[str, float]:
    """The figures of one day; shares are of its reports."""
    reports = canonical(reports)
    count = len(reports)
    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(one) for one in reports])()
    titles = embedder.begin([one.title for one in reports])()
    facets = facets_of(reports, [one.source for one in reports], vectors, titles)
    near = pairs.candidates(facets)
    links = pairs.edges(facets, near)
    used = np.bincount(facets.shared_words.indices)
    used = used[used > 0]
    found = analyse_day(
        reports, outlets=Outlets.of(()), embedder=embedder, editorial=Editorial(), now=NOW
    )
    events = Counter(found.story_of.values()).values()
    return {
        "reports": count,
        "title_letters": _mean([len(one.title) for one in reports]),
        "text_letters": _mean([len(one.text) for one in reports]),
        "words": round(facets.shared_words.nnz / count, 1),
        "different_words": len(used),
        "once": _mean(used == 1),
        "candidates": round(len(links) / count, 1),
        "likely": round(int((links.score >= 0).sum()) / count, 2),
        "nearest": round(float(np.median(near.best)), 2),
        "crowd": round(float(np.median(near.dense)), 2),
        "alone": round(sum(size == 1 for size in events) / count, 2),
        "in_three": round(sum(size for size in events if size > 2) / count, 2),
        "largest": max(events),
        "security": _mean([one.section is not None for one in found.reports]),
        "placed": _mean([bool(one.places) for one in found.reports]),
        "stories": len(found.stories),
    }


def _mean(values: Sequence[float] | np.ndarray) -> float:
    return round(float(np.mean(values)), 2)
