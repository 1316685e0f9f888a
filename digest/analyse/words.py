"""Texts as words: folding, stop words, numbers, names, and tf-idf rows over hashed words.

How rare a word is comes from two places: a background of 45,000 news texts
(data/background.npz, made by bench/train_pairs.py) and the batch itself. A small batch cannot know
that "Kathmandu" is rare and "police" is not; a background alone cannot know what today's feed is
full of.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from digest.analyse.packaged import arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

BUCKETS = 1 << 16
"""Words are hashed (CRC-32): no vocabulary to keep, and a collision costs next to nothing."""
_ROWS_AT_ONCE = 50_000
_REMEMBERED = 1 << 16
"""Words whose bucket is kept: most of a text are among the commonest. Some 10 MB."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_CAPITALISED = re.compile(r"(?<=[^.!?:”\"'“‘]\s)([A-ZÀ-ÞА-Я][\w’'-]+)")
_TITLE_WORD = re.compile(r"([A-ZÀ-ÞА-Я][\w’'-]+)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
SPELT = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_STOP = frozenset(
    """
    a about after all also an and are as at be been before being but by can could day did do
    down during first for from had has have he her him his how i if in into is it its just
    like made make may more most much new no not now of off on one only or other our out
    over own people said say says she since so some still than that the their them then
    there they this those through time to two under up us was we were what when where which
    while who why will with would year years you your der die das und den von zu mit des für
    auf ist im dem nicht ein eine als auch es werden aus er hat dass sie nach wird bei einer
    um am sind noch wie einem über einen zum le la les et en un une du au aux dans qui que
    pour par sur pas plus avec ce son il se sa el los las del al y por con para una su lo
    como más pero sus o este ha sí porque esta entre di che e per è non si gli della da sono
    nel alla het een op te zijn aan
    """.split()  # noqa: SIM905
)


def words_of(text: str) -> list[str]:
    """Folded words; scripts without spaces give overlapping pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if _UNSPACED.search(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        else:
            word = word.removesuffix("'s").removesuffix("’s")
            if word not in _STOP and (len(word) > 1 or word.isdigit()):
                found.append(word)
    return found


def names_of(title: str, text: str) -> list[str]:
    """Capitalised words: all of a headline's (English capitals say little there, but rare words
    weigh more anyway), and of the text those inside sentences."""
    found = [*_CAPITALISED.findall(text), *_TITLE_WORD.findall(title)]
    return [name.casefold().removesuffix("'s").removesuffix("’s") for name in found]


def figures_of(text: str) -> set[str]:
    """Numbers in digits, or spelt in English from two to twelve; years are left out, they tell
    nothing."""
    found = {match.replace(",", "") for match in _FIGURE.findall(text)}
    found = {figure for figure in found if not _YEAR.fullmatch(figure)}
    spelt = {SPELT.get(word, 0) for word in re.findall(r"[a-z]+", text.lower())}
    return found | {str(number) for number in spelt if 2 <= number <= 12}


@lru_cache(_REMEMBERED)
def bucket(word: str) -> int:
    """The column of a word."""
    return zlib.crc32(word.encode("utf-8", "replace")) & (BUCKETS - 1)


def counted(words: Iterable[str]) -> Mapping[int, int]:
    """How often each bucket occurs."""
    return Counter(map(bucket, words))


@cache
def background_idf() -> NDArray[np.float64]:
    """Inverse document frequency per bucket over the packaged background, shape (BUCKETS,)."""
    import numpy as np

    stored = arrays("background")
    return np.asarray(stored["idf"], dtype=np.float64) / float(stored["scale"])


class Rows:
    """Counts as sparse rows, grown text by text in flat arrays: counts of 20,000 reports
    kept as dictionaries took 200 MB."""

    def __init__(self) -> None:
        self._columns, self._counts, self._ends = array("i"), array("i"), array("i", [0])

    def add(self, count: Mapping[int, int]) -> None:
        """The next row."""
        columns = sorted(count)
        self._columns.fromlist(columns)
        self._counts.fromlist([count[column] for column in columns])
        self._ends.append(len(self._columns))

    def matrix(self) -> csr_array:
        """Shape (texts, BUCKETS), columns sorted. It is made of these arrays: none can be added
        afterwards."""
        import numpy as np
        from scipy.sparse import csr_array

        columns, counts, ends = map(np.asarray, (self._columns, self._counts, self._ends))
        return csr_array((counts, columns, ends), shape=(len(ends) - 1, BUCKETS))


def rows(counts: Iterable[Mapping[int, int]]) -> csr_array:
    """All rows at once; see Rows."""
    made = Rows()
    for count in counts:
        made.add(count)
    return made.matrix()


def batch_idf(matrix: csr_array) -> NDArray[np.float64]:
    """Inverse document frequency per bucket over the batch itself."""
    import numpy as np

    seen_in = np.bincount(matrix.indices, minlength=BUCKETS)
    found: NDArray[np.float64] = np.log((1 + matrix.shape[0]) / (1 + seen_in)) + 1
    return found


def weighted(matrix: csr_array, idf: NDArray[np.float64]) -> csr_array:
    """Unit rows of the counts in `matrix`, sublinear and weighted by `idf`; float32. Where they
    stand is shared with `matrix`: most of a large day's sparse rows are places, not weights."""
    import numpy as np
    from scipy.sparse import csr_array

    data = np.empty(matrix.nnz, dtype=np.float32)
    sublinear = 1.0 + np.log(np.arange(1, 1 + matrix.data.max(initial=1)))
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        ends = matrix.indptr[start : start + _ROWS_AT_ONCE + 1]
        part = slice(ends[0], ends[-1])
        weights = sublinear[matrix.data[part] - 1] * idf[matrix.indices[part]]
        begin, held = np.minimum(ends[:-1] - ends[0], len(weights)), np.diff(ends)
        squares = np.add.reduceat(np.append(weights**2, 0.0), begin)
        lengths = np.sqrt(np.where(held > 0, squares, 1.0))
        data[part] = weights / np.repeat(lengths, held)
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def unit_rows(matrix: csr_array) -> csr_array:
    """Its rows brought to length 1, those that have any; in place where it is in that order."""
    import numpy as np

    rows = matrix.tocsr()
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(rows.indptr))
    return rows
