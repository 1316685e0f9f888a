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
COUNTING = """
from digest.cli import show
with show.progress("sending") as told:
    for number in range(1, 13):
        told(number, 12, f"letter {number}", f"{number} of 12 letters sent")
"""


def _all_of(screen: FileIO) -> bytes:
    """What a terminal that is closed at the other end still holds."""
    held = b""
    with suppress(OSError):  # Linux says so with an error
        while piece := screen.read(1000):
            held += piece
    return held


def _on_a_terminal(program: str) -> tuple[bytes, str]:
    """What it printed, and what the terminal showed of its standard error."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        try:
            done = subprocess.run(
                [sys.executable, "-c", program],
                stdout=subprocess.PIPE,
                stderr=theirs,
                check=True,
                timeout=60,
                env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
            )
        finally:
            os.close(theirs)
        return done.stdout, _all_of(screen).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_is_told_what_takes_its_time() -> None:
    printed, told = _on_a_terminal(PROGRAM)
    assert printed == b"done\n"
    assert "reading and comparing 20000 reports" in told


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_what_is_counted_is_a_bar_on_a_terminal() -> None:
    _, told = _on_a_terminal(COUNTING)
    assert "sending" in told
    assert "12/12" in told
    assert "letter 12" in told
    assert "letters sent" not in told


def test_what_is_counted_is_a_line_every_fifth_part_in_a_log() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTING], capture_output=True, check=True)
    told = [f"{number} of 12 letters sent" for number in (3, 5, 8, 10, 12)]
    assert (done.stdout, done.stderr.decode().splitlines()) == (b"", told)


def test_a_log_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")
