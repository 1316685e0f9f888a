"""`digest demo` and `digest build`: making an edition."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from digest.cli import show
from digest.cli.mail import mail_to, ready_to_mail, report_record, show_report
from digest.cli.options import (
    AsJson,
    Compute,
    Database,
    DateOption,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    edition_date,
    moment,
    read_reports,
    settings_for,
)
from digest.errors import EditionError, NothingToPublish, UsageError

if TYPE_CHECKING:
    from datetime import date as Date
    from datetime import datetime

    from digest.edition import Intake, Made
    from digest.mailroom import Report
    from digest.model import Dropped, Editorial, Item, Window
    from digest.services import Services
    from digest.settings import Settings
    from digest.timetable import Timetable

T = TypeVar("T")


def build(
    date: DateOption = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", help="A special edition of the reports from then on.", metavar="TIME"
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="… and up to then.", show_default="now", metavar="TIME"),
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option("--section", help="A special edition of this section.", metavar="SECTION"),
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="Mail it to this address.", metavar="ADDRESS")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be printed; keep nothing.")
    ] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Lay it aside for an editor: `digest approve` publishes.")
    ] = False,
    feeds: FeedsFile = None,
    items: Annotated[
        list[Path] | None,
        typer.Option(
            "--items", help="Read reports from this file instead of the network.", metavar="FILE"
        ),
    ] = None,
    out: OutFolder = None,
    db: Database = None,
    compute: Compute = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Gather, then build an edition: page, email, plain text and record."""
    from digest.edition import publish
    from digest.oneoff import Unkept, chosen_window
    from digest.services import open_services

    started = time.monotonic()
    at = clock(now)
    settings = settings_for(feeds, db, out, compute)
    special = bool(since or until or section)
    if to and (hold or dry_run):
        raise UsageError("--to mails what is made: leave --hold and --dry-run away")
    if special and hold:
        raise UsageError("--hold is for the daily edition: a special one is published by hand")
    if special:
        settings = replace(settings, editorial=_of_special(settings.editorial, section or ()))
    span = None
    if since or until:
        zone = settings.editorial.zone
        last = moment("--until", until, zone, ends=True)
        span = chosen_window(moment("--since", since, zone), last, at, settings.editorial)
    day = _day_of(date, span, at, settings.timetable)
    place = _special_place(out, settings, day) if special and not dry_run else settings.out
    if to:
        ready_to_mail(to, settings)
    given = read_reports(items, at) if items else None
    made: Made | None
    with open_services(settings, keep_vectors=not dry_run) as services:
        span = span or services.window(day, at)
        if dry_run:
            services = replace(services, unkept=Unkept(services.store))
        if special or dry_run:
            intake = _intake(services, span, at, given)
            draft = _or_say_why(
                intake, lambda: services.draft_edition(day, at, intake, span if special else None)
            )
            if dry_run:
                show.stories(draft.edition, as_json=as_json)
                return
            made = publish(draft, place)
        else:
            made = _daily(services, day, span, at, given, hold=hold)
    folder = made.folder if made else settings.out / str(day)
    mail = partial(mail_to, to, folder, settings, at, special=special) if to else None
    _tell(made, folder, time.monotonic() - started, mail, as_json=as_json)


def _of_special(editorial: Editorial, sections: Sequence[str]) -> Editorial:
    """No page of the archive tells a special edition: it links to none and asks for no comments."""
    from digest.oneoff import only_sections

    if sections:
        editorial = only_sections(editorial, sections)
    return replace(editorial, site_url="", comments=False)


def _special_place(out: Path | None, settings: Settings, day: Date) -> Path:
    """Where a special edition goes; UsageError where it would take a daily one's place."""
    from digest.folder import read_record
    from digest.oneoff import FOLDER

    place = out or settings.out / FOLDER
    folder = place / str(day)
    with suppress(EditionError):
        if read_record(folder)["number"]:
            raise UsageError(
                f"{folder} is the daily edition of {day}, and a special one does not take its "
                "place: name another folder with --out, or none"
            )
    return place


def _see_that_its_reports_are_kept(
    reports: int, day: Date, at: datetime, settings: Settings
) -> None:
    """UsageError where an edition would be replaced by what is left of its reports."""
    from digest.folder import read_record

    kept, folder = settings.schedule.keep_days, settings.out / str(day)
    if day >= settings.timetable.date_at(at - timedelta(days=kept)):
        return
    with suppress(EditionError):
        if 2 * reports < (before := read_record(folder)["reports"]):
            raise UsageError(
                f"of the {before} reports of {folder} {reports} are left, the others were deleted "
                f"after {kept} days (schedule.keep_days): `digest rebuild {folder} --out DIR` "
                "makes it again from its bundle"
            )


