"""Every refusal of a database is a StoreError that says what to do and tells no secret."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy.exc
from sqlalchemy import text

from digest.errors import StoreError
from digest.model import FeedState, Item
from digest.store import Store, dialect, open_store
from digest.store.engine import mask, translated

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
ITEM = Item("1", "https://a.example/1", "A", "Title", "Confidential text", NOW, NOW)

needs_psycopg = pytest.mark.skipif(
    importlib.util.find_spec("psycopg") is None, reason="psycopg is not installed"
)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("sqlite:///output/digest.sqlite3", "sqlite:///output/digest.sqlite3"),
        ("sqlite:////a:b@c/d", "sqlite:////a:b@c/d"),
        ("postgresql://ed:hush@db.example/digest", "postgresql://ed:***@db.example/digest"),
        ("postgresql://ed:hu@sh/hu?sh@db.example:5432/d", "postgresql://ed:***@db.example:5432/d"),
        ("postgresql://:hush@db.example/d?x=1", "postgresql://:***@db.example/d?x=1"),
        (
            "postgresql:///d?host=/tmp&password=hush&a=b",
            "postgresql:///d?host=/tmp&password=***&a=b",
        ),
        ("postgresql:///d?sslpassword=hush", "postgresql:///d?sslpassword=***"),
        ("postgresql://ed:hush", "postgresql://ed:***"),
        ("postgresql://db.example:5432/d", "postgresql://db.example:5432/d"),
        ("ed:hush@db.example", "***@db.example"),
    ],
)
def test_passwords_are_masked(url: str, safe: str) -> None:
    assert mask(url) == safe


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("output/digest.sqlite3", "is no database address. Write sqlite:///path"),
        ("", "is no database address"),
        ("mysql://ed:hush@db.example/d", "is a kind of database not known here"),
        ("sqlite+nothing:///x", "cannot be opened"),
        ("postgresql://ed:hush@db.example:port/d", "is no database address"),
        ("postgresql+hush://ed@db.example/d", "cannot be opened"),
    ],
)
@needs_psycopg
def test_addresses_that_cannot_be_used(url: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert says in str(caught.value)
    assert "ed:hush" not in "".join(traceback.format_exception(caught.value))


@needs_psycopg
def test_a_server_that_is_away(tmp_path: Path) -> None:
    url = f"postgresql://ed:hush@/digest?host={tmp_path}"
    with pytest.raises(StoreError, match="see that the server runs") as caught:
        open_store(url)
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.url == f"postgresql://ed:***@/digest?host={tmp_path}"


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'psycopg\[binary\]'"):
        open_store("postgresql://ed:hush@db.example/d")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"folder cannot be made: .* Name another with --db"):
        open_store(f"sqlite:///{tmp_path}/file/digest.sqlite3")


def test_a_folder_in_the_files_place(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file: see that the folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("Dear diary, " * 100)
    with pytest.raises(StoreError, match=r"file is not a database: .* restore a backup"):
        open_store(f"sqlite:///{tmp_path}/db")


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path}/db", tmp_path / "db"
    with open_store(url) as store:
        store.save_fetched([], [ITEM], NOW)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="malformed: the file is damaged"), open_store(url):
        pass


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/db") as store:
        with store._engine.connect() as connection:
            # What a file without write permission does to everybody but root.
            connection.execute(text("PRAGMA query_only = ON"))
        with pytest.raises(StoreError, match="make the file and its folder writable"):
            store.save_fetched([], [ITEM], NOW)


def test_a_database_that_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "BUSY_SECONDS", 0.01)
    url = f"sqlite:///{tmp_path}/db"
    with open_store(url) as store, closing(sqlite3.connect(tmp_path / "db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked: another process holds it"):
            store.save_fetched([], [ITEM], NOW)
        assert store.feed_states() == {}  # readers do not wait


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/db") as store:
        with store._engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        big = [Item(str(n), "", "", "", "x" * 9000, NOW, NOW) for n in range(30)]
        with pytest.raises(StoreError, match="disk is full: free some space") as caught:
            store.save_fetched([FeedState("https://a.example", etag="1")], big, NOW)
        assert "xxx" not in str(caught.value)
        assert store.feed_states() == {}
        assert store.status().items == 0


def test_half_a_character(store: Store) -> None:
    bad = Item("2", "", "", "\ud83d", "", NOW, NOW)
    with pytest.raises(StoreError, match="lone surrogate"):
        store.save_fetched([], [ITEM, bad], NOW)
    assert store.status().items == 0


@needs_psycopg
@pytest.mark.system
def test_a_nul(postgresql_database: str) -> None:
    bad = Item("2", "", "", "", "Confidential\0", NOW, NOW)
    with open_store(postgresql_database) as store:
        with pytest.raises(StoreError, match="cannot contain NUL") as caught:
            store.save_fetched([], [ITEM, bad], NOW)
        assert store.status().items == 0
    assert "Confidential" not in "".join(traceback.format_exception(caught.value))


def test_values_are_not_told(store: Store) -> None:
    store._engine.dispose()
    with store._engine.begin() as connection:
        connection.execute(text("DROP TABLE items"))
    with pytest.raises(StoreError) as caught:
        store.save_fetched([], [ITEM], NOW)
    told = "".join(traceback.format_exception(caught.value))
    assert "items" in str(caught.value)
    assert "Confidential" not in told


@needs_psycopg
@pytest.mark.system
@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("INSERT INTO told VALUES ('ada@inbox.example')", 'constraint "told_pkey"'),
        ("INSERT INTO told VALUES ('bo@inbox.example')", 'constraint "short"'),
        ("SELECT CAST(address AS integer) FROM told", "(InvalidTextRepresentation)"),
    ],
)
def test_values_that_postgresql_quotes_are_not_told(
    statement: str, says: str, postgresql_database: str
) -> None:
    with open_store(postgresql_database) as store:
        with store._writing() as connection:
            connection.execute(
                text(
                    "CREATE TABLE told (address text PRIMARY KEY, "
                    "CONSTRAINT short CHECK (address LIKE 'ada@%'))"
                )
            )
            connection.execute(text("INSERT INTO told VALUES ('ada@inbox.example')"))
        with pytest.raises(StoreError) as caught, store._writing() as connection:
            connection.execute(text(statement))
    assert says in str(caught.value)
    assert "@inbox" not in "".join(traceback.format_exception(caught.value))


def test_values_that_sqlite_quotes_are_not_told(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/db") as store:
        store.save_fetched([], [ITEM], NOW)
        with closing(sqlite3.connect(tmp_path / "db")) as other, other:
            other.execute("UPDATE items SET text = CAST(CAST(text AS BLOB) || x'ff' AS TEXT)")
        with pytest.raises(StoreError, match="Could not decode to UTF-8 column 'text'") as caught:
            store.items_by_id([ITEM.id])
    assert "Confidential" not in "".join(traceback.format_exception(caught.value))


ERRORS = [
    *(
        kind
        for kind in vars(sqlalchemy.exc).values()
        if isinstance(kind, type)
        and issubclass(kind, sqlalchemy.exc.SQLAlchemyError)
        and not issubclass(kind, sqlalchemy.exc.StatementError)
    ),
    *(
        kind
        for kind in vars(sqlite3).values()
        if isinstance(kind, type) and issubclass(kind, sqlite3.Error)
    ),
]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_foreign_error_leaks(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "it broke")
    with pytest.raises(StoreError) as caught, translated("sqlite://"):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(sqlalchemy.exc).values()
        if isinstance(kind, type) and issubclass(kind, sqlalchemy.exc.StatementError)
    ],
    ids=lambda kind: kind.__name__,
)
def test_no_statement_error_leaks(kind: type[sqlalchemy.exc.StatementError]) -> None:
    broken = sqlite3.OperationalError("it broke")
    error = (
        kind("SELECT 1", None, broken)
        if issubclass(kind, sqlalchemy.exc.DBAPIError)
        else kind("wrapped", "SELECT 1", None, broken)
    )
    with pytest.raises(StoreError, match="it broke"), translated("sqlite://"):
        raise error


@needs_psycopg
def test_no_error_of_psycopg_leaks() -> None:
    import psycopg

    with pytest.raises(StoreError, match="it broke"), translated("postgresql://"):
        raise psycopg.errors.UniqueViolation("it broke")


def test_bugs_are_not_hidden() -> None:
    with pytest.raises(KeyError), translated("sqlite://"):
        raise KeyError("a bug")
