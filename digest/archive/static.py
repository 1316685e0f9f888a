"""The archive as files for any web server: what changed is written, what is gone deleted.

A file is replaced at once (written beside, then renamed), so that a web server never reads half of
one. A list in the folder, MANIFEST, says which files are ours and what each was made of; no other
file is touched. Beside it, SEEN keeps the archive as it was: when editions have come since, only
the pages that they touch are looked at. The files can be made again at any time, so nothing waits
for the disk.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from digest import __version__
from digest.archive.catalogue import Day, no_collecting
from digest.archive.page import Page
from digest.archive.paper import Paper, key_of
from digest.errors import UsageError
from digest.folder.disk import alone_in

MANIFEST = ".digest-site.json"
SEEN = ".digest-seen"
FORMAT = 2
"""Of SEEN; counted up when a `Day` changes."""
MOST_LOST = 7
"""Editions that may go at once, be they more than stay: who begins anew, or tries it out."""


class _File(msgspec.Struct, frozen=True, array_like=True, gc=False):
    needs: str
    """Hash of what it was made of; "" while it is being written."""
    content: str
    """Hash of its bytes."""


class _Manifest(msgspec.Struct, frozen=True):
    files: dict[str, _File] = {}


class _Seen(msgspec.Struct, frozen=True):
    """The archive as the files tell it, to find what has changed since."""

    format: int = FORMAT
    design: str = ""
    days: tuple[Day, ...] = ()
    facts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Built:
    """What became of the files."""

    written: int
    unchanged: int
    removed: int
    bytes: int
    """Of those written."""


def build(paper_of: Callable[[Sequence[Day]], Paper], folder: Path, base: str) -> Built:
    """Bring `folder` up to the archive. Raises UsageError where a file in the way is not ours, or
    where most editions are gone: a folder that is not mounted must not empty what is published.

    `paper_of` is told the editions as they were seen before, so that those need not be read again;
    `base`: the address that the folder is published at, without a trailing slash. Where nothing has
    come since, every file is looked at, and one that was lost is made again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        with no_collecting():
            seen = _seen(folder)
        paper = paper_of(seen.days)
        lost = len(seen.days) - len(paper.days)
        if lost > MOST_LOST and lost > len(paper.days):
            raise UsageError(
                f"of {len(seen.days)} editions that {folder} shows, {len(paper.days)} are left: is "
                "DIGEST_OUT (or --out) their folder, and mounted? If they are to go, remove "
                f"{folder / SEEN} and say it again"
            )
        gc.freeze()  # a hundred thousand objects are not to be searched for garbage again and again
        try:
            design = _hash(f"{__version__} {base} {paper.fingerprint()}".encode())
            known = design == seen.design
            touched = paper.touched_since(seen.days, seen.facts) if known else set()
            built = _build(paper, folder, base, design, touched or None)
            if touched or not known:
                now = _Seen(FORMAT, design, paper.days, paper.facts)
                _put(folder / SEEN, msgspec.msgpack.encode(now))
        finally:
            gc.unfreeze()
        return built


def _build(
    paper: Paper, folder: Path, base: str, design: str, touched: Collection[str] | None
) -> Built:
    """Of the pages of these keys and dates, and those of none; None for all."""
    before = _known(folder)
    made = paper.pages if touched is None else paper.touched(touched)
    pages = {file_of(path): page for path, page in made.items()}
    needs = {name: _needs(page, design) for name, page in pages.items()}
    # A story whose edition was made again may have lost its thread: its address stays, with a note.
    gone = [n for n in before if n not in pages and _concerns(n, touched) and not paper.stands(n)]
    notes = [n for n in gone if n.startswith("story/")]
    lost = [n for n in gone if not n.startswith("story/")]
    if touched is None:
        there = _files_in(folder)
    else:
        there = {name for name in (*pages, *gone) if (folder / name).is_file()}
    stale = [n for n in pages if n not in there or n not in before or before[n].needs != needs[n]]
    foreign = [name for name in stale if name in there and name not in before]
    if foreign:
        raise UsageError(
            f"{folder / foreign[0]} is not a file of the archive; name a folder of its own"
        )
    # Before anything is written: what is ours even if this process is killed.
    ours = before | {name: _File("", "") for name in stale}
    if stale or lost:
        _put(folder / MANIFEST, msgspec.json.encode(_Manifest(ours)))
    written = size = 0
    after = dict(ours)
    for name in [*stale, *notes]:
        page = pages.get(name)
        body = page.make(base) if page else paper.gone().encode()
        content = _hash(body)
        known = before.get(name)
        if name not in there or known is None or known.content != content:
            _put(folder / name, body)
            written += 1
            size += len(body)
        after[name] = _File(needs.get(name, ""), content)
    removed = sum(_remove(folder, name) for name in lost)
    for name in lost:
        after.pop(name, None)
    if after != before:
        _put(folder / MANIFEST, msgspec.json.encode(_Manifest(after)))
    return Built(written, len(after) - written, removed, size)


def _concerns(name: str, touched: Collection[str] | None) -> bool:
    if touched is None:
        return True
    key = key_of(name)
    return not key or key in touched


def file_of(path: str) -> str:
    """The file of a page's path: "/story/t-1/" is story/t-1/index.html."""
    name = path.removeprefix("/")
    return f"{name}index.html" if not name or name.endswith("/") else name


def _needs(page: Page, design: str) -> str:
    # An edition's own files stand as they are stored, whatever the design is.
    return _hash(f"{'' if page.stored else design}{page.needs!r}".encode())


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _known(folder: Path) -> dict[str, _File]:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest).files
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{folder / MANIFEST} cannot be read ({error}); delete the folder, and build it again"
        ) from error


def _seen(folder: Path) -> _Seen:
    """Nothing where it cannot be read: then every page is looked at."""
    try:
        seen = msgspec.msgpack.decode((folder / SEEN).read_bytes(), type=_Seen)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return _Seen()
    return seen if seen.format == FORMAT else _Seen()


def _files_in(folder: Path) -> set[str]:
    """The names of all files below `folder`."""
    found: set[str] = set()
    open_ = [""]
    while open_:
        inside = open_.pop()
        with os.scandir(f"{folder}/{inside}") as entries:  # 15,000 folders: no Path for each
            for entry in entries:
                name = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    open_.append(f"{name}/")
                else:
                    found.add(name)
    return found


def _put(file: Path, content: bytes) -> None:
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_bytes(content)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
    new.replace(file)


def _remove(folder: Path, name: str) -> bool:
    """Delete one of our files, and the folders that it leaves empty."""
    file = folder / name
    if folder.resolve() not in file.resolve().parents:  # a manifest that somebody changed
        return False
    file.unlink(missing_ok=True)
    for parent in file.parents:
        if parent == folder:
            break
        try:
            parent.rmdir()
        except OSError:
            break
    return True
