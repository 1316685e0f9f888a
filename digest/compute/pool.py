"""This machine's own processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from digest.compute.child import end_with_the_parent

_ARENA_MAX = -8
"""mallopt(3)."""


def cores() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


@contextmanager
def process_pool(workers: int | None = None) -> Iterator[Executor]:
    """A pool of fresh processes, `workers` or one a core.

    Spawned, not forked: the parent may hold threads and an event loop, whose fork can hang.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers or cores(), mp_context=context, initializer=end_with_the_parent
    ) as pool:
        yield pool


@contextmanager
def thread_pool() -> Iterator[Executor]:
    """Threads, one a core, for arithmetic on arrays, which leaves Python's lock alone.

    Meanwhile a product of matrices keeps to the thread that asks for it: two that each spread over
    all cores cost more than they give.
    """
    from concurrent.futures import ThreadPoolExecutor

    import numpy  # noqa: F401  # what is not loaded yet cannot be limited
    from threadpoolctl import threadpool_limits

    _share_memory()
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(cores()) as pool:
        yield pool


def _share_memory() -> None:
    """Have the threads take their memory from one heap: in a heap of each one's own, as glibc gives
    them, more than a gigabyte of a large day's stays unused and is not given back."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:  # glibc's
        mallopt(_ARENA_MAX, 1)
