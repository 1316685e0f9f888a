"""What the room knows beforehand: data/NAME.npz, learned by bench/train_*.py, and data/NAME.tsv."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

_DATA = files("digest.analyse").joinpath("data")


def arrays(name: str) -> Mapping[str, NDArray[Any]]:
    """The arrays of data/NAME.npz."""
    import numpy as np

    with _DATA.joinpath(f"{name}.npz").open("rb") as file:
        return dict(np.load(file))


@cache
def weights(name: str) -> Mapping[str, NDArray[np.float32]]:
    """The same as 32-bit numbers."""
    import numpy as np

    return {key: array.astype(np.float32) for key, array in arrays(name).items()}


def rows(name: str, cells: int) -> Iterator[list[str]]:
    """The rows of data/NAME.tsv, each of so many cells; those that are left off are ""."""
    for line in _DATA.joinpath(f"{name}.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield (line.split("\t") + [""] * cells)[:cells]
