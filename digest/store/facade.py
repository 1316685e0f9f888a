"""The store as the rest of the program sees it: one method, one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date as Date
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine

from digest.errors import StoreError
from digest.model import EarlierStory, Edition, FeedState, Item, RecentEdition
from digest.store import (
    backup,
    dialect,
    editions,
    feeds,
    items,
    leases,
    mail_counts,
    search,
    tasks,
    vectors,
)
from digest.store.engine import mask, open_engine, translated
from digest.store.migrate import HEAD, migrate, revision
from digest.store.status import StoreStatus, ping, status
from digest.timetable import FinishedTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    """Every method is one transaction: it happens wholly or, raising StoreError, not at all."""

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

    def feed_states(self) -> dict[str, FeedState]:
        """What each feed's last fetches taught, by the feed's address in feeds.yaml."""
        with self._reading() as connection:
            return feeds.load(connection)

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

    # --- editions

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

    def edition(self, date: Date) -> editions.StoredEdition | None:
        """`date`'s edition, or None."""
        with self._reading() as connection:
            return editions.load(connection, date, self.list_name)

    def recent_editions(self, before: Date, limit: int = 5) -> list[RecentEdition]:
        """The last editions dated before `before`, newest first."""
        with self._reading() as connection:
            return editions.recent(connection, before, limit, self.list_name)

    def records_before(self, before: Date, days: int, most: int) -> list[bytes]:
        """edition.json of each edition of the `days` days before `before`, the newest `most` of
        them, newest first."""
        with self._reading() as connection:
            return editions.records(connection, before, days, most, self.list_name)

    def earlier_stories(self, before: Date, days: int = 14) -> list[EarlierStory]:
        """The stories of the editions of the `days` days before `before`, newest first, by rank."""
        with self._reading() as connection:
            return editions.earlier_stories(connection, before, days, self.list_name)

    def editions_since(self, date: Date) -> dict[Date, datetime]:
        """The editions dated `date` or later, in order, and when each was made."""
        with self._reading() as connection:
            return editions.made_since(connection, date, self.list_name)

    def search(self, query: str, *, offset: int = 0, limit: int = 20) -> search.Found:
        """The stories that have all the words of `query`, newest first."""
        with self._reading() as connection:
            return search.search(connection, query, offset, limit, self.list_name)

    def was_told(self, thread: str) -> bool:
        """Whether an edition ever told a story under this thread."""
        with self._reading() as connection:
            return search.was_told(connection, thread, self.list_name)

    def newest_told(self, thread: str) -> tuple[Date, str] | None:
        """(date, headline) of the newest edition that tells this thread; None where none does."""
        with self._reading() as connection:
            return search.newest_told(connection, thread, self.list_name)

    def told_on(self, date: Date) -> list[tuple[str, str]]:
        """(thread, headline) of the stories of `date`'s edition, in their order."""
        with self._reading() as connection:
            return search.told_on(connection, date, self.list_name)

    # --- mail, counted

    def letters(self, date: Date) -> dict[str, int]:
        """How many letters of `date`'s edition stand in each state that has any."""
        with self._reading() as connection:
            return mail_counts.letters(connection, date, self.list_name)

    def returned_since(self, moment: datetime) -> dict[str, int]:
        """How many letters came back since then, by kind."""
        with self._reading() as connection:
            return mail_counts.returned_since(connection, moment)

    def without_day(self, days: int) -> int:
        """How many of the list's readers take editions on none of `days` (bit 0 is Monday)."""
        with self._reading() as connection:
            return mail_counts.without_day(connection, days, self.list_name)

    # --- tasks of the service

    def record_task(self, task: FinishedTask) -> None:
        """Keep what became of a task."""
        with self._writing() as connection:
            tasks.record(connection, task, self.list_name)

    def tasks_since(self, moment: datetime) -> list[FinishedTask]:
        """The tasks finished at `moment` or later, oldest first."""
        with self._reading() as connection:
            return tasks.since(connection, moment, self.list_name)

    def first_start(self) -> datetime | None:
        """When the first task of all was begun, as far as they are kept."""
        with self._reading() as connection:
            return tasks.first_start(connection, self.list_name)

    def last_start(self) -> datetime | None:
        """When the service was last started."""
        with self._reading() as connection:
            return tasks.last_start(connection, self.list_name)

    # --- pace

    def feeds_asked(self) -> dict[str, datetime]:
        """When each feed was last asked and its answer saved, by its address in feeds.yaml."""
        with self._reading() as connection:
            return feeds.asked(connection)

    def items_per_feed(self, since: datetime) -> dict[str, int]:
        """How many reports dated `since` or later each feed brought, by its address."""
        with self._reading() as connection:
            return items.per_feed(connection, since)

    def items_first_seen(self, since: datetime) -> dict[datetime, int]:
        """How many reports each gathering since then brought, but for old ones."""
        with self._reading() as connection:
            return items.first_seen(connection, since)

    # --- cached vectors

    def get_vectors(self, model: str, keys: Iterable[str]) -> dict[str, NDArray[Any]]:
        """The cached ones of `keys`, hashes of their texts, equal to the bit; read-only."""
        with self._reading() as connection:
            return vectors.get_many(connection, model, keys)

    def put_vectors(self, model: str, new: Mapping[str, NDArray[Any]], now: datetime) -> None:
        """Cache vectors by their texts' hash. `model` must name whatever changes them."""
        with self._writing() as connection:
            vectors.put_many(connection, model, new, now)

    # --- keeping

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        """Take the lease on `name` until `now + ttl`; False while another holds it."""
        with self._writing() as connection:
            return leases.take(connection, name, holder, ttl, now)

    def renew_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        """Keep a lease until `now + ttl`; False when `holder` no longer has it."""
        with self._writing() as connection:
            return leases.renew(connection, name, holder, ttl, now)

    def release_lease(self, name: str, holder: str) -> bool:
        """Give a lease back; False when `holder` no longer held it."""
        with self._writing() as connection:
            return leases.release(connection, name, holder)

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

    def left_meanwhile(
        self, ledgers: Iterable[tuple[str, Date]], now: datetime
    ) -> tuple[int, list[tuple[str, Date]]]:
        """After a backup came back: what it says is still to be mailed may have left since.

        Letters that wait for the list's readers become uncertain, whatever ledger they stand in;
        and of `ledgers` (name, date) those without a mailing get none. Returns how many letters
        and which ledgers.
        """
        with self._writing() as connection:
            return mail_counts.left_meanwhile(connection, ledgers, now, self.list_name)

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
