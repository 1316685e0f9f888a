"""Reports into events: likely pairs linked, and the lists of neighbours mended where they ran out.

A report keeps only its nearest neighbours as candidates. In an event with more reports than that,
many of its own pairs are no candidates, and average link would count each of them as "no". So after
a first linking every two clusters that their known pairs would nearly join get their missing pairs
scored, and the linking is done anew with all that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.analyse import pairs
from digest.analyse.cluster import STEPS, Edges, average_link, first_members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    from digest.analyse.facets import Facets

MOST = 2_000
"""Missing pairs scored for any two clusters; beyond it the linking makes do with what it knows."""
MOST_PER_REPORT = 4
"""Missing pairs scored in all, per report: the most hopeful clusters first."""
_HOPEFUL = -1.0
"""Mean log-odds of the known pairs from which the missing ones are looked at."""
_ROUNDS = 2
_CLUSTERS_AT_ONCE = 50_000


def events_of(facets: Facets, pool: Executor | None = None) -> list[list[int]]:
    """Events as sorted lists of report numbers, ordered by their first report."""
    found = pairs.candidates(facets, pool)
    links = pairs.edges(facets, found, pool)
    found = found.of(slice(0))  # of use is still how crowded each report stands
    for _ in range(_ROUNDS):
        more = _missing(facets, found, links, first_members(facets.count, links), pool)
        if not more:
            break
        links = links.and_those(more)
    return average_link(facets.count, links)


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
    have = _keys(links.a, links.b, count)
    have.sort()
    order = np.argsort(first, kind="stable")
    ends = np.flatnonzero(np.diff(first[order], append=count)) + 1
    starts = ends - np.diff(ends, prepend=0)
    lacking: list[NDArray[np.int64]] = []
    wanted = 0
    for one, other in _hopeful(links, first, order[starts], ends - starts):
        if wanted >= MOST_PER_REPORT * count:
            break
        mine, theirs = (order[starts[number] : ends[number]] for number in (one, other))
        pair = _between(mine, theirs, same=one == other) @ (count, 1)
        new = pair[have[np.minimum(np.searchsorted(have, pair), len(have) - 1)] != pair]
        new = new if len(new) <= MOST else new[:: len(new) // MOST + 1]
        lacking.append(new)
        wanted += len(new)
    del have
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *lacking])
    del lacking
    a, b = (keys // count).astype(np.int32), (keys % count).astype(np.int32)
    del keys
    return pairs.scored(facets, found, a, b, pool)


def _keys(a: NDArray[np.int32], b: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """One number for each pair of numbers below `count`."""
    import numpy as np

    keys = a.astype(np.int64)
    keys *= count
    keys += b
    return keys


def _hopeful(
    links: Edges,
    first: NDArray[np.int32],
    leads: NDArray[np.int64],
    size: NDArray[np.int64],
) -> Iterator[tuple[int, int]]:
    """Clusters, by their number, whose known pairs would nearly join them and that lack others, the
    best first. `leads` and `size` tell of each cluster its first report and how many it has."""
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
            _keys(one[some], other[some], len(leads)), return_inverse=True, return_counts=True
        )
        mean = np.bincount(at, weights=links.score[some]) / known
        a, b = key // len(leads), key % len(leads)
        whole = np.where(a == b, size[a] * (size[a] - 1) // 2, size[a] * size[b])
        able = (known < whole) & (mean >= STEPS * _HOPEFUL)
        keys.append(key[able])
        means.append(mean[able])
    best = np.concatenate(keys)[np.lexsort((np.concatenate(keys), -np.concatenate(means)))]
    for key in best.tolist():
        yield divmod(key, len(leads))


def _between(one: NDArray[np.int64], other: NDArray[np.int64], *, same: bool) -> NDArray[np.int64]:
    """All pairs (smaller, larger) between two clusters, or inside one; shape (pairs, 2)."""
    import numpy as np

    if same:
        row, column = np.triu_indices(len(one), k=1)
        return np.stack([one[row], one[column]], axis=1)
    left, right = np.repeat(one, len(other)), np.tile(other, len(one))
    return np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1)
