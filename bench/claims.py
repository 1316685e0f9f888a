"""Who tells what a story's headline tells: precision and recall over labelled reports.

    python -m bench claims DAYDIR…

bench/labels/claim-DAY.json names pairs of a headline's report and another one of its story, each
read by two; DAYDIR holds the day's items.jsonl. The first reading counts; how far the second agrees
is told. The floor is what was counted before: every report of the story.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.cluster import items_of
from digest.analyse.outlets import Outlets
from digest.model import Report
from digest.write.claims import tells

LABELS = Path(__file__).with_name("labels")


def main(argv: list[str]) -> dict[str, object]:
    outlets = Outlets.of([])
    said = real = hits = alike = pairs = 0
    for folder in map(Path, argv):
        labels = LABELS / f"claim-{folder.name}.json"
        if not labels.is_file() or not (folder / "items.jsonl").is_file():
            print(f"{folder}: no labelled day; the days are not in the repository")
            continue
        items = {one.id: one for one in items_of(folder)}
        for head, other, first, second in json.loads(labels.read_text("utf-8"))["pairs"]:
            of = items[other]
            report = Report(of, outlets.of_item(of), of.lang, "politics", None)
            found, true = tells(report, items[head].title), first == "y"
            said, real, hits = said + found, real + true, hits + (found and true)
            pairs, alike = pairs + 1, alike + (true == (second == "y"))
    if not pairs:
        return {}
    figures: dict[str, object] = {
        "precision": round(hits / max(1, said), 3),
        "recall": round(hits / max(1, real), 3),
        "floor_precision": round(real / pairs, 3),
        "agreement": round(alike / pairs, 3),
    }
    print(f"{pairs} reports, {real} tell it, {said} are said to")
    return figures
