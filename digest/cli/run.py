"""`digest run`, `status`, `backup`, `night`: the service, and looking after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from digest.cli import show
from digest.cli.migrate import copy_before_migration
from digest.cli.options import (
    AsJson,
    Compute,
    Database,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    opened,
    settings_for,
)
from digest.cli.serve import HOST, PORT, Host, Port
from digest.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.status import Picture
    from digest.store import Store
    from digest.work import HouseWork

FEEDS_SHOWN = 10


def run(
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
    compute: Compute = None,
    host: Host = HOST,
    port: Port = PORT,
    web: Annotated[
        bool, typer.Option("--web/--no-web", help="Whether to serve the pages as well.")
    ] = True,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log what is planned, too.")] = False,
) -> None:
    """Run the service: gather through the day, make and mail each edition, serve the pages.

    SIGTERM finishes what is in hand and ends; SIGHUP, or a change of the file, reads the settings
    again. One log line an event goes to standard error.
    """
    import logging

    from digest.schedule import Service
    from digest.schedule.logs import say, set_up

    set_up(logging.DEBUG if verbose else logging.INFO)

    settings = settings_for(feeds, db, out, compute)
    own = settings.editorial.list

    def load() -> Settings:
        changed = settings_for(feeds, db, out, compute)
        if changed.editorial.list != own:  # archive, leases and pages are open for this one
            raise SettingsError(
                f"names '{changed.editorial.list}', but this service runs '{own}'",
                file=changed.file,
                line=None,
                key="edition.list",
                mend="Restart the service to run another list.",
            )
        return changed

    if copy := copy_before_migration(settings):
        say(logging.INFO, "database-copied", file=copy, why="its schema is about to change")
    with opened(settings) as store:
        service = Service(
            settings,
            load=load,
            work_of=lambda wanted: house_work(wanted, store),
            leases=store,
        )
        with _pages(settings, store, host, port, service.not_ready) if web else nullcontext():
            service.run()


def recheck(
    feeds: FeedsFile = None, db: Database = None, now: Now = None, as_json: AsJson = False
) -> None:
    """Ask again for the pages that the last editions cite; what changed is corrected next time."""
    from digest.edition import corrections_before
    from digest.services import open_services
    from digest.timetable import A_DAY

    settings = settings_for(feeds, db)
    at = clock(now)
    with open_services(settings) as services:
        before = settings.timetable.date_at(at) + A_DAY
        found = services.recheck(before, at)
        pending = corrections_before(before, services.store)
    if as_json:
        told = {"pages": len(found), "gone": sum(found.values())}
        show.document(told | {"corrections": [asdict(one) for one in pending]})
        return
    typer.echo(f"{len(found)} cited pages looked at, {sum(found.values())} gone")
    for one in pending:
        typer.echo(f"{one.edition} {one.outlet}, {one.kind}: {one.was!r} → {one.now!r}")
    typer.echo(f"{len(pending)} corrections for the next edition")


def status(
    feeds: FeedsFile = None,
    db: Database = None,
    now: Now = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 when something needs attention.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell how the service stands: editions, tasks, failures, feeds that are dead or silent."""
    from digest.status import picture

    at = clock(now)
    settings = settings_for(feeds, db)
    with opened(settings) as store:
        found = picture(settings, store, house_work(settings, store), at)
    if as_json:
        show.document(asdict(found) | {"attention": found.attention}, indent=2)
    else:
        _show(found, settings)
    if check and found.attention:
        raise typer.Exit(1)


