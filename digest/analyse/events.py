"""Reports into events: likely pairs linked, and the lists of neighbours mended where they ran out.

A report keeps only its nearest neighbours as candidates. In an event with more reports than that,
many of its own pairs are no candidates, and average link would count each of them as "no". So after
a first linking every two clusters that their known pairs would nearly join get their missing pairs
scored, and the linking is done anew with all that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.analyse import pairs
from digest.analyse.cluster import Edges, average_link

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def events_of(facets: Facets, pool: Executor | None = None) -> list[list[int]]:
    """Events as sorted lists of report numbers, ordered by their first report."""
    found = pairs.candidates(facets, pool)
    links = pairs.edges(facets, found, pool)
    groups = average_link(facets.count, links)
    for _ in range(_ROUNDS):
        more = _missing(facets, found, links, groups, pool)
        if not more:
            break
        links = links.and_those(more)
        groups = average_link(facets.count, links)
    return groups


def _missing(
    facets: Facets,
    found: pairs.Candidates,
    links: Edges,
    groups: Sequence[Sequence[int]],
    pool: Executor | None,
) -> Edges:
    """The pairs between hopeful clusters that were no candidates, scored."""
    import numpy as np

    count = facets.count
    have = np.sort(links.a * count + links.b)
    members = [np.array(group, dtype=np.int64) for group in groups]
    lacking: list[NDArray[np.int64]] = []
    wanted = 0
    for one, other in _hopeful(links, members, count):
        if wanted >= MOST_PER_REPORT * count:
            break
        pair = _between(members[one], members[other], same=one == other) @ (count, 1)
        new = pair[have[np.minimum(np.searchsorted(have, pair), len(have) - 1)] != pair]
        new = new if len(new) <= MOST else new[:: len(new) // MOST + 1]
        lacking.append(new)
        wanted += len(new)
    keys = np.concatenate(lacking) if wanted else np.zeros(0, dtype=np.int64)
    return pairs.scored(facets, found, keys // count, keys % count, pool)


def _hopeful(
    links: Edges,
    members: Sequence[NDArray[np.int64]],
    count: int,
) -> list[tuple[int, int]]:
    """Clusters whose known pairs would nearly join them and that lack others, the best first."""
    import numpy as np

    group_of = np.zeros(count, dtype=np.int64)
    for number, group in enumerate(members):
        group_of[group] = number
    ends = group_of[links.a], group_of[links.b]
    first, second = np.minimum(*ends), np.maximum(*ends)
    keys, at, known = np.unique(
        first * len(members) + second, return_inverse=True, return_counts=True
    )
    mean = np.round(np.bincount(at, weights=links.score) / known, 6)
    one, other = keys // len(members), keys % len(members)
    size = np.array([len(group) for group in members])
    whole = np.where(one == other, size[one] * (size[one] - 1) // 2, size[one] * size[other])
    able = np.flatnonzero((known < whole) & (mean >= _HOPEFUL))
    able = able[np.lexsort((keys[able], -mean[able]))]
    return list(zip(one[able].tolist(), other[able].tolist(), strict=True))


def _between(one: NDArray[np.int64], other: NDArray[np.int64], *, same: bool) -> NDArray[np.int64]:
    """All pairs (smaller, larger) between two clusters, or inside one; shape (pairs, 2)."""
    import numpy as np

    if same:
        row, column = np.triu_indices(len(one), k=1)
        return np.stack([one[row], one[column]], axis=1)
    left, right = np.repeat(one, len(other)), np.tile(other, len(one))
    return np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1)
