"""Moving to another database: all of it and verified, or nothing; the source is only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from datetime import date as Date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from databases import migrated, tables_of
from sqlalchemy import select, text
from test_store_editions import edition

from digest.comment import Comment, Subject
from digest.delivery import Consent, Mark, Subscriber
from digest.errors import StoreError
from digest.model import FeedState, Item
from digest.store import Moved, Readers, Store, move, moving, numbers, open_ledger, open_store
from digest.store.comments import Comments
from digest.store.engine import open_engine, open_reader
from digest.store.migrate import HEAD
from digest.store.returned import ReturnedMail
from digest.store.schema import metadata
from digest.timetable import FinishedTask

NOW = datetime(2026, 4, 14, 6, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = Date(2026, 4, 14)
HOSTILE = (
    "Łódź \U0001f30a 北京 القاهرة e\u0301",
    "tab\tline\nreturn\r back\\slash \\N \\. \\t \\x41",
    '\'quotes" ""; DROP TABLE items; --',
    "\x01\x1f\x7f\u2028\ufeff\uffff",
    "\\.",
    "",
    " ",
    "long " * 40_000,
)
VECTOR = np.array([0.1, -0.0, np.inf, 1e-45], dtype=np.float32)


def quiet(*_: object) -> None:
    """Nobody wants to be told."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The database of an installation that was in use, with hostile values in every kind of
    column; its service is stopped."""
    file = tmp_path / "source" / "digest.sqlite3"
    file.parent.mkdir()
    file.write_bytes(migrated())
    with open_store(f"sqlite:///{file}") as store:
        live_in(store)
    return file


@pytest.fixture
def source(file: Path) -> str:
    return f"sqlite:///{file}"


def live_in(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    store.save_fetched(
        [FeedState("https://a.example", etag='W/"é"', last_success=NOW), FeedState("https://b")],
        [
            Item(
                f"{n}-{'ÄaZz'[n % 4]}", f"https://a.example/{n}", "A", f"Title {n}", hostile,
                NOW.astimezone(tokyo) if n % 2 else None, NOW + timedelta(microseconds=n),
                categories=(hostile[:99], "Łódź"),
            )
            for n, hostile in enumerate(HOSTILE)
        ],
        NOW,
    )  # fmt: skip
    store.mark_gone({"0-Ä": True}, LATER)
    store.put_vectors("model", {"a" * 64: VECTOR}, NOW)
    story: dict[str, object] = {
        "thread": "t-1",
        "headline": "Éclair over the Straße",
        "dek": None,
        "sentences": [],
    }
    record = json.dumps({"stories": [story], "big": 2**80}).encode()
    store.save_edition(edition(DAY, 1, "t-1"), record)
    store.record_task(
        FinishedTask("start", "start", DAY, NOW, LATER, "done", "began", {"gather": 1.5})
    )
    readers = Readers(store)
    for n in range(5):
        address = f"łucja{n}@inbox.example"
        wanted = Subscriber(
            address, address, "active", sections=("world", "Łódź"),
            consent=Consent(NOW, "page", "1") if n else None,
        )  # fmt: skip
        readers.subscribe(wanted, NOW)
    # The highest id is free, and never given again.
    readers.erase("łucja4@inbox.example", b"h" * 32, NOW)
    readers.suppress(bytes(range(256)), "complained", NOW)
    Comments(store).add(Comment(1, Subject("t-1", DAY, "Éclair"), "Well\tsaid.", "A."), NOW)
    ReturnedMail(store).keep("letter", "half", NOW, matched=False, raw=bytes(range(256)) * 9)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        ledger.turn([], [1, 2], NOW)
        ledger.turn([Mark(1, "sent", 1, NOW, 250, "2.0.0 Ok\n")], [], LATER)
    store.take_lease("main/gather", "old:1", timedelta(minutes=3), NOW)


def contents(file: Path) -> dict[str, Any]:
    """Every value of every table of an SQLite database, as SQLite keeps it."""
    with closing(sqlite3.connect(file)) as database:
        names = [name for name in metadata.tables if name != "leases"]
        found: dict[str, Any] = {
            name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
            for name in names
        }
        found["types"] = database.execute(
            "SELECT typeof(date), typeof(first_seen), typeof(content), typeof(gone_at) FROM items"
        ).fetchall()
        given = "SELECT name, seq FROM sqlite_sequence WHERE seq > 0 ORDER BY name"
        found["given"] = database.execute(given).fetchall()
        words = "SELECT rowid, words FROM story_words WHERE story_words MATCH 'strasse'"
        found["found"] = database.execute(words).fetchall()
    return found


def print_of(file: Path) -> tuple[str, list[str]]:
    """Of the file's bytes; and that nothing unwritten lies beside it."""
    left = [path.name for path in file.parent.iterdir() if path.name.endswith("-wal")]
    full = [name for name in left if (file.parent / name).stat().st_size]
    return sha256(file.read_bytes()).hexdigest(), full


