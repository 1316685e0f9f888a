"""Readers: who subscribed to which list, how they want it, and who is never to be mailed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, null, select, update

from digest.delivery import ON_THE_LIST, SUBSCRIBED, UNMAILED, Erased, ReaderState, Subscriber
from digest.store import dialect
from digest.store.facade import Store
from digest.store.mail_tables import comments, deliveries, readers, suppressed
from digest.store.mailed import NO_DAY, arrived_before, cancel, restore
from digest.store.reader_rows import new_nonce, subscriber_of, subscriber_record, values_of

SOFT_BOUNCES = 5
"""Soft bounces in a row before an address counts as dead. Mailboxes stay full for days; five
editions are a working week."""
SOFT_MEMORY = timedelta(days=14)
"""A soft bounce this long after the last one begins a new row of them, as one does after a letter
that came through."""
PAUSED, LEFT = "paused", "unsubscribed"
"""Why letters that wait are cancelled, until their reader thinks better of it."""
PAGE = 1000
BESIDE = ("asked_at", "soft_bounces", "soft_bounced_at", "created_at", "changed_at")
"""What is kept of a reader beside the `Subscriber`."""
NOT_ASKED: dict[str, object] = {"asked_at": None, "asked": None}
"""No sign-up waits."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, reader by reader."""

    added: int
    updated: int
    """Known, but only as a guest or still unconfirmed."""
    kept: int
    """Known already: what is stored is newer than what is imported."""
    suppressed: int
    """Once left, complained or bounced: not taken in again."""


