"""Who is mailed, and a turn of the ledger as statements: what came of letters, which go next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from digest.delivery import ON_THE_LIST
from digest.store.mail_tables import deliveries, readers

WAITING = ("queued", "deferred")
NO_DAY = "no day of theirs any more"
"""Why a letter that waits is cancelled when its reader chooses other days."""


def mailable(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Readers who get editions: active, or paused until a time that is over."""
    return or_(
        readers.c.state == "active",
        and_(readers.c.state == "paused", readers.c.paused_until <= now),
    )


def still_mailed(
    unmailed: Sequence[str] | BindParameter[Sequence[str]], now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """Readers to whom a letter that waits may go: none in a state of `unmailed`, but for a pause
    that is over."""
    return or_(
        readers.c.state.not_in(unmailed),
        and_(
            readers.c.state == "paused",
            readers.c.paused_until.is_not(None),  # so that the opposite is never unknown
            readers.c.paused_until <= now,
        ),
    )


def cancel(connection: Connection, reader: ColumnElement[bool], now: datetime, why: str) -> None:
    """Letters that wait for a reader who no longer wants or takes them."""
    of_reader = deliveries.c.reader.in_(select(readers.c.id).where(reader))
    connection.execute(
        update(deliveries)
        .where(of_reader, deliveries.c.state.in_(WAITING))
        .values(state="failed", changed_at=now, reply=why)
    )


def restore(connection: Connection, list_name: str, reader: int, now: datetime, why: str) -> None:
    """Letters that were cancelled for that and whose time has not come: their reader thought better
    of it, and is mailed. None of a day that they take no more."""
    ours = (deliveries.c.reader == reader, deliveries.c.state == "failed")
    mailed = exists().where(readers.c.id == reader, mailable(now))
    connection.execute(
        update(deliveries)
        .where(*ours, deliveries.c.reply == why, deliveries.c.due_at > now, mailed)
        .values(state="queued", changed_at=now, reply="")
    )
    _cancel_other_days(connection, list_name, reader, now)


def _cancel_other_days(connection: Connection, list_name: str, reader: int, now: datetime) -> None:
    d = deliveries.c
    waiting = (
        select(d.id, d.date, readers.c.days)
        .join(readers, readers.c.id == d.reader)
        .where(d.list_name == list_name, d.reader == reader, d.state.in_(WAITING))
    )
    rows = connection.execute(waiting).all()
    others = [row.id for row in rows if not row.days >> row.date.weekday() & 1]
    if others:
        gone = {"state": "failed", "changed_at": now, "reply": NO_DAY}
        connection.execute(update(deliveries).where(d.id.in_(others)).values(gone))


def arrived_before(connection: Connection, reader: int, delivery: int) -> bool:
    """Whether a letter came through between this delivery and the one before it that came back."""
    bounced = select(func.max(deliveries.c.id)).where(
        deliveries.c.reader == reader, deliveries.c.id < delivery, deliveries.c.state == "bounced"
    )
    between = exists().where(
        deliveries.c.reader == reader,
        deliveries.c.id < delivery,
        deliveries.c.id > bounced.scalar_subquery(),
        deliveries.c.state == "sent",
    )
    return bool(connection.execute(select(between)).scalar())


MARK = (
    update(deliveries)
    # Not IN: SQLAlchemy cannot run that for many rows at once.
    .where(
        deliveries.c.id == bindparam("row"),
        or_(deliveries.c.state == "sending", deliveries.c.state == "uncertain"),
    )
    .values(
        state=bindparam("to"),
        attempts=bindparam("tried"),
        due_at=bindparam("due"),
        changed_at=bindparam("now"),
        code=bindparam("said"),
        reply=bindparam("words"),
    )
)
_FREE = (
    select(deliveries.c.id)
    .join(readers, readers.c.id == deliveries.c.reader)
    .where(
        deliveries.c.id.in_(bindparam("rows", expanding=True)),
        deliveries.c.state.in_(WAITING),
        still_mailed(bindparam("unmailed", expanding=True), bindparam("now")),
    )
    # On PostgreSQL: a row that somebody else changes right now is not waited for, while rows are
    # held that he may wait for. (SQLite has one writer, and knows no such words.)
    .with_for_update(skip_locked=True, of=deliveries)
)
BEGIN = (
    update(deliveries)
    .where(deliveries.c.id.in_(_FREE))
    .values(state="sending", changed_at=bindparam("now"))
    .returning(deliveries.c.id)
)


def bounce(connection: Connection, rows: Sequence[int], now: datetime) -> None:
    """The readers of these deliveries are not mailed any more, but for who has moved meanwhile."""
    r, d = readers.alias(), deliveries.c
    bounced = select(d.reader).join(r, r.c.id == d.reader)
    of_rows = readers.c.id.in_(bounced.where(d.id.in_(rows), d.id > r.c.moved_after))
    connection.execute(
        update(readers)
        .where(of_rows, readers.c.state.in_(ON_THE_LIST))
        .values(state="bounced", changed_at=now)
    )
    cancel(connection, of_rows, now, "the address does not take mail")


def drop(
    connection: Connection, rows: Collection[int], unmailed: Sequence[str], now: datetime
) -> None:
    """Of these letters, those that wait for a reader who is no longer mailed."""
    gone = exists().where(readers.c.id == deliveries.c.reader, ~still_mailed(unmailed, now))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(rows), deliveries.c.state.in_(WAITING), gone)
        .values(state="failed", changed_at=now, reply="the reader is no longer mailed")
    )
