"""What each feed's last fetches taught."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from digest.model import FeedState
from digest.store.dialect import upsert
from digest.store.schema import feeds

if TYPE_CHECKING:
    from digest.store.facade import Store

_FIELDS = [column for column in feeds.c if column.name != "saved_at"]


def states(store: Store) -> dict[str, FeedState]:
    """What each feed's last fetches taught, by its address in feeds.yaml."""
    with store._reading() as connection:
        rows = connection.execute(select(*_FIELDS)).mappings()
        return {row["url"]: FeedState(**row) for row in rows}


def asked(store: Store) -> dict[str, datetime]:
    """When each feed was last asked and its answer saved, or its failure; by its address."""
    query = select(feeds.c.url, feeds.c.saved_at)
    with store._reading() as connection:
        return {row.url: row.saved_at for row in connection.execute(query)}


def save(connection: Connection, states: Iterable[FeedState], now: datetime) -> None:
    """Put each state in the place of the one before."""
    rows = {state.url: {**asdict(state), "saved_at": now} for state in states}
    if not rows:
        return
    insert = upsert(connection, feeds)
    statement = insert.on_conflict_do_update(
        index_elements=[feeds.c.url],
        set_={column.name: column for column in insert.excluded if column.name != "url"},
    )
    # Sorted: two processes that lock rows in one order cannot lock each other out.
    connection.execute(statement, [rows[url] for url in sorted(rows)])
