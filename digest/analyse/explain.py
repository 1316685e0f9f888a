"""Why a story's reports were taken for one event: the evidence of its pairs, in numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from digest.analyse.day import canonical
from digest.analyse.facets import facets_of, shown
from digest.analyse.outlets import UNNAMED, Outlets
from digest.analyse.pairs import FEATURES, Candidates, candidates, evidence, scored
from digest.model import Item

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder

MOST = 60
"""Reports of a story whose pairs are looked at: 1,770 pairs."""
SHOWN = (
    "vector", "words", "title_words", "names", "figures_shared", "figures_differ",
    "countries_shared", "countries_differ", "towns_shared", "towns_differ",
)  # fmt: skip
"""The features that people can make something of."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two reports, and what speaks for their being on one event."""

    a: str
    b: str
    """Item ids."""
    likely: float
    """0 to 1, by the pair's evidence alone; the cluster weighs all pairs together."""
    evidence: dict[str, float]


def links(
    items: Sequence[Item], wanted: Collection[str], *, outlets: Outlets, embedder: Embedder
) -> list[Link]:
    """The pairs among the reports `wanted` (ids), the likeliest first, judged as on the day: among
    all `items` of the edition's window."""
    import numpy as np

    kept = canonical(items)
    names = ["" if o.name == UNNAMED else o.name for o in map(outlets.of_item, kept)]
    vectors = embedder.begin([shown(item) for item in kept])()
    titles = embedder.begin([item.title for item in kept])()
    facets = facets_of(kept, names, vectors, titles)
    found = candidates(facets)
    ours = [i for i, item in enumerate(kept) if item.id in wanted][:MOST]
    pairs = list(combinations(ours, 2))
    if not pairs:
        return []
    a, b = (np.array(side, dtype=np.int32) for side in zip(*pairs, strict=True))
    odds = scored(facets, found, a, b).log_odds
    near = np.zeros(len(a), dtype=np.float32)
    rows = evidence(facets, Candidates(a, b, near, found.dense, found.best))
    made = [
        Link(
            kept[x].id,
            kept[y].id,
            round(float(1 / (1 + np.exp(-odds[n]))), 3),
            {
                name: round(float(rows[n, FEATURES.index(name)]), 3)
                for name in SHOWN
                if rows[n, FEATURES.index(name)] > 0
            },
        )
        for n, (x, y) in enumerate(pairs)
    ]
    return sorted(made, key=lambda link: (-link.likely, link.a, link.b))
