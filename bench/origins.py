"""Independent origins: precision and recall of "these two reports repeat one newsroom's work".

    python -m bench origins DAYDIR… | FILE…

A DAYDIR holds a day's items.jsonl; bench/labels/origins.json names pairs of its items and says
whether they share an origin (rule, labellers and their agreement stand there). A FILE holds rows
`{a, b, same_origin}` of two whole items. Outlets and owners are those of the program's feeds.yaml.
Pairs of one outlet are easy and many; the figures of pairs of two outlets stand beside the whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import item
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


def main(argv: list[str]) -> dict[str, object]:
    """Precision and recall over all pairs of all files."""
    from digest.analyse.origins import origins_of
    from digest.analyse.outlets import Outlets
    from digest.model import Report
    from digest.resources import resource
    from digest.settings import load_settings

    outlets = Outlets.of(load_settings(resource("feeds.yaml"), {}).feeds)
    every, cross = Tally(), Tally()
    for one, other, real in _pairs(argv):
        reports = [
            Report(i, outlets.of_item(i), i.lang, "conflict", "conflict") for i in (one, other)
        ]
        said = len(origins_of(reports)) == 1
        every.add(said, real)
        if reports[0].outlet.name != reports[1].outlet.name:
            cross.add(said, real)
    if not every.pairs:
        return {}
    return {
        "pairs": every.pairs,
        "precision": every.precision,
        "recall": every.recall,
        "pairs of two outlets": cross.pairs,
        "precision of two outlets": cross.precision,
        "recall of two outlets": cross.recall,
    }


def _pairs(names: list[str]) -> Iterator[tuple[Item, Item, bool]]:
    for name in names:
        path = Path(name)
        if path.is_dir() and (path / "items.jsonl").is_file():
            yield from _of_day(path)
        elif path.is_file():
            for line in path.read_text("utf-8").splitlines():
                row = json.loads(line)
                one, other = (item({**row[side], "id": side}) for side in ("a", "b"))
                yield one, other, bool(row["same_origin"])
        else:
            print(f"{name}: no such file; pairs of real reports are not part of the repository")


def _of_day(folder: Path) -> Iterator[tuple[Item, Item, bool]]:
    lines = (folder / "items.jsonl").read_text("utf-8").splitlines()
    records = {record["id"]: record for record in map(json.loads, lines)}
    for a, b, same in json.loads(LABELS.read_text("utf-8"))["pairs"]:
        if a in records and b in records:
            yield item(records[a]), item(records[b]), bool(same)
