"""Wishes from forms and letters: only what stands on our own lists is taken over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.readers.acts import pause_until
from digest.readers.wishes import (
    DAYS,
    Offer,
    Wishes,
    known_zone,
    read_wishes,
    sections_named,
    zones,
)

OFFER = Offer(
    (("conflict", "Conflict & Defence"), ("cyber", "Cyber"), ("health", "Health Security")),
    Wishes(hour=6, zone="Europe/Berlin"),
)
NOW = datetime(2026, 4, 14, 22, 30, tzinfo=UTC)


def test_an_empty_form_wants_the_usual() -> None:
    assert read_wishes({}, OFFER) == (OFFER.usual, ())


def test_a_missing_field_keeps_what_was() -> None:
    before = Wishes(("cyber",), 3, 9, "Asia/Tokyo", "text")
    assert read_wishes({"hour": ["8"]}, OFFER, before) == (
        Wishes(("cyber",), 3, 8, "Asia/Tokyo", "text"),
        (),
    )


def test_none_ticked_and_all_ticked_are_all() -> None:
    for ticked in ([], ["health", "cyber", "conflict"]):
        form = {"choices": ["1"], "day": ["mon"], "section": ticked}
        assert read_wishes(form, OFFER)[0].sections == ()
    form = {"choices": ["1"], "day": ["mon"], "section": ["health", "conflict", "health"]}
    assert read_wishes(form, OFFER)[0].sections == ("conflict", "health")


def test_breaking_news_is_ticked_where_the_list_has_it() -> None:
    ticked = {"choices": ["1"], "day": ["mon"], "breaking": ["1"]}
    assert not read_wishes(ticked, OFFER)[0].breaking
    telling = replace(OFFER, breaking=2)
    wanted = read_wishes(ticked, telling)[0]
    assert wanted.breaking
    assert not read_wishes({"choices": ["1"], "day": ["mon"]}, telling, wanted)[0].breaking
    assert read_wishes({"hour": ["8"]}, telling, wanted)[0].breaking


texts = st.lists(st.text(max_size=40) | st.sampled_from([*DAYS, "cyber", "7", "UTC"]), max_size=4)


@given(
    st.dictionaries(
        st.sampled_from(["choices", "section", "day", "hour", "zone", "format", "x"]), texts
    )
)
def test_nothing_that_was_typed_is_kept(form: dict[str, list[str]]) -> None:
    wishes, problems = read_wishes(form, OFFER)
    assert set(wishes.sections) < set(OFFER.ids())
    assert 0 < wishes.days < 128
    assert 0 <= wishes.hour < 24
    assert wishes.zone in zones()
    assert wishes.format in ("html", "text")
    assert set(problems) <= {"sections", "days", "hour", "zone", "format"}


def test_zones() -> None:
    assert known_zone("europe/berlin") == "Europe/Berlin"
    assert known_zone("America/New York") == "America/New_York"
    for wrong in ("", "localtime", "../UTC", "Etc/GMT+5", "Mars/Olympus", "x" * 1000):
        assert known_zone(wrong) == ""


@pytest.mark.parametrize(
    ("words", "sections", "understood"),
    [
        (("cyber",), ("cyber",), True),
        (("health", "and", "defence,"), ("conflict", "health"), True),
        (("Security",), ("health",), True),
        (("all",), (), True),
        ((), (), False),
        (("astrology", "cyber"), ("cyber",), False),
    ],
)
def test_sections_by_letter(
    words: tuple[str, ...], sections: tuple[str, ...], understood: bool
) -> None:
    assert sections_named(words, OFFER) == (sections, understood)


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("2 weeks", "2026-04-28T22:00+00:00"),  # in Berlin it is the 15th already
        ("for two weeks", "2026-04-28T22:00+00:00"),
        ("a month", "2026-05-14T22:00+00:00"),
        ("10 days", "2026-04-24T22:00+00:00"),
        ("until 2026-11-01", "2026-10-31T23:00+00:00"),  # winter time again
    ],
)
def test_pauses(words: str, until: str) -> None:
    assert pause_until(words.split(), NOW, "Europe/Berlin") == (True, datetime.fromisoformat(until))


@pytest.mark.parametrize(
    "words",
    ["soon", "0 days", "53 weeks", "until 2026-04-15", "until 2026-02-30", "until 2030-01-01"],
)
def test_pauses_that_are_not_understood(words: str) -> None:
    assert pause_until(words.split(), NOW, "Europe/Berlin") == (False, None)


def test_a_pause_without_an_end() -> None:
    assert pause_until((), NOW, "UTC") == (True, None)


def test_a_language_of_the_list_can_be_chosen() -> None:
    offer = replace(OFFER, languages=("de", "en"))
    assert read_wishes({"language": ["de"]}, offer)[0].language == "de"
    assert read_wishes({"language": ["xx"]}, offer) == (OFFER.usual, ("language",))
