"""Gradient-boosted trees, walked: rows of evidence into log-odds of "same event".

They are learned by scikit-learn (bench/train_pairs.py, bench/train_company.py) and kept as flat
arrays in data/NAME.npz, so that the program needs numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from digest.analyse.packaged import arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CERTAIN = 6.0
"""Log-odds are held within ± this: one pair never outvotes an event."""
_ROWS_AT_ONCE = 256
"""Rows that all trees are walked for at once: they stay in the processor's cache, and steps are so
long that threads are not kept waiting for each other."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Boosted trees as flat arrays: node → feature, threshold, children, value."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    depth: int
    base: float

    def log_odds(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum over the trees, held within ±CERTAIN."""
        import numpy as np

        total = np.empty(len(rows), dtype=np.float64)
        levels, leaves = self._levels()
        trees = np.arange(len(self.roots))
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = np.ascontiguousarray(rows[start : start + _ROWS_AT_ONCE])
            offset = np.arange(len(some))[:, None] * some.shape[1]
            node = np.tile(trees, (len(some), 1))
            for feature, threshold in levels:
                place = feature.take(node)
                place += offset
                below = some.ravel().take(place) <= threshold.take(node)
                node += node
                node += below
            total[start : start + len(some)] = leaves.take(node).sum(axis=1, dtype=np.float64)
        return np.clip(total + self.base, -CERTAIN, CERTAIN).astype(np.float32)

    def _levels(
        self,
    ) -> tuple[list[tuple[NDArray[np.intp], NDArray[np.float32]]], NDArray[np.float32]]:
        """Feature and threshold of the nodes of each level, then the leaves' values: of node i the
        children are 2i and, where the value is not above the threshold, 2i + 1. A leaf is its own
        child down to the last level."""
        import numpy as np

        children = np.stack([self.right, self.left], axis=1)
        nodes, levels = self.roots, []
        for _ in range(self.depth):
            levels.append((self.feature[nodes].astype(np.intp), self.threshold[nodes]))
            nodes = children[nodes].ravel()
        return levels, self.value[nodes]


@cache
def stored(name: str, features: tuple[str, ...]) -> Forest:
    """The packaged trees of data/NAME.npz, learned on these features."""
    kept = dict(arrays(name))
    if tuple(kept.pop("features").tolist()) != features:
        raise AssertionError(f"data/{name}.npz was trained on other features: train it again")
    return Forest(depth=int(kept.pop("depth")), base=float(kept.pop("base")), **kept)
