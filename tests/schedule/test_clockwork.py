"""The clockwork in single situations: clocks that jump, databases that are away, bugs, changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date

import pytest
from apscheduler.schedulers.base import STATE_RUNNING, STATE_STOPPED
from simulated import Life, World, set_clock

from digest.errors import StoreError
from digest.lease import TTL, lease_name
from digest.schedule import Result, Turn
from digest.timetable import Done, Failure, FinishedTask, Timetable

BEGIN = datetime(2026, 4, 14, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(Timetable(zone="Europe/Berlin", hour=8), BEGIN)
    set_clock(monkeypatch, world.clock)
    monkeypatch.setattr(logging.getLogger("apscheduler"), "disabled", True)
    return world


def _settle(life: Life) -> None:
    """Do all that is due now."""
    while life.scheduler.due_in() == 0:
        pass


def test_a_laptop_that_slept_makes_the_edition_at_the_first_heartbeat(world: World) -> None:
    life = Life(world)
    _settle(life)
    assert world.made == []
    world.now += timedelta(hours=3)  # asleep: no job ran, no clock but the wall's went on
    life.clockwork.heartbeat()
    _settle(life)
    assert [date for date, _ in world.made] == [Date(2026, 4, 14)]


@pytest.mark.parametrize("back", [timedelta(minutes=50), timedelta(days=30), timedelta(days=900)])
def test_a_clock_set_back_neither_doubles_an_edition_nor_stops_the_gathering(
    world: World, back: timedelta
) -> None:
    life = Life(world)
    world.now += timedelta(hours=3)
    life.clockwork.heartbeat()
    _settle(life)
    made, gathers = list(world.made), len(world.gathers)
    assert len(made) == 1
    world.now -= back
    for _ in range(5):
        life.clockwork.heartbeat()
        _settle(life)
        world.now += timedelta(minutes=31)
    assert world.made[: len(made)] == made
    assert [date for date, _ in world.made].count(Date(2026, 4, 14)) == 1
    assert len(world.gathers) > gathers


def test_a_clock_set_ahead_by_minutes_brings_the_edition_forward_once(world: World) -> None:
    life = Life(world)
    _settle(life)
    world.now = datetime(2026, 4, 14, 6, 1, tzinfo=UTC)
    life.clockwork.heartbeat()
    _settle(life)
    world.now -= timedelta(minutes=30)
    life.clockwork.heartbeat()
    _settle(life)
    world.now += timedelta(minutes=40)
    life.clockwork.heartbeat()
    _settle(life)
    assert len(world.made) == 1


class Troubled(Life):
    """Its database or its work fails as long as it is told to."""

    away = ""
    raises: BaseException | None = None
    cannot_record = False

    def done(self, now: datetime) -> Done:
        if self.away:
            raise StoreError(self.away, url="sqlite:///x")
        return super().done(now)

    def do(self, turn: Turn) -> Result:
        if self.raises is not None:
            raise self.raises
        return super().do(turn)

    def record(self, finished: FinishedTask) -> None:
        if self.cannot_record:
            raise StoreError("disk is full", url="sqlite:///x")
        super().record(finished)


def test_a_database_that_is_away_is_told_and_waited_for(world: World) -> None:
    life = Troubled(world)
    _settle(life)
    life.away = "connection refused"
    world.now += 3 * HOUR
    life.scheduler.due_in()
    assert "connection refused" in life.clockwork.problem
    assert not life.clockwork.ready()
    assert life.clockwork.alive()
    life.away = ""
    life.clockwork.heartbeat()
    _settle(life)
    assert life.clockwork.problem == ""
    assert life.clockwork.ready()
    assert len(world.made) == 1


def test_a_bug_is_recorded_with_its_words_and_the_service_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    life = Troubled(world)
    life.raises = ZeroDivisionError("a bug")
    with caplog.at_level(logging.ERROR, logger="digest"):
        _settle(life)
    assert world.outcomes["gather bug"] == 1
    assert "ZeroDivisionError" in caplog.text
    assert "Traceback" in caplog.text
    life.raises = None
    world.now += timedelta(minutes=5)
    _settle(life)
    assert world.outcomes["gather done"] == 1


def test_what_cannot_be_recorded_is_not_done_again_and_again(world: World) -> None:
    world.table = replace(world.table, hour=23)
    life = Troubled(world)
    life.cannot_record = True
    for _ in range(60):
        _settle(life)
        world.now += timedelta(minutes=1)
    assert 3 <= len(world.gathers) <= 6  # after 5, 10, 20 … minutes
    life.cannot_record = False
    world.now += HOUR
    _settle(life)
    assert world.outcomes["gather done"] == 1


def test_a_task_in_another_process_is_left_to_it(world: World) -> None:
    world.now = datetime(2026, 4, 14, 6, tzinfo=UTC)
    world.last_gather = world.now
    world.last_night = world.now.date()
    name = lease_name("build:2026-04-14")
    world.leases[name] = ("another", world.now + timedelta(seconds=90))
    life = Life(world)
    life.scheduler.due_in()
    assert world.made == []
    assert world.leases[name][0] == "another"
    assert life.clockwork.planned is not None
    world.now += timedelta(minutes=1)
    life.scheduler.due_in()
    assert world.made == []
    world.now += timedelta(minutes=1)
    _settle(life)
    assert [date for date, _ in world.made] == [Date(2026, 4, 14)]


def test_an_edition_that_appeared_before_the_lease_was_ours_is_not_made_again(
    world: World,
) -> None:
    class Slow(Life):
        def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
            if "build" in name and not world.made:
                world.made.append((Date(2026, 4, 14), now))  # the other one, this very moment
            return super().take_lease(name, holder, ttl, now)

    world.now = datetime(2026, 4, 14, 6, tzinfo=UTC)
    life = Slow(world)
    _settle(life)
    assert len(world.made) == 1
    assert world.outcomes["build done"] == 0


def test_heartbeats_keep_the_lease_of_the_task_in_hand(world: World) -> None:
    class Long(Life):
        def do(self, turn: Turn) -> Result:
            for _ in range(20):
                world.now += timedelta(minutes=1)
                self.clockwork.heartbeat()
                holder, until = world.leases[turn.lease.name]
                assert (holder, until) == (turn.lease.holder, world.now + TTL)
            assert self.clockwork.in_hand == turn.task
            return Result()

    life = Long(world)
    life.scheduler.due_in()
    assert world.outcomes["gather done"] == 1
    assert world.leases == {}


def test_a_lease_lost_by_silence_stays_lost_when_the_other_process_is_done(world: World) -> None:
    class Silent(Life):
        def do(self, turn: Turn) -> Result:
            if turn.task.kind == "build":
                world.now += 2 * TTL  # the lid is closed; another process has made the edition
                world.leases.pop(turn.lease.name)
                self.clockwork.heartbeat()
                assert turn.lease.name not in world.leases
            return super().do(turn)

    world.now = datetime(2026, 4, 14, 6, tzinfo=UTC)
    life = Silent(world)
    _settle(life)
    assert world.made == []
    assert world.outcomes["build failed"] == 1


def test_what_a_killed_process_had_in_hand_rests_until_its_lease_ends(world: World) -> None:
    world.kill_at = [BEGIN + timedelta(seconds=10)]  # a gathering is in hand
    life = Life(world)
    life.scheduler.due_in()
    assert life.dead
    assert list(world.leases) == [lease_name("gather")]
    started = world.now
    life = Life(world)
    while not world.gathers:
        world.now += timedelta(seconds=max(1.0, life.scheduler.due_in()))
    assert TTL - timedelta(seconds=30) <= world.gathers[0] - started < TTL + timedelta(minutes=2)


def test_other_settings_count_from_the_next_task_on(world: World) -> None:
    life = Life(world)
    _settle(life)
    life.clockwork.change(life, replace(world.table, hour=7))
    world.now = datetime(2026, 4, 14, 5, 0, tzinfo=UTC)  # seven o'clock in Berlin
    _settle(life)
    assert len(world.made) == 1


def test_what_falls_due_while_it_stops_is_left_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(world)
    scheduler = life.scheduler
    shutdown = scheduler.shutdown

    def overtaken(wait: bool = True) -> None:
        scheduler.state = STATE_STOPPED
        scheduler._process_jobs()  # as its own thread does, where it wakes at this moment
        scheduler.state = STATE_RUNNING
        shutdown(wait)

    monkeypatch.setattr(scheduler, "shutdown", overtaken)
    life.clockwork.stop()
    assert world.gathers == []


def test_after_it_was_told_to_leave_nothing_is_begun(world: World) -> None:
    life = Life(world)
    life.clockwork.stop()
    assert world.gathers == []
    life.clockwork.plan()
    assert life.clockwork.planned is not None


def test_a_failure_known_only_in_memory_counts_like_a_recorded_one(world: World) -> None:
    life = Troubled(world)
    life.cannot_record = True
    life.raises = StoreError("disk is full", url="x")
    life.scheduler.due_in()
    failed_at = world.now
    _settle(life)
    assert world.gathers == []
    life.raises = None
    world.now = Failure(failed_at).retry
    _settle(life)
    assert len(world.gathers) == 1
