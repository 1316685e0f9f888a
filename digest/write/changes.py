"""What moved since the thread was last printed."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import Change, EarlierStory, Figure, Story
from digest.write.figures import extract
from digest.write.tallies import OTHER_SCALE, in_words


def since(
    story: Story, earlier: Sequence[EarlierStory], figures: Sequence[Figure]
) -> tuple[Change, ...]:
    """The story's changes: "new" where no earlier edition carried its thread.

    A figure counts as revised where the earlier edition's own titles printed another value of it.
    """
    before = sorted(
        (e for e in earlier if e.thread == story.thread), key=lambda e: e.date, reverse=True
    )
    if not before:
        return (Change("new", "new"),)
    last = before[0]
    days = len({e.date for e in before}) + 1
    known = {i for e in before for i in e.items}
    fresh = [r for r in story.reports if r.item.id not in known]
    if not fresh:
        return (Change("silent", f"no new reporting, day {days}", last.date),)
    found = [Change("update", f"update, day {days}", last.date)]
    for figure in figures:
        old = _earlier_value(last, figure.label)
        now = figure.values[-1]
        size = now.low if now.low is not None else now.high
        if old is None or size is None or old[1] == size:
            continue
        if old[1] > 0 and not 1 / OTHER_SCALE <= size / old[1] <= OTHER_SCALE:
            continue
        found.append(
            Change(
                "revised",
                f"{figure.label}: {old[0]} → {in_words(figure)}",
                last.date,
                (now.citation,),
            )
        )
    return tuple(found)


def _earlier_value(story: EarlierStory, label: str) -> tuple[str, float] | None:
    for title in (story.headline, *story.titles):
        for found in extract(title):
            size = found.quantity.low if found.quantity.low is not None else found.quantity.high
            if found.label == label and size is not None:
                return found.printed, size
    return None
