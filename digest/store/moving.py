"""Moving an installation's database to another, of its own or the other kind: wholly, or nothing.

The source is only read, in one snapshot; the target is written in one transaction, which ends only
when each of its rows was read back and found to be the source's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from pickle import Pickler
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, inspect, select

from digest.errors import StoreError
from digest.store import dialect, leases, mail_tables, numbers, plain
from digest.store.engine import mask, open_engine, open_reader, translated
from digest.store.migrate import HEAD, migrate_within, revision
from digest.store.schema import metadata

LEFT_BEHIND = frozenset({"leases"})
"""What is true of the source alone. A lease says that a process works on that database; taken
along, it would keep the first process on the new one from its task until it ends."""

TELL_EVERY = 20_000
"""Rows: about half a second's (November 2026, two cores)."""

UNDONE = "nothing was moved"

Told = Callable[[str, str, int, int], None]
"""Called with ("copied" or "verified", table, rows done, rows in all): at the beginning with 0,
then every `TELL_EVERY` rows, and at the end."""

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that stands in the target as it does in the source."""

    table: str
    rows: int
    digest: str
    """Hex, of all values of all rows in the order of the key, as they were read back."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two databases, within its transaction; `url` is masked."""

    connection: Connection
    url: str


def move(source_url: str, target_url: str, now: datetime, told: Told) -> list[Moved]:
    """Copy all tables of one database into another one that is empty, and verify each row.

    Raises StoreError, and leaves the target as it was: where it holds anything, where the source
    has another schema than this version's or is at work, where a row cannot stand in the target,
    or is another one when it is read back.
    """
    if source_url == target_url:
        raise StoreError("is named as both, the old database and the new", url=mask(source_url))
    with (
        _opened(open_reader(source_url), source_url) as source,
        _at_rest(source, now) as mark,
        _opened(open_engine(target_url), target_url) as target,
    ):
        _take(target)
        sizes = _sizes(source)
        copy(source, target, sizes, told)
        moved = [verify(source, target, table, size, told) for table, size in sizes.items()]
        _stayed(source, mark)
        with translated(target.url):
            target.connection.commit()
        return moved


def tables() -> list[Table]:
    """What is moved, each table after those that it refers to."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_BEHIND]


def copy(source: Side, target: Side, sizes: dict[Table, int], told: Told) -> None:
    """All rows, the numbers that new rows will get, and the index over words."""
    with translated(target.url):
        dialect.take_times_as_utc(target.connection)
        for table, size in sizes.items():
            with closing(_read(source, table)) as rows:
                try:
                    plain.write(
                        target.connection, table, _counted(rows, "copied", table, size, told)
                    )
                except plain.BadRow as bad:
                    rows.close()
                    raise StoreError(_mend(source, table, bad), url=source.url) from None
        for table in sizes:
            if numbers.is_numbered(table):
                number = numbers.last(source.connection, table)
                numbers.go_on_after(target.connection, table, number)
        dialect.index_all_words(target.connection)
        dialect.learn_sizes(target.connection)


def verify(source: Side, target: Side, table: Table, size: int, told: Told) -> Moved:
    """Read both back, side by side in the order of the key. StoreError where they differ."""
    digest = Digest()
    with closing(_read(source, table)) as ours, closing(_read(target, table)) as theirs:
        pairs = zip_longest(ours, theirs)
        for given, found in _counted(pairs, "verified", table, size, told):
            if given != found:
                raise StoreError(_difference(table, given, found), url=target.url)
            digest.add(found)
    if numbers.never_again(table):
        given_id, found_id = (numbers.last(s.connection, table) for s in (source, target))
        if given_id != found_id:
            raise StoreError(
                f"{table.name}: ids would go on after {found_id} and not {given_id}; {UNDONE}",
                url=target.url,
            )
    return Moved(table.name, size, digest.hexdigest())


# --- the two ends


@contextmanager
def _opened(engine: Engine, url: str) -> Iterator[Side]:
    """A connection for the length of the block; what it did not commit is undone."""
    masked = mask(url)
    try:
        with translated(masked):
            connection = engine.connect()
        with connection:
            yield Side(connection, masked)
    finally:
        engine.dispose()


@contextmanager
def _at_rest(source: Side, now: datetime) -> Iterator[int]:
    """One state of the source for the length of the block, while nobody sends letters from it.

    Gives the mark of that state.
    """
    connection = source.connection
    with ExitStack() as locks:
        with translated(source.url):
            with connection.begin():
                _refuse_other_schemas(connection, source.url)
                lists = connection.execute(select(mail_tables.readers.c.list_name).distinct())
                names = list(lists.scalars())
            for name in names:
                own = locks.enter_context(connection.engine.connect())
                locks.enter_context(dialect.sole_sender(own, source.url, name))
            connection.begin()
            # First of all: on PostgreSQL the snapshot is that of the first query after it.
            dialect.lock_tables(connection, [table.name for table in tables()])
            leases.refuse_work(connection, now, source.url)
            mark = dialect.mark(connection)
        yield mark


def _refuse_other_schemas(connection: Connection, url: str) -> None:
    found = revision(connection)
    if found == HEAD:
        return
    if not found:
        raise StoreError("holds no digest; name the database that is in use", url=url)
    if found > HEAD:
        raise StoreError(
            f"was made by a newer program (schema {found}; this one knows {HEAD}). "
            "Upgrade the program",
            url=url,
        )
    raise StoreError(
        f"has the schema {found} of an older version, and this one's is {HEAD}. "
        f"Say first: digest migrate --db {url}",
        url=url,
    )


def _take(target: Side) -> None:
    """Begin the one transaction, alone and in an empty database of today's schema."""
    with translated(target.url):
        dialect.make_durable(target.connection)
        connection = target.connection.execution_options(**dialect.WRITES)
        connection.begin()
        dialect.lock_migrations(connection)
        there = set(inspect(connection).get_table_names()) & set(metadata.tables)
        dialect.lock_tables(connection, there)
        for name in sorted(there):
            if connection.execute(select(metadata.tables[name]).limit(1)).first() is not None:
                raise StoreError(
                    f"is not empty: its table {name} holds rows. Name a new database; none is "
                    "ever overwritten",
                    url=target.url,
                )
        migrate_within(connection, target.url)


