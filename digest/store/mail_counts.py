"""Letters and returned mail, counted for `digest status`."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime

from sqlalchemy import Connection, func, select

from digest.store.mail_tables import deliveries, returned


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
