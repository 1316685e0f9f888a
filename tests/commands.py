"""`digest` as a process of its own, as an operator calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def digest(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`digest ARGS` in `folder`; what it printed and how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "digest", *args],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
