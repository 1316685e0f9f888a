"""Options that several commands share; reading what they say, writing where they say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO
from zoneinfo import ZoneInfo

import typer

from digest.errors import InputError, UsageError
from digest.model import Dropped, Item
from digest.settings import Settings, load_settings

if TYPE_CHECKING:
    from digest.store import Store

FeedsFile = Annotated[
    Path | None,
    typer.Option("--feeds", help="The settings file.", show_default="feeds.yaml", metavar="FILE"),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--db", help="The database.", show_default="sqlite:///output/digest.sqlite3", metavar="URL"
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Where editions go.", show_default="output/", metavar="DIR"),
]
Now = Annotated[
    str | None,
    typer.Option("--now", help="The clock to use (ISO 8601), for replays.", metavar="TIME"),
]
Compute = Annotated[
    str | None,
    typer.Option(
        "--compute",
        help="Where heavy work is done: local, dask, tls://HOST:PORT or tcp://HOST:PORT.",
        show_default="DIGEST_COMPUTE, else local",
        metavar="WHERE",
    ),
]
DateOption = Annotated[
    str | None,
    typer.Option("--date", help="The edition's date.", show_default="today", metavar="DATE"),
]
DateArgument = Annotated[str, typer.Argument(help="The edition's date.", metavar="DATE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def settings_for(
    feeds: Path | None,
    db: str | None = None,
    out: Path | None = None,
    compute: str | None = None,
) -> Settings:
    """The settings, with what the command line says over what the file and environment say."""
    said = {"DIGEST_DB": db, "DIGEST_OUT": out, "DIGEST_COMPUTE": compute}
    given = {name: str(value) for name, value in said.items() if value is not None}
    return load_settings(feeds, {**os.environ, **given})


def opened(settings: Settings) -> AbstractContextManager[Store]:
    """The database of these settings, as their list sees it."""
    from digest.store import open_store

    return open_store(str(settings.db), settings.editorial.list)


_YEARS = range(1970, 9900)
"""Of clocks and dates: reports, windows and archives reach some years to either side of them."""


def clock(now: str | None) -> datetime:
    """`--now` as an aware time in UTC (a time without a zone is UTC), or the real clock."""
    if now is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(now)
    except ValueError as error:
        raise UsageError(
            f"--now {now!r} is no ISO 8601 time; write it like 2026-04-14T06:00:00Z"
        ) from error
    _in_range(f"--now {now!r}", given)
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)


def edition_date(date: str) -> Date:
    """An edition's date as it is typed; UsageError for what is none."""
    try:
        given = Date.fromisoformat(date)
    except ValueError as error:
        raise UsageError(f"{date!r} is no date; write it like 2026-04-14") from error
    _in_range(repr(date), given)
    return given


def _in_range(what: str, given: Date) -> None:
    if given.year not in _YEARS:
        raise UsageError(f"{what} is not in the years {_YEARS[0]} to {_YEARS[-1]}")


def moment(option: str, text: str | None, zone: str, *, ends: bool = False) -> datetime | None:
    """An option's ISO 8601 time in UTC; without a zone it is in the edition's.

    A date alone is its beginning or, where a span ends with it, its end.
    """
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
        if ends and len(text) <= len("2026-04-14"):
            given += timedelta(days=1)
        return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{option} {text!r} reaches beyond the years 1 to 9999") from error
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is no ISO 8601 date or time; write it like 2026-04-14 or "
            "2026-04-14T06:00"
        ) from error


def read_lines(file: Path) -> list[bytes]:
    """The file's lines, so that the one at index i is line i + 1."""
    try:
        return file.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """While `place` is written: a disk that refuses is the user's to mend."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{place}: cannot be written ({error.strerror})") from error


@contextmanager
def whole_file(file: Path, newline: str | None = None) -> Iterator[TextIO]:
    """A text file to be written, which appears whole or not at all."""
    with _part_of(file) as part, part.open("w", encoding="utf-8", newline=newline) as stream:
        yield stream


def write_whole(file: Path, content: bytes) -> None:
    """The same of a file that is at hand."""
    with _part_of(file) as part:
        part.write_bytes(content)


@contextmanager
def _part_of(file: Path) -> Iterator[Path]:
    """A name beside `file`; what was written there takes its place at the end.

    A link is followed, and what is no file, such as /dev/stdout in a pipe, is written as it is.
    """
    with writing(file):
        if file.exists() and not file.is_file():
            yield file
            return
        there = file.resolve()
        part = there.with_name(f".{there.name}.{os.getpid()}")
        try:
            yield part
            part.replace(there)
        finally:
            part.unlink(missing_ok=True)


def read_reports(files: Sequence[Path], now: datetime) -> tuple[list[Item], list[Dropped]]:
    """The reports of all files, the first of each id, and the lines that cannot be used."""
    from digest.analyse.clean import read_items

    reports: dict[str, Item] = {}
    unusable: list[Dropped] = []
    for file in files:
        found, bad = read_items(read_lines(file), str(file), now)
        unusable += bad
        for item in found:
            if item.id in reports:
                unusable.append(Dropped(str(file), f"its id {item.id!r} stands in a file before"))
            else:
                reports[item.id] = item
    return list(reports.values()), unusable
