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
    from digest.analyse.facets import Facets

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
_PAIRS_AT_ONCE = 5_000
_CLUSTERS_AT_ONCE = 5_000


def again(
    facets: Facets, links: Edges, first: NDArray[np.int32], pool: Executor | None = None
) -> Edges:
    """The likely ones of `links`, scored anew. `first` tells of each report the first of its
    cluster (cluster.first_members)."""
    import numpy as np

    likely = likely_ones(links)
    if not len(likely):
        return likely
    trees, rows = stored("company", FEATURES), evidence(facets, likely, first, pool)

    def scores(part: slice) -> NDArray[np.int32]:
        return steps(trees.log_odds(rows(part)))

    return Edges(likely.a, likely.b, np.concatenate(_by_parts(scores, likely, pool)))


def likely_ones(links: Edges) -> Edges:
    """Those of at least LEAST."""
    kept = links.score >= STEPS * LEAST
    return Edges(links.a[kept], links.b[kept], links.score[kept])


def evidence(
    facets: Facets, links: Edges, first: NDArray[np.int32], pool: Executor | None = None
) -> Callable[[slice], NDArray[np.float32]]:
    """What answers with the rows of FEATURES for a part of `links`, of which there are some."""
    import numpy as np

    companies = _Companies.of(facets, first)
    told = _Told.of(links, companies)

    def nearness(part: slice) -> NDArray[np.float32]:
        return companies.nearness(links.a[part], links.b[part])

    near = np.concatenate(_by_parts(nearness, links, pool), axis=2)
    ahead = _ahead(near.mean(axis=0), links, companies.number)

    def rows(part: slice) -> NDArray[np.float32]:
        a, b = links.a[part], links.b[part]
        columns: list[Floats] = [
            links.score[part] / STEPS,
            cosines(facets.vectors[a], facets.vectors[b]),
            *_ordered(*np.log(companies.size[companies.number[[a, b]]])),
            *told.by_others(a, b, links.score[part]),
            *_ordered(*near[0, :, part]),
            companies.centres_near(a, b),
            *_ordered(*near[1, :, part]),
            companies.words_near(a, b),
            *_ordered(*ahead[:, part]),
            *companies.own_words(a, b),
            *told.in_common(a, b, links.score[part]),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    return rows


def _by_parts(work: Callable[[slice], T], links: Edges, pool: Executor | None) -> list[T]:
    parts = [slice(start, start + _PAIRS_AT_ONCE) for start in range(0, len(links), _PAIRS_AT_ONCE)]
    return list((pool.map if pool else map)(work, parts))


@dataclass(frozen=True, slots=True)
class _Companies:
    """The clusters of a first linking, one report's own among them."""

    facets: Facets
    number: Ints
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
    def of(cls, facets: Facets, first: NDArray[np.int32]) -> Self:
        import numpy as np
        from scipy.sparse import csr_array

        order, starts, size = by_cluster(first)
        number = np.empty(len(first), dtype=np.int64)
        number[order] = np.repeat(np.arange(len(size)), size)
        centres = np.empty((len(size), DIMENSIONS), dtype=np.int8)
        lengths = np.empty(len(size), dtype=np.float32)
        for start in range(0, len(size), _CLUSTERS_AT_ONCE):
            part = slice(start, start + _CLUSTERS_AT_ONCE)
            begin, end = starts[start], starts[start] + size[part].sum()
            rows = unpacked(facets.vectors[order[begin:end]])
            sums = np.add.reduceat(rows, starts[part] - begin, axis=0)
            lengths[part] = np.maximum(np.linalg.norm(sums, axis=1), 1e-6)
            centres[part] = packed((sums / lengths[part, None]).astype(np.float32))
        ones = np.ones(len(first), dtype=np.float32)
        ends = np.append(starts, len(first))
        members = csr_array((ones, order, ends), shape=(len(size), len(first)))
        counts = (members @ facets.shared_words.astype(np.float32)).tocsr()
        held = np.bincount(facets.shared_words.indices, minlength=counts.shape[1])
        return cls(
            facets, number, size, centres, lengths, _unit(members @ facets.by_batch),
            _Table.of_matrix(counts), held,
        )  # fmt: skip

    def nearness(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.float32]:
        """Of a report to the other's company: by vectors, itself not among them, and by words, of
        each a, then of each b; shape (2, 2, pairs)."""
        import numpy as np

        by_vectors, by_words = [], []
        for mine, other in ((a, b), (b, a)):
            company = self.number[other]
            near = cosines(self.facets.vectors[mine], self.centres[company])
            length = self.lengths[company]
            # Without its own vector: |s - x|² = |s|² - 2 s·x + 1.
            among = self.number[mine] == company
            rest = np.sqrt(np.maximum(length**2 - 2 * length * near + 1, 1e-6))
            by_vectors.append(np.where(among, (length * near - 1) / rest, near))
            by_words.append(dots(self.facets.by_batch[mine], self.words[company]))
        return np.array([by_vectors, by_words], dtype=np.float32)

    def centres_near(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
        return cosines(self.centres[self.number[a]], self.centres[self.number[b]])

    def words_near(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
        return dots(self.words[self.number[a]], self.words[self.number[b]])

    def own_words(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> list[Floats]:
        """The words that both have, by how many of the day's reports with them keep the company of
        one of the two, and by their rarity: the first of those that a third report has, the first
        three, and two by their rarity on this day."""
        import numpy as np

        shared = shared_words(self.facets, a, b)
        pair, word = np.repeat(np.arange(len(a)), np.diff(shared.indptr)), shared.indices
        one, other = self.number[a][pair], self.number[b][pair]
        theirs = self.holders.at(one, word)
        theirs += np.where(one == other, 0, self.holders.at(other, word))
        rarity = words.background_idf()[word]
        own = theirs / self.held[word]
        todays = np.log(self.facets.count / self.held[word])
        return [
            largest(shared, own * rarity * (self.held[word] > 2), 1),
            largest(shared, own * rarity, 3),
            largest(shared, own * todays * (rarity > _RARE), 2),
        ]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the first look at all pairs says of one of them."""

    companies: _Companies
    to_company: _Table
    """Of a report the sum of its gains (steps above LEAST) with a company."""
    between: _Table
    """The same of two companies; of one with itself each pair counts twice."""
    likely: csr_array
    """Probabilities, both ways."""
    degree: Floats
    """Their sum for each report."""

    @classmethod
    def of(cls, links: Edges, companies: _Companies) -> Self:
        import numpy as np
        from scipy.sparse import csr_array

        count, wide = len(companies.number), len(companies.size)
        ends = np.concatenate([links.a, links.b]), np.concatenate([links.b, links.a])
        company = companies.number[ends[0]], companies.number[ends[1]]
        gains = np.tile(_gains(links.score), 2)
        chances = np.tile(_chance(links.score), 2)
        likely = csr_array((chances, ends), shape=(count, count))
        return cls(
            companies,
            _Table.of_sums(ends[0], company[1], gains, wide),
            _Table.of_sums(*company, gains, wide),
            likely,
            np.asarray(likely.sum(axis=1)).ravel(),
        )

    def by_others(
        self, a: NDArray[np.int32], b: NDArray[np.int32], score: NDArray[np.int32]
    ) -> list[Floats]:
        """Mean log-odds of each report with the other's company, the other not in it, and of both
        companies; a pair that is not likely counts LEAST."""
        import numpy as np

        number, size = self.companies.number, self.companies.size
        gain = _gains(score)
        means = []
        one, other = number[a], number[b]
        for report, own, company in ((a, one, other), (b, other, one)):
            others = size[company] - (own == company) - 1
            rest = self.to_company.at(report, company) - gain
            means.append(np.where(others > 0, rest, gain) / np.maximum(others, 1))
        pairs = np.where(one == other, size[one] * (size[one] - 1), size[one] * size[other])
        between = self.between.at(one, other) / pairs
        return [mean / STEPS + LEAST for mean in (*_ordered(*means), between)]

    def in_common(
        self, a: NDArray[np.int32], b: NDArray[np.int32], score: NDArray[np.int32]
    ) -> list[Floats]:
        """Whom both are near to, as a share of whom each is near to, and how near at best."""
        import numpy as np

        mine, theirs = self.likely[a], self.likely[b]
        chance = _chance(score)
        both = dots(mine, theirs)
        shares = (both / np.maximum(self.degree[end] - chance, 0.05) for end in (a, b))
        best = mine.minimum(theirs).max(axis=1).toarray().ravel()
        return [*_ordered(*shares), best]


@dataclass(frozen=True, slots=True)
class _Table:
    """Values by row and column, most of which are 0."""

    keys: Ints
    values: Floats
    wide: int

    @classmethod
    def of_sums(cls, rows: Ints, columns: Ints, values: Ints, wide: int) -> Self:
        """What falls together is summed: whole numbers, so the order does not matter."""
        import numpy as np

        keys, at = np.unique(rows * np.int64(wide) + columns, return_inverse=True)
        sums = np.bincount(at, weights=values)
        return cls(keys, np.asarray(sums, dtype=np.float64), wide)

    @classmethod
    def of_matrix(cls, matrix: csr_array) -> Self:
        import numpy as np

        matrix.sort_indices()
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        keys = rows * np.int64(matrix.shape[1]) + matrix.indices
        return cls(keys, matrix.data.astype(np.float32), matrix.shape[1])

    def at(self, rows: Ints, columns: Ints) -> Floats:
        import numpy as np

        keys = rows * np.int64(self.wide) + columns
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.values[place], 0)


def _ahead(near: NDArray[np.float32], links: Edges, number: Ints) -> Floats:
    """How much nearer each report stands to the other's company than to any else that a link leads
    it to: of each a, then of each b. `near` in the same order; both of shape (2, pairs)."""
    import numpy as np

    report = np.concatenate([links.a, links.b])
    company = number[np.concatenate([links.b, links.a])]
    _, once = np.unique(report * np.int64(len(number)) + company, return_index=True)
    once = once[np.lexsort((-near.ravel()[once], report[once]))]
    place = np.arange(len(once)) - np.searchsorted(report[once], report[once])
    best, second = np.zeros(len(number)), np.zeros(len(number))
    nearest = np.full(len(number), -1)
    for values, at in ((best, once[place == 0]), (second, once[place == 1])):
        values[report[at]] = near.ravel()[at]
    nearest[report[once[place == 0]]] = company[once[place == 0]]
    rival = np.where(nearest[report] == company, second[report], best[report])
    ahead: Floats = near - rival.reshape(near.shape)
    return ahead


def _gains(score: NDArray[np.int32]) -> Ints:
    return score - round(STEPS * LEAST)


def _chance(score: NDArray[np.int32]) -> NDArray[np.float32]:
    """Log-odds in steps as a probability."""
    import numpy as np

    return (1 / (1 + np.exp(-score / STEPS))).astype(np.float32)


def _ordered(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The less, then the more."""
    import numpy as np

    return np.minimum(one, other), np.maximum(one, other)


def _unit(rows: csr_array) -> csr_array:
    """At length 1, those that have any."""
    import numpy as np

    made = rows.tocsr()
    lengths = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
    made.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(made.indptr))
    return made
