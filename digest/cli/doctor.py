"""`digest doctor`: whether this installation can do its work, and what to mend."""

from __future__ import annotations

import tempfile
import zoneinfo
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date as Date
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    Database,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    opened,
    settings_for,
)
from digest.cli.show import Finding
from digest.errors import ComputeError, EditionError, StoreError, UsageError, WriterError

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.store import Store

BACKUP_OLD = timedelta(days=2)


def doctor(
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
    now: Now = None,
    mail: Annotated[
        bool,
        typer.Option("--mail", help="Mail instead: make keys, print DNS records, try the relay."),
    ] = False,
    smtp: Annotated[
        str | None, typer.Option("--smtp", help="With --mail: the relay.", metavar="URL")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="With --mail: a test letter.", metavar="ADDRESS")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check settings, database, folders, disk, backups and feeds. Exit 1 when one needs mending."""
    at = clock(now)
    if not mail and (smtp or to):
        raise UsageError("--smtp and --to are for mail: say --mail as well")
    settings = settings_for(feeds, db, out)
    if mail:
        from digest.cli.doctor_mail import check_mail

        check_mail(settings, at, smtp, to, as_json)
        return
    found = [*_examine(settings, at)]
    if as_json:
        show.document([asdict(finding) for finding in found], indent=2)
    else:
        show.findings("digest doctor", found)
    if not all(finding.good for finding in found):
        raise typer.Exit(1)


def _examine(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield Finding("settings", True, f"{settings.file}: {len(settings.feeds)} feeds")
    yield Finding("time zone", True, f"{settings.editorial.zone}, by {_zone_data()}")
    yield _folder("editions", settings.out)
    yield from _disks(settings)
    yield from _database(settings, now)
    yield from _writer(settings)
    yield from _workers(settings)


def _writer(settings: Settings) -> Iterator[Finding]:
    """The optional writer, asked for one sentence."""
    chosen = settings.writer
    if chosen is None:
        return
    from digest.services import writer_of

    name = f"{chosen.model} at {chosen.address}"
    try:
        writer_of(chosen)(["Rescue crews searched the rubble of the old harbour for survivors."])
    except WriterError as error:
        mend = "see docs/writer.md; editions are made without it meanwhile"
        yield Finding("writer", False, str(error), mend)
    else:
        yield Finding("writer", True, f"{name} answers")


def _workers(settings: Settings) -> Iterator[Finding]:
    """The scheduler that runs elsewhere, where work is sent to one."""
    place = settings.compute
    if place.where in ("local", "dask"):
        return
    from digest.compute import workers_at

    try:
        count = workers_at(place)
    except (ComputeError, UsageError) as error:
        yield Finding("workers", False, str(error), "see docs/scale.md")
    else:
        yield Finding("workers", True, f"{count} at {place.where}, each like this machine")


def _database(settings: Settings, now: datetime) -> Iterator[Finding]:
    from digest.cli.run import house_work
    from digest.status import picture

    try:
        with opened(settings) as store:
            yield _whole(store)
            found = picture(settings, store, house_work(settings, store), now)
    except StoreError as error:
        yield Finding("database", False, error.problem, f"{error.url}: {error.problem}")
        return
    yield from _backups(settings, now)
    known = found.last.date if found.last else None
    yield from _last_edition(settings.out, settings.timetable.date_at(now), known)
    dead = len(found.dead)
    yield Finding(
        "feeds",
        dead * 3 <= found.feeds,
        f"{dead} dead and {len(found.silent)} silent of {found.feeds}",
        "`digest status` names them, `digest feeds check` asks them now",
    )
    yield Finding(
        "service",
        found.started is None or not found.attention,
        f"last started {found.started:%Y-%m-%d %H:%M} UTC" if found.started else "never started",
        " ".join(found.attention),
    )


def _last_edition(out: Path, today: Date, known: Date | None) -> Iterator[Finding]:
    """The last look of `render.preflight` at the newest edition of a day that has come: what
    `digest send` refuses. `known`: the database's newest, whose folder has to be there as well."""
    from digest.folder import check_manifest, read_rendered
    from digest.render.preflight import problems

    found = (record.parent for record in out.glob("????-??-??/edition.json"))
    folder = max((folder for folder in found if folder.name <= str(today)), default=None)
    if known is not None and (folder is None or folder.name < str(known)):
        yield Finding(
            "last edition",
            False,
            f"{known}: the database knows it, {out} does not hold it",
            "name the folder of editions with DIGEST_OUT, mount it, or take it from a copy",
        )
        return
    if folder is None:
        return
    try:
        wrong = [*check_manifest(folder), *problems(read_rendered(folder))]
    except EditionError as error:
        wrong = [str(error)]
    said = f"{folder.name}: {len(wrong)} faults" if wrong else f"{folder.name}: fit to be sent"
    yield Finding("last edition", not wrong, said, "; ".join(wrong))


def _whole(store: Store) -> Finding:
    status = store.status()
    return Finding(
        "database",
        not status.damage,
        f"{status.url}: schema {status.revision}, {status.bytes / 1e6:.1f} MB"
        + (f"; damaged: {status.damage[0]}" if status.damage else ", whole"),
        "stop the service and put a backup in its place (docs/running.md)",
    )


def _folder(what: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            what, False, f"{folder}: {error.strerror}", f"let this user write to {folder}"
        )
    return Finding(what, True, f"{folder} can be written to")


def _disks(settings: Settings) -> Iterator[Finding]:
    from digest.work import SPARE, room

    for place, free in room(settings).items():
        said = f"{free / 1e9:.1f} GB free at {place}"
        yield Finding("disk", free >= SPARE, said, "free some space")


def _backups(settings: Settings, now: datetime) -> Iterator[Finding]:
    from digest.work import BACKUPS, backup_folder

    folder = backup_folder(settings)
    if folder is None or not settings.schedule.keep_backups:
        return
    newest = max((file.stat().st_mtime for file in folder.glob(BACKUPS)), default=None)
    if newest is None:
        yield Finding("backups", True, f"none yet in {folder}; `digest run` makes one each night")
        return
    age = now - datetime.fromtimestamp(newest, now.tzinfo)
    yield Finding(
        "backups",
        age < BACKUP_OLD,
        f"the newest in {folder} is {age.total_seconds() / 3600:.0f} hours old",
        "`digest status` tells why the nights fail; `digest backup` makes one now",
    )


def _zone_data() -> str:
    """Whose law the clock follows: the system's zone data, or the package's where there is none."""
    for folder in map(Path, zoneinfo.TZPATH):
        listing = folder / "tzdata.zi"
        if listing.is_file():
            with listing.open(encoding="utf-8") as lines:
                release = lines.readline().removeprefix("# version").strip()
            return f"the zone data {release} in {folder}"
        if folder.is_dir():
            return f"the zone data in {folder}"
    return f"the package tzdata {version('tzdata')}"
