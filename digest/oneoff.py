"""Editions made by hand: of a span and of sections of one's own, or only to be looked at.

They stand outside the series: no number, no place in the archive. What is gathered for them is
kept all the same, but for a look (`Unkept`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as Date
from datetime import datetime, timedelta

from digest.edition import A_MOMENT, Archive
from digest.errors import UsageError
from digest.model import (
    EarlierStory,
    Edition,
    Editorial,
    FeedState,
    Item,
    RecentEdition,
    Window,
)

FOLDER = "one-off"
"""Beside the dated folders, so that none of those is replaced."""


def chosen_window(
    since: datetime | None, until: datetime | None, now: datetime, editorial: Editorial
) -> Window:
    """From `since` to `until`, or to now; the usual length where `since` is None.

    Raises UsageError for a window that is empty or has not begun.
    """
    end = min(until or now, now)
    start = since or end - timedelta(hours=editorial.window_hours)
    if start >= end:
        raise UsageError(
            f"no time lies between {start:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M} UTC; give an "
            "earlier --since or a later --until"
        )
    return Window(start, end + (A_MOMENT if end == now else timedelta(0)))


def only_sections(editorial: Editorial, wanted: Sequence[str]) -> Editorial:
    """`editorial` with the wanted sections alone, in print order; UsageError for an unknown one."""
    ids = {section.id for section in editorial.sections}
    for name in wanted:
        if name not in ids:
            known = ", ".join(section.id for section in editorial.sections)
            raise UsageError(f"--section {name!r} is none of this edition's; it has {known}")
    kept = tuple(section for section in editorial.sections if section.id in wanted)
    return replace(editorial, sections=kept)


@dataclass(frozen=True, slots=True)
class Saved:
    """`edition.Saved`"""

    new_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unkept:
    """An `edition.Archive` over another: it reads that one, and writes into itself alone."""

    archive: Archive
    items: dict[str, Item] = field(default_factory=dict)

    def feed_states(self) -> Mapping[str, FeedState]:
        return self.archive.feed_states()

    def save_fetched(
        self, states: Sequence[FeedState], items: Sequence[Item], now: datetime
    ) -> Saved:
        held = self.archive.items_by_id(item.id for item in items)
        for item in items:
            if kept := held.get(item.id):
                item = replace(item, first_seen=kept.first_seen).over(kept)
            self.items[item.id] = item
        return Saved(frozenset(item.id for item in items) - held.keys())

    def items_between(self, start: datetime, end: datetime) -> list[Item]:
        held = {item.id: item for item in self.archive.items_between(start, end)}
        span = Window(start, end)
        found = {**held, **{id: item for id, item in self.items.items() if span.holds(item)}}
        return sorted(found.values(), key=lambda item: (item.when, item.id))

    def earlier_stories(self, before: Date, days: int) -> list[EarlierStory]:
        return self.archive.earlier_stories(before, days)

    def recent_editions(self, before: Date, limit: int) -> list[RecentEdition]:
        return self.archive.recent_editions(before, limit)

    def records_before(self, before: Date, days: int, most: int) -> list[bytes]:
        return self.archive.records_before(before, days, most)

    def items_by_id(self, ids: Iterable[str]) -> Mapping[str, Item]:
        wanted = set(ids)
        fresh = {id: item for id, item in self.items.items() if id in wanted}
        return {**self.archive.items_by_id(wanted), **fresh}

    def gone_items(self, ids: Iterable[str]) -> frozenset[str]:
        return self.archive.gone_items(ids)

    def number_for(self, date: Date) -> int:
        return self.archive.number_for(date)

    def save_edition(self, edition: Edition, record: bytes) -> None:
        """Nothing: a look leaves no trace."""
