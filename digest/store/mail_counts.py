"""The ledger over all editions: counted for `digest status`, and after a backup came back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from digest.delivery import SUBSCRIBED
from digest.store.mail_tables import deliveries, mailings, readers, returned
from digest.store.mailed import WAITING


def letters(connection: Connection, date: Date, list_name: str) -> dict[str, int]:
    """State → how many letters of `date`'s edition stand there."""
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.list_name == list_name, deliveries.c.date == date)
        .group_by(deliveries.c.state)
    )
    return dict(iter(connection.execute(query)))


def returned_since(connection: Connection, moment: datetime) -> dict[str, int]:
    """Kind → how many letters of it came back since then."""
    query = (
        select(returned.c.kind, func.count())
        .where(returned.c.received_at >= moment)
        .group_by(returned.c.kind)
        .order_by(returned.c.kind)
    )
    return dict(iter(connection.execute(query)))


def without_day(connection: Connection, days: int, list_name: str) -> int:
    """How many readers take editions on none of these days."""
    r = readers.c
    mine = (r.list_name == list_name, r.state.in_(SUBSCRIBED))
    query = select(func.count()).select_from(readers).where(*mine, r.days.op("&")(days) == 0)
    return connection.execute(query).scalar_one()


def left_meanwhile(
    connection: Connection, ledgers: Iterable[tuple[str, Date]], now: datetime, list_name: str
) -> tuple[int, list[tuple[str, Date]]]:
    """See `Store.left_meanwhile`."""
    waiting = (
        update(deliveries)
        .where(
            deliveries.c.reader.in_(select(readers.c.id).where(readers.c.list_name == list_name)),
            deliveries.c.state.in_((*WAITING, "sending")),
        )
        .values(state="uncertain", changed_at=now, reply="waited in a backup that came back")
    )
    letters = connection.execute(waiting).rowcount
    query = select(mailings.c.list_name, mailings.c.date)
    known = {(name, date) for name, date in connection.execute(query)}
    new = [ledger for ledger in ledgers if ledger not in known]
    # A mailing that has begun queues nobody any more.
    rows = [{"list_name": name, "date": date, "first_queued": now} for name, date in new]
    if rows:
        connection.execute(insert(mailings), rows)
    return letters, new
