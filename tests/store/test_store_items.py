"""Items and feed states: what is kept, what counts as changed, what a window holds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from digest.model import FeedState, Item
from digest.oneoff import Unkept
from digest.store import SavedCounts, Store, open_store

NOW = datetime(2026, 4, 14, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def item(id_: str, date: datetime | None = NOW - HOUR, **fields: object) -> Item:
    given: dict[str, object] = {
        "url": f"https://tidewater.example/{id_}",
        "source": "Tidewater Courier",
        "title": "Ferry service halted",
        "text": "Ferries were halted on Monday after a storm warning.",
        "first_seen": NOW,
        "lang": "en",
        "author": "Ines Calloway",
        "image": "https://tidewater.example/ferry.jpg",
        "credit": "Tidewater",
        "feed": "https://tidewater.example/rss",
        "via": "Harbour Press",
        "categories": ("weather", "transport"),
    }
    return Item(id=id_, date=date, **{**given, **fields})  # type: ignore[arg-type]


def ids(items: list[Item]) -> list[str]:
    return [one.id for one in items]


def test_items_come_back_as_they_were(store: Store) -> None:
    batch = [item("a"), item("b", None), item("c", NOW, author="", image="", categories=())]
    assert store.save_fetched([], batch, NOW) == SavedCounts(3, 0, 0, frozenset("abc"))
    assert {one.id: one for one in store.items_between(*EVER)} == {one.id: one for one in batch}


def test_what_came_is_counted_by_gathering(store: Store) -> None:
    long_ago = NOW - 9 * DAY
    for moment, batch in (
        (NOW - HOUR, [item("before", first_seen=NOW - HOUR)]),
        (NOW, [item("a"), item("b", None), item("old", long_ago), item("ahead", NOW + DAY)]),
        (NOW + HOUR, [item("a", first_seen=NOW + HOUR), item("c", first_seen=NOW + HOUR)]),
    ):
        store.save_fetched([], batch, moment)
    assert store.items_first_seen(NOW) == {NOW: 3, NOW + HOUR: 1}


def test_a_look_knows_what_is_held_whenever_it_is_dated(store: Store) -> None:
    store.save_fetched([], [item("a", NOW - 9 * DAY)], NOW)
    look = Unkept(store)
    assert look.save_fetched([], [item("a", NOW), item("b", NOW)], NOW).new_ids == {"b"}
    assert ids(look.items_between(NOW, NOW + HOUR)) == ["a", "b"]
    assert ids(store.items_between(*EVER)) == ["a"]
    assert look.save_fetched([], [], NOW).new_ids == frozenset()


TIMES = st.datetimes(
    (EVER[0] + 2 * DAY).replace(tzinfo=None),
    (EVER[1] - 2 * DAY).replace(tzinfo=None),
    timezones=st.timezones() | st.just(UTC),
)
# PostgreSQL has no NUL in texts, and `analyse.clean` lets none through.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    with open_store("sqlite://") as store:
        yield store


@settings(max_examples=settings().max_examples // 2)
@given(
    batch=st.lists(
        st.builds(
            Item,
            id=TEXTS,
            url=TEXTS,
            source=TEXTS,
            title=TEXTS,
            text=TEXTS,
            date=st.none() | TIMES,
            first_seen=TIMES,
            lang=TEXTS,
            author=TEXTS,
            image=TEXTS,
            credit=TEXTS,
            feed=TEXTS,
            via=TEXTS,
            categories=st.lists(TEXTS).map(tuple),
        ),
        unique_by=lambda one: one.id,
        max_size=4,
    )
)
def test_any_item_comes_back_as_it_was(memory: Store, batch: list[Item]) -> None:
    memory.prune(EVER[1], EVER[1])
    first = memory.save_fetched([], batch, NOW)
    again = memory.save_fetched([], batch[::-1], NOW)
    stored = memory.items_between(*EVER)
    assert (first.new, again.same) == (len(batch), len(batch))
    # In UTC first: Python holds a time in a gap or fold of its zone equal to none of another zone.
    assert stored == sorted(map(_in_utc, batch), key=lambda one: (one.when, one.id))
    assert all(one.first_seen.tzinfo is UTC for one in stored)


def _in_utc(one: Item) -> Item:
    date = one.date.astimezone(UTC) if one.date else None
    return replace(one, date=date, first_seen=one.first_seen.astimezone(UTC))


def test_counts_new_changed_and_same(store: Store) -> None:
    store.save_fetched([], [item("a"), item("b"), item("c")], NOW)
    later = [
        item("a"),
        item("b", text="Ferries sail again."),
        item("c", NOW - 2 * HOUR),
        item("d"),
    ]
    assert store.save_fetched([], later, NOW) == SavedCounts(1, 2, 1, frozenset("d"))
    assert ids(store.items_between(*EVER)) == ["c", "a", "b", "d"]
    assert store.items_between(*EVER)[2].text == "Ferries sail again."


def test_the_pages_text_stays_until_the_page_is_fetched_anew(store: Store) -> None:
    whole = item("a", text="Ferries were halted. The storm came at noon.", from_page=True)
    line = item("a", text="Ferries were halted.")

    def kept() -> Item:
        return store.items_by_id(["a"])["a"]

    assert store.save_fetched([], [line], NOW).new == 1
    assert store.save_fetched([], [whole], NOW).changed == 1
    assert store.save_fetched([], [line], NOW).same == 1
    assert kept() == whole
    edited = replace(line, title="Ferries sail again", text="Ferries sail.")
    assert store.save_fetched([], [edited], NOW).changed == 1
    assert kept() == replace(whole, title="Ferries sail again")
    anew = replace(edited, text="Ferries sail again since dawn.", from_page=True)
    assert store.save_fetched([], [anew], NOW).changed == 1
    assert kept() == anew


def test_a_text_that_turns_out_to_be_the_pages_stays_as_well(store: Store) -> None:
    """As databases of before the flag hold it."""
    whole = item("a", text="Ferries were halted. The storm came at noon.")
    paged = replace(whole, from_page=True)
    store.save_fetched([], [whole], NOW)
    assert store.save_fetched([], [paged], NOW).changed == 1
    assert store.save_fetched([], [item("a", text="Ferries were halted.")], NOW).same == 1
    assert store.items_by_id(["a"])["a"] == paged


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://tidewater.example/new"},
        {"source": "Tidewater"},
        {"title": "Ferries halted"},
        {"text": ""},
        {"date": None},
        {"date": NOW},
        {"lang": "de"},
        {"author": "By our staff"},
        {"image": ""},
        {"credit": "Harbour Press"},
        {"via": ""},
    ],
    ids="-".join,
)
def test_whatever_the_outlet_edits_is_brought_up_to_date(
    store: Store, change: dict[str, object]
) -> None:
    store.save_fetched([], [item("a")], NOW)
    edited = replace(item("a"), **change)  # type: ignore[arg-type]
    assert store.save_fetched([], [edited], NOW).changed == 1
    assert store.items_between(*EVER) == [edited]


def test_one_report_in_two_feeds_does_not_flap(store: Store) -> None:
    store.save_fetched([], [item("a")], NOW)
    elsewhere = item("a", feed="https://tidewater.example/world", categories=("world",))
    assert store.save_fetched([], [elsewhere], NOW).same == 1
    assert store.items_between(*EVER) == [item("a")]


def test_of_one_id_twice_in_a_batch_the_first_counts(store: Store) -> None:
    counts = store.save_fetched([], [item("a"), item("a", title="Another")], NOW)
    assert (counts.new, counts.changed, counts.same) == (1, 0, 0)
    assert store.items_between(*EVER) == [item("a")]


def test_first_seen_is_kept_and_counts_where_no_date_is_known(store: Store) -> None:
    store.save_fetched([], [item("a", None)], NOW)
    again = item("a", None, first_seen=NOW + 30 * HOUR, title="Edited a day later")
    assert store.save_fetched([], [again], NOW + 30 * HOUR).changed == 1
    assert store.items_between(NOW + HOUR, EVER[1]) == []
    assert store.items_between(NOW, NOW + HOUR) == [replace(again, first_seen=NOW)]


def test_a_window_holds_its_start_and_not_its_end(store: Store) -> None:
    microsecond = timedelta(microseconds=1)
    store.save_fetched(
        [],
        [
            item("before", NOW - microsecond),
            item("start", NOW),
            item("last", NOW + HOUR - microsecond),
            item("end", NOW + HOUR),
        ],
        NOW,
    )
    assert ids(store.items_between(NOW, NOW + HOUR)) == ["start", "last"]


def test_order_is_by_time_then_id_on_every_database(store: Store) -> None:
    # Databases with a language's collation put "a" before "B".
    batch = [item("a"), item("B"), item("ä"), item("Z", NOW - 2 * HOUR), item("~")]
    store.save_fetched([], batch, NOW)
    assert ids(store.items_between(*EVER)) == ["Z", "B", "a", "~", "ä"]


def test_what_many_have_alike_is_held_once(store: Store) -> None:
    store.save_fetched([], [item(id, feed="https://harbour.example/feed") for id in "ab"], NOW)
    one, other = store.items_between(*EVER)
    assert one.source is other.source
    assert one.feed is other.feed
    assert one.first_seen is other.first_seen


def test_times_of_any_zone_are_one_time(store: Store) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    store.save_fetched([], [item("a", NOW.astimezone(india))], NOW.astimezone(india))
    (stored,) = store.items_between(NOW.astimezone(india), (NOW + HOUR).astimezone(india))
    assert stored.date == NOW
    assert stored.date.tzinfo is UTC
    assert store.save_fetched([], [item("a", NOW)], NOW).same == 1


def test_naive_times_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="without a zone cannot be stored: 2026-04-14T06:00:00"):
        store.save_fetched([], [item("a", None, first_seen=NOW.replace(tzinfo=None))], NOW)
    assert store.items_between(*EVER) == []


def test_feed_states_come_back_as_they_were(store: Store) -> None:
    plain = FeedState("https://tidewater.example/rss")
    full = FeedState(
        "https://harbour.example/feed",
        moved_to="https://harbour.example/atom",
        etag='W/"5"',
        last_modified="Tue, 14 Apr 2026 05:00:00 GMT",
        not_before=NOW + HOUR,
        retired=True,
        last_success=NOW,
        newest=NOW - HOUR,
        failures=3,
    )
    store.save_fetched([plain, full], [], NOW)
    assert store.feed_states() == {plain.url: plain, full.url: full}
    store.save_fetched([FeedState(full.url, failures=4)], [], NOW)
    assert store.feed_states() == {plain.url: plain, full.url: FeedState(full.url, failures=4)}


def test_an_etag_is_never_saved_without_its_items(store: Store) -> None:
    state = FeedState("https://tidewater.example/rss", etag="1")
    unsavable = item("b", None, first_seen=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a zone"):
        store.save_fetched([state], [item("a"), unsavable], NOW)
    assert store.feed_states() == {}
    assert store.items_between(*EVER) == []


def test_items_are_never_saved_without_their_etag(store: Store) -> None:
    unsavable = FeedState("https://tidewater.example/rss", newest=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a zone"):
        store.save_fetched([unsavable], [item("a")], NOW)
    assert store.items_between(*EVER) == []


def test_pruning_keeps_what_feeds_still_print(store: Store) -> None:
    week = timedelta(days=7)
    store.save_fetched([], [item("gone"), item("undated", None), item("printed")], NOW)
    store.save_fetched([], [item("undated", None), item("printed")], NOW + 2 * week)
    assert store.prune(NOW + week, NOW + week) == 1
    # Were "undated" forgotten, it would come back as news of that day.
    assert ids(store.items_between(*EVER)) == ["printed", "undated"]
    assert store.prune(NOW + 3 * week, NOW + 3 * week) == 2
    assert store.items_between(*EVER) == []


def test_pruning_keeps_what_a_feed_that_answers_unchanged_may_still_print(store: Store) -> None:
    week = timedelta(days=7)
    quiet, removed = FeedState("https://x.example/quiet"), FeedState("https://x.example/removed")

    def printed(id: str, state: FeedState, date: datetime | None = None) -> Item:
        return item(id, date, feed=state.url)

    batch = [printed("undated", quiet), printed("dated", quiet, NOW), printed("other", removed)]
    store.save_fetched([quiet, removed], batch, NOW)
    for weeks in range(1, 5):  # 304: a state, but no entries
        store.save_fetched([quiet], [], NOW + weeks * week)
    assert store.prune(NOW + 3 * week, NOW) == 2
    assert ids(store.items_between(*EVER)) == ["undated"]
    again = NOW + 5 * week
    assert store.save_fetched([quiet], [printed("undated", quiet)], again).new == 0
    store.save_fetched([quiet], [printed("new", quiet)], again + 3 * week)  # "undated" is dropped
    assert store.prune(again + week, NOW) == 1
    assert ids(store.items_between(*EVER)) == ["new"]


@contextmanager
def _writes_to_items() -> Iterator[list[str]]:
    written: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT INTO items", "UPDATE items")):
            written.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_an_unchanged_item_costs_no_write_but_once_a_week(store: Store) -> None:
    batch = [item(str(number)) for number in range(20)]
    with _writes_to_items() as written:
        store.save_fetched([], batch, NOW)
        assert len(written) == 1
        store.save_fetched([], batch, NOW + timedelta(days=6))
        assert len(written) == 1
        store.save_fetched([], batch, NOW + timedelta(days=7))
        assert len(written) == 2
        store.save_fetched([], batch, NOW + timedelta(days=8))
        assert len(written) == 2


@pytest.mark.system
def test_postgresql_gets_many_items_by_one_statement_in_their_order(
    postgresql_database: str,
) -> None:
    batch = [item("ä", categories=("World",)), item("a", categories=()), item("B")]
    with open_store(postgresql_database) as store, _writes_to_items() as written:
        store.save_fetched([], batch, NOW)
        with store._reading() as connection:
            query = "SELECT id, CAST(categories AS text) FROM items ORDER BY ctid"
            rows = [tuple(row) for row in connection.execute(text(query))]
    (statement,) = written
    assert "VALUES" not in statement
    # Were they taken in the server's order, two who save at once could lock each other out.
    assert rows == [("B", '["weather", "transport"]'), ("a", "[]"), ("ä", '["World"]')]


def test_more_ids_than_a_query_takes_parameters(store: Store) -> None:
    batch = [item(f"{number:05}") for number in range(12_000)]
    assert store.save_fetched([], batch, NOW).new == 12_000
    assert store.save_fetched([], batch, NOW).same == 12_000


def test_processes_that_save_at_once_wait_for_each_other(url: str) -> None:
    open_store(url).close()
    batches = [[item(f"{number:03}") for number in range(start, start + 60)] for start in range(8)]

    def save(batch: list[Item]) -> int:
        with open_store(url) as own:
            return own.save_fetched([FeedState("https://x.example", etag="1")], batch, NOW).new

    with ThreadPoolExecutor(4) as threads:
        new = list(threads.map(save, batches))
    with open_store(url) as store:
        assert len(store.items_between(*EVER)) == 67
    assert sum(new) >= 67
