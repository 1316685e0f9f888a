"""The ledger over all editions: counted for `digest status`, and after a backup came back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from digest.delivery import SUBSCRIBED
from digest.store.mail_tables import deliveries, mailings, readers, returned
from digest.store.mailed import WAITING

if TYPE_CHECKING:
    from digest.store.facade import Store


def letters(store: Store, date: Date) -> dict[str, int]:
    """State → how many letters of `date`'s edition stand there."""
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.list_name == store.list_name, deliveries.c.date == date)
        .group_by(deliveries.c.state)
    )
    with store._reading() as connection:
        return dict(iter(connection.execute(query)))


def returned_since(store: Store, moment: datetime) -> dict[str, int]:
    """Kind → how many letters of it came back since then."""
    query = (
        select(returned.c.kind, func.count())
        .where(returned.c.received_at >= moment)
        .group_by(returned.c.kind)
        .order_by(returned.c.kind)
    )
    with store._reading() as connection:
        return dict(iter(connection.execute(query)))


def without_day(store: Store, days: int) -> int:
    """How many of the list's readers take editions on none of these days (bit 0 is Monday)."""
    r = readers.c
    mine = (r.list_name == store.list_name, r.state.in_(SUBSCRIBED))
    query = select(func.count()).select_from(readers).where(*mine, r.days.op("&")(days) == 0)
    with store._reading() as connection:
        return connection.execute(query).scalar_one()


def left_meanwhile(
    store: Store, ledgers: Iterable[tuple[str, Date]], now: datetime
) -> tuple[int, list[tuple[str, Date]]]:
    """After a backup came back: what it says is still to be mailed may have left since.

    Letters that wait for the list's readers become uncertain, whatever ledger they stand in;
    and of `ledgers` (name, date) those without a mailing get none. Returns how many letters
    and which ledgers.
    """
    ours = select(readers.c.id).where(readers.c.list_name == store.list_name)
    waiting = (
        update(deliveries)
        .where(
            deliveries.c.reader.in_(ours),
            deliveries.c.state.in_((*WAITING, "sending")),
        )
        .values(state="uncertain", changed_at=now, reply="waited in a backup that came back")
    )
    with store._writing() as connection:
        letters = connection.execute(waiting).rowcount
        query = select(mailings.c.list_name, mailings.c.date)
        known = {(name, date) for name, date in connection.execute(query)}
        new = [ledger for ledger in ledgers if ledger not in known]
        # A mailing that has begun queues nobody any more.
        rows = [{"list_name": name, "date": date, "first_queued": now} for name, date in new]
        if rows:
            connection.execute(insert(mailings), rows)
        return letters, new
