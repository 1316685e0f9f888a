"""The ledger: one row per edition and reader, unique. `mail.outbox.Ledger` in SQL.

What a method has written is on disk when it returns, power cuts included: a row that was lost again
would send its letter twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from digest.delivery import SUBSCRIBED, UNMAILED, DeliveryState, Due, Mark
from digest.store import dialect
from digest.store.engine import translated
from digest.store.facade import Store
from digest.store.mail_tables import deliveries, mailings, mornings, readers
from digest.store.mailed import (
    BEGIN,
    MARK,
    WAITING,
    bounce,
    drop,
    mailable,
    still_mailed,
)

Concerns = Callable[[tuple[str, ...], tuple[str, ...]], bool]
"""(sections, regions) that a reader chose, () for all → whether a letter holds anything of them."""
_MAILED_FOR = timedelta(days=4)
"""How long after its date an edition may still be on its way."""


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the operator sees it."""

    id: int
    address: str
    state: DeliveryState
    attempts: int
    code: int
    reply: str


@contextmanager
def open_ledger(
    store: Store,
    date: Date,
    list_name: str = "",
    *,
    only: Collection[int] | None = None,
    to_send: bool = True,
) -> Iterator[Ledger]:
    """The ledger of one edition (for `only` these readers), for its one sender.

    Raises StoreError while another process sends from this database: letters of a run that still
    goes on cannot be told from those a crash left behind. Without `to_send` it is only looked at.
    """
    with translated(store.url), store._engine.connect() as opened:
        connection = opened.execution_options(**dialect.WRITES)
        dialect.make_durable(connection)
        alone = (
            dialect.sole_sender(connection, store.url, store.list_name)
            if to_send
            else nullcontext()
        )
        with alone:
            yield Ledger(connection, store, date, list_name or store.list_name, only)


