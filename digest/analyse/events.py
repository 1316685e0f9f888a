"""Reports into events: likely pairs linked, and the lists of neighbours mended where they ran out.

A report keeps only its nearest neighbours as candidates. In an event with more reports than that,
many of its own pairs are no candidates, and average link would count each of them as "no". So after
a first linking every two clusters that their known pairs would nearly join get their missing pairs
scored, and the linking is done anew with all that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.analyse import pairs
from digest.analyse.cluster import Edge, average_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.analyse.facets import Facets

MOST = 2_000
"""Missing pairs scored for any two clusters; beyond it the linking makes do with what it knows."""
MOST_PER_REPORT = 4
"""Missing pairs scored in all, per report: the most hopeful clusters first."""
_HOPEFUL = -1.0
"""Mean log-odds of the known pairs from which the missing ones are looked at."""
_ROUNDS = 2


def events_of(facets: Facets) -> list[list[int]]:
    """Events as sorted lists of report numbers, ordered by their first report."""
    found = pairs.candidates(facets)
    links = pairs.edges(facets, found)
    groups = average_link(facets.count, links)
    for _ in range(_ROUNDS):
        more = _missing(facets, found, links, groups)
        if not more:
            break
        links += more
        groups = average_link(facets.count, links)
    return groups


def _missing(
    facets: Facets,
    found: pairs.Candidates,
    links: Sequence[Edge],
    groups: Sequence[Sequence[int]],
) -> list[Edge]:
    """The pairs between hopeful clusters that were no candidates, scored."""
    import numpy as np

    group_of = [0] * facets.count
    for number, group in enumerate(groups):
        for i in group:
            group_of[i] = number
    known: dict[tuple[int, int], list[float]] = {}
    for link in links:
        one, other = group_of[link.a], group_of[link.b]
        known.setdefault((min(one, other), max(one, other)), []).append(link.score)
    have = {(link.a, link.b) for link in links}
    wanted: list[tuple[int, int]] = []
    by_hope = sorted(known.items(), key=lambda item: (-sum(item[1]) / len(item[1]), item[0]))
    for (one, other), scores in by_hope:
        if len(wanted) >= MOST_PER_REPORT * facets.count:
            break
        n, m = len(groups[one]), len(groups[other])
        whole = n * (n - 1) // 2 if one == other else n * m
        if len(scores) == whole or sum(scores) < _HOPEFUL * len(scores):
            continue
        between = (
            (min(a, b), max(a, b))
            for a in groups[one]
            for b in groups[other]
            if one != other or a < b
        )
        lacking = [pair for pair in between if pair not in have]
        wanted += lacking if len(lacking) <= MOST else lacking[:: len(lacking) // MOST + 1]
    if not wanted:
        return []
    a = np.array([pair[0] for pair in wanted])
    b = np.array([pair[1] for pair in wanted])
    scores_of = pairs.scored(facets, found, a, b).tolist()
    return [
        Edge(one, other, round(score, 4))
        for (one, other), score in zip(wanted, scores_of, strict=True)
    ]
