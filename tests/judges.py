"""html-validate and caniemail, asked about files: npm ci --prefix tests/render/node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).parent / "render" / "node"


def judged(kind: str, *files: Path) -> list[dict[str, Any]]:
    """What is found in files of a kind ("page" or "letter"): {file, rule, message, …}."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules").is_dir():
        pytest.skip("the judges are not here: npm ci --prefix tests/render/node")
    done = subprocess.run(
        [node, str(NODE / "check.mjs"), kind, *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
