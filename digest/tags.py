"""Language tags (BCP 47): one reading of them for the whole house."""

from __future__ import annotations


def primary(tag: str) -> str:
    """A tag's primary part in small letters: "en-GB" and "en_GB" are "en"; "" of none."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()
