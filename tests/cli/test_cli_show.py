"""What takes its time says so on a terminal, and leaves a log alone."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from io import FileIO

import pytest

PROGRAM = """
from digest.cli import show
with show.working("reading and comparing 20000 reports"):
    print("done")
"""


def _all_of(screen: FileIO) -> bytes:
    """What a terminal that is closed at the other end still holds."""
    held = b""
    with suppress(OSError):  # Linux says so with an error
        while piece := screen.read(1000):
            held += piece
    return held


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_is_told_what_takes_its_time() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        try:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM],
                stdout=subprocess.PIPE,
                stderr=theirs,
                check=True,
                timeout=60,
                env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
            )
        finally:
            os.close(theirs)
        told = _all_of(screen).decode()
    assert done.stdout == b"done\n"
    assert "reading and comparing 20000 reports" in told


def test_a_log_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")
