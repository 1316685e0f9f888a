"""The Daily Security Digest: gathers, analyses, writes, renders and mails a security briefing."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
