"""A limit on the time that reading one stranger's document may take."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

LONGEST = 60.0
"""Seconds of processor. The largest feed that the limits let through (24 MB, 190,000 elements)
takes 16 (2-core EPYC, November 2026)."""
_AGAIN = 1.0
"""Seconds until the next reminder, should foreign code have swallowed one."""


class OutOfPatience(BaseException):
    """No Exception: parsers catch those, and would go on."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """End what is read here after `seconds` of processor. Raises OutOfPatience.

    Only a process's first thread can be reminded, and only under POSIX: a pool's worker reads in
    it, a Dask worker does not, and there a document may take as long as it likes.
    """
    first = threading.current_thread() is threading.main_thread()
    if not first or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, _remind)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _remind(signum: int, frame: object) -> NoReturn:
    raise OutOfPatience
