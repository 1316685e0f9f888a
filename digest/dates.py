"""Dates as feeds and files print them: RFC 822, RFC 3339 and everything people write instead.

python-dateutil reads them; two strict forms are read directly, because they are nine dates in ten
and dateutil takes 60–90 µs for each (tests hold both ways equal). Nothing is guessed: a date that
can be read in two ways, lies before 1990 or is not a whole date is no date.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from digest.tags import primary

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the web nothing was published on it; 1970 and 1900 are unset fields."""
FUTURE = timedelta(hours=2)
"""How far ahead a clock may be. Local times labelled as GMT are 3 hours or more off."""

_HOURS = {
    # RFC 822 section 5 and what North American outlets print
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3,
    "NST": -3.5, "NDT": -2.5, "ET": -5, "PT": -8,
    # Europe, Africa
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "MSD": 4, "TRT": 3, "WAT": 1, "CAT": 2, "EAT": 3, "SAST": 2,
    # Asia, Pacific
    "IDT": 3, "GST": 4, "IRST": 3.5, "AFT": 4.5, "PKT": 5, "IST": 5.5, "NPT": 5.75, "ICT": 7,
    "WIB": 7, "WITA": 8, "WIT": 9, "HKT": 8, "SGT": 8, "MYT": 8, "PHT": 8, "AWST": 8, "JST": 9,
    "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    # South America
    "BRT": -3, "ART": -3, "CLT": -4, "CLST": -3, "COT": -5, "PET": -5, "VET": -4,
}  # fmt: skip
"""Zone names and hours east of UTC, daylight saving as the name says."""
_ELSEWHERE = {
    # One name, several zones: the feed's country decides, _HOURS where it is unknown.
    "IST": {"IE": 1, "IL": 2},
    "CST": {"CN": 8, "TW": 8, "CU": -5},
    "AST": {"SA": 3, "IQ": 3, "KW": 3, "BH": 3, "QA": 3, "YE": 3},
    "BST": {"BD": 6},
    "PST": {"PH": 8},
    "GST": {"GS": -2},
}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? "
    r"(?:([+-])(\d\d):?(\d\d)|(GMT|UTC|UT|Z))"
)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_ALL_NUMBERS = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{2,4})(?!\d)")
_LONGEST = 80
"""Characters; the longest real date seen has 45."""
_RECENT = timedelta(days=366)


@dataclass(slots=True)
class Dates:
    """The dates of one document's entries: reads them, and counts those that can be none."""

    now: datetime
    country: str = ""
    language: str = ""
    _future: int = 0
    _unreadable: int = 0

    def read(self, text: str) -> datetime | None:
        """The moment `text` names, in UTC; None where it names none, or none that can be."""
        if not text.strip():
            return None
        return self.accepted(
            read_date(text, self.now, country=self.country, language=self.language)
        )

    def accepted(self, moment: datetime | None) -> datetime | None:
        """`moment` if an entry may have it; None for what could not be read, too."""
        if moment is None or moment < EARLIEST:
            self._unreadable += 1
            return None
        if moment > self.now + FUTURE:
            self._future += 1
            return None
        return moment

    def notes(self) -> list[str]:
        """What was odd, for the feed's line."""
        found = []
        if self._future:
            found.append(f"dates in the future, taken as unknown: {self._future}")
        if self._unreadable:
            found.append(f"dates that cannot be read: {self._unreadable}")
        return found


def read_date(
    text: str, now: datetime, *, country: str = "", language: str = ""
) -> datetime | None:
    """The moment `text` names, in UTC, be it one that an entry may have or not; None for none.

    A date without a zone is taken as UTC, a date without a time as midnight. `country` (ISO 3166)
    settles zone names that several countries use, `language` (BCP 47) gives the month names.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    strict = _strict(text)
    if strict is not None:
        return strict
    text = " ".join(text.split())
    for candidate in (text, _english(text, primary(language))):
        if candidate:
            moment = _lenient(candidate, now, country.upper())
            if moment is not None:
                return moment
    return None


def _strict(text: str) -> datetime | None:
    """RFC 822 and RFC 3339 in their exact forms."""
    try:
        if (found := _RFC822.fullmatch(text)) is not None:
            day, name, year, hour, minute, second, sign, off_h, off_m, _ = found.groups()
            month = _MONTH_NUMBER.get(name.lower())
            if month is None:
                return None
            moment = datetime(
                int(year), month, int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC
            )
            if sign:
                offset = timedelta(hours=int(off_h), minutes=int(off_m))
                moment = moment - offset if sign == "+" else moment + offset
            return moment
        if _RFC3339.fullmatch(text) is not None:
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def _lenient(text: str, now: datetime, country: str) -> datetime | None:
    """Whatever dateutil can read as one whole date, and in one way only."""
    if _ALL_NUMBERS.match(text) is None:
        return _by_dateutil(text, country)
    # 05/09/2025 is May or September, 25-09-10 this year or 2010: of the ways that it can be read,
    # exactly one must be a date that a feed may carry.
    readings = {
        moment
        for day_first in (False, True)
        for year_first in (False, True)
        if (moment := _by_dateutil(text, country, day_first, year_first)) is not None
    }
    if len(readings) > 1:
        readings = {moment for moment in readings if now - _RECENT <= moment <= now + FUTURE}
    return readings.pop() if len(readings) == 1 else None


def _by_dateutil(
    text: str, country: str, day_first: bool = False, year_first: bool = False
) -> datetime | None:
    from dateutil import parser

    found = []
    # What the text leaves out is filled from the default: two defaults that differ in year, month
    # and day show whether it named the whole date ("Tuesday", "10:30" do not).
    for default in (datetime(2000, 1, 1), datetime(2004, 2, 2)):  # noqa: DTZ001
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # unknown zone names: such a time is taken as UTC
                moment = parser.parse(
                    text,
                    default=default,
                    dayfirst=day_first,
                    yearfirst=year_first,
                    tzinfos=_zones(country),
                )
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
            found.append(moment.astimezone(UTC))
        except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
            return None
    return found[0] if found[0] == found[1] else None


@lru_cache(maxsize=256)
def _zones(country: str) -> dict[str, timezone]:
    hours = _HOURS | {
        name: there[country] for name, there in _ELSEWHERE.items() if country in there
    }
    return {name: timezone(timedelta(hours=offset), name) for name, offset in hours.items()}


_WORD = re.compile(r"[^\W\d_]+\.?", re.UNICODE)
_FILLERS = frozenset(
    {"de", "del", "of", "um", "uhr", "à", "às", "kl", "klo", "ore", "alle", "г", "в"}
)


def _english(text: str, language: str) -> str:
    """`text` with month names of `language` in English and its weekdays left out; "" if unknown."""
    names = _month_names(language)
    if not names:
        return ""

    def translated(match: re.Match[str]) -> str:
        word = match.group().casefold().rstrip(".")
        return names.get(word, "" if word in _FILLERS else match.group())

    return " ".join(_WORD.sub(translated, text).split()).lstrip(", ")


@lru_cache(maxsize=64)
def _month_names(language: str) -> dict[str, str]:
    """Casefolded month names of a language → English; its weekday names → ""."""
    from babel import Locale, UnknownLocaleError

    if not language or language == "en":
        return {}
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    weekdays = {word: "" for _, word in _forms(locale.days)}
    months = {word: _MONTHS[at - 1].capitalize() for at, word in _forms(locale.months)}
    return weekdays | months


def _forms(table: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401  (Babel has no types for it)
    """(number, form) of each name in a table of Babel's."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in table[context][width].items():
                yield number, str(name).casefold().rstrip(".")
