"""Editions made, and their stories as much as later editions need of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select

from digest.model import EarlierStory, Edition, RecentEdition
from digest.store import search
from digest.store.schema import edition_stories, editions

if TYPE_CHECKING:
    from digest.store.facade import Store


class NumberTaken(Exception):
    """The edition's number is not the one that its date has, or belongs to another date."""


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition as the archive has it; `record` is its edition.json, byte for byte."""

    list_name: str
    date: Date
    number: int
    status: str
    headline: str
    generated_at: datetime
    record: bytes


def number_for(connection: Connection, date: Date, list_name: str) -> int:
    """The number of `date`'s edition: its own when it was made before, else the next free one."""
    own = connection.execute(
        select(editions.c.number).where(editions.c.list_name == list_name, editions.c.date == date)
    ).scalar()
    if own is not None:
        return int(own)
    highest = select(func.max(editions.c.number)).where(editions.c.list_name == list_name)
    return int(connection.execute(highest).scalar() or 0) + 1


def save(connection: Connection, edition: Edition, record: bytes, list_name: str) -> None:
    """Store `edition`; one of the same date gives way to it and hands on its number.

    Raises NumberTaken when the edition was made under a number that is not its own: its record
    says that number, so it has to be made again.
    """
    own = number_for(connection, edition.date, list_name)
    if own != edition.number:
        raise NumberTaken(
            f"the edition of {edition.date} was made as no. {edition.number}, but is no. {own}; "
            "another one was made in the meantime. Build it again"
        )
    key = {"list_name": list_name, "date": edition.date}
    connection.execute(
        delete(editions).where(editions.c.list_name == list_name, editions.c.date == edition.date)
    )  # its stories go with it
    connection.execute(
        insert(editions),
        key
        | {
            "number": edition.number,
            "status": edition.status,
            "headline": edition.briefs[0].title if edition.briefs else "",
            "generated_at": edition.generated_at,
            "record": record,
        },
    )
    stories = [key | row for row in _stories(edition)]
    if stories:
        connection.execute(insert(edition_stories), stories)
    search.keep(connection, record, edition.date, list_name)


def load(store: Store, date: Date) -> StoredEdition | None:
    """`date`'s edition, or None where none was made."""
    which = (editions.c.list_name == store.list_name, editions.c.date == date)
    with store._reading() as connection:
        row = connection.execute(select(editions).where(*which)).mappings().one_or_none()
    return StoredEdition(**{**row, "record": bytes(row["record"])}) if row else None


def recent(store: Store, before: Date, limit: int = 5) -> list[RecentEdition]:
    """The last `limit` editions dated before `before`, newest first."""
    query = (
        select(editions.c.date, editions.c.headline)
        .where(editions.c.list_name == store.list_name, editions.c.date < before)
        .order_by(editions.c.date.desc())
        .limit(limit)
    )
    with store._reading() as connection:
        return [RecentEdition(date, headline) for date, headline in connection.execute(query)]


def made_since(store: Store, date: Date) -> dict[Date, datetime]:
    """The editions dated `date` or later, in order, and when each was made."""
    query = (
        select(editions.c.date, editions.c.generated_at)
        .where(editions.c.list_name == store.list_name, editions.c.date >= date)
        .order_by(editions.c.date)
    )
    with store._reading() as connection:
        return {row.date: row.generated_at for row in connection.execute(query)}


def records(store: Store, before: Date, days: int, most: int) -> list[bytes]:
    """edition.json of each edition of the `days` days before `before`, the newest `most` of them,
    newest first."""
    query = (
        select(editions.c.record)
        .where(
            editions.c.list_name == store.list_name,
            editions.c.date < before,
            editions.c.date >= before - timedelta(days=days),
        )
        .order_by(editions.c.date.desc())
        .limit(most)
    )
    with store._reading() as connection:
        return [bytes(row.record) for row in connection.execute(query)]


def earlier_stories(store: Store, before: Date, days: int = 14) -> list[EarlierStory]:
    """The stories of the editions of the `days` days before `before`, newest first, by rank."""
    stories = edition_stories.c
    query = (
        select(stories.date, stories.thread, stories.headline, stories.titles, stories["items"])
        .where(
            stories.list_name == store.list_name,
            stories.date < before,
            stories.date >= before - timedelta(days=days),
        )
        .order_by(stories.date.desc(), stories.rank)
    )
    with store._reading() as connection:
        return [
            EarlierStory(date, thread, headline, tuple(titles), tuple(items))
            for date, thread, headline, titles, items in connection.execute(query)
        ]


def _stories(edition: Edition) -> Iterator[dict[str, Any]]:
    for rank, brief in enumerate(edition.briefs, start=1):
        yield {
            "rank": rank,
            "thread": brief.story.thread,
            "headline": brief.title,
            "titles": [report.item.title for report in brief.story.reports],
            "items": [report.item.id for report in brief.story.reports],
        }
