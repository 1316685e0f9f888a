"""Which of a day's events are one running story, and which goes on from an earlier edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import pytest

from digest.analyse import words
from digest.analyse.embed import UsemEmbedder
from digest.analyse.places import places_of
from digest.analyse.threads import continued, join_events
from digest.model import EarlierStory


@cache
def embedder() -> UsemEmbedder:
    return UsemEmbedder()


def story(thread: str, *titles: str, day: int = 9, items: Sequence[str] = ()) -> EarlierStory:
    return EarlierStory(date(2026, 3, day), thread, titles[0], titles, tuple(items))


EARLIER = [
    story("court", "Supreme Court in Tamsk opens trial of former president Orlo Benn"),
    story("quake", "Earthquake in Chile kills 12", "Rescuers search for Chile quake survivors"),
    story("school", "Gunman wounds four at high school in Ohio", items=["o1"]),
]


def goes_on_from(*titles: str, items: Sequence[str] = ()) -> str:
    names = sorted({*titles, *(title for old in EARLIER for title in old.titles)})
    vector_of = dict(zip(names, embedder().begin(names)(), strict=True))
    (found,) = continued([titles], [frozenset(items)], EARLIER, vector_of)
    return found[0].thread if found else ""


@pytest.mark.parametrize(
    ("title", "thread"),
    [
        ("Former president Orlo Benn found guilty by Tamsk court", "court"),
        ("Death toll of Chile earthquake rises to 31", "quake"),
        ("Police shoot armed man at high school in Texas", ""),  # another shooting
        pytest.param(
            "Wildfires in Chile force thousands from their homes",
            "",
            marks=pytest.mark.xfail(strict=True, reason="one title each, and both name Chile"),
        ),
        ("Parliament of Kesten votes down budget", ""),
    ],
)
def test_a_thread_goes_on_where_names_and_meaning_do(title: str, thread: str) -> None:
    assert goes_on_from(title) == thread


def test_one_report_of_both_settles_it() -> None:
    assert goes_on_from("Community mourns after a terrible week", items=["o1"]) == "school"


def test_without_earlier_stories_all_is_new() -> None:
    assert continued([["A title"]], [frozenset()], [], {}) == [None]


def together(*events: tuple[str, ...]) -> list[list[int]]:
    """Which of the day's events, given by their reports' titles, are one running story."""
    titles = [title for event in events for title in event]
    counts = words.rows(words.counted(words.words_of(title)) for title in titles)
    numbers = iter(range(len(titles)))
    return join_events(
        [[next(numbers) for _ in event] for event in events],
        embedder().begin(titles)(),
        words.weighted(counts, words.background_idf()),
        [places_of(title, "") for title in titles],
    )


def test_a_war_is_one_story_and_a_country_is_none() -> None:
    found = together(
        ("Russian drones hit Kyiv apartment block overnight, killing four",),
        ("Ukraine shoots down 80 Russian drones over Kyiv, air force says",),
        ("Hacker from Ukraine extradited over ransomware gang",),
        ("Ukrainian woman stabbed to death on train in North Carolina",),
    )
    assert [0, 1] in found
    assert [2] in found
    assert [3] in found
