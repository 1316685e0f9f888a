"""WHEN, decided: what is due next, from the timetable and what has been done. Pure.

Nothing is remembered in a job store: every decision is taken anew from the settings and from the
archive, so a restart, a changed setting, a clock jump or a week's downtime need no special case.

Wall-clock hours follow the zone's law (tzdata). An hour that a spring change skips happens at the
first moment after the gap; one that an autumn change repeats happens at its first pass only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date
from typing import Literal
from zoneinfo import ZoneInfo

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LATE_AFTER = timedelta(hours=12)
"""An edition made later than this after its hour goes to the archive and is not mailed."""
RETRY_AFTER = timedelta(minutes=30)
"""Before a failed task is tried again."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the operator wants things done."""

    zone: str = "UTC"
    hour: int = 6
    days: tuple[Weekday, ...] = WEEKDAYS
    gather_every: timedelta = timedelta(hours=1)
    catch_up: timedelta = timedelta(days=3)
    """Missed editions are made up for when their hour is not longer ago than this."""
    night_hour: int = 3
    """Retention and backup."""


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done, as the archive knows it."""

    first_date: Date
    """The first date this installation owes an edition for."""
    editions: frozenset[Date]
    last_gather: datetime | None = None
    last_night: Date | None = None
    failed: Mapping[str, datetime] | None = None
    """Task key → when it last failed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `key` names it for ever: the lease, the log and retries go by it."""

    kind: Literal["gather", "build", "night"]
    key: str
    due: datetime
    date: Date
    late: bool = False
    """A build that is for the archive only: its readers' morning is over."""


def wall_time(date: Date, hour: int, zone: ZoneInfo) -> datetime | None:
    """The moment (UTC) when it is `hour` o'clock on `date` there; None when the date is skipped.

    A gap's hour is moved to the first moment after the gap; a repeated hour is its first pass.
    Whole dates vanish too: Apia had no 30 December 2011.
    """
    there = datetime.combine(date, time(hour), zone)  # fold=0: the first pass
    moment = there.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != there.replace(tzinfo=None):
        moment = _gap_end(there, zone)
    return moment if moment.astimezone(zone).date() == date else None


def _gap_end(there: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after the gap that swallows the wall time `there`."""
    # fold=1 reads the wall time with the offset after the change: that lies before the gap.
    before = there.replace(fold=1).astimezone(UTC)
    after = there.replace(fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def next_task(now: datetime, table: Timetable, done: Done) -> Task:
    """What to do next; its `due` is now or earlier when it should be done at once.

    Missed editions come first and in order, so that numbers and threads run with the dates.
    """
    tasks = [_next_build(now, table, done), _next_gather(now, table, done)]
    tasks.append(_next_night(now, table, done))
    return min(tasks, key=lambda task: (max(task.due, now), _ORDER[task.kind], task.date))


_ORDER = {"build": 0, "gather": 1, "night": 2}


def _next_build(now: datetime, table: Timetable, done: Done) -> Task:
    """The first edition owed; one that lately failed lets the next date go before it."""
    zone = ZoneInfo(table.zone)
    date = max(done.first_date, (now - table.catch_up).astimezone(zone).date())
    owed: list[Task] = []
    while not owed or owed[-1].due < now:
        due = wall_time(date, table.hour, zone)
        wanted = WEEKDAYS[date.weekday()] in table.days and date not in done.editions
        if due is not None and wanted and now - due <= table.catch_up:
            key = f"build:{date}"
            start = _after_failure(key, due, done)
            owed.append(Task("build", key, start, date, late=now - due > LATE_AFTER))
        date += timedelta(days=1)
    return min(owed, key=lambda task: (max(task.due, now), task.date))


def _next_gather(now: datetime, table: Timetable, done: Done) -> Task:
    due = now if done.last_gather is None else done.last_gather + table.gather_every
    # A clock that was set back would else stop the gathering until it catches up.
    due = min(due, now + table.gather_every)
    due = _after_failure("gather", due, done)
    return Task("gather", "gather", due, due.date())


def _next_night(now: datetime, table: Timetable, done: Done) -> Task:
    zone = ZoneInfo(table.zone)
    date = now.astimezone(zone).date()
    while True:
        due = wall_time(date, table.night_hour, zone)
        if due is not None and (done.last_night is None or date > done.last_night):
            key = f"night:{date}"
            return Task("night", key, _after_failure(key, due, done), date)
        date += timedelta(days=1)


def _after_failure(key: str, due: datetime, done: Done) -> datetime:
    failed = (done.failed or {}).get(key)
    return due if failed is None else max(due, failed + RETRY_AFTER)
