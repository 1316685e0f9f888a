"""Which sentences to print: scored one by one, and as whole choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.write import features, subsets
from digest.write.features import Candidate, Measured
from digest.write.vectors import Vectors
from digest.write.weights import models

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEARNESS = 1.2
"""What likeness to a sentence already chosen costs, in spreads of the score (read by eye on
2025-09-09 to 11, and on multiling2011: 0.6 to 2 differ by less than .003 there)."""
REDUNDANT = 0.85
"""Likeness from which a sentence says nothing new."""


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
    reach = sorted((sizes[i] for i in best[: subsets.POOL]), reverse=True)
    if sum(reach[: subsets.MOST_SENTENCES]) < words and len(sizes) > subsets.MOST_SENTENCES:
        return one_by_one(sizes, value, measured.likeness, words)
    chosen = subsets.choices(sizes, best, words)
    if len(chosen) < 2:
        return list(chosen[0]) if chosen else []
    pool = subsets.Pool(titles, candidates, measured)
    name = "choice" if measured.vectors is not None else "choice_lexical"
    worth = models()[name].scores(subsets.matrix(pool, chosen, words))
    return list(chosen[int(np.argmax(np.round(worth, 9)))])


def one_by_one(sizes: Sequence[int], value: Floats, likeness: Floats, words: int) -> list[int]:
    """A long summary: always the best sentence left, less what it repeats of those chosen."""
    chosen: list[int] = []
    used = 0
    left = list(range(len(sizes)))
    near = [0.0] * len(sizes)
    while left:
        best = max(left, key=lambda i: (float(value[i]) - NEARNESS * near[i], -i))
        left.remove(best)
        if near[best] > REDUNDANT:
            continue
        if chosen and abs(used + sizes[best] - words) > abs(used - words):
            break
        chosen.append(best)
        used += sizes[best]
        near = [max(a, float(likeness[i, best])) for i, a in enumerate(near)]
    return chosen
