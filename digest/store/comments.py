"""What readers say of stories, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update

from digest.comment import Comment, CommentState, Subject
from digest.store.facade import Store
from digest.store.mail_tables import comments


class Comments:
    """The comments of one list. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._list = store.list_name
        self._mine = comments.c.list_name == store.list_name

    def add(self, comment: Comment, now: datetime) -> Comment | None:
        """Keep it; as it is kept. None where this reader has said the same of the story before."""
        c = comments.c
        same = select(c.id).where(
            self._mine,
            c.reader == comment.reader,
            c.thread == comment.about.thread,
            c.text == comment.text,
        )
        values = {
            "list_name": self._list,
            "reader": comment.reader,
            "thread": comment.about.thread,
            "date": comment.about.date,
            "headline": comment.about.headline,
            "text": comment.text,
            "name": comment.name,
            "how": comment.how,
            "state": comment.state,
            "came_at": now,
        }
        with self._store._writing() as connection:
            if connection.execute(same).first():
                return None
            row = connection.execute(insert(comments).values(values).returning(comments)).one()
            return _comment(row)

    def confirm(self, id: int, reader: int) -> bool:
        """The reader's address has confirmed it: it waits for the operator now. False where it
        did so before, or there is none (any more)."""
        return self._moved(id, ("unconfirmed",), comments.c.reader == reader, state="waiting")

    def decide(self, id: int, state: CommentState, now: datetime) -> bool:
        """Publish or refuse one, or take either back. False where none of that number can be."""
        return self._moved(id, ("waiting", "published", "refused"), state=state, decided_at=now)

    def _moved(
        self, id: int, states: Sequence[CommentState], *which: ColumnElement[bool], **values: object
    ) -> bool:
        statement = (
            update(comments)
            .where(self._mine, comments.c.id == id, comments.c.state.in_(states), *which)
            .values(values)
        )
        with self._store._writing() as connection:
            return connection.execute(statement).rowcount == 1

    def one(self, id: int) -> Comment | None:
        """The comment of this number, or None."""
        return next(iter(self._found(select(comments).where(comments.c.id == id))), None)

    def of_state(self, state: CommentState, limit: int = 200) -> list[Comment]:
        """Those of this state; the waiting ones oldest first, the others newest first."""
        order = comments.c.id if state == "waiting" else comments.c.id.desc()
        query = select(comments).where(comments.c.state == state)
        return self._found(query.order_by(order).limit(limit))

    def published(self, thread: str) -> list[Comment]:
        """What is printed on the story's page, oldest first."""
        c = comments.c
        query = select(comments).where(c.state == "published", c.thread == thread)
        return self._found(query.order_by(c.id))

    def _found(self, query: Select[Any]) -> list[Comment]:
        with self._store._reading() as connection:
            return [_comment(row) for row in connection.execute(query.where(self._mine))]

    def printed(self) -> Mapping[str, tuple[str, ...]]:
        """Story → which of its comments are printed, in short: what its page is made of changes
        with it."""
        c = comments.c
        query = (
            select(c.thread, func.count(), func.sum(c.id), func.max(c.decided_at))
            .where(self._mine, c.state == "published")
            .group_by(c.thread)
        )
        with self._store._reading() as connection:
            return {row[0]: tuple(map(str, row[1:])) for row in connection.execute(query)}

    def counts(self) -> dict[CommentState, int]:
        """How many stand in each state that has any."""
        query = select(comments.c.state, func.count()).where(self._mine).group_by(comments.c.state)
        with self._store._reading() as connection:
            return dict(iter(connection.execute(query)))

    def prune(self, unconfirmed_before: datetime, refused_before: datetime) -> int:
        """Delete what nobody confirmed and what was refused, from before then; how many."""
        c = comments.c
        old = ((c.state == "unconfirmed") & (c.came_at < unconfirmed_before)) | (
            (c.state == "refused") & (c.decided_at < refused_before)
        )
        with self._store._writing() as connection:
            return connection.execute(delete(comments).where(self._mine, old)).rowcount


def _comment(row: Row[tuple[object, ...]]) -> Comment:
    found = row._mapping
    return Comment(
        reader=found["reader"],
        about=Subject(found["thread"], found["date"], found["headline"]),
        text=found["text"],
        name=found["name"],
        how=found["how"],
        state=found["state"],
        came=found["came_at"],
        decided=found["decided_at"],
        id=found["id"],
    )
