"""What of a comment may be printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.comment import LONGEST, clean_name, clean_text, faults


@given(st.text(max_size=300))
def test_a_cleaned_text_is_clean_for_good(typed: str) -> None:
    text = clean_text(typed)
    assert clean_text(text) == text
    assert "\n\n\n" not in text
    assert all(c.isprintable() or c in "\n" or c.isspace() or ord(c) > 0x9F for c in text)
    assert "\n" not in clean_name(typed)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("One.\r\n\r\n\r\n  Two.\rThree.", "One.\n\nTwo.\nThree."),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("cafe\u0301", "café"),
        (" \n\t ", ""),
    ],
)
def test_cleaning(typed: str, text: str) -> None:
    assert clean_text(typed) == text


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("Well said.", "", ()),
        ("Well said.", "A. Reader", ()),
        ("", "", ("comment_empty",)),
        ("?!", "", ("comment_empty",)),
        ("a" * LONGEST, "", ()),
        ("a" * (LONGEST + 1), "", ("comment_long",)),
        ("https://a.example and www.b.example", "", ()),
        ("https://a.example http://b.example WWW.c.example", "", ("comment_links",)),
        ("Well said.", "n" * 61, ("comment_name",)),
        ("Well said.", "www.pills.example", ("comment_name",)),
        ("Well said.", "me@inbox.example", ("comment_name",)),
    ],
)
def test_faults(text: str, name: str, found: tuple[str, ...]) -> None:
    assert faults(text, name) == found
