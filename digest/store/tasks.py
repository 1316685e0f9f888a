"""The tasks that `digest run` finished, well or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from digest.store.schema import tasks
from digest.timetable import FinishedTask

if TYPE_CHECKING:
    from digest.store.facade import Store

_FIELDS = [
    tasks.c[name]
    for name in ("key", "kind", "date", "started", "finished", "outcome", "note", "seconds")
]


def record(store: Store, task: FinishedTask) -> None:
    """Keep what became of a task."""
    row = {column.name: getattr(task, column.name) for column in _FIELDS}
    row["seconds"] = dict(task.seconds)
    with store._writing() as connection:
        connection.execute(insert(tasks), row | {"list_name": store.list_name})


def since(store: Store, moment: datetime) -> list[FinishedTask]:
    """The tasks finished at `moment` or later, oldest first."""
    query = (
        select(*_FIELDS)
        .where(tasks.c.list_name == store.list_name, tasks.c.finished >= moment)
        .order_by(tasks.c.finished, tasks.c.id)
    )
    with store._reading() as connection:
        return [FinishedTask(**row) for row in connection.execute(query).mappings()]


def first_start(store: Store) -> datetime | None:
    """When the first task of all was begun, as far as they are kept."""
    query = select(func.min(tasks.c.started)).where(tasks.c.list_name == store.list_name)
    with store._reading() as connection:
        return connection.execute(query).scalar()


def last_start(store: Store) -> datetime | None:
    """When the service was last started."""
    query = select(func.max(tasks.c.started)).where(
        tasks.c.list_name == store.list_name, tasks.c.kind == "start"
    )
    with store._reading() as connection:
        return connection.execute(query).scalar()


def prune(connection: Connection, before: datetime) -> int:
    """Delete the tasks finished before `before`, but each list's last start."""
    starts = select(func.max(tasks.c.id)).where(tasks.c.kind == "start").group_by(tasks.c.list_name)
    old = delete(tasks).where(tasks.c.finished < before, tasks.c.id.not_in(starts))
    return connection.execute(old).rowcount