def execute(url: str, *statements: str) -> None:
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def is_empty(url: str) -> bool:
    with open_store(url) as store, store._reading() as connection:
        return not any(connection.execute(select(t)).first() for t in metadata.tables.values())


# --- what stands there afterwards


def test_all_of_it_stands_in_the_other(file: Path, source: str, url: str) -> None:
    before = print_of(file)
    told: list[tuple[str, str, int, int]] = []
    moved = move(source, url, LATER, lambda *said: told.append(said))
    assert print_of(file) == before
    rows = {one.table: one.rows for one in moved}
    assert rows["items"] == len(HOSTILE)
    assert rows["readers"] == rows["deliveries"] == 4
    assert "leases" not in rows
    assert all(rows[name] for name in rows)  # so that no table's copy was untried
    assert len({one.digest for one in moved}) == len(moved)
    assert ("copied", "items", 8, 8) in told
    assert ("verified", "items", 8, 8) in told
    with open_store(source) as old, open_store(url) as new:
        ever = (NOW - timedelta(days=9), NOW + timedelta(days=9))
        assert new.items_between(*ever) == old.items_between(*ever)
        assert {item.text for item in new.items_between(*ever)} == set(HOSTILE)
        assert new.gone_items(["0-Ä", "1-a"]) == {"0-Ä"}
        assert new.feed_states() == old.feed_states()
        assert new.edition(DAY) == old.edition(DAY)
        assert new.tasks_since(NOW) == old.tasks_since(NOW)
        (vector,) = new.get_vectors("model", ["a" * 64]).values()
        assert vector.tobytes() == VECTOR.tobytes()
        assert [*Readers(new).all()] == [*Readers(old).all()]
        assert Readers(new).is_suppressed(bytes(range(256)))
        assert Comments(new).one(1) == Comments(old).one(1)
        assert ReturnedMail(new).recent() == ReturnedMail(old).recent()
        assert [hit.headline for hit in new.search("eclair strasse").hits] == [
            "Éclair over the Straße"
        ]
        assert new.leases_held(NOW) == []


def test_ids_that_were_given_are_not_given_again(source: str, url: str) -> None:
    move(source, url, LATER, quiet)
    with open_store(url) as store:
        new = Readers(store).subscribe(Subscriber("new@inbox.example", "new@inbox.example"), NOW)
        assert new.id == 6  # the fifth was erased
        assert Comments(store).add(Comment(1, Subject("t-2", DAY, "B"), "Yes.", ""), NOW).id == 2  # type: ignore[union-attr]
        store.save_edition(edition(DAY + timedelta(days=1), 2, "t-2"), b'{"stories": []}')
        store.record_task(FinishedTask("b", "build", DAY, NOW, NOW, "done", ""))
        ReturnedMail(store).keep("hard", "x", NOW, matched=True)


