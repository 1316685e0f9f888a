"""Independent origins: precision and recall of "these two reports repeat one newsroom's work".

    python -m bench origins FILE…

Each FILE holds rows `{a, b, same_origin}`: two whole items (as in an items file) on one event, and
whether they share an origin.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.cluster import item


def main(argv: list[str]) -> dict[str, object]:
    """Precision and recall over all pairs of all files."""
    from digest.analyse.origins import origins_of
    from digest.analyse.outlets import Outlets
    from digest.model import Report

    outlets = Outlets.of([])
    said = real = hits = count = 0
    for name in argv:
        path = Path(name)
        if not path.is_file():
            print(f"{name}: no such file; pairs of real reports are not part of the repository")
            continue
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            pair = [item({**row[side], "id": side}) for side in ("a", "b")]
            reports = [
                Report(one, outlets.of_item(one), one.lang, "conflict", "conflict") for one in pair
            ]
            found = len(origins_of(reports)) == 1
            said, real = said + found, real + bool(row["same_origin"])
            hits, count = hits + (found and bool(row["same_origin"])), count + 1
    if not count:
        return {}
    return {
        "pairs": count,
        "precision": round(hits / max(1, said), 4),
        "recall": round(hits / max(1, real), 4),
    }
