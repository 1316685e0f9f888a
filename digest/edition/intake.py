"""What an edition is made of: its window, and the reports that lie in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from digest.analyse.clean import items_from
from digest.analyse.identity import latest_versions
from digest.model import (
    Dropped,
    EarlierStory,
    Edition,
    Editorial,
    Feed,
    FeedHealth,
    FeedState,
    Fetched,
    Item,
    RecentEdition,
    Window,
)

A_MOMENT = timedelta(seconds=1)


class Gatherer(Protocol):
    def __call__(
        self,
        feeds: Sequence[Feed],
        states: Mapping[str, FeedState],
        now: datetime,
        on_done: Callable[[Fetched], None] | None,
    ) -> list[Fetched]:
        """Ask every feed once; a feed's failure is a value in its result."""


class Saved(Protocol):
    @property
    def new_ids(self) -> frozenset[str]:
        """Ids of the items that were not in the archive before."""


class Archive(Protocol):
    """What an edition needs of the store."""

    def feed_states(self) -> Mapping[str, FeedState]: ...
    def save_fetched(
        self, states: Sequence[FeedState], items: Sequence[Item], now: datetime
    ) -> Saved: ...
    def items_between(self, start: datetime, end: datetime) -> list[Item]: ...
    def earlier_stories(self, before: Date, days: int) -> list[EarlierStory]: ...
    def recent_editions(self, before: Date, limit: int) -> list[RecentEdition]: ...
    def records_before(self, before: Date, days: int, most: int) -> list[bytes]: ...
    def items_by_id(self, ids: Iterable[str]) -> Mapping[str, Item]: ...
    def gone_items(self, ids: Iterable[str]) -> frozenset[str]: ...
    def number_for(self, date: Date) -> int: ...
    def save_edition(self, edition: Edition, record: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Intake:
    """The reports that an edition is made of, and what became of the others."""

    reports: tuple[Item, ...]
    outside_window: int = 0
    dropped: tuple[Dropped, ...] = ()
    health: tuple[FeedHealth, ...] = ()
    new: int = 0
    """Reports that the archive did not hold before."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What a round over the feeds brought, saved."""

    fetched: tuple[Fetched, ...]
    incoming: tuple[Item, ...]
    """The reports that the feeds carry now, cleaned."""
    dropped: tuple[Dropped, ...]
    new_ids: frozenset[str]


def window(date: Date, now: datetime, editorial: Editorial) -> Window:
    """The edition's window: it ends now, or with the edition's day where that is over.

    So a morning's edition covers the hours before it, and one made later for a past date covers
    that whole day and the hours before it.
    """
    midnight = datetime.combine(date + timedelta(days=1), time(), ZoneInfo(editorial.zone))
    end = min(now, midnight.astimezone(now.tzinfo))
    # A report dated "now" to the second belongs to the edition being made.
    return Window(end - timedelta(hours=editorial.window_hours), end + A_MOMENT)


def intake_from_feeds(
    span: Window,
    now: datetime,
    *,
    feeds: Sequence[Feed],
    archive: Archive,
    gather: Gatherer,
    on_fetched: Callable[[Fetched], None] | None = None,
) -> Intake:
    """Gather, clean and save; the reports are then all that the archive holds for the window.

    What is first seen now is of today, also for an edition of a time that is over: a report without
    a date then waits for the next daily edition.
    """
    came = gather_and_save(now, feeds=feeds, archive=archive, gather=gather, on_fetched=on_fetched)
    return Intake(
        reports=_of_feeds(archive.items_between(span.start, span.end), feeds),
        outside_window=sum(not span.holds(item) for item in came.incoming),
        dropped=came.dropped,
        health=tuple(_health(came.fetched, came.incoming, came.new_ids)),
        new=len(came.new_ids),
    )


def gather_and_save(
    now: datetime,
    *,
    feeds: Sequence[Feed],
    archive: Archive,
    gather: Gatherer,
    on_fetched: Callable[[Fetched], None] | None = None,
) -> Gathering:
    """Gather, clean and save; entries without a date are dated by `now`."""
    fetched = gather(feeds, archive.feed_states(), now, on_fetched)
    incoming, dropped = _cleaned(fetched, now)
    saved = archive.save_fetched([f.state for f in fetched if f.state], incoming, now)
    return Gathering(tuple(fetched), tuple(incoming), tuple(dropped), saved.new_ids)


def intake_from_items(
    span: Window,
    now: datetime,
    items: Sequence[Item],
    dropped: Sequence[Dropped],
    archive: Archive,
) -> Intake:
    """`items` instead of the network: saved, and the only reports of the edition.

    One without a date is of the moment that the archive first saw it, as a feed's is.
    """
    items, superseded = latest_versions(items)
    known = archive.items_by_id(item.id for item in items if item.date is None)
    items = [
        replace(item, first_seen=min(item.first_seen, known[item.id].first_seen))
        if item.id in known
        else item
        for item in items
    ]
    saved = archive.save_fetched([], items, now)
    inside = tuple(item for item in items if span.holds(item))
    return Intake(
        reports=inside,
        outside_window=len(items) - len(inside),
        dropped=(*dropped, *superseded),
        new=len(saved.new_ids),
    )


def intake_from_archive(span: Window, archive: Archive, feeds: Sequence[Feed] = ()) -> Intake:
    """What was gathered before, from these feeds or, without any, from all: for dates that are
    over."""
    items = archive.items_between(span.start, span.end)
    return Intake(_of_feeds(items, feeds) if feeds else tuple(items))


def _of_feeds(items: Iterable[Item], feeds: Sequence[Feed]) -> tuple[Item, ...]:
    """The reports that came by these feeds, or from one of their outlets by another list's feed
    (a report is kept once, under the feed that brought it last), or by no feed at all."""
    urls, names = {feed.url for feed in feeds}, {feed.name for feed in feeds}
    return tuple(
        item for item in items if not item.feed or item.feed in urls or item.source in names
    )


def _cleaned(fetched: Iterable[Fetched], now: datetime) -> tuple[list[Item], list[Dropped]]:
    items: dict[str, Item] = {}
    dropped: list[Dropped] = []
    for answer in fetched:
        usable, unusable = items_from(answer, now)
        dropped += unusable
        for item in usable:  # one report in two feeds of an outlet is one item: the first wins, …
            if item.id not in items or (item.from_page and not items[item.id].from_page):
                items[item.id] = item  # … unless the other's page was fetched
    return list(items.values()), dropped


def _health(
    fetched: Iterable[Fetched], items: Iterable[Item], new_ids: frozenset[str]
) -> list[FeedHealth]:
    new = Counter(item.feed for item in items if item.id in new_ids)
    return [
        FeedHealth(
            answer.feed.name,
            answer.feed.url,
            answer.outcome,
            len(answer.entries),
            new[answer.feed.url],
            answer.problem,
        )
        for answer in fetched
    ]
