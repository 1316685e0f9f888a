"""The real scheduler through two simulated years: restarts, kills, a week away, clock changes."""

from __future__ import annotations

import logging
import random
from collections import Counter
from datetime import date as Date
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from simulated import READERS, Absence, World, first_moment, set_clock, simulate

from digest.timetable import SEND_WITHIN, Timetable

PUNCTUAL = timedelta(minutes=3)
"""A build takes a minute and a half, and a gathering may be in hand when its hour strikes."""

ZONES = [
    # (zone, hour, first day, last day): the hours lie in the zones' gaps and repeats, where they
    # have any; 2028 has a leap day; Apia skipped 30 December 2011.
    ("Europe/Berlin", 2, Date(2027, 1, 1), Date(2028, 12, 31)),
    ("America/New_York", 2, Date(2027, 1, 1), Date(2028, 12, 31)),
    ("Australia/Lord_Howe", 2, Date(2027, 1, 1), Date(2028, 12, 31)),
    ("Pacific/Apia", 0, Date(2011, 1, 1), Date(2012, 12, 31)),
]


def _dates(first: Date, last: Date, hour: int, zone: ZoneInfo) -> dict[Date, datetime]:
    """Every date that exists there, and its hour."""
    moments = {}
    date = first
    while date <= last:
        moment = first_moment(date, hour, zone)
        if moment is not None:
            moments[date] = moment
        date += timedelta(days=1)
    return moments


def _live(
    monkeypatch: pytest.MonkeyPatch,
    zone_name: str,
    hour: int,
    moments: dict[Date, datetime],
    *,
    restarts: int,
    kills: int,
    away: timedelta,
) -> tuple[World, list[Absence]]:
    """A life with absences and kills at moments drawn from a fixed seed."""
    drawn = random.Random(20261124)
    begin = min(moments.values())
    end = max(moments.values()) + timedelta(hours=20)
    span = (end - begin).total_seconds()

    def moment() -> datetime:
        return begin + timedelta(seconds=drawn.uniform(86_400, span - 12 * 86_400))

    world = World(Timetable(zone=zone_name, hour=hour), begin)
    set_clock(monkeypatch, world.clock)
    monkeypatch.setattr(logging.getLogger("apscheduler"), "disabled", True)
    absences = [
        Absence(moment(), timedelta(seconds=drawn.choice((5, 600, 7_200, 20_000))))
        for _ in range(restarts)
    ]
    absences.append(Absence(moment(), away))
    # Half of the kills at any time, half while an edition is made or its letters leave.
    hours = sorted(moments.values())
    world.kill_at = sorted(
        moment()
        if number % 2
        else drawn.choice(hours[5:-15]) + timedelta(seconds=drawn.randrange(1, 1_900))
        for number in range(kills)
    )
    simulate(world, end, absences, restart=timedelta(seconds=30))
    return world, absences


def _hold(world: World, moments: dict[Date, datetime], absences: list[Absence]) -> None:
    made = [date for date, _ in world.made]
    assert made == sorted(made), "in the order of the dates"
    assert made == sorted(moments), "each date's edition exactly once"
    letters = Counter((date, reader) for date, reader, _ in world.letters)
    assert set(letters.values()) == {1}, "mailed at most once"
    assert not {date for date, _ in letters} & world.late, "a late one is not mailed"
    assert all(at - moments[date] <= SEND_WITHIN for date, _, at in world.letters)
    absent = [(absence.at, absence.at + absence.lasts + timedelta(hours=1)) for absence in absences]
    for date, at in world.made:
        if any(start <= moments[date] + PUNCTUAL and moments[date] <= end for start, end in absent):
            continue
        assert timedelta(0) <= at - moments[date] <= timedelta(minutes=12), (date, at)
    punctual = sum(at - moments[date] <= PUNCTUAL for date, at in world.made)
    assert punctual > 0.75 * len(made)
    # Nearly all letters left: those missing were in hand when a process was killed.
    assert len(letters) >= len(READERS) * (len(made) - len(world.late)) - 30


SPRINGS = [
    ("Europe/Berlin", 2, Date(2027, 3, 1), Date(2027, 4, 30)),
    ("America/New_York", 1, Date(2027, 10, 10), Date(2027, 12, 8)),
    ("Australia/Lord_Howe", 2, Date(2027, 9, 5), Date(2027, 11, 3)),
    ("Pacific/Apia", 0, Date(2011, 12, 1), Date(2012, 1, 29)),
]


@pytest.mark.parametrize(("zone_name", "hour", "first", "last"), SPRINGS, ids=str)
def test_two_months(
    monkeypatch: pytest.MonkeyPatch, zone_name: str, hour: int, first: Date, last: Date
) -> None:
    moments = _dates(first, last, hour, ZoneInfo(zone_name))
    world, absences = _live(
        monkeypatch, zone_name, hour, moments, restarts=12, kills=6, away=timedelta(days=3)
    )
    assert not world.kill_at, "every kill has struck"
    _hold(world, moments, absences)


@pytest.mark.system
@pytest.mark.long
@pytest.mark.parametrize(("zone_name", "hour", "first", "last"), ZONES, ids=str)
def test_two_years(
    monkeypatch: pytest.MonkeyPatch, zone_name: str, hour: int, first: Date, last: Date
) -> None:
    moments = _dates(first, last, hour, ZoneInfo(zone_name))
    world, absences = _live(
        monkeypatch, zone_name, hour, moments, restarts=100, kills=20, away=timedelta(days=7)
    )
    assert not world.kill_at, "every kill has struck"
    _hold(world, moments, absences)
    assert len(world.late) >= 6, "the week away"
    assert len(world.nights) == len(set(world.nights))
    gaps = [after - before for before, after in zip(world.gathers, world.gathers[1:], strict=False)]
    assert sum(gap > timedelta(minutes=61) for gap in gaps) < 130, "hourly, but for absences"
