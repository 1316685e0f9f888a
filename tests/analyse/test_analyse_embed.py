"""Large batches are spread over processes, and the vectors are the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np
import pytest

from digest.analyse import embed
from digest.analyse.embed import SpreadEmbedder, UsemEmbedder
from digest.compute import process_pool


@pytest.mark.system
def test_spread_vectors_are_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "WORTH_SPREADING", 600)
    opened = closed = 0

    @contextmanager
    def pool() -> Iterator[Executor]:
        nonlocal opened, closed
        opened += 1
        with process_pool(2) as made:
            yield made
        closed += 1

    texts = [f"Troops took hill {n} near Kesten on day {n % 7}" for n in range(700)]
    spread = SpreadEmbedder(pool)
    try:
        few = spread.vectors(texts[:20])
        assert opened == 0
        many = spread.vectors(texts)
        again = spread.vectors(texts)
    finally:
        spread.close()
    assert (opened, closed) == (1, 1)
    here = UsemEmbedder()
    assert few.tobytes() == here.vectors(texts[:20]).tobytes()
    assert many.tobytes() == again.tobytes() == here.vectors(texts).tobytes()
    assert np.allclose(np.linalg.norm(many, axis=1), 1, atol=1e-5)
