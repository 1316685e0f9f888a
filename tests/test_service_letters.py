"""The service letters' words: every kind in every language, with the same links in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.address import parse_address
from digest.delivery import Subscriber
from digest.desk.open import offer_of
from digest.desk.stationery import Stationery, Written
from digest.mail.inbox import VERBS
from digest.model import Editorial
from digest.readers.service import Kind, Note
from digest.resources import templates
from digest.timetable import WEEKDAYS, Weekday

LANGUAGES = ("de", "fr", "es", "ar")
KINDS: tuple[Kind, ...] = (
    *("confirm", "already", "welcome", "farewell", "links", "changed", "help", "unclear", "sure"),
    *("comment", "received", "unfit", "move", "moved"),
)
ACTS = (
    *("unsubscribe", "resume", "pause", "pause_2026-05-01", "sections", "sections_cyber_health"),
    *("regions", "regions_middle-east", "text", "html"),
)
SAID = {
    "en": ("1 May 2026", "Middle East"),
    "de": ("1. Mai 2026", "Naher Osten"),
    "fr": ("1 mai 2026", "Moyen-Orient"),
    "es": ("1 de mayo de 2026", "Oriente Medio"),
    "ar": ("1 مايو 2026", "الشرق الأوسط"),
}
EDITORIAL = Editorial(title="Harbour Security Daily", site_url="https://digest.example/all")
INBOX = "digest@harbour.example"
READER = Subscriber(
    "reader@inbox.example",
    "reader@inbox.example",
    "paused",
    paused_until=datetime(2026, 5, 1, tzinfo=UTC),
    days=0b101,
    sections=("cyber",),
    regions=("oceania",),
)
OCEANIA = {
    code: json.loads(templates()[f"web/strings.{code}.json"])["region_oceania"]
    for code in ("en", *LANGUAGES)
}
ADDRESS = parse_address(READER.address)


def written(
    kind: Kind,
    language: str,
    reader: Subscriber = READER,
    act: str = "pause",
    days: tuple[Weekday, ...] = WEEKDAYS,
) -> Written:
    stationery = Stationery(
        EDITORIAL,
        pages="https://digest.example",
        inbox=INBOX,
        offer=offer_of(EDITORIAL, days),
        consent="CONSENT",
    )
    note = Note(
        kind, ADDRESS, replace(reader, language=language), "C", "P", "U", "W", "M", about=(act,)
    )
    return stationery.write(note)


def links(text: str) -> list[str]:
    return sorted(re.findall(r"https://\S+|digest@\S+?(?=[\s:,،]|$)|CONSENT", text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_letter_says_the_same_in_each_language(kind: Kind, language: str) -> None:
    english, other = written(kind, "en"), written(kind, f"{language}-XX")
    assert other.subject != english.subject
    assert EDITORIAL.title in other.subject
    assert other.text != english.text
    assert links(other.text) == links(english.text)
    assert "\n\n\n" not in other.text
    lines = [line for line in other.text.splitlines() if "://" not in line]
    assert max(map(len, lines)) <= 96
    named = set(re.findall(r"^  ([a-z]+)", english.text, re.MULTILINE))
    assert named == set(re.findall(r"^  ([a-z]+)", other.text, re.MULTILINE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_back_is_told_in_each_language(language: str) -> None:
    told = {act: written("sure", language, act=act).text for act in ACTS}
    assert len(set(told.values())) == len(ACTS)
    until, east = SAID[language]
    assert until in told["pause_2026-05-01"]
    comma = "،" if language == "ar" else ","
    assert f"Cyber{comma} Health" in told["sections_cyber_health"]
    assert east in told["regions_middle-east"]


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_choices_are_told(language: str) -> None:
    whole = Subscriber("a@b.example", "a@b.example", "active")
    assert "Cyber" in written("changed", language).text
    assert f": {OCEANIA[language]}\n" in re.sub(" +", " ", written("changed", language).text)
    assert SAID[language][0] in written("changed", language).text
    assert "UTC" in written("welcome", language, whole).text
    assert OCEANIA[language] not in written("welcome", language, whole).text


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_days_without_an_edition_are_told(language: str) -> None:
    dropped = written("changed", language, replace(READER, days=0b10), days=("monday",)).text
    kept = written("changed", language, replace(READER, days=0b1), days=("monday",)).text
    told = set(dropped.splitlines()) - set(kept.splitlines())
    assert len(told) == 1
    assert len(told.pop().partition(":")[2]) > 25


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_who_asks_again_is_told_of_a_pause(language: str) -> None:
    open_ended, active = replace(READER, paused_until=None), replace(READER, state="active")
    told = [written("already", language, one).text for one in (READER, open_ended, active)]
    assert SAID[language][0] in told[0]
    assert len(told[0]) > len(told[1]) > len(told[2])


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_the_words_that_letters_name_are_understood(language: str) -> None:
    rows = re.findall(r"^  (\S.*?)(?:  |: )", written("help", language).text, re.MULTILINE)
    words = [word for row in rows for word in re.split("[,،] ", row)]
    assert len(words) >= 9
    assert {word.split()[0] for word in words} <= set(VERBS)


def test_a_language_without_words_gets_english() -> None:
    assert written("confirm", "pt") == written("confirm", "en")
