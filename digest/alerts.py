"""Breaking news on disk: what was told at once, so that nobody is told it again.

Each lies in a folder of its own, OUT/breaking/N/YYYY-MM-DD: the Nth of that day, an edition of one
story outside the series. The letters have a ledger of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from itertools import count
from pathlib import Path

from digest.errors import EditionError
from digest.folder import date_of, read_edition
from digest.model import EarlierStory, Edition

FOLDER = "breaking"
"""Beside the dated folders."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One letter of breaking news."""

    date: Date
    name: str
    """Which of its day: "1"."""
    folder: Path
    made: datetime
    told: EarlierStory
    """What it told, as later ones need it."""


def alerts_since(out: Path, since: Date) -> list[Alert]:
    """The alerts dated `since` or later, newest first. Raises EditionError for one that cannot be
    read."""
    read = ((folder, read_edition(folder)) for _, folder in _folders(out, since))
    found = [_alert(folder, edition) for folder, edition in read if edition]
    return sorted(found, key=lambda alert: alert.made, reverse=True)


def ledgers_since(out: Path, since: Date, list_name: str) -> list[tuple[str, Date]]:
    """(name, date) of the ledgers of the alerts dated `since` or later, be they readable or not."""
    return [
        (ledger_name(list_name, folder.parent.name), date) for date, folder in _folders(out, since)
    ]


def _folders(out: Path, since: Date) -> list[tuple[Date, Path]]:
    places = (out / FOLDER).glob("*/????-??-??/edition.json")
    dated = ((date_of(place.parent.name), place.parent) for place in places)
    return [(date, folder) for date, folder in dated if date and date >= since]


def _alert(folder: Path, edition: Edition) -> Alert:
    if len(edition.briefs) != 1:
        raise EditionError(f"{folder}: {len(edition.briefs)} stories, where breaking news has one")
    (brief,) = edition.briefs
    items = [report.item for report in brief.story.reports]
    told = EarlierStory(
        edition.date,
        brief.story.thread,
        brief.title,
        tuple(item.title for item in items),
        tuple(item.id for item in items),
    )
    return Alert(edition.date, folder.parent.name, folder, edition.generated_at, told)


def place_of_next(out: Path, date: Date) -> Path:
    """The folder under which the day's next alert is written."""
    places = (out / FOLDER / str(number) for number in count(1))
    return next(place for place in places if not (place / date.isoformat()).exists())


def ledger_name(list_name: str, name: str) -> str:
    """Of the ledger of an alert's letters, beside the list's own."""
    return f"{list_name} {FOLDER} {name}"
