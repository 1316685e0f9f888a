"""Independent origins: precision and recall of "these two reports repeat one newsroom's work".

    python -m bench origins DAYDIR… | FILE…

A DAYDIR holds a day's items.jsonl; bench/labels/origins.json names pairs of its items and says
whether they share an origin, by two independent readings (rule and labellers stand there). The
first one counts; how far the second agrees is told (Cohen's kappa, 1960). Fresh pairs, which set no
threshold, have figures of their own. A FILE holds rows `{a, b, same_origin}` of two whole items.
Outlets and owners are those of the program's feeds.yaml. Pairs of one outlet are easy and many; the
figures of pairs of two outlets stand beside the whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import item, items_of
from digest.model import Item

LABELS = Path(__file__).with_name("labels") / "origins.json"


@dataclass
class Tally:
    """Counts over pairs: how many, said to share an origin, really sharing one, both."""

    pairs: int = 0
    said: int = 0
    real: int = 0
    hits: int = 0

    def add(self, said: bool, real: bool) -> None:
        self.pairs += 1
        self.said += said
        self.real += real
        self.hits += said and real

    @property
    def precision(self) -> float:
        return round(self.hits / max(1, self.said), 4)

    @property
    def recall(self) -> float:
        return round(self.hits / max(1, self.real), 4)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Agreement of two readings beyond chance: 1 for perfect, 0 for what chance gives."""
    share = [sum(reading) / len(pairs) for reading in zip(*pairs, strict=True)]
    chance = share[0] * share[1] + (1 - share[0]) * (1 - share[1])
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    return round((agreed - chance) / (1 - chance), 3) if chance < 1 else 1.0


def main(argv: list[str]) -> dict[str, object]:
    """Precision and recall over all pairs of all files, and the agreement of the readings."""
    labels = json.loads(LABELS.read_text("utf-8"))
    items = _items(argv)
    here = [row for row in labels["pairs"] if row[0] in items and row[1] in items]
    pairs = [(items[a], items[b], bool(first)) for a, b, first, _ in here]
    fresh = [
        (items[a], items[b], bool(same))
        for a, b, same in labels["fresh_pairs"]
        if a in items and b in items
    ]
    figures = _figures([*pairs, *_rows(argv)], "")
    if here:
        readings = [(bool(first), bool(second)) for _, _, first, second in here]
        figures["agreement"] = round(sum(a == b for a, b in readings) / len(readings), 3)
        figures["kappa"] = kappa(readings)
    return figures | _figures(fresh, "fresh ")


def _figures(pairs: Sequence[tuple[Item, Item, bool]], of: str) -> dict[str, object]:
    from digest.analyse.origins import origins_of
    from digest.analyse.outlets import Outlets
    from digest.model import Report
    from digest.resources import resource
    from digest.settings import load_settings

    if not pairs:
        return {}
    outlets = Outlets.of(load_settings(resource("feeds.yaml"), {}).feeds)
    every, cross = Tally(), Tally()
    for one, other, real in pairs:
        reports = [
            Report(i, outlets.of_item(i), i.lang, "conflict", "conflict") for i in (one, other)
        ]
        said = len(origins_of(reports)) == 1
        every.add(said, real)
        if reports[0].outlet.name != reports[1].outlet.name:
            cross.add(said, real)
    return {
        f"{of}pairs": every.pairs,
        f"{of}precision": every.precision,
        f"{of}recall": every.recall,
        f"{of}pairs of two outlets": cross.pairs,
        f"{of}precision of two outlets": cross.precision,
        f"{of}recall of two outlets": cross.recall,
    }


def _items(names: list[str]) -> dict[str, Item]:
    """The reports of the days among `names`, by id."""
    found: dict[str, Item] = {}
    for name in names:
        if (Path(name) / "items.jsonl").is_file():
            found |= {one.id: one for one in items_of(Path(name))}
        elif not Path(name).is_file():
            print(f"{name}: no such file; pairs of real reports are not part of the repository")
    return found


def _rows(names: list[str]) -> list[tuple[Item, Item, bool]]:
    """The pairs of the files among `names`."""
    found = []
    for path in filter(Path.is_file, map(Path, names)):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            one, other = (item({**row[side], "id": side}) for side in ("a", "b"))
            found.append((one, other, bool(row["same_origin"])))
    return found
