"""The store as the rest of the program sees it: one method, one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine

from digest.errors import StoreError
from digest.model import Edition, FeedState, Item
from digest.store import (
    backup,
    dialect,
    editions,
    feeds,
    items,
    leases,
    mail_counts,
    tasks,
    vectors,
)
from digest.store import search as told
from digest.store.engine import mask, open_engine, translated
from digest.store.migrate import HEAD, migrate, revision
from digest.store.status import StoreStatus, ping, status

if TYPE_CHECKING:
    pass

LIST = "main"
"""The list of readers that editions are made for, where nobody says which."""


def open_store(url: str, list_name: str = LIST) -> Store:
    """Open `url` and bring it to today's schema.

    `sqlite:///path` (its folder is made), `sqlite://` for one in memory, `postgresql://…`. Close
    it, or use it as a context manager. `list_name`: whose editions, readers and tasks are meant;
    reports and feeds belong to all lists. Raises StoreError, its url without the password.
    """
    engine = open_engine(url)
    masked = mask(str(url))
    try:
        with translated(masked):
            migrate(engine, masked)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, masked, list_name)


def backup_before_migration(url: str, folder: Path) -> Path | None:
    """Copy a database of an older schema into `folder` before `open_store` changes it.

    Returns the copy's path; None for a new database, one of today's schema, or a server's, which
    rolls a failed migration back by itself. Raises StoreError.
    """
    engine = open_engine(url)
    masked = mask(str(url))
    try:
        with translated(masked), engine.connect() as connection, connection.begin():
            found = revision(connection)
        if found in ("", HEAD) or engine.dialect.name != "sqlite":
            return None
        copy = folder / f"before-migration-{found}.sqlite3"
        backup.backup(engine, copy, masked)
        return copy
    finally:
        engine.dispose()


def restore(url: str, source: Path, aside: Path, now: datetime) -> bool:
    """Put the backup `source` in the place of the database `url`, which is copied to `aside` first,
    and bring it to today's schema. Returns whether the database was damaged.

    What the backup says is still to be mailed is for `left_meanwhile`. StoreError for a server's
    database, while a task is in hand at `now`, and for a file that is no whole backup or a newer
    program's: nothing is changed then, and nothing copied. The database that gives way may be a
    newer program's.
    """
    engine = open_engine(url)
    masked = mask(str(url))
    try:
        damaged = backup.is_damaged(engine, masked)
        if not damaged:
            with translated(masked), engine.connect() as connection, connection.begin():
                if revision(connection):  # a lost database's file is empty
                    leases.refuse_work(connection, now, masked)
        backup.restore(engine, source, aside, masked, damaged=damaged)
        with translated(masked):
            migrate(engine, masked)
        return damaged
    finally:
        engine.dispose()


class Store:
    """Every method is one transaction: it happens wholly or, raising StoreError, not at all.

    Those that are named in a line are written in the files of what they ask about.
    """

    def __init__(self, engine: Engine, url: str, list_name: str = LIST) -> None:
        self._engine = engine
        self.list_name = list_name
        self.url = url
        """Its password masked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- gathering

    feed_states = feeds.states
    feeds_asked = feeds.asked

    def save_fetched(
        self, states: Sequence[FeedState], batch: Sequence[Item], now: datetime
    ) -> items.SavedCounts:
        """Save what a gathering brought: feed states and items together.

        Together, because a feed's ETag says "I have this": saved without the items, a crash
        between the two would lose them for good.
        """
        with self._writing() as connection:
            counts = items.save(connection, batch, now)
            feeds.save(connection, states, now)
            return counts

    def items_between(self, start: datetime, end: datetime) -> list[Item]:
        """The items whose time that counts (`Item.when`) lies in [start, end), by time, then id."""
        with self._reading() as connection:
            return items.between(connection, start, end)

    def items_by_id(self, ids: Iterable[str]) -> dict[str, Item]:
        """The stored ones of `ids`, as their outlets print them now."""
        with self._reading() as connection:
            return items.by_id(connection, ids)

    def gone_items(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of `ids` whose pages were found to be gone."""
        with self._reading() as connection:
            return items.gone(connection, ids)

    def mark_gone(self, pages: Mapping[str, bool], now: datetime) -> None:
        """`pages`: item id → whether its page is gone."""
        with self._writing() as connection:
            items.mark_gone(connection, pages, now)

    def items_per_feed(self, since: datetime) -> dict[str, int]:
        """How many reports dated `since` or later each feed brought, by its address."""
        with self._reading() as connection:
            return items.per_feed(connection, since)

    def items_first_seen(self, since: datetime) -> dict[datetime, int]:
        """How many reports each gathering since then brought, but for old ones."""
        with self._reading() as connection:
            return items.first_seen(connection, since)

    # --- editions

    edition = editions.load
    recent_editions = editions.recent
    records_before = editions.records
    earlier_stories = editions.earlier_stories
    editions_since = editions.made_since
    search = told.search
    was_told = told.was_told
    newest_told = told.newest_told
    told_on = told.told_on

    def number_for(self, date: Date) -> int:
        """The number that `date`'s edition has, or will have when it is the next one made."""
        with self._reading() as connection:
            return editions.number_for(connection, date, self.list_name)

    def save_edition(self, edition: Edition, record: bytes) -> None:
        """Save an edition, its edition.json and its stories; one of the same date gives way.

        The edition's number must be `number_for` its date; StoreError when another build was
        faster and it no longer is.
        """
        with self._writing() as connection:
            try:
                editions.save(connection, edition, record, self.list_name)
            except editions.NumberTaken as exc:
                raise StoreError(str(exc), url=self.url) from None

    # --- mail, counted; tasks of the service; cached vectors

    letters = mail_counts.letters
    returned_since = mail_counts.returned_since
    without_day = mail_counts.without_day
    left_meanwhile = mail_counts.left_meanwhile
    record_task = tasks.record
    tasks_since = tasks.since
    first_start = tasks.first_start
    last_start = tasks.last_start
    get_vectors = vectors.get_many
    put_vectors = vectors.put_many

    # --- keeping

    take_lease = leases.take
    renew_lease = leases.renew
    release_lease = leases.release

    def leases_held(self, now: datetime) -> list[leases.Held]:
        """Who has what in hand, by name."""
        with self._reading() as connection:
            return leases.held(connection, now)

    def prune(self, items_before: datetime, vectors_before: datetime) -> int:
        """Delete items older than that which no feed prints any more, tasks before it, and old
        vectors.

        Returns the number of items deleted. Editions and their stories stay: they are the archive.
        """
        with self._writing() as connection:
            vectors.prune(connection, vectors_before)
            tasks.prune(connection, items_before)
            return items.prune(connection, items_before)

    def backup(self, target: Path) -> None:
        """Copy an SQLite database to `target` while it is in use. StoreError for a server's."""
        backup.backup(self._engine, target, self.url)

    def vacuum(self) -> bool:
        """Give the room of deleted rows back to the disk where that is worth it."""
        return backup.vacuum(self._engine, self.url)

    def ping(self) -> None:
        """Raise StoreError where the database does not answer; its size costs nothing."""
        with self._reading() as connection:
            ping(connection)

    def status(self, *, check: bool = True) -> StoreStatus:
        """Sizes and counts and, where `check`, whether the database finds itself whole.

        The check reads all of it: half a second for 100 MB.
        """
        with self._reading() as connection:
            return status(connection, self.url, check=check, list_name=self.list_name)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self.url), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(self.url), self._engine.connect() as connection:
            writing = connection.execution_options(**dialect.WRITES)
            with writing.begin():
                yield writing
