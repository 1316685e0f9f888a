"""`digest init`: the files that an installation begins with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import write_whole
from digest.errors import UsageError
from digest.resources import resource

PROGRAM = "/opt/digest/.venv/bin/digest"
SETTINGS = "/etc/digest"
"""Where the unit that ships looks for the two."""


def init(
    folder: Annotated[Path, typer.Argument(help="Where they go.", metavar="DIR")] = Path(),
    unit: Annotated[
        bool,
        typer.Option("--unit", help="Write a systemd unit, too, and digest-ctl to work beside it."),
    ] = False,
) -> None:
    """Write a feeds.yaml to begin with; nothing that is there already is touched."""
    files = {"feeds.yaml": resource("feeds.yaml").read_text("utf-8")}
    if unit:
        for name in ("digest.service", "digest-ctl"):
            text = resource(f"packaging/{name}").read_text("utf-8")
            text = text.replace(PROGRAM, _program())
            files[name] = text.replace(SETTINGS, folder.absolute().as_posix())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            if path.exists():
                typer.echo(f"{path} is there already, and stays as it is")
            else:
                write_whole(path, text.encode())
                if text.startswith("#!"):
                    path.chmod(0o755)
                typer.echo(f"{path} written")
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written ({error.strerror}); name another folder"
        ) from error


def _program() -> str:
    """How this installation is started."""
    started = Path(sys.argv[0]).absolute()
    return f"{sys.executable} -m digest" if started.suffix == ".py" else started.as_posix()
