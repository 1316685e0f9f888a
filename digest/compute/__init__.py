"""WHERE work runs: one `concurrent.futures.Executor`, handed to the stages that can use it.

`executor` opens it: this machine's processes (pool), or a Dask cluster (cluster), whose workers
must be like this process (alike). A service that lives for years does its heavy tasks in a child
of their own (child): `in_a_child`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager

from digest.compute.child import in_a_child
from digest.compute.pool import cores, process_pool, thread_pool
from digest.errors import ComputeError
from digest.model import Workplace

__all__ = ["cores", "executor", "in_a_child", "process_pool", "thread_pool", "workers_at"]

log = logging.getLogger(__name__)


@contextmanager
def executor(place: Workplace) -> Iterator[Executor]:
    """The workers of `place`, until the end of the context.

    Where a scheduler does not answer, or has no worker, the work is done on this machine, and the
    log says so: an edition that comes out slowly is better than none. Raises UsageError where the
    package `distributed` is missing, ComputeError where a worker is not like this process.
    """
    with ExitStack() as opened:
        yield _open(place, opened)


def workers_at(place: Workplace) -> int:
    """How many workers a scheduler elsewhere has, each like this process.

    Raises ComputeError where it does not answer or a worker is not like this process, UsageError
    where the package `distributed` is missing.
    """
    from digest.compute.cluster import Unreachable, scheduler_at

    try:
        with scheduler_at(place) as cluster:
            return cluster.workers()
    except Unreachable as error:
        raise ComputeError(f"{error}; the work is done on this machine meanwhile") from error


def _open(place: Workplace, opened: ExitStack) -> Executor:
    if place.where == "local":
        return opened.enter_context(process_pool())
    from digest.compute.cluster import Unreachable, own_cluster, scheduler_at

    if place.where == "dask":
        return opened.enter_context(own_cluster(cores()))
    try:
        return opened.enter_context(scheduler_at(place))
    except Unreachable as error:
        log.warning("%s; the work is done on this machine", error)
        return opened.enter_context(process_pool())
