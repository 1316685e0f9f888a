"""Pairs judged again, in the light of the company that both keep.

A pair alone says little of the two far ends of a great event, whose reports share hardly a word.
But after a first linking each report has company: the others of its cluster, or none. It counts how
near it stands to the other's company, whether a third company is nearer, whom else both are near
to, and whether the words they share are their companies' own that day. Each pair that is not surely
a "no" becomes a row of FEATURES, and trees turn it into log-odds anew (bench/train_company.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from digest.analyse import words
from digest.analyse.cluster import STEPS, Edges, by_cluster, steps
from digest.analyse.embed import DIMENSIONS, packed, unpacked
from digest.analyse.forest import stored
from digest.analyse.pairs import cosines, dots, largest, shared_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.analyse.facets import Openings

    Ints = NDArray[np.integer]
    Floats = NDArray[np.floating]

T = TypeVar("T")

FEATURES = (
    "log_odds", "vector",
    "fewer", "more",
    "to_others_less", "to_others_more", "between",
    "centre_less", "centre_more", "centres",
    "words_less", "words_more", "words_between",
    "ahead_less", "ahead_more",
    "own_word", "own_words", "own_rare_words",
    "common_less", "common_more", "common_best",
)  # fmt: skip
"""Of two that differ by who is asked, the less and the more: which report comes first is chance."""
LEAST = -4.0
"""Log-odds of the first look below which a pair is not looked at again: surely a "no"."""
_RARE = 4.0
"""Rarity of a word from which it is somebody's name or matter."""
_NOT_LIKELY = round(STEPS * LEAST) - 1
"""What a pair that is not looked at counts among others, in steps: one below the least likely."""
_AT_ONCE = 5_000


def again(
    openings: Openings, links: Edges, first: NDArray[np.int32], pool: Executor | None = None
) -> Edges:
    """Likely `links` scored anew. `first` tells of each report the first of its cluster
    (cluster.first_members)."""
    import numpy as np

    if not len(links):
        return links
    trees, rows = stored("company", FEATURES), evidence(openings, links, first, pool)

    def scores(part: slice) -> NDArray[np.int32]:
        return steps(trees.log_odds(rows(part)))

    return Edges(links.a, links.b, np.concatenate(_by_parts(scores, len(links), pool)))


def likely_ones(links: Edges) -> Edges:
    """Those of at least LEAST."""
    kept = links.score >= STEPS * LEAST
    return Edges(links.a[kept], links.b[kept], links.score[kept])


def evidence(
    openings: Openings, links: Edges, first: NDArray[np.int32], pool: Executor | None = None
) -> Callable[[slice], NDArray[np.float32]]:
    """What answers with the rows of FEATURES for a part of `links`, of which there are some."""
    import numpy as np

    companies = _Companies.of(openings, first)
    told = _Told.of(links, companies, pool)

    def rows(part: slice) -> NDArray[np.float32]:
        a, b, score = links.a[part], links.b[part], links.score[part]
        one, other = companies.number[a], companies.number[b]
        gains, centre, by_words, ahead = told.of_reports.at(
            np.array([a, b]), np.array([other, one])
        )
        gained, centres, words_between = told.of_companies.at(
            np.minimum(one, other), np.maximum(one, other)
        )
        columns: list[Floats] = [
            score / STEPS,
            cosines(openings.vectors[a], openings.vectors[b]),
            *_ordered(np.log(companies.size[np.array([one, other])])),
            *_ordered(companies.mean_to_others(gains, _gains(score), one, other)),
            companies.mean_between(gained, one, other),
            *_ordered(centre),
            centres,
            *_ordered(by_words),
            words_between,
            *_ordered(ahead),
            *companies.own_words(a, b),
            *told.in_common(a, b, score),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    return rows


def _by_parts(work: Callable[[slice], T], count: int, pool: Executor | None) -> list[T]:
    parts = [slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE)]
    return list((pool.map if pool else map)(work, parts))


