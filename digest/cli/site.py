"""`digest site`: the archive as static files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli import show
from digest.cli.options import AsJson, FeedsFile, OutFolder, settings_for, writing
from digest.errors import UsageError


def site(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where the files go; default: schedule.site_dir.", metavar="DIR"),
    ] = None,
    feeds: FeedsFile = None,
    out: OutFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write the archive as files for any web server; only what changed is touched."""
    from digest.archive.open import refresh
    from digest.archive.paper import base_of

    settings = settings_for(feeds, out=out)
    if folder is None and not settings.schedule.site_dir:
        raise UsageError("name the folder for the files, or set schedule.site_dir in feeds.yaml")
    place = folder or Path(settings.schedule.site_dir)
    with writing(place):
        built = refresh(settings, place)
    if not base_of(settings.editorial.site_url)[0]:
        typer.echo("edition.site_url is not set: no feeds and no sitemap are made", err=True)
    told = {"written": built.written, "unchanged": built.unchanged, "removed": built.removed}
    if as_json:
        show.document(told | {"bytes": built.bytes})
    else:
        typer.echo(
            f"{place}: {built.written} files written, {built.unchanged} unchanged, "
            f"{built.removed} removed"
        )