def _day_of(given: str | None, span: Window | None, at: datetime, table: Timetable) -> Date:
    """The edition's date; UsageError for one that has not come."""
    from digest.edition import A_MOMENT

    if given is None:
        return table.date_at(span.end - A_MOMENT if span else at)
    day = edition_date(given)
    if day > (today := table.date_at(at)):
        raise UsageError(f"--date {day} has not come yet; today is {today} in {table.zone}")
    if span and day < (last := table.date_at(span.end - A_MOMENT)):
        raise UsageError(
            f"--date {day} is before {last}, when the span ends: add --until, or leave --date away"
        )
    return day


def _tell(
    made: Made | None,
    folder: Path,
    seconds: float,
    mail: Callable[[], Report] | None,
    *,
    as_json: bool,
) -> None:
    """Say what was made, mail it where that is wanted, and exit as it went."""
    told = show.record(made) if made else show.stored_record(folder)
    if made and not as_json:
        show.summary(made, seconds)
        typer.echo(f"The edition lies in {folder}: open {folder / 'index.html'}")
    elif not as_json:
        typer.echo(f"Another process made the edition of {folder.name} meanwhile: {folder}")
    report = None
    try:
        if mail:
            report = mail()
            told["mail"] = report_record(report, folder.name)
    finally:
        if as_json:  # also where the mail went wrong: the edition is made
            show.document(told)
    if report:
        if not as_json:
            show_report(report, folder.name)
        if report.stopped or report.refused or report.trouble:
            raise typer.Exit(1)
    if made:
        show.finish(made)
    elif told["status"] == "degraded":
        raise typer.Exit(show.DEGRADED)


def _daily(
    services: Services,
    day: Date,
    span: Window,
    at: datetime,
    given: tuple[list[Item], list[Dropped]] | None,
    *,
    hold: bool,
) -> Made | None:
    """The day's edition, published or laid aside; None where another process made it while this
    one waited."""
    with services.alone_with(day) as (lease, made_meanwhile):
        if made_meanwhile and hold:
            raise UsageError(
                f"another process made and published the edition of {day} meanwhile; nothing is "
                "held"
            )
        if made_meanwhile:
            return None
        intake = _intake(services, span, at, given)
        if given is None:
            _see_that_its_reports_are_kept(len(intake.reports), day, at, services.settings)
        make = services.hold_edition if hold else services.make_edition
        return _or_say_why(intake, lambda: make(day, at, intake, lease))


def _intake(
    services: Services,
    span: Window,
    at: datetime,
    given: tuple[list[Item], list[Dropped]] | None,
) -> Intake:
    if given is not None:
        return services.from_items(span, at, *given)
    with show.gathering(len(services.settings.feeds)) as on_done:
        return services.from_feeds(span, at, on_done)


def _or_say_why(intake: Intake, make: Callable[[], T]) -> T:
    """What `make` makes; where there is nothing to publish, what went wrong is shown first."""
    try:
        with show.working(f"reading and comparing {len(intake.reports)} reports"):
            return make()
    except NothingToPublish as error:
        show.health([feed for feed in intake.health if feed.outcome == "failed"])
        show.dropped(intake.dropped)
        raise NothingToPublish(
            f"nothing to publish: {error}. 'make demo' (or 'digest demo') shows a whole "
            "edition without any network"
        ) from error


def demo(
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where it goes.", show_default="output/demo/", metavar="DIR"),
    ] = None,
) -> None:
    """Build the sample day in examples/ from a local server: a first edition without a network."""
    from digest.demo import serve_sample_day
    from digest.resources import resource
    from digest.services import open_services
    from digest.settings import Secret, load_settings

    started = time.monotonic()
    with serve_sample_day(resource("examples/sample-day")) as sample:
        settings = load_settings(sample.feeds_file)
        # Invented news does not lie among the editions that the archive shows.
        out = out or settings.out / "demo"
        settings = replace(settings, db=Secret("sqlite://"), out=out)
        with open_services(settings) as services:
            with show.gathering(len(settings.feeds)) as on_done:
                span = services.window(sample.date, sample.now)
                intake = services.from_feeds(span, sample.now, on_done)
            made = services.make_edition(sample.date, sample.now, intake)
    show.summary(made, time.monotonic() - started)
    typer.echo(f"The edition lies in {made.folder}:")
    for name, what in (
        ("index.html", "the page: open it in a browser"),
        ("email.html", "the letter"),
        ("digest.txt", "plain text"),
        ("edition.json", "the record, every sentence with its source"),
    ):
        typer.echo(f"  {made.folder / name}  {what}")
    show.finish(made)
