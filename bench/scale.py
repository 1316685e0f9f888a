"""`python -m bench scale --compute WHERE`: an edition from 1,000 to 100,000 reports.

Each size in a process of its own, because peak memory is a process's: time from the reports in the
store to the edition in its folder, the vectors at WHERE (local, dask, a scheduler's address), and
what one report costs. Workers start within the time that is measured.

`--stand-in` puts the texts' hashed words, thrown into as many dimensions at random, in the place of
the sentence encoder: what is measured is then all the rest, and larger days can be tried.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.day import NOW, edition_of, items
from bench.machine import figures_apart, peak_mb
from digest.analyse import words
from digest.analyse.embed import Embedder, SpreadEmbedder, packed
from digest.compute import executor
from digest.model import Workplace
from digest.settings.computing import workplace
from digest.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.analyse.embed import Packed

SIZES = (1_000, 10_000, 100_000)


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench scale")
    parser.add_argument("--compute", default="local")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--stand-in", action="store_true", help="no sentence encoder")
    parser.add_argument("--one", action="store_true", help="this process makes the first size")
    given = parser.parse_args(argv)
    place = workplace({**os.environ, "DIGEST_COMPUTE": given.compute})
    if given.one:
        return _measured(given.sizes[0], None if given.stand_in else place)
    print(
        f"{'reports':>9} {'seconds':>9} {'ms each':>9} {'cpu s':>9} {'peak MB':>9} {'worker MB':>9}"
    )
    rows = []
    for size in given.sizes:
        more = ["--stand-in"] * given.stand_in
        words = ["bench", "scale", "--one", "--compute", given.compute, *more]
        row = figures_apart(*words, "--sizes", str(size))
        rows.append(row)
        print(
            f"{row['items']:>9,} {row['seconds']:>9.1f} {row['ms_each']:>9.2f} "
            f"{row['cpu_seconds']:>9.1f} {row['peak_mb']:>9,} {row['peak_mb_of_a_worker']:>9,}",
            flush=True,
        )
    return {"compute": "stand-in" if given.stand_in else given.compute, "sizes": rows}


class _StandIn(Embedder):
    """Vectors of the encoder's shape at a hundredth of its price: near where words are shared."""

    name = "stand-in"

    def __init__(self) -> None:
        import numpy as np

        draw = np.random.default_rng(1)
        self._axes = draw.standard_normal((words.BUCKETS, 512), dtype=np.float32)

    def _packed(self, texts: Sequence[str]) -> Packed:
        import numpy as np

        made = np.empty((len(texts), 512), dtype=np.int8)
        for start in range(0, len(texts), 5_000):
            part = texts[start : start + 5_000]
            counts = words.rows(words.counted(words.words_of(text)) for text in part)
            rows = words.weighted(counts, words.background_idf()) @ self._axes + np.float32(1e-3)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            made[start : start + 5_000] = packed(rows)
        return made

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        return partial(self._packed, texts)

    def close(self) -> None:
        pass


def _measured(size: int, place: Workplace | None) -> dict[str, object]:
    embedder = SpreadEmbedder(partial(executor, place)) if place else _StandIn()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/bench.sqlite3") as store,
    ):
        store.save_fetched([], items(size), NOW)
        before, started = _cpu(), time.perf_counter()
        edition_of(store, embedder, Path(folder))
        seconds = time.perf_counter() - started
    embedder.close()
    spent = _cpu() - before
    return {
        "items": size,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(spent, 2),
        "ms_each": round(1000 * seconds / size, 2),
        "peak_mb": round(peak_mb()),
        "peak_mb_of_a_worker": round(peak_mb(resource.RUSAGE_CHILDREN)),
    }


def _cpu() -> float:
    """Seconds of processor time of this process and of its ended children."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in both)
