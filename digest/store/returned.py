"""Mail that came back: what it did to its delivery, and what matched nothing, for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from digest.store.facade import Store
from digest.store.mail_tables import deliveries, readers, returned

KEPT_BYTES = 100_000
"""Of an unmatched letter: enough to see what it is."""
KEPT_A_DAY = 500
"""Unmatched letters whose text is kept; of more, as in a flood, that they came."""
KEPT_FOR = timedelta(days=60)
"""Then the record of a letter goes, with what somebody wrote in it."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom a returned letter is about."""

    list_name: str
    """The reader's list; breaking news and special editions have ledgers of other names."""
    reader: int
    address_key: str
    moved: bool = False
    """Whether it is about a delivery to an address that its reader has left since."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the record of returned mail."""

    received_at: datetime
    kind: str
    matched: bool
    summary: str
    raw: bytes | None


class ReturnedMail:
    """Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def delivery(self, id: int) -> About | None:
        """Whom this delivery went to; None where it is not known (any more)."""
        query = (
            select(
                readers.c.list_name,
                deliveries.c.reader,
                readers.c.address_key,
                deliveries.c.id <= readers.c.moved_after,
            )
            .join(readers, readers.c.id == deliveries.c.reader)
            .where(deliveries.c.id == id)
        )
        return self._about(query)

    def reader(self, id: int) -> About | None:
        """The reader of this number; None where there is none (any more)."""
        r = readers.c
        return self._about(select(r.list_name, r.id, r.address_key).where(r.id == id))

    def _about(self, query: Select[Any]) -> About | None:
        with self._store._reading() as connection:
            row = connection.execute(query).first()
            return About(*row) if row else None

    def mark_bounced(self, id: int, reply: str, now: datetime) -> bool:
        """The delivery came back. False when it had before: one bounce counts once."""
        statement = (
            update(deliveries)
            .where(deliveries.c.id == id, deliveries.c.state != "bounced")
            .values(state="bounced", changed_at=now, reply=reply)
        )
        with self._store._writing() as connection:
            return connection.execute(statement).rowcount == 1

    def keep(
        self, kind: str, summary: str, now: datetime, *, matched: bool, raw: bytes | None = None
    ) -> None:
        """Write down that a letter came; `raw` where the operator should see it."""
        with self._store._writing() as connection:
            if raw is not None:
                lately = select(func.count()).where(
                    returned.c.received_at > now - timedelta(days=1), returned.c.raw.is_not(None)
                )
                if connection.execute(lately).scalar_one() >= KEPT_A_DAY:
                    raw = None
            row = {
                "received_at": now,
                "kind": kind,
                "matched": matched,
                "summary": summary,
                "raw": raw[:KEPT_BYTES] if raw is not None else None,
            }
            connection.execute(insert(returned).values(row))

    def recent(self, limit: int = 100, *, unmatched: bool = False) -> list[Kept]:
        """The last ones, newest first."""
        query = select(
            returned.c.received_at,
            returned.c.kind,
            returned.c.matched,
            returned.c.summary,
            returned.c.raw,
        )
        if unmatched:
            query = query.where(returned.c.matched.is_(False))
        with self._store._reading() as connection:
            return [
                Kept(*row)
                for row in connection.execute(query.order_by(returned.c.id.desc()).limit(limit))
            ]

    def prune(self, before: datetime) -> int:
        """Delete what came before then."""
        with self._store._writing() as connection:
            return connection.execute(
                delete(returned).where(returned.c.received_at < before)
            ).rowcount
