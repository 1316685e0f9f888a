"""`digest comments …`: what readers say of stories, for the operator to publish or refuse."""

from __future__ import annotations

from collections.abc import Sequence
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
    opened,
    settings_for,
)
from digest.comment import COMMENT_STATES, Comment, CommentState, state_named
from digest.errors import UsageError

app = typer.Typer(
    name="comments",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="What readers say of stories: list, publish, refuse.",
)
Numbers = Annotated[
    list[int],
    typer.Argument(
        help="Their numbers, as `list` tells them.", min=1, max=2**31 - 1, metavar="NUMBER…"
    ),
]


@app.command("list")
def list_(
    state: Annotated[
        str, typer.Option("--state", help=f"One of {', '.join(COMMENT_STATES)}.", metavar="STATE")
    ] = "waiting",
    feeds: FeedsFile = None,
    db: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the comments that wait, or those of another state."""
    from digest.store.comments import Comments

    wanted = state_named(state)
    if wanted is None:
        raise UsageError(f"{state!r} is no state; it is one of {', '.join(COMMENT_STATES)}")
    settings = settings_for(feeds, db)
    with opened(settings) as store:
        found = Comments(store).of_state(wanted)
    if as_json:
        show.document([_record(comment) for comment in found])
        return
    rows = [
        (str(c.id), f"{c.came:%Y-%m-%d %H:%M}", c.name or "a reader", c.about.headline, c.text)
        for c in found
    ]
    show.table(f"Comments: {state}", ("no.", "came (UTC)", "name", "story", "comment"), rows)
    if found and wanted == "waiting":
        typer.echo("Print one with `digest comments publish NUMBER`, or `refuse` it.")


@app.command()
def publish(
    numbers: Numbers,
    feeds: FeedsFile = None,
    db: Database = None,
    out: OutFolder = None,
    now: Now = None,
) -> None:
    """Print comments on their stories' pages."""
    _decide(numbers, "published", feeds, db, out, now)


@app.command()
def refuse(
    numbers: Numbers,
    feeds: FeedsFile = None,
    db: Database = None,
    out: OutFolder = None,
    now: Now = None,
) -> None:
    """Do not print comments, or take printed ones back. They are deleted after sixty days."""
    _decide(numbers, "refused", feeds, db, out, now)


def _decide(
    numbers: Sequence[int],
    state: CommentState,
    feeds: FeedsFile,
    db: Database,
    out: OutFolder,
    now: Now,
) -> None:
    from digest.archive.open import site_refreshed
    from digest.store.comments import Comments

    settings, at = settings_for(feeds, db, out), clock(now)
    with opened(settings) as store:
        comments = Comments(store)
        done = {number: comments.decide(number, state, at) for number in numbers}
    for number, was in done.items():
        typer.echo(f"{number}: {state if was else 'there is no such comment that can be'}")
    if any(done.values()):
        for line in site_refreshed(settings):
            typer.echo(line)
    if not all(done.values()):
        raise typer.Exit(1)


def _record(comment: Comment) -> dict[str, object]:
    return {
        "number": comment.id,
        "state": comment.state,
        "came": comment.came,
        "how": comment.how,
        "name": comment.name,
        "story": comment.about.thread,
        "date": comment.about.date,
        "headline": comment.about.headline,
        "text": comment.text,
    }
