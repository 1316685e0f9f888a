"""Each row's nearest, by several cosines at once; on large days without comparing all with all.

Up to EXACT rows every row is compared with every other. Beyond, rows are sorted into cells: each to
the nearest of some leaders, which are rows of the same day. It is compared with the rows of its
cell and of the cells around; with the rows that share a rare word with its cell, or an event that
no leader is near would lie scattered over the cells; and then with its nearest's nearest, who are
often its own. So a row costs a multiple of the root of the day, in comparisons, instead of one with
each row of the day. `bench pairs` measures what is missed.

No library of nearest neighbours does this: what is compared is a sum of dense and sparse rows, and
the same rows must give the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

EXACT = 20_000
"""Rows up to which all are compared with all: there it costs no more than what follows."""
SEEN = 45.0
"""Rows that each is first compared with beyond, per square root of the rows."""
RARE = 64
"""Rows that a word may stand in for all of them to be compared: the size of a large event."""
_LEADERS = 8.0
"""Leaders per square root of the rows."""
_WIDER = 2
"""Times as many nearest are kept for the second look as are wanted."""
_BLOCK_CELLS = 4_000_000
"""Cells of the nearness matrix held at once: 16 MB, and twice that while the nearest are sought."""


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest of `rows`: the others' numbers and nearness, both of shape (rows, keep)."""

    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measure:
    """Nearness of two rows: the sum of cosines, each with its weight. Unit rows in each part."""

    dense: NDArray[np.float32]
    sparse: tuple[csr_array, ...]
    weights: tuple[float, ...]
    """Of the dense part, then of the sparse ones."""

    @property
    def count(self) -> int:
        return int(self.dense.shape[0])

    def of(self, rows: slice | NDArray[np.int64]) -> Measure:
        """The same of some rows."""
        return Measure(self.dense[rows], tuple(part[rows] for part in self.sparse), self.weights)

    def between(self, other: Measure) -> NDArray[np.float32]:
        """Shape (own rows, the other's rows)."""
        import numpy as np

        made = self.dense @ other.dense.T
        made *= np.float32(self.weights[0])
        for weight, mine, theirs in zip(self.weights[1:], self.sparse, other.sparse, strict=True):
            # Sparse by dense: sparse by sparse costs the square of a word's frequency.
            made += np.float32(weight) * (theirs @ mine.T.toarray(order="C")).T
        return made


def nearest(measure: Measure, keep: int, exact: int = EXACT, seen: float = SEEN) -> Iterator[Near]:
    """The `keep` nearest of each row, itself not among them, unordered; the rows in any order.

    `keep` is less than the number of rows.
    """
    import numpy as np

    if measure.count <= exact:
        everything = np.arange(measure.count)
        widest = max(part.shape[1] for part in measure.sparse)
        rows = max(16, _BLOCK_CELLS // max(measure.count, widest))
        for start in range(0, measure.count, rows):
            yield _nearest_among(measure, everything[start : start + rows], slice(None), keep)
        return
    wide = min(_WIDER * keep, measure.count - 1)
    cells, around = _cells(measure, max(wide + 1, int(seen * math.sqrt(measure.count))))
    first = np.empty((measure.count, wide), dtype=np.int32)
    shared, holders = _rare(measure.sparse[0])
    for own, near in zip(cells, around, strict=True):
        telling = np.unique(shared[own].indices)
        seen_by = np.concatenate([*(cells[number] for number in near), holders[telling].indices])
        first[own] = _nearest_among(measure, own, np.unique(seen_by), wide).others
    for own in cells:
        friends = np.unique(first[own])
        among = np.unique(np.concatenate([own, friends, first[friends].ravel()]))
        yield _nearest_among(measure, own, among, keep)


def _nearest_among(
    measure: Measure, rows: NDArray[np.int64], among: NDArray[np.int64] | slice, keep: int
) -> Near:
    import numpy as np

    block = measure.of(rows).between(measure if isinstance(among, slice) else measure.of(among))
    others = np.arange(measure.count)[among]
    block[rows[:, None] == others[None, :]] = -1.0
    at = np.argpartition(-block, keep - 1, axis=1)[:, :keep]
    return Near(rows, others[at], np.take_along_axis(block, at, axis=1))


def used_columns(matrix: csr_array) -> csr_array:
    """The matrix without its empty columns: what is spread out has a cell for each."""
    import numpy as np
    from scipy.sparse import csr_array as sparse

    used, column = np.unique(matrix.indices, return_inverse=True)
    shape = (matrix.shape[0], max(1, len(used)))
    return sparse((matrix.data, column.astype(np.int32), matrix.indptr), shape=shape)


def _rare(words: csr_array) -> tuple[csr_array, csr_array]:
    """The words that at most RARE rows have: by row, and the rows by word."""
    import numpy as np

    held_by = np.bincount(words.indices, minlength=words.shape[1])
    rare = words[:, np.flatnonzero((held_by > 1) & (held_by <= RARE))]
    return rare, rare.T.tocsr()


def _cells(
    measure: Measure, seen: int
) -> tuple[Sequence[NDArray[np.int64]], Sequence[Sequence[int]]]:
    """The rows of each cell, and the numbers of the cells around each, itself first, that together
    hold at least `seen` rows."""
    import numpy as np

    count = measure.count
    leaders = np.linspace(0, count - 1, int(_LEADERS * math.sqrt(count))).astype(np.int64)
    led_by = measure.of(leaders)
    cell = np.empty(count, dtype=np.int64)
    rows = max(16, _BLOCK_CELLS // len(leaders))
    for start in range(0, count, rows):
        part = slice(start, start + rows)
        cell[part] = measure.of(part).between(led_by).argmax(axis=1)
    order = np.argsort(cell, kind="stable")
    # A cell of very many (one text in thousands of copies) is cut, or it would be compared whole.
    place = np.arange(count) - np.searchsorted(cell[order], cell[order])
    piece = cell[order] * count + place // seen
    starts = np.flatnonzero(np.append(True, piece[1:] != piece[:-1]))
    cells = np.split(order, starts[1:])
    size = np.array([len(rows) for rows in cells])
    leads = led_by.of(cell[order[starts]])
    around = []
    for start in range(0, len(cells), rows):
        block = leads.of(slice(start, start + rows)).between(leads)
        inside = np.arange(len(block))
        block[inside, start + inside] = np.inf
        for row in np.argsort(-block, axis=1, kind="stable"):
            reach = int(np.searchsorted(np.cumsum(size[row]), seen)) + 1
            around.append(row[:reach].tolist())
    return cells, around