class Readers:
    """The readers of one list. Every method is one transaction."""

    def __init__(self, store: Store, list_name: str = "") -> None:
        self._store = store
        self._list = list_name or store.list_name

    # --- looking

    def find(self, key: str) -> Subscriber | None:
        """The reader of this address (`Address.key`), or None."""
        return self._one(readers.c.address_key == key)

    def by_id(self, id: int) -> Subscriber | None:
        """The reader of this number, or None."""
        return self._one(readers.c.id == id)

    def _one(self, which: ColumnElement[bool]) -> Subscriber | None:
        query = select(readers).where(readers.c.list_name == self._list, which)
        with self._store._reading() as connection:
            row = connection.execute(query).mappings().first()
            return subscriber_of(row) if row else None

    def all(self, states: Sequence[ReaderState] = ()) -> Iterator[Subscriber]:
        """Every reader (of these states), by number; a page at a time, so memory stays small."""
        query = select(readers).where(readers.c.list_name == self._list).order_by(readers.c.id)
        if states:
            query = query.where(readers.c.state.in_(states))
        last = 0
        while True:
            with self._store._reading() as connection:
                page = connection.execute(query.where(readers.c.id > last).limit(PAGE)).mappings()
                found = [subscriber_of(row) for row in page]
            yield from found
            if len(found) < PAGE:
                return
            last = found[-1].id

    def counts(self) -> dict[ReaderState, int]:
        """How many readers stand in each state that has any."""
        query = (
            select(readers.c.state, func.count())
            .where(readers.c.list_name == self._list)
            .group_by(readers.c.state)
        )
        with self._store._reading() as connection:
            return dict(iter(connection.execute(query)))

    def record(self, key: str) -> dict[str, Any] | None:
        """All that is stored of one reader, for whoever asks for their data; None when nothing."""
        d, c = deliveries.c, comments.c
        which = (readers.c.list_name == self._list, readers.c.address_key == key)
        with self._store._reading() as connection:
            kept = connection.execute(select(readers).where(*which)).mappings().first()
            if kept is None:
                return None
            letters = select(d.date, d.state, d.changed_at, d.code, d.reply)
            sent = [
                {
                    "edition": row.date.isoformat(),
                    "state": row.state,
                    "at": row.changed_at.isoformat(),
                    "answer": f"{row.code} {row.reply}".strip() if row.code else row.reply,
                }
                for row in connection.execute(
                    letters.where(d.reader == kept["id"]).order_by(d.date)
                )
            ]
            said = [
                {
                    "story": row.thread,
                    "headline": row.headline,
                    "text": row.text,
                    "name": row.name,
                    "state": row.state,
                    "at": row.came_at.isoformat(),
                }
                for row in connection.execute(
                    select(comments).where(c.reader == kept["id"]).order_by(c.id)
                )
            ]
        beside = {name: kept[name] for name in BESIDE}
        return subscriber_record(subscriber_of(kept)) | {
            **{n: v.isoformat() if isinstance(v, datetime) else v for n, v in beside.items()},
            "asked": {n: v for n, v in (kept["asked"] or {}).items() if n != "nonce"},
            "list": self._list,
            "deliveries": sent,
            "comments": said,
        }

    # --- changing

    def guest(self, address: str, key: str, now: datetime) -> Subscriber:
        """The reader of this address; a new one, subscribed to nothing, where it is not known."""
        with self._store._writing() as connection:
            return self._known_or_added(connection, Subscriber(address, key, "guest"), now)[0]

    def subscribe(self, wanted: Subscriber, now: datetime) -> Subscriber:
        """Take in `wanted` in its state, over whatever was stored for the address before; of
        letters that wait, those of its days stay.

        For the operator's `subscribers add` and for sign-ups; an import keeps what is stored.
        """
        with self._store._writing() as connection:
            stored, added = self._known_or_added(connection, wanted, now)
            if not added:
                stored = self._replace(connection, replace(wanted, id=stored.id), now)
                restore(connection, self._list, stored.id, now, NO_DAY)
            return stored

    def take_in(self, batch: Sequence[tuple[Subscriber, bytes]], now: datetime) -> Imported:
        """Import readers, each with its address's hash. Whoever is stored stays as stored, unless
        only as a guest or unconfirmed; whoever is on the suppression list is left out."""
        added = updated = kept = held = 0
        with self._store._writing() as connection:
            for wanted, digest in batch:
                taken = wanted.state in ON_THE_LIST
                if taken and self._suppression(connection, digest) is not None:
                    held += 1
                    continue
                if wanted.state in UNMAILED:
                    self._suppress(connection, digest, wanted.state, now)
                known, new = self._known_or_added(connection, wanted, now)
                if new:
                    added += 1
                elif known.state in ("guest", "pending") and wanted.state != "pending":
                    self._replace(connection, replace(wanted, id=known.id), now)
                    updated += 1
                else:
                    kept += 1
        return Imported(added, updated, kept, held)

    def pause(self, id: int, until: datetime | None, now: datetime) -> bool:
        """No editions until then; False when the reader gets none anyway."""
        which = (readers.c.id == id, readers.c.state.in_(SUBSCRIBED))
        with self._store._writing() as connection:
            paused = {"state": "paused", "paused_until": until}
            return self._moved(connection, which, now, PAUSED, paused)

    def resume(self, id: int, now: datetime) -> bool:
        """Editions again, for a paused reader."""
        which = (readers.c.id == id, readers.c.state == "paused")
        return self._again(id, which, now, PAUSED, {"state": "active", "paused_until": None})

    def leave(self, id: int, digest: bytes, now: datetime, why: str = LEFT) -> bool:
        """Unsubscribe; letters that wait are not sent, nor counts a sign-up that waits. False when
        they had left before.

        `digest` is the address's hash for the suppression list, so that no later import brings the
        reader back.
        """
        here = (readers.c.state != "unsubscribed") | readers.c.asked.is_not(null())
        which = (readers.c.id == id, here)
        with self._store._writing() as connection:
            self._suppress(connection, digest, why, now)
            left = {"state": "unsubscribed", "nonce": new_nonce(), **NOT_ASKED}
            return self._moved(connection, which, now, why, left)

    def bounced(
        self, id: int, now: datetime, *, hard: bool, delivery: int = 0
    ) -> ReaderState | None:
        """A bounce of `delivery` came back: hard ends it at once, soft after SOFT_BOUNCES in a row.
        The state afterwards; None when there is no such reader."""
        with self._store._writing() as connection:
            query = select(readers).where(readers.c.list_name == self._list, readers.c.id == id)
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            state: ReaderState = row["state"]
            last = row["soft_bounced_at"]
            fresh = (
                last is None or now - last > SOFT_MEMORY or arrived_before(connection, id, delivery)
            )
            count = 1 if fresh else row["soft_bounces"] + 1
            if not hard:
                connection.execute(
                    update(readers)
                    .where(readers.c.id == id)
                    .values(soft_bounces=count, soft_bounced_at=now)
                )
            if (hard or count >= SOFT_BOUNCES) and state in ON_THE_LIST:
                why = "the address does not take mail"
                self._moved(connection, (readers.c.id == id,), now, why, {"state": "bounced"})
                return "bounced"
            return state

    def erase(self, key: str, digest: bytes, now: datetime) -> Erased | None:
        """Forget a reader, every delivery to them and what they said of stories. None when there
        was none.

        `digest`, the address's hash, goes on the suppression list, so that no import brings the
        reader back.
        """
        with self._store._writing() as connection:
            which = (readers.c.list_name == self._list, readers.c.address_key == key)
            said = comments.c.reader.in_(select(readers.c.id).where(*which))
            printed = select(comments.c.id).where(said, comments.c.state == "published")
            erased = Erased(connection.execute(printed).first() is not None)
            if not self._forget(connection, which):
                return None
            self._suppress(connection, digest, "erased", now)
            return erased

    # --- the suppression list

    def is_suppressed(self, digest: bytes) -> bool:
        """Whether this address (its keyed hash) left, complained or bounced."""
        return self.suppression(digest) is not None

    def suppression(self, digest: bytes) -> str | None:
        """Why this address is on the list, "unsubscribed" where its reader simply left; None where
        it is not."""
        with self._store._reading() as connection:
            return self._suppression(connection, digest)

    def suppress(self, digest: bytes, reason: str, now: datetime) -> None:
        """Never take this address in again by an import."""
        with self._store._writing() as connection:
            self._suppress(connection, digest, reason, now)

    def unsuppress(self, digest: bytes) -> bool:
        """For whoever subscribes again by their own confirmed wish."""
        with self._store._writing() as connection:
            return self._unsuppress(connection, digest)

    def _unsuppress(self, connection: Connection, digest: bytes) -> bool:
        which = (suppressed.c.list_name == self._list, suppressed.c.address_hash == digest)
        return connection.execute(delete(suppressed).where(*which)).rowcount == 1

    def _suppression(self, connection: Connection, digest: bytes) -> str | None:
        query = select(suppressed.c.reason).where(
            suppressed.c.list_name == self._list, suppressed.c.address_hash == digest
        )
        return connection.execute(query).scalar()

    def _suppress(self, connection: Connection, digest: bytes, why: str, now: datetime) -> None:
        row = {"list_name": self._list, "address_hash": digest, "reason": why, "since": now}
        statement = dialect.upsert(connection, suppressed).values(row)
        # Who left and then complained has complained; who complained and then left, too.
        statement = statement.on_conflict_do_update(
            index_elements=[suppressed.c.list_name, suppressed.c.address_hash],
            set_={"reason": why, "since": now},
            where=suppressed.c.reason == "unsubscribed",
        )
        connection.execute(statement)

    # --- rows

    def _forget(self, connection: Connection, which: tuple[ColumnElement[bool], ...]) -> int:
        """Delete these readers with all that is kept of them; how many."""
        ids = select(readers.c.id).where(*which)
        # Written out: SQLite cascades only where foreign keys are switched on.
        for table in (deliveries, comments):
            connection.execute(delete(table).where(table.c.reader.in_(ids)))
        return connection.execute(delete(readers).where(*which)).rowcount

    def _known_or_added(
        self, connection: Connection, new: Subscriber, now: datetime
    ) -> tuple[Subscriber, bool]:
        """The reader of this address, and whether it is `new`, who was added."""
        while True:
            if known := self._locked(connection, new.key):
                return known, False
            if added := self._insert(connection, new, now):
                return added, True
            # PostgreSQL locks no row that is not there: another transaction was quicker to add it.

    def _locked(self, connection: Connection, key: str) -> Subscriber | None:
        query = select(readers).where(
            readers.c.list_name == self._list, readers.c.address_key == key
        )
        row = connection.execute(query.with_for_update()).mappings().first()
        return subscriber_of(row) if row else None

    def _insert(self, connection: Connection, new: Subscriber, now: datetime) -> Subscriber | None:
        """None where the address is there already."""
        new = replace(new, nonce=new_nonce())
        values = values_of(new) | {
            "list_name": self._list,
            "soft_bounces": 0,
            "created_at": now,
            "changed_at": now,
        }
        statement = dialect.upsert(connection, readers).values(values).on_conflict_do_nothing()
        id = connection.execute(statement.returning(readers.c.id)).scalar_one_or_none()
        return None if id is None else replace(new, id=id)

    def _replace(self, connection: Connection, new: Subscriber, now: datetime) -> Subscriber:
        new = replace(new, nonce=new_nonce())
        fresh = {**NOT_ASKED, "soft_bounces": 0, "soft_bounced_at": None}
        values = values_of(new) | fresh | {"changed_at": now}
        connection.execute(update(readers).where(readers.c.id == new.id).values(values))
        return new

    def _again(
        self,
        id: int,
        which: tuple[ColumnElement[bool], ...],
        now: datetime,
        why: str,
        values: Mapping[str, object],
    ) -> bool:
        """Change a reader who gets letters again, those too that `why` cancelled in advance."""
        with self._store._writing() as connection:
            done = self._moved(connection, which, now, "", values)
            if done:
                restore(connection, self._list, id, now, why)
            return done

    def _moved(
        self,
        connection: Connection,
        which: tuple[ColumnElement[bool], ...],
        now: datetime,
        why: str,
        values: Mapping[str, object],
    ) -> bool:
        """Change one reader; with `why`, letters that wait for them are cancelled."""
        mine = (readers.c.list_name == self._list, *which)
        found = connection.execute(select(readers.c.id).where(*mine)).scalar()
        if found is None:
            return False
        changed = {**values, "changed_at": now}
        done = connection.execute(update(readers).where(*mine).values(changed)).rowcount == 1
        if done and why:
            cancel(connection, readers.c.id == found, now, why)
        return done
