"""Readers as their own acts change them: asking, changing wishes, pausing until a time that is
over, and being forgotten unconfirmed.

Beside store.readers, which the operator and the outbox use as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from digest.delivery import Subscriber
from digest.store.mail_tables import deliveries, readers
from digest.store.mailed import WAITING
from digest.store.readers import Readers

ASKED_AGAIN = ("guest", "pending", "unsubscribed", "bounced")
"""States out of which asking makes a reader pending. Whoever gets editions is not touched by what a
stranger may have typed into a form."""


class SignUps(Readers):
    """`readers.service.Roll` over the store."""

    def ask(self, wanted: Subscriber, now: datetime) -> Subscriber:
        """Take in a sign-up as pending, unless the address is a reader already; what is stored
        afterwards. The consent that was kept stays: whoever asks may be a stranger. One
        transaction, so that a confirmation in between is not undone."""
        with self._store._writing() as connection:
            asked = replace(wanted, state="pending", consent=None, paused_until=None)
            stored, added = self._known_or_added(connection, asked, now)
            mine, before = readers.c.id == stored.id, ""
            if not added:
                if stored.state not in ASKED_AGAIN:
                    return stored
                was = connection.execute(select(readers.c.state_before).where(mine)).scalar()
                before = stored.state if was is None else was  # asked before, and not confirmed
                again = replace(asked, id=stored.id, consent=stored.consent)
                stored = self._replace(connection, again, now)
            connection.execute(update(readers).where(mine).values(state_before=before))
            return stored

    def change(self, wanted: Subscriber, now: datetime) -> bool:
        """Store a reader's wishes; a letter that waits for a day they take no more is cancelled.
        Their nonce stays, so that the links in letters sent before go on to count. False when they
        are no reader any more."""
        with self._store._writing() as connection:
            done = connection.execute(
                update(readers)
                .where(
                    readers.c.list_name == self._list,
                    readers.c.id == wanted.id,
                    readers.c.state.in_(("active", "paused")),
                )
                .values(
                    zone=wanted.zone,
                    hour=wanted.hour,
                    days=wanted.days,
                    sections=list(wanted.sections),
                    regions=list(wanted.regions),
                    format=wanted.format,
                    language=wanted.language,
                    breaking=wanted.breaking,
                    changed_at=now,
                )
            )
            if done.rowcount == 1:
                self._cancel_other_days(connection, wanted, now)
            return done.rowcount == 1

    def _cancel_other_days(self, connection: Connection, reader: Subscriber, now: datetime) -> None:
        d = deliveries.c
        waiting = select(d.id, d.date).where(
            d.list_name == self._list, d.reader == reader.id, d.state.in_(WAITING)
        )
        rows = connection.execute(waiting).all()
        others = [row.id for row in rows if not reader.days >> row.date.weekday() & 1]
        if others:
            gone = {"state": "failed", "changed_at": now, "reply": "no day of theirs any more"}
            connection.execute(update(deliveries).where(d.id.in_(others)).values(gone))

    def end_pauses(self, now: datetime) -> int:
        """Make active whose pause is over; how many."""
        over = (
            readers.c.list_name == self._list,
            readers.c.state == "paused",
            readers.c.paused_until <= now,
        )
        with self._store._writing() as connection:
            ended = update(readers).where(*over)
            ended = ended.values(state="active", paused_until=None, changed_at=now)
            return connection.execute(ended).rowcount

    def forget_unconfirmed(self, before: datetime) -> int:
        """Forget sign-ups that nobody confirmed and that were asked for before then; how many. Who
        was known before is again what they were; who was not is deleted."""
        which = (
            readers.c.list_name == self._list,
            readers.c.state == "pending",
            readers.c.changed_at < before,
        )
        with self._store._writing() as connection:
            new = self._forget(connection, (*which, readers.c.state_before == ""))
            known = connection.execute(
                update(readers)
                .where(*which, readers.c.state_before.is_not(None))
                .values(state=readers.c.state_before, state_before=None)
            )
            return new + known.rowcount
