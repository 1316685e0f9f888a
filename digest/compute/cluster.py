"""A Dask cluster as a `concurrent.futures.Executor`: one of this machine, or a running scheduler's.

Tasks are pickles: who reaches a scheduler runs code as its workers' user. So this machine's own
cluster listens on loopback alone and, because others may share the machine, speaks TLS with a key
that lives in memory; a scheduler elsewhere is spoken to by TLS with certificates of both sides.

`Cluster` fails as a process pool does. Dask's own executor, Client.get_executor (2026.8), does not:

- a lost scheduler cancels what was in hand, and one whose workers are gone waits for new ones
  without end: both are BrokenExecutor here;
- a task whose workers died of it, four in turn, raises KilledWorker: BrokenProcessPool here;
- a result or an exception that cannot be pickled, or whose way back breaks, leaves its future
  waiting for ever: here bytes alone travel, and an error is a value among them;
- it does equal tasks once, and its `map` asks for one result after another, 15 ms each.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from digest.compute.alike import ARITHMETIC, Likeness, Unlike, attempt, difference, likeness
from digest.errors import ComputeError, UsageError
from digest.model import Workplace

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from distributed.security import Security

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
P = ParamSpec("P")
T = TypeVar("T")

TO_CONNECT = 10.0
"""Seconds that a scheduler gets to answer, and to show its first worker."""
LOOK = 1.0
"""Seconds between two looks at the scheduler."""
WITHOUT_WORKERS = 60.0
"""Seconds that a cluster may show no worker: a nanny needs three to replace a dead one."""
IN_HAND = 8
"""Tasks a worker that the scheduler has at once; the others wait here. All of a large day's at once
are half a gigabyte on its way, and meanwhile the scheduler hardly answers."""
_SETTINGS = {
    # A batch is a single document of 24 MB at most (FetchLimits): nothing to warn of.
    "distributed.admin.large-graph-warning-threshold": "100MB",
    # Nothing is told over HTTP.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}

SCHEDULER_LOST = "its scheduler is lost"

log = logging.getLogger(__name__)


class Unreachable(Exception):
    """No scheduler answers, or it has no worker."""


@contextmanager
def own_cluster(workers: int) -> Iterator[Executor]:
    """A cluster of this machine: fresh processes on loopback, the dashboard off.

    Raises UsageError where `distributed` is missing.
    """
    _distributed()
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    with (
        dask.config.set(_SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls://",
            security=Security.temporary(),
            # Without a dashboard Dask still listens: to 8787, unless it is told otherwise.
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,  # the pool's processes have none either
        ) as cluster,
        _client(cluster, cluster.security) as client,
    ):
        yield from _connected(client, "this machine's own")


@contextmanager
def scheduler_at(place: Workplace) -> Iterator[Cluster]:
    """The workers of the scheduler at `place.where`.

    Raises Unreachable, ComputeError where a worker is not like this process, UsageError where
    `distributed` is missing.
    """
    _distributed()
    import dask
    from distributed.security import Security

    security = None
    if place.where.startswith("tls:"):
        security = Security(
            require_encryption=True,
            tls_ca_file=place.ca,
            tls_client_cert=place.certificate,
            tls_client_key=place.key,
        )
    with (
        dask.config.set(_SETTINGS),
        _client(place.where, security) as client,
    ):
        yield from _connected(client, place.where)


def _distributed() -> None:
    """Load Dask, and have it log what goes wrong alone: it tells of every step."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "--compute dask and schedulers need the package distributed: "
            f"pip install 'daily-security-digest[dask]' ({error})"
        ) from error
    logging.getLogger("distributed").setLevel(logging.WARNING)


@contextmanager
def _client(to: LocalCluster | str, security: Security | None) -> Iterator[Client]:
    """A client of a cluster or of a scheduler's address. Raises Unreachable."""
    from distributed import Client

    try:
        client = Client(to, security=security, timeout=TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError and ssl.SSLError are OSErrors
        raise Unreachable(f"no scheduler answers at {to}: {_line(error)}") from error
    try:
        yield client
    finally:
        client.close()


def _connected(client: Client, where: str) -> Iterator[Cluster]:
    try:
        client.wait_for_workers(1, timeout=TO_CONNECT)
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"the scheduler at {where} has no worker: start one") from error
    ours = likeness()
    _all_alike(client.run(likeness, on_error="return"), ours)
    cluster = Cluster(client, where, ours)
    try:
        yield cluster
    finally:
        cluster.shutdown(cancel_futures=True)


def _all_alike(answers: dict[str, Any], ours: Likeness) -> None:
    """Raises ComputeError for the first worker that is not like this process."""
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, BaseException):
            raise ComputeError(
                f"the worker at {worker} cannot work for this program ({_line(answer)}): "
                "install the same version of it there"
            )
        if differs := difference(answer, ours):
            raise ComputeError(
                f"the worker at {worker} is not like this machine: {differs}. "
                + (
                    "Its processor adds in another order: set OPENBLAS_CORETYPE=Haswell on all "
                    "machines, or leave it out"
                    if differs.startswith(ARITHMETIC)
                    else "Install the same there (requirements.lock pins all versions)"
                )
            )