@dataclass(frozen=True, slots=True)
class _Companies:
    """The clusters of a first linking, one report's own among them."""

    openings: Openings
    number: NDArray[np.int32]
    """Of each report."""
    size: Ints
    centres: Packed
    lengths: Floats
    """Of the sum of a company's vectors; its centre is that sum at length 1."""
    words: csr_array
    """Sum of the reports' words, at length 1."""
    holders: _Table
    """How many of a company hold a word."""
    held: Ints
    """How many of the day do."""

    @classmethod
    def of(cls, openings: Openings, first: NDArray[np.int32]) -> Self:
        import numpy as np
        from scipy.sparse import csr_array

        order, starts, size = by_cluster(first)
        number = np.empty(len(first), dtype=np.int32)
        number[order] = np.repeat(np.arange(len(size)), size)
        centres = np.empty((len(size), DIMENSIONS), dtype=np.int8)
        lengths = np.empty(len(size), dtype=np.float32)
        for start in range(0, len(size), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            begin, end = starts[start], starts[start] + size[part].sum()
            rows = unpacked(openings.vectors[order[begin:end]])
            sums = np.add.reduceat(rows, starts[part] - begin, axis=0)
            lengths[part] = np.maximum(np.linalg.norm(sums, axis=1), 1e-6)
            centres[part] = packed((sums / lengths[part, None]).astype(np.float32))
        ones = np.ones(len(first), dtype=np.float32)
        ends = np.append(starts, len(first)).astype(np.int32)
        members = csr_array((ones, order.astype(np.int32), ends), shape=(len(size), len(first)))
        counts = (members @ openings.shared_words.astype(np.float32)).tocsr()
        held = np.bincount(openings.shared_words.indices, minlength=counts.shape[1])
        return cls(
            openings, number, size, centres, lengths, words.unit_rows(members @ openings.by_batch),
            _Table.of(counts), held,
        )  # fmt: skip

    def near(self, report: Ints, company: Ints) -> NDArray[np.float32]:
        """Of each report to a company, by vectors, itself not among them, and by words; and how
        much nearer, by both, than to any other; shape (3, pairs). `report` is sorted, with all the
        companies that a link leads it to."""
        import numpy as np

        near = cosines(self.openings.vectors[report], self.centres[company])
        length = self.lengths[company]
        # Without its own vector: |s - x|² = |s|² - 2 s·x + 1.
        among = self.number[report] == company
        rest = np.sqrt(np.maximum(length**2 - 2 * length * near + 1, 1e-6))
        by_vectors = np.where(among, (length * near - 1) / rest, near)
        by_words = dots(self.openings.by_batch[report], self.words[company])
        found = np.array([by_vectors, by_words, by_words], dtype=np.float32)
        found[2] = _ahead((found[0] + found[1]) / 2, np.flatnonzero(np.diff(report, prepend=-1)))
        return found

    def near_each_other(self, one: Ints, other: Ints) -> NDArray[np.float32]:
        """Two companies, by the vectors of their centres and by words; shape (2, pairs)."""
        import numpy as np

        by_vectors = cosines(self.centres[one], self.centres[other])
        return np.array([by_vectors, dots(self.words[one], self.words[other])], dtype=np.float32)

    def mean_to_others(self, gains: Floats, gain: Ints, one: Ints, other: Ints) -> Floats:
        """Mean log-odds of each report of a pair, `gain` their own, with the other's company, the
        other not in it; a pair that is not likely counts _NOT_LIKELY. `gains` with the whole of it;
        shape (2, pairs)."""
        import numpy as np

        others = self.size[np.array([other, one])] - (one == other) - 1
        means: Floats = np.where(others > 0, gains - gain, gain) / np.maximum(others, 1)
        return (means + _NOT_LIKELY) / STEPS

    def mean_between(self, gained: Floats, one: Ints, other: Ints) -> Floats:
        """The same of two companies, of one with itself each pair counted twice."""
        pairs = self.size[one] * (self.size[other] - (one == other))
        means: Floats = gained / pairs
        return (means + _NOT_LIKELY) / STEPS

    def own_words(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> list[Floats]:
        """The words that both have, by how many of the day's reports with them keep the company of
        one of the two, and by their rarity: the first of those that a third report has, the first
        three, and two by their rarity on this day."""
        import numpy as np

        shared = shared_words(self.openings, a, b)
        pair, word = np.repeat(np.arange(len(a)), np.diff(shared.indptr)), shared.indices
        one, other = self.number[a][pair], self.number[b][pair]
        (theirs,), (others,) = self.holders.at(one, word), self.holders.at(other, word)
        rarity = words.background_idf()[word]
        own = (theirs + np.where(one == other, 0, others)) / self.held[word]
        todays = np.log(self.openings.count / self.held[word])
        return [
            largest(shared, own * rarity * (self.held[word] > 2), 1),
            largest(shared, own * rarity, 3),
            largest(shared, own * todays * (rarity > _RARE), 2),
        ]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the first look at all pairs says, and how near stands what a pair leads to."""

    of_reports: _Table
    """Of a report and a company: the sum of its gains with it, how near it is by vectors and by
    words, and how far ahead of every other company."""
    of_companies: _Table
    """Of two companies, the one of the smaller number first: the sum of all gains between them, how
    near they are by vectors and by words."""
    likely: csr_array
    """Probabilities, both ways."""
    degree: Floats
    """Their sum for each report."""

    @classmethod
    def of(cls, links: Edges, companies: _Companies, pool: Executor | None) -> Self:
        import numpy as np
        from scipy.sparse import csr_array, triu

        count, wide = len(companies.number), len(companies.size)
        ends = np.concatenate([links.a, links.b]), np.concatenate([links.b, links.a])
        gains = np.tile(_gains(links.score).astype(np.float32), 2)
        pairs = csr_array((gains, ends), shape=(count, count))
        del ends, gains
        ones = np.ones(count, dtype=np.float32)
        company = csr_array(
            (ones, companies.number, np.arange(count + 1, dtype=np.int32)), shape=(count, wide)
        )
        met = csr_array(pairs @ company)
        between = csr_array(triu(csr_array(company.T) @ met))
        pairs.data = _chance(pairs.data + _NOT_LIKELY)
        return cls(
            _Table.of(met, *_by_rows(companies.near, met, pool)),
            _Table.of(between, *_by_rows(companies.near_each_other, between, pool)),
            pairs,
            np.asarray(pairs.sum(axis=1)).ravel(),
        )

    def in_common(
        self, a: NDArray[np.int32], b: NDArray[np.int32], score: NDArray[np.int32]
    ) -> list[Floats]:
        """Whom both are near to, as a share of whom each is near to, and how near at best."""
        import numpy as np

        mine, theirs = self.likely[a], self.likely[b]
        both = dots(mine, theirs)
        best = mine.minimum(theirs).max(axis=1).toarray().ravel()
        others = self.degree[np.array([a, b])] - _chance(score)
        return [*_ordered(both / np.maximum(others, 0.05)), best]


def _ahead(near: NDArray[np.float32], starts: Ints) -> NDArray[np.float32]:
    """How far each is before the nearest other of its group; where that begins, say `starts`."""
    import numpy as np

    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(near)))
    best = np.maximum.reduceat(near, starts)[group]
    # Of two that are as near as can be each is the other's rival.
    nearest = near == best
    alone = np.add.reduceat(nearest, starts, dtype=np.int32)[group] == 1
    rest = np.maximum.reduceat(np.where(nearest, -np.inf, near), starts)[group]
    second = np.where(np.isfinite(rest), rest, np.float32(0))
    return near - np.where(nearest & alone, second, best)


def _by_rows(
    work: Callable[[Ints, Ints], NDArray[np.float32]], matrix: csr_array, pool: Executor | None
) -> NDArray[np.float32]:
    """`work` on the row and column of each entry, whole rows at once; its indices get sorted."""
    import numpy as np

    matrix.sort_indices()
    ends = np.searchsorted(matrix.indptr, np.arange(_AT_ONCE, matrix.nnz + _AT_ONCE, _AT_ONCE))
    ends = np.unique(np.minimum(ends, matrix.shape[0]))

    def values(begin: int, end: int) -> NDArray[np.float32]:
        start = matrix.indptr[begin : end + 1]
        rows = np.repeat(np.arange(begin, end, dtype=np.int32), np.diff(start))
        return work(rows, matrix.indices[start[0] : start[-1]])

    found = (pool.map if pool else map)(values, [0, *ends[:-1]], ends)
    return np.concatenate(list(found), axis=1)


@dataclass(frozen=True, slots=True)
class _Table:
    """Values by row and column, of which only those that are there are asked for."""

    keys: Ints
    values: tuple[Floats, ...]
    wide: int

    @classmethod
    def of(cls, matrix: csr_array, *more: Floats) -> Self:
        """The entries of a matrix, and what else is known of each."""
        import numpy as np

        matrix.sort_indices()
        keys = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
        keys *= matrix.shape[1]
        keys += matrix.indices
        return cls(keys, (matrix.data, *more), matrix.shape[1])

    def at(self, rows: Ints, columns: Ints) -> list[Floats]:
        import numpy as np

        place = np.searchsorted(self.keys, rows * np.int64(self.wide) + columns)
        return [values[place] for values in self.values]


def _gains(score: NDArray[np.int32]) -> Ints:
    return score - _NOT_LIKELY


def _chance(score: Floats | Ints) -> NDArray[np.float32]:
    """Log-odds in steps as a probability."""
    import numpy as np

    return (1 / (1 + np.exp(-score / STEPS))).astype(np.float32)


def _ordered(of_both: Floats) -> Floats:
    """The less, then the more; shape (2, pairs)."""
    import numpy as np

    return np.sort(of_both, axis=0)
