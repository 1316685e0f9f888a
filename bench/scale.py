"""`python -m bench scale --compute WHERE`: an edition from 1,000 to 100,000 reports.

Each size in a process of its own, because peak memory is a process's: time from the reports in the
store to the edition in its folder, the vectors at WHERE (local, dask, a scheduler's address), and
what one report costs. Workers start within the time that is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.day import NOW, items
from digest.analyse.embed import SpreadEmbedder
from digest.compute import executor
from digest.edition import intake_from_archive, make_edition, window
from digest.model import Editorial, Workplace
from digest.resources import templates
from digest.settings.computing import workplace
from digest.store import open_store

SIZES = (1_000, 10_000, 100_000)


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench scale")
    parser.add_argument("--compute", default="local")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--one", action="store_true", help="this process makes the first size")
    given = parser.parse_args(argv)
    place = workplace({**os.environ, "DIGEST_COMPUTE": given.compute})
    if given.one:
        return _measured(given.sizes[0], place)
    rows = [_in_a_process(size, given.compute) for size in given.sizes]
    print(f"{'reports':>9} {'seconds':>9} {'ms each':>9} {'peak MB':>9} {'worker MB':>9}")
    for row in rows:
        print(
            f"{row['items']:>9,} {row['seconds']:>9.1f} {row['ms_each']:>9.2f} "
            f"{row['peak_mb']:>9,} {row['peak_mb_of_a_worker']:>9,}"
        )
    return {"compute": given.compute, "sizes": rows}


def _in_a_process(size: int, where: str) -> dict[str, float]:
    line = [sys.executable, "-m", "bench", "scale", "--one", "--compute", where]
    done = subprocess.run([*line, "--sizes", str(size)], stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(size: int, place: Workplace) -> dict[str, object]:
    later = NOW + timedelta(minutes=1)
    embedder = SpreadEmbedder(partial(executor, place))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/bench.sqlite3") as store,
    ):
        store.save_fetched([], items(size), NOW)
        started = time.perf_counter()
        make_edition(
            NOW.date(),
            later,
            intake_from_archive(window(NOW.date(), later, Editorial()), store),
            feeds=(),
            editorial=Editorial(),
            archive=store,
            embedder=embedder,
            templates=templates(),
            out=Path(folder),
            program="bench",
        )
        seconds = time.perf_counter() - started
    embedder.close()
    return {
        "items": size,
        "seconds": round(seconds, 2),
        "ms_each": round(1000 * seconds / size, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_mb_of_a_worker": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }
