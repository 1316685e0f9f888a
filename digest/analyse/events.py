"""Reports into events: likely pairs linked, and the lists of neighbours mended where they ran out.

A report keeps only its nearest neighbours as candidates. In an event with more reports than that,
many of its own pairs are no candidates, and average link would count each of them as "no". So after
a first linking every two clusters that their known pairs would nearly join get their missing pairs
scored, and the linking is done anew with all that is known. Then the pairs are looked at again, in
the light of the company that each report has by now, and linked for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.analyse import company, pairs
from digest.analyse.cluster import (
    STEPS,
    Edges,
    average_link,
    by_cluster,
    first_members,
    pair_ends,
    pair_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from digest.analyse.facets import Facets, Openings

SAME = -0.2
"""Mean log-odds of the second look from which two large clusters are one event. Of five labelled
days, each judged by trees that were learned on the others, the mean pairwise F1 is .697 by the
first look alone and .746 by both with -.4, which joins two launches of news_cluster.legacy; with
-.2, which does not, .739, and .736 with two more days; another draw of the variants is up to .02
away (bench/train_company.py, 30 November 2026)."""
MOST = 2_000
"""Missing pairs scored for any two clusters; beyond it the linking makes do with what it knows."""
MOST_PER_REPORT = 4
"""Missing pairs scored in all, per report: the most hopeful clusters first."""
AKIN = -1.8
"""Log-odds of the second look that two reports of different events must have for one of the events
to be a development of the other. Of 203 pairs of events in one thread, each read by two language
models as editors, 118 are; of the pairs with such reports .72 are, among them .90 of the 118 (eight
real days, bench/labels/thread-DAY.json, `bench threads`, 30 November 2026)."""
_HOPEFUL = -1.0
"""Mean log-odds of the known pairs from which the missing ones are looked at."""
_ROUNDS = 2
_CLUSTERS_AT_ONCE = 50_000
_PAIRS_AT_ONCE = 200_000
"""Held at once: 20 MB."""


@dataclass(frozen=True, slots=True)
class Akin:
    """Which events have reports that are AKIN."""

    pairs: NDArray[np.int64]
    """Their pair_numbers, sorted, and one above all that is no pair's: no story looks past it."""
    events: int

    @classmethod
    def of(cls, groups: Sequence[Sequence[int]], links: Edges) -> Self:
        """From events, which together hold each report once, and the links between reports."""
        import numpy as np

        event = np.empty(sum(map(len, groups)), dtype=np.int64)
        for number, group in enumerate(groups):
            event[group] = number
        likely = links.score >= STEPS * AKIN
        one, other = event[links.a[likely]], event[links.b[likely]]
        apart = one != other
        pairs = np.unique(pair_numbers(one[apart], other[apart], len(groups)))
        return cls(np.append(pairs, np.iinfo(np.int64).max), len(groups))

    def to(self, event: int, others: Sequence[int]) -> list[bool]:
        """Whether `event` is akin to each of the others."""
        import numpy as np

        them = np.array(others, dtype=np.int64)
        asked = pair_numbers(np.full_like(them, event), them, self.events)
        found: list[bool] = (self.pairs[np.searchsorted(self.pairs, asked)] == asked).tolist()
        return found


def first_look(facets: Facets, pool: Executor | None = None) -> tuple[Edges, NDArray[np.int32]]:
    """The pairs that are worth a second look, each scored by itself, and of each report the first
    of the cluster that all pairs link it to."""
    links = first_links(facets, pool)
    return company.likely_ones(links), first_members(facets.count, links)


def events_of(
    openings: Openings, likely: Edges, first: NDArray[np.int32], pool: Executor | None = None
) -> tuple[list[list[int]], Akin]:
    """Events as sorted lists of report numbers, ordered by their first report, and which of them
    are akin; from what the `first_look` found."""
    links = company.again(openings, likely, first, pool)
    groups = average_link(openings.count, links, threshold=SAME)
    return groups, Akin.of(groups, links)


def first_links(facets: Facets, pool: Executor | None = None) -> Edges:
    """The likely pairs and those that were missing, each scored by itself."""
    found = pairs.candidates(facets, pool)
    links = pairs.edges(facets, found, pool)
    found = found.of(slice(0))  # of use is still how crowded each report stands
    for _ in range(_ROUNDS):
        more = _missing(facets, found, links, first_members(facets.count, links), pool)
        if not more:
            break
        links = links.and_those(more)
    return links


