"""Composition root: Settings → concrete services. The only place that knows who fits which need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime

from digest import __version__
from digest.analyse.embed import Embedder, UsemEmbedder
from digest.compute import process_pool
from digest.edition import (
    Intake,
    Made,
    intake_from_archive,
    intake_from_feeds,
    intake_from_items,
    make_edition,
    window,
)
from digest.model import Dropped, Feed, FeedState, Fetched, FetchLimits, Item
from digest.resources import templates
from digest.settings import Settings
from digest.store import Store, open_store

PROGRAM = f"Daily Security Digest {__version__}"
POOL_FROM_FEEDS = 40
"""Fewer feeds are parsed in this process: starting a pool costs about a second."""


@dataclass(frozen=True, slots=True)
class NetworkGatherer:
    """`edition.Gatherer` over the network."""

    limits: FetchLimits

    def __call__(
        self,
        feeds: Sequence[Feed],
        states: Mapping[str, FeedState],
        now: datetime,
        on_done: Callable[[Fetched], None] | None,
    ) -> list[Fetched]:
        from digest.gather.fetch import gather

        if len(feeds) < POOL_FROM_FEEDS:
            return asyncio.run(gather(feeds, states, limits=self.limits, now=now, on_done=on_done))
        with process_pool() as pool:
            return asyncio.run(
                gather(feeds, states, limits=self.limits, now=now, on_done=on_done, executor=pool)
            )


@dataclass(frozen=True, slots=True)
class Services:
    """What a command needs, made from one Settings."""

    settings: Settings
    store: Store
    embedder: Embedder
    gather: NetworkGatherer

    def from_feeds(
        self, date: Date, now: datetime, on_fetched: Callable[[Fetched], None] | None = None
    ) -> Intake:
        """Gather now, for `date`'s edition."""
        return intake_from_feeds(
            window(date, now, self.settings.editorial),
            now,
            feeds=self.settings.feeds,
            archive=self.store,
            gather=self.gather,
            on_fetched=on_fetched,
        )

    def from_items(
        self, date: Date, now: datetime, items: Sequence[Item], dropped: Sequence[Dropped]
    ) -> Intake:
        """Take `items` instead of the network, for `date`'s edition."""
        span = window(date, now, self.settings.editorial)
        return intake_from_items(span, now, items, dropped, self.store)

    def from_archive(self, date: Date, now: datetime) -> Intake:
        """Take what was gathered before, for `date`'s edition."""
        return intake_from_archive(window(date, now, self.settings.editorial), self.store)

    def make_edition(self, date: Date, now: datetime, intake: Intake) -> Made:
        """`date`'s edition, saved and in its folder."""
        return make_edition(
            date,
            now,
            intake,
            feeds=self.settings.feeds,
            editorial=self.settings.editorial,
            archive=self.store,
            embedder=self.embedder,
            templates=templates(),
            out=self.settings.out,
            program=PROGRAM,
        )


@contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Services over the settings' database, closed at the end."""
    with open_store(str(settings.db)) as store:
        yield Services(settings, store, UsemEmbedder(), NetworkGatherer(settings.fetch))