class Cluster(Executor):
    """A client's workers. What cannot be had of them raises BrokenExecutor, at once or in time."""

    def __init__(self, client: Client, where: str, ours: Likeness) -> None:
        self._client = client
        self._where = where
        self._ours = ours
        self._lock = threading.Lock()
        self._waiting: set[Future[Any]] = set()
        """Not ended, sent or not."""
        self._unsent: deque[tuple[Future[Any], Call]] = deque()
        self._in_hand = 0
        self._broken = ""
        self._room = IN_HAND * max(1, self.workers())
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, name="cluster-watch", daemon=True)
        self._watch.start()

    def workers(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if self._over.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        with self._lock:
            if self._broken:
                raise BrokenExecutor(self._broken)
            self._waiting.add(future)
            self._unsent.append((future, (fn, args, kwargs)))
        future.add_done_callback(lambda mine: self._mine(mine) if mine.cancelled() else None)
        self._send()
        return future

    def _send(self) -> None:
        """As many of the unsent as there is room for."""
        while True:
            with self._lock:
                if not self._unsent or self._in_hand >= self._room:
                    return
                future, call = self._unsent.popleft()
                if future not in self._waiting:  # taken back
                    continue
                self._in_hand += 1
            try:
                pickled = pickle.dumps(call)
            except Exception as error:  # whatever an object's own way of being pickled raises
                self._done()
                if self._mine(future):
                    future.set_exception(error)
                continue
            try:
                task = self._client.submit(attempt, self._ours, pickled, pure=False)
            except Exception as error:  # of many kinds while a connection breaks
                self._lose(_line(error))
                return
            loop: Any = self._client.loop
            loop.add_callback(self._follow, future, task)
            future.add_done_callback(partial(self._forget, task))

    def _done(self) -> None:
        with self._lock:
            self._in_hand -= 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            waiting = list(self._waiting)
        if cancel_futures:
            for future in waiting:
                future.cancel()
        if wait:
            concurrent.futures.wait(waiting)
        self._over.set()
        self._watch.join()

    async def _follow(self, future: Future[Any], task: Any) -> None:  # noqa: ANN401
        """Hand on whatever comes of a task, and send another; on the client's own thread."""
        try:
            await self._end(future, task)
        finally:
            self._done()
            self._send()

    async def _end(self, future: Future[Any], task: Any) -> None:  # noqa: ANN401
        from distributed.scheduler import KilledWorker

        try:
            result, error = pickle.loads(await task.result())  # noqa: S301  (a worker's, as trusted)
        except (Exception, asyncio.CancelledError) as problem:
            if not self._mine(future):
                return
            if task.cancelled():
                self._lose(SCHEDULER_LOST, future)
            else:
                kind = BrokenProcessPool if isinstance(problem, KilledWorker) else BrokenExecutor
                future.set_exception(self._broke(_line(problem), kind))
            return
        if not self._mine(future):
            return
        if isinstance(error, Unlike):
            future.set_exception(self._broke(_line(error)))
        elif error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def _forget(self, task: Any, future: Future[Any]) -> None:  # noqa: ANN401
        """Take a task back that was sent, if its future was."""

        async def cancel() -> None:
            with suppress(Exception, asyncio.CancelledError):
                await task.cancel()

        if future.cancelled():
            loop: Any = self._client.loop
            loop.add_callback(cancel)

    def _mine(self, future: Future[Any]) -> bool:
        """Whether the caller is the first that ends this future: its result and the loss of the
        scheduler may come at once, from two threads."""
        with self._lock:
            if future not in self._waiting:
                return False
            self._waiting.discard(future)
        return future.set_running_or_notify_cancel()

    def _broke(self, why: str, kind: type[BrokenExecutor] = BrokenExecutor) -> BrokenExecutor:
        log.warning("the cluster at %s failed: %s; the work goes on without it", self._where, why)
        return kind(why)

    def _lose(self, why: str, *also: Future[Any]) -> None:
        """From now on nothing can be had of this cluster."""
        with self._lock:
            first = not self._broken
            self._broken = why
            waiting, self._waiting = self._waiting, set()
            self._unsent.clear()
        error = self._broke(why) if first else BrokenExecutor(why)
        for future in (*also, *(one for one in waiting if one.set_running_or_notify_cancel())):
            future.set_exception(error)

    def _look(self) -> None:
        """Ask now and then whether scheduler and workers are there; on a thread of its own.

        A connection that is lost while a result is on its way leaves Dask's future waiting.
        """
        seen = time.monotonic()
        while not self._over.wait(LOOK):
            lost = self._client.status != "running"
            try:
                workers = {} if lost else self._client.nthreads()
            except Exception:  # of many kinds while a connection breaks, or much is on its way
                workers = {}
            if self._over.is_set():
                return
            if workers:
                seen = time.monotonic()
                self._room = IN_HAND * len(workers)
                self._send()
            elif lost or time.monotonic() - seen > WITHOUT_WORKERS:
                self._lose(SCHEDULER_LOST if lost else "its workers are gone")
                return


def _line(error: BaseException) -> str:
    """An error of Dask's in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