def test_the_ledger_goes_on(source: str, url: str) -> None:
    move(source, url, LATER, quiet)
    with open_store(url) as store, open_ledger(store, DAY) as ledger:
        assert ledger.queue_subscribers(LATER) == 0
        ledger.recover(LATER)
        assert ledger.counts() == {"sent": 1, "uncertain": 1, "queued": 2}
        assert [due.id for due in ledger.due(LATER, 9)] == [3, 4]


@pytest.mark.system
def test_there_and_back(file: Path, source: str, postgresql_database: str, tmp_path: Path) -> None:
    there = move(source, postgresql_database, LATER, quiet)
    back = move(postgresql_database, f"sqlite:///{tmp_path}/back.sqlite3", LATER, quiet)
    assert contents(tmp_path / "back.sqlite3") == contents(file)
    assert back == there


@pytest.mark.system
def test_whatever_zone_and_style_the_server_has(
    file: Path, source: str, postgresql_database: str, tmp_path: Path
) -> None:
    name = postgresql_database.partition("?")[0].rpartition("/")[2]
    execute(
        postgresql_database,
        f"ALTER DATABASE {name} SET TimeZone = 'Asia/Tokyo'",
        f"ALTER DATABASE {name} SET DateStyle = 'German'",
        f"ALTER DATABASE {name} SET bytea_output = 'escape'",
    )
    there = move(source, postgresql_database, LATER, quiet)
    back = move(postgresql_database, f"sqlite:///{tmp_path}/back.sqlite3", LATER, quiet)
    assert contents(tmp_path / "back.sqlite3") == contents(file)
    assert back == there


def test_a_time_that_a_hand_wrote_stands_there_too(source: str, url: str) -> None:
    execute(source, "UPDATE readers SET paused_until = '2026-05-01 00:00:00' WHERE id = 2")
    move(source, url, LATER, quiet)
    with open_store(url) as store:
        found = Readers(store).by_id(2)
        assert found
        assert found.paused_until == datetime(2026, 5, 1, tzinfo=UTC)


def test_into_an_empty_database_of_todays_schema(source: str, url: str) -> None:
    open_store(url).close()
    assert move(source, url, LATER, quiet)


def test_what_a_killed_service_left_in_the_wal_goes_along(
    file: Path, source: str, url: str, tmp_path: Path
) -> None:
    place = tmp_path / "killed" / file.name
    place.parent.mkdir()
    with open_store(source) as store:
        store.save_fetched([FeedState("https://late.example")], [], LATER)
        for name in (file.name, f"{file.name}-wal"):
            (place.parent / name).write_bytes((file.parent / name).read_bytes())
    wal = place.with_name(f"{file.name}-wal")
    before = place.read_bytes(), wal.read_bytes()
    assert before[1]
    move(f"sqlite:///{place}", url, LATER, quiet)
    assert (place.read_bytes(), wal.read_bytes()) == before
    with open_store(url) as store:
        assert "https://late.example" in store.feed_states()


# --- what is refused


def refused(source: str, target: str, says: str, now: datetime = LATER) -> str:
    with pytest.raises(StoreError, match=says) as caught:
        move(source, target, now, quiet)
    return str(caught.value)


def test_a_target_that_holds_anything_is_never_overwritten(source: str, url: str) -> None:
    with open_store(url) as store:
        store.take_lease("main/gather", "new:1", timedelta(minutes=3), NOW)
    refused(source, url, "is not empty: its table leases holds rows. Name a new database")
    with open_store(url) as store:
        assert len(store.leases_held(NOW)) == 1
        assert store.feed_states() == {}
    refused(source, source, "is named as both")


def test_an_older_schema_is_told_its_mend(source: str, url: str) -> None:
    execute(source, "UPDATE alembic_version SET version_num = '0006'")
    said = refused(
        source, url, f"has the schema 0006 of an older version, and this one's is {HEAD}"
    )
    assert said.endswith(f"Say first: digest migrate --db {source}")
    assert tables_of(url) == []


