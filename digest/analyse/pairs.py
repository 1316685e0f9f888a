"""Which pairs of reports are worth a look, what speaks for and against them, and the verdict.

Candidates are each report's nearest by vectors and words together (near). Each pair becomes a row
of evidence (FEATURES), and gradient-boosted trees turn the row into log-odds of "same event". The
trees are learned by bench/train_pairs.py and kept in data/pairs.npz; here they are only walked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from digest.analyse import words
from digest.analyse.cluster import Edges, pair_ends, pair_numbers, steps
from digest.analyse.embed import STEP
from digest.analyse.forest import stored
from digest.analyse.near import Measure, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.analyse.facets import Facets, Openings

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
_PAIRS_AT_ONCE = 5_000
"""Pairs whose evidence is held at once: 20 MB for each set of vectors that is compared."""
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


def measure(openings: Openings) -> Measure:
    """Nearness of two reports: the mean of vector and word cosine."""
    return Measure(openings.vectors, (openings.by_batch,), (0.5, 0.5))


def cosines(one: Packed, other: Packed) -> NDArray[np.float32]:
    """Each row by the other's."""
    import numpy as np

    made = np.einsum("ij,ij->i", one.astype(np.float32), other.astype(np.float32))
    return np.asarray(made * np.float32(STEP * STEP))


def dots(one: csr_array, other: csr_array) -> NDArray[np.float32]:
    """Each row by the other's."""
    import numpy as np

    return np.asarray(one.multiply(other).sum(axis=1), dtype=np.float32).ravel()


def shared_words(openings: Openings, a: NDArray[np.int32], b: NDArray[np.int32]) -> csr_array:
    """Of each pair the words that both have."""
    shared: csr_array = openings.shared_words[a].multiply(openings.shared_words[b]).tocsr()
    return shared


def largest(of: csr_array, values: NDArray[np.floating], count: int) -> NDArray[np.float32]:
    """Sum of each row's `count` largest `values`, which stand where the entries of `of` do."""
    import numpy as np

    held = np.diff(of.indptr)
    row = np.repeat(np.arange(len(held)), held)
    order = np.lexsort((-values, row))
    first = np.arange(len(order)) - np.repeat(of.indptr[:-1], held) < count
    made = np.zeros(len(held), dtype=np.float32)
    np.add.at(made, row[first], values[order][first].astype(np.float32))
    return made


def evidence(facets: Facets, found: Candidates) -> NDArray[np.float32]:
    """Rows of FEATURES for the candidate pairs, shape (pairs, features)."""
    import numpy as np

    a, b, near = found.a, found.b, found.near
    shared = shared_words(facets, a, b)
    rarity = words.background_idf()[shared.indices].astype(np.float32)
    columns: list[NDArray[np.floating[Any]]] = [
        cosines(facets.vectors[a], facets.vectors[b]),
        cosines(facets.titles[a], facets.titles[b]),
        dots(facets.by_batch[a], facets.by_batch[b]),
        dots(facets.by_background[a], facets.by_background[b]),
        dots(facets.title_words[a], facets.title_words[b]),
        dots(facets.long_by_background[a], facets.long_by_background[b]),
        dots(facets.long_by_batch[a], facets.long_by_batch[b]),
        dots(facets.names[a], facets.names[b]),
        largest(shared, rarity, 1),
        largest(shared, rarity, 3),
    ]
    for matrix in (facets.figures, facets.countries, facets.towns):
        held = np.diff(matrix.indptr)
        both = dots(matrix[a], matrix[b])
        if matrix is facets.countries:
            either = np.maximum(held[a] + held[b] - both, 1)
            columns.append((both / either).astype(np.float32))
        else:
            columns.append(both)
        columns.append(((held[a] > 0) & (held[b] > 0) & (both == 0)).astype(np.float32))
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
        near = cosines(facets.vectors[one], facets.vectors[other])
        near += dots(facets.by_batch[one], facets.by_batch[other])
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

    trees = stored("pairs", FEATURES)

    def of(start: int) -> NDArray[np.int32]:
        return steps(trees.log_odds(evidence(facets, asked(slice(start, start + _PAIRS_AT_ONCE)))))

    parts = (pool.map if pool else map)(of, range(0, count, _PAIRS_AT_ONCE))
    return np.concatenate([np.zeros(0, dtype=np.int32), *parts])
