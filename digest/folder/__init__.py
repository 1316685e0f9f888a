"""An edition's folder: written at once (disk.py), read back, its bundle.

    DIR/2026-04-14/
      index.html  email.html  digest.txt  edition.json
      map.png         the letter's map, where a story has a place
      logo.png        the operator's logo, for the letter
      photo.jpg       the lead's photo, for the letter, where it may be copied
      bundle/
        items.jsonl     the reports in the window, one a line
        settings.json   editorial settings and feeds, what an editor changed, the lead's photo
        clock.json      date, number, time of making, program
        earlier.json    what earlier editions told, the recent ones, corrections to them
        health.json     how the feeds answered, what was dropped
        edition.json    the edition composed of it, before it was rendered: letters are cut from it
        MANIFEST.json   the SHA-256 of every file of the edition

The bundle is all that making the edition depends on, so `rebuild` needs nothing else. JSON is
written with sorted keys, as UTF-8: equal contents are equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date as Date
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from digest.errors import EditionError
from digest.folder.disk import replace_folder
from digest.model import (
    LOGO,
    MAP,
    PHOTO,
    Correction,
    DayVolume,
    Dropped,
    EarlierStory,
    Edition,
    Editorial,
    Edits,
    Feed,
    FeedHealth,
    Item,
    Photo,
    RecentEdition,
    Rendered,
    Window,
    Wording,
)

T = TypeVar("T")

FORMAT = 1
"""Of the bundle; a program that changes what its files mean counts it up."""
MANIFEST = "bundle/MANIFEST.json"
ITEMS = "bundle/items.jsonl"
COMPOSED = "bundle/edition.json"
HELD = "held"
"""The folder, beside the dated ones, of editions that wait for an editor."""
REMAKE = "Make the edition again with `digest build`, or take the folder from a backup"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that making an edition depends on once the reports are gathered."""

    date: Date
    number: int
    """In the series; 0 for a special edition."""
    now: datetime
    program: str
    """Name and version of the program."""
    editorial: Editorial
    feeds: tuple[Feed, ...]
    items: tuple[Item, ...]
    """The reports in the window, by time and then id."""
    outside_window: int
    dropped: tuple[Dropped, ...]
    health: tuple[FeedHealth, ...]
    earlier: tuple[EarlierStory, ...]
    recent: tuple[RecentEdition, ...]
    span: Window | None = None
    """The window where the operator chose it; None: the one of its date."""
    edits: Edits = field(default_factory=Edits)
    corrections: tuple[Correction, ...] = ()
    volumes: tuple[DayVolume, ...] = ()
    wording: Wording | None = None
    """What an optional writer made of the sentences: it is asked once, not at each rebuilding."""
    breaking: str = ""
    """The thread of the one story that is told, because it could not wait; "" for all of them."""
    photo: Photo | None = None
    """The lead's, as it was copied: it is asked for once."""


@dataclass(frozen=True, slots=True)
class _Settings:
    editorial: Editorial
    feeds: tuple[Feed, ...]
    edits: Edits = field(default_factory=Edits)
    wording: Wording | None = None
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class _Clock:
    date: Date
    number: int
    now: datetime
    program: str
    span: Window | None = None
    breaking: str = ""


@dataclass(frozen=True, slots=True)
class _Earlier:
    earlier: tuple[EarlierStory, ...]
    recent: tuple[RecentEdition, ...]
    corrections: tuple[Correction, ...] = ()
    volumes: tuple[DayVolume, ...] = ()


@dataclass(frozen=True, slots=True)
class _Health:
    outside_window: int
    dropped: tuple[Dropped, ...]
    health: tuple[FeedHealth, ...]


_PARTS: Mapping[str, type[Any]] = {
    "bundle/clock.json": _Clock,
    "bundle/settings.json": _Settings,
    "bundle/earlier.json": _Earlier,
    "bundle/health.json": _Health,
}
"""File → the fields of a Bundle that it holds, by their names."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    format: int
    files: dict[str, str]
    """Path inside the edition's folder → hex SHA-256."""


def write_edition(
    out: Path, rendered: Rendered, bundle: Bundle, edition: Edition | None = None
) -> Path:
    """Write `bundle.date`'s folder under `out` as a whole, and return it.

    A folder of that date is replaced, whatever it holds. Killed at any moment, the old folder or
    the new one stands there whole; what a killed run left beside it is cleared by the next one.
    Raises EditionError when the disk refuses.
    """
    place = out / bundle.date.isoformat()
    try:
        files = _files(rendered, bundle, edition)
    except (UnicodeEncodeError, msgspec.MsgspecError) as exc:
        raise EditionError(f"{place}: the bundle cannot be written as JSON: {exc}") from exc
    try:
        replace_folder(place, files)
    except OSError as exc:
        raise EditionError(
            f"{place}: the edition could not be written: {exc.strerror} "
            f"({exc.filename or out}). Free space or make the folder writable, then build again"
        ) from exc
    return place


def read_bundle(folder: Path) -> Bundle:
    """The bundle of the edition in `folder`, exactly as it was written.

    Raises EditionError naming the file that is missing, malformed or not as it was written.
    """
    hashes = _manifest(folder).files

    held: dict[str, Any] = {}
    for name, kind in _PARTS.items():
        part = _decode(_checked(folder, name, hashes), kind, folder / name)
        held |= {field.name: getattr(part, field.name) for field in fields(kind)}
    lines = _checked(folder, ITEMS, hashes).split(b"\n")[:-1]
    items = (
        _decode(line, Item, folder / ITEMS, line=number)
        for number, line in enumerate(lines, start=1)
    )
    return Bundle(items=tuple(items), **held)


