"""Each reader's own morning: when the letter of an edition may leave. Pure.

An edition has its date in the zone where it is made. A reader elsewhere gets it at their own hour
of that date there, the one before or the one after: always the same of the three, so that every
local date brings one edition, across the clock changes of both zones too. It is therefore told by
standard times: 06:00 in Berlin is before 10:30 in Delhi in summer and in winter.
"""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.timetable import wall_time

AT_ONCE_WITHIN = timedelta(hours=6)
"""A reader whose hour was so lately gets the letter at once, rather than on the next morning: one
whose clock is an hour ahead of the edition's would else wait for 23."""
CHANGES = timedelta(hours=2)
"""What the clock changes of two zones can move them against each other. A letter that could leave
with the edition so shortly before midnight waits for the next day, or a change would move it to
another date: one date without a letter and one with two."""
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)


def morning(date: Date, zone: ZoneInfo, hour: int, *, made_in: ZoneInfo, at: int) -> datetime:
    """When the letter of `date`'s edition, made at `at` o'clock in `made_in`, may leave to a reader
    who wants it at `hour` in `zone`. It can lie before the edition's hour: then it leaves at once.
    """
    day = date + _offset(_standard(zone, date), hour, _standard(made_in, date), at) * A_DAY
    for _ in range(3):  # a zone that crossed the date line has no such date
        moment = wall_time(day, hour, zone)
        if moment is not None:
            return moment
        day += A_DAY
    raise AssertionError(f"{zone} has no {hour} o'clock for days after {date}")


@lru_cache(maxsize=4096)
def _offset(there: timedelta, hour: int, here: timedelta, at: int) -> int:
    """Days from the edition's date to the reader's date that the letter comes on."""
    edition = timedelta(hours=at) - here
    for days in (-1, 0, 1):
        reader = days * A_DAY + timedelta(hours=hour) - there
        late = edition - reader
        if late <= -CHANGES:
            return days
        if late <= AT_ONCE_WITHIN and timedelta(hours=hour) + late <= A_DAY - CHANGES:
            return days
    return 2


@lru_cache(maxsize=65536)
def _standard(zone: ZoneInfo, date: Date) -> timedelta:
    """The zone's distance from UTC without its summer time: the smallest within half a year of
    `date`. Its `dst()` does not tell: Dublin's law calls the summer's the standard time, and
    Casablanca's what holds but in Ramadan."""
    noons = [datetime.combine(date + week * A_WEEK, time(12), zone) for week in range(-26, 27)]
    offsets = [noon.utcoffset() or timedelta(0) for noon in noons]
    # A zone that crosses the date line is on the side where it is on the date.
    return min(offset for offset in offsets if offsets[26] - offset < A_DAY / 2)
