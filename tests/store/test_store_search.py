"""Searching, on both databases: what is found, in which order, and what no query can do."""

from __future__ import annotations

import json
from datetime import date as Date
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from test_store_editions import edition

from digest.store import Store, open_store
from digest.store.engine import open_engine
from digest.store.search import MOST_WORDS, fold, marked, query_words

DAY = Date(2026, 4, 14)
ONE = timedelta(days=1)


def story(headline: str, *sentences: str, thread: str = "t-1", dek: str | None = None) -> object:
    body = [{"text": one, "role": "body"} for one in sentences]
    head = {"text": headline, "role": "headline"}
    return {"thread": thread, "headline": headline, "dek": dek, "sentences": [head, *body]}


def save(store: Store, date: Date, *stories: object) -> None:
    number = store.number_for(date)
    record = json.dumps({"stories": stories}).encode()
    store.save_edition(edition(date, number, *(f"t{n}" for n in range(len(stories)))), record)


def found(store: Store, query: str) -> list[str]:
    return [hit.headline for hit in store.search(query).hits]


def test_all_words_in_headline_dek_or_sentences(store: Store) -> None:
    save(store, DAY, story("Dam holds", "Rain fell for days.", dek="Engineers are relieved"))
    save(store, DAY + ONE, story("Dam breaks", "Rain goes on."), story("Port reopens", "Dry."))
    assert found(store, "dam") == ["Dam breaks", "Dam holds"]  # newest first
    assert found(store, "rain dam relieved") == ["Dam holds"]
    assert found(store, "rain port") == []
    assert store.search("dam").hits[0].sentences == ("Rain goes on.",)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("eclair", True), ("ÉCLAIR", True), ("straße", True), ("STRASSE", True), ("хараков", False),
        ("харьков", True), ("القاهرة", True), ("北京", True), ("京", True), ("東京", False),
        ("co-op", True), ("op co", True), ("3,000", True), ("u_s", True), ("İzmir", True),
    ],
)  # fmt: skip
def test_accents_capitals_and_scripts(query: str, is_found: bool, store: Store) -> None:
    save(
        store, DAY,
        story("Éclair", "Straße; Харьков; القاهرة؛ 在北京市。 A co-op of 3,000 at u_s, İzmir.")
    )  # fmt: skip
    assert bool(found(store, query)) is is_found


@pytest.mark.parametrize(
    "query",
    [
        "", " ", '"', "'", '"""', "dam AND", "NOT dam", "dam OR", "NEAR(dam holds)", "dam*", "^dam",
        "words:dam", "-dam", "(dam", "dam)", "dam & !", "dam | holds", "dam <-> holds", "dam:*",
        "dam\0holds", "\0", "%", "'; DROP TABLE editions; --", ":query", "\\", "\ud800",
        "a" * 100_000,
        "dam " * 50_000, "\u0301" * 500, "\u202edam", "{dam}", "dam;", "🙂",
    ],
)  # fmt: skip
def test_no_query_is_more_than_words(query: str, store: Store) -> None:
    save(store, DAY, story("Dam holds and not near or so"))
    result = store.search(query)
    assert result.total == len(result.hits) <= 1
    assert store.edition(DAY) is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=60))
@example("dam\0holds")
def test_any_query_is_answered_and_its_own_text_is_found(store: Store, query: str) -> None:
    save(store, DAY, story(query))
    assert len(found(store, query)) == bool(query_words(query))


def test_pages(store: Store) -> None:
    for n in range(25):
        save(store, DAY - n * ONE, story(f"Dam day {n}"))
    page = store.search("dam", offset=20, limit=10)
    assert page.total == 25
    assert [hit.headline for hit in page.hits] == [f"Dam day {n}" for n in range(20, 25)]
    assert store.search("dam", offset=100).hits == ()


def test_an_edition_made_again_is_found_by_its_new_words_alone(store: Store) -> None:
    save(store, DAY, story("Dam holds", thread="t-old"))
    save(store, DAY, story("Dam breaks", thread="t-new"))
    assert found(store, "holds") == []
    assert found(store, "dam") == ["Dam breaks"]
    assert store.was_told("t-new")
    assert store.was_told("t-old")  # its address was given out
    assert not store.was_told("t-never")


def test_lists_are_searched_apart(store: Store, url: str) -> None:
    save(store, DAY, story("Dam holds"))
    with open_store(url, "other") as other:
        assert other.search("dam").total == 0
        assert not other.was_told("t-1")


def test_editions_of_an_older_database_are_found_too(url: str) -> None:
    with open_store(url) as store:
        save(store, DAY, story("Dam holds"))
        save(store, DAY + ONE, story("Dam breaks"))
        store.save_edition(edition(DAY + 2 * ONE, store.number_for(DAY + 2 * ONE)), b"no record")
    engine = open_engine(url)
    with engine.begin() as connection:  # back to how 0006 left it
        for table in ("story_words", "story_texts", "story_threads", "comments"):
            connection.execute(text(f"DROP TABLE {table}"))
        for table, later in (
            ("readers", "breaking"),
            ("readers", "asked_at"),
            ("readers", "asked"),
            ("readers", "moved_after"),
            ("items", "from_page"),
            ("feeds", "pages"),
        ):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {later}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
    engine.dispose()
    with open_store(url) as store:
        assert found(store, "dam") == ["Dam breaks", "Dam holds"]
        assert store.was_told("t-1")


def test_queries_are_cut() -> None:
    assert len(query_words(" ".join(f"w{n}" for n in range(100)))) == MOST_WORDS
    assert query_words("Dam dam DAM") == ("dam",)


def test_what_was_found_is_marked_in_the_text() -> None:
    assert marked("An Éclair, eclairs", ("eclair",)) == [
        ("An ", False), ("Éclair", True), (", eclairs", False),
    ]  # fmt: skip
    assert fold("ÉCLAIR") == fold("éclair") == "eclair"
