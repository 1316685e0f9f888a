"""`digest verify` and `digest rebuild`: an edition held against its sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import show
from digest.cli.options import AsJson
from digest.errors import EditionError

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder

EditionFolder = Annotated[
    Path, typer.Argument(help="An edition's folder, or a folder of editions.", metavar="DIR")
]


def editions_in(folder: Path) -> list[Path]:
    """`folder` itself where it is an edition, else the editions in it, oldest first."""
    if (folder / "edition.json").is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob("????-??-??/edition.json"))
    if not found:
        raise EditionError(
            f"{folder}: there is no edition here; name a folder such as output/2026-04-14"
        )
    return found


def verify(
    folder: EditionFolder,
    again: Annotated[
        bool,
        typer.Option("--again", help="Make it again from its bundle, too, and compare each byte."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Trace every sentence, quote and figure of a stored edition to its source span, offline."""
    from digest.folder import check_manifest, read_bundle, read_record
    from digest.write.verify import problems

    found: dict[str, list[str]] = {}
    traced = 0
    embedder = _embedder() if again else None
    for edition in editions_in(folder):
        wrong: list[str] = []
        try:
            wrong += check_manifest(edition)
            record = read_record(edition)
            wrong += problems(record, read_bundle(edition).items)
            wrong += _differences(edition, embedder) if embedder else []
            traced += _sentences(record)
        except EditionError as error:
            wrong.append(str(error))
        found[str(edition)] = list(dict.fromkeys(wrong))
    count = sum(map(len, found.values()))
    if as_json:
        show.document({"editions": found, "sentences": traced, "problems": count})
    else:
        for edition_name, lines in found.items():
            for line in lines:
                typer.echo(f"{edition_name}: {line}")
        typer.echo(f"{len(found)} editions, {traced} sentences traced, {count} problems")
    if count:
        raise typer.Exit(1)


def _sentences(record: Mapping[str, Any]) -> int:
    """How many there are in the parts of the record that are whole; `problems` tells the rest."""
    stories = record.get("stories")
    whole = [one for one in stories if isinstance(one, dict)] if isinstance(stories, list) else []
    told = [story.get("sentences") for story in whole]
    return sum(len(sentences) for sentences in told if isinstance(sentences, list))


def _differences(edition: Path, embedder: Embedder) -> list[str]:
    """What is not what the bundle makes: a manifest can be forged along with a page, this not."""
    with TemporaryDirectory() as place:
        made = _made_again(edition, Path(place), embedder)
        return [
            f"{file.relative_to(made)}: is not what the bundle makes"
            for file in sorted(made.rglob("*"))
            if file.is_file() and file.read_bytes() != _bytes(edition / file.relative_to(made))
        ]


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def rebuild(
    folder: EditionFolder,
    out: Annotated[Path, typer.Option("--out", help="Where the copies go.", metavar="DIR2")],
) -> None:
    """Make an edition again from its frozen bundle: the same bytes."""
    embedder = _embedder()
    for edition in editions_in(folder):
        typer.echo(f"rebuilt {_made_again(edition, out, embedder)}")


def _embedder() -> Embedder:
    """One for all editions of a command: its weights take a second to load."""
    from digest.analyse.embed import UsemEmbedder

    return UsemEmbedder()


def _made_again(edition: Path, out: Path, embedder: Embedder) -> Path:
    from digest.edition import compose
    from digest.folder import read_bundle, write_edition
    from digest.services import PROGRAM

    bundle = read_bundle(edition)
    if bundle.program != PROGRAM:
        typer.echo(
            f"{edition} was made by {bundle.program}; this is {PROGRAM}, so bytes may differ",
            err=True,
        )
    composed, rendered = compose(bundle, embedder)
    return write_edition(out, rendered, bundle, composed)
