"""The commands put together, and what becomes of an error."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from digest import __version__
from digest.cli import (
    batch,
    breaking,
    build,
    comments,
    doctor,
    explain,
    feeds,
    held,
    init,
    mail,
    migrate,
    pdf,
    run,
    search,
    serve,
    site,
    subscribers,
    trace,
)
from digest.errors import DigestError, UsageError

app = typer.Typer(
    name="digest",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The daily security briefing: gathered from feeds all over the world, every sentence "
    "traced to its source.",
    epilog="Exit codes: 0 done; 1 failed; 2 wrong use or configuration; 3 made, but degraded.",
)
app.command()(build.demo)
app.command("build")(build.build)
app.command()(init.init)
app.command()(held.held)
app.command()(held.edit)
app.command()(held.approve)
app.command()(breaking.breaking)
app.command()(explain.explain)
app.command()(trace.verify)
app.command()(trace.rebuild)
app.command()(pdf.pdf)
app.command()(batch.analyse)
app.command()(batch.summarise)
app.command()(mail.send)
app.command()(run.run)
app.command()(serve.serve)
app.command()(site.site)
app.command()(search.search)
app.command()(run.recheck)
app.command()(run.status)
app.command()(doctor.doctor)
app.command()(run.backup)
app.command()(run.night)
app.command()(run.restore)
app.command()(migrate.migrate)
app.add_typer(comments.app, name="comments")
app.add_typer(feeds.app, name="feeds")
app.add_typer(subscribers.app, name="subscribers")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digest {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line; errors that were raised on purpose become one clear message."""
    _see_that_all_can_be_printed()
    try:
        app()
    except UsageError as error:
        typer.echo(f"digest: {error}", err=True)
        sys.exit(2)
    except DigestError as error:
        typer.echo(f"digest: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("digest: stopped; what was gathered and saved stays", err=True)
        sys.exit(130)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        place = error.filename or "what is printed"
        typer.echo(f"digest: {place}: cannot be written ({error.strerror}). Free space", err=True)
        with suppress(OSError):  # what is left to flush would fail at the end, in Python's words
            sys.stdout.close()
        sys.exit(1)


def _see_that_all_can_be_printed() -> None:
    """Escape what the locale cannot write, such as a dash in Latin-1, or a file's name in no
    encoding at all; and let a closed stream take what is printed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
