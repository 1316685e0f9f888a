"""Small mends of XML that is not well-formed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.gather.mend import mended


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<a>R&D &amp; Q&A; &x</a>", "<a>R&amp;D &amp; Q&amp;A; &amp;x</a>"),
        ("<a>&nbsp;&eacute;&LT;</a>", "<a>\u00a0é&lt;</a>"),
        ("<a>a < b <3 <b>c</b></a>", "<a>a &lt; b &lt;3 <b>c</b></a>"),
        ("<a>&#65;&#x41;&#0;&#x1b;&#xd800;&#x110000;\x1b</a>", "<a>&#65;&#x41;</a>"),
        ("<a><![CDATA[R&D <3]]> & <!-- & --></a>", "<a><![CDATA[R&D <3]]> &amp; <!-- & --></a>"),
        ("<a>& <![CDATA[R&D", "<a>&amp; <![CDATA[R&D"),
    ],
)
def test_faults_are_put_right_and_the_rest_stays(text: str, whole: str) -> None:
    assert mended(text) == whole


@pytest.mark.parametrize("opening", ["<!--", "<![CDATA[", "<", "&", "<!", "&#"])
def test_openings_without_end_take_no_time(opening: str) -> None:
    """Each unclosed opening once made the search run to the end: 240 s for half a megabyte."""
    assert len(mended(opening * 100_000)) >= 100_000


pieces = st.sampled_from(
    (
        "&",
        "&amp;",
        "&x;",
        "&#9;",
        "&#0;",
        "<",
        "<b>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "a",
        "\x00",
    )
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_a_second_mend_changes_nothing(text: str) -> None:
    assert mended(mended(text)) == mended(text)
