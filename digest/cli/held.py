"""`digest held`, `digest edit`, `digest approve`: editions that wait for an editor."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    Database,
    DateArgument,
    FeedsFile,
    OutFolder,
    edition_date,
    settings_for,
)


def held(
    date: Annotated[
        str | None, typer.Argument(help="Show this edition's stories.", metavar="[DATE]")
    ] = None,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the editions that wait for an editor, or the stories of one."""
    from digest.folder import held_dates, read_record
    from digest.held import held_folder

    settings = settings_for(feeds, None, out)
    if date is not None:
        folder = held_folder(settings.out, edition_date(date))
        stories = read_record(folder)["stories"]
        if as_json:
            show.document({"folder": str(folder), "stories": stories})
            return
        rows = [(f"{s['rank']}. {s['headline']}", s["section"]) for s in stories]
        show.table(f"Held: {date}", ("headline", "section"), rows)
        typer.echo(f"As it would be printed: {folder / 'index.html'}")
        return
    dates = [day.isoformat() for day in held_dates(settings.out)]
    if as_json:
        show.document({"held": dates})
    elif dates:
        for day in dates:
            typer.echo(f"{day}  {settings.out / 'held' / day / 'index.html'}")
        typer.echo("Change one with `digest edit DATE …`, publish it with `digest approve DATE`.")
    else:
        typer.echo("No edition is held.")


def edit(
    date: DateArgument,
    lead: Annotated[
        list[str] | None,
        typer.Option("--lead", help="This story first; given again, the next.", metavar="N"),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", help="Leave this story out.", metavar="N")
    ] = None,
    headline: Annotated[
        list[str] | None,
        typer.Option("--headline", help="A headline of your own.", metavar="'N: TEXT'"),
    ] = None,
    note: Annotated[
        list[str] | None,
        typer.Option("--note", help="A note under the headline.", metavar="'N: TEXT'"),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back all that was changed before.")
    ] = False,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """Change a held edition: order, headlines, notes. What is changed is shown as the editor's."""
    from digest.held import change, held_folder
    from digest.services import open_services

    settings = settings_for(feeds, db, out)
    day = edition_date(date)
    folder = held_folder(settings.out, day)
    given = {"lead": lead, "drop": drop, "headline": headline, "note": note}
    told = {option: texts or [] for option, texts in given.items()}
    with open_services(settings) as services:
        alone = services.alone_with(day)
        draft = change(settings.out, day, told, services.embedder, alone, undo=undo)
    show.stories(draft.edition, as_json=as_json, title="held")
    if not as_json:
        typer.echo(f"As it would be printed: {folder / 'index.html'}")


def approve(
    date: DateArgument,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """Publish a held edition: into the archive and, where `digest run` sends, to its readers."""
    from digest.held import approve as publish
    from digest.services import open_services

    settings = settings_for(feeds, db, out)
    day = edition_date(date)
    with open_services(settings) as services, services.alone_with(day):
        made, notes = publish(settings, day, services.store, services.embedder)
    told = show.record(made)
    told |= {"number": made.edition.number, "notes": [*notes, *told["notes"]]}
    if as_json:
        show.document(told)
    else:
        typer.echo(f"No. {made.edition.number} is published: {made.folder / 'index.html'}")
        for line in told["notes"]:
            typer.echo(line)
    show.finish(made)
