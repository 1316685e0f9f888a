"""Mornings: every local date brings each reader one edition, clock changes or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mornings import morning
from digest.timetable import wall_time

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 4, 14)
HOMES = (
    "UTC",
    "Africa/Casablanca",
    "America/New_York",
    "Asia/Tokyo",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Auckland",
)
ZONES = (
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)


@pytest.mark.parametrize(
    ("zone", "hour", "local"),
    [
        ("Europe/Berlin", 6, "2026-04-14 06:00"),
        ("Europe/Berlin", 9, "2026-04-14 09:00"),
        ("Europe/London", 6, "2026-04-14 06:00"),  # an hour after the edition
        ("Europe/Kyiv", 6, "2026-04-14 06:00"),  # an hour before: at once
        ("Asia/Kolkata", 6, "2026-04-14 06:00"),
        ("Asia/Tokyo", 6, "2026-04-15 06:00"),  # the edition comes at 13:00 there
        ("America/New_York", 6, "2026-04-14 06:00"),
        ("America/Los_Angeles", 14, "2026-04-14 14:00"),
        ("America/Los_Angeles", 20, "2026-04-13 20:00"),  # the edition comes at 21:00 there
        ("America/Los_Angeles", 22, "2026-04-13 22:00"),
        ("Pacific/Pago_Pago", 6, "2026-04-14 06:00"),
    ],
)
def test_when_an_edition_of_six_in_berlin_comes(zone: str, hour: int, local: str) -> None:
    moment = morning(DAY, ZoneInfo(zone), hour, made_in=BERLIN, at=6)
    assert f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == local
    assert moment.tzinfo is UTC


@given(
    home=st.sampled_from(HOMES).map(ZoneInfo),
    at=st.integers(0, 23),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    hour=st.integers(0, 23),
    first=st.dates(date(2025, 1, 1), date(2028, 12, 1)),
    late=st.integers(0, 45).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_every_local_date_brings_one_edition(
    home: ZoneInfo, at: int, zone: ZoneInfo, hour: int, first: date, late: timedelta
) -> None:
    """Over the following two months; an edition can be made some minutes after its hour."""
    came = []
    for n in range(60):
        day = first + timedelta(days=n)
        edition = wall_time(day, at, home)
        assert edition is not None
        moment = morning(day, zone, hour, made_in=home, at=at)
        assert moment - edition <= timedelta(hours=28)
        came.append(max(moment, edition + late).astimezone(zone).date())
    assert came == [came[0] + timedelta(days=n) for n in range(60)]


@pytest.mark.parametrize(
    ("home", "zone"),
    [("Europe/Dublin", "America/Denver"), ("Africa/Casablanca", "America/Los_Angeles")],
)
def test_a_zone_whose_summer_time_is_the_standard_brings_one_edition_too(
    home: str, zone: str
) -> None:
    there, made_in = ZoneInfo(zone), ZoneInfo(home)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    editions = [wall_time(day, 6, made_in) for day in days]
    for hour in range(24):
        letters = [morning(day, there, hour, made_in=made_in, at=6) for day in days]
        came = [
            max(letter, edition).astimezone(there).date()
            for letter, edition in zip(letters, editions, strict=True)
            if edition
        ]
        assert came == [came[0] + timedelta(days=n) for n in range(365)]


def test_beyond_the_date_line_the_readers_hour_is_the_new_sides() -> None:
    edition = datetime(2012, 2, 1, 6, tzinfo=UTC)  # a month after Apia crossed it
    moment = morning(edition.date(), ZoneInfo("Pacific/Apia"), 6, made_in=ZoneInfo("UTC"), at=6)
    assert edition <= moment < edition + timedelta(days=1)


def test_a_date_that_a_zone_has_skipped_is_made_up_for() -> None:
    apia = ZoneInfo("Pacific/Apia")  # no 30 December 2011 there
    moments = [
        morning(date(2011, 12, day), apia, 6, made_in=ZoneInfo("UTC"), at=6) for day in (29, 30, 31)
    ]
    assert moments == sorted(moments)
    assert moments[0] < datetime(2011, 12, 31, tzinfo=UTC)
