"""Which sentences to print: scored one by one, chosen together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.write import features
from digest.write.features import NAMES, Candidate
from digest.write.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A first hand-set mixture, used where no learned weights are packaged.
_HAND = {
    "order_inverse": 0.8,
    "own_title": 0.4,
    "other_titles": 0.5,
    "document_share": 0.6,
    "centroid": 0.7,
    "mean_elsewhere": 0.5,
    "quotation": -0.1,
    "hangs": -0.25,
    "person": -0.15,
    "short": -0.2,
    "v_centroid": 0.8,
    "v_titles": 0.5,
}


def scores(
    titles: Sequence[str],
    candidates: Sequence[Candidate],
    lengths: Sequence[int],
    embedder: Vectors | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each candidate is worth printing, and the likeness of each pair (0 to 1)."""
    import numpy as np

    table, likeness = features.matrix(titles, candidates, lengths, embedder)
    weights = np.array([_HAND.get(name, 0.0) for name in NAMES[: table.shape[1]]])
    return table @ weights, likeness
