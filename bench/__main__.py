"""Run one benchmark, print its result as one JSON object on the last line, and hold its floors.

Each benchmark is a module of this package with `main(argv) -> dict`: it prints what a person
wants to see on the way and returns the figures. floors.json pins them: `{"cluster": {"pair_f1":
{"at_least": 0.86, "why": "…"}}}`. A figure below its floor exits 1; lowering a floor needs a
written reason there.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

BENCHES = {
    "cluster": "same event or not: pairwise F1 on labelled files",
    "pairs": "the pairs that the approximate stage of a large day finds, of the exact ones",
    "summary": "ROUGE of `digest summarise` beside lead, LexRank and centroid",
    "sections": "category of dated events; a day's security filter and sections",
    "rank": "share of the editors' security events in the top ten",
    "origins": "independent origins: precision and recall of merges",
    "threads": "which events belong to one running story: precision and recall",
    "claims": "who tells what a story's headline tells: precision and recall",
    "gather": "feeds per second beside the bare client and parser",
    "build": "an edition from N items: time and memory",
    "shape": "days beside each other, real and generated: words, nearness, sizes of events",
    "scale": "an edition from 1,000 to 100,000 items, by --compute: time, memory, cost of each",
    "write": "twenty stories of thirty reports written up: seconds of one core",
    "render": "an edition's bytes and a reader's copy: milliseconds",
    "site": "the archive as static files: whole, and after one new edition",
    "paint": "first paint of front page and edition in a browser, beside an empty page",
    "idle": "`digest run` while it waits: memory, share of a core, start to ready",
    "plots": "no benchmark: docs/performance.md's charts and tables from bench/figures.json",
    "mail": "letters a second by the ledger, signed, beside a bare smtplib loop",
    "move": "an installation moved to PostgreSQL and verified, beside the bare COPY",
    "keep": "a month of reports on PostgreSQL: saving, reading a day, deleting the oldest",
}
NEED_NOTHING = ("gather", "build", "render", "site", "idle", "mail")
"""What `all` runs; the others need data, a browser, or a PostgreSQL and minutes."""
BENCH = [sys.executable, "-m", "bench"]
FLOORS = Path(__file__).with_name("floors.json")


def breaches(name: str, figures: dict[str, object]) -> list[str]:
    """The floors of benchmark `name` that `figures` misses, one line each."""
    floors = json.loads(FLOORS.read_text("utf-8")).get(name, {})
    found = []
    for key, bound in floors.items():
        value = figures.get(key)
        if not isinstance(value, int | float):
            continue  # a run over other data prints other figures
        if "at_least" in bound and value < bound["at_least"]:
            found.append(f"{name}: {key} {value} is below its floor {bound['at_least']}")
        if "at_most" in bound and value > bound["at_most"]:
            found.append(f"{name}: {key} {value} is above its ceiling {bound['at_most']}")
    return found


def main(argv: list[str]) -> int:
    if argv == ["all"]:
        # Each in a process of its own: peak memory is a process's.
        return max([subprocess.call([*BENCH, name]) for name in NEED_NOTHING])
    if not argv or argv[0] not in BENCHES:
        for name, what in BENCHES.items():
            print(f"  python -m bench {name:9} {what}", file=sys.stderr)
        print(f"  python -m bench all       {', '.join(NEED_NOTHING)}", file=sys.stderr)
        return 2
    return _run(argv[0], argv[1:])


def _run(name: str, argv: list[str]) -> int:
    figures = importlib.import_module(f"bench.{name}").main(argv)
    missed = breaches(name, figures)
    for line in missed:
        print(line)
    print(json.dumps(figures, sort_keys=True))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
