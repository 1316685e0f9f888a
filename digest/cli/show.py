"""Progress and tables: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import typer

from digest.model import Dropped, FeedHealth, Fetched

if TYPE_CHECKING:
    from pathlib import Path

    from digest.edition import Made
    from digest.model import Edition

PROBLEMS_SHOWN = 12
DEGRADED = 3
"""The exit code of an edition that was made but not as it should be, or not sent to everybody."""


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int, str, str], None]]:
    """Takes (done, of how many, what is in hand, the whole in a line): on a terminal it moves a
    bar, in a log it writes the line at every fifth part."""
    if not sys.stderr.isatty():
        fifth = 0

        def log(done: int, total: int, _: str, line: str) -> None:
            nonlocal fifth
            before, fifth = fifth, 5 * done // max(total, 1)
            if fifth > before:
                typer.echo(line, err=True)

        yield log
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as screen:
        bar = screen.add_task("", total=None)

        def move(done: int, total: int, now: str, _: str) -> None:
            screen.update(bar, completed=done, total=total, description=now)

        yield move


@contextmanager
def gathering(feeds: int) -> Iterator[Callable[[Fetched], None]]:
    """Counts feeds as they come in."""
    done = count(1)
    with progress("gathering") as told:

        def came(answer: Fetched) -> None:
            number = next(done)
            told(number, feeds, answer.feed.name, f"gathered {number} of {feeds} feeds")

        yield came


@contextmanager
def working(on: str) -> Iterator[None]:
    """On a terminal, what takes its time, and for how long it has; in a log nothing."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, transient=True, redirect_stdout=False) as progress:
        progress.add_task(on, total=None)
        yield


def document(told: object, indent: int | None = None) -> None:
    """JSON for scripts. Where the locale cannot write all of it, JSON's own escapes stand in it:
    those of the stream, such as \\xe9, no parser takes."""
    utf8 = (sys.stdout.encoding or "utf-8").lower() == "utf-8"
    typer.echo(json.dumps(told, default=_iso, ensure_ascii=not utf8, indent=indent))


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for people; the first column is the widest."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold", justify="left")
    for row in rows:
        shown.add_row(*(_plain(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 100).print(shown)


def _plain(cell: str) -> str:
    """Feed text on a terminal: no markup, no control characters."""
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else " " for c in cell))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a doctor looked at: how it is and, where it is not well, what mends it."""

    what: str
    good: bool
    said: str
    mend: str = ""


def findings(title: str, found: Sequence[Finding]) -> None:
    """Each in a line, then how to mend what is not well."""
    rows = [("good" if one.good else "MEND", one.what, one.said) for one in found]
    table(title, ("", "", ""), rows)
    for one in found:
        if not one.good:
            typer.echo(f"! {one.what}: {one.mend}")


def summary(made: Made, seconds: float) -> None:
    """What was gathered and made, at the end of a build."""
    edition = made.edition
    outcomes = Counter(feed.outcome for feed in edition.feeds)
    not_asked = outcomes["skipped"] + outcomes["retired"]
    problems = [feed for feed in edition.feeds if feed.outcome in ("failed", "retired")]
    rows = []
    if edition.feeds:
        rows.append(
            (
                "feeds",
                f"{outcomes['entries']} fetched, {outcomes['unchanged']} unchanged, "
                f"{outcomes['failed']} failed, {not_asked} not asked",
            )
        )
    rows += [
        ("reports", f"{edition.reports} in the window, {made.new_items} new to the archive"),
        ("on security", f"{edition.security_reports} from {edition.outlets} outlets"),
        ("stories", f"{len(edition.briefs)} ({edition.status})"),
        *_writer(edition),
        ("time", f"{seconds:.1f} s"),
    ]
    table(f"{edition.editorial.title}, {edition.date}", ("", ""), rows)
    health(problems)
    dropped(edition.left_out.dropped)
    for line in shortcomings(made):
        typer.echo(line)


def shortcomings(made: Made) -> list[str]:
    """What is not as it should be with an edition, a line each."""
    edition = made.edition
    return [
        *(f"not fit to be sent: {why}" for why in made.unfit),
        *(f"{edition.status}: {note}" for note in edition.status_notes),
    ]


def record(made: Made) -> dict[str, Any]:
    """An edition that was made, for scripts."""
    return {
        "folder": str(made.folder),
        "status": made.edition.status,
        "stories": len(made.edition.briefs),
        "reports": made.edition.reports,
        "new": made.new_items,
        "notes": shortcomings(made),
    }


def stored_record(folder: Path) -> dict[str, Any]:
    """The same of an edition that another process made. Raises EditionError."""
    from digest.folder import read_record

    stored = read_record(folder)
    return {
        "folder": str(folder),
        "status": stored["status"],
        "stories": len(stored["stories"]),
        "reports": stored["reports"],
        "new": 0,
        "notes": [f"{stored['status']}: {note}" for note in stored["status_notes"]],
    }


def finish(made: Made) -> None:
    """The end of a command that made an edition, after all was told: whether a script may rely on
    it."""
    if made.edition.status == "degraded" or made.unfit:
        raise typer.Exit(DEGRADED)


def _writer(edition: Edition) -> list[tuple[str, str]]:
    """What the optional writer did, and why it did not do more."""
    from digest.render.record import worded_sentences

    wording = edition.wording
    if wording is None:
        return []
    why = ", ".join(f"{count} {reason}" for reason, count in wording.refused.items())
    told = f"{worded_sentences(edition.briefs)} of {wording.asked} sentences by {wording.model}"
    told += f"; left as they were: {why}" if why else ""
    return [("worded", told), *([("writer", wording.note)] if wording.note else [])]


def stories(edition: Edition, *, as_json: bool, title: str = "not made, only looked at") -> None:
    """What an edition would print, in order: for a look before anything is made."""
    told = [
        {
            "rank": brief.story.rank,
            "section": brief.story.section,
            "headline": brief.title,
            "reports": len(brief.story.reports),
            "origins": len(brief.story.lead_origins),
            "score": round(brief.story.score, 3),
        }
        for brief in edition.briefs
    ]
    if as_json:
        document({"status": edition.status, "stories": told})
        return
    shown = ("section", "reports", "origins", "score")
    table(
        f"{edition.editorial.title}, {edition.date}: {title}",
        ("headline", *shown),
        [(f"{one['rank']}. {one['headline']}", *(str(one[key]) for key in shown)) for one in told],
    )
    typer.echo(
        f"{len(told)} stories ({edition.status}) from {edition.security_reports} security reports "
        f"among {edition.reports}"
    )


def health(feeds: Sequence[FeedHealth]) -> None:
    """The feeds that failed and why."""
    if feeds:
        shown = feeds[:PROBLEMS_SHOWN]
        table("Feeds that could not be read", ("feed", "why"), [(f.name, f.problem) for f in shown])
        if len(feeds) > len(shown):
            typer.echo(f"… and {len(feeds) - len(shown)} more; 'digest feeds check' lists them all")


def dropped(reports: Sequence[Dropped]) -> None:
    """The reports that could not be used and why."""
    for report in reports[:PROBLEMS_SHOWN]:
        typer.echo(f"skipped {report.where}: {report.why}", err=True)
    if len(reports) > PROBLEMS_SHOWN:
        typer.echo(f"… and {len(reports) - PROBLEMS_SHOWN} more skipped", err=True)
