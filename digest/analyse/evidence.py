"""What the pairs of a day have in common: vectors, words, and which pairs are worth a look.

Words are compared as tf-idf over the batch: in a day's feed the rare words (a town, a name) carry
the event, the common ones ("police", "president") do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.analyse.cluster import Edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.model import Item

TEXT_SHOWN = 250
"""Characters of the text compared beside the title: more dilutes the event (labelled 2025-09-10)."""
NEIGHBOURS = 40
"""Candidates per report and kind of evidence; an event larger than this still meets through its
own members' neighbours, and average link needs no complete graph near the threshold."""
_TITLE_TWICE = 2.0
_BLOCK = 1024
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_STOP = frozenset(
    "a about after all also an and are as at be been before being but by can could day did do down "
    "during first for from had has have he her his how i if in into is it its just like made make "
    "may more most much new no not now of off on one only or other our out over own people said say "
    "says she since so some still than that the their them then there they this those through time "
    "to two under up us was we were what when where which while who why will with would year years "
    "you your der die das und in den von zu mit des für auf ist im dem nicht ein eine als auch es "
    "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum "
    "le la les des et en un une du au aux dans qui que pour par sur pas plus avec ce son il se sa "
    "el los las del al y se por con para una su lo como más pero sus o este ha sí porque esta entre "
    "il di che e per è non si i gli della da del una con sono nel alla het een op te zijn aan".split()
)


def words_of(text: str) -> list[str]:
    """Folded words; scripts without spaces give overlapping pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if _CJK.search(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        else:
            word = word.removesuffix("'s").removesuffix("’s")
            if word not in _STOP and (len(word) > 1 or word.isdigit()):
                found.append(word)
    return found


def shown(item: Item) -> str:
    """The text that stands for a report: headline and beginning."""
    return f"{item.title}. {item.text[:TEXT_SHOWN]}"


def tfidf(items: Sequence[Item]) -> csr_array:
    """Unit rows of sublinear tf-idf over headline (twice) and beginning, shape (items, words)."""
    import numpy as np
    from scipy.sparse import csr_array

    vocabulary: dict[str, int] = {}
    data: list[float] = []
    indices: list[int] = []
    starts = [0]
    for item in items:
        counts: dict[str, float] = {}
        for word in words_of(item.title):
            counts[word] = counts.get(word, 0.0) + _TITLE_TWICE
        for word in words_of(item.text[:TEXT_SHOWN]):
            counts[word] = counts.get(word, 0.0) + 1.0
        for word, count in counts.items():
            indices.append(vocabulary.setdefault(word, len(vocabulary)))
            data.append(count)
        starts.append(len(indices))
    matrix = csr_array(
        (np.log(np.array(data)) + 1.0, np.array(indices, dtype=np.int64), np.array(starts)),
        shape=(len(items), max(1, len(vocabulary))),
    )
    seen_in = np.bincount(matrix.indices, minlength=matrix.shape[1])
    matrix.data *= (np.log((1 + len(items)) / (1 + seen_in)) + 1.0)[matrix.indices]
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(matrix.indptr))
    return matrix


@dataclass(frozen=True, slots=True)
class PairWeights:
    """How the kinds of evidence add up to a score, and where "same event" begins."""

    vector: float = 0.5
    words: float = 0.5
    threshold: float = 0.32
    missing: float = 0.10
    candidate: float = 0.12
    """Below the threshold by more than the rest, a pair is no candidate."""


def edges(vectors: NDArray[np.float32], words: csr_array, weights: PairWeights) -> list[Edge]:
    """Scored candidate pairs a < b: each report's nearest by the combined score."""
    import numpy as np

    count = vectors.shape[0]
    found: dict[tuple[int, int], float] = {}
    columns = words.T.tocsr()
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        block = weights.vector * (vectors[start:stop] @ vectors.T)
        block += weights.words * (words[start:stop] @ columns).toarray()
        block[np.arange(stop - start), np.arange(start, stop)] = -1.0
        keep = min(NEIGHBOURS, count - 1)
        if keep <= 0:
            break
        nearest = np.argpartition(-block, keep - 1, axis=1)[:, :keep]
        for row in range(stop - start):
            for column in sorted(nearest[row].tolist()):
                score = float(block[row, column])
                if score >= weights.candidate:
                    a, b = start + row, int(column)
                    found[min(a, b), max(a, b)] = round(score, 6)
    return [Edge(a, b, score) for (a, b), score in sorted(found.items())]
