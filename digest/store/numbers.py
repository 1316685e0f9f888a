"""The ids that a database gives to new rows, when its rows came from another one."""

from __future__ import annotations

from sqlalchemy import Boolean, Connection, Integer, Table, column, func, select, table, text

_GIVEN = table("sqlite_sequence", column("name"), column("seq"))
"""Where SQLite keeps them, for tables with AUTOINCREMENT alone."""


def is_numbered(of: Table) -> bool:
    """Whether the database itself gives the table's rows their ids."""
    return of.autoincrement_column is not None


def never_again(of: Table) -> bool:
    """Whether an id stays given when its row is gone: it stands in links or addresses."""
    return bool(of.dialect_options["sqlite"]["autoincrement"])


def last(connection: Connection, of: Table) -> int:
    """The highest id that was ever given, as far as the database knows; 0 for none."""
    if connection.dialect.name == "sqlite":
        given = select(_GIVEN.c.seq).where(_GIVEN.c.name == of.name).scalar_subquery()
        highest = select(func.max(of.c.id)).scalar_subquery()
        return int(connection.execute(select(func.coalesce(given, highest, 0))).scalar_one())
    values = select(column("last_value", Integer), column("is_called", Boolean))
    place = text(_sequence(connection, of))
    value, is_given = connection.execute(values.select_from(place)).one()
    return value if is_given else value - 1


def go_on_after(connection: Connection, of: Table, number: int) -> None:
    """Give the next new row the id after `number`."""
    if connection.dialect.name != "sqlite":
        # Not setval: that would outlive a rollback.
        connection.execute(
            text(f"ALTER SEQUENCE {_sequence(connection, of)} RESTART WITH {number + 1}")
        )
    elif never_again(of):  # the others go on after the highest id that there is
        connection.execute(_GIVEN.delete().where(_GIVEN.c.name == of.name))
        connection.execute(_GIVEN.insert().values(name=of.name, seq=number))


def _sequence(connection: Connection, of: Table) -> str:
    """PostgreSQL's name of it, quoted."""
    return str(connection.execute(select(func.pg_get_serial_sequence(of.name, "id"))).scalar_one())
