"""`digest pdf`: an edition on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import write_whole, writing
from digest.cli.trace import EditionFolder, editions_in


def pdf(
    folder: EditionFolder,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the PDFs go; default: beside the editions."),
    ] = None,
) -> None:
    """Set an edition's page as a PDF, DATE.pdf. Needs the extra `pdf` (WeasyPrint)."""
    from digest.folder import read_rendered
    from digest.pdf import page_pdf

    for edition in editions_in(folder):
        place = out or edition.resolve().parent
        file = place / f"{edition.resolve().name}.pdf"
        paper = page_pdf(read_rendered(edition).html)
        with writing(file):
            place.mkdir(parents=True, exist_ok=True)
        write_whole(file, paper)
        typer.echo(f"{file}: {len(paper):,} bytes")