def test_what_is_no_source(source: str, url: str, tmp_path: Path) -> None:
    execute(source, "UPDATE alembic_version SET version_num = '9999'")
    refused(source, url, "newer program")
    refused(f"sqlite:///{tmp_path}/none.sqlite3", url, "there is no such file")
    assert not (tmp_path / "none.sqlite3").exists()
    refused("sqlite://", url, "lives in one process alone")
    (tmp_path / "empty.sqlite3").touch()
    refused(f"sqlite:///{tmp_path}/empty.sqlite3", url, "holds no digest")
    (tmp_path / "text.sqlite3").write_text("no database " * 99, "utf-8")
    refused(f"sqlite:///{tmp_path}/text.sqlite3", url, "the file is damaged or no database")


def test_a_service_at_work_is_not_moved(source: str, url: str) -> None:
    said = refused(source, url, "is at work: old:1 has main/gather in hand until 06:03:00", now=NOW)
    assert "Stop the service" in said
    assert tables_of(url) == []


def test_nor_one_that_sends(source: str, url: str) -> None:
    with open_store(source) as store, open_ledger(store, DAY):
        refused(source, url, "another process is sending from it")
    assert move(source, url, LATER, quiet)


def test_what_is_written_meanwhile_is_not_lost_unseen(source: str, url: str) -> None:
    def told(what: str, table: str, *_: int) -> None:
        if (what, table) == ("verified", "items"):
            execute(source, "UPDATE readers SET hour = 9 WHERE id = 1")

    with pytest.raises(StoreError, match="was written to while it was moved; nothing was moved"):
        move(source, url, LATER, told)
    assert tables_of(url) == []


@pytest.mark.system
def test_writers_of_a_server_wait(source: str, postgresql_database: str, tmp_path: Path) -> None:
    move(source, postgresql_database, LATER, quiet)
    tried: list[str] = []

    def told(what: str, table: str, *_: int) -> None:
        if (what, table) == ("verified", "items"):
            with pytest.raises(Exception, match="lock timeout") as caught:
                execute(
                    postgresql_database, "SET lock_timeout = '10ms'", "UPDATE readers SET hour = 9"
                )
            tried.append(str(caught.value))

    move(postgresql_database, f"sqlite:///{tmp_path}/back.sqlite3", LATER, told)
    assert tried


# --- values that cannot stand there

NUL = "nul"
CANNOT = {
    NUL: ("UPDATE items SET text = 'hush' || char(0) || 'hush' WHERE id = '2-Z'", "text"),
    "JSON": ("UPDATE items SET categories = '[', text = 'hush' WHERE id = '2-Z'", "categories"),
    "time": ("UPDATE items SET last_seen = 'hush' WHERE id = '2-Z'", "last_seen"),
    "integer": ("UPDATE readers SET hour = 4294967296 WHERE id = 2", "hour"),
    "truth": ("UPDATE readers SET breaking = 'hush' WHERE id = 2", "breaking"),
}


@pytest.mark.system
@pytest.mark.parametrize(("spoil", "column"), CANNOT.values(), ids=list(CANNOT))
def test_a_value_that_postgresql_cannot_hold_names_its_row(
    source: str, postgresql_database: str, spoil: str, column: str
) -> None:
    execute(source, spoil)
    where = "items, id '2-Z'" if " items " in spoil else "readers, id 2"
    said = refused(
        source, postgresql_database, f"{where}.*nothing was moved. Mend or delete that row"
    )
    assert f", {column}: holds" in said
    assert "hush" not in said
    assert "4294967296" not in said
    assert tables_of(postgresql_database) == []


@pytest.mark.system
def test_a_nul_is_taken_out_as_the_docs_say(source: str, postgresql_database: str) -> None:
    execute(source, CANNOT[NUL][0])
    page = Path(__file__).parents[2] / "docs" / "running.md"
    (mend,) = (line for line in page.read_text("utf-8").splitlines() if "x'00'" in line)
    execute(source, mend.strip().rstrip(";"))
    move(source, postgresql_database, LATER, quiet)
    with open_store(postgresql_database) as store:
        assert store.items_by_id(["2-Z"])["2-Z"].text == "hushhush"


