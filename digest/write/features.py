"""What is measured of a sentence among the documents on one event: the scorer's inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.write import tokens
from digest.write.dangling import hangs
from digest.write.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = (
    "order_inverse",
    "order",
    "relative_position",
    "is_first",
    "is_last",
    "words",
    "short",
    "long",
    "own_title",
    "other_titles",
    "best_title",
    "document_share",
    "mean_probability",
    "shared_words",
    "centroid",
    "best_elsewhere",
    "mean_elsewhere",
    "numbers",
    "names",
    "quotation",
    "hangs",
    "says",
    "person",
    "documents",
    "document_length",
    "centroid_rank",
    "share_rank",
    "elsewhere_rank",
    "v_centroid",
    "v_own_title",
    "v_titles",
    "v_best_elsewhere",
    "v_mean_elsewhere",
    "v_leads",
    "v_centroid_rank",
)
LEXICAL = NAMES.index("v_centroid")
"""The features from here on need vectors."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen: `order` counts from 0 in its document."""

    document: int
    order: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a set of candidates."""

    table: NDArray[np.float64]
    """One row of features for each."""
    likeness: NDArray[np.float64]
    """Between each pair, 0 to 1: of words, and of vectors as much where there are any."""
    vectors: NDArray[np.float64] | None
    title_vectors: NDArray[np.float64] | None


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value's place among all, 1 for the highest, ties by position."""
    import numpy as np

    n = len(values)
    places = np.empty(n)
    places[np.argsort(-values, kind="stable")] = np.arange(n)
    return 1.0 - places / max(1, n - 1) if n > 1 else np.ones(n)


def counts(rows: Sequence[Sequence[object]]) -> NDArray[np.float64]:
    """How often each row holds what any of them does, in the order of first sight."""
    import numpy as np

    place: dict[object, int] = {}
    for row in rows:
        for word in row:
            place.setdefault(word, len(place))
    made = np.zeros((len(rows), max(1, len(place))))
    for held, row in zip(made, rows, strict=True):
        for word in row:
            held[place[word]] += 1.0
    return made


def _bag(texts: Sequence[str]) -> NDArray[np.float64]:
    """Counts of content words, one row for each text."""
    return counts([tokens.content(text) for text in texts])