def backup(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="The file to write.", show_default="the nightly folder", metavar="FILE"
        ),
    ] = None,
    feeds: FeedsFile = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database to a file while the service goes on."""
    from digest.work import BACKUP_NAME, backup_folder

    settings = settings_for(feeds, db)
    if to is None:
        folder = backup_folder(settings)
        if folder is None:
            raise UsageError("name the file with --to: this database is no file itself")
        to = folder / BACKUP_NAME.format(date=datetime.now(UTC).date())
    with opened(settings) as store:
        store.backup(to)
    size = to.stat().st_size
    if as_json:
        show.document({"file": str(to), "bytes": size})
    else:
        typer.echo(f"The backup is {to} ({size / 1e6:.1f} MB)")


def night(feeds: FeedsFile = None, db: Database = None, now: Now = None) -> None:
    """Back up and tidy up, as `digest run` does by itself each night: for those who have cron."""
    from digest.lease import Lease, lease_name, new_holder, renewed
    from digest.schedule.clockwork import Turn
    from digest.timetable import Task
    from digest.work import HouseWork

    settings = settings_for(feeds, db)
    at = clock(now)
    date = settings.timetable.date_at(at)
    task = Task("night", f"night:{date}", at, date)
    with opened(settings) as store:
        lease = Lease(store, lease_name(task.key, settings.editorial.list), new_holder())
        if not lease.take():
            raise UsageError("another process is at this night's work; let it do it")
        with renewed(lease):
            result = HouseWork(settings, store).do(Turn(task, at, lease, lambda: False))
    typer.echo(result.note)
    if result.outcome != "done":
        raise typer.Exit(1)


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The backup. Without one: the database was put back already, by other means.",
            metavar="[FILE]",
        ),
    ] = None,
    feeds: FeedsFile = None,
    db: Database = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Go back to a backup, and mail nothing that may have left since it was made."""
    from digest.store import restore as put_back
    from digest.work import backup_folder, may_have_left

    settings = settings_for(feeds, db)
    at = clock(now)
    if file is not None:
        folder = backup_folder(settings)
        if folder is None:
            raise UsageError("put a server's database back with its own tool: pg_restore")
        aside = folder / f"before-restore-{at:%Y-%m-%dT%H%M%S}.sqlite3"
        damaged = put_back(str(settings.db), file, aside, datetime.now(UTC))
        was = "The database was damaged; it is kept as" if damaged else "As it was before:"
        typer.echo(f"{was} {aside}", err=as_json)
    with opened(settings) as store:
        letters, unmailed = store.left_meanwhile(may_have_left(settings, store, at), at)
    if as_json:
        told = [{"list": ledger, "date": date} for ledger, date in unmailed]
        show.document({"letters": letters, "unmailed": told})
        return
    if letters:
        typer.echo(f"{letters} letters waited in the backup; they are uncertain now and stay")
    for ledger, date in unmailed:
        what = "edition" if ledger == settings.editorial.list else "breaking news"
        typer.echo(f"The {what} of {date} will not be mailed: it may have been, since the backup")
    typer.echo("The database is the backup's; start the service")


@contextmanager
def _pages(
    settings: Settings, store: Store, host: str, port: int, not_ready: Callable[[], str]
) -> Iterator[None]:
    """The pages and the readers' desk, beside the schedule."""
    import logging

    from digest.cli.serve import open_site
    from digest.schedule.logs import say

    def told(line: str) -> None:
        say(logging.WARNING, "pages", note=line)

    with open_site(settings, store, host, port, say=told, not_ready=not_ready) as site:
        site.start()
        yield


def house_work(settings: Settings, store: Store) -> HouseWork:
    """The service's work over `store`; with mail where a relay is named in the environment."""
    from digest.work import HouseWork

    if not any(os.environ.get(name) for name in ("DIGEST_SMTP", "DIGEST_SMTP_FILE")):
        return HouseWork(settings, store)
    from digest.mailsettings import load_mail_settings
    from digest.operatordesk import OperatorDesk
    from digest.post import EditionPost

    mail = load_mail_settings(settings.editorial)
    post = EditionPost(settings, mail, store)
    work = HouseWork(settings, store, post)
    if mail.operator is None:
        return work
    return replace(work, operator=OperatorDesk(settings, mail, store, work))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items()) or "—"


def _show(found: Picture, settings: Settings) -> None:
    zone = ZoneInfo(settings.editorial.zone)

    def there(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"

    last = found.last
    rows = [
        (
            "last edition",
            f"{last.date}, no. {last.number}, {last.status}, made {there(last.made)}: "
            f"{last.headline}"
            if last
            else "none yet",
        ),
        ("next edition", f"{found.next_edition.date}, at {there(found.next_edition.due)}"),
        ("next task", f"{found.next_task.key}, at {there(found.next_task.due)}"),
        ("in hand", ", ".join(f"{lease.name} ({lease.holder})" for lease in found.in_hand) or "—"),
        ("service started", there(found.started) if found.started else "never"),
        (
            "archive",
            f"{found.reports:,} reports, {found.editions:,} editions, {found.bytes / 1e6:.1f} MB",
        ),
        (
            "feeds",
            f"{found.feeds}, of them {len(found.dead)} dead and {len(found.silent)} silent",
        ),
        ("not used", _counted(found.unused)),
        ("letters", _counted(found.letters)),
        ("came back (week)", _counted(found.returned)),
        *([("no day left", f"{found.dayless:,} readers")] if found.dayless else []),
        *([("comments", _counted(found.comments))] if settings.editorial.comments else []),
    ]
    show.table(f"{settings.editorial.title} ({settings.editorial.zone})", ("", ""), rows)
    if found.recent:
        show.table(
            "Last tasks",
            ("when", "task", "outcome", "note"),
            [(there(t.finished), t.key, t.outcome, t.note) for t in found.recent],
        )
    for title, sick in (("Dead feeds", found.dead), ("Silent feeds", found.silent)):
        if sick:
            show.table(title, ("feed", "why"), [(f.name, f.why) for f in sick[:FEEDS_SHOWN]])
            if len(sick) > FEEDS_SHOWN:
                typer.echo(f"… and {len(sick) - FEEDS_SHOWN} more; --json lists them all")
    for line in found.attention:
        typer.echo(f"! {line}")
    if not found.attention:
        typer.echo("All is well.")
