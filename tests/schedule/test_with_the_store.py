"""The clockwork over the real store: a simulated month, and what its rows mean."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from simulated import Absence, Life, World, first_moment, set_clock, simulate

from digest.model import Edition, Editorial, LeftOut
from digest.schedule import Turn
from digest.settings import Settings, load_settings
from digest.status import picture
from digest.store import Store, open_store
from digest.timetable import LATE_AFTER, Done, FinishedTask
from digest.work import HouseWork

FEEDS = """\
edition: {zone: Europe/Berlin, hour: 6}
schedule: {gather_every_minutes: 120}
feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]
"""
ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "feeds.yaml"
    file.write_text(FEEDS, "utf-8")
    return load_settings(file, {"DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3"})


def an_edition(date: Date, number: int, now: datetime) -> Edition:
    """One without stories: enough for the archive to count it."""
    return Edition(
        date=date,
        number=number,
        generated_at=now,
        program="test",
        status="quiet",
        status_notes=(),
        editorial=Editorial(),
        briefs=(),
        left_out=LeftOut(),
        feeds=(),
        recent=(),
        reports=0,
        security_reports=0,
        outlets=0,
    )


class StoredLife(Life):
    """A life whose archive, history and leases lie in the database."""

    def __init__(self, world: World, store: Store, house: HouseWork) -> None:
        self.store = store
        self.house = house
        super().__init__(world)

    def done(self, now: datetime) -> Done:
        self._step()
        return self.house.done(now)

    def _build(self, turn: Turn) -> None:
        super()._build(turn)
        date = turn.task.date
        number = self.store.number_for(date)
        self.store.save_edition(an_edition(date, number, self.world.now), b"{}")

    def _night(self, turn: Turn) -> None:
        super()._night(turn)
        self.house.do(turn)

    def record(self, finished: FinishedTask) -> None:
        super().record(finished)
        self.house.record(finished)

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        self._step()
        return self.store.take_lease(name, holder, ttl, now)

    def renew_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        self._step()
        return self.store.renew_lease(name, holder, ttl, now)

    def release_lease(self, name: str, holder: str) -> bool:
        self._step()
        return self.store.release_lease(name, holder)


@pytest.mark.system
def test_a_month_with_restarts_kills_and_failures(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    drawn = random.Random(4)
    first, last = Date(2026, 3, 14), Date(2026, 4, 12)  # the clocks change on 29 March
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    hours = {date: moment for date in dates if (moment := first_moment(date, 6, ZONE))}
    begin = datetime(2026, 3, 14, 4, tzinfo=UTC)
    world = World(settings.timetable, begin)
    world.troubles = {Date(2026, 3, 20): 3, Date(2026, 4, 2): 5}
    world.kill_at = sorted(begin + timedelta(minutes=drawn.uniform(60, 36_000)) for _ in range(5))
    absences = [
        Absence(begin + timedelta(minutes=drawn.uniform(60, 36_000)), timedelta(minutes=20))
        for _ in range(8)
    ]
    absences.append(Absence(begin + timedelta(days=12, hours=20), timedelta(days=3)))
    set_clock(monkeypatch, world.clock)
    monkeypatch.setattr(logging.getLogger("apscheduler"), "disabled", True)
    with open_store(str(settings.db)) as store:
        house = HouseWork(settings, store)
        boot: Callable[[World], Life] = lambda w: StoredLife(w, store, house)  # noqa: E731
        until = datetime(2026, 4, 12, 20, tzinfo=UTC)
        simulate(world, until, absences, timedelta(seconds=30), boot)
        found = picture(settings, store, house, world.now)
        kept = sorted(file.name for file in (settings.file.parent / "backups").iterdir())
    assert [date for date, _ in world.made] == dates
    assert world.late == {Date(2026, 3, 27), Date(2026, 3, 28), Date(2026, 3, 29)}
    trouble = [at - hours[date] for date, at in world.made if date in world.troubles]
    assert all(timedelta(minutes=35) < wait < LATE_AFTER for wait in trouble)
    assert (
        world.outcomes["build empty"] + world.outcomes["build failed"] + world.outcomes["build bug"]
        == 8
    )
    assert found.last is not None
    assert (found.last.date, found.last.number, found.editions) == (last, len(dates), len(dates))
    assert found.next_edition.date == Date(2026, 4, 13)
    assert found.next_edition.due == datetime(2026, 4, 13, 4, tzinfo=UTC)
    assert found.attention == ()
    assert len(kept) == 7
    assert kept[-1] == "digest-2026-04-12.sqlite3"
