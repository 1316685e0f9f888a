"""Category and security filter.

    python -m bench sections FILE…

A FILE of dated events (`event`, `category`, `date`) gives accuracy and macro F1 of `category` on
its last 2,000 events, which training never saw. A day's items.jsonl whose ids are labelled in
bench/labels/security-*.json gives precision, recall and F1 of the security filter, and with
bench/labels/section-*.json, of the reports that it lets in, the share with the right section.
2025-09-10 is the day that no training saw.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from bench.cluster import item
from digest.model import Item, Section

LAST = 2000
LABELS = Path(__file__).with_name("labels")


def main(argv: list[str]) -> dict[str, object]:
    """The figures of each file; keys are `accuracy` and `macro_f1`, `security_f1` per day."""
    figures: dict[str, object] = {}
    for name in argv:
        path = Path(name)
        if not path.is_file():
            print(f"{name}: no such file; the labelled sets are not part of the repository")
            continue
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        found = _categories(records) if "category" in records[0] else _security(records)
        print(f"{path}: {found}")
        figures.update(found)
    return figures


def _labelled(items: list[Item]) -> list[Any]:
    from digest.analyse.embed import UsemEmbedder
    from digest.analyse.facets import shown
    from digest.analyse.sections import label, read

    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(one) for one in items])()
    titles = embedder.begin([one.title for one in items])()
    return label(items, read(items), vectors, titles)


def _categories(records: list[dict[str, Any]]) -> dict[str, object]:
    records = sorted(records, key=lambda record: str(record["date"]))[-LAST:]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    items = [Item(str(i), "", "", str(r["event"]), "", None, now) for i, r in enumerate(records)]
    found = [labels.category for labels in _labelled(items)]
    truth = [record["category"] for record in records]
    right: dict[str, int] = defaultdict(int)
    said: dict[str, int] = defaultdict(int)
    real: dict[str, int] = defaultdict(int)
    for a, b in zip(truth, found, strict=True):
        real[a] += 1
        said[b] += 1
        right[a] += a == b
    f1 = [2 * right[c] / (real[c] + said[c]) for c in real]
    return {
        "accuracy": round(sum(right.values()) / len(truth), 4),
        "macro_f1": round(sum(f1) / len(f1), 4),
    }


def _security(records: list[dict[str, Any]]) -> dict[str, object]:
    labels = {}
    for path in sorted(LABELS.glob("security-*.json")):
        stored = json.loads(path.read_text("utf-8"))
        labels.update(dict.fromkeys(stored["security"], True) | dict.fromkeys(stored["unsure"]))
    items = [item(record) for record in records if labels.get(record["id"], False) is not None]
    told = _labelled(items)
    found = [labelled.section is not None for labelled in told]
    truth = [bool(labels.get(one.id)) for one in items]
    hits = sum(a and b for a, b in zip(truth, found, strict=True))
    day = records[0]["id"].rsplit("-", 1)[0]
    sections = LABELS / f"section-{day}.json"
    right = []
    if sections.exists():
        stored = json.loads(sections.read_text("utf-8"))
        right_of = {one: name for name in get_args(Section) for one in stored[name]}
        right = [
            labelled.section == right_of[one.id]
            for one, labelled in zip(items, told, strict=True)
            if labelled.section and one.id in right_of
        ]
    return {
        f"section_{day}": round(sum(right) / max(1, len(right)), 4),
        f"security_precision_{day}": round(hits / max(1, sum(found)), 4),
        f"security_recall_{day}": round(hits / max(1, sum(truth)), 4),
        f"security_f1_{day}": round(2 * hits / max(1, sum(found) + sum(truth)), 4),
    }
