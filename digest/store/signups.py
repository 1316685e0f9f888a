"""Readers as their own acts change them: asking, changing wishes, pausing until a time that is
over, and being forgotten unconfirmed.

Beside store.readers, which the operator and the outbox use as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, null, select, update

from digest.delivery import SUBSCRIBED, Consent, Subscriber
from digest.store.mail_tables import comments, deliveries, readers
from digest.store.mailed import NO_DAY, restore
from digest.store.reader_rows import CHOSEN, new_nonce, subscriber_of, values_of
from digest.store.readers import LEFT, NOT_ASKED, Readers

ASKED = ("address", *CHOSEN, "nonce")
"""What of a sign-up waits beside the reader whose address it names."""
NEW = (
    readers.c.state == "pending",
    readers.c.asked_at.is_not(None),
    readers.c.asked.is_(null()),
)
"""Of whom nothing is known but a sign-up that waits."""


class SignUps(Readers):
    """`readers.service.Roll` over the store."""

    def ask(self, wanted: Subscriber, now: datetime) -> Subscriber:
        """Let a sign-up wait to be confirmed; as `asked` gives it. It takes the place of one that
        waits, and changes nothing else of an address that is known: whoever asks may be a stranger.
        The reader as stored, where the address is one already. One transaction, so that a
        confirmation in between is not undone."""
        asked = replace(wanted, state="pending", consent=None, paused_until=None, nonce=new_nonce())
        with self._store._writing() as connection:
            known, added = self._known_or_added(connection, asked, now)
            if known.subscribed:
                return known
            waits: dict[str, object] = {"asked_at": now}
            if not added and self._is_sign_up(connection, known):
                known = self._replace(connection, replace(asked, id=known.id), now)
            elif not added:
                values = values_of(asked)
                waits["asked"] = {name: values[name] for name in ASKED}
                known = replace(asked, id=known.id, consent=known.consent)
            connection.execute(update(readers).where(readers.c.id == known.id).values(waits))
            return known

    def _is_sign_up(self, connection: Connection, known: Subscriber) -> bool:
        """Whether nothing is known of the address but a sign-up that waits."""
        r = readers.c
        query = select(r.id).where(r.id == known.id, *NEW)
        return connection.execute(query).first() is not None

    def asked(self, id: int) -> Subscriber | None:
        """The reader of this number as the sign-up that waits will make them, pending, with the
        nonce of the link to confirm it by; None where none waits."""
        with self._store._reading() as connection:
            return self._asked(connection, select(readers).where(readers.c.id == id))

    def _asked(self, connection: Connection, query: Select[Any]) -> Subscriber | None:
        mine = query.where(readers.c.list_name == self._list)
        row = connection.execute(mine).mappings().first()
        if row is None or not (row["asked"] or row["state"] == "pending"):
            return None
        if "address_key" in (row["asked"] or {}):
            return None  # another address of a reader
        waits = {"state": "pending", "paused_until": None, **(row["asked"] or {})}
        return subscriber_of({**row, **waits})

    def confirm(self, id: int, nonce: str, consent: Consent, now: datetime) -> bool:
        """Make active who a sign-up waits for, as it wants it, once: False when the link's nonce is
        no longer its own."""
        which = readers.c.id == id
        with self._store._writing() as connection:
            asked = self._asked(connection, select(readers).where(which).with_for_update())
            if asked is None or asked.nonce != nonce:
                return False
            new = replace(asked, state="active", consent=consent)
            self._replace(connection, new, now)
            restore(connection, self._list, id, now, LEFT)
            return True

    def ask_move(self, id: int, address: str, key: str, now: datetime) -> str:
        """Let another address of a reader wait to be confirmed, in place of one that waits; asked
        for once more, it keeps its nonce, for the letter may be there already. The nonce of the
        link to confirm it by; "" where they are no reader any more."""
        with self._store._writing() as connection:
            which = select(readers).where(readers.c.id == id).with_for_update()
            reader = self._subscribed(connection, which)
            if reader is None:
                return ""
            waits = reader["asked"] or {}
            nonce: str = waits["nonce"] if waits.get("address_key") == key else new_nonce()
            asked = {"address": address, "address_key": key, "nonce": nonce}
            waiting = update(readers).where(readers.c.id == id)
            connection.execute(waiting.values(asked_at=now, asked=asked))
            return nonce

    def moving(self, id: int) -> Subscriber | None:
        """The reader of this number at the other address that waits, with the nonce of the link to
        confirm it by; None where none waits."""
        with self._store._reading() as connection:
            return self._moving(connection, select(readers).where(readers.c.id == id))

    def _moving(self, connection: Connection, query: Select[Any]) -> Subscriber | None:
        row = self._subscribed(connection, query)
        return subscriber_of({**row, **row["asked"]}) if row and row["asked"] else None

    def _subscribed(self, connection: Connection, query: Select[Any]) -> RowMapping | None:
        which = (readers.c.list_name == self._list, readers.c.state.in_(SUBSCRIBED))
        return connection.execute(query.where(*which)).mappings().first()

    def move(self, id: int, nonce: str, left: bytes, taken: bytes, now: datetime) -> bool:
        """Give a reader the other address that waits, once: False when the link's nonce is no
        longer its own, or the address has become another reader's. What was said from it before is
        theirs. `left` and `taken` are the two addresses' hashes: an import brings neither a second
        time."""
        which = readers.c.id == id
        with self._store._writing() as connection:
            new = self._moving(connection, select(readers).where(which).with_for_update())
            if new is None or new.nonce != nonce:
                return False
            other = self._locked(connection, new.key)
            if other and other.subscribed:
                return False
            if other:
                theirs = update(comments).where(comments.c.reader == other.id)
                connection.execute(theirs.values(reader=id))
                self._forget(connection, (readers.c.id == other.id,))
            query = select(func.max(deliveries.c.id)).where(deliveries.c.reader == id)
            values = {
                "address": new.address,
                "address_key": new.key,
                "nonce": new_nonce(),
                "soft_bounces": 0,
                "soft_bounced_at": None,
                "moved_after": connection.execute(query).scalar() or 0,
                "changed_at": now,
            }
            connection.execute(update(readers).where(which).values(values | NOT_ASKED))
            self._suppress(connection, left, LEFT, now)
            self._unsuppress(connection, taken)
            return True

    def change(self, wanted: Subscriber, now: datetime) -> bool:
        """Store a reader's wishes; a letter that waits for a day they take no more is cancelled,
        and is back where they take it again before its time. Their nonce stays, so that the links
        in letters sent before go on to count. False when they are no reader any more."""
        values = values_of(wanted)
        wishes = {name: values[name] for name in CHOSEN}
        which = (readers.c.id == wanted.id, readers.c.state.in_(SUBSCRIBED))
        return self._again(wanted.id, which, now, NO_DAY, wishes)

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
        """Forget sign-ups that nobody confirmed and that were asked for before then; how many. Of
        who was known before, nothing else goes."""
        old = (readers.c.list_name == self._list, readers.c.asked_at < before)
        with self._store._writing() as connection:
            new = self._forget(connection, (*old, *NEW))
            known = connection.execute(update(readers).where(*old).values(NOT_ASKED))
            return new + known.rowcount
