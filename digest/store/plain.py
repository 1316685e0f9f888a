"""Whole tables, as rows in one plain form that both databases give and take.

Plain are None, int, str and bytes, as SQLite keeps them: a time is text, in UTC and to the
microsecond; a date is ISO 8601; a truth is 0 or 1; JSON is its text as it was written. So a row
equals its copy in another database, or something was lost on the way.

Past SQLAlchemy, through the drivers: its types would make objects of 40 million values, only for
them to be made text again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Boolean, Column, Connection, Date, Integer, LargeBinary, Table, func, select

from digest.store.schema import UtcDateTime

if TYPE_CHECKING:
    import psycopg

Row = tuple[int | str | bytes | None, ...]

_TIME = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
_DATE = "to_char({0}, 'YYYY-MM-DD')"
_ON_POSTGRESQL: tuple[tuple[type, str, str], ...] = (
    # Not as the server prints them by itself, which is a setting. But "infinity" has no to_char,
    # and must not become a NULL.
    (UtcDateTime, f"coalesce({_TIME}, {{0}}::text)", "text"),
    (Date, f"coalesce({_DATE}, {{0}}::text)", "text"),
    (Boolean, "{0}::integer", "int4"),
    (Integer, "{0}", "int4"),
    (LargeBinary, "{0}", "bytea"),
    (object, "{0}::text", "text"),  # texts, JSON
)
"""What kind of column, its plain form in SQL, and that form's type."""


class BadRow(Exception):
    """A row that one of the databases cannot give or take. Tells no value of it.

    `number` is its place in key order, from 1; `column` "" where the database does not say.
    """

    def __init__(self, why: str, column: str, number: int) -> None:
        self.why = why
        self.column = column
        self.number = number
        super().__init__(why)


def read(connection: Connection, table: Table) -> Iterator[Row]:
    """All rows in the order of the key, one at a time. Raises BadRow."""
    if connection.dialect.name == "sqlite":
        return _read_sqlite(connection, table)
    return _read_postgresql(connection, table)


def write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows, given in the order of the key. Raises BadRow."""
    if connection.dialect.name == "sqlite":
        _write_sqlite(connection, table, rows)
    else:
        _write_postgresql(connection, table, rows)


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    """The values of the row's key: what rows are ordered by and told apart."""
    return tuple(row[list(table.columns).index(column)] for column in table.primary_key)


def key_at(connection: Connection, table: Table, number: int) -> tuple[Any, ...]:
    """The key of the row at this place, from 1, in the order of `read`."""
    quoted = _quoted(connection, table.primary_key)
    query = f"{_select(connection, table, quoted)} LIMIT 1 OFFSET {number - 1}"
    if connection.dialect.name != "sqlite":
        return tuple(connection.exec_driver_sql(query).one())
    raw = _sqlite(connection)
    before, raw.text_factory = raw.text_factory, lambda said: said.decode(errors="replace")
    try:
        return tuple(raw.execute(query).fetchone())
    finally:
        raw.text_factory = before


def count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


# --- SQLite


def _read_sqlite(connection: Connection, table: Table) -> Iterator[Row]:
    plain = [
        # A time that a hand wrote may lack its microseconds.
        f"CASE length({name}) WHEN 19 THEN {name} || '.000000' ELSE {name} END"
        if isinstance(column.type, UtcDateTime)
        else name
        for column, name in zip(table.columns, _quoted(connection, table.columns), strict=True)
    ]
    query = _select(connection, table, plain)
    number = 0
    try:
        for row in _sqlite(connection).execute(query):
            yield row
            number += 1
    except sqlite3.OperationalError as exc:
        found = re.match(r"Could not decode to UTF-8 column '(\w+)'", str(exc))
        if found is None:
            raise
        # `from None`: what SQLite says quotes the text.
        raise BadRow("holds bytes that are no UTF-8", found[1], number + 1) from None


def _write_sqlite(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    names = _quoted(connection, table.columns)
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {_name(connection, table)} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
    number = 0

    def counted() -> Iterator[Row]:
        nonlocal number
        for row in rows:
            number += 1
            yield row

    try:
        _sqlite(connection).executemany(statement, counted())
    except sqlite3.IntegrityError as exc:
        raise BadRow(f"is refused ({exc})", "", number) from None


def _sqlite(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


# --- PostgreSQL


def _read_postgresql(connection: Connection, table: Table) -> Iterator[Row]:
    plain, types = [], []
    for column, name in zip(table.columns, _quoted(connection, table.columns), strict=True):
        form, type_ = next(
            (form, type_) for kind, form, type_ in _ON_POSTGRESQL if isinstance(column.type, kind)
        )
        plain.append(form.format(name))
        types.append(type_)
    query = _select(connection, table, plain)
    # COPY and no cursor: it comes row by row, and a thousand editions' records would not fit.
    raw = _postgresql(connection)
    with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        copy.set_types(types)
        yield from copy.rows()


def _write_postgresql(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    import psycopg

    number = 0
    row: Row = ()

    def counted() -> Iterator[Row]:
        nonlocal number, row
        for row in rows:
            number += 1
            yield row

    try:
        copy_in(connection, table, counted())
    except (psycopg.DataError, psycopg.IntegrityError) as exc:
        # `from None`, and no word of the server's: it quotes values.
        if exc.sqlstate is None:  # by the driver, about the row in hand
            raise BadRow(*_nul(table, row), number) from None
        found = re.search(
            r"^COPY \S+, line (\d+)(?:, column (\w+))?", exc.diag.context or "", re.MULTILINE
        )
        if found is None:
            raise  # about no row: a foreign key
        why = f"holds what PostgreSQL does not take ({type(exc).__name__})"
        raise BadRow(why, found[2] or "", int(found[1])) from None


def copy_in(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """COPY rows, each with the values of all columns, into a table of PostgreSQL."""
    names = ", ".join(_quoted(connection, table.columns))
    with (
        _postgresql(connection).cursor() as cursor,
        cursor.copy(f"COPY {_name(connection, table)} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _nul(table: Table, row: Row) -> tuple[str, str]:
    for column, value in zip(table.columns, row, strict=True):
        if isinstance(value, str) and "\0" in value:
            return "holds a NUL, which is no character of a text in PostgreSQL", column.name
    return "holds what PostgreSQL does not take", ""


def _postgresql(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


# --- both


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.quote(table.name)


def _quoted(connection: Connection, columns: Iterable[Column[Any]]) -> list[str]:
    return [connection.dialect.identifier_preparer.quote(column.name) for column in columns]


def _select(connection: Connection, table: Table, values: list[str]) -> str:
    """In the order of the key, texts by their bytes as SQLite does, whatever the server's own."""
    order = []
    quoted = _quoted(connection, table.primary_key)
    for column, name in zip(table.primary_key, quoted, strict=True):
        is_text = column.type.python_type is str and connection.dialect.name != "sqlite"
        order.append(f'{name} COLLATE "C"' if is_text else name)
    named = _name(connection, table)
    return f"SELECT {', '.join(values)} FROM {named} ORDER BY {', '.join(order)}"  # noqa: S608