def read_edition(folder: Path) -> Edition | None:
    """The edition as it was composed, for letters of a reader's own choice; None in a folder that
    was written without it. Raises EditionError as `read_bundle` does."""
    if not (folder / COMPOSED).is_file():
        return None
    return _decode(_checked(folder, COMPOSED, _manifest(folder).files), Edition, folder / COMPOSED)


def read_rendered(folder: Path) -> Rendered:
    """The edition's bytes. Whether they are as they were written, `check_manifest` tells. Raises
    EditionError naming the file that cannot be read."""

    def picture(name: str) -> bytes:
        return _read(folder / name) if (folder / name).is_file() else b""

    return Rendered(
        html=_read(folder / "index.html"),
        email=_read(folder / "email.html"),
        text=_read(folder / "digest.txt"),
        json=_read(folder / "edition.json"),
        map=picture(MAP),
        logo=picture(LOGO),
        photo=picture(PHOTO),
    )


def date_of(name: str) -> Date | None:
    """The date that a folder or a page is named by; None for a name such as 2026-02-30."""
    try:
        return Date.fromisoformat(name)
    except ValueError:
        return None


def held_dates(out: Path) -> tuple[Date, ...]:
    """The dates whose editions are held for an editor, the oldest first; see `digest.held`."""
    places = (out / HELD).glob("????-??-??/edition.json")
    return tuple(sorted(filter(None, (date_of(place.parent.name) for place in places))))


def read_record(folder: Path) -> dict[str, Any]:
    """What edition.json holds. Whether it is as it was written, `check_manifest` tells."""
    file = folder / "edition.json"
    return _decode(_read(file), dict[str, Any], file)


def check_manifest(folder: Path) -> list[str]:
    """What is not as it was written: a line for each file changed, missing or added.

    Raises EditionError when a file is there but may not be read.
    """
    try:
        manifest = _manifest(folder)
    except EditionError as exc:
        return [str(exc)]
    problems = []
    if _read(folder / MANIFEST) != _pretty(manifest, _Manifest):
        problems.append(f"{MANIFEST}: is not as it was written")
    for name, written in sorted(manifest.files.items()):
        file = folder / name
        if not file.is_file():
            problems.append(f"{name}: is missing")
        elif sha256(_read(file)).hexdigest() != written:
            problems.append(f"{name}: is not as it was written (its SHA-256 differs)")
    known = {*manifest.files, MANIFEST}
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    problems += [f"{name}: does not belong to the edition" for name in sorted({*there} - known)]
    return problems


# --- To bytes and back ---------------------------------------------------------------------


def _files(rendered: Rendered, bundle: Bundle, edition: Edition | None) -> dict[str, bytes]:
    """Every file of the edition, by its path inside the folder; the manifest comes last."""
    items = sorted(bundle.items, key=lambda item: (item.when, item.id))
    files = {
        "index.html": rendered.html,
        "email.html": rendered.email,
        "digest.txt": rendered.text,
        **rendered.pictures,
        "edition.json": rendered.json,
        ITEMS: b"".join(_line(item, Item) + b"\n" for item in items),
        **{name: _pretty(_part(bundle, kind), kind) for name, kind in _PARTS.items()},
    }
    if edition is not None:
        files[COMPOSED] = _line(edition, Edition) + b"\n"
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    return {**files, MANIFEST: _pretty(_Manifest(FORMAT, hashes), _Manifest)}


def _part(bundle: Bundle, kind: type[Any]) -> object:
    return kind(**{field.name: getattr(bundle, field.name) for field in fields(kind)})


def _line(value: T, kind: type[T]) -> bytes:
    # There and back first: a weight given as 1 is read back as 1.0, and the rebuilt bundle must
    # be the same bytes. It also holds that nothing is written that cannot be read.
    settled = msgspec.json.decode(msgspec.json.encode(value), type=kind)
    return msgspec.json.encode(settled, order="sorted")


def _pretty(value: T, kind: type[T]) -> bytes:
    return msgspec.json.format(_line(value, kind), indent=1) + b"\n"


def _decode(content: bytes, kind: type[T], file: Path, line: int | None = None) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        where = file if line is None else f"{file}:{line}"
        raise EditionError(f"{where}: cannot be understood: {exc}. {REMAKE}") from exc


def _manifest(folder: Path) -> _Manifest:
    file = folder / MANIFEST
    manifest = _decode(_read(file), _Manifest, file)
    if manifest.format != FORMAT:
        raise EditionError(
            f"{file}: is of format {manifest.format}, this program reads {FORMAT}. "
            "Use the program that clock.json beside it names"
        )
    return manifest


def _checked(folder: Path, name: str, hashes: dict[str, str]) -> bytes:
    content = _read(folder / name)
    if sha256(content).hexdigest() != hashes.get(name):
        raise EditionError(
            f"{folder / name}: is not as it was written (its SHA-256 differs from the one in "
            f"{MANIFEST}). {REMAKE}"
        )
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise EditionError(f"{file}: cannot be read: {exc.strerror}. {REMAKE}") from exc
