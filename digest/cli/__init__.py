"""The command line: `digest …`. The only home of typer and rich.

Exit codes: 0 done · 1 failed · 2 wrong use or configuration · 3 an edition was made but degraded.
"""

from __future__ import annotations

from digest.cli.app import main

__all__ = ["main"]
