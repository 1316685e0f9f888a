"""Reports into events: pairwise evidence, then average link over the sparse graph of likely pairs.

Candidate pairs come from nearest neighbours in vector space and in words, so that nothing is
quadratic in the day's size; `pairs.py` scores each pair as log-odds of "same event"; average link
merges the two clusters whose pairs agree best, counting every missing pair as a firm no, until no
merge is more likely right than wrong. Average, not single link: one odd pair must not chain two
events. Two clusters of n and m reports agree by n·m pairs; the fewer these are, the surer they must
be (LONE): a large event is carried by many faint ties, two lone reports need a firm one.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray


SAME = 0.0
"""Mean log-odds from which two large clusters are one event."""
LONE = 1.0
"""What a single pair must have beyond SAME; it falls off as 1/(n·m)."""
MISSING = -4.0
"""Log-odds of a pair that was no candidate. All three from a sweep over the files that
`bench cluster` reads, one setting for all (2026-11)."""


STEPS = 10_000
"""Scores count in steps of a ten-thousandth, in whole numbers: a vector's last bits must not decide
about an event, and a sum is the same in whatever order it grew."""
_TIES_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs a[i] < b[i] of reports by number, each once, with the log-odds that the two are on one
    event, times STEPS. Arrays, because a large day has millions."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    score: NDArray[np.int32]

    @classmethod
    def of(cls, found: Iterable[tuple[int, int, float]]) -> Self:
        """From triples (a, b, log-odds)."""
        import numpy as np

        a, b, score = zip(*found, strict=True) if (found := list(found)) else ((), (), ())
        return cls(np.array(a, np.int32), np.array(b, np.int32), steps(np.array(score, float)))

    def __len__(self) -> int:
        return len(self.a)

    @property
    def log_odds(self) -> NDArray[np.float64]:
        """The scores as such."""
        return self.score / STEPS

    def and_those(self, more: Edges) -> Edges:
        """Both together."""
        import numpy as np

        mine, theirs = (self.a, self.b, self.score), (more.a, more.b, more.score)
        return Edges(*(np.concatenate(both) for both in zip(mine, theirs, strict=True)))


def steps(scores: NDArray[np.floating]) -> NDArray[np.int32]:
    """Log-odds as Edges hold them."""
    import numpy as np

    return np.rint(STEPS * scores.astype(np.float64)).astype(np.int32)


def pair_numbers(a: NDArray[np.integer], b: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    """One number for each pair of numbers below `count`, whichever comes first."""
    import numpy as np

    numbers: NDArray[np.int64] = np.minimum(a, b).astype(np.int64)
    numbers *= count
    numbers += np.maximum(a, b)
    return numbers


def pair_ends(
    numbers: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs of these `pair_numbers`, the smaller end first."""
    import numpy as np

    return (numbers // count).astype(np.int32), (numbers % count).astype(np.int32)


def average_link(
    count: int,
    edges: Edges,
    *,
    threshold: float = SAME,
    missing: float = MISSING,
    lone: float = LONE,
) -> list[list[int]]:
    """Clusters of 0…count-1 as sorted lists, ordered by their first member.

    The score of two clusters is the mean over all their cross pairs; a pair without an edge counts
    as `missing`, which is below the threshold; scores count to four places. Merging stops below
    `threshold` + `lone` / (number of pairs). Ties break on the smaller indices, so the result
    depends on nothing but the input.
    """
    import numpy as np

    first = first_members(count, edges, threshold=threshold, missing=missing, lone=lone)
    order, starts, _ = by_cluster(first)
    return [group.tolist() for group in np.split(order, starts[1:])] if count else []


def by_cluster(
    first: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """From `first_members`: the reports cluster by cluster, where each cluster begins, and how many
    it has."""
    import numpy as np

    order = np.argsort(first, kind="stable")
    starts = np.flatnonzero(np.diff(first[order], prepend=-1))
    return order, starts, np.diff(starts, append=len(first))


def first_members(
    count: int,
    edges: Edges,
    *,
    threshold: float = SAME,
    missing: float = MISSING,
    lone: float = LONE,
) -> NDArray[np.int32]:
    """Of each report the first of its cluster; see average_link. An array, and nothing else stays:
    small objects that outlive the linking would keep a gigabyte of a large day's ties from being
    given back."""
    import numpy as np

    # Kept over known pairs as (score - missing): an absent pair adds nothing.
    alone, absent, need = (round(STEPS * x) for x in (lone, missing, threshold - missing))
    sums: list[dict[int, int]] = [{} for _ in range(count)]
    inside = _inside_groups(count, edges, round(STEPS * threshold))
    # One object for each report and each gain, not one for each tie.
    numbers, same = list(range(count)), dict[int, int]()
    for start in range(0, len(inside), _TIES_AT_ONCE):
        part = inside[start : start + _TIES_AT_ONCE]
        gains = edges.score[part] - absent
        ties = edges.a[part].tolist(), edges.b[part].tolist(), gains.tolist()
        for a, b, gain in zip(*ties, strict=True):
            sums[a][numbers[b]] = sums[b][numbers[a]] = same.setdefault(gain, gain)
    size = [1] * count
    version = [0] * count
    members: list[list[int]] = [[i] for i in range(count)]
    # Each cluster's best merge as it was when last looked for: what was better since came of a
    # merge, and stands here as that cluster's. The less, the better two agree.
    queue: list[tuple[float, int, int, int, int, int]] = []

    def look(cluster: int) -> None:
        own, least, best = size[cluster], math.inf, -1
        for c, gain in sums[cluster].items():
            pairs = own * size[c]
            if gain - alone >= need * pairs:
                less = (alone - gain) / pairs
                if less < least or (less == least and c < best):
                    least, best = less, c
        if best >= 0:
            a, b = (cluster, best) if cluster < best else (best, cluster)
            heapq.heappush(queue, (least, a, b, cluster, version[a], version[b]))

    for cluster in range(count):
        look(cluster)
    while queue:
        _, a, b, asked, version_a, version_b = heapq.heappop(queue)
        if version[a] != version_a or version[b] != version_b:
            if version[asked] == (version_a if asked == a else version_b):
                look(asked)
            continue
        members[a] += members[b]
        members[b] = []
        size[a] += size[b]
        version[a] += 1
        version[b] = -1
        mine, theirs = sums[a], sums[b]
        sums[b] = {}
        del mine[b], theirs[a]
        for c, gain in theirs.items():
            others = sums[c]
            del others[b]
            mine[c] = others[a] = mine.get(c, 0) + gain
        look(a)
    first = np.arange(count, dtype=np.int32)
    for group in members:
        if len(group) > 1:
            first[group] = min(group)
    return first


def _inside_groups(count: int, edges: Edges, threshold: int) -> NDArray[np.int64]:
    """Which of them are inside groups that ties of `threshold` steps hold together. No two clusters
    of different groups ever merge: all that is between them is below it, and so is its mean."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    firm = edges.score >= threshold
    ties = coo_array(
        (np.ones(int(firm.sum()), dtype=np.int8), (edges.a[firm], edges.b[firm])),
        shape=(count, count),
    )
    _, group = connected_components(ties, directed=False)
    return np.flatnonzero(group[edges.a] == group[edges.b])
