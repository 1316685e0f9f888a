"""Lists of feeds, in and out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.gather.opml import read_opml, write_opml
from digest.model import Feed

LIST = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="World">
  <outline text="Harbour Times" title="Harbour  Times" type="rss"
    xmlUrl="https://harbour-times.example/feed?a=1&amp;b=2"
    htmlUrl="https://www.harbour-times.example/"
    language="en-GB"/>
  <outline text="Deeper">
    <outline text="Müller &amp; Söhne" xmlurl=" http://mueller.example/rss "/></outline>
</outline>
<outline text="again" xmlUrl="https://harbour-times.example/feed?a=1&amp;b=2"/>
<outline xmlUrl="https://www.nameless.example/rss"/>
<outline text="old scheme" xmlUrl="feed:https://old.example/rss"/>
<outline text="older scheme" xmlUrl="feed://older.example/rss"/>
<outline text="file" xmlUrl="file:///etc/passwd"/>
<outline text="note"/>
</body></opml>""".encode("latin-1")


def test_folders_are_flattened_and_each_address_counts_once() -> None:
    assert read_opml(LIST, "feeds.opml") == [
        Feed(
            "Harbour Times",
            "https://harbour-times.example/feed?a=1&b=2",
            language="en",
            domains=("harbour-times.example",),
        ),
        Feed("Müller & Söhne", "http://mueller.example/rss"),
        Feed("nameless.example", "https://www.nameless.example/rss"),
        Feed("old scheme", "https://old.example/rss"),
        Feed("older scheme", "http://older.example/rss"),
    ]


@pytest.mark.parametrize(
    ("data", "problem", "line"),
    [
        (b"", "not well-formed XML", 1),
        (b"<opml>\n<body>\n<outline>", "not well-formed XML", 3),
        (b"<html/>", "not OPML but <html>", None),
        (b"<opml><body><outline text='x'/></body></opml>", "names no feed", None),
        (
            b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline xmlUrl="http://a.example"/>'
            b"</body></opml>",
            "declares XML entities",
            None,
        ),
        (b"\x89PNG\r\n", "not well-formed XML", 1),
        (b" " * 20_000_001, "larger than 20 MB", None),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, problem: str, line: int | None) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_opml(data, "feeds.opml")
    assert caught.value.file == "feeds.opml"
    assert caught.value.line == line


names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)
feeds = st.builds(
    Feed,
    name=names,
    url=st.integers(0, 99).map(lambda n: f"https://outlet{n}.example/feed?a={n}&b=<>\"'"),
    language=st.sampled_from(["", "en", "fr"]),
    domains=st.sampled_from([(), ("outlet.example",)]),
)


@given(st.lists(feeds, min_size=1, max_size=8, unique_by=lambda feed: feed.url), st.text())
def test_what_is_written_is_read_again(given_feeds: list[Feed], title: str) -> None:
    assert read_opml(write_opml(given_feeds, title), "feeds.opml") == given_feeds


def test_the_same_feeds_give_the_same_bytes() -> None:
    data = write_opml([Feed("A & B", "https://a.example/", sections=("cyber",))], "Mine")
    assert data.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head>\n'
        "    <title>Mine</title>\n  </head>\n  <body>\n"
        '    <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/" '
        'category="/cyber" />\n  </body>\n</opml>\n'
    )