def unit(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Its rows brought to length 1, those that have any."""
    import numpy as np

    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    made: NDArray[np.float64] = matrix / np.where(norms == 0, 1.0, norms)
    return made


def similarities(texts: Sequence[str], embedder: Vectors | None) -> NDArray[np.float64]:
    """Cosines between all texts: of their vectors, or of their words where there is no model."""
    if embedder is not None and len(texts) > 0:
        rows = embedder.vectors(texts).astype("float64")
    else:
        rows = unit(_bag(texts))
    cosines: NDArray[np.float64] = rows @ rows.T
    return cosines


def to_one(
    candidates: Sequence[Candidate], other: Candidate, embedder: Vectors | None
) -> NDArray[np.float64]:
    """Likeness of each candidate to one sentence: shared words, and vectors where there are any."""
    import numpy as np

    texts = [*(c.text for c in candidates), other.text]
    bag = unit(np.minimum(_bag(texts), 1.0))
    shared: NDArray[np.float64] = bag[:-1] @ bag[-1]
    if embedder is None:
        return shared
    rows = embedder.vectors(texts).astype("float64")
    mixed: NDArray[np.float64] = 0.5 * shared + 0.5 * (rows[:-1] @ rows[-1])
    return mixed


def _elsewhere(
    cosines: NDArray[np.float64], documents: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each sentence its likeness to the nearest one of each other document: best and mean."""
    import numpy as np

    n = len(documents)
    nearest = np.full((n, count), np.nan)
    for d in range(count):
        columns = documents == d
        if columns.any():
            nearest[:, d] = cosines[:, columns].max(axis=1)
    nearest[np.arange(n), documents] = np.nan
    known = ~np.isnan(nearest)
    filled = np.where(known, nearest, 0.0)
    return filled.max(axis=1, initial=0.0), filled.sum(axis=1) / np.maximum(1, known.sum(axis=1))


def matrix(
    titles: Sequence[str],
    candidates: Sequence[Candidate],
    lengths: Sequence[int],
    embedder: Vectors | None,
) -> Measured:
    """Features (candidates × len(NAMES), or × LEXICAL without vectors) and all cosines.

    `titles` and `lengths` (sentences) are per document.
    """
    import numpy as np

    n, count = len(candidates), len(titles)
    documents = np.array([c.document for c in candidates], dtype=np.int64)
    texts = [c.text for c in candidates]
    held = _bag(texts)
    # Of a title's words those that some sentence holds.
    of_titles = _bag([*texts, *titles])[n:, : held.shape[1]]
    present = np.zeros((count, held.shape[1]))
    np.maximum.at(present, documents, (held > 0).astype(float))
    share = present.sum(axis=0) / max(1, count)
    total = held.sum(axis=0)
    probability = total / max(1.0, total.sum())
    lengths_in_words = np.maximum(1.0, held.sum(axis=1))
    # Words of every sentence say little, words of every document much.
    weight = 1.0 + np.log((1.0 + n) / (1.0 + (held > 0).sum(axis=0)))
    rows = unit(np.minimum(held, 2.0) * weight)
    centroid = unit(rows.sum(axis=0, keepdims=True))[0]
    cosines = rows @ rows.T
    best, mean = _elsewhere(cosines, documents, count)
    binary, title_binary = held > 0, of_titles > 0
    title_size = np.maximum(1.0, title_binary.sum(axis=1))
    title_overlap = (binary.astype(float) @ title_binary.T.astype(float)) / title_size
    own = title_overlap[np.arange(n), documents]
    others = (title_overlap.sum(axis=1) - own) / max(1, count - 1)
    word_counts = np.array([len(t.split()) for t in texts], dtype=float)
    document_share = (held @ share) / lengths_in_words
    centrality = rows @ centroid
    columns = [
        [1.0 / (1 + c.order) for c in candidates],
        [min(c.order, 20) / 20 for c in candidates],
        [c.order / max(1, lengths[c.document] - 1) for c in candidates],
        [float(c.order == 0) for c in candidates],
        [float(c.order == lengths[c.document] - 1) for c in candidates],
        word_counts / 30,
        (word_counts < 9).astype(float),
        (word_counts > 38).astype(float),
        own,
        others,
        title_overlap.max(axis=1, initial=0.0),
        document_share,
        (held @ probability) / lengths_in_words,
        (binary & (share > 1.0 / max(1, count))).sum(axis=1) / lengths_in_words,
        centrality,
        best,
        mean,
        [min(4, len(tokens.number_tokens(t))) / 4 for t in texts],
        [len(tokens.name_tokens(t)) / max(1, len(t.split())) for t in texts],
        [float(bool(re.search(r"[“”\"«»„]", t))) for t in texts],
        [float(hangs(t)) for t in texts],
        [float(bool(re.search(r"\b(?:said|says|told|according to)\b", t))) for t in texts],
        [float(bool(re.search(r"\b(?:I|we|you|We|You|my|our|your)\b", t))) for t in texts],
        [min(10, count) / 10] * n,
        [min(40, lengths[c.document]) / 40 for c in candidates],
        _ranks(centrality),
        _ranks(document_share),
        _ranks(mean),
    ]
    if embedder is None:
        return Measured(np.array(columns, dtype=float).T, cosines, None, None)
    v, t = np.split(embedder.vectors([*texts, *titles]).astype("float64"), [n])
    vector_cosines = v @ v.T
    columns += _vector_columns(candidates, documents, v, t, vector_cosines)
    mixed = 0.5 * cosines + 0.5 * vector_cosines
    return Measured(np.array(columns, dtype=float).T, mixed, v, t)


def _vector_columns(
    candidates: Sequence[Candidate],
    documents: NDArray[np.int64],
    v: NDArray[np.float64],
    t: NDArray[np.float64],
    cosines: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """NAMES from LEXICAL on, by the vectors of sentences and titles."""
    import numpy as np

    middle = unit(v.sum(axis=0, keepdims=True))[0]
    first = np.array([c.order == 0 for c in candidates])
    leads = unit(v[first].sum(axis=0, keepdims=True))[0] if first.any() else middle
    best, mean = _elsewhere(cosines, documents, len(t))
    central = v @ middle
    to_titles = v @ t.T
    return [
        central,
        to_titles[np.arange(len(v)), documents],
        to_titles.mean(axis=1),
        best,
        mean,
        v @ leads,
        _ranks(central),
    ]
