"""Language tags, cut to their primary part."""

from __future__ import annotations

from digest.tags import primary


def test_primary() -> None:
    tags = ("en-GB", "pt_BR", " DE ", "zh-Hant-TW", "fil", "")
    assert [primary(tag) for tag in tags] == ["en", "pt", "de", "zh", "fil", ""]
