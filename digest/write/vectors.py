"""The narrow seam to whatever turns texts into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Vectors(Protocol):
    """What writing needs of a vector model; without one it falls back to shared words."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each text."""
        ...


class Remembered:
    """A vector model that is asked only once for each text; for the length of one story."""

    def __init__(self, embedder: Vectors) -> None:
        self._embedder = embedder
        self._rows: dict[str, NDArray[np.float32]] = {}

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        new = [t for t in dict.fromkeys(texts) if t not in self._rows]
        if new:
            for text, row in zip(new, self._embedder.vectors(new), strict=True):
                self._rows[text] = row
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        return np.stack([self._rows[t] for t in texts])
