"""`digest demo` and `digest build`: making an edition."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    Database,
    FeedsFile,
    Now,
    OutFolder,
    clock,
    edition_date,
    read_reports,
    settings_for,
)
from digest.errors import NothingToPublish

DEGRADED = 3


def build(
    date: Annotated[
        str | None,
        typer.Option("--date", help="The edition's date.", show_default="today", metavar="DATE"),
    ] = None,
    feeds: FeedsFile = None,
    items: Annotated[
        list[Path] | None,
        typer.Option(
            "--items", help="Read reports from this file instead of the network.", metavar="FILE"
        ),
    ] = None,
    out: OutFolder = None,
    db: Database = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Gather, then build an edition: page, email, plain text and record."""
    from digest.services import open_services

    started = time.monotonic()
    at = clock(now)
    settings = settings_for(feeds, db, out)
    day = edition_date(date, at, settings.editorial.zone)
    given, unusable = (None, []) if not items else read_reports(items, at)
    with open_services(settings) as services, services.alone_with(day) as (lease, made_meanwhile):
        if made_meanwhile:
            typer.echo(
                f"Another process made the edition of {day} meanwhile: {settings.out / str(day)}"
            )
            return
        if given is not None:
            intake = services.from_items(day, at, given, unusable)
        else:
            with show.gathering(len(settings.feeds)) as on_done:
                intake = services.from_feeds(day, at, on_done)
        try:
            made = services.make_edition(day, at, intake, lease)
        except NothingToPublish as error:
            show.health([feed for feed in intake.health if feed.outcome == "failed"])
            show.dropped(intake.dropped)
            raise NothingToPublish(
                f"nothing to publish: {error}. 'make demo' (or 'digest demo') shows a whole "
                "edition without any network"
            ) from error
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "folder": str(made.folder),
                    "status": made.edition.status,
                    "stories": len(made.edition.briefs),
                    "reports": made.edition.reports,
                    "new": made.new_items,
                }
            )
        )
    else:
        show.summary(made, time.monotonic() - started)
        typer.echo(f"The edition lies in {made.folder}: open {made.folder / 'index.html'}")
    if made.edition.status == "degraded" or made.unfit:
        raise typer.Exit(DEGRADED)


def demo(
    out: OutFolder = None,
) -> None:
    """Build the sample day in examples/ from a local server: a first edition without a network."""
    from dataclasses import replace

    from digest.demo import serve_sample_day
    from digest.resources import resource
    from digest.services import open_services
    from digest.settings import Secret, load_settings

    started = time.monotonic()
    with serve_sample_day(resource("examples/sample-day")) as sample:
        settings = load_settings(sample.feeds_file)
        settings = replace(settings, db=Secret("sqlite://"), out=out or settings.out)
        with open_services(settings) as services:
            with show.gathering(len(settings.feeds)) as on_done:
                intake = services.from_feeds(sample.date, sample.now, on_done)
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
