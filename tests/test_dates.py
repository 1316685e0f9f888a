"""Dates as feeds print them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import dates
from digest.dates import Dates, read_date

NOW = datetime(2025, 9, 10, 18, 0, tzinfo=UTC)


def parse_date(text: str, now: datetime, country: str = "", language: str = "") -> datetime | None:
    return Dates(now, country, language).read(text)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Wed, 10 Sep 2025 09:05:07 GMT", utc(2025, 9, 10, 9, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 +0530", utc(2025, 9, 10, 3, 35, 7)),
        ("Wed, 10 Sep 2025 09:05:07 -04:00", utc(2025, 9, 10, 13, 5, 7)),
        ("10 Sep 2025 09:05 Z", utc(2025, 9, 10, 9, 5)),
        ("Wed, 10 Sep 25 09:05:07 GMT", utc(2025, 9, 10, 9, 5, 7)),
        ("Wed,10 Sep 2025 09:05:07 GMT", utc(2025, 9, 10, 9, 5, 7)),
        ("  Wed,  10  Sep  2025 09:05:07   GMT ", utc(2025, 9, 10, 9, 5, 7)),
        ("Thu, 10 Sep 2025 09:05:07 GMT", utc(2025, 9, 10, 9, 5, 7)),  # the wrong weekday
        ("Wed, 10 Sep 2025 09:05:07 EST", utc(2025, 9, 10, 14, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 EDT", utc(2025, 9, 10, 13, 5, 7)),
        ("Wed, 10 Sep 2025 05:05:07 PST", utc(2025, 9, 10, 13, 5, 7)),
        ("Wed, 10 Sep 2025 05:05:07 PDT", utc(2025, 9, 10, 12, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 CEST", utc(2025, 9, 10, 7, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 MSK", utc(2025, 9, 10, 6, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 BST", utc(2025, 9, 10, 8, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 JST", utc(2025, 9, 10, 0, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07 XYZ", utc(2025, 9, 10, 9, 5, 7)),
        ("Wed, 10 Sep 2025 09:05:07", utc(2025, 9, 10, 9, 5, 7)),
        ("Wednesday, September 10, 2025 - 9:05am", utc(2025, 9, 10, 9, 5)),
        ("Sept. 10, 2025, 9:05 a.m. ET", utc(2025, 9, 10, 14, 5)),
        ("2025-09-10T09:05:07Z", utc(2025, 9, 10, 9, 5, 7)),
        ("2025-09-10T09:05:07.123456789+02:00", utc(2025, 9, 10, 7, 5, 7, 123456)),
        ("2025-09-10T09:05:07+0200", utc(2025, 9, 10, 7, 5, 7)),
        ("2025-09-10T09:05+02:00", utc(2025, 9, 10, 7, 5)),
        ("2025-09-10 09:05:07", utc(2025, 9, 10, 9, 5, 7)),
        ("2025-09-10", utc(2025, 9, 10)),
        ("20250910T090507Z", utc(2025, 9, 10, 9, 5, 7)),
        ("20250910090507", utc(2025, 9, 10, 9, 5, 7)),
        ("2025/09/10 09:05", utc(2025, 9, 10, 9, 5)),
        ("25-09-10", utc(2025, 9, 10)),  # the other reading lies in 2010
        ("10/09/2025", utc(2025, 9, 10)),  # the other reading lies in the future
        ("١٠/٠٩/٢٠٢٥", utc(2025, 9, 10)),
        ("13/08/2025", utc(2025, 8, 13)),
        ("08/13/2025 10:00", utc(2025, 8, 13, 10)),
        ("10.09.2025 09:05", utc(2025, 9, 10, 9, 5)),
        ("Wed Sep 10 09:05:07 2025", utc(2025, 9, 10, 9, 5, 7)),
        ("Wed Sep 10 09:05:07 UTC 2025", utc(2025, 9, 10, 9, 5, 7)),
    ],
)
def test_one_date_one_reading(text: str, moment: datetime) -> None:
    assert parse_date(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "yesterday", "Tuesday", "10:30", "September 2025", "2025", "10 Sep", "soon",
        "05/09/2025",  # May or September
        "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z",
        "Wed, 10 Sep 1985 09:05:07 GMT", "Wed, 10 Sep 2125 09:05:07 GMT", "2025-09-31",
        "2025-09-10T25:61:00Z", "Wed, 10 Sep 2025 20:00:01 GMT", "9" * 30, "1" * 5000,
        "2025-09-10T09:05:07+99:99", "Mon, 32 Foo 2025", "(((((", "10 Sep 99999 00:00 GMT",
    ],
)  # fmt: skip
def test_what_is_no_date_or_cannot_be_is_none(text: str) -> None:
    assert parse_date(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "country", "moment"),
    [
        ("Wed, 10 Sep 2025 12:00 IST", "IN", utc(2025, 9, 10, 6, 30)),
        ("Wed, 10 Sep 2025 12:00 IST", "IE", utc(2025, 9, 10, 11)),
        ("Wed, 10 Sep 2025 12:00 IST", "IL", utc(2025, 9, 10, 10)),
        ("Wed, 10 Sep 2025 12:00 CST", "CN", utc(2025, 9, 10, 4)),
        ("Wed, 10 Sep 2025 12:00 CST", "US", utc(2025, 9, 10, 18)),
        ("Wed, 10 Sep 2025 12:00 AST", "SA", utc(2025, 9, 10, 9)),
        ("Wed, 10 Sep 2025 12:00 BST", "BD", utc(2025, 9, 10, 6)),
    ],
)
def test_the_country_settles_zone_names_that_several_use(
    text: str, country: str, moment: datetime
) -> None:
    assert parse_date(text, NOW, country=country) == moment


@pytest.mark.parametrize(
    ("text", "language", "moment"),
    [
        ("Mittwoch, 10. September 2025 09:05", "de", utc(2025, 9, 10, 9, 5)),
        ("Mi, 13 Mai 2025 09:05:00 +0200", "de", utc(2025, 5, 13, 7, 5)),
        ("mercredi 10 septembre 2025", "fr", utc(2025, 9, 10)),
        ("13 août 2025 09:05", "fr-FR", utc(2025, 8, 13, 9, 5)),
        ("10 de septiembre de 2025", "es", utc(2025, 9, 10)),
        ("mié, 13 ago 2025 09:05:07 +0000", "es", utc(2025, 8, 13, 9, 5, 7)),
        ("10 de maio de 2025", "pt", utc(2025, 5, 10)),
        ("10 сентября 2025, 12:05 MSK", "ru", utc(2025, 9, 10, 9, 5)),
        ("10 Eylül 2025 09:05", "tr", utc(2025, 9, 10, 9, 5)),
        ("10 września 2025", "pl", utc(2025, 9, 10)),
        ("10 Setyembre 2025", "fil", utc(2025, 9, 10)),
        ("10 września 2025", "en", None),
        ("10 September 2025", "xx", utc(2025, 9, 10)),
        ("10 Zephyr 2025", "fr", None),
    ],
)
def test_month_names_of_the_feeds_language(
    text: str, language: str, moment: datetime | None
) -> None:
    assert parse_date(text, NOW, language=language) == moment


def test_the_future_is_told_apart_from_what_cannot_be_read() -> None:
    ahead = NOW + timedelta(days=1)
    assert read_date(ahead.isoformat(), NOW) == ahead
    assert parse_date(ahead.isoformat(), NOW) is None
    slightly = NOW + timedelta(hours=1)
    assert parse_date(slightly.isoformat(), NOW) == slightly
    found = Dates(NOW)
    for text in (ahead.isoformat(), "soon", "1970-01-01T00:00:00Z", "", slightly.isoformat()):
        found.read(text)
    assert found.notes() == [
        "dates in the future, taken as unknown: 1",
        "dates that cannot be read: 2",
    ]


moments = st.datetimes(
    min_value=datetime(1990, 1, 2),  # noqa: DTZ001
    max_value=datetime(2025, 9, 9),  # noqa: DTZ001
    timezones=st.integers(-14 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q))),
)


@given(moments)
def test_both_ways_to_read_the_common_forms_agree(moment: datetime) -> None:
    """The direct reading of RFC 822 and RFC 3339 is dateutil's reading."""
    whole = moment.replace(microsecond=0)
    for printed in (format_datetime(whole), moment.isoformat()):
        assert dates._strict(printed) is not None
        assert dates._strict(printed) == dates._by_dateutil(printed, "")
        assert parse_date(printed, NOW) == moment.replace(
            microsecond=0 if "," in printed else moment.microsecond
        ).astimezone(UTC)


@given(st.text(max_size=90), st.sampled_from(["", "de", "ru", "zh", "q", "\x00"]))
def test_no_text_is_an_error(text: str, language: str) -> None:
    moment = parse_date(text, NOW, language=language)
    assert moment is None or dates.EARLIEST <= moment <= NOW + dates.FUTURE


parts = st.sampled_from(
    ("10", "sep", "2025", "25", "99", ":", "/", "-", ".", ",", "T", "Z", "+", "GMT", "EST")
) | st.sampled_from(("09:05", "+0200", "wed", "am", "0", "1", "31", "12", "Wed,", "1e9", "nan"))


@given(st.lists(parts, max_size=9).map(" ".join))
def test_no_heap_of_date_parts_is_an_error(text: str) -> None:
    moment = parse_date(text, NOW)
    assert moment is None or moment.tzinfo is UTC
