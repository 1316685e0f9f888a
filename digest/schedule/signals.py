"""Signals as things that arrive, one after another, for a thread that waits for them.

A Python handler runs in the main thread, between two of its steps: where the signal comes just
before that thread goes to sleep, or lands in another thread, the handler waits for the sleep to
end, and a `threading.Event` that it was to set is never set. The byte that the interpreter itself
writes (signal.set_wakeup_fd) is there in any case.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def coming(*numbers: int) -> Iterator[Callable[[], int]]:
    """What waits for the next of these signals and returns its number; 0 once the context is over.

    To be entered in the main thread; any thread may wait. Meanwhile the signals do nothing else.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def following() -> int:
        while (number := next(iter(ours.recv(1)), 0)) and number not in numbers:
            pass  # a byte comes for every signal that has a handler, whoever set it
        return number

    wakened = signal.set_wakeup_fd(theirs.fileno())
    before = {number: signal.signal(number, _nothing) for number in numbers}
    try:
        yield following
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakened)
        theirs.close()  # who still waits reads the end


def _nothing(number: int, frame: object) -> None:
    """Without a handler of Python's, the interpreter would write no byte."""
