"""`digest` as an operator calls it: within this process, which has the encoder loaded, or in its
own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli import main
from digest.cli.app import app


def digest(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`digest ARGS` in `folder`; what it printed and how it ended."""
    out, err, code = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["digest", *args])
        for name, value in env.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
    return subprocess.CompletedProcess(args, code, out.getvalue(), err.getvalue())


def say(*words: str, code: int = 0) -> str:
    """`digest WORDS` in this folder; what it printed, where it ended as it should. Raises what the
    command does."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def digest_process(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The same in a process that has to load all, five seconds in a build."""
    return subprocess.run(
        [sys.executable, "-m", "digest", *args],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
