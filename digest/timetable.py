"""WHEN, decided: what is due next, from the timetable and what has been done. Pure.

Nothing is remembered in a job store: every decision is taken anew from the settings and from the
archive, so a restart, a changed setting, a clock jump or a week's downtime need no special case.

Wall-clock hours follow the zone's law (tzdata). An hour that a spring change skips happens at the
first moment after the gap; one that an autumn change repeats happens at its first pass only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from datetime import date as Date
from functools import lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
TaskKind = Literal["gather", "build", "send", "alert", "night"]
Outcome = Literal["done", "degraded", "empty", "failed", "bug"]
"""degraded: an edition was made, but says why it is worse than usual. empty: there was no report to
make one of. failed: an error that was foreseen; bug: one that was not. Both are tried again."""
LETTER = "letter"
"""The kind that the operator's letter is kept as; its note is what was told, a key a line."""
MADE: frozenset[Outcome] = frozenset({"done", "degraded"})

A_DAY = timedelta(days=1)
CLOCK_SLIP = timedelta(minutes=5)
"""What was done further ahead than this was done by a clock that has since been set back."""
LATE_AFTER = timedelta(hours=12)
"""An edition made later than this after its hour goes to the archive and is not mailed."""
SEND_WITHIN = timedelta(hours=36)
"""Letters that have not left by then after the edition's hour, or after its first letter, stay: the
morning of the reader farthest west comes 26 hours after that of the one farthest east (UTC-12,
UTC+14), and a stale issue is worse than none (knadh/listmonk#1801)."""
ALERT_WITHIN = timedelta(hours=6)
"""News that broke longer ago is the next edition's."""
EARLIER_DAYS = 14
"""How far back threads are followed: a running story silent for a fortnight begins anew."""
CORRECTED_EDITIONS = 3
"""Editions that are held against their sources again, and whose sentences are not printed again; a
weekly's last is a week old."""
RETRY_FIRST = timedelta(minutes=5)
RETRY_LONGEST = timedelta(hours=1)
"""A failed task is tried again after five minutes, then ten, twenty … at last every hour: twelve
tries before an edition is late, and no hammering of a database that is away."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the operator wants things done."""

    zone: str = "UTC"
    hour: int = 6
    days: tuple[Weekday, ...] = WEEKDAYS
    gather_every: timedelta = timedelta(hours=1)
    catch_up: timedelta = timedelta(days=14)
    """Missed editions are made up for when their hour is not longer ago than this. A fortnight:
    older ones have no thread left that today's edition could take up (EARLIER_DAYS). Never less
    than LATE_AFTER, for no edition is begun at its hour to the microsecond, or else not at all."""
    night_hour: int = 3
    """Retention and backup."""

    def date_at(self, moment: datetime) -> Date:
        """Which day it is then in the edition's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def hour_of(self, date: Date) -> datetime | None:
        """The hour of `date`'s edition; None where the date is skipped there."""
        return wall_time(date, self.hour, ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Failure:
    """How a task has failed since it last succeeded."""

    last: datetime
    count: int = 1
    """In a row."""

    @property
    def retry(self) -> datetime:
        """When it is worth another try."""
        doublings = min(max(self.count - 1, 0), 10)
        return self.last + min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST)


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done, as the archive knows it."""

    first_date: Date
    """The first date this installation owes an edition for."""
    editions: frozenset[Date] = frozenset()
    """Dates that need none any more: it is made, or it was found that there is none to make."""
    unsent: Mapping[Date, datetime] = field(default_factory=dict)
    """Edition → when its next letter may leave. Editions without letters to send are not here."""
    alerts: Mapping[tuple[Date, str], datetime] = field(default_factory=dict)
    """Breaking news whose letters have not all left: (date, name) → when the next may leave."""
    last_gather: datetime | None = None
    """The last one that is not ahead of the clock."""
    last_night: Date | None = None
    """The last one that is not ahead of the clock."""
    failed: Mapping[str, Failure] = field(default_factory=dict)
    """Task key → how it fails at present."""
    held: Mapping[str, datetime] = field(default_factory=dict)
    """Task key → when to look again: another process has it in hand."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `key` names it for ever: the lease, the log and retries go by it."""

    kind: TaskKind
    key: str
    due: datetime
    """UTC."""
    date: Date
    """The edition's; for a gathering or a night, the day in the edition's zone."""
    late: bool = False
    """A build that is for the archive only: its readers' morning is over."""
    name: str = ""
    """Which of the date's breaking news it sends."""


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """A task that was tried, as the archive keeps it."""

    key: str
    kind: str
    """A TaskKind; "start", "reload" and LETTER mark what the service did beside its tasks."""
    date: Date
    started: datetime
    finished: datetime
    outcome: Outcome
    note: str = ""
    """One line for people: counts, or what went wrong and what to do."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Stage (gather, analyse, write, render) → how long it took."""


def build_key(date: Date) -> str:
    """The key of making `date`'s edition."""
    return f"build:{date}"


