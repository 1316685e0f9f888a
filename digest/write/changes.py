"""What moved since the thread was last printed."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import Change, EarlierStory, Figure, FigureValue, Story
from digest.write import tokens
from digest.write.cite import part_of
from digest.write.figures import extract
from digest.write.tallies import OTHER_SCALE, as_printed, in_words

SHARED = 2
"""Content words that an earlier title shares with a sentence of today's figure where both count the
same: a running story holds other strikes with other dead."""
FALLEN = 0.5
"""A count that falls below this share of yesterday's was another count."""


def since(
    story: Story, earlier: Sequence[EarlierStory], figures: Sequence[Figure], language: str
) -> tuple[Change, ...]:
    """The story's changes: "new" where no earlier edition carried its thread.

    A figure counts as revised where the earlier edition's own titles, in the edition's `language`,
    printed another value of it.
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
        now = figure.newest
        if now.vague:
            continue
        today = [_sentence(story, value) for value in figure.values]
        old = _earlier_value(last, figure.label, today, language)
        size = now.low if now.low is not None else now.high
        if old is None or size is None or old[1] == size:
            continue
        if old[1] > 0 and not FALLEN <= size / old[1] <= OTHER_SCALE:
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


def _sentence(story: Story, value: FigureValue) -> str:
    """The sentence that prints the value."""
    cited = value.citation
    item = next(r.item for r in story.reports if r.item.id == cited.item)
    return part_of(item, cited.part)[cited.start : cited.end]


def _earlier_value(
    story: EarlierStory, label: str, today: Sequence[str], language: str
) -> tuple[str, float] | None:
    """What the earlier edition's titles printed of what a sentence of today's counts."""
    told = [set(tokens.content(sentence)) for sentence in today]
    for title in (story.headline, *story.titles):
        words = set(tokens.content(title))
        if all(len(words & one) < SHARED for one in told):
            continue
        for found in extract(title, language):
            quantity = found.quantity
            size = quantity.low if quantity.low is not None else quantity.high
            if found.label == label and size is not None and not quantity.vague:
                return as_printed(label, found.printed), size
    return None
