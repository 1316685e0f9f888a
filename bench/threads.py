"""Which events belong to one running story: precision and recall over labelled pairs of events.

    python -m bench threads DAYDIR…

bench/labels/thread-DAY.json names pairs of a day's security events, each by a report of it and read
by two; DAYDIR holds the day's items.jsonl. `joined` are the pairs in one thread; `printed` those of
which one is the other's development, which alone may stand under it. The first reading counts; how
far the second agrees is told.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, time
from pathlib import Path

from bench.cluster import items_of
from digest.analyse.day import analyse_day
from digest.analyse.embed import UsemEmbedder
from digest.analyse.outlets import Outlets
from digest.model import Analysis, Editorial

LABELS = Path(__file__).with_name("labels")


def main(argv: list[str]) -> dict[str, object]:
    embedder = UsemEmbedder()
    told: Counter[str] = Counter()
    for folder in map(Path, argv):
        labels = LABELS / f"thread-{folder.name}.json"
        if not labels.is_file() or not (folder / "items.jsonl").is_file():
            print(f"{folder}: no labelled day; the days are not in the repository")
            continue
        day = analyse_day(
            items_of(folder),
            outlets=Outlets.of(()),
            embedder=embedder,
            editorial=Editorial(),
            now=datetime.combine(datetime.fromisoformat(folder.name), time(23, 59), UTC),
        )
        developed = _developments(day)
        for one, other, first, second in json.loads(labels.read_text("utf-8"))["pairs"]:
            right = first != "n"
            told["pairs"] += 1
            told["alike"] += right == (second != "n")
            told["right"] += right
            for name, found in (
                ("joined", day.thread_of.get(one) == day.thread_of.get(other)),
                ("printed", frozenset((one, other)) in developed),
            ):
                told[name] += found
                told[f"{name} rightly"] += found and right
    if not told:
        return {}
    figures: dict[str, object] = {"agreement": round(told["alike"] / told["pairs"], 3)}
    for name in ("joined", "printed"):
        rightly = told[f"{name} rightly"]
        figures[f"{name}_precision"] = round(rightly / max(1, told[name]), 3)
        figures[f"{name}_recall"] = round(rightly / max(1, told["right"]), 3)
    print(f"{told['pairs']} pairs of events, {told['right']} of one story, "
          f"{told['joined']} in one thread, {told['printed']} told as such")  # fmt: skip
    return figures


def _developments(day: Analysis) -> set[frozenset[str]]:
    """Pairs of reports, one on a story's lead event, one on a development of it."""
    return {
        frozenset((lead.item.id, other.item.id))
        for story in day.stories
        for development in story.developments
        for other in development
        for lead in story.lead_reports
    }
