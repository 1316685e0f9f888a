"""A simulated installation: the real APScheduler and the real clockwork, a clock that we set.

The world outlives its processes: archive, ledger, leases and the clock. A process is one life of
the service; a killed one can do nothing more, not even give its leases back.
"""

from __future__ import annotations

import datetime as datetime_module
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler

from digest.errors import NothingToPublish, StoreError
from digest.schedule import Clockwork, Result, Turn
from digest.timetable import LATE_AFTER, MADE, Done, Failure, FinishedTask, Timetable, wall_time

READERS = ("anna", "bo", "chen")
MORNING = timedelta(minutes=30)
"""Letters leave this long after the edition's hour."""
TAKES = {"gather": 40, "build": 90, "send": 5, "night": 20}
"""Seconds of the simulated clock."""


class Killed(BaseException):
    """SIGKILL: no `except Exception` and no `finally` may make a difference."""


class ScaledScheduler(BlockingScheduler):  # type: ignore[misc]
    """APScheduler as it is, but for the waiting: that is the simulation's part."""

    def _main_loop(self) -> None:
        pass

    def due_in(self) -> float:
        """Run what is due; seconds until the next job is, without end where there is none."""
        wait = self._process_jobs()
        return math.inf if wait is None else float(wait)


def set_clock(patch: pytest.MonkeyPatch, clock: Callable[[], datetime]) -> None:
    """Let APScheduler read `clock` where it reads the real one."""

    class Simulated(datetime_module.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock().astimezone(tz)

    patch.setattr("apscheduler.schedulers.base.datetime", Simulated)
    patch.setattr("apscheduler.executors.base.datetime", Simulated)


@dataclass
class World:
    table: Timetable
    now: datetime
    first_start: datetime | None = None
    made: list[tuple[Date, datetime]] = field(default_factory=list)
    late: set[Date] = field(default_factory=set)
    ledger: dict[tuple[Date, str], str] = field(default_factory=dict)
    letters: list[tuple[Date, str, datetime]] = field(default_factory=list)
    gathers: list[datetime] = field(default_factory=list)
    nights: list[Date] = field(default_factory=list)
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    last_gather: datetime | None = None
    last_night: Date | None = None
    failed: dict[str, Failure] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    kill_at: list[datetime] = field(default_factory=list)
    """The first step of a task after each of these moments kills its process."""
    troubles: dict[Date, int] = field(default_factory=dict)
    """Date → how many tries of its build fail."""

    def clock(self) -> datetime:
        return self.now


class Life:
    """One process: what the clockwork needs (Work and Leases), over the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dead = False
        if world.first_start is None:
            world.first_start = world.now
        self.scheduler = ScaledScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": DebugExecutor()},
            timezone=UTC,
        )
        self.clockwork = Clockwork(
            self, world.table, self, clock=world.clock, scheduler=self.scheduler
        )
        self.clockwork.start()

    def _step(self, seconds: float = 0) -> None:
        """Time passes, and at times the process is killed right here."""
        if self.dead:
            raise Killed
        self.world.now += timedelta(seconds=seconds)
        if self.world.kill_at and self.world.now >= self.world.kill_at[0]:
            self.world.kill_at.pop(0)
            self.dead = True
            raise Killed

    # --- schedule.Work

    def done(self, now: datetime) -> Done:
        if self.dead:
            raise Killed
        world = self.world
        zone = ZoneInfo(world.table.zone)
        assert world.first_start is not None
        unsent = {}
        lately = [date for date, _ in world.made[-20:]]
        for date in lately[-3:]:
            hour = wall_time(date, world.table.hour, zone)
            waiting = any((date, reader) not in world.ledger for reader in READERS)
            if hour is not None and waiting and date not in world.late:
                unsent[date] = hour + MORNING
        return Done(
            first_date=world.first_start.astimezone(zone).date(),
            editions=frozenset(lately),
            unsent=unsent,
            last_gather=world.last_gather,
            last_night=world.last_night,
            failed=dict(world.failed),
        )

    def do(self, turn: Turn) -> Result:
        self._step(TAKES[turn.task.kind] / 2)
        {"gather": self._gather, "build": self._build, "send": self._send, "night": self._night}[
            turn.task.kind
        ](turn)
        self._step(TAKES[turn.task.kind] / 2)
        return Result()

    def _gather(self, _turn: Turn) -> None:
        self.world.gathers.append(self.world.now)

    def _night(self, turn: Turn) -> None:
        self.world.nights.append(turn.task.date)

    def _build(self, turn: Turn) -> None:
        world, date = self.world, turn.task.date
        if world.troubles.get(date, 0):
            world.troubles[date] -= 1
            raise random.Random(date.toordinal()).choice(
                (NothingToPublish("no report"), StoreError("is away", url="x"), ValueError("a bug"))
            )
        if not turn.lease.renew():
            raise StoreError("another process has taken over", url="x")
        world.gathers.append(turn.now)  # it asks the feeds first
        world.made.append((date, world.now))
        hour = wall_time(date, world.table.hour, ZoneInfo(world.table.zone))
        assert hour is not None
        if world.now - hour > LATE_AFTER:
            world.late.add(date)

    def _send(self, turn: Turn) -> None:
        for reader in READERS:
            place = (turn.task.date, reader)
            if place in self.world.ledger:
                continue
            self.world.ledger[place] = "sending"
            self._step(1)
            self.world.letters.append((*place, self.world.now))
            self._step()
            self.world.ledger[place] = "sent"

    def record(self, finished: FinishedTask) -> None:
        self._step()
        world = self.world
        world.outcomes[f"{finished.kind} {finished.outcome}"] += 1
        if finished.outcome not in MADE:
            before = world.failed.get(finished.key)
            world.failed[finished.key] = Failure(
                finished.finished, before.count + 1 if before else 1
            )
            return
        world.failed.pop(finished.key, None)
        if finished.kind in ("gather", "build"):
            world.last_gather = finished.started
        if finished.kind == "night":
            world.last_night = finished.date

    # --- lease.Leases

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        self._step()
        held = self.world.leases.get(name)
        if held is not None and held[0] != holder and held[1] > now:
            return False
        self.world.leases[name] = (holder, now + ttl)
        return True

    def renew_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        self._step()
        if self.world.leases.get(name, ("", now))[0] != holder:
            return False
        self.world.leases[name] = (holder, now + ttl)
        return True

    def release_lease(self, name: str, holder: str) -> bool:
        self._step()
        return self.world.leases.pop(name, ("", self.world.now))[0] == holder


@dataclass
class Absence:
    """The service ends at `at` and is started again after `lasts`."""

    at: datetime
    lasts: timedelta


def simulate(
    world: World,
    until: datetime,
    absences: list[Absence],
    restart: timedelta,
    boot: Callable[[World], Life] = Life,
) -> None:
    """Live until then; a killed process is started again after `restart`."""
    coming = sorted(absences, key=lambda absence: absence.at)
    life = boot(world)
    while world.now < until:
        due_in = life.scheduler.due_in()
        if life.dead:
            world.now += restart
            life = boot(world)
            continue
        wait = timedelta(seconds=due_in)  # a clockwork without a job would be an OverflowError
        if coming and coming[0].at <= world.now + wait:
            absence = coming.pop(0)
            life.clockwork.stop()
            life.dead = True
            world.now = max(world.now, absence.at) + absence.lasts
            life = boot(world)
        else:
            world.now += wait
    life.clockwork.stop()


def first_moment(date: Date, hour: int, zone: ZoneInfo) -> datetime | None:
    """When the wall clock there first shows `hour` or later on `date`, found minute by minute."""
    minute = datetime(date.year, date.month, date.day, tzinfo=UTC) - timedelta(hours=16)
    for _ in range(44 * 60):
        there = minute.astimezone(zone)
        if there.date() == date and there.hour >= hour:
            return minute
        minute += timedelta(minutes=1)
    return None
