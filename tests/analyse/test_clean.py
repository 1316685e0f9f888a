"""Entries and records in, items out."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom_items import FEED, NOW, clean, entry

from digest.analyse.clean import clean_url, item_from_record, items_from, read_items, same_name
from digest.analyse.identity import item_id
from digest.analyse.markup import MAX_TEXT, to_text
from digest.model import Dropped, Entry, Feed, Fetched, Item


def record(**given: Any) -> Item:
    item = item_from_record({"id": "a", "title": "T"} | given, "items.jsonl:1", NOW)
    assert isinstance(item, Item), item
    return item


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        # entities: undone once, twice escaped ones too
        ("AT&amp;T wins", "AT&T wins"),
        ("AT&T wins", "AT&T wins"),
        ("AT&amp;amp;T wins", "AT&T wins"),
        ("A &nbsp; B", "A B"),
        ("A &amp;nbsp; B", "A B"),
        ("&#8220;No&#8221; &hellip; &rsquo;", "“No” … ’"),
        ("&#x27;&quot;&lt;&gt;", "'\"<>"),
        ("?a=1&copy=2&b=3", "?a=1&copy=2&b=3"),
        ("R&D; Q&A", "R&D; Q&A"),
        # tags
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One.<br>Two.<br/><br />Three.", "One.\nTwo.\nThree."),
        ("<div>One\n  two</div>\n\n<div>three</div>", "One two\nthree"),
        ("<ul><li>a</li><li>b <b>c</b></li></ul>", "a\nb c"),
        ("<h2>Head</h2>Body", "Head\nBody"),
        ("un<b>bro</b>ken <i>wor</i>ds", "unbroken words"),
        ("<a href='x' onclick='y'>link</a>", "link"),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", "One.\nTwo."),
        ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt; move", "bold move"),
        ("before<script>alert('x')</script>after", "beforeafter"),
        ("a<style>p{}</style>b<!-- no -->c", "abc"),
        ("a<iframe src=x>fallback</iframe> b", "a b"),
        ("<figure><img src=x><figcaption>A caption</figcaption></figure><p>Text.</p>", "Text."),
        ("<P CLASS=x>Upper</P>", "Upper"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("text <img src='a>b' alt='c'> more", "text more"),
        # what is spoken of takes nothing along
        ("XSS via <script> in Foo 1.2", "XSS via script in Foo 1.2"),
        ("XSS via “<SCRIPT>” in Foo", "XSS via “SCRIPT” in Foo"),
        ("A <select name=q> and </select > more", "A more"),
        ("A <select name=q> and more", "A and more"),
        ("It ends at </textarea> and goes on", "It ends at and goes on"),
        ("It begins with <!-- and goes on", "It begins with and goes on"),
        ("<!--> shown <!-- hidden --> shown <!-- too", "shown shown too"),
        ("<p>The &lt;iframe&gt; tag.</p><p>Next.</p>", "The iframe tag.\nNext."),
        ("<p>The &lt;!-- mark.</p><p>Next.</p>", "The mark.\nNext."),
        (
            "<p>Its &lt;title&gt;: <b>&lt;title&gt;x&lt;/title&gt;</b></p><p>Next.</p>",
            "Its title: x\nNext.",
        ),
        ("The <script> tag. Try <script>alert(1)</script>. Patch.", "The script tag. Try . Patch."),
        ("a<figure><figure><img></figure>caption</figure>b", "ab"),
        ("<aside>x<p>One.</p><aside>y</aside><p>Two.</p>", "aside x\nOne.\nTwo."),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", "script"),
        ("&lt<script> <<b></b><script> &lt;<script>", "< script < script < script"),
        # what is no tag is text
        ("a < b and c > d", "a < b and c > d"),
        ("x <y and <redacted> by <unknown>", "x <y and <redacted> by <unknown>"),
        ("<3 hearts", "<3 hearts"),
        ("list<int> of <b>things</b>", "list<int> of things"),
        # lines and spaces
        ("One\ntwo\n\nthree", "One two\nthree"),
        ("  a \t b\u00a0c\u2009d ", "a b c d"),
        ("a\r\nb\r\n\r\nc", "a b\nc"),
        ("a\u2028b", "a b"),
        # what nobody should see
        ("a\u202eb\u2066c\u200bd\u00ade\ufeff", "abcde"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("nul\x00l \x1b[31mred\x07", "null [31mred"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("cafe\u0301", "café"),
        ("z" + "\u0301\u0316" * 40, "ź\u0316\u0316\u0316\u0301\u0301"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_markup_to_plain_text(printed: str, text: str) -> None:
    assert to_text(printed) == text


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("It rained. Continue reading...", "It rained."),
        ("It rained. Continue reading Rain in the valley →", "It rained."),
        ("It rained… Read more", "It rained…"),
        ("It rained [&#8230;]", "It rained…"),
        ("It rained [...]", "It rained…"),
        ("<p>It rained.</p><p><a href=x>Read the full story</a></p>", "It rained."),
        ("<p>It rained.</p><p>The post <a>Rain</a> appeared first on <a>Times</a>.</p>",
         "It rained."),
        ("It rained [&hellip;]</p>\n<p>The post Rain first appeared on Harbour Times.</p>",
         "It rained…"),
        ("Es regnete. Der Beitrag Regen erschien zuerst auf Morgenblatt.", "Es regnete."),
        ("Il pleut. L’article Pluie est apparu en premier sur Le Phare.", "Il pleut."),
        ("Llovió. La entrada Lluvia se publicó primero en El Faro.", "Llovió."),
        ("Es regnete. Weiterlesen", "Es regnete."),
        ("Шёл дождь. Читать далее", "Шёл дождь."),
        ("<p>It rained.</p><p>Sign up for our morning newsletter</p><p>Follow us on Chirp</p>",
         "It rained."),
        ("<p>It rained.</p><p>Advertisement</p>", "It rained."),
        # sentences keep their words
        ("Lawmakers will continue reading the bill on Friday.",
         "Lawmakers will continue reading the bill on Friday."),
        ("He wants pupils to read more.", "He wants pupils to read more."),
        ("Farmers told to sign up for aid.", "Farmers told to sign up for aid."),
        ("The post office said it first appeared on maps in 1900.",
         "The post office said it first appeared on maps in 1900."),
        ("Read more", ""),
    ],
)  # fmt: skip
def test_tails_that_no_reporter_wrote_are_cut(printed: str, text: str) -> None:
    assert clean(title="Weather", summary=printed).text == text
    assert record(title="Weather", text=to_text(printed)).text == text


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("Dam opens - Harbour Times", "Dam opens"),
        ("Dam opens | The Harbour Times", "Dam opens"),
        ("Dam opens — harbour-times.example", "Dam opens"),
        ("Dam opens - Harbour Times - Harbour Times", "Dam opens"),
        ("Dam opens : Harbour Times News", "Dam opens"),
        ("Dam opens - Valley Ledger", "Dam opens - Valley Ledger"),
        ("Talks - a timeline", "Talks - a timeline"),
        ("Harbour Times", "Harbour Times"),
        ("Why the Harbour Times closed", "Why the Harbour Times closed"),
        ("<b>Dam</b>\n opens&#8230;", "Dam opens…"),
    ],
)
def test_a_title_loses_its_own_outlets_name_alone(title: str, cleaned: str) -> None:
    assert clean(title=title).title == cleaned


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("BBC News", "BBC", True),
        ("The Guardian", "Guardian", True),
        ("Reuters", "reuters.com", True),
        ("The Hill", "thehill.com", True),
        ("NPR", "npr.org", True),
        ("France 24", "France", False),
        ("Sky News", "Sky Sports", False),
        ("Times", "The Times of Selen", False),
        ("News", "World", False),
        ("", "", False),
    ],
)
def test_names_of_one_outlet(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_the_text_is_the_longest_honest_body_without_the_title() -> None:
    item = clean(
        title="Dam opens at dawn",
        summary="Dam opens",
        content="<p>Dam opens at dawn</p><p>The gates opened. More water came.</p>",
    )
    assert item.text == "The gates opened. More water came."
    assert clean(summary="A longer summary than", content="that").text == "A longer summary than"
    assert clean(title="Dam opens", summary="Dam opens after rain").text == "Dam opens after rain"
    assert clean(title="Dam opens", summary="Dam opens").text == ""
    assert clean(title="Dam opens", summary="Dam opens. \n\nIt rained.").text == "It rained."
    assert clean(title="Dam opens", summary="Dam opens - Harbour Times").text == ""
    full = clean(summary="Short.", full_text="First paragraph.\nSecond paragraph.")
    assert full.text == "First paragraph.\nSecond paragraph."
    assert clean(summary="word " * 50, full_text="Accept cookies?").text.startswith("word word")


def test_a_report_without_a_title_is_named_by_its_first_words() -> None:
    assert clean(title="", summary="<p>A short note.</p><p>More.</p>").title == "A short note."
    long = clean(title="", summary="word " * 60)
    assert long.title.endswith("word…")
    assert len(long.title) <= 121


def test_what_has_neither_is_dropped_by_name() -> None:
    fetched = Fetched(FEED, "entries", (entry(title="<b></b>", summary="\u200b"), entry(id="2")))
    items, dropped = items_from(fetched, NOW)
    assert [item.title for item in items] == ["T"]
    assert dropped == [
        Dropped("https://harbour-times.example/1", "it has neither a title nor a text")
    ]


def test_an_item_has_its_outlet_its_feed_and_its_hints() -> None:
    item = clean(
        author="<b>Ada</b> Quill",
        credit="Bo Lens",
        image="https://harbour-times.example/a b.jpg",
        language="en-GB",
        source_name="Northern Wire",
        categories=("War &amp; peace", "", "War & peace"),
        published=NOW - timedelta(hours=2),
    )
    assert item == Item(
        id=item.id,
        url="https://harbour-times.example/1",
        source="Harbour Times",
        title="T",
        text="",
        date=NOW - timedelta(hours=2),
        first_seen=NOW,
        lang="en",
        author="Ada Quill",
        image="https://harbour-times.example/a%20b.jpg",
        credit="Bo Lens",
        feed="https://harbour-times.example/feed",
        via="Northern Wire",
        categories=("War & peace",),
    )
    assert clean(source_name="The Harbour Times").via == ""
    assert clean(language="", source_name="").lang == "en"


def test_a_wrapper_gives_way_to_the_publisher_it_wraps() -> None:
    search = Feed("Search", "https://search.example/rss", aggregator=True)
    listing = '<ol><li><a href="x">Dam opens</a> <font>Valley Ledger</font></li></ol>'
    named = clean(
        search, title="Dam opens - Valley Ledger", source_name="Valley Ledger", summary=listing
    )
    assert (named.source, named.title, named.text, named.via) == (
        "Valley Ledger", "Dam opens", "", "",
    )  # fmt: skip
    by_title = clean(search, title="Up - and away - Mill & Mine")
    assert (by_title.source, by_title.title) == ("Mill & Mine", "Up - and away")
    unnamed = clean(search, title="Dam opens")
    assert (unnamed.source, unnamed.title) == ("Search", "Dam opens")
    unmarked = clean(url="https://news.google.com/rss/articles/1", title="Dam opens - Mill & Mine")
    assert (unmarked.source, unmarked.title) == ("Mill & Mine", "Dam opens")


def test_feeds_that_brought_nothing_give_nothing() -> None:
    assert items_from(Fetched(FEED, "failed", problem="x"), NOW) == ([], [])


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        (" https://news.example/a b ", "https://news.example/a%20b"),
        ("https://news.example/é?q=ü", "https://news.example/é?q=ü"),
        ("https://news.example/\"><script>", "https://news.example/%22%3E%3Cscript%3E"),
        ("https://bank.example@evil.example/", "https://evil.example/"),
        ("https://news.example/\u202egpj.exe", "https://news.example/%E2%80%AEgpj.exe"),
        ("HTTP://news.example", "HTTP://news.example"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//news.example/", ""),
        ("/relative", ""),
        ("https://", ""),
        ("https://news.example:x/", ""),
        ("https://[::1", ""),
        ("https://news.example/" + "a" * 5000, ""),
        ("java\nscript:alert(1)", ""),
    ],
)  # fmt: skip
def test_only_web_addresses_are_kept(url: str, cleaned: str) -> None:
    assert clean_url(url) == cleaned


# --- Files of items ------------------------------------------------------------------------


def test_a_records_fields_are_kept_and_others_ignored() -> None:
    item = record(
        id="2026-1",
        url="https://www.valley-ledger.example/x",
        title="Dam opens",
        text="One.\nTwo.",
        date="2026-03-02T10:00:00+02:00",
        first_seen="2026-03-02T09:00:00Z",
        lang="pt_BR",
        cluster=7,
        categories=["a"],
    )
    assert item == Item(
        id="2026-1",
        url="https://www.valley-ledger.example/x",
        source="valley-ledger.example",
        title="Dam opens",
        text="One.\nTwo.",
        date=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        first_seen=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        lang="pt",
        categories=("a",),
    )
    bare = record(date=None, url=None, source=None, text=None)
    assert (bare.date, bare.first_seen, bare.source, bare.url) == (None, NOW, "", "")
    assert record(date="None", first_seen="").date is None
    assert record(id=7).id == "7"
    assert record(id=None, url="https://a.example/1").id == item_id(
        "a.example", "https://a.example/1"
    )
    assert record(date="2026-03-02").date == datetime(2026, 3, 2, tzinfo=UTC)
    assert record(date="Mon, 02 Mar 2026 10:00:00 GMT").date == datetime(2026, 3, 2, 10, tzinfo=UTC)


LINES = [
    b'\xef\xbb\xbf{"id": "1", "title": "One"}\n',
    b"\n",
    b'{"id": "2", "title": "Tw\xff"}\n',
    b'{"id": "3", "title": \n',
    b'["no object"]\n',
    b'{"id": "1", "title": "Again"}\n',
    b'{"id": "4"}\n',
    b'{"id": "5", "title": 5}\n',
    b'{"id": "6", "title": "x", "date": "the other day"}\n',
    b'{"id": "7", "title": "x", "date": 20260302}\n',
    b'{"id": "8", "title": "x", "date": "10:30"}\n',
    b'{"id": "9", "title": "x", "categories": "a"}\n',
    b'{"id": true, "title": "x"}\n',
    b"[" * 100_000 + b"\n",
    b'{"id": "10", "title": "x", "date": "0001-01-01T00:00:00+14:00"}\n',
    b'{"id": "12", "title": "x", "date": "2025-01-01T00:00:00+99:99"}\n',
    b'{"id": "13", "title": "x", "date": "05/09/2023"}\n',
    b'{"id": "14", "title": "x", "date": "Sept 2025"}\n',
    b'{"id": "11", "title": "Last"}',
]


def test_bad_lines_are_named_by_number_and_the_rest_is_used() -> None:
    items, dropped = read_items(LINES, "day.jsonl", NOW)
    assert [item.title for item in items] == ["One", "Last"]
    assert [(one.where, one.why) for one in dropped] == [
        ("day.jsonl:3", "it is not UTF-8 (byte 24)"),
        ("day.jsonl:4", "it is not valid JSON: Expecting value: line 2 column 1 (char 22)"),
        ("day.jsonl:5", "it is not a JSON object"),
        ("day.jsonl:6", "its id '1' is that of line 1"),
        ("day.jsonl:7", "it has neither a title nor a text"),
        ("day.jsonl:8", "its title is not a text: '5'"),
        ("day.jsonl:9", "its date is not an ISO 8601 time: 'the other day'"),
        ("day.jsonl:10", "its date is not a text: '20260302'"),
        ("day.jsonl:11", "its date is not an ISO 8601 time: '10:30'"),
        ("day.jsonl:12", "its categories are not a list of texts"),
        ("day.jsonl:13", "its id is not a text: 'True'"),
        ("day.jsonl:14", "its JSON is nested too deeply"),
        ("day.jsonl:15", "its date is out of range: '0001-01-01T00:00:00+14:00'"),
        ("day.jsonl:16", "its date is not an ISO 8601 time: '2025-01-01T00:00:00+99:99'"),
        ("day.jsonl:17", "its date is not an ISO 8601 time: '05/09/2023'"),
        ("day.jsonl:18", "its date is not an ISO 8601 time: 'Sept 2025'"),
    ]
    assert read_items([line.decode("utf-8", "ignore") for line in LINES], "d", NOW)[0] == [
        replace(items[0]),
        record(id="2", title="Tw"),
        items[1],
    ]


def test_long_texts_are_cut_at_a_sentence() -> None:
    text = record(text="A whole sentence here. " * 3000).text
    assert MAX_TEXT - 30 < len(text) <= MAX_TEXT
    assert text.endswith("here.")


# --- What holds for every input ------------------------------------------------------------

pieces = st.sampled_from(
    [
        "<p>", "</p>", "<b>", "<script>", "</script>", "<!--", "-->", "<br", "<a href='", "'>",
        "&amp;", "&amp;lt;", "&lt;", "&#60;", "&nbsp;", "&", "<", ">", "\n", "\n\n", " ", "\u202e",
        "\u0301", "\u200b", "\ud800", "\x00", "T", "Harbour Times", " - ", ". ", "…", "[…]",
        "Read more", "The post x appeared first on y.", "Continue reading", "word", "Ü", "\r\n",
        "Sign up for it", "السلام", "<svg>", "]]>", "<3", "&#x1F;", "&AMP", "&amp;amp;amp;lt;b&gt;",
    ]
)  # fmt: skip
soup = st.lists(pieces | st.text(max_size=8), max_size=14).map("".join)


@given(soup)
def test_plain_text_is_plain_and_stays_as_it_is(printed: str) -> None:
    text = to_text(printed)
    assert to_text(text, lines=True) == text
    assert text == text.strip()
    assert "\n\n" not in text
    assert "  " not in text
    assert not any(character in text for character in "\x00\u202e\u200b\ud800\r")
    assert "<script" not in text
    text.encode("utf-8")


@given(soup, soup, st.sampled_from(["Harbour Times", "T", ""]))
def test_an_item_written_to_a_file_and_read_again_is_the_same(
    title: str, text: str, source: str
) -> None:
    """So that an edition's bundle, made from cleaned items, gives the same edition again."""
    once = item_from_record({"id": "1", "title": title, "text": text, "source": source}, "x", NOW)
    if isinstance(once, Dropped):
        return
    written = json.loads(json.dumps(asdict(once), default=str))
    assert item_from_record(written, "x", NOW) == once


@given(st.lists(st.builds(entry, id=soup, title=soup, summary=soup, content=soup, url=soup)))
@settings(max_examples=settings().max_examples // 2)
def test_no_entry_is_an_error_and_none_is_lost_in_silence(entries: list[Entry]) -> None:
    items, dropped = items_from(Fetched(FEED, "entries", tuple(entries)), NOW)
    assert len({item.id for item in items}) == len(items)
    assert len(items) + len(dropped) <= len(entries)
    assert bool(entries) == bool(items or dropped)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
fields = st.sampled_from(["id", "url", "source", "title", "text", "date", "first_seen", "lang"])


@given(st.dictionaries(fields, json_values))
def test_no_record_is_an_error(given_record: dict[str, Any]) -> None:
    result = item_from_record(given_record, "x:1", NOW)
    assert isinstance(result, Item) or (result.where == "x:1" and result.why)
