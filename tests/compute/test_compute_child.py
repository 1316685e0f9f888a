"""A heavy task in a child of its own: answers, errors, deaths, and what a kill leaves behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from digest.compute import in_a_child, process_pool
from digest.errors import ChildLost, SettingsError

SOON = timedelta(seconds=60)


def add(a: int, b: int) -> tuple[int, int]:
    return a + b, os.getpid()


def refuse(kind: str) -> None:
    if kind == "settings":
        raise SettingsError("is wrong", file="feeds.yaml", line=3, key="edition", mend="Mend it.")
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "slow":
        time.sleep(600)
    raise ValueError("a bug")


def ends_when_told(started: str) -> None:
    """Runs in a child: says its id, and stays until its parent's end ends it."""
    Path(started).write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGTERM)  # left to the parent: nothing happens
    time.sleep(600)


def is_killed_beside_its_pool(started: str) -> None:
    """Runs in a child: says its workers' ids, and dies while they wait for work."""
    with process_pool(2) as pool:
        assert [total for total, _ in pool.map(add, (1, 2), (3, 4))] == [4, 6]
        workers = [str(worker.pid) for worker in multiprocessing.active_children()]
        Path(started).write_text(" ".join(workers))
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_answer_comes_from_another_process() -> None:
    total, process = in_a_child(SOON, add, 2, b=3)
    assert total == 5
    assert process != os.getpid()


def test_errors_come_as_they_are_or_in_words() -> None:
    with pytest.raises(ValueError, match="a bug"):
        in_a_child(SOON, refuse, "bug")
    with pytest.raises(RuntimeError, match=r"SettingsError: feeds.yaml:3: edition: is wrong"):
        in_a_child(SOON, refuse, "settings")  # it cannot be pickled


def test_a_child_that_dies_or_hangs_is_told() -> None:
    with pytest.raises(ChildLost, match="signal 9"):
        in_a_child(SOON, refuse, "killed")
    with pytest.raises(ChildLost, match=r"longer than 0:00:00\.5"):
        in_a_child(timedelta(seconds=0.5), refuse, "slow")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_killed_parent_leaves_no_child_behind(tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = tmp_path / "parent.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from datetime import timedelta\n"
        "from digest.compute import in_a_child\n"
        "from test_compute_child import ends_when_told\n"
        "if __name__ == '__main__':\n"
        f"    in_a_child(timedelta(hours=1), ends_when_told, {str(started)!r})\n"
    )
    with subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL) as parent:
        child = _wait(lambda: started.read_text() if started.exists() else "")
        parent.kill()
        parent.wait()
    _wait(lambda: "gone" if not _runs(child) else "")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_killed_child_leaves_no_pool_behind(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with pytest.raises(ChildLost, match="signal 9"):
        in_a_child(SOON, is_killed_beside_its_pool, str(started))
    workers = started.read_text().split()
    assert workers
    try:
        _wait(lambda: "gone" if not any(map(_runs, workers)) else "")
    finally:
        for worker in filter(_runs, workers):
            os.kill(int(worker), signal.SIGKILL)


def _runs(process: str) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def _wait(look: object) -> str:
    assert callable(look)
    end = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return str(found)
