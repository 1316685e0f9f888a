"""Which pairs of reports are worth a look, what speaks for and against them, and the verdict.

Candidates are each report's nearest by vectors and words together (near). Each pair becomes a row
of evidence (FEATURES), and gradient-boosted trees turn the row into log-odds of "same event". The
trees are learned by bench/train_pairs.py and kept in data/pairs.npz; here they are only walked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from digest.analyse import words
from digest.analyse.cluster import Edges, pair_ends, pair_numbers, steps
from digest.analyse.embed import STEP
from digest.analyse.near import Measure, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.analyse.facets import Facets

FEATURES = (
    "vector", "title_vector", "words_batch", "words", "title_words", "long_words",
    "long_words_batch", "names", "rarest_shared", "three_rarest_shared", "figures_shared",
    "figures_differ", "countries_shared", "countries_differ", "towns_shared", "towns_differ",
    "same_outlet", "text_length", "above_denser", "above_sparser", "to_best", "to_lesser_best",
)  # fmt: skip
NEIGHBOURS = 16
"""Candidates per report; events.py mends what this cuts off (12 to 60 give the same events on the
labelled sets, 2026-11)."""
LEAST = 0.14
"""Mean of vector and word cosine below which two reports are not compared at all (no event of the
labelled sets needs less)."""
CERTAIN = 6.0
"""Log-odds are held within ± this: one pair never outvotes an event."""
_PAIRS_AT_ONCE = 5_000
"""Pairs whose evidence is held at once: 20 MB for each set of vectors that is compared."""
_ROWS_AT_ONCE = 512
"""Rows that all trees are walked for at once: 3 MB."""
_DENSITY = 10


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs a < b, sorted; `near` their combined nearness; `dense` and `best` per report."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    near: NDArray[np.float32]
    dense: NDArray[np.float32]
    """Mean nearness of a report's ten nearest: how crowded its corner of the news is."""
    best: NDArray[np.float32]

    def of(self, part: slice) -> Candidates:
        """Some of the pairs."""
        return replace(self, a=self.a[part], b=self.b[part], near=self.near[part])


def candidates(
    facets: Facets,
    pool: Executor | None = None,
    *,
    neighbours: int = NEIGHBOURS,
    least: float = LEAST,
) -> Candidates:
    """Each report's nearest by the mean of vector and word cosine."""
    import numpy as np

    count = facets.count
    keep = min(neighbours, count - 1)
    empty = np.zeros(0, dtype=np.int32)
    zeros = np.zeros(count, dtype=np.float32)
    if keep <= 0:
        return Candidates(empty, empty, np.zeros(0, dtype=np.float32), zeros, zeros)
    dense, best = zeros.copy(), zeros.copy()
    keys, nears = [], []
    for found in nearest(measure(facets), keep, pool):
        dense[found.rows] = found.values[:, :_DENSITY].mean(axis=1)
        best[found.rows] = found.values[:, 0]
        row, column = np.nonzero(found.values >= least)
        mine, other = found.rows[row], found.others[row, column]
        keys.append(pair_numbers(mine, other, count))
        nears.append(found.values[row, column])
    key, at = np.unique(np.concatenate(keys), return_index=True)
    near = np.concatenate(nears)[at].astype(np.float32)
    return Candidates(*pair_ends(key, count), near, dense, best)


def measure(facets: Facets) -> Measure:
    """Nearness of two reports: the mean of vector and word cosine."""
    return Measure(facets.vectors, (facets.by_batch,), (0.5, 0.5))


def _cosine(rows: Packed, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.float32]:
    """Row a[i] by row b[i]."""
    import numpy as np

    made = np.einsum("ij,ij->i", rows[a].astype(np.float32), rows[b].astype(np.float32))
    return np.asarray(made * np.float32(STEP * STEP))


