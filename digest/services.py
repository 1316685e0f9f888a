"""Composition root: Settings → concrete services. The only place that knows who fits which need."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from functools import partial

from digest import __version__
from digest.alerts import Alert, alerts_since, place_of_next
from digest.analyse.breaking import Urgency
from digest.analyse.embed import CachedEmbedder, Embedder, SpreadEmbedder
from digest.compute import executor
from digest.edition import (
    A_MOMENT,
    Archive,
    Draft,
    Gatherer,
    Gathering,
    Intake,
    Made,
    PhotoFetcher,
    Press,
    Writer,
    archived,
    draft_edition,
    gather_and_save,
    intake_from_archive,
    intake_from_feeds,
    intake_from_items,
    items_cited_before,
    publish,
    urgencies,
    window,
)
from digest.errors import StoreError
from digest.folder import HELD
from digest.gather.pace import PATIENCE, WEEK, Habit, rests_until
from digest.lease import Lease, lease_name, new_holder, renewed
from digest.model import (
    Breaking,
    Dropped,
    EarlierStory,
    Feed,
    FeedState,
    Fetched,
    FetchLimits,
    Item,
    Window,
    Workplace,
)
from digest.settings import Settings, WriterSettings
from digest.store import Store, open_store
from digest.timetable import A_DAY, EARLIER_DAYS, build_key

PROGRAM = f"Daily Security Digest {__version__}"
WAIT_FOR_OTHERS = timedelta(minutes=30)
"""How long a manual build waits for another process that makes the same edition."""
JUST_NOW = timedelta(minutes=15)
"""A feed that was read so lately is not asked again for an edition."""
LOOK_AGAIN = 0.2
"""Seconds between two looks at a lease that another process holds."""
POOL_FROM_FEEDS = 40
"""Fewer feeds are parsed in this process: starting a pool costs about a second."""


@dataclass(frozen=True, slots=True)
class NetworkGatherer:
    """`edition.Gatherer` over the network."""

    limits: FetchLimits
    place: Workplace = field(default_factory=Workplace)
    """Where documents are parsed, …"""
    spread_from: int = POOL_FROM_FEEDS
    """… if there are so many feeds."""

    def __call__(
        self,
        feeds: Sequence[Feed],
        states: Mapping[str, FeedState],
        now: datetime,
        on_done: Callable[[Fetched], None] | None,
    ) -> list[Fetched]:
        from digest.gather.fetch import gather

        spread = len(feeds) >= self.spread_from
        with executor(self.place) if spread else nullcontext() as workers:
            return asyncio.run(
                gather(
                    feeds, states, limits=self.limits, now=now, on_done=on_done, executor=workers
                )
            )


@dataclass(frozen=True, slots=True)
class PacedGatherer:
    """`edition.Gatherer` that leaves feeds alone where asking is not worth it; see gather.pace."""

    network: Gatherer
    habits: Mapping[str, Habit]
    shortest: timedelta
    for_edition: bool
    """For an edition all are asked but those that have been dead for long."""

    def __call__(
        self,
        feeds: Sequence[Feed],
        states: Mapping[str, FeedState],
        now: datetime,
        on_done: Callable[[Fetched], None] | None,
    ) -> list[Fetched]:
        resting = {feed.url: self._rest(feed, states, now) for feed in feeds}
        due = [feed for feed in feeds if not resting[feed.url]]
        asked = {answer.feed.url: answer for answer in self.network(due, states, now, on_done)}
        return [
            asked.get(feed.url) or Fetched(feed, "skipped", problem=resting[feed.url])
            for feed in feeds
        ]

    def _rest(self, feed: Feed, states: Mapping[str, FeedState], now: datetime) -> str:
        """Why the feed is left alone; "" when it is asked."""
        state = states.get(feed.url)
        if state is None or state.retired:
            return ""  # the gatherer itself tells of retired ones
        habit = self.habits.get(feed.url, Habit())
        until = rests_until(state, habit, now, self.shortest, for_edition=self.for_edition)
        read = habit.asked if not state.failures else None
        if self.for_edition and read is not None and timedelta(0) <= now - read < JUST_NOW:
            return f"was read at {read:%H:%M} UTC"
        if until is None:
            return ""
        why = f"failed {state.failures} times in a row; " if state.failures > PATIENCE else ""
        return f"{why}to be asked again at {until:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Services:
    """What a command needs, made from one Settings."""

    settings: Settings
    store: Store
    embedder: Embedder
    gather: Gatherer
    unkept: Archive | None = None
    """Stands before the store where nothing is to be saved."""

    @property
    def archive(self) -> Archive:
        return self.unkept or self.store

    def window(self, date: Date, now: datetime) -> Window:
        """The window of `date`'s edition."""
        return window(date, now, self.settings.editorial)

    def from_feeds(
        self, span: Window, now: datetime, on_fetched: Callable[[Fetched], None] | None = None
    ) -> Intake:
        """Gather now, for an edition of `span`."""
        return intake_from_feeds(
            span,
            now,
            feeds=self.settings.feeds,
            archive=self.archive,
            gather=self.gather,
            on_fetched=on_fetched,
        )

    def from_items(
        self, span: Window, now: datetime, items: Sequence[Item], dropped: Sequence[Dropped]
    ) -> Intake:
        """Take `items` instead of the network, for an edition of `span`."""
        return intake_from_items(span, now, items, dropped, self.archive)

    def from_archive(self, date: Date, now: datetime) -> Intake:
        """Take what was gathered before, for `date`'s edition."""
        return intake_from_archive(self.window(date, now), self.store, self.settings.feeds)

    def gather_now(self, now: datetime) -> Gathering:
        """Ask the feeds that are worth asking now, and save what they brought."""
        paced = self._paced(now, for_edition=False)
        return gather_and_save(now, feeds=self.settings.feeds, archive=self.store, gather=paced)

    def from_feeds_paced(self, date: Date, now: datetime) -> Intake:
        """As `from_feeds`, but feeds that have been dead for long are left alone."""
        paced = replace(self, gather=self._paced(now, for_edition=True))
        return paced.from_feeds(self.window(date, now), now)

    def _paced(self, now: datetime, *, for_edition: bool) -> PacedGatherer:
        asked, weekly = self.store.feeds_asked(), self.store.items_per_feed(now - WEEK)
        return PacedGatherer(
            self.gather,
            {
                feed.url: Habit(asked.get(feed.url), weekly.get(feed.url, 0))
                for feed in self.settings.feeds
            },
            self.settings.timetable.gather_every,
            for_edition,
        )

    # --- breaking news

    def urgencies(self, now: datetime, marks: Breaking) -> list[Urgency]:
        """Every story of the last hours beside the marks of breaking news, in rank order."""
        return self._urgencies(now, marks, self._until(now), self._told(now, self._alerts(now)))

    def _urgencies(
        self, now: datetime, marks: Breaking, intake: Intake, told: Sequence[EarlierStory]
    ) -> list[Urgency]:
        return urgencies(
            intake.reports,
            marks,
            feeds=self.settings.feeds,
            editorial=self.settings.editorial,
            embedder=self.embedder,
            earlier=[*told, *self.store.earlier_stories(self.today(now), EARLIER_DAYS)],
            now=self._span(now).end,
        )

    def tell_at_once(self, now: datetime, lease: Lease | None = None) -> Made | None:
        """The letter on what cannot wait, in its folder; None where all can, or enough was told.
        With a lease, only while it is ours."""
        marks, today = self.settings.editorial.breaking, self.today(now)
        if marks is None:
            return None
        alerts = self._alerts(now)
        if sum(alert.date == today for alert in alerts) >= marks.per_day:
            return None
        intake, told = self._until(now), self._told(now, alerts)
        found = self._urgencies(now, marks, intake, told)
        first = next((one.story for one in found if not one.waits), None)
        if first is None:
            return None
        # No page of the archive tells the story yet.
        editorial = replace(self.settings.editorial, site_url="", comments=False)
        press = replace(self._press(now), editorial=editorial, photos=None)
        draft = draft_edition(
            today, now, intake, press, span=self._span(now), breaking=first.thread, told=told
        )
        self.still_ours(lease)
        return publish(draft, place_of_next(self.settings.out, today))

    def today(self, now: datetime) -> Date:
        """The date in the edition's zone."""
        return self.settings.timetable.date_at(now)

    def _span(self, now: datetime) -> Window:
        hours = timedelta(hours=self.settings.editorial.window_hours)
        return Window(now - hours, now + A_MOMENT)

    def _until(self, now: datetime) -> Intake:
        """What came in during the last hours."""
        return intake_from_archive(self._span(now), self.store, self.settings.feeds)

    def _alerts(self, now: datetime) -> list[Alert]:
        """What was told at once since yesterday, newest first."""
        return alerts_since(self.settings.out, self.today(now) - A_DAY)

    def _told(self, now: datetime, alerts: Sequence[Alert]) -> tuple[EarlierStory, ...]:
        """What they and today's edition told, newest first."""
        today = self.today(now)
        edition = [s for s in self.store.earlier_stories(today + A_DAY, 1) if s.date == today]
        stories = (*(alert.told for alert in alerts), *edition)
        return tuple(sorted(stories, key=lambda story: story.date, reverse=True))

    @contextmanager
    def alone_with(self, date: Date) -> Iterator[tuple[Lease, bool]]:
        """Hold the lease on `date`'s edition: the lease, and whether another process made the
        edition while this one waited for it.

        Raises StoreError when the other one is not done within half an hour.
        """
        lease = Lease(
            self.store, lease_name(build_key(date), self.settings.editorial.list), new_holder()
        )
        before = self.store.edition(date)
        waited, give_up = False, time.monotonic() + WAIT_FOR_OTHERS.total_seconds()
        while not lease.take():
            if time.monotonic() > give_up:
                raise StoreError(
                    f"another process has been making the edition of {date} for too long; see "
                    "`digest status`",
                    url=self.store.url,
                )
            waited = True
            time.sleep(LOOK_AGAIN)
        with renewed(lease):
            after = self.store.edition(date) if waited else before
            yield lease, after is not None and after != before

    def still_ours(self, lease: Lease | None) -> None:
        """Renew the lease, where there is one: last of all before anything is published. Raises
        StoreError where another process has taken it meanwhile."""
        if lease is not None and not lease.renew():
            raise StoreError(
                f"another process has taken {lease.name} over; what this one made is not saved",
                url=self.store.url,
            )

    def draft_edition(
        self, date: Date, now: datetime, intake: Intake, span: Window | None = None
    ) -> Draft:
        """`date`'s edition, composed and not saved; a special one where it has its own `span`."""
        return draft_edition(date, now, intake, self._press(now), span=span)

    def make_edition(
        self, date: Date, now: datetime, intake: Intake, lease: Lease | None = None
    ) -> Made:
        """`date`'s edition, saved and in its folder; with a lease, only while it is ours."""
        draft = self.draft_edition(date, now, intake)
        self.still_ours(lease)
        return archived(draft, self.archive, self.settings.out)

    def hold_edition(self, date: Date, now: datetime, intake: Intake, lease: Lease) -> Made:
        """`date`'s edition, laid aside for an editor; see `digest.held`."""
        draft = self.draft_edition(date, now, intake)
        self.still_ours(lease)
        return publish(draft, self.settings.out / HELD)

    def _press(self, now: datetime) -> Press:
        chosen = self.settings.writer
        return Press(
            feeds=self.settings.feeds,
            editorial=self.settings.editorial,
            archive=self.archive,
            embedder=self.embedder,
            program=PROGRAM,
            writer=writer_of(chosen) if chosen else None,
            photos=self._photos(now),
        )

    def _photos(self, now: datetime) -> PhotoFetcher:
        from digest.gather.photo import fetch_photo

        def fetch(item: Item, feed: Feed) -> bytes:
            return asyncio.run(
                fetch_photo(
                    item.image,
                    limits=self.settings.fetch,
                    now=now,
                    private_place=feed.private_place,
                )
            )

        return fetch

    def recheck(self, date: Date, now: datetime) -> dict[str, bool]:
        """Ask again for the pages that the last editions before `date` cite, and mark those that
        are gone: item id → whether it is."""
        from digest.gather.recheck import CitedPage, recheck

        private = {feed.url: feed.private_place for feed in self.settings.feeds}
        cited = self.store.items_by_id(items_cited_before(date, self.store))
        pages = {
            item.id: CitedPage(item.url, private.get(item.feed, ""))
            for item in cited.values()
            if item.url
        }
        found = asyncio.run(recheck(pages, limits=self.settings.fetch, now=now))
        self.store.mark_gone(found, now)
        return found


def writer_of(chosen: WriterSettings) -> Writer:
    """The optional writer, made anew for each edition: its time and tokens count from its first
    question."""
    from digest.write.llm import Chat

    return Chat(
        chosen.address,
        chosen.model,
        str(chosen.key),
        chosen.seconds,
        chosen.tokens,
        time.monotonic,
    )


def embedder_for(settings: Settings) -> closing[SpreadEmbedder]:
    """The sentence encoder, large batches where the settings have heavy work done; a context."""
    return closing(SpreadEmbedder(partial(executor, settings.compute)))


@contextmanager
def open_services(settings: Settings, *, keep_vectors: bool = True) -> Iterator[Services]:
    """Services over the settings' database, closed at the end.

    Vectors that it has of an earlier look at the day are not made again.
    """
    with open_store(str(settings.db), settings.editorial.list) as store:
        network = NetworkGatherer(settings.fetch, settings.compute)
        with embedder_for(settings) as maker:
            kept = CachedEmbedder(maker, store, datetime.now(UTC)) if keep_vectors else maker
            yield Services(settings, store, kept, network)
