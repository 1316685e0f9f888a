"""Large batches are spread over processes, and the vectors are the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from digest.analyse import embed
from digest.analyse.embed import SpreadEmbedder, UsemEmbedder, packed, unpacked
from digest.compute import process_pool


def dies_or_encodes(texts: Sequence[str]) -> Any:
    """In the place of `embed._encode` on a worker: some chunks kill it, once begun."""
    if texts[0] >= "Troops took hill 3":
        os.kill(os.getpid(), signal.SIGKILL)
    return embed._encode(list(texts))


@pytest.mark.system
def test_spread_vectors_are_the_same_bytes() -> None:
    opened = closed = 0

    @contextmanager
    def pool() -> Iterator[Executor]:
        nonlocal opened, closed
        opened += 1
        with process_pool(2) as made:
            yield made
        closed += 1

    texts = [f"Troops took hill {n} near Kesten on day {n % 7}" for n in range(700)]
    spread = SpreadEmbedder(pool, worth_spreading=600)
    try:
        few = spread.vectors(texts[:20])
        assert opened == 0
        many = spread.vectors(texts)
        again = spread.vectors(texts)
        one, other = spread.begin(texts), spread.begin(texts[:650])
        begun = other(), one()
        assert (opened, closed) == (1, 0)
        spread.rest()
        assert (opened, closed) == (1, 1)
        assert spread.vectors(texts[:20]).tobytes() == few.tobytes()
        assert spread.vectors(texts).tobytes() == many.tobytes()
    finally:
        spread.close()
    assert (opened, closed) == (2, 2)
    here = UsemEmbedder()
    assert few.tobytes() == here.vectors(texts[:20]).tobytes()
    assert many.tobytes() == again.tobytes() == here.vectors(texts).tobytes()
    assert begun[0].tobytes() == here.begin(texts[:650])().tobytes()
    assert unpacked(begun[1]).tobytes() == many.tobytes()
    assert np.allclose(np.linalg.norm(many, axis=1), 1, atol=5e-3)


def test_packed_vectors_are_near_what_they_were() -> None:
    draw = np.random.default_rng(3).uniform(-1, 1, (200, 512)).astype(np.float32)
    rows = draw / np.linalg.norm(draw, axis=1, keepdims=True)
    again = unpacked(packed(rows))
    assert np.abs(again @ again.T - rows @ rows.T).max() < 0.004
    assert packed(again).tobytes() == packed(rows).tobytes()
    assert packed(np.full((1, 3), 9.0, np.float32)).tolist() == [[127, 127, 127]]


@pytest.mark.system
def test_what_a_broken_pool_does_not_give_is_done_here() -> None:
    class Deadly(ProcessPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(dies_or_encodes, *args, **kwargs)

    texts = [f"Troops took hill {n:04} near Kesten" for n in range(3 * embed._CHUNK)]
    texts += ["Troops took hill 3 at last"]
    with Deadly(1, mp_context=get_context("spawn")) as pool:
        spread = UsemEmbedder(executor=pool)
        made = spread.vectors(texts)
        again = spread.vectors(texts)
    assert made.tobytes() == again.tobytes() == UsemEmbedder().vectors(texts).tobytes()


@pytest.mark.system
def test_the_bytes_do_not_depend_on_the_number_of_threads() -> None:
    """OpenBLAS adds in another order with two threads than with one."""
    program = (
        "import sys, hashlib; from digest.analyse.embed import UsemEmbedder\n"
        "rows = UsemEmbedder().vectors([f'Troops took hill {n}' for n in range(300)])\n"
        "print(hashlib.sha256(rows.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for threads in ("1", "2", "4")
    }
    assert len(digests) == 1
