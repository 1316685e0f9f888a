"""The editions in the output folder, as the pages show them. Reads; never writes."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from pathlib import Path

import msgspec

KINDS = {
    "index.html": "text/html; charset=utf-8",
    "digest.txt": "text/plain; charset=utf-8",
    "edition.json": "application/json",
}
"""The files of an edition that are served, and as what; its bundle is not among them."""
KEPT = 64
"""Files kept in memory; of an edition of 100 KB each, that is 6 MB."""
LARGEST_KEPT = 2_000_000
STYLES_HASHED = 40
"""Different style attributes that are named one by one in the policy."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.S | re.I)
_ATTRIBUTE = re.compile(rb"""\sstyle=(?:"([^"]*)"|'([^']*)')""", re.I)


class StoryLine(msgspec.Struct, frozen=True):
    """A story as a list of headlines tells it."""

    headline: str
    rank: int = 0
    section: str = ""
    dek: str | None = None


class Label(msgspec.Struct, frozen=True):
    id: str
    label: str


class Summary(msgspec.Struct, frozen=True):
    """As much of edition.json as lists and feeds need."""

    date: Date
    generated_at: datetime
    number: int = 0
    status: str = "complete"
    title: str = ""
    language: str = "en"
    zone: str = "UTC"
    sections: tuple[Label, ...] = ()
    stories: tuple[StoryLine, ...] = ()
    reports: int = 0
    outlets: int = 0

    @property
    def headline(self) -> str:
        return self.stories[0].headline if self.stories else ""

    def label(self, section: str) -> str:
        """The section's name in this edition."""
        return next((s.label for s in self.sections if s.id == section), section)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition, and what its answer's headers need."""

    content: bytes
    kind: str
    etag: str
    policy: str
    """Content-Security-Policy's style-src for it; "" where it is no page."""


class Archive:
    """`out` as an archive. Threads may share it; what changed on disk is seen at the next look."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._lock = threading.Lock()
        self._dates: tuple[int, tuple[Date, ...]] = (-1, ())
        self._summaries: dict[Date, tuple[tuple[int, int], Summary]] = {}
        self._files: OrderedDict[tuple[Date, str], tuple[tuple[int, int], File]] = OrderedDict()

    def dates(self) -> Sequence[Date]:
        """The dates that have an edition, newest first."""
        try:
            changed = self.out.stat().st_mtime_ns
        except OSError:
            return ()
        with self._lock:
            known, dates = self._dates
        if known != changed:
            names = (p.name for p in self.out.iterdir() if _DATE.match(p.name))
            dates = tuple(sorted(filter(None, map(_date, names)), reverse=True))
            with self._lock:
                self._dates = changed, dates
        return dates

    def latest(self, count: int) -> list[Summary]:
        """The newest editions that can be read, newest first."""
        found: list[Summary] = []
        for date in self.dates():
            if len(found) == count:
                break
            summary = self.summary(date)
            if summary:
                found.append(summary)
        return found

    def of_year(self, year: int) -> list[Summary]:
        """The editions of a year, newest first."""
        summaries = (self.summary(date) for date in self.dates() if date.year == year)
        return [summary for summary in summaries if summary]

    def years(self) -> list[int]:
        """The years that have an edition, newest first."""
        return sorted({date.year for date in self.dates()}, reverse=True)

    def summary(self, date: Date) -> Summary | None:
        """`date`'s edition in short; None where there is none that can be read."""
        file = self.out / date.isoformat() / "edition.json"
        try:
            mark = _mark(file)
            with self._lock:
                known = self._summaries.get(date)
            if known and known[0] == mark:
                return known[1]
            summary = msgspec.json.decode(file.read_bytes(), type=Summary)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        with self._lock:
            self._summaries[date] = mark, summary
        return summary

    def file(self, date: Date, name: str) -> File | None:
        """A file of `date`'s edition, exactly as it is stored; None where there is none."""
        kind = KINDS.get(name)
        if kind is None:
            return None
        path = self.out / date.isoformat() / name
        try:
            mark = _mark(path)
            with self._lock:
                known = self._files.get((date, name))
                if known and known[0] == mark:
                    self._files.move_to_end((date, name))
                    return known[1]
            content = path.read_bytes()
        except OSError:
            return None
        etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
        file = File(content, kind, etag, style_policy(content) if name == "index.html" else "")
        if len(content) <= LARGEST_KEPT:
            with self._lock:
                self._files[date, name] = mark, file
                while len(self._files) > KEPT:
                    self._files.popitem(last=False)
        return file


def style_policy(page: bytes) -> str:
    """style-src for a stored page: the hashes of the styles in it, and nothing else."""
    hashes = [_hashed(style) for style in _STYLE.findall(page)]
    attributes = sorted({one or two for one, two in _ATTRIBUTE.findall(page)})
    if len(attributes) > STYLES_HASHED:
        return "'unsafe-inline'"
    if attributes:
        hashes += ["'unsafe-hashes'", *map(_hashed, attributes)]
    return " ".join(hashes) or "'none'"


def parse_date(text: str) -> Date | None:
    """A date as addresses write it; None for anything else."""
    return _date(text) if _DATE.match(text) else None


def _date(name: str) -> Date | None:
    try:
        return Date.fromisoformat(name)
    except ValueError:
        return None


def _hashed(style: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"


def _mark(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_ino
