"""What benches read of the machine they run on, and figures from a process of their own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far, in steps of 10 ms; proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, line: str) -> float:
    """`VmRSS`, what a process holds, or `VmHWM`, the most that it held; proc_pid_status(5)."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def peak_mb(of: int = resource.RUSAGE_SELF) -> float:
    """The most that this process held, or the largest of its ended children."""
    return resource.getrusage(of).ru_maxrss / 1024


def figures_apart(*words: str) -> dict[str, Any]:
    """What `python -m WORDS` prints as its last line, in a process whose peak is its own."""
    done = subprocess.run(
        [sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