def _stayed(source: Side, mark: int) -> None:
    with translated(source.url):
        if dialect.changed_since(source.connection, mark):
            raise StoreError(
                f"was written to while it was moved; {UNDONE}. Stop the service and whatever else "
                "uses it, and try again",
                url=source.url,
            )


# --- rows on their way


class Digest:
    """Of rows, by their values. SHA-256 of pickles: repr and BLAKE2 together took four times as
    long for items of a kilobyte (November 2026)."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._pickler = Pickler(self, protocol=4)
        self._pickler.fast = True  # no references: equal rows may share their values or not

    def write(self, some: bytes) -> None:
        """What the pickler writes into."""
        self._hash.update(some)

    def add(self, row: plain.Row) -> None:
        self._pickler.dump(row)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _sizes(source: Side) -> dict[Table, int]:
    with translated(source.url):
        return {table: plain.count(source.connection, table) for table in tables()}


def _read(side: Side, table: Table) -> Generator[plain.Row, None, None]:
    with translated(side.url):
        yield from plain.read(side.connection, table)


def _counted(rows: Iterable[One], what: str, table: Table, size: int, told: Told) -> Iterator[One]:
    told(what, table.name, 0, size)
    done = 0
    for row in rows:
        yield row
        done += 1
        if done % TELL_EVERY == 0 and done != size:
            told(what, table.name, done, size)
    told(what, table.name, done, size)


def _mend(source: Side, table: Table, bad: plain.BadRow) -> str:
    with translated(source.url):
        source.connection.rollback()  # where it was in the middle of giving rows, it can end so
        key = plain.key_at(source.connection, table, bad.number)
    where = f"{_told_key(table, key)}, {bad.column}" if bad.column else _told_key(table, key)
    return f"{where}: {bad.why}; {UNDONE}. Mend or delete that row, and try again"


def _difference(table: Table, given: plain.Row | None, found: plain.Row | None) -> str:
    keys = [plain.key_of(table, row) for row in (given, found) if row is not None]
    first = _told_key(table, min(keys))
    if given is None or found is None or len(set(keys)) > 1:
        lost = given is not None and keys[0] == min(keys)
        what = "is missing in the target" if lost else "is in the target alone"
        return f"{first} {what}; {UNDONE}"
    pairs = zip(table.columns, given, found, strict=True)
    changed = ", ".join(column.name for column, was, now in pairs if was != now)
    return f"{first}: {changed} came out of the target as another value; {UNDONE}"


def _told_key(table: Table, key: tuple[object, ...]) -> str:
    columns = [column.name for column in table.primary_key]
    return f"{table.name}, " + ", ".join(
        f"{name} {value!r}" for name, value in zip(columns, key, strict=True)
    )
