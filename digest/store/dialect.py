"""The few places where SQLite and PostgreSQL differ; no other file asks which of them it is, but
plain.py and numbers.py, which move whole tables."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    column,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import StaticPool

from digest.errors import StoreError
from digest.store import plain

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
"""How long a writer waits for another one's transaction. The longest there is, 20,000 items saved,
takes under a second (November 2026, two cores), so a wait of 30 s means that something hangs."""

LOOK_AGAIN = 0.02
"""Seconds."""

DEAD_SECONDS = 3.0
"""A PostgreSQL server takes a moment to see that a process is dead and its lock free: of 400 runs
begun right after a kill, one came too early for it (November 2026)."""

WRITES = {"digest_writes": True}
"""Execution options of a connection that is going to write."""

_MIGRATION_LOCK = 0x6469676573740001  # any number that is only ours: "digest", 1
_SENDER_LOCK = 0x6469676573740002


def _write_ahead(cursor: DBAPICursor) -> None:
    """Switch the file to WAL. While two processes do so at once to a new file, SQLite refuses one
    of them without waiting its busy time; the other is done in milliseconds."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(LOOK_AGAIN)


def create(url: URL) -> Engine:
    """An engine for `url`, with the settings under which its database keeps what it commits."""
    if url.get_backend_name() == "sqlite":
        return _create_sqlite(url)
    # pool_pre_ping: a connection that died while idle (server restarted) is replaced unseen.
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def create_reader(url: URL) -> Engine:
    """An engine whose transactions cannot write, each of them on one state of the database."""
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            hide_parameters=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
    address = f"{Path(str(url.database)).absolute().as_uri()}?mode=ro"
    engine = create_engine(
        url,
        hide_parameters=True,
        creator=lambda: sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
        ),
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _create_sqlite(url: URL) -> Engine:
    in_memory = is_in_memory(url)
    engine = create_engine(
        url,
        hide_parameters=True,
        # The driver's own transaction handling starts them late and commits before DDL; with
        # isolation_level None they begin where `begin` below says so.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        # A database in memory lives in its one connection.
        **({"poolclass": StaticPool} if in_memory else {}),
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        if not in_memory:
            # WAL: readers never wait for the writer. synchronous=NORMAL cannot corrupt it; a power
            # cut may undo the last commits as wholes, which the next run makes again.
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once, without waiting, when
        # another one has written in between; IMMEDIATE takes the write lock from the start.
        writes = connection.get_execution_options().get("digest_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def is_in_memory(url: URL) -> bool:
    """Whether it is gone with its process."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def upsert_all(
    connection: Connection,
    insert: sqlite.Insert | postgresql.Insert,
    rows: Sequence[dict[str, Any]],
) -> None:
    """Run an `upsert`, its ON CONFLICT included, for rows that all name the same columns.

    PostgreSQL gets them by COPY, in two thirds of the time that one statement each takes: 0.7 s
    for 20,000 items on two quiet cores (November 2026).
    """
    if connection.dialect.name == "sqlite":
        connection.execute(insert, rows)
        return
    columns = [Column(name, insert.table.c[name].type) for name in rows[0]]
    incoming = Table("incoming", MetaData(), *columns, prefixes=["TEMPORARY"])
    types = [column.type.dialect_impl(connection.dialect) for column in columns]
    # What SQLAlchemy does with values: it refuses a naive time, and writes JSON.
    bound = [
        (column.name, type_.bind_processor(connection.dialect) or _as_it_is)
        for column, type_ in zip(columns, types, strict=True)
    ]
    incoming.create(connection)
    plain.copy_in(connection, incoming, ([bind(row[name]) for name, bind in bound] for row in rows))
    # A temporary table is read in the order it was written in: rows are locked in the caller's.
    names = [column.name for column in columns]
    connection.execute(insert.from_select(names, select(incoming)))
    incoming.drop(connection)


def _as_it_is(value: object) -> object:
    return value


def lock_migrations(connection: Connection) -> None:
    """Let one process at a time migrate, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    # On SQLite BEGIN IMMEDIATE has locked already.


def lock_tables(connection: Connection, names: Collection[str]) -> None:
    """Let nobody else write into these tables, until the transaction ends."""
    if connection.dialect.name == "postgresql" and names:
        quoted = [connection.dialect.identifier_preparer.quote(name) for name in sorted(names)]
        connection.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))
        connection.execute(text(f"LOCK TABLE {', '.join(quoted)} IN SHARE ROW EXCLUSIVE MODE"))
    # SQLite has one writer; one who reads cannot keep it out, but see `changed_since`.


def mark(connection: Connection) -> int:
    """For `changed_since`, taken by a connection that reads."""
    if connection.dialect.name == "postgresql":
        return 0
    return int(connection.execute(text("PRAGMA data_version")).scalar_one())


def changed_since(connection: Connection, before: int) -> bool:
    """Whether others have written since the mark `before`; ends the transaction on SQLite.

    Never on PostgreSQL, where `lock_tables` keeps them out until the transaction ends.
    """
    if connection.dialect.name == "postgresql":
        return False
    connection.rollback()  # within its transaction it sees no change
    return mark(connection) != before


