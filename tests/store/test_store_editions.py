"""Editions: numbers, replacing, what later editions are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import date as Date

import pytest

from digest.errors import StoreError
from digest.model import (
    Brief,
    Citation,
    EarlierStory,
    Edition,
    Editorial,
    Item,
    LeftOut,
    Outlet,
    RecentEdition,
    Report,
    Sentence,
    Story,
)
from digest.store import Store, open_store

DAY = Date(2026, 4, 14)
ONE = timedelta(days=1)
NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


def edition(date: Date, number: int, *threads: str, headline: str = "Dam holds") -> Edition:
    return Edition(
        date=date,
        number=number,
        generated_at=NOW,
        program="digest 0.1",
        status="complete",
        status_notes=(),
        editorial=Editorial(),
        briefs=tuple(
            _brief(thread, rank, f"{headline} {rank}") for rank, thread in enumerate(threads, 1)
        ),
        left_out=LeftOut(),
        feeds=(),
        recent=(),
        reports=2,
        security_reports=2,
        outlets=1,
    )


def _brief(thread: str, rank: int, headline: str) -> Brief:
    reports = tuple(
        Report(
            item=Item(f"{thread}-{n}", "https://x.example", "X", f"Title {n}", "", None, NOW),
            outlet=Outlet("X"),
            lang="en",
            category="disaster",
            section="disaster",
        )
        for n in (1, 2)
    )
    story = Story(
        id=f"s-{thread}",
        thread=thread,
        rank=rank,
        score=1.0,
        reports=reports,
        origins=(),
        section="disaster",
        category="disaster",
        places=(),
        reasons=(),
    )
    cited = Citation(f"{thread}-1", "X", "https://x.example", "title", 0, 5, "0" * 64)
    return Brief(story, Sentence(headline, (cited,)), None, ())


def test_editions_are_numbered_in_the_order_of_their_making(store: Store) -> None:
    assert store.number_for(DAY) == 1
    store.save_edition(edition(DAY, 1, "t"), b"{}")
    assert store.number_for(DAY) == 1
    assert store.number_for(DAY + ONE) == 2
    store.save_edition(edition(DAY - ONE, 2, "t"), b"{}")
    assert store.number_for(DAY + ONE) == 3


def test_a_second_build_replaces_the_first_and_keeps_its_number(store: Store) -> None:
    store.save_edition(edition(DAY, 1, "flood", "strike", "raid"), b"first")
    store.save_edition(edition(DAY + ONE, 2, "flood"), b"next")
    store.save_edition(edition(DAY, 1, "quake", headline="Quake"), b'{"second": "\xc3\xa4\x00"}')
    stored = store.edition(DAY)
    assert stored is not None
    assert (stored.number, stored.record) == (1, b'{"second": "\xc3\xa4\x00"}')
    assert (stored.status, stored.headline, stored.generated_at) == ("complete", "Quake 1", NOW)
    assert [story.thread for story in store.earlier_stories(DAY + ONE)] == ["quake"]
    assert store.status().editions == 2


def test_the_same_build_twice_changes_nothing(store: Store) -> None:
    for _ in range(2):
        store.save_edition(edition(DAY, 1, "flood"), b"{}")
    assert store.status().editions == 1
    assert len(store.earlier_stories(DAY + ONE)) == 1


def test_a_number_that_another_build_took_is_refused(store: Store) -> None:
    store.save_edition(edition(DAY, 1, "flood"), b"{}")
    with pytest.raises(StoreError, match=r"2026-04-15 was made as no\. 1, but is no\. 2.*again"):
        store.save_edition(edition(DAY + ONE, 1, "strike"), b"{}")
    with pytest.raises(StoreError, match=r"made as no\. 2, but is no\. 1"):
        store.save_edition(edition(DAY, 2, "strike"), b"{}")
    assert [story.thread for story in store.earlier_stories(DAY + ONE)] == ["flood"]


def test_an_edition_without_stories(store: Store) -> None:
    store.save_edition(edition(DAY, 1), b"{}")
    assert store.earlier_stories(DAY + ONE) == []
    assert store.recent_editions(DAY + ONE) == [RecentEdition(DAY, "")]


def test_no_edition(store: Store) -> None:
    assert store.edition(DAY) is None
    assert store.recent_editions(DAY) == []
    assert store.earlier_stories(DAY) == []


def test_recent_editions_newest_first_before_the_date_alone(store: Store) -> None:
    for number in range(1, 5):
        store.save_edition(edition(DAY + number * ONE, number, "t", headline=f"E{number}"), b"{}")
    assert store.recent_editions(DAY + 4 * ONE, limit=2) == [
        RecentEdition(DAY + 3 * ONE, "E3 1"),
        RecentEdition(DAY + 2 * ONE, "E2 1"),
    ]


def test_earlier_stories_of_the_days_before(store: Store) -> None:
    for number, back in enumerate((15, 14, 1, 0), start=1):
        made = edition(DAY - back * ONE, number, f"lead-{back}", f"second-{back}")
        store.save_edition(made, b"{}")
    told = store.earlier_stories(DAY, days=14)
    assert [(story.date, story.thread) for story in told] == [
        (DAY - ONE, "lead-1"),
        (DAY - ONE, "second-1"),
        (DAY - 14 * ONE, "lead-14"),
        (DAY - 14 * ONE, "second-14"),
    ]
    assert told[0] == EarlierStory(
        DAY - ONE, "lead-1", "Dam holds 1", ("Title 1", "Title 2"), ("lead-1-1", "lead-1-2")
    )


def test_lists_have_their_own_editions(store: Store, url: str) -> None:
    store.save_edition(edition(DAY, 1, "flood"), b"main")
    with open_store(url, "asia") as asias:
        assert asias.number_for(DAY) == 1
        asias.save_edition(edition(DAY, 1, "strike"), b"asia")
        main, asia = store.edition(DAY), asias.edition(DAY)
        assert main is not None
        assert asia is not None
        assert (main.record, asia.record) == (b"main", b"asia")
        assert [story.thread for story in store.earlier_stories(DAY + ONE)] == ["flood"]
        assert [story.thread for story in asias.earlier_stories(DAY + ONE)] == ["strike"]
        assert len(asias.recent_editions(DAY + ONE)) == 1


def test_editions_outlive_their_items(store: Store) -> None:
    store.save_edition(edition(DAY, 1, "flood"), b"{}")
    store.prune(NOW + timedelta(days=400), NOW + timedelta(days=400))
    assert store.edition(DAY) is not None
    assert len(store.earlier_stories(DAY + ONE)) == 1
