"""Small jobs to a process pool in batches, so that the trips do not cost more than the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Generic, TypeVar

from digest.gather.trouble import Trouble

if TYPE_CHECKING:
    from concurrent.futures import Executor

Job = TypeVar("Job")
Result = TypeVar("Result")

_BATCH_BYTES = 250_000
"""A batch's size: some 0.1 s of parsing, against 1 ms for the trip (2-core EPYC, November 2026)."""
_IN_FLIGHT = 6
"""Batches on their way at once; while all are, jobs wait and batches grow."""


_BLAMELESS = 1_000_000
"""Bytes of a document that no parser needs more than some 50 MB for."""


class Batches(Generic[Job, Result]):
    """Runs `work` over batches of jobs on an executor, or here and now without one."""

    def __init__(
        self,
        work: Callable[[Sequence[Job]], list[Result]],
        executor: Executor | None,
        *,
        size: Callable[[Job], int],
    ) -> None:
        self._work = work
        self._executor = executor
        self._killed = False
        self._size = size
        self._waiting: list[tuple[Job, asyncio.Future[Result]]] = []
        self._waiting_bytes = 0
        self._held_bytes = 0
        self._running: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()

    async def do(self, job: Job) -> Result:
        """The result of one job; it may share its trip with others."""
        if self._executor is None:
            return self._work([job])[0]
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        size = self._size(job)
        self._waiting.append((job, future))
        self._waiting_bytes += size
        self._held_bytes += size
        self._send()
        try:
            return await future
        finally:
            self._held_bytes -= size
            self._room.set()

    async def room(self, most: int) -> None:
        """Wait until fewer than `most` bytes of jobs are held."""
        while self._held_bytes >= most:
            self._room.clear()
            await self._room.wait()

    def _send(self) -> None:
        """Send what waits if it makes a batch, or if nothing is on its way."""
        if self._executor is None:
            waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
            for job, future in waiting:
                self._here(job, future)
        while self._waiting and (
            not self._running
            or (self._waiting_bytes >= _BATCH_BYTES and len(self._running) < _IN_FLIGHT)
        ):
            batch = []
            taken = 0
            while self._waiting and taken < _BATCH_BYTES:
                batch.append(self._waiting.pop(0))
                taken += self._size(batch[-1][0])
            self._waiting_bytes -= taken
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._send()

    def _here(self, job: Job, future: asyncio.Future[Result]) -> None:
        """A job after the executor broke, in this process.

        Where a worker was killed, for memory most likely, small ones cannot have been to blame;
        large ones fail.
        """
        if future.done():
            return
        try:
            if self._killed and self._size(job) > _BLAMELESS:
                raise Trouble("the process that read it was killed: too large for this machine?")
            future.set_result(self._work([job])[0])
        except Exception as error:  # left here, it would leave the other jobs waiting for ever
            future.set_exception(error)

    async def _run(self, batch: list[tuple[Job, asyncio.Future[Result]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(
                self._executor, self._work, [job for job, _ in batch]
            )
        except BrokenExecutor as broken:
            # Any other kind says that the executor went away: a cluster whose scheduler is lost.
            self._killed = self._killed or isinstance(broken, BrokenProcessPool)
            self._executor = None
            for job, future in batch:
                self._here(job, future)
            return
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
