"""The learned weights: data/weights.json, made by `python -m bench.train_summary`.

Two linear models, one of single sentences and one of whole choices, each with and without vectors.
They were fitted so that the expected ROUGE of what a softmax over a set's candidates draws is
highest: a loss on the choice itself did better than regression of the scores (neus.val, 24
November 2026: R1 .407 against .399).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAMPING = 0.3
"""Added to a feature's spread within a set, so that hair's breadths are not blown up."""
BOUND = 4.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and spread of each feature over all training sets."""

    mean: Floats
    spread: Floats

    def standard(self, table: Floats) -> Floats:
        """Each feature as it stands among all sets, and beside it as it stands in its own set."""
        import numpy as np

        among = (table - self.mean) / self.spread
        around = among - among.mean(axis=0)
        within = around / (around.std(axis=0) + DAMPING)
        bounded: Floats = np.clip(np.hstack([among, within]), -BOUND, BOUND)
        return bounded


@dataclass(frozen=True, slots=True)
class Model:
    scale: Scale
    weights: Floats
    directions: Floats | None = None
    """What `subsets.matrix` needs to measure choices for this model."""

    def scores(self, table: Floats) -> Floats:
        """One score for each row; only differences within one set mean anything."""
        found: Floats = self.scale.standard(table) @ self.weights
        return found


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """The models by name: "sentence", "sentence_lexical", "choice", "choice_lexical"."""
    import numpy as np

    raw = json.loads(files(__package__).joinpath("data/weights.json").read_text("utf-8"))
    return {
        name: Model(
            Scale(np.array(entry["mean"]), np.array(entry["spread"])),
            np.array(entry["weights"]),
            np.array(entry["directions"]) if "directions" in entry else None,
        )
        for name, entry in raw["models"].items()
    }