def test_bytes_that_are_no_text_name_their_row(source: str, url: str) -> None:
    half = "CAST(x'68757368eda080' AS TEXT)"  # "hush" and a lone surrogate
    execute(source, f"UPDATE items SET title = {half} WHERE id = '3-z'")  # noqa: S608
    said = refused(source, url, "items, id '3-z', title: holds bytes that are no UTF-8")
    assert "hush" not in said
    assert tables_of(url) == []


def test_a_value_of_another_kind_is_another_value(source: str, url: str) -> None:
    """SQLite keeps what it is given; a blob among texts would come out as its hexadecimal."""
    execute(source, "UPDATE items SET title = x'00ff' WHERE id = '3-z'")
    if url.startswith("sqlite"):
        move(source, url, LATER, quiet)
    else:
        refused(source, url, "items, id '3-z': title came out of the target as another value")


@pytest.mark.system
def test_a_time_of_another_zone_is_not_taken_for_one_of_utc(
    source: str, postgresql_database: str
) -> None:
    late = "'2026-05-01 00:00:00.000000+02:00'"
    execute(source, f"UPDATE readers SET paused_until = {late} WHERE id = 2")  # noqa: S608
    refused(
        source, postgresql_database, "readers, id 2: paused_until came out of the target as another"
    )
    assert tables_of(postgresql_database) == []


# --- verification finds what is not as it was

SPOILED: dict[str, Callable[[str], list[str]]] = {
    "sqlite": lambda change: [
        f"CREATE TRIGGER spoil AFTER INSERT ON items WHEN new.id = '5-a' BEGIN {change}; END"
    ],
    "postgresql": lambda change: [
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {change}; RETURN NULL; END $$",
        "CREATE TRIGGER spoil AFTER INSERT ON items FOR EACH ROW WHEN (new.id = '5-a') "
        "EXECUTE FUNCTION spoil()",
    ],
}
"""A database that does not keep what it is told to: by a trigger of its own."""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE items SET title = title || ' ' WHERE id = '5-a'", "items, id '5-a': title came"),
        (
            "UPDATE items SET date = NULL, gone_at = NULL, first_seen = '2026-04-14 06:00:00' "
            "WHERE id = '5-a'",
            "items, id '5-a': date, first_seen came out of the target as another value",
        ),
        ("DELETE FROM items WHERE id = '5-a'", "items, id '5-a' is missing in the target"),
        (
            "UPDATE items SET id = '9' WHERE id = '5-a'",
            "items, id '5-a' is missing in the target",
        ),
        ("UPDATE items SET id = '0' WHERE id = '5-a'", "items, id '0' is in the target alone"),
    ],
)
def test_a_target_that_changes_a_row_is_found_out(
    source: str, url: str, change: str, says: str
) -> None:
    open_store(url).close()
    execute(url, *SPOILED[url.partition(":")[0]](change))
    refused(source, url, f"{says}.*nothing was moved")
    assert is_empty(url)


def test_a_row_changed_between_copy_and_check(source: str, url: str) -> None:
    """And one id too many: what the next reader would get is verified as well."""
    open_store(url).close()
    engines = open_reader(source), open_engine(url)
    with engines[0].connect() as reading, engines[1].connect() as writing:
        ours, theirs = moving.Side(reading, source), moving.Side(writing, url)
        sizes = dict.fromkeys(moving.tables(), 0)
        moving.copy(ours, theirs, sizes, quiet)
        check = {
            table.name: lambda table=table: moving.verify(ours, theirs, table, 0, quiet)
            for table in sizes
        }
        writing.execute(text("UPDATE deliveries SET state = 'queued' WHERE id = 1"))
        with pytest.raises(StoreError, match="deliveries, id 1: state came out"):
            check["deliveries"]()
        assert isinstance(check["readers"](), Moved)
        numbers.go_on_after(writing, metadata.tables["readers"], 4)
        with pytest.raises(StoreError, match="readers: ids would go on after 4 and not 5"):
            check["readers"]()
    for engine in engines:
        engine.dispose()
