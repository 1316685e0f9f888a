"""How often a feed is asked: by what it prints, what it asks for, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.http import Answer
from digest.gather.manners import wish
from digest.gather.pace import (
    LONGEST,
    LONGEST_DEAD,
    PATIENCE,
    Habit,
    interval,
    rests_until,
    told_to_wait,
)
from digest.gather.states import succeeded, unchanged
from digest.model import FeedState

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAILY = b"<sy:updatePeriod>daily</sy:updatePeriod>"
URL = "https://odra.example/feed.xml"


@pytest.mark.parametrize(
    ("weekly", "failures", "hours"),
    [
        (2_000, 0, 1.0),  # an agency: as often as there is a round
        (84, 0, 1.0),  # twelve a day
        (42, 0, 2.0),  # six a day
        (21, 0, 4.0),
        (7, 0, 6.0),  # one a day: four times a day is enough
        (0, 0, 6.0),
        (84, 1, 1.0),  # bad luck
        (84, 3, 1.0),
        (84, 4, 2.0),
        (84, 5, 4.0),
        (84, 6, 8.0),
        (0, 9, 64.0),
        (84, 30, 168.0),  # dead: once a week
    ],
)
def test_the_interval_follows_what_a_feed_prints_and_how_it_fails(
    weekly: int, failures: int, hours: float
) -> None:
    state = FeedState(URL, failures=failures)
    assert interval(state, Habit(NOW, weekly), HOUR) == timedelta(hours=hours)


def test_a_round_that_comes_a_minute_early_does_not_put_a_feed_off() -> None:
    habit = Habit(NOW - timedelta(minutes=59), 2_000)
    assert rests_until(FeedState(URL), habit, NOW, HOUR) is None
    habit = Habit(NOW - timedelta(minutes=20), 2_000)
    assert rests_until(FeedState(URL), habit, NOW, HOUR) == NOW + timedelta(minutes=25)


def test_what_the_server_asked_for_counts_first() -> None:
    state = FeedState(URL, not_before=NOW + timedelta(minutes=5))
    assert rests_until(state, Habit(), NOW, HOUR) == state.not_before


def test_a_feed_never_asked_or_asked_by_a_clock_that_was_ahead_is_asked() -> None:
    assert rests_until(FeedState(URL), Habit(), NOW, HOUR) is None
    assert rests_until(FeedState(URL), Habit(NOW + 400 * HOUR, 3), NOW, HOUR) is None


def test_what_was_asked_of_a_clock_that_was_ahead_does_not_count() -> None:
    state = FeedState(URL, not_before=NOW + timedelta(days=7), failures=1)
    assert told_to_wait(state, NOW) == rests_until(state, Habit(), NOW, HOUR) == state.not_before
    state = FeedState(URL, not_before=NOW + timedelta(days=3650), failures=1)
    assert told_to_wait(state, NOW) is None
    assert rests_until(state, Habit(NOW + timedelta(days=3650)), NOW, HOUR) is None


def test_for_an_edition_only_the_long_dead_are_left_alone() -> None:
    def rests(failures: int, habit: Habit) -> bool:
        state = FeedState(URL, failures=failures)
        return rests_until(state, habit, NOW, HOUR, for_edition=True) is not None

    lately = Habit(NOW - HOUR, 7)
    assert not rests(PATIENCE, lately)
    assert rests(PATIENCE + 5, lately)
    assert not rests(20, Habit(NOW - 200 * HOUR))


@given(
    st.integers(0, 100_000),
    st.integers(0, 10_000),
    st.timedeltas(timedelta(minutes=15), timedelta(days=1)),
)
def test_never_more_often_than_a_round_and_never_given_up(
    weekly: int, failures: int, shortest: timedelta
) -> None:
    state = FeedState(URL, failures=failures)
    wait = interval(state, Habit(NOW, weekly), shortest)
    assert shortest <= wait <= max(shortest, LONGEST_DEAD if failures else LONGEST)
    worse = interval(FeedState(URL, failures=failures + 1), Habit(NOW, weekly), shortest)
    assert worse >= wait or failures <= PATIENCE


@pytest.mark.parametrize(
    ("body", "cache_control", "minutes"),
    [
        (b"<rss><channel><ttl>30</ttl><item/>", "", 30),
        (b"<rss><channel><ttl>30</ttl><item/>", "public, max-age=3600", 60),
        (b"<sy:updatePeriod>\n hourly </sy:updatePeriod>", "", 60),
        (DAILY + b"<sy:updateFrequency>6</sy:updateFrequency>", "", 240),
        (b"<sy:updatePeriod>yearly</sy:updatePeriod>", "", 360),  # no longer than a working day
        (DAILY + b"<sy:updateFrequency>0</sy:updateFrequency>", "", 360),
        (b"<rss><channel><item><ttl>30</ttl></item>", "", 0),  # a report's own word is none
        (b"<ttl>-5</ttl><ttl>soon</ttl>", "s-maxage=900, no-cache", 0),
        (b"", "MAX-AGE = 600", 10),
    ],
)
def test_what_feeds_wish(body: bytes, cache_control: str, minutes: int) -> None:
    assert wish(body, cache_control) == timedelta(minutes=minutes)


@given(st.binary(max_size=400), st.text(max_size=60))
def test_no_document_wishes_for_more_than_there_is(body: bytes, cache_control: str) -> None:
    assert timedelta(0) <= wish(body, cache_control) <= LONGEST


def test_a_wish_is_heeded_between_editions_and_survives_an_unchanged_answer() -> None:
    answer = Answer(URL, 200, b"<rss><channel><ttl>120</ttl>")
    state = succeeded(FeedState(URL), answer, NOW, newest=None, whole=True, pages={})
    busy = Habit(NOW, 2_000)
    assert rests_until(state, busy, NOW + HOUR, HOUR) == NOW + 1.5 * HOUR
    assert rests_until(state, busy, NOW + 1.6 * HOUR, HOUR) is None
    later = unchanged(state, Answer(URL, 304), NOW + 2 * HOUR)
    assert later.not_before == NOW + 4 * HOUR
    told = unchanged(state, Answer(URL, 304, cache_control="max-age=18000"), NOW + 2 * HOUR)
    assert told.not_before == NOW + 7 * HOUR
