"""The interface's words in the edition's language: phrases, counts, lists, dates, language names.

The phrases stand in templates/strings.<language>.json, so that a translation needs no code: each
is a text with {named} parts, or one text per plural form (CLDR's names: one, few, many, other),
chosen by the number `n`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from digest.model import Editorial
from digest.render.labels import Labels
from digest.render.safe import plain
from digest.tags import primary

FALLBACK = "en"
_OFFSET = re.compile(r"(?<= )([+-])(\d\d)(\d\d)$")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


class Words:
    """The words of one edition. Raises KeyError for a phrase that the strings file lacks."""

    def __init__(self, editorial: Editorial, templates: Mapping[str, str]) -> None:
        language = primary(editorial.language) or FALLBACK
        if f"strings.{language}.json" not in templates:
            language = FALLBACK
        self.locale = _locale(editorial.language, language)
        self._locale_name = str(self.locale)
        self.language = language
        """The language that the phrases are in; the sources' language where it is translated."""
        self.zone = ZoneInfo(editorial.zone)
        self._phrases = _phrases(templates[f"strings.{FALLBACK}.json"])
        if language != FALLBACK:
            self._phrases = self._phrases | _phrases(templates[f"strings.{language}.json"])
        figures = {
            key.removeprefix("figure_"): said
            for key, said in self._phrases.items()
            if isinstance(said, str) and key.startswith("figure_")
        }
        self._labels = Labels(
            templates.get(f"labels.{language}.json", ""),
            figures,
            self.locale.plural_form,
            self.phrase("semicolon"),
        )

    def phrase(self, key: str, **parts: object) -> str:
        """The phrase `key` with its parts filled in; `n` chooses the plural form."""
        phrase: str | dict[str, str] = self._phrases[key]
        if not parts and isinstance(phrase, str):
            return phrase.format()
        n = parts.get("n")
        if isinstance(phrase, dict):
            form = self.locale.plural_form(n) if isinstance(n, int) else "other"
            phrase = phrase.get(form) or phrase["other"]
        filled = {name: self.number(p) if isinstance(p, int) else p for name, p in parts.items()}
        return str(phrase).format_map(filled)

    def label(self, text: str) -> str:
        """A label of the machine's, such as "single source: Reuters", for the screen."""
        return _APOSTROPHE.sub("’", self._labels(plain(text)))

    def region(self, id: str) -> str:
        """A region of the world (digest.regions) by its name."""
        return self.phrase(f"region_{id.replace('-', '_')}")

    def has(self, key: str) -> bool:
        return key in self._phrases

    def number(self, n: int) -> str:
        return _decimal(n, self._locale_name)

    def quantity(self, value: float) -> str:
        """A bound of a figure: whole numbers without decimals."""
        return format_decimal(int(value) if value == int(value) else value, locale=self.locale)

    def listing(self, names: Sequence[str]) -> str:
        """ "a, b and c" in the edition's language."""
        return format_list(list(names), locale=self.locale)

    def language_name(self, code: str) -> str:
        name = self.locale.languages.get(primary(code))
        return str(name) if name else code

    def country(self, code: str, name: str) -> str:
        """A country in the edition's language; `name`, which is English, where it has none."""
        if self.language == FALLBACK:
            return name  # CLDR's English is "Congo - Kinshasa" and "Myanmar (Burma)"
        return str(self.locale.territories.get(code) or name)

    def figure(self, label: str) -> str:
        """What a figure counts: "killed"; of an amount without its currency, which each row has."""
        key = f"figure_{label}"
        return self.phrase(key) if self.has(key) else plain(label.partition(",")[0])

    def long_date(self, date: Date) -> str:
        return self.dated(date, "date_long")

    def short_date(self, date: Date) -> str:
        return self.dated(date, "date_short")

    def dated(self, date: Date, pattern: str) -> str:
        """`date` by the pattern that the phrase of this name holds."""
        return _date(date, self.phrase(pattern), self._locale_name)

    def time(self, at: datetime) -> str:
        """ "13 Apr 18:40", in the edition's zone; its parts stay on one line."""
        time = format_datetime(at, self.phrase("time"), tzinfo=self.zone, locale=self.locale)
        return time.replace(" ", "\u00a0")

    def published(self, at: datetime, *, dated: bool) -> str:
        """When a report was published or, where its outlet does not date it, first seen."""
        time = self.time(at)
        return time if dated else self.phrase("seen", time=time).replace(" ", "\u00a0")

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def hour(self, at: datetime) -> str:
        """The day at midnight, else "18:00": labels of a time line."""
        local = self.local(at)
        if local.hour == 0:
            return self.short_date(local.date())
        return format_datetime(at, "HH:mm", tzinfo=self.zone, locale=self.locale)

    def full_time(self, at: datetime) -> str:
        """ "14 April 2026, 05:40 CET"; "UTC+1" where the language has no short name of the zone."""
        time = format_datetime(at, self.phrase("time_full"), tzinfo=self.zone, locale=self.locale)
        return _OFFSET.sub(_from_utc, time)


def _from_utc(offset: re.Match[str]) -> str:
    sign, hours, minutes = offset.groups()
    return f"UTC{sign}{int(hours)}" + (f":{minutes}" if minutes != "00" else "")


# A list of a hundred stories prints few numbers and dates many times; babel takes 30 µs for each,
# and 10 to look up a Locale instead of its name.
@lru_cache(maxsize=4096)
def _decimal(n: int, locale: str) -> str:
    return format_decimal(n, locale=locale)


@lru_cache(maxsize=4096)
def _date(date: Date, pattern: str, locale: str) -> str:
    return format_date(date, pattern, locale=locale)


@lru_cache(maxsize=8)
def _locale(wanted: str, language: str) -> Locale:
    """The locale `wanted`, where its language is the phrases' own; else the phrases' own."""
    # "13 April" and no comma before "and", where no country is named: plain "en" is American.
    plain = Locale.parse("en_GB" if language == "en" else language)
    if wanted.lower() == language:
        return plain
    try:
        locale = Locale.parse(wanted.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return plain
    return locale if locale.language == language else plain


@lru_cache(maxsize=16)
def _phrases(source: str) -> dict[str, str | dict[str, str]]:
    phrases: dict[str, str | dict[str, str]] = json.loads(source)
    return phrases