class Ledger:
    """Every method is one transaction on the sender's own connection."""

    def __init__(
        self,
        connection: Connection,
        store: Store,
        date: Date,
        list_name: str,
        only: Collection[int] | None,
    ) -> None:
        self._connection = connection
        self._url = store.url
        self._date = date
        self._list = list_name
        self._readers_of = store.list_name
        # By the operator's hand, to addresses, letters go to who paused or has not confirmed, too.
        self._not_again = (*UNMAILED, "paused", "pending") if only is None else UNMAILED
        self._mine = and_(deliveries.c.list_name == list_name, deliveries.c.date == date)
        if only is not None:
            self._mine = and_(self._mine, deliveries.c.reader.in_(sorted(only)))

    # --- queueing

    def queue_subscribers(
        self, now: datetime, morning: Callable[[str, int], datetime] | None = None
    ) -> int:
        """A row for every active reader of the list who takes editions on the edition's weekday and
        has none yet; the number of new ones. Whose pause is over when the letter is due is active.

        `morning(zone, hour)` says when a reader's letter is due; without it all are due now.
        """
        with self._transaction() as connection:
            self._begin_mailing(connection, now)
            if morning is None:
                at = literal(now, deliveries.c.due_at.type)
                return self._queue(connection, self._wanted(mailable(now)), now, at)
            wanted = self._wanted(readers.c.state.in_(SUBSCRIBED))
            # One pass over the readers, with the mornings beside it: a statement for each of the
            # hundreds of zones and hours would go over a million readers as often.
            times = connection.execute(
                select(readers.c.zone, readers.c.hour).where(wanted).distinct()
            ).all()
            if not times:
                return 0
            mornings.create(connection)
            connection.execute(
                insert(mornings),
                [{"zone": z, "hour": h, "due_at": morning(z, h)} for z, h in times],
            )
            due = and_(
                wanted,
                mornings.c.zone == readers.c.zone,
                mornings.c.hour == readers.c.hour,
                or_(mailable(now), mailable(mornings.c.due_at)),  # a morning that was is now
            )
            count = self._queue(connection, due, now, mornings.c.due_at)
            mornings.drop(connection)
            return count

    def would_queue(self, now: datetime) -> int:
        """How many rows `queue_subscribers` would make now."""
        has_one = select(deliveries.c.id).where(self._mine, deliveries.c.reader == readers.c.id)
        query = select(func.count()).where(self._wanted(mailable(now)), ~has_one.exists())
        with self._transaction() as connection:
            return connection.execute(query.select_from(readers)).scalar_one()

    def _wanted(self, who: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(
            readers.c.list_name == self._readers_of,
            who,
            readers.c.days.op("&")(1 << self._date.weekday()) != 0,
        )

    def queue_told_at_once(self, now: datetime, concerns: Concerns = lambda *_: True) -> int:
        """A row, due now, for every active reader who wants to be told at once of what cannot wait,
        and whose choice of sections and regions it `concerns`; the number of new ones."""
        wanted = and_(
            readers.c.list_name == self._readers_of, mailable(now), readers.c.breaking.is_(True)
        )
        # As text: PostgreSQL compares no JSON.
        chosen = cast(readers.c.sections, Text), cast(readers.c.regions, Text)
        with self._transaction() as connection:
            self._begin_mailing(connection, now)
            choices = connection.execute(select(*chosen).where(wanted).distinct()).all()
            others = [one for one in choices if not concerns(*map(tuple, map(json.loads, one)))]
            concerned = and_(wanted, tuple_(*chosen).not_in(others))
            return self._queue(connection, concerned, now, literal(now, deliveries.c.due_at.type))

    def queue_readers(self, ids: Sequence[int], now: datetime) -> int:
        """A row for each of these readers who has none yet; the number of new ones.

        The list's mailing does not begin with it: a letter to the operator's own address must not
        keep the subscribers from theirs.
        """
        with self._transaction() as connection:
            due_at = literal(now, deliveries.c.due_at.type)
            return sum(self._queue(connection, readers.c.id == id, now, due_at) for id in ids)

    def _queue(
        self,
        connection: Connection,
        wanted: ColumnElement[bool],
        now: datetime,
        due_at: ColumnElement[datetime],
    ) -> int:
        column = deliveries.c
        source = select(
            literal(self._list, column.list_name.type),
            literal(self._date, column.date.type),
            readers.c.id,
            literal("queued", column.state.type),
            due_at,
            literal(0, column.attempts.type),
            literal(now, column.changed_at.type),
            literal(0, column.code.type),
            literal("", column.reply.type),
        ).where(wanted)
        names = [name for name in column.keys() if name != "id"]  # noqa: SIM118  (a collection)
        statement = dialect.upsert(connection, deliveries).from_select(names, source)
        # An INSERT's count is kept only where it is asked for.
        options = {"preserve_rowcount": True}
        return connection.execute(
            statement.on_conflict_do_nothing(), execution_options=options
        ).rowcount

    def _begin_mailing(self, connection: Connection, now: datetime) -> None:
        row = {"list_name": self._list, "date": self._date, "first_queued": now}
        connection.execute(
            dialect.upsert(connection, mailings).values(row).on_conflict_do_nothing()
        )

    def first_queued(self) -> datetime | None:
        """When the edition's first row was made; None before."""
        query = select(mailings.c.first_queued).where(
            mailings.c.list_name == self._list, mailings.c.date == self._date
        )
        with self._transaction() as connection:
            return connection.execute(query).scalar()

    # --- after a crash, and by the operator's hand

    def recover(self, now: datetime) -> int:
        """Rows that a crash left at `sending` become `uncertain`; their number."""
        return self._move(
            ("sending",), "uncertain", now, reply="the program ended while it was on the wire"
        )

    def requeue(self, states: Sequence[DeliveryState], now: datetime) -> int:
        """Rows of these states are sent again, at once, but for readers who are no longer mailed;
        their number."""
        still = exists().where(
            readers.c.id == deliveries.c.reader, still_mailed(self._not_again, now)
        )
        return self._move(states, "queued", now, still, attempts=0)

    def hasten(self, now: datetime) -> int:
        """Rows that wait for their next attempt are due now; their number."""
        return self._move(("deferred",), "deferred", now)

    def _move(
        self,
        states: Sequence[str],
        to: DeliveryState,
        now: datetime,
        *which: ColumnElement[bool],
        **values: object,
    ) -> int:
        statement = update(deliveries).where(self._mine, deliveries.c.state.in_(states), *which)
        with self._transaction() as connection:
            return connection.execute(
                statement.values(state=to, due_at=now, changed_at=now, **values)
            ).rowcount

    # --- the outbox's three calls

    def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[Due]:
        """Rows that may go now: first those that were put off, then the others, oldest first;
        none to the domains `without`."""
        found: list[Due] = []
        with self._transaction() as connection:
            # A query for each state, so that the index gives the order: one over both would sort
            # all that waits for every batch.
            for state in ("deferred", "queued"):
                query = (
                    select(
                        deliveries.c.id,
                        deliveries.c.reader,
                        readers.c.address,
                        readers.c.format,
                        readers.c.nonce,
                        deliveries.c.attempts,
                        readers.c.sections,
                        readers.c.regions,
                    )
                    .join(readers, readers.c.id == deliveries.c.reader)
                    .where(self._mine, deliveries.c.state == state, deliveries.c.due_at <= now)
                    .where(*_not_to(without))
                    .order_by(deliveries.c.due_at, deliveries.c.id)
                    .limit(limit - len(found))
                )
                found += [
                    Due(*row[:-2], tuple(row.sections), tuple(row.regions))
                    for row in connection.execute(query)
                ]
        return found

    def next_due(self, without: Collection[str] = ()) -> datetime | None:
        """When the next queued or deferred row is due; None when there is none, but for those to
        the domains `without`."""
        query = select(func.min(deliveries.c.due_at)).where(
            self._mine, deliveries.c.state.in_(WAITING)
        )
        if without:
            query = query.join(readers, readers.c.id == deliveries.c.reader)
            query = query.where(*_not_to(without))
        with self._transaction() as connection:
            return connection.execute(query).scalar()

    def turn(self, marks: Sequence[Mark], begin: Sequence[int], now: datetime) -> Collection[int]:
        """Write `marks`, and make the rows `begin` `sending`; the ids of those that now are.

        A mark changes only a row that is on the wire: a bounce can be faster than the relay's
        answer, and is what counts. None begins to a reader who is no longer mailed, nor waits for
        one: who leaves while their letter is on the wire may have it put off.
        """
        with self._transaction() as connection:
            if marks:
                connection.execute(
                    MARK,
                    [
                        {
                            "row": mark.id,
                            "to": mark.state,
                            "tried": mark.attempts,
                            "due": mark.due_at,
                            "now": now,
                            "said": mark.code,
                            "words": mark.reply,
                        }
                        for mark in marks
                    ],
                )
                hard = [mark.id for mark in marks if mark.hard]
                if hard:
                    bounce(connection, hard, now)
                put_off = [mark.id for mark in marks if mark.state == "deferred"]
                if put_off:
                    drop(connection, put_off, self._not_again, now)
            if not begin:
                return frozenset()
            # What was queued by hand may be taken up by a run that was not.
            rows = {"rows": list(begin), "now": now, "unmailed": UNMAILED}
            begun = frozenset(connection.execute(BEGIN, rows).scalars())
            if len(begun) < len(begin):
                drop(connection, set(begin) - begun, UNMAILED, now)
            return begun

    # --- looking

    def counts(self) -> dict[DeliveryState, int]:
        """How many rows stand in each state that has any."""
        query = (
            select(deliveries.c.state, func.count()).where(self._mine).group_by(deliveries.c.state)
        )
        with self._transaction() as connection:
            return dict(iter(connection.execute(query)))

    def sent_since(self, since: datetime) -> list[tuple[datetime, str]]:
        """(when, address) of all letters of any edition and list that were on the wire since then,
        oldest first: what the limits of a run that begins now have to count."""
        tried = or_(deliveries.c.attempts > 0, deliveries.c.state == "uncertain")
        query = (
            select(deliveries.c.changed_at, readers.c.address)
            .join(readers, readers.c.id == deliveries.c.reader)
            .where(
                # The table holds every edition there was; its key tells the late ones.
                deliveries.c.date >= (since - _MAILED_FOR).date(),
                deliveries.c.changed_at > since,
                tried,
            )
            .order_by(deliveries.c.changed_at)
        )
        with self._transaction() as connection:
            return [(at, address) for at, address in connection.execute(query)]

    def state_of(self, reader: int) -> DeliveryState | None:
        """Where this reader's row stands; None when there is none."""
        query = select(deliveries.c.state).where(self._mine, deliveries.c.reader == reader)
        with self._transaction() as connection:
            return connection.execute(query).scalar()

    def rows(self, states: Sequence[DeliveryState], limit: int = 1000) -> list[Row]:
        """The rows of these states, oldest first."""
        query = (
            select(
                deliveries.c.id,
                readers.c.address,
                deliveries.c.state,
                deliveries.c.attempts,
                deliveries.c.code,
                deliveries.c.reply,
            )
            .join(readers, readers.c.id == deliveries.c.reader)
            .where(self._mine, deliveries.c.state.in_(states))
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [Row(*row) for row in connection.execute(query)]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with translated(self._url), self._connection.begin():
            yield self._connection


def _not_to(domains: Collection[str]) -> list[ColumnElement[bool]]:
    return [~readers.c.address.endswith(f"@{domain}", autoescape=True) for domain in domains]