def _dot(matrix: csr_array, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(matrix[a].multiply(matrix[b]).sum(axis=1), dtype=np.float32).ravel()


def _rarest(
    facets: Facets, a: NDArray[np.int32], b: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rarity of the rarest shared word, and the sum over the three rarest."""
    import numpy as np

    shared = facets.shared_words[a].multiply(facets.shared_words[b]).tocsr()
    rarity = words.background_idf()[shared.indices].astype(np.float32)
    row = np.repeat(np.arange(len(a)), np.diff(shared.indptr))
    order = np.lexsort((-rarity, row))
    place = np.arange(len(order)) - np.repeat(shared.indptr[:-1], np.diff(shared.indptr))
    top = np.zeros(len(a), dtype=np.float32)
    three = np.zeros(len(a), dtype=np.float32)
    ranked = rarity[order]
    top[row[order][place == 0]] = ranked[place == 0]
    np.add.at(three, row[order][place < 3], ranked[place < 3])
    return top, three


def evidence(facets: Facets, found: Candidates) -> NDArray[np.float32]:
    """Rows of FEATURES for the candidate pairs, shape (pairs, features)."""
    import numpy as np

    a, b, near = found.a, found.b, found.near
    top, three = _rarest(facets, a, b)
    columns: list[NDArray[np.floating[Any]]] = [
        _cosine(facets.vectors, a, b),
        _cosine(facets.titles, a, b),
        _dot(facets.by_batch, a, b),
        _dot(facets.by_background, a, b),
        _dot(facets.title_words, a, b),
        _dot(facets.long_by_background, a, b),
        _dot(facets.long_by_batch, a, b),
        _dot(facets.names, a, b),
        top,
        three,
    ]
    for matrix in (facets.figures, facets.countries, facets.towns):
        held = np.diff(matrix.indptr)
        shared = _dot(matrix, a, b)
        if matrix is facets.countries:
            either = np.maximum(held[a] + held[b] - shared, 1)
            columns.append((shared / either).astype(np.float32))
        else:
            columns.append(shared)
        columns.append(((held[a] > 0) & (held[b] > 0) & (shared == 0)).astype(np.float32))
    dense, best = found.dense, found.best
    least = np.float32(1e-6)
    columns += [
        (facets.sources[a] == facets.sources[b]).astype(np.float32),
        np.log1p(np.minimum(facets.lengths[a], facets.lengths[b])).astype(np.float32),
        near - np.maximum(dense[a], dense[b]),
        near - np.minimum(dense[a], dense[b]),
        near / np.maximum(np.maximum(best[a], best[b]), least),
        near / np.maximum(np.minimum(best[a], best[b]), least),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


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
        """Sum over the trees, held within ±CERTAIN. A leaf is its own child."""
        import numpy as np

        total = np.empty(len(rows), dtype=np.float64)
        # take, and children side by side: half the time of indexing, which asks for each node twice
        feature = self.feature.astype(np.intp)
        children = np.stack([self.right, self.left], axis=1).astype(np.intp).ravel()
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            # All trees at once: steps so long that threads are not kept waiting for each other.
            some = np.ascontiguousarray(rows[start : start + _ROWS_AT_ONCE])
            offset = np.arange(len(some))[:, None] * some.shape[1]
            node = np.broadcast_to(self.roots.astype(np.intp), (len(some), len(self.roots)))
            for _ in range(self.depth):
                value = some.ravel().take(offset + feature.take(node))
                node = children.take(2 * node + (value <= self.threshold.take(node)))
            total[start : start + len(some)] = self.value.take(node).sum(axis=1, dtype=np.float64)
        return np.clip(total + self.base, -CERTAIN, CERTAIN).astype(np.float32)


@cache
def forest() -> Forest:
    """The packaged trees."""
    import numpy as np

    with files("digest.analyse").joinpath("data", "pairs.npz").open("rb") as file:
        stored = np.load(file)
        if tuple(stored["features"].tolist()) != FEATURES:
            raise AssertionError("data/pairs.npz was trained on other features: train it again")
        return Forest(
            feature=stored["feature"],
            threshold=stored["threshold"],
            left=stored["left"],
            right=stored["right"],
            value=stored["value"],
            roots=stored["roots"],
            depth=int(stored["depth"]),
            base=float(stored["base"]),
        )


def scored(
    facets: Facets,
    found: Candidates,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    pool: Executor | None = None,
) -> Edges:
    """Any pairs a[i] < b[i] with their scores; `found` tells how crowded they stand."""
    import numpy as np

    def asked(part: slice) -> Candidates:
        one, other = a[part], b[part]
        near = _cosine(facets.vectors, one, other) + _dot(facets.by_batch, one, other)
        return Candidates(one, other, np.float32(0.5) * near, found.dense, found.best)

    return Edges(a, b, _scores(facets, asked, len(a), pool))


def edges(facets: Facets, found: Candidates, pool: Executor | None = None) -> Edges:
    """The candidate pairs with their scores."""
    return Edges(found.a, found.b, _scores(facets, found.of, len(found.a), pool))


def _scores(
    facets: Facets, asked: Callable[[slice], Candidates], count: int, pool: Executor | None
) -> NDArray[np.int32]:
    """Of `count` pairs, a part of them at once."""
    import numpy as np

    trees = forest()

    def of(start: int) -> NDArray[np.int32]:
        return steps(trees.log_odds(evidence(facets, asked(slice(start, start + _PAIRS_AT_ONCE)))))

    parts = (pool.map if pool else map)(of, range(0, count, _PAIRS_AT_ONCE))
    return np.concatenate([np.zeros(0, dtype=np.int32), *parts])
