"""A copy of a living database, and giving back the room that deleted rows took."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from digest.errors import StoreError
from digest.store.engine import translated
from digest.store.migrate import HEAD

VACUUM_FROM = 0.2
"""Share of empty pages from which a vacuum is worth rewriting the whole file."""

COMPANIONS = ("-wal", "-shm", "-journal")
"""The ends of the files beside a database that SQLite would apply to whatever has its name."""

_MAGIC = b"SQLite format 3\0"
"""What each SQLite file begins with (sqlite.org/fileformat2.html, section 1.3)."""


def backup(engine: Engine, target: Path, url: str) -> None:
    """Copy the database to `target` while others read and write; it appears there whole or not.

    `url` (masked) is for messages. Raises StoreError, also for a database that has tools of its
    own for this, and where `target` is the database itself: whoever has it open would write on into
    a file that is no longer there.
    """
    _refuse_servers(engine, url)
    database = Path(engine.url.database or "")
    if target.is_file() and database.is_file() and target.samefile(database):
        raise StoreError(f"{target} is this database itself; name another file", url=url)
    if target.is_file() and not _may_be_replaced(target):
        raise StoreError(f"{target} is a file, but no backup; name another file", url=url)
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with translated(url):
            target.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            with closing(engine.raw_connection()) as source, closing(sqlite3.connect(new)) as copy:
                cast(sqlite3.Connection, source.driver_connection).backup(copy)
                # One file without companions, so that it can be moved about.
                copy.execute("PRAGMA journal_mode=DELETE")
                found = copy.execute("PRAGMA quick_check").fetchall()
            if found != [("ok",)]:
                raise StoreError(f"the copy is damaged: {found[0][0]}", url=url)
            _sync(new)
            new.replace(target)
    except OSError as error:
        raise StoreError(
            f"the backup {target} could not be written: {error.strerror}. Free space, or name "
            "another folder",
            url=url,
        ) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _may_be_replaced(file: Path) -> bool:
    """Whether it is an older backup or empty, and not settings that were named by mistake."""
    with suppress(OSError), file.open("rb") as stream:
        return stream.read(len(_MAGIC)) in (b"", _MAGIC)
    return True  # whoever writes it is told why that cannot be


def is_damaged(engine: Engine, url: str) -> bool:
    """Whether SQLite finds faults in the file, or no database at all. StoreError where it cannot
    look."""
    _refuse_servers(engine, url)
    database = Path(str(engine.url.database))
    if not database.exists():
        return False
    # Read alone: whoever closes a database last writes its -wal into it, and takes that away.
    address = f"{database.absolute().as_uri()}?mode=ro"
    with translated(url), closing(sqlite3.connect(address, uri=True)) as connection:
        try:
            return connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return True
            raise


def restore(engine: Engine, source: Path, aside: Path, url: str, *, damaged: bool) -> None:
    """Put the backup `source` in the database's place: wholly or, raising StoreError, not at all.
    The database as it was is copied to `aside` when `source` has proved to be whole.

    SQLite writes it as one transaction into the living file, so that no other process holds an old
    one, and no -wal file of the old meets the new. A `damaged` one, which takes no transaction,
    gives way to a new file.
    """
    _refuse_servers(engine, url)
    if not source.is_file():
        raise StoreError(f"there is no backup {source}", url=url)
    address = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as kept:
        try:
            found = kept.execute("PRAGMA quick_check").fetchall()
            schemas = [row[0] for row in kept.execute("SELECT version_num FROM alembic_version")]
        except sqlite3.Error as error:
            raise StoreError(f"{source} is no backup of a digest: {error}", url=url) from error
        if found != [("ok",)]:
            raise StoreError(f"the backup {source} is damaged: {found[0][0]}", url=url)
        if newer := [schema for schema in schemas if schema > HEAD]:
            raise StoreError(
                f"the backup {source} was made by a newer program (schema {newer[0]}; this one "
                f"knows {HEAD}). Upgrade the program",
                url=url,
            )
        if damaged:
            _replace_damaged(Path(str(engine.url.database)), kept, aside, url)
            return
        backup(engine, aside, url)
        with translated(url), closing(engine.raw_connection()) as living:
            kept.backup(cast(sqlite3.Connection, living.driver_connection))


def _replace_damaged(database: Path, kept: sqlite3.Connection, aside: Path, url: str) -> None:
    """Copy a damaged database to `aside`, byte for byte, and put `kept` in its place."""
    new = database.with_name(f".{database.name}.{os.getpid()}.new")
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        companions = [database.with_name(database.name + end) for end in COMPANIONS]
        for file in (database, *filter(Path.exists, companions)):
            shutil.copy2(file, aside.with_name(file.name.replace(database.name, aside.name)))
        new.unlink(missing_ok=True)
        with translated(url), closing(sqlite3.connect(new)) as copy:
            kept.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        owner = database.stat()
        new.chmod(owner.st_mode & 0o777)
        with suppress(OSError):  # only root gives files away
            os.chown(new, owner.st_uid, owner.st_gid)
        _sync(new)
        for file in companions:
            file.unlink(missing_ok=True)
        new.replace(database)
    except OSError as error:
        raise StoreError(
            f"the backup could not be put in its place: {error.strerror}", url=url
        ) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def vacuum(engine: Engine, url: str) -> bool:
    """Give empty pages back to the disk where it is worth it; whether it was."""
    if engine.dialect.name != "sqlite":
        return False  # PostgreSQL's autovacuum does
    with translated(url), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA optimize")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        empty = cursor.execute("PRAGMA freelist_count").fetchone()[0]
        worth_it = empty > VACUUM_FROM * pages
        if worth_it:
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
        return bool(worth_it)


def _refuse_servers(engine: Engine, url: str) -> None:
    if engine.dialect.name != "sqlite":
        raise StoreError(
            "is copied by its own tool: pg_dump --format=custom --file=digest.dump DATABASE",
            url=url,
        )


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
