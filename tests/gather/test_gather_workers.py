"""Jobs in batches on an executor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from digest.gather.trouble import Trouble
from digest.gather.workers import Batches


class Slow(Executor):
    """Holds every batch until it is told to go on; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[tuple[Sequence[Any], Future[Any]]] = []

    def submit(self, work: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.batches.append((args[0], future))
        return future


class Gone(Executor):
    """A cluster whose scheduler is lost."""

    def submit(self, work: Any, /, *_: Any, **__: Any) -> Future[Any]:
        raise BrokenExecutor("its scheduler is lost")


def doubled(jobs: Sequence[int]) -> list[int]:
    return [2 * job for job in jobs]


def test_jobs_that_wait_go_together() -> None:
    async def run() -> tuple[list[int], list[int]]:
        slow = Slow()
        batches = Batches(doubled, slow, size=lambda _: 100_000)
        tasks = [asyncio.create_task(batches.do(number)) for number in range(8)]
        taken = 0
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            for jobs, future in slow.batches[taken:]:
                future.set_result(doubled(jobs))
                taken += 1
        return [task.result() for task in tasks], [len(jobs) for jobs, _ in slow.batches]

    results, sizes = asyncio.run(run())
    assert results == [0, 2, 4, 6, 8, 10, 12, 14]
    assert sizes[0] == 1, "the first goes at once"
    assert max(sizes) == 3, "250 kB make a batch"
    assert sum(sizes) == 8


def test_a_bug_in_a_batch_reaches_every_caller() -> None:
    class Buggy(Executor):
        def submit(self, work: Any, /, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(LookupError("a bug"))
            return future

    async def run() -> list[Any]:
        batches = Batches(doubled, Buggy(), size=lambda _: 1)
        return list(
            await asyncio.gather(*(batches.do(n) for n in range(3)), return_exceptions=True)
        )

    errors = asyncio.run(run())
    assert [type(error) for error in errors] == [LookupError] * 3


def deadly(jobs: Sequence[int]) -> list[int]:
    """Kills the worker that is given it, and does what is left in the first process."""
    if os.getpid() != int(os.environ["TESTS_HOME"]):
        os._exit(1)
    return doubled(jobs)


def test_a_killed_worker_costs_the_large_documents_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_HOME", str(os.getpid()))

    async def run() -> list[Any]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            batches = Batches(deadly, pool, size=lambda job: job)
            jobs = [5, 3_000_000, 7, 9]
            tasks = [asyncio.create_task(batches.do(job)) for job in jobs]
            first = await asyncio.gather(*tasks, return_exceptions=True)
            return [*first, await batches.do(11)]

    small, large, also_small, last, later = asyncio.run(run())
    assert (small, also_small, last, later) == (10, 14, 18, 22)
    assert isinstance(large, Trouble)
    assert large.line.startswith("the process that read it was killed")


def test_an_executor_that_went_away_costs_nothing() -> None:
    """No document is to blame, however large it is."""

    async def run() -> list[int]:
        batches = Batches(doubled, Gone(), size=lambda job: job)
        return list(await asyncio.gather(*(batches.do(job) for job in (5, 3_000_000, 7))))

    assert asyncio.run(run()) == [10, 6_000_000, 14]


def test_after_the_executor_broke_a_failing_job_leaves_no_other_waiting() -> None:
    def picky(jobs: Sequence[int]) -> list[int]:
        if 5 in jobs:
            raise LookupError("a bug")
        return doubled(jobs)

    async def run() -> list[Any]:
        batches = Batches(picky, Gone(), size=lambda _: 1)
        jobs = (batches.do(job) for job in (3, 5, 7, 5, 9))
        async with asyncio.timeout(10):
            return list(await asyncio.gather(*jobs, return_exceptions=True))

    first, one, seven, other, nine = asyncio.run(run())
    assert (first, seven, nine) == (6, 14, 18)
    assert [type(error) for error in (one, other)] == [LookupError, LookupError]
