"""Bringing a database to today's schema. The migrations lie beside this file, in the wheel too."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, column, inspect, select, table

from digest.errors import StoreError
from digest.store import dialect

HEAD = "0013"
"""The newest revision. Written down so that opening a database that has it loads no alembic."""


def revision(connection: Connection) -> str:
    """The database's revision; "" for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    version = table("alembic_version", column("version_num"))
    return str(connection.execute(select(version.c.version_num)).scalar() or "")


def migrate(engine: Engine, url: str) -> None:
    """Bring the database to HEAD: all of it or, where anything fails, nothing.

    `url` (masked) is for messages. Raises StoreError when a newer program has been here.
    """
    with engine.connect() as connection, connection.begin():
        if revision(connection) == HEAD:
            return
    with engine.connect().execution_options(**dialect.WRITES) as connection, connection.begin():
        migrate_within(connection, url)


def migrate_within(connection: Connection, url: str) -> None:
    """The same, as a part of the caller's transaction, which writes."""
    dialect.lock_migrations(connection)
    found = revision(connection)  # another process may have been faster
    if found != HEAD:
        _upgrade(connection, found, url)


def _upgrade(connection: Connection, found: str, url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "digest.store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise StoreError(
            f"was made by a newer program (schema {found}; this one knows {HEAD}). "
            "Upgrade the program, or name another database with --db",
            url=url,
        )
    try:
        command.upgrade(config, HEAD)
    except CommandError as exc:
        raise StoreError(f"cannot be migrated from {found or 'empty'}: {exc}", url=url) from exc
