"""Leases: who may do a thing now, so that two processes never do it at once.

A lease ends by itself, so that a killed holder does not block its work for ever. Times come from
the caller; holders on several machines need clocks that agree much closer than a lease is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, or_, select, update

from digest.errors import StoreError
from digest.store.dialect import upsert
from digest.store.schema import leases

if TYPE_CHECKING:
    from digest.store.facade import Store


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that runs."""

    name: str
    holder: str
    until: datetime


def held(connection: Connection, now: datetime) -> list[Held]:
    """The leases that run at `now`, by name."""
    query = select(leases.c.name, leases.c.holder, leases.c.until).where(leases.c.until > now)
    return sorted(
        (Held(**row) for row in connection.execute(query).mappings()), key=lambda h: h.name
    )


def refuse_work(connection: Connection, now: datetime, url: str) -> None:
    """StoreError (`url` is for its message) while anybody has a task in hand."""
    for lease in held(connection, now):
        raise StoreError(
            f"is at work: {lease.holder} has {lease.name} in hand until {lease.until:%H:%M:%S} "
            "UTC. Stop the service, wait for that, and try again",
            url=url,
        )


def take(store: Store, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
    """Take `name` until `now + ttl`; False while another holder's lease runs."""
    with store._writing() as connection:
        insert = upsert(connection, leases)
        taken = connection.execute(
            insert.on_conflict_do_update(
                index_elements=[leases.c.name],
                set_={"holder": insert.excluded.holder, "until": insert.excluded.until},
                where=or_(leases.c.until <= now, leases.c.holder == holder),
            ).returning(leases.c.name),
            {"name": name, "holder": holder, "until": now + ttl},
        )
        return taken.first() is not None


def renew(store: Store, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
    """Keep `name` until `now + ttl`, run out or not; False when `holder` does not hold it (any
    more)."""
    kept = update(leases).where(leases.c.name == name, leases.c.holder == holder)
    with store._writing() as connection:
        return connection.execute(kept.values(until=now + ttl)).rowcount == 1


def release(store: Store, name: str, holder: str) -> bool:
    """Give `name` back; False when `holder` does not hold it (any more)."""
    given = delete(leases).where(leases.c.name == name, leases.c.holder == holder)
    with store._writing() as connection:
        return connection.execute(given).rowcount == 1
