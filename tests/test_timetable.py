"""What is due next: clock changes, missed dates, failures, letters. Pure, so told in values."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.timetable import (
    LATE_AFTER,
    RETRY_LONGEST,
    SEND_WITHIN,
    WEEKDAYS,
    Done,
    Failure,
    FinishedTask,
    Timetable,
    done_from,
    forget_zones,
    next_edition,
    next_task,
    wall_time,
)

DAY = Date(2026, 4, 14)
HOUR = timedelta(hours=1)
TABLE = Timetable()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _done(**changes: object) -> Done:
    """All is done as of the morning of 14 April 2026, before the edition."""
    settled = Done(
        first_date=Date(2026, 1, 1),
        editions=frozenset(Date(2026, 1, 1) + timedelta(days=n) for n in range(103)),
        last_gather=_at("2026-04-14T05:30"),
        last_night=DAY,
    )
    return replace(settled, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "date", "hour", "moment"),
    [
        # spring: 02:00 to 03:00 does not exist, so the first moment after it
        ("Europe/Berlin", "2026-03-29", 2, "2026-03-29T01:00"),
        ("America/New_York", "2026-03-08", 2, "2026-03-08T07:00"),
        # spring in Lord Howe moves by half an hour: 02:00 becomes 02:30
        ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30"),
        # autumn: 02:00 comes twice, and its first pass counts
        ("Europe/Berlin", "2026-10-25", 2, "2026-10-25T00:00"),
        ("America/New_York", "2026-11-01", 1, "2026-11-01T05:00"),
        # a gap at midnight
        ("America/Santiago", "2026-09-06", 0, "2026-09-06T04:00"),
        ("Asia/Kathmandu", "2026-04-14", 6, "2026-04-14T00:15"),
    ],
)
def test_the_wall_clock_on_the_days_it_changes(
    zone: str, date: str, hour: int, moment: str
) -> None:
    assert wall_time(Date.fromisoformat(date), hour, ZoneInfo(zone)) == _at(moment)


def test_a_date_that_a_zone_skipped_has_no_hour() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert wall_time(Date(2011, 12, 30), 6, apia) is None
    assert wall_time(Date(2011, 12, 31), 6, apia) == _at("2011-12-30T16:00")


@given(
    st.dates(Date(2000, 1, 1), Date(2037, 12, 31)),
    st.integers(0, 23),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns",
         "Africa/Casablanca", "Asia/Tehran", "America/Caracas", "Antarctica/Troll"]
    ),
)  # fmt: skip
def test_the_hour_is_the_first_moment_that_shows_it_or_more(
    date: Date, hour: int, name: str
) -> None:
    zone = ZoneInfo(name)
    moment = wall_time(date, hour, zone)
    assert moment is not None
    shown, before = moment.astimezone(zone), (moment - timedelta(seconds=1)).astimezone(zone)
    assert (shown.date(), shown.hour >= hour) == (date, True)
    assert (before.date(), before.hour) < (date, hour)


def test_a_change_of_law_moves_the_next_hour_and_doubles_nothing(tmp_path: Path) -> None:
    """Zone tables that are updated under a running service count from its next SIGHUP on."""
    before = zoneinfo.TZPATH
    tables = resources.files("tzdata.zoneinfo")
    law = tmp_path / "Marrow"
    law.write_bytes((tables / "Europe" / "Berlin").read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        table = replace(TABLE, zone="Marrow")
        done = _done(editions=frozenset({DAY}), first_date=DAY)
        now = _at("2026-04-14T04:30")
        assert next_edition(now, table, done).due == _at("2026-04-15T04:00")
        law.write_bytes((tables / "Europe" / "Lisbon").read_bytes())  # an hour behind
        assert next_edition(now, table, done).due == _at("2026-04-15T04:00")
        forget_zones()
        moved = next_edition(now, table, done)  # its 06:00 comes once more today, at 05:00 UTC
        assert (moved.date, moved.due) == (Date(2026, 4, 15), _at("2026-04-15T05:00"))
    finally:
        zoneinfo.reset_tzpath(before)
        forget_zones()


def test_before_its_hour_the_edition_waits_and_at_its_hour_it_comes_first() -> None:
    assert next_task(_at("2026-04-14T05:59"), TABLE, _done()).due == _at("2026-04-14T06:00")
    everything_due = _done(last_gather=_at("2026-04-14T05:00"), last_night=Date(2026, 4, 13))
    task = next_task(_at("2026-04-14T06:00"), TABLE, everything_due)
    assert (task.key, task.late) == ("build:2026-04-14", False)


def test_after_downtime_feeds_are_asked_before_missed_editions_are_made_in_order() -> None:
    now = _at("2026-04-17T09:00")
    done = _done()
    assert next_task(now, TABLE, done).kind == "gather"
    order = []
    done = replace(done, last_gather=now, last_night=now.date())
    while (task := next_task(now, TABLE, done)).kind == "build" and task.due <= now:
        order.append((task.date.day, task.late))
        done = replace(done, editions=done.editions | {task.date})
    assert order == [(14, True), (15, True), (16, True), (17, False)]


def test_what_is_missed_for_longer_than_the_grace_is_let_go() -> None:
    table = replace(TABLE, catch_up=timedelta(days=2))
    assert next_edition(_at("2026-04-20T07:00"), table, _done()).date == Date(2026, 4, 19)
    assert next_edition(_at("2026-04-20T05:00"), table, _done()).date == Date(2026, 4, 18)


def test_without_any_grace_the_days_own_edition_is_made_while_it_can_be_mailed() -> None:
    table = replace(TABLE, catch_up=timedelta(0))
    begun = _at("2026-04-20T06:00") + timedelta(milliseconds=5)
    for moment in (begun, _at("2026-04-20T17:59")):
        assert next_edition(moment, table, _done()).date == Date(2026, 4, 20)
    assert next_edition(_at("2026-04-20T18:01"), table, _done()).date == Date(2026, 4, 21)


def test_nothing_is_owed_from_before_the_installation() -> None:
    new = Done(first_date=DAY)
    assert next_edition(_at("2026-04-14T07:00"), TABLE, new).date == DAY
    assert next_task(_at("2026-04-14T05:00"), TABLE, new).kind == "gather"


def test_weekdays_are_named() -> None:
    weekly = replace(TABLE, days=("sunday",))
    task = next_edition(_at("2026-04-14T07:00"), weekly, _done())
    assert task.date == Date(2026, 4, 19)
    assert WEEKDAYS[task.date.weekday()] == "sunday"


def test_a_failed_edition_is_tried_again_ever_more_rarely_and_lets_the_next_go_first() -> None:
    key, last = "build:2026-04-14", _at("2026-04-14T06:02")
    waits = []
    for count in (1, 2, 3, 4, 5, 12, 40):
        done = _done(failed={key: Failure(last, count)})
        task = next_edition(last, TABLE, done)
        waits.append((task.key, (task.due - last).total_seconds() / 60))
    assert waits == [(key, minutes) for minutes in (5, 10, 20, 40, 60, 60, 60)]
    now = _at("2026-04-15T06:00")
    done = _done(failed={key: Failure(now - timedelta(minutes=10), 20)})
    assert next_edition(now, TABLE, done).date == Date(2026, 4, 15)


def test_another_process_is_given_its_time() -> None:
    now = _at("2026-04-14T06:00")
    done = _done(held={"build:2026-04-14": now + timedelta(minutes=1)}, last_gather=now)
    assert next_task(now, TABLE, done).due == now + timedelta(minutes=1)


def test_letters_leave_when_they_may_and_not_when_they_are_stale() -> None:
    now = _at("2026-04-14T07:00")
    editions = _done().editions | {DAY}
    waiting = _done(editions=editions, last_gather=now, unsent={DAY: now + 3 * HOUR})
    assert next_task(now + 3 * HOUR, TABLE, waiting).kind == "send"
    assert next_task(now, TABLE, waiting).due == now + HOUR  # a gathering, before the letters
    stale = _at("2026-04-14T06:00") + SEND_WITHIN + timedelta(minutes=1)
    done = replace(waiting, editions=editions | {Date(2026, 4, 15)}, last_gather=stale)
    assert next_task(stale, TABLE, done).kind != "send"


def test_breaking_news_leaves_before_all_else() -> None:
    now = _at("2026-04-14T06:00")
    done = _done(last_gather=now, alerts={(DAY, "1"): now}, unsent={DAY: now})
    task = next_task(now, TABLE, done)
    assert (task.kind, task.key, task.name) == ("alert", f"alert:{DAY}:1", "1")
    tried = replace(done, failed={task.key: Failure(now)})
    assert next_task(now, TABLE, tried).kind == "build"


@pytest.mark.parametrize("back", [timedelta(minutes=20), timedelta(days=400)])
def test_a_clock_that_was_set_back_stops_nothing(back: timedelta) -> None:
    now = _at("2026-04-14T06:40")
    ahead = now + back
    done = _done(
        editions=_done().editions | {DAY},
        last_gather=ahead,
        last_night=ahead.date(),
        failed={"gather": Failure(ahead, 3)},
        held={"gather": ahead},
    )
    assert next_task(now, TABLE, done).due <= now + RETRY_LONGEST


def _row(key: str, outcome: str, finished: str, **changes: object) -> FinishedTask:
    kind, _, date = key.partition(":")
    at = _at(finished)
    row = FinishedTask(
        key, kind, Date.fromisoformat(date) if date else at.date(), at - timedelta(minutes=1), at,
        outcome,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def _read(*rows: FinishedTask, now: str = "2026-04-14T12:00", zone: str = "UTC") -> Done:
    return done_from(
        rows,
        editions=[],
        first_start=None,
        unsent={},
        alerts={},
        now=_at(now),
        table=replace(TABLE, zone=zone),
    )


def test_history_is_read_as_it_went() -> None:
    done = _read(
        _row("gather", "failed", "2026-04-14T08:00"),
        _row("gather", "done", "2026-04-14T09:00"),
        _row("build:2026-04-14", "bug", "2026-04-14T06:05"),
        _row("build:2026-04-14", "failed", "2026-04-14T06:15"),
        _row("night:2026-04-14", "done", "2026-04-14T03:01"),
        _row("night:2026-04-13", "done", "2026-04-13T03:01"),
        _row("start", "done", "2026-04-13T01:00"),
    )
    assert done.failed == {"build:2026-04-14": Failure(_at("2026-04-14T06:15"), 2)}
    assert done.last_gather == _at("2026-04-14T08:59")
    assert done.last_night == DAY
    assert done.first_date == DAY


def test_a_day_without_reports_is_given_up_when_it_is_over() -> None:
    today = _row("build:2026-04-14", "empty", "2026-04-14T23:30")
    assert _read(today).editions == frozenset()
    assert _read(today, zone="Asia/Tokyo", now="2026-04-15T01:00").editions == {DAY}
    assert _read(today, now="2026-04-15T01:00").editions == frozenset()


def test_an_edition_of_its_day_asked_the_feeds_and_one_made_up_for_did_not() -> None:
    assert _read(_row("build:2026-04-14", "done", "2026-04-14T06:05")).last_gather is not None
    assert _read(_row("build:2026-04-13", "done", "2026-04-14T06:05")).last_gather is None


def test_rows_from_a_clock_that_was_ahead_do_not_count() -> None:
    ahead = _row("gather", "done", "2027-04-14T09:00")
    assert _read(ahead, _row("gather", "done", "2026-04-14T09:00")).last_gather == _at(
        "2026-04-14T08:59"
    )


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["UTC", "Pacific/Apia", "America/Los_Angeles", "Asia/Kolkata"]),
    st.integers(0, 23),
    st.integers(0, 20),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
def test_the_clockwork_always_comes_to_rest(
    naive: datetime, zone: str, hour: int, days_back: int, weekdays: set[str]
) -> None:
    """Doing what is due leads to a moment when nothing is, each edition once and in order."""
    now = naive.replace(tzinfo=UTC)
    days = tuple(day for day in WEEKDAYS if day in weekdays)
    table = Timetable(zone=zone, hour=hour, days=days)
    done = Done(first_date=now.date() - timedelta(days=days_back))
    made: list[Date] = []
    for _ in range(60):
        task = next_task(now, table, done)
        if task.due > now:
            break
        if task.kind == "gather":
            done = replace(done, last_gather=now)
        elif task.kind == "night":
            done = replace(done, last_night=task.date)
        else:
            made.append(task.date)
            assert task.late == (now - task.due > LATE_AFTER)
            done = replace(done, editions=done.editions | {task.date})
    else:
        pytest.fail("something is due again and again")
    assert made == sorted(set(made))
    assert len(made) <= 15
