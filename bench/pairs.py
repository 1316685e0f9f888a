"""`python -m bench pairs [FILE…] [--items N]`: what the cells of a large day miss.

On large days a report is compared with those of the cells around it (analyse.near), not with all.
Of SAMPLE reports the exact nearest are sought, too. Such a pair counts as found when it is a
candidate by either of its two reports, or when the report has others as near in its place: of sixty
copies of one text any sixteen will do. `recall` is over all pairs that are near enough to be
candidates; `recall_of_hopeful` over those that could bring two reports together, by their
log-odds. FILE holds items; without any, N reports of a generated day.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.cluster import reports_of
from bench.day import items
from digest.analyse import pairs
from digest.analyse.day import canonical
from digest.analyse.embed import SpreadEmbedder
from digest.analyse.facets import facets_of, shown
from digest.analyse.near import nearest
from digest.compute import process_pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digest.analyse.near import Measure

SAMPLE = 5_000
HOPEFUL = -1.0
"""Log-odds from which events.py looks at a pair of clusters at all."""
_SLACK = 1e-5
"""Nearness that counts as the same."""


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench pairs")
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--items", type=int, default=20_000)
    given = parser.parse_args(argv)
    reports = canonical(reports_of(given.files) if given.files else items(given.items))
    embedder = SpreadEmbedder(process_pool)
    vectors = embedder.begin([shown(one) for one in reports])()
    titles = embedder.begin([one.title for one in reports])()
    embedder.close()
    facets = facets_of(reports, [one.source for one in reports], vectors, titles)
    measure = pairs.measure(facets)

    started = time.process_time()
    others = np.empty((len(reports), pairs.NEIGHBOURS), dtype=np.int64)
    values = np.empty(others.shape, dtype=np.float32)
    for near in nearest(measure, pairs.NEIGHBOURS, exact=0):
        others[near.rows], values[near.rows] = near.others, near.values
    seconds = time.process_time() - started

    sample = np.unique(np.linspace(0, len(reports) - 1, SAMPLE).astype(np.int64))
    started = time.process_time()
    mine, theirs, exact = _exact(measure, sample)
    exact_seconds = (time.process_time() - started) * len(reports) / len(sample)
    found = (
        (others[mine] == theirs[:, None]).any(axis=1)
        | (others[theirs] == mine[:, None]).any(axis=1)
        | (values[mine].min(axis=1) >= exact - _SLACK)
    )
    asked = pairs.Candidates(mine, theirs, exact, values[:, :10].mean(axis=1), values[:, 0])
    hopeful = pairs.scored(facets, asked, mine, theirs).log_odds >= HOPEFUL
    print(f"{len(reports):,} reports: {len(mine):,} near pairs, {int(hopeful.sum()):,} hopeful")
    return {
        "items": len(reports),
        "recall": round(float(found.mean()), 4),
        "recall_of_hopeful": round(float(found[hopeful].mean()), 4),
        "cpu_ms_each": round(1000 * seconds / len(reports), 3),
        "exact_cpu_ms_each": round(1000 * exact_seconds / len(reports), 3),
    }


def _exact(
    measure: Measure, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Of each of `rows` its nearest, in pairs: row, other, nearness."""
    mine, theirs, near = [], [], []
    for start in range(0, len(rows), 200):
        part = rows[start : start + 200]
        block = measure.of(part).between(measure)
        block[np.arange(len(part)), part] = -1.0
        at = np.argpartition(-block, pairs.NEIGHBOURS - 1, axis=1)[:, : pairs.NEIGHBOURS]
        values = np.take_along_axis(block, at, axis=1)
        row, column = np.nonzero(values >= pairs.LEAST)
        mine.append(part[row])
        theirs.append(at[row, column])
        near.append(values[row, column])
    a, b = (np.concatenate(side).astype(np.int32) for side in (mine, theirs))
    return a, b, np.concatenate(near)
