"""Each row's nearest, by several cosines at once; on large days without comparing all with all.

Up to EXACT rows every two of them are compared, once. Beyond, rows are sorted into cells: each to
the nearest of some leaders, which are rows of the same day. It is first compared with the rows of
its cell and of the cells around, and with those that share most rare words, or an event that no
leader is near would lie scattered over the cells. Then, in a few rounds, with its nearest's
nearest, who are often its own (NN-descent: Dong, Charikar and Li, "Efficient k-nearest neighbor
graph construction for generic similarity measures", WWW 2011). So what a row costs hardly grows
with the day. `bench pairs` measures what is missed.

No library of nearest neighbours does this: what is compared is a sum of dense and sparse rows, and
the same rows must give the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.analyse.embed import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed

EXACT = 20_000
"""Rows up to which all are compared with all: there it costs no more than what follows."""
SEEN = 10.0
"""Rows of the cells around that each is first compared with beyond, per square root of the rows."""
RARE = 64
"""Rows that a word may stand in for all of them to be compared: the size of a large event."""
ROUNDS = 4
"""Of nearest's nearest. After the third .992 of the hopeful pairs are found, after the fourth .994
(50,000 generated reports, 29 November 2026)."""
_LEADERS = 4.0
"""Leaders per square root of the rows."""
_WIDER = 1.5
"""Times as many nearest are kept between the rounds as are wanted."""
_SHARERS = 12
"""Rows that share a row's rare words that it is compared with at once: those that share most."""
_FOLLOWERS = 12
"""Rows whose nearest a row has newly become that are compared with it, too."""
_BLOCK_CELLS = 4_000_000
"""Cells of the nearness matrix held at once: 16 MB, and twice that while the nearest are sought."""
_SIDE = 2_000
"""Rows and columns of such a block where all are compared with all."""
_SPREAD = 200
"""Rows whose words are spread out at once."""
_STRETCHES = 20
"""Of a row, per wanted value: their largest give a bound for what counts."""


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest of `rows`: the others' numbers and nearness, both of shape (rows, keep), the
    nearest first, and of equally near ones the first row."""

    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measure:
    """Nearness of two rows: the sum of cosines, each with its weight. Unit rows in each part."""

    dense: Packed | NDArray[np.float32]
    """In whole STEPs; as floats, too, which spares turning them into such each time."""
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

        if self.count > other.count:  # the fewer are those whose words are spread out
            return other.between(self).T
        mine, theirs = (part.dense.astype(np.float32, copy=False) for part in (self, other))
        made = mine @ theirs.T
        made *= np.float32(self.weights[0] * STEP * STEP)
        for weight, few, rows in zip(self.weights[1:], self.sparse, other.sparse, strict=True):
            for start in range(0, self.count, _SPREAD):
                part = slice(start, start + _SPREAD)
                made[part] += np.float32(weight) * _products(rows, few[part]).T
        return made


def _products(rows: csr_array, few: csr_array) -> NDArray[np.float32]:
    """Each of `rows` by each of the `few`, shape (rows, few).

    Sparse by dense, for sparse by sparse costs the square of a word's frequency; but only the words
    that the few have, which most of the others' words are not among.
    """
    import numpy as np
    from scipy.sparse import csr_array as sparse

    words = np.unique(few.indices)
    place = np.full(few.shape[1], -1, dtype=np.int32)
    place[words] = np.arange(len(words))
    column = place[rows.indices]
    shared = column >= 0
    ends = np.concatenate([[0], np.cumsum(shared)])[rows.indptr]
    shape = (rows.shape[0], max(1, len(words)))
    narrow = sparse((rows.data[shared], column[shared], ends), shape=shape)
    dense = np.zeros((shape[1], few.shape[0]), dtype=np.float32)
    dense[place[few.indices], np.repeat(np.arange(few.shape[0]), np.diff(few.indptr))] = few.data
    return np.asarray(narrow @ dense, dtype=np.float32)


def nearest(
    measure: Measure,
    keep: int,
    pool: Executor | None = None,
    *,
    exact: int = EXACT,
    seen: float = SEEN,
) -> Iterator[Near]:
    """The `keep` nearest of each row, itself not among them; the rows in any order.

    `keep` is less than the number of rows. The threads of `pool` share the work.
    """
    import numpy as np

    if measure.count <= exact:
        yield from _among_all(measure, keep, pool)
        return
    wide = min(int(_WIDER * keep), measure.count - 1)
    cells, around = _cells(measure, max(wide + 1, int(seen * math.sqrt(measure.count))))
    known = _first_look(measure, cells, around, wide, pool)
    for _ in range(ROUNDS):
        known = _look_around(measure, cells, known, pool)
    for own in cells:
        others = known.others[own, :keep].astype(np.int64)
        yield Near(own, others, known.values[own, :keep])


def _among_all(measure: Measure, keep: int, pool: Executor | None) -> Iterator[Near]:
    """Block by block, each for its rows and for its columns."""
    import numpy as np

    parts = np.array_split(np.arange(measure.count), math.ceil(measure.count / _SIDE))
    measure = replace(measure, dense=measure.dense.astype(np.float32))
    measures = [measure.of(slice(part[0], part[-1] + 1)) for part in parts]
    blocks = [(one, other) for other in range(len(parts)) for one in range(other + 1)]

    def look(one: int, other: int) -> list[_Hopeful]:
        block = measures[one].between(measures[other])
        if one == other:
            np.fill_diagonal(block, -1.0)
            return [_Hopeful.of(block, parts[one], keep)]
        return [_Hopeful.of(block, parts[other], keep), _Hopeful.of(block.T, parts[one], keep)]

    found: dict[int, _Hopeful] = {}
    for block, looked in zip(
        blocks, (pool.map if pool else map)(look, *zip(*blocks, strict=True)), strict=True
    ):
        for number, more in zip(block, looked, strict=False):
            found[number] = found[number].and_those(more) if number in found else more
    for number, rows in enumerate(parts):
        yield found.pop(number).nearest(rows, keep)


@dataclass(frozen=True, slots=True)
class _Hopeful:
    """Those of a block of nearness that may be among the `keep` nearest of a row."""

    least: NDArray[np.float32]
    """Of each row: what at least `keep` reach."""
    row: NDArray[np.int64]
    other: NDArray[np.int64]
    value: NDArray[np.float32]

    @classmethod
    def of(cls, block: NDArray[np.float32], among: NDArray[np.int64], keep: int) -> Self:
        """From the nearness of some rows to those `among`, shape (rows, among)."""
        import numpy as np

        count, width = block.shape
        least = np.full(count, -np.inf, dtype=np.float32)
        if width >= keep:
            # `keep` stretches of a row reach at their largest what as many values reach, and hardly
            # more: found in a sixth of the time that the least which counts would take.
            long = max(1, width // (_STRETCHES * keep))
            stretches = width // long
            largest = block[:, : long * stretches].reshape(count, long, stretches).max(axis=1)
            least = np.partition(largest, -keep, axis=1)[:, -keep]
        block = np.ascontiguousarray(block)
        row, at = np.divmod(np.flatnonzero(block >= least[:, None]), width)
        return cls(least, row, among[at], block[row, at])

    def and_those(self, more: _Hopeful) -> _Hopeful:
        """Of the same rows, among others."""
        import numpy as np

        least = np.maximum(self.least, more.least)
        row = np.concatenate([self.row, more.row])
        other = np.concatenate([self.other, more.other])
        value = np.concatenate([self.value, more.value])
        kept = value >= least[row]
        return _Hopeful(least, row[kept], other[kept], value[kept])

    def nearest(self, rows: NDArray[np.int64], keep: int) -> Near:
        """Of these `rows`, each of which has at least `keep`."""
        import numpy as np

        order = np.lexsort((self.other, -self.value, self.row))
        first = np.searchsorted(self.row[order], np.arange(len(rows)))
        best = order[first[:, None] + np.arange(keep)]
        return Near(rows, self.other[best], self.value[best])


@dataclass(frozen=True, slots=True)
class _Known:
    """Of every row the nearest that are known, the nearest first, a row each."""

    others: NDArray[np.int32]
    values: NDArray[np.float32]
    fresh: NDArray[np.bool_]
    """Which of them the last round has found."""

    @classmethod
    def nothing(cls, count: int, wide: int) -> Self:
        """Room for the `wide` nearest of `count` rows."""
        import numpy as np

        shape = (count, wide)
        return cls(np.empty(shape, np.int32), np.empty(shape, np.float32), np.ones(shape, bool))

    def put(self, near: Near) -> None:
        """What is known of some rows now."""
        self.others[near.rows] = near.others
        self.values[near.rows] = near.values

    def followers(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The rows that have newly found each row: all in one, and where each row's begin."""
        import numpy as np

        count, wide = self.others.shape
        found = self.others[self.fresh]
        order = np.argsort(found, kind="stable")
        by = np.repeat(np.arange(count, dtype=np.int32), wide)[self.fresh.ravel()][order]
        return by, np.searchsorted(found[order], np.arange(count + 1))


def _first_look(
    measure: Measure,
    cells: Sequence[NDArray[np.int64]],
    around: Sequence[Sequence[int]],
    wide: int,
    pool: Executor | None,
) -> _Known:
    """Among the cells around, and whoever shares a rare word."""
    import numpy as np

    known = _Known.nothing(measure.count, wide)
    shared, holders = _rare(measure.sparse[0])

    def look(own: NDArray[np.int64], near: Sequence[int]) -> None:
        seen = [cells[number] for number in near]
        seen.append(_most_alike(shared[own] @ holders))
        known.put(_nearest_among(measure, own, np.unique(np.concatenate(seen)), wide))

    _done(pool, look, cells, around)
    return known


def _most_alike(alike: csr_array) -> NDArray[np.int64]:
    """The columns of each row's _SHARERS largest values; of equal ones the first."""
    import numpy as np

    row = np.repeat(np.arange(alike.shape[0]), np.diff(alike.indptr))
    order = np.lexsort((alike.indices, -alike.data, row))
    place = np.arange(len(order)) - alike.indptr[row]
    return np.asarray(alike.indices[order[place < _SHARERS]], dtype=np.int64)


def _look_around(
    measure: Measure,
    cells: Sequence[NDArray[np.int64]],
    known: _Known,
    pool: Executor | None,
) -> _Known:
    """Among the nearest's nearest, where either is newly found: all else was compared before."""
    import numpy as np

    wide = known.others.shape[1]
    found = _Known.nothing(measure.count, wide)
    by, begin = known.followers()

    def look(own: NDArray[np.int64]) -> None:
        nearest, fresh = known.others[own], known.fresh[own]
        friends = np.unique(nearest)
        seen: list[NDArray[np.integer]] = [own, friends]
        seen += [by[begin[row] : min(begin[row] + _FOLLOWERS, begin[row + 1])] for row in own]
        seen.append(known.others[np.unique(nearest[fresh])].ravel())
        seen.append(known.others[friends][known.fresh[friends]])
        found.put(_nearest_among(measure, own, np.unique(np.concatenate(seen)), wide))
        found.fresh[own] = (found.others[own][:, :, None] != nearest[:, None, :]).all(axis=2)

    _done(pool, look, cells)
    return found


def _done(pool: Executor | None, work: Callable[..., None], *parts: Sequence[object]) -> None:
    for _ in (pool.map if pool else map)(work, *parts):
        pass


def _nearest_among(
    measure: Measure, rows: NDArray[np.int64], among: NDArray[np.int64], keep: int
) -> Near:
    """`among` holds the rows themselves, too, and is sorted."""
    import numpy as np

    others = measure if len(among) == measure.count else measure.of(among)
    step = max(16, _BLOCK_CELLS // len(among))
    found = []
    for part in (rows[start : start + step] for start in range(0, len(rows), step)):
        block = measure.of(part).between(others)
        block[np.arange(len(part)), np.searchsorted(among, part)] = -1.0
        found.append(_Hopeful.of(block, among, keep).nearest(part, keep))
    return Near(
        rows,
        np.concatenate([near.others for near in found]),
        np.concatenate([near.values for near in found]),
    )


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