def _missing(
    facets: Facets,
    found: pairs.Candidates,
    links: Edges,
    first: NDArray[np.int32],
    pool: Executor | None,
) -> Edges:
    """The pairs between hopeful clusters that were no candidates, scored. `first` tells of each
    report the first of its cluster."""
    import numpy as np

    count = facets.count
    have = pair_numbers(links.a, links.b, count)
    have.sort()
    order, starts, size = by_cluster(first)
    lacking = [np.zeros(0, dtype=np.int64)]
    left = MOST_PER_REPORT * count
    for one, other in _hopeful(links, first, order[starts], size):
        if left <= 0:
            break
        pair, a, b = _between(one, other, starts, size)
        keys = pair_numbers(order[a], order[b], count)
        new = have[np.minimum(np.searchsorted(have, keys), len(have) - 1)] != keys
        keys, pair = keys[new], pair[new]
        begin = np.searchsorted(pair, np.arange(len(one) + 1))
        place, each = np.arange(len(pair)) - begin[pair], np.diff(begin)[pair]
        step = np.where(each > MOST, each // MOST + 1, 1)
        # What a pair of clusters takes is what is left when its turn comes.
        taken = np.bincount(pair[place % step == 0], minlength=len(one))
        before = np.cumsum(taken) - taken
        lacking.append(keys[(place % step == 0) & (before[pair] < left)])
        left -= len(lacking[-1])
    del have
    keys = np.concatenate(lacking)
    del lacking
    return pairs.scored(facets, found, *pair_ends(keys, count), pool)


def _hopeful(
    links: Edges,
    first: NDArray[np.int32],
    leads: NDArray[np.int64],
    size: NDArray[np.int64],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Clusters, by their number, whose known pairs would nearly join them and that lack others, the
    best first, some at once. `leads` and `size` tell of each its first report and how many it
    has."""
    import numpy as np

    number = np.zeros(len(first), dtype=np.int32)
    number[leads] = np.arange(len(leads))
    number = number[first]
    ends = number[links.a], number[links.b]
    one, other = np.minimum(*ends), np.maximum(*ends)
    del ends
    keys, means = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for start in range(0, len(leads), _CLUSTERS_AT_ONCE):
        some = np.flatnonzero((one >= start) & (one < start + _CLUSTERS_AT_ONCE))
        key, at, known = np.unique(
            pair_numbers(one[some], other[some], len(leads)),
            return_inverse=True,
            return_counts=True,
        )
        mean = np.bincount(at, weights=links.score[some]) / known
        a, b = key // len(leads), key % len(leads)
        whole = np.where(a == b, size[a] * (size[a] - 1) // 2, size[a] * size[b])
        able = (known < whole) & (mean >= STEPS * _HOPEFUL)
        keys.append(key[able])
        means.append(mean[able])
    key = np.concatenate(keys)
    one, other = np.divmod(key[np.lexsort((key, -np.concatenate(means)))], len(leads))
    parts = np.cumsum(np.minimum(size[one] * size[other], _PAIRS_AT_ONCE)) // _PAIRS_AT_ONCE
    at = np.flatnonzero(np.diff(parts)) + 1
    yield from zip(np.split(one, at), np.split(other, at), strict=True)


def _between(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    starts: NDArray[np.int64],
    size: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The pairs between the clusters one[i] and other[i], or inside one: which i, and the places of
    the two reports, those of cluster n being size[n] from starts[n]. All of them, or of very many
    every second, or third, and so on."""
    import numpy as np

    step = size[one] * size[other] // _PAIRS_AT_ONCE + 1
    held = -(-size[one] * size[other] // step)
    pair = np.repeat(np.arange(len(one)), held)
    within = (np.arange(len(pair)) - np.repeat(np.cumsum(held) - held, held)) * step[pair]
    row, column = np.divmod(within, size[other][pair])
    wanted = (one[pair] != other[pair]) | (row < column)
    pair, row, column = pair[wanted], row[wanted], column[wanted]
    return pair, starts[one[pair]] + row, starts[other[pair]] + column