def done_from(
    history: Iterable[FinishedTask],
    *,
    editions: Collection[Date],
    first_start: datetime | None,
    unsent: Mapping[Date, datetime],
    alerts: Mapping[tuple[Date, str], datetime],
    now: datetime,
    table: Timetable,
) -> Done:
    """What the archive's rows mean for the timetable.

    `history`: the tasks finished since `owed_after`, or longer ago; `first_start`: when the first
    task of all was begun. Nothing is owed for dates before that: the archive holds nothing of them.
    """
    past = sorted(
        (task for task in history if task.started <= now + CLOCK_SLIP),
        key=lambda task: (task.finished, task.key),
    )
    failed: dict[str, Failure] = {}
    hopeless: set[Date] = set()
    for task in past:
        if task.kind == LETTER:
            continue
        if task.outcome in MADE:
            failed.pop(task.key, None)
            continue
        before = failed.get(task.key)
        failed[task.key] = Failure(task.finished, before.count + 1 if before else 1)
        # No report of a day that is over: there will be none later either.
        if task.outcome == "empty" and table.date_at(task.finished) > task.date:
            hopeless.add(task.date)
    made = [task for task in past if task.outcome in MADE]
    asked = [task.started for task in made if task.kind == "gather" or _gathered_too(task, table)]
    return Done(
        first_date=table.date_at(first_start or now),
        editions=frozenset(editions) | hopeless,
        unsent=unsent,
        alerts=alerts,
        last_gather=max(asked, default=None),
        last_night=max((task.date for task in made if task.kind == "night"), default=None),
        failed=failed,
    )


def _gathered_too(task: FinishedTask, table: Timetable) -> bool:
    """A build on its own day asks the feeds first; one that makes up for a missed date does not."""
    return task.kind == "build" and table.date_at(task.started) == task.date


@lru_cache(maxsize=4096)
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


def zone_of(name: str) -> ZoneInfo:
    """The zone of a reader; UTC where the system knows none of that name (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def forget_zones() -> None:
    """Read each zone's law anew when it is next asked for: its tables may have been updated."""
    ZoneInfo.clear_cache()
    wall_time.cache_clear()


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

    Of what is due, an edition comes first, except that missed ones wait for an overdue gathering:
    feeds still carry what was printed meanwhile. Missed editions come in the order of their
    dates, so that numbers and threads run with them; one that fails lets the next go before it.
    """
    build = next_edition(now, table, done)
    tasks = [build, _next_gather(now, table, done), _next_night(now, table, done)]
    tasks += _letters(now, table, done)
    tasks += _alerts(now, done)
    order = _ORDER_AFTER_DOWNTIME if build.date < table.date_at(now) else _ORDER
    return min(tasks, key=lambda task: (max(task.due, now), order[task.kind], task.date))


_ORDER: Mapping[TaskKind, int] = {"alert": 0, "build": 1, "send": 2, "gather": 3, "night": 4}
_ORDER_AFTER_DOWNTIME: Mapping[TaskKind, int] = {
    "alert": 0,
    "send": 1,
    "gather": 2,
    "build": 3,
    "night": 4,
}


def day_bits(days: Collection[Weekday]) -> int:
    """These days as readers' are kept: bit 0 is Monday."""
    return sum(1 << bit for bit, day in enumerate(WEEKDAYS) if day in days)


def owed_after(now: datetime, table: Timetable, first: Date) -> Date:
    """The earliest date whose edition can still be owed: nothing before it needs to be known."""
    # One day more: west of Greenwich the date there is the one before, and the hour may be 23.
    return max(first, table.date_at(now - table.catch_up) - A_DAY)


def next_edition(now: datetime, table: Timetable, done: Done) -> Task:
    """The edition that is to be made next."""
    owed: list[Task] = []
    for date, hour in _hours(owed_after(now, table, done.first_date), table.hour, table.zone):
        wanted = WEEKDAYS[date.weekday()] in table.days and date not in done.editions
        if not wanted or now - hour > max(table.catch_up, LATE_AFTER):
            continue
        key = build_key(date)
        due = _put_off(key, hour, now, done)
        owed.append(Task("build", key, due, date, late=now - hour > LATE_AFTER))
        if hour >= now:
            break
    return min(owed, key=lambda task: (max(task.due, now), task.date))


def _letters(now: datetime, table: Timetable, done: Done) -> Iterator[Task]:
    for date, due in done.unsent.items():
        hour = table.hour_of(date)
        key = f"send:{date}"
        due = _put_off(key, due, now, done)
        if hour is not None and max(due, now) - hour <= SEND_WITHIN:
            yield Task("send", key, due, date)


def _alerts(now: datetime, done: Done) -> Iterator[Task]:
    for (date, name), due in done.alerts.items():
        key = f"alert:{date}:{name}"
        yield Task("alert", key, _put_off(key, due, now, done), date, name=name)


def _next_gather(now: datetime, table: Timetable, done: Done) -> Task:
    last = done.last_gather
    # One that lies ahead was made by a clock since set back; waiting for it could take years.
    known = last is not None and last <= now + CLOCK_SLIP
    due = last + table.gather_every if last is not None and known else now
    due = _put_off("gather", due, now, done)
    return Task("gather", "gather", due, table.date_at(due))


def _next_night(now: datetime, table: Timetable, done: Done) -> Task:
    today = table.date_at(now)
    first = today if done.last_night != today else today + A_DAY
    date, hour = next(_hours(first, table.night_hour, table.zone))
    key = f"night:{date}"
    return Task("night", key, _put_off(key, hour, now, done), date)


def _hours(date: Date, hour: int, zone: str) -> Iterator[tuple[Date, datetime]]:
    """Every date from `date` on that exists there, and the moment of its `hour`."""
    while True:
        moment = wall_time(date, hour, ZoneInfo(zone))
        if moment is not None:
            yield date, moment
        date += A_DAY


def _put_off(key: str, due: datetime, now: datetime, done: Done) -> datetime:
    """`due`, put off while the task is held by another process or has lately failed."""
    failure = done.failed.get(key)
    if failure is not None and failure.last <= now + CLOCK_SLIP:
        due = max(due, failure.retry)
    held = done.held.get(key)
    if held is not None and held <= now + CLOCK_SLIP:
        due = max(due, held)
    return due
