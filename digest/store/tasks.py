"""The tasks that `digest run` finished, well or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from digest.store.schema import tasks
from digest.timetable import FinishedTask

_FIELDS = [
    tasks.c[name]
    for name in ("key", "kind", "date", "started", "finished", "outcome", "note", "seconds")
]


def record(connection: Connection, task: FinishedTask, list_name: str) -> None:
    row = {column.name: getattr(task, column.name) for column in _FIELDS}
    row["seconds"] = dict(task.seconds)
    connection.execute(insert(tasks), row | {"list_name": list_name})


def since(connection: Connection, moment: datetime, list_name: str) -> list[FinishedTask]:
    """The tasks finished at `moment` or later, oldest first."""
    query = (
        select(*_FIELDS)
        .where(tasks.c.list_name == list_name, tasks.c.finished >= moment)
        .order_by(tasks.c.finished, tasks.c.id)
    )
    return [FinishedTask(**row) for row in connection.execute(query).mappings()]


def first_start(connection: Connection, list_name: str) -> datetime | None:
    """When the first task of all was begun, as far as they are kept."""
    query = select(func.min(tasks.c.started)).where(tasks.c.list_name == list_name)
    return connection.execute(query).scalar()


def last_start(connection: Connection, list_name: str) -> datetime | None:
    """When the service was last started."""
    query = select(func.max(tasks.c.started)).where(
        tasks.c.list_name == list_name, tasks.c.kind == "start"
    )
    return connection.execute(query).scalar()


def prune(connection: Connection, before: datetime) -> int:
    """Delete the tasks finished before `before`, but each list's last start."""
    starts = select(func.max(tasks.c.id)).where(tasks.c.kind == "start").group_by(tasks.c.list_name)
    old = delete(tasks).where(tasks.c.finished < before, tasks.c.id.not_in(starts))
    return connection.execute(old).rowcount
