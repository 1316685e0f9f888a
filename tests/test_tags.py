"""Language tags, cut to their primary part."""

from __future__ import annotations

from digest.tags import primary


def test_primary() -> None:
    tags = ("en-GB", "pt_BR", " DE ", "zh-Hant-TW", "fil", "eng\n")
    assert [primary(tag) for tag in tags] == ["en", "pt", "de", "zh", "fil", "eng"]


def test_what_is_no_tag_has_no_primary_part() -> None:
    assert {primary(tag) for tag in ("", "e", "english", "en GB", "-en", "русский")} == {""}
