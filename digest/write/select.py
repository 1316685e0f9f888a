"""Which sentences to print: scored one by one, and as whole choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.write import coverage, features, subsets
from digest.write.features import Candidate, Measured
from digest.write.vectors import Vectors
from digest.write.weights import models

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def scores(
    titles: Sequence[str],
    candidates: Sequence[Candidate],
    lengths: Sequence[int],
    embedder: Vectors | None,
) -> tuple[Floats, Measured]:
    """How much each candidate is worth printing, and what was measured of them.

    Scores are in spreads around their mean, so that costs mean the same in every set.
    """
    measured = features.matrix(titles, candidates, lengths, embedder)
    name = "sentence" if embedder is not None else "sentence_lexical"
    value = models()[name].scores(measured.table)
    spread = float(value.std())
    standard: Floats = (value - value.mean()) / (spread if spread > 0 else 1.0)
    return standard, measured


def best_choice(
    titles: Sequence[str],
    candidates: Sequence[Candidate],
    value: Floats,
    measured: Measured,
    words: int,
) -> list[int]:
    """Indices of the candidates that make the best summary of about `words` words."""
    import numpy as np

    sizes = [len(c.text.split()) for c in candidates]
    best = [int(i) for i in np.argsort(-value, kind="stable")]
    average = sum(sizes) / len(sizes)
    if words > (subsets.MOST_SENTENCES - 1) * average and len(sizes) > subsets.MOST_SENTENCES:
        return coverage.choose(candidates, words)
    chosen = subsets.choices(sizes, best, words)
    if len(chosen) < 2:
        return list(chosen[0]) if chosen else []
    pool = subsets.Pool(titles, candidates, measured)
    model, rows = models()["choice"], measured.vectors
    if rows is None or model.directions is None or rows.shape[1] != model.directions.shape[1]:
        model = models()["choice_lexical"]  # no vectors, or others than those it was learned on
    worth = model.scores(subsets.matrix(pool, chosen, words, model.directions))
    return list(chosen[int(np.argmax(np.round(worth, 9)))])
