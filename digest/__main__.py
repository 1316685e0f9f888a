"""`python -m digest` is the `digest` command."""

from __future__ import annotations

from digest.cli import main

if __name__ == "__main__":
    main()
