"""What `digest doctor` and `digest status` tell of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Select, func, select

from digest.store import dialect
from digest.store.migrate import revision
from digest.store.schema import editions, items

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    url: str
    """Its password masked."""
    revision: str
    bytes: int
    items: int
    editions: int
    damage: tuple[str, ...]
    """What the database finds broken in its own files; () when all is well."""


def ping(connection: Connection) -> None:
    """Ask for one row."""
    connection.execute(select(items.c.id).limit(1))


def status(connection: Connection, url: str, *, check: bool, list_name: str) -> StoreStatus:
    """Count what is stored, and let the database check itself where `check`."""

    def one(query: Select[T]) -> T:
        return connection.execute(query).scalar_one()

    ours = editions.c.list_name == list_name
    return StoreStatus(
        url=url,
        revision=revision(connection),
        bytes=dialect.size(connection),
        items=one(select(func.count()).select_from(items)),
        editions=one(select(func.count()).where(ours)),
        damage=tuple(dialect.damage(connection)) if check else (),
    )
