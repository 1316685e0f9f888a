"""What takes its time says so on a terminal, and leaves a log alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
from digest.cli import show
with show.working("reading and comparing 20000 reports"):
    print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_is_told_what_takes_its_time() -> None:
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        )
        told = os.read(ours, 10_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.stdout == b"done\n"
    assert "reading and comparing 20000 reports" in told


def test_a_log_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")
