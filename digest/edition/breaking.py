"""Which of the day's events cannot wait for the next edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digest.analyse.breaking import Urgency, urgency
from digest.analyse.day import analyse_day
from digest.analyse.embed import Embedder
from digest.analyse.outlets import Outlets
from digest.compute import thread_pool
from digest.model import Breaking, EarlierStory, Editorial, Feed, Item


def urgencies(
    items: Sequence[Item],
    marks: Breaking,
    *,
    feeds: Sequence[Feed],
    editorial: Editorial,
    embedder: Embedder,
    earlier: Sequence[EarlierStory],
    now: datetime,
) -> list[Urgency]:
    """Every story of `items` beside the marks, in rank order; `earlier`: all that was told."""
    if not items:
        return []
    with thread_pool() as pool:
        analysis = analyse_day(
            items,
            outlets=Outlets.of(feeds),
            embedder=embedder,
            editorial=editorial,
            now=now,
            earlier=earlier,
            pool=pool,
        )
    return [urgency(story, marks, now) for story in analysis.stories]
