"""What `digest doctor` tells of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Select, func, select

from digest.store import dialect
from digest.store.migrate import revision
from digest.store.schema import editions, feeds, items, vectors

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    url: str
    """Its password masked."""
    revision: str
    bytes: int
    feeds: int
    feeds_retired: int
    feeds_failing: int
    """Failed at their last fetch."""
    items: int
    oldest_item: datetime | None
    newest_item: datetime | None
    editions: int
    vectors: int
    damage: tuple[str, ...]
    """What the database finds broken in its own files; () when all is well."""


def status(connection: Connection, url: str, *, check: bool, list_name: str) -> StoreStatus:
    """Count what is stored, and let the database check itself where `check`."""

    def one(query: Select[T]) -> T:
        return connection.execute(query).scalar_one()

    ours = editions.c.list_name == list_name
    return StoreStatus(
        url=url,
        revision=revision(connection),
        bytes=dialect.size(connection),
        feeds=one(select(func.count()).select_from(feeds)),
        feeds_retired=one(select(func.count()).where(feeds.c.retired)),
        feeds_failing=one(select(func.count()).where(feeds.c.failures > 0)),
        items=one(select(func.count()).select_from(items)),
        oldest_item=one(select(func.min(items.c.counts_at))),
        newest_item=one(select(func.max(items.c.counts_at))),
        editions=one(select(func.count()).where(ours)),
        vectors=one(select(func.count()).select_from(vectors)),
        damage=tuple(dialect.damage(connection)) if check else (),
    )
