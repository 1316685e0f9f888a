"""Which of today's threads go on from a story of an earlier edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import pytest

from digest.analyse.embed import UsemEmbedder
from digest.analyse.threads import continued
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
    return found.thread if found else ""


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
