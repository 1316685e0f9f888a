"""A real Dask cluster in processes of its own: a scheduler and workers that can be killed.

`deadly` arms the workers: the first that comes to a function of the program kills, with SIGKILL and
in the middle of its task, itself or the scheduler.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOON = 60.0


@dataclass(frozen=True)
class Parts:
    """A running cluster."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: Sequence[subprocess.Popen[bytes]]


def deadly(folder: Path, function: str, victim: str) -> dict[str, str]:
    """Environment of workers that kill `victim` (worker or scheduler) in `function`, once."""
    return {
        "DEADLY_FUNCTION": function,
        "DEADLY_VICTIM": victim,
        "DEADLY_FOLDER": str(folder),
        "DASK_DISTRIBUTED__WORKER__PRELOAD": str(HERE / "deadly.py"),
    }


@contextmanager
def dask_parts(
    folder: Path,
    *,
    workers: int = 2,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Iterator[Parts]:
    """Scheduler and workers on loopback, until the end; `options` go to each of them."""
    file = folder / "scheduler.json"
    given = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE), **(env or {})}

    def start(what: str, *more: str) -> subprocess.Popen[bytes]:
        # Into a file: a pipe that nobody reads would stop it.
        with (folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, "--scheduler-file", str(file),
                 "--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1",
                 *options, *more],
                env=given, stdout=log, stderr=log, cwd=folder,
            )  # fmt: skip

    with ExitStack() as ends:
        scheduler = start("scheduler", "--port", "0")
        ends.callback(_end, scheduler)
        address = _address(file, scheduler)
        (folder / "scheduler.pid").write_text(str(scheduler.pid))
        started = []
        for _ in range(workers):
            started.append(start("worker", "--no-nanny", "--nthreads", "1"))
            ends.callback(_end, started[-1])
        if started:
            _until_ready(folder / "worker.log", started)
        yield Parts(address, scheduler, started)


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + SOON
    while time.monotonic() < end and scheduler.poll() is None:
        try:
            return str(json.loads(file.read_text("utf-8"))["address"])
        except (OSError, ValueError):
            time.sleep(0.02)
    raise AssertionError("the scheduler did not start")


def _until_ready(log: Path, started: Sequence[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + SOON
    while log.read_text("utf-8").count("Registered to:") < len(started):
        assert time.monotonic() < end, log.read_text("utf-8")
        assert all(worker.poll() is None for worker in started), log.read_text("utf-8")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