def take_times_as_utc(connection: Connection) -> None:
    """Times that come without a zone, as `plain` gives them, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL TimeZone = 'UTC'"))


def learn_sizes(connection: Connection) -> None:
    """After much was written: PostgreSQL plans by what it knew of the empty tables until then."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


def create_word_index(connection: Connection) -> None:
    """The index over story_texts.words, for `has_words`; empty."""
    if connection.dialect.name == "sqlite":
        # The text is folded and cut into words already; the tokenizer has only to keep to that.
        # The triggers see rows that go with their edition, too.
        for statement in (
            "CREATE VIRTUAL TABLE story_words USING fts5(words, content='story_texts', "
            "content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
            "CREATE TRIGGER story_words_insert AFTER INSERT ON story_texts BEGIN "
            "INSERT INTO story_words(rowid, words) VALUES (new.id, new.words); END",
            "CREATE TRIGGER story_words_delete AFTER DELETE ON story_texts BEGIN "
            "INSERT INTO story_words(story_words, rowid, words) "
            "VALUES ('delete', old.id, old.words); END",
        ):
            connection.exec_driver_sql(statement)
        return
    connection.execute(
        text(
            "CREATE TABLE story_words (id integer PRIMARY KEY REFERENCES story_texts (id) "
            "ON DELETE CASCADE, words tsvector NOT NULL)"
        )
    )
    connection.execute(text("CREATE INDEX story_words_words ON story_words USING gin (words)"))


# Not to_tsvector: PostgreSQL's own parser knows fewer letters and numbers than Python.
_INDEX_WORDS = (
    "INSERT INTO story_words (id, words) SELECT id, "
    "array_to_tsvector(array_remove(string_to_array(words, ' '), '')) FROM story_texts"
)


def index_words(connection: Connection, list_name: str, date: Date) -> None:
    """Index the rows of story_texts that were just inserted for an edition."""
    if connection.dialect.name == "sqlite":
        return  # a trigger did
    connection.execute(
        text(f"{_INDEX_WORDS} WHERE list_name = :list_name AND date = :date"),
        {"list_name": list_name, "date": date},
    )


def index_all_words(connection: Connection) -> None:
    """Index all rows of story_texts, of which none is yet."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_INDEX_WORDS))


def has_words(
    connection: Connection, row: ColumnElement[int], words: Sequence[str]
) -> ColumnElement[bool]:
    """Whether the row of story_texts with this id has all of `words`, folded already."""
    if connection.dialect.name == "sqlite":
        # Between quotes nothing is an operator, and a folded word holds no quote.
        query = " ".join(f'"{word}"' for word in words)
        chosen = text("SELECT rowid AS id FROM story_words WHERE story_words MATCH :query")
    else:
        query = " & ".join(f"'{word}'" for word in words)
        chosen = text("SELECT id FROM story_words WHERE words @@ CAST(:query AS tsquery)")
    found = chosen.bindparams(query=query).columns(column("id", Integer)).subquery()
    return row.in_(select(found.c.id))


def size(connection: Connection) -> int:
    """Bytes that the database takes on disk (in memory, for SQLite's memory databases)."""
    query = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if connection.dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    return int(connection.execute(text(query)).scalar_one())


def damage(connection: Connection) -> list[str]:
    """What the database itself finds broken in its files; empty when all is well."""
    if connection.dialect.name != "sqlite":
        return []  # PostgreSQL checks pages as it reads them
    found = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check"))]
    return [] if found == ["ok"] else found


def make_durable(connection: Connection) -> None:
    """Let what this connection commits outlive a power cut too, from now on."""
    if connection.dialect.name == "sqlite":
        # Not within a transaction, so past SQLAlchemy, which would begin one.
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA synchronous=FULL")
    # PostgreSQL does unless it is told otherwise.


@contextmanager
def sole_sender(connection: Connection, url: str, list_name: str) -> Iterator[None]:
    """Be the one process that sends this list's letters, until the end or death of this one.

    Raises StoreError (`url` is masked already) while another is. A lock that its holder's death
    gives back, unlike a lease: after a crash the next run must not have to wait.
    """
    busy = "another process is sending from it; wait for its end"
    if connection.dialect.name == "postgresql":
        key = {"key": _SENDER_LOCK ^ crc32(list_name.encode())}
        give_up = time.monotonic() + DEAD_SECONDS
        while not _locked(connection, key):
            if time.monotonic() > give_up:
                raise StoreError(busy, url=url)
            time.sleep(LOOK_AGAIN)
        try:
            yield
        finally:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
        return
    path = connection.engine.url.database
    if path in (None, "", ":memory:"):
        yield  # nobody else can see it
        return
    # The lock of a small database beside it: SQLite's file locks work on every system.
    lock = sqlite3.connect(f"{path}.{list_name}.sender", isolation_level=None, timeout=0)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as exc:
            raise StoreError(busy, url=url) from exc
        yield
    finally:
        lock.close()


def _locked(connection: Connection, key: dict[str, int]) -> bool:
    with connection.begin():
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key)
        return bool(got.scalar_one())
