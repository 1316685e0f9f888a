"""Weights learned beforehand, as bench/train_*.py keep them in data/."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@cache
def weights(name: str) -> Mapping[str, NDArray[np.float32]]:
    """The arrays of data/NAME.npz."""
    import numpy as np

    with files("digest.analyse").joinpath("data", f"{name}.npz").open("rb") as file:
        stored = np.load(file)
        return {key: stored[key].astype(np.float32) for key in stored.files}
