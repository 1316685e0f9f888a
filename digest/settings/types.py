"""What the operator decides, as the house works with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from digest.model import Editorial, Feed, FetchLimits, Workplace
from digest.timetable import WEEKDAYS, Timetable, Weekday

MAIN = Editorial().list
MAINS_FOLDERS = frozenset({"backups", "breaking", "demo", "held", "one-off"})
"""Beside its dated ones, in the folder where those of the other lists lie."""
DEFAULT_DB = "sqlite:///output/digest.sqlite3"
LOGO_BYTES = 24_000
"""Of the logo: in base64 a third of the page's 100 kB."""


class Secret(str):
    """A text that hides itself from logs and tracebacks; `str(secret)` is needed to use it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How `digest run` keeps the house, beside the edition's hour and zone."""

    gather_every_minutes: int = 60
    days: tuple[Weekday, ...] = WEEKDAYS
    catch_up_days: int = 14
    night_hour: int = 3
    keep_days: int = 90
    """Reports and finished tasks older than this are deleted at night; editions are kept."""
    backup_dir: str = ""
    """"": the folder `backups` beside the SQLite database."""
    keep_backups: int = 7
    """0: none are made."""
    tell_operator_hours: int = 6
    """Between two letters to the operator."""
    site_dir: str = ""
    """Folder of the archive's static files, brought up to each edition; "": none are made."""
    hold: bool = False
    """Editions wait for `digest approve` before they are published and sent."""


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """The optional writer: an OpenAI-compatible endpoint that may word chosen sentences anew."""

    address: str
    """Up to and with the version: http://127.0.0.1:11434/v1."""
    model: str
    seconds: float = 120.0
    """That all its answers for one edition may take."""
    tokens: int = 60_000
    """That they may cost."""
    key: Secret = field(default=Secret(""), repr=False)
    """From the environment alone: DIGEST_WRITER_KEY or DIGEST_WRITER_KEY_FILE."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the operator decides."""

    editorial: Editorial
    feeds: tuple[Feed, ...]
    fetch: FetchLimits
    file: Path
    db: Secret
    out: Path
    schedule: Schedule = field(default_factory=Schedule)
    writer: WriterSettings | None = None
    """None: nobody words anything anew."""
    compute: Workplace = field(default_factory=Workplace)

    @property
    def timetable(self) -> Timetable:
        return Timetable(
            zone=self.editorial.zone,
            hour=self.editorial.hour,
            days=self.schedule.days,
            gather_every=timedelta(minutes=self.schedule.gather_every_minutes),
            catch_up=timedelta(days=self.schedule.catch_up_days),
            night_hour=self.schedule.night_hour,
        )
