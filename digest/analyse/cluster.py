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


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs a[i] < b[i] of reports by number, each once, with the log-odds that the two are on one
    event. Arrays, because a large day has millions."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, found: Iterable[tuple[int, int, float]]) -> Self:
        """From triples (a, b, score)."""
        import numpy as np

        a, b, score = zip(*found, strict=True) if (found := list(found)) else ((), (), ())
        return cls(np.array(a, dtype=np.int64), np.array(b, dtype=np.int64), np.array(score, float))

    def __len__(self) -> int:
        return len(self.a)

    def and_those(self, more: Edges) -> Edges:
        """Both together."""
        import numpy as np

        mine, theirs = (self.a, self.b, self.score), (more.a, more.b, more.score)
        return Edges(*(np.concatenate(both) for both in zip(mine, theirs, strict=True)))


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
    as `missing`, which is below the threshold. Merging stops below `threshold` + `lone` / (number
    of pairs). Ties break on the smaller indices, so the result depends on nothing but the input.
    """
    # Sums are kept over known pairs as (score - missing), so that an absent pair adds nothing.
    sums: list[dict[int, float]] = [{} for _ in range(count)]
    kept = _inside_groups(count, edges, threshold)
    gains = (kept.score - missing).tolist()
    for a, b, gain in zip(kept.a.tolist(), kept.b.tolist(), gains, strict=True):
        sums[a][b] = sums[b][a] = gain
    size = [1] * count
    version = [0] * count
    members: list[list[int]] = [[i] for i in range(count)]
    queue: list[tuple[float, int, int, int, int]] = []

    def offer(a: int, others: Iterable[tuple[int, float]]) -> None:
        for b, gain in others:
            mean = (gain - lone) / (size[a] * size[b]) + missing
            if mean >= threshold:
                one, other = (a, b) if a < b else (b, a)
                heapq.heappush(queue, (-round(mean, 9), one, other, version[one], version[other]))

    for a in range(count):
        offer(a, [(b, gain) for b, gain in sums[a].items() if a < b])
    while queue:
        _, a, b, version_a, version_b = heapq.heappop(queue)
        if version[a] != version_a or version[b] != version_b:
            continue
        members[a] += members[b]
        members[b] = []
        size[a] += size[b]
        version[a] += 1
        version[b] = -1
        del sums[a][b]
        for c, gain in sums[b].items():
            if c == a:
                continue
            sums[a][c] = sums[c][a] = sums[a].get(c, 0.0) + gain
            del sums[c][b]
        sums[b] = {}
        offer(a, sums[a].items())
    return sorted(sorted(group) for group in members if group)


def _inside_groups(count: int, edges: Edges, threshold: float) -> Edges:
    """Those inside groups that ties of `threshold` hold together. No two clusters of different
    groups ever merge: all that is between them is below it, and so is its mean."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not count:
        return edges
    firm = edges.score >= threshold
    ties = coo_array(
        (np.ones(int(firm.sum()), dtype=np.int8), (edges.a[firm], edges.b[firm])),
        shape=(count, count),
    )
    _, group = connected_components(ties, directed=False)
    inside = group[edges.a] == group[edges.b]
    return Edges(edges.a[inside], edges.b[inside], edges.score[inside])
