"""Finds the files that belong to the program but are no code: templates, feeds.yaml, examples.

In a checkout they stand at the top level beside digest/; in an installed wheel, inside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The path of a top-level file or folder such as "templates", wherever it was installed."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


@cache
def templates() -> dict[str, str]:
    """All templates: path below templates/ → source, read once."""
    root = resource("templates")
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
