"""A folder that is replaced as a whole, whatever stands there and whenever its writer is killed."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


def replace_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Let `place` be a folder of these files, by their paths inside it, and of nothing else.

    Killed at any moment, the old folder or the new one stands there whole; what a killed run left
    beside it is cleared by the next one. Raises OSError.
    """
    new = place.with_name(f".{place.name}.{os.getpid()}.new")
    place.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(place.parent):
        _clear_leftovers(place.parent)
        try:
            _write(new, files)
            _put(new, place)
        finally:
            _remove(new)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files and wait until the disk has them, so that a rename cannot overtake them."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for made in sorted({folder, *((folder / name).parent for name in files)}):
        _sync(made)


def _put(new: Path, place: Path) -> None:
    """Rename `new` to `place`; what stood there is gone afterwards."""
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        # No call of POSIX replaces a folder that is not empty. Between the two renames there is
        # none; a run killed there is made good by the next one's `_clear_leftovers`.
        old = _old(place)
        place.rename(old)
        new.rename(place)
        _remove(old)
    _sync(place.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step, where the system can: Linux' renameat2(2)."""
    at_cwd, rename_exchange = -100, 2
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    first, second = os.fsencode(one), os.fsencode(other)
    return bool(renameat2(at_cwd, first, at_cwd, second, rename_exchange) == 0)


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _clear_leftovers(out: Path) -> None:
    """Clear what killed runs left; a folder that was on its way out and has no heir comes back."""
    for old in out.glob(".????-??-??.old"):
        place = out / old.name.removeprefix(".").removesuffix(".old")
        if place.exists():
            _remove(old)
        else:
            old.rename(place)
    for new in out.glob(".????-??-??.*.new"):
        _remove(new)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait for other processes that write here; the lock ends with its process."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Network file systems may refuse to lock a folder. Builds are kept apart by the store's
        # lease; this lock only keeps one from clearing what another is writing.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
