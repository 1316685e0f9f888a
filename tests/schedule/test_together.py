"""Two services on one database and a manual build beside them: one edition, whoever is faster."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import Any, cast

import pytest
from databases import migrated
from test_with_the_store import an_edition

from digest.schedule import Clockwork, Result, Turn
from digest.services import Services
from digest.settings import Settings, load_settings
from digest.store import Store, open_store
from digest.timetable import Done, FinishedTask
from digest.work import HouseWork

FEEDS = """\
edition: {hour: 0}
feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]
"""
PATIENCE = 30.0
"""Seconds after which a test has hung."""


class Watched:
    """A store that says when its lease on a build was asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        taken = self.store.take_lease(name, holder, ttl, now)
        if "build" in name:
            self.asked.set()
        return taken


class Tally:
    """Who made what, over all processes; and that nobody made anything at the same time."""

    def __init__(self) -> None:
        self.made: Counter[Date] = Counter()
        self.by: Counter[str] = Counter()
        self._alone = threading.Lock()

    def make(self, store: Store, date: Date, now: datetime, by: str) -> None:
        assert self._alone.acquire(blocking=False), "two processes make one edition"
        try:
            store.save_edition(an_edition(date, store.number_for(date), now), b"{}")
            self.made[date] += 1
            self.by[by] += 1
        finally:
            self._alone.release()


class OneOfTwo:
    """The work of one service; its build waits until all three have tried for the lease."""

    def __init__(
        self, settings: Settings, watched: Watched, tally: Tally, all_asked: _AllAsked
    ) -> None:
        self._house = HouseWork(settings, watched.store)
        self._watched = watched
        self._tally = tally
        self._all_asked = all_asked

    def done(self, now: datetime) -> Done:
        return self._house.done(now)

    def record(self, finished: FinishedTask) -> None:
        self._house.record(finished)

    def do(self, turn: Turn) -> Result:
        if turn.task.kind == "build":
            self._all_asked.wait(PATIENCE)
            self._tally.make(self._watched.store, turn.task.date, turn.now, "run")
        return Result()


@contextmanager
def _stores(settings: Settings) -> Iterator[list[Watched]]:
    with (
        open_store(str(settings.db)) as one,
        open_store(str(settings.db)) as two,
        open_store(str(settings.db)) as three,
    ):
        yield [Watched(one), Watched(two), Watched(three)]


@pytest.mark.parametrize("tries", [9, pytest.param(50, marks=pytest.mark.system)])
def test_one_edition_in_many_tries(
    tries: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(FEEDS, "utf-8")
    monkeypatch.setattr(logging.getLogger("apscheduler"), "disabled", True)
    by: Counter[str] = Counter()
    for number in range(tries):
        database = tmp_path / f"{number}.sqlite3"
        database.write_bytes(migrated())
        settings = load_settings(file, {"DIGEST_DB": f"sqlite:///{database}"})
        with _stores(settings) as stores:
            tally = Tally()
            _one_try(settings, stores, tally, first=(None, "run", "build")[number % 3])
            assert sum(tally.made.values()) == 1
            assert stores[0].store.status(check=False).editions == 1
            by += tally.by
    assert set(by) == {"run", "build"}


def _one_try(settings: Settings, stores: list[Watched], tally: Tally, first: str | None) -> None:
    """All three at once; `first` has the lease before the others begin, or they race for it."""
    now = datetime.now(UTC)
    date = now.date()
    start = threading.Barrier(3)
    # Whoever holds the lease goes on when the two others have asked for it in vain.
    held = _AllAsked(stores)
    works = [OneOfTwo(settings, watched, tally, held) for watched in stores[:2]]
    clocks = [
        Clockwork(work, settings.timetable, watched)
        for work, watched in zip(works, stores, strict=False)
    ]

    def run(clockwork: Clockwork) -> None:
        start.wait(PATIENCE)
        if first == "build":
            stores[2].asked.wait(PATIENCE)
        clockwork.start()

    def build() -> None:
        services = Services(settings, cast(Store, stores[2]), cast(Any, None), cast(Any, None))
        start.wait(PATIENCE)
        if first == "run":
            stores[0].asked.wait(PATIENCE)
        with services.alone_with(date) as (_, made_meanwhile):
            if not made_meanwhile:
                held.wait(PATIENCE)
                tally.make(stores[2].store, date, now, "build")

    threads = [
        threading.Thread(target=run, args=(clocks[0],)),
        threading.Thread(target=run, args=(clocks[1],)),
        threading.Thread(target=build),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    for clockwork in clocks:
        clockwork.stop()


class _AllAsked:
    def __init__(self, stores: list[Watched]) -> None:
        self._stores = stores

    def wait(self, seconds: float) -> None:
        assert all(watched.asked.wait(seconds) for watched in self._stores)
