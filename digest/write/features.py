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


def _bag(texts: Sequence[str], vocabulary: dict[str, int], grow: bool) -> NDArray[np.float64]:
    """Counts of content words, one row for each text."""
    import numpy as np

    rows = [tokens.content(t) for t in texts]
    if grow:
        for row in rows:
            for word in row:
                vocabulary.setdefault(word, len(vocabulary))
    matrix = np.zeros((len(texts), max(1, len(vocabulary))))
    for i, row in enumerate(rows):
        for word in row:
            column = vocabulary.get(word)
            if column is not None:
                matrix[i, column] += 1.0
    return matrix


def _unit(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[np.float64] = matrix / np.where(norms == 0, 1.0, norms)
    return unit


def similarities(texts: Sequence[str], embedder: Vectors | None) -> NDArray[np.float64]:
    """Cosines between all texts: of their vectors, or of their words where there is no model."""
    if embedder is not None and len(texts) > 0:
        rows = embedder.vectors(texts).astype("float64")
    else:
        rows = _unit(_bag(texts, {}, grow=True))
    cosines: NDArray[np.float64] = rows @ rows.T
    return cosines


def to_one(
    candidates: Sequence[Candidate], other: Candidate, embedder: Vectors | None
) -> NDArray[np.float64]:
    """Likeness of each candidate to one sentence: shared words, and vectors where there are any."""
    import numpy as np

    texts = [*(c.text for c in candidates), other.text]
    bag = _unit(np.minimum(_bag(texts, {}, grow=True), 1.0))
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
    vocabulary: dict[str, int] = {}
    counts = _bag(texts, vocabulary, grow=True)
    title_counts = _bag(titles, vocabulary, grow=False)
    present = np.zeros((count, counts.shape[1]))
    np.maximum.at(present, documents, (counts > 0).astype(float))
    share = present.sum(axis=0) / max(1, count)
    total = counts.sum(axis=0)
    probability = total / max(1.0, total.sum())
    lengths_in_words = np.maximum(1.0, counts.sum(axis=1))
    # Words of every sentence say little, words of every document much.
    weight = 1.0 + np.log((1.0 + n) / (1.0 + (counts > 0).sum(axis=0)))
    unit = _unit(np.minimum(counts, 2.0) * weight)
    centroid = _unit(unit.sum(axis=0, keepdims=True))[0]
    cosines = unit @ unit.T
    best, mean = _elsewhere(cosines, documents, count)
    binary, title_binary = counts > 0, title_counts > 0
    title_size = np.maximum(1.0, title_binary.sum(axis=1))
    title_overlap = (binary.astype(float) @ title_binary.T.astype(float)) / title_size
    own = title_overlap[np.arange(n), documents]
    others = (title_overlap.sum(axis=1) - own) / max(1, count - 1)
    word_counts = np.array([len(t.split()) for t in texts], dtype=float)
    document_share = (counts @ share) / lengths_in_words
    centrality = unit @ centroid
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
        (counts @ probability) / lengths_in_words,
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
    rows = embedder.vectors([*texts, *titles]).astype("float64")
    v, t = rows[:n], rows[n:]
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

    middle = _unit(v.sum(axis=0, keepdims=True))[0]
    first = np.array([c.order == 0 for c in candidates])
    leads = _unit(v[first].sum(axis=0, keepdims=True))[0] if first.any() else middle
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
