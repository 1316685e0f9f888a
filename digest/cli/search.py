"""`digest search`: the archive by its words."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.cli import show
from digest.cli.options import AsJson, Database, FeedsFile, opened, settings_for


def search(
    words: Annotated[list[str], typer.Argument(help="All of them must be there.")],
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 20,
    feeds: FeedsFile = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """Search headlines and sentences of all editions, newest first."""
    from digest.render.safe import plain

    settings = settings_for(feeds, db)
    with opened(settings) as store:
        found = store.search(" ".join(words), limit=limit)
    if as_json:
        stories = [
            {
                "date": hit.date,
                "rank": hit.rank,
                "thread": hit.thread,
                "headline": hit.headline,
                "dek": hit.dek,
            }
            for hit in found.hits
        ]
        show.document({"total": found.total, "stories": stories})
        return
    for hit in found.hits:
        typer.echo(f"{hit.date}  {hit.rank:>2}  {plain(hit.headline)}")
    rest = found.total - len(found.hits)
    typer.echo(f"{found.total} found" + (f", {rest} of them not shown" if rest else ""), err=True)
