"""Which of a day's events are one running story, and which goes on from an earlier edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from digest.analyse import words
from digest.analyse.embed import UsemEmbedder
from digest.analyse.places import places_of
from digest.analyse.threads import CONTINUED, continued, join_events
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


def test_most_reports_in_common_settle_it_then_the_newer_story_then_the_first() -> None:
    earlier = [
        story("old", "A", day=7, items=["x", "y"]),
        story("new", "B", day=9, items=["z", "z"]),
        story("first", "C", day=8, items=["w"]),
        story("second", "D", day=8, items=["w"]),
    ]
    titles = ["E", *(name for one in earlier for name in one.titles)]
    vector_of = dict(zip(titles, embedder().begin(titles)(), strict=True))
    shared = [frozenset(ids) for ids in ("xyz", "xz", "w")]
    found = continued([["E"]] * 3, shared, earlier, vector_of)
    assert [one[0].thread for one in found if one] == ["old", "new", "first"]
    assert [one[1] for one in found if one] == [2 + CONTINUED, 1 + CONTINUED, 1 + CONTINUED]


def test_an_earlier_storys_reports_are_read_once_for_all_threads() -> None:
    class Watched(tuple[str, ...]):
        read = 0

        def __iter__(self) -> Iterator[str]:
            Watched.read += 1
            return super().__iter__()

    earlier = [replace(one, items=Watched([one.thread])) for one in EARLIER]
    names = ["A title", *(title for one in earlier for title in one.titles)]
    vector_of = dict(zip(names, embedder().begin(names)(), strict=True))
    found = continued([["A title"]] * 50, [frozenset(["quake"])] * 50, earlier, vector_of)
    assert [one and one[0].thread for one in found] == ["quake"] * 50
    assert Watched.read == len(earlier)


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
