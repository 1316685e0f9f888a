"""`digest migrate`: a database brought to this version's schema, or moved to another server."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import show
from digest.cli.options import AsJson, Database, FeedsFile, opened, settings_for
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.settings import Settings

DIGITS = 12
"""Of a digest, in the table: enough to tell two moves apart."""


def migrate(
    feeds: FeedsFile = None,
    db: Database = None,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Move this database …", metavar="URL", show_default=False),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--to", help="… into this empty one.", metavar="URL", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to this version's schema, after a copy of it was made.

    With --from and --to: copy all of one database into another, such as SQLite into PostgreSQL, and
    verify each row. Stop the service first.
    """
    if source is None and target is None:
        _bring_up(settings_for(feeds, db), as_json=as_json)
    elif source is None or target is None:
        raise UsageError("a move needs both addresses: --from URL and --to URL")
    elif db is not None:
        raise UsageError("--db does not go with --from and --to, which name both databases")
    else:
        _move(source, target, as_json=as_json)


def copy_before_migration(settings: Settings) -> Path | None:
    """A copy of a database that is about to change, where it needs one."""
    from digest.store import backup_before_migration
    from digest.work import backup_folder

    folder = backup_folder(settings)
    return backup_before_migration(str(settings.db), folder) if folder else None


def _bring_up(settings: Settings, *, as_json: bool) -> None:

    copy = copy_before_migration(settings)
    with opened(settings) as store:
        revision = store.status(check=False).revision
    if as_json:
        show.document({"schema": revision, "copy": str(copy) if copy else None})
        return
    if copy:
        typer.echo(f"As it was before: {copy}")
    typer.echo(f"The database has schema {revision}, which this version uses")


def _move(source: str, target: str, *, as_json: bool) -> None:
    from digest.store import move

    with show.progress("moving") as told:

        def rows(what: str, table: str, done: int, size: int) -> None:
            line = f"{what} {done:,} of {size:,} rows of {table}"
            told(done, size, f"{what} {table}", line)

        moved = move(source, target, datetime.now(UTC), rows)
    if as_json:
        show.document({"moved": [asdict(one) for one in moved]})
        return
    show.table(
        "Moved, read back and compared",
        ("table", "rows", "verified"),
        [(one.table, f"{one.rows:,}", one.digest[:DIGITS]) for one in moved],
    )
    typer.echo("Nothing was changed in the old database; set DIGEST_DB to the new one")
