"""Language tags (BCP 47): one reading of them for the whole house."""

from __future__ import annotations

import re

_PRIMARY = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")


def primary(tag: str) -> str:
    """A tag's primary part in small letters: "en-GB" and "en_GB" are "en"; "" where it is none."""
    found = _PRIMARY.match(tag)
    return found.group(1).lower() if found is not None else ""
