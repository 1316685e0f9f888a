"""`digest analyse` and `digest summarise`: single stages over files, for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli import show
from digest.cli.options import (
    FeedsFile,
    Now,
    clock,
    read_lines,
    read_reports,
    settings_for,
    whole_file,
)
from digest.errors import InputError

OutFile = Annotated[Path, typer.Option("-o", "--output", help="Where the lines go.", metavar="OUT")]

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def analyse(
    items: Annotated[Path, typer.Argument(help="Reports, JSON Lines.", metavar="ITEMS.jsonl")],
    output: OutFile,
    feeds: FeedsFile = None,
    now: Now = None,
) -> None:
    """Label every report: its story, thread, category, section, origin, language, places."""
    from digest.analyse.day import analyse_day
    from digest.analyse.outlets import Outlets
    from digest.compute import thread_pool
    from digest.services import embedder_for

    settings = settings_for(feeds)
    at = clock(now)
    reports, unusable = read_reports([items], at)
    show.dropped(unusable)
    if unusable and not reports:
        raise InputError("no line holds a report", file=items)
    with (
        show.working(f"reading and comparing {len(reports)} reports"),
        embedder_for(settings) as embedder,
        thread_pool() as pool,
    ):
        analysis = analyse_day(
            reports,
            outlets=Outlets.of(settings.feeds),
            embedder=embedder,
            editorial=settings.editorial,
            now=max((report.when for report in reports), default=at),
            pool=pool,
        )
    write_lines(
        output,
        (
            {
                "id": report.item.id,
                "story": analysis.story_of[report.item.id],
                "thread": analysis.thread_of[report.item.id],
                "category": report.category,
                "section": report.section,
                "security": report.section is not None,
                "origin": analysis.origin_of[report.item.id],
                "lang": report.lang,
                "places": list(report.places),
            }
            for report in analysis.reports
        ),
    )
    typer.echo(f"{len(reports)} reports labelled, {len(unusable)} lines skipped: {output}")


def summarise(
    sets: Annotated[Path, typer.Argument(help="Sets, JSON Lines.", metavar="SETS.jsonl")],
    words: Annotated[int, typer.Option("--words", min=1, help="About how long.", metavar="N")],
    output: OutFile,
) -> None:
    """Summarise sets of reports in whole sentences of theirs, each with its span."""
    from digest.analyse.embed import UsemEmbedder
    from digest.write.summary import summarise as summarise_set

    embedder = UsemEmbedder()
    made: list[dict[str, Any]] = []
    skipped = 0
    for number, line in enumerate(read_lines(sets), 1):
        if not line.strip():
            continue
        where = f"{sets}:{number}"
        try:
            record = json.loads(line)
            name, documents = record["id"], [_encodable(one) for one in record["documents"]]
            json.dumps(name, ensure_ascii=False).encode()
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            typer.echo(f"skipped {where}: no set of the form {{id, documents}} ({error})", err=True)
            skipped += 1
            continue
        sentences = summarise_set(documents, words, embedder)
        made.append(
            {
                "id": name,
                "sentences": [
                    {
                        "text": sentence.text,
                        "citations": [
                            {"document": document, "start": start, "end": end}
                            for document, start, end in sentence.citations
                        ],
                    }
                    for sentence in sentences
                ],
            }
        )
    if not made and skipped:
        raise InputError("no line holds a set {id, documents}", file=sets)
    write_lines(output, made)
    typer.echo(f"{len(made)} sets summarised, {skipped} lines skipped: {output}")


def _encodable(document: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever the line holds)
    """A document whose texts have a UTF-8 form, each letter in its place: JSON can smuggle in half
    a character. Raises TypeError for what is no object."""
    if not isinstance(document, dict):
        raise TypeError("a document is no object")
    return {
        name: _HALF_CHARACTER.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in document.items()
    }


def write_lines(file: Path, records: Iterable[dict[str, Any]]) -> None:
    """JSON Lines into `file`, which appears whole or not at all."""
    with whole_file(file) as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
