"""Same event or not: pairwise F1 of the events that `analyse_day` finds, on labelled files.

    python -m bench cluster FILE…

Each FILE holds items with a `cluster` (null: stands alone; `ambiguous: true`: left out of scoring),
or pairs `{a, b, same_event}`, scored by the share of decisions that agree, or `{event, items}`
rows of one invented event in several languages, scored over the pairs of different languages. One
setting for all: nothing here tells the program which file it reads.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.analyse.clean import item_from_record
from digest.model import Item

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Labelled:
    """A file's items, each with its event (None: not scored), or decisions about pairs."""

    name: str
    items: list[Item]
    events: list[str | None]
    decisions: list[tuple[str, str, bool]]
    """(item id, item id, same event); empty where the events are scored themselves."""


def item(record: dict[str, Any]) -> Item:
    """A record as the program reads it; a date that is no date is none."""
    if record.get("date") == "None":
        record = {**record, "date": None}
    made = item_from_record({k: v for k, v in record.items() if v is not None}, "bench", NOW)
    if not isinstance(made, Item):
        raise SystemExit(f"{record.get('id')}: {made.why}")
    return made


def items_of(day: Path) -> list[Item]:
    """The reports of a real day's folder, in the order of its items.jsonl."""
    lines = (day / "items.jsonl").read_text("utf-8").splitlines()
    return [item(json.loads(line)) for line in lines if line.strip()]


def reports_of(files: Iterable[Path]) -> list[Item]:
    """The reports of all files of items, each id once."""
    lines = [line for path in files for line in path.read_text("utf-8").splitlines() if line]
    records = {record["id"]: record for line in lines if "title" in (record := json.loads(line))}
    return [item(record) for record in records.values()]


def labelled(path: Path) -> Labelled:
    """Read one labelled file, whichever of the three forms it has."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    if "same_event" in records[0]:
        return _decided(path.stem, records)
    if "event" in records[0]:
        return _in_languages(path.stem, records)
    items, events = [], []
    for record in records:
        items.append(item(record))
        alone = f"single-{record['id']}"
        events.append(None if record.get("ambiguous") else record.get("cluster") or alone)
    return Labelled(path.stem, items, events, [])


def _decided(name: str, records: list[dict[str, Any]]) -> Labelled:
    by_text: dict[tuple[str, str], Item] = {}
    decisions = []
    for record in records:
        pair = []
        for side in ("a", "b"):
            key = (record[side]["title"], record[side]["text"])
            made = by_text.get(key) or item({**record[side], "id": f"{record['id']}-{side}"})
            by_text[key] = made
            pair.append(made.id)
        decisions.append((pair[0], pair[1], bool(record["same_event"])))
    items = list(by_text.values())
    return Labelled(name, items, [None] * len(items), decisions)


def _in_languages(name: str, records: list[dict[str, Any]]) -> Labelled:
    items, events = [], []
    for record in records:
        for at, entry in enumerate(record["items"]):
            items.append(item({**entry, "id": f"{record['event']}-{at}"}))
            events.append(record["event"])
    decisions = [
        (a.id, b.id, event == other)
        for i, (a, event) in enumerate(zip(items, events, strict=True))
        for b, other in zip(items[i + 1 :], events[i + 1 :], strict=True)
        if a.lang != b.lang
    ]
    return Labelled(name, items, [None] * len(items), decisions)


def pairwise(gold: list[str | None], found: list[str]) -> dict[str, float]:
    """Precision, recall and F1 over the pairs that stand in one event."""
    kept = [(a, b) for a, b in zip(gold, found, strict=True) if a is not None]

    def pairs(counts: Counter[Any]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    both = pairs(Counter(kept))
    precision = both / (pairs(Counter(b for _, b in kept)) or 1)
    recall = both / (pairs(Counter(a for a, _ in kept)) or 1)
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def score(data: Labelled) -> dict[str, float]:
    """Figures of one file; `value` is the one that the floors hold."""
    from digest.analyse.day import analyse_day
    from digest.analyse.embed import UsemEmbedder
    from digest.analyse.outlets import Outlets
    from digest.model import Editorial

    analysed = analyse_day(
        data.items,
        outlets=Outlets.of([]),
        embedder=UsemEmbedder(),
        editorial=Editorial(),
        now=NOW,
    )
    story = analysed.story_of
    if not data.decisions:
        figures = pairwise(data.events, [story[item.id] for item in data.items])
        return {**figures, "value": figures["f1"]}
    verdicts = [(story[a] == story[b], same) for a, b, same in data.decisions]
    agree = sum(found == same for found, same in verdicts) / len(verdicts)
    hits = sum(found and same for found, same in verdicts)
    said = sum(found for found, _ in verdicts)
    real = sum(same for _, same in verdicts)
    f1 = 2 * hits / (said + real) if said + real else 0.0
    value = agree if len(verdicts) < 1000 else f1  # all pairs of a file are mostly "no"
    return {"agree": round(agree, 4), "f1": round(f1, 4), "value": round(value, 4)}


def main(argv: list[str]) -> dict[str, object]:
    """Score each file; the figures are keyed by the file's name, `macro` their mean."""
    figures: dict[str, object] = {}
    values = []
    for name in argv:
        path = Path(name)
        if not path.is_file():
            print(f"{name}: no such file; the labelled sets are not part of the repository")
            continue
        data = labelled(path)
        result = score(data)
        print(f"{data.name:28} {len(data.items):5} items  {result}")
        figures[data.name] = result["value"]
        values.append(result["value"])
    if values:
        figures["macro"] = round(sum(values) / len(values), 4)
    return figures
