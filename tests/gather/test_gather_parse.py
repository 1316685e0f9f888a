"""Documents in, entries out: each input file beside its expected twin."""

from __future__ import annotations

import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from feedserver import NOW, rss

from digest.gather.parse import Document, Parsed, parse
from digest.model import Entry, Feed, JsonPaths

DATA = Path(__file__).parent.parent / "data" / "gather"
TWINS = sorted(DATA.glob("*.expected.json"))


def read(data: bytes, url: str = "https://feeds.example/a/feed", **given: Any) -> Parsed:
    content_type = given.pop("content_type", "")
    most = given.pop("max_entries", 500)
    feed = Feed(**({"name": "Test", "url": url} | given))
    return parse(Document(feed, url, content_type, data, NOW, most))


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as its twin prints it: what is not empty."""
    record = {field.name: getattr(entry, field.name) for field in fields(entry)}
    if entry.published is not None:
        record["published"] = entry.published.isoformat()
    record["categories"] = list(entry.categories)
    return {name: value for name, value in record.items() if value}


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name.removesuffix(".expected.json"))
def test_a_document_gives_the_entries_beside_it(twin: Path) -> None:
    expected = json.loads(twin.read_text("utf-8"))
    given = expected["given"]
    if "paths" in given:
        given["paths"] = JsonPaths(**given["paths"])
    found = read((DATA / expected["file"]).read_bytes(), **given)
    assert found.problem == expected["problem"]
    assert found.ok == expected["ok"]
    assert list(found.children) == expected.get("children", [])
    assert [shown(entry) for entry in found.entries] == expected["entries"]


def test_no_input_file_is_without_its_twin() -> None:
    named = {json.loads(twin.read_text("utf-8"))["file"] for twin in TWINS}
    inputs = {path.name for path in DATA.iterdir() if not path.name.endswith(".expected.json")}
    assert named == inputs


def many(count: int) -> bytes:
    return rss(*(f"Report {number}" for number in range(count)))


def test_beyond_the_cap_the_newest_stay_in_the_feeds_order() -> None:
    titles = "".join(
        f"<item><title>{day}</title><pubDate>{day:02} Feb 2026 10:00 GMT</pubDate></item>"
        for day in (3, 9, 1, 7, 5)
    )
    found = read(f"<rss><channel>{titles}</channel></rss>".encode(), max_entries=3)
    assert [entry.title for entry in found.entries] == ["9", "7", "5"]
    assert found.problem == "entries beyond the newest 3 left out: 2"
    undated = many(5).replace(b"pubDate", b"other")
    found = read(undated, max_entries=2)
    assert [entry.title for entry in found.entries] == ["Report 0", "Report 1"]


def test_a_field_of_megabytes_is_cut() -> None:
    found = read(rss("Long", description="word " * 200_000))
    assert len(found.entries[0].summary) == 400_000
    assert found.problem == "fields cut at 400,000 characters: 1"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"<rss>" + b"<a>" * 60_000 + b"</a>" * 60_000 + b"</rss>", "250 levels"),
        (b"<rss><channel>" + b"<item/>" * 210_000 + b"</channel></rss>", "200,000 elements"),
        (
            b"<rss " + b" ".join(b'a%d="%s"' % (n, b"x" * 400) for n in range(300)) + b"></rss>",
            "250 attributes",
        ),
        (
            b"<rss>" + b"".join(b'<a xmlns="u%d"/>' % n for n in range(3000)) + b"</rss>",
            "more than 2,000 namespaces",
        ),
        (b"<rss><x>&</y>" + b"<item>" * 400_000 + b"</rss>", "too large to be mended"),
        (b"<rss>" + b"<!ENTITY <!DOCTYPE[ " * 400_000, "too large to be mended"),
        (b"<!DOCTYPE x [" + b"<!ENTITY <!-- " * 400_000, "not a feed"),
        (b"<urlset>" + b"<url/>" * 210_000 + b"</urlset>", "200,000 elements"),
        (b"<urlset>" + b"<url>" * 60_000 + b"</url>" * 60_000 + b"</urlset>", "250 levels"),
    ],
)
def test_what_would_hold_a_worker_for_minutes_is_refused(data: bytes, line: str) -> None:
    found = read(data)
    assert not found.ok
    assert line in found.problem


def test_an_address_or_a_date_that_can_be_none_costs_a_sitemap_no_other() -> None:
    def url(loc: str, date: str) -> str:
        return f"<url><loc>{loc}</loc><title>T</title><lastmod>{date}</lastmod></url>"

    urls = (url("http://[", ""), url("", ""), url("/1", "1970-01-01"), url("/2", "2027-01-01"))
    found = read(f"<urlset>{''.join(urls)}</urlset>".encode())
    assert [(entry.url, entry.published) for entry in found.entries] == [
        ("https://feeds.example/1", None),
        ("https://feeds.example/2", None),
    ]
    assert found.problem == (
        "dates in the future, taken as unknown: 1; dates that cannot be read: 1"
    )


def test_addresses_within_addresses_are_read_once() -> None:
    inner = b"<loc>https://a.example/</loc><title>One</title>"
    found = read(b"<urlset>" + b"<url>" * 200 + inner + b"</url>" * 200 + b"</urlset>")
    assert [entry.title for entry in found.entries] == ["One"]


@pytest.mark.parametrize(
    "subset", ["<!ENTITY a 'b'>", "<!-- ' ]> --><!ENTITY a ']>' >", '<?x ]> ?><!ENTITY a "\'">\n']
)
def test_declared_entities_are_not_expanded_and_quoted_ones_are_text(subset: str) -> None:
    quoted = "<![CDATA[Write <!DOCTYPE x [<!ENTITY a 'b'>]> first]]>"
    feed = f"<rss><channel><item><title>{quoted}</title></item></channel></rss>"
    title = "Write <!DOCTYPE x [<!ENTITY a 'b'>]> first"
    plain = read(feed.encode())
    assert ([entry.title for entry in plain.entries], plain.problem) == ([title], "")
    declared = read(f"<?xml version='1.0'?>\n<!DOCTYPE rss [{subset}] >\n{feed}".encode())
    assert [entry.title for entry in declared.entries] == [title]
    assert declared.problem == "its DTD declares entities, which are not expanded"


def test_no_declaration_hides_behind_what_is_quoted_in_the_doctype() -> None:
    shown = "<urlset><url><loc>https://a.example/</loc><title>x &a; y</title></url></urlset>"
    hidden = f'<!DOCTYPE urlset SYSTEM "a><urlset " [<!ENTITY a "EXPANDED">]>{shown}'
    found = read(hidden.encode())
    assert "EXPANDED" not in "".join(entry.title for entry in found.entries)
    quoted = f'<!DOCTYPE urlset SYSTEM "a[b">{shown.replace("&a;", "and")}'
    assert [entry.title for entry in read(quoted.encode()).entries] == ["x and y"]


@pytest.mark.parametrize("place", ["author", "dc:creator", "webMaster", "itunes:author"])
@pytest.mark.parametrize("byline", ["a" * 100_000 + " @", "Ada desk@paper.example " * 4_000])
def test_a_byline_without_end_is_read_at_once(place: str, byline: str) -> None:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    )
    item = "<item><title>One is said</title><link>https://a.example/1</link>%s</item>"
    who = f"<{place}>{byline}</{place}>"
    begun = time.process_time()
    found = read(f"<rss {spaces}><channel>{who}{item % who}</channel></rss>".encode())
    assert time.process_time() - begun < 2  # it took minutes
    assert [entry.title for entry in found.entries] == ["One is said"]
    assert len(found.entries[0].author) <= 300
    assert "@paper" not in found.entries[0].author


FEEDPARSERS = (
    "author", "authors", "content", "created", "feedburner_origlink", "id", "language", "link",
    "links", "media_content", "media_credit", "media_thumbnail", "published", "source", "summary",
    "tags", "title_detail", "updated",
)  # fmt: skip
"""Names under which feedparser hands over what it read."""


@pytest.mark.parametrize("name", FEEDPARSERS)
def test_elements_called_as_feedparser_calls_its_own_cost_nothing(name: str) -> None:
    forms = (f"<{name}>x</{name}>", f"<{name} href='x' rel='enclosure'/>", f"<{name}><b/></{name}>")
    for odd in forms:
        items = f"<item>{odd}<description>One</description></item><item><title>Two</title></item>"
        found = read(f"<rss><channel>{odd}{items}</channel></rss>".encode())
        assert (found.ok, len(found.entries)) == (True, 2), odd


def test_html_is_named_with_its_title_and_its_feed() -> None:
    page = (
        b"\n<!-- x --><!DOCTYPE html>\n<html><head><title> Mill &amp; Mine\n</title>"
        b"<link rel=stylesheet href=/a.css><link type='application/atom+xml' rel=alternate "
        b"href='//mill.example/atom?key=1'></head></html>"
    )
    found = read(page, "https://mill.example/")
    assert found.problem == (
        "an HTML page ('Mill &amp; Mine'), not a feed; the page names this feed: "
        "https://mill.example/atom"
    )


def test_described_json_says_what_its_paths_miss() -> None:
    paths = JsonPaths(entries="data", title="name", url="href")
    given: dict[str, Any] = {"format": "json", "paths": paths}
    assert read(b'{"other": 1}', **given).problem == (
        "its JSON holds nothing at 'data': check paths.entries"
    )
    assert read(b'{"data": [{"title": "x"}]}', **given).problem == (
        "no entry of its JSON has a title at 'name': check paths"
    )
    assert read(b"<html></html>", **given).problem == "not JSON but an HTML page"
    listed = read(b'[{"name": "x", "href": "/y"}]', **(given | {"paths": replace_entries(paths)}))
    assert [(entry.title, entry.url) for entry in listed.entries] == [
        ("x", "https://feeds.example/y")
    ]


@pytest.mark.parametrize(
    ("data", "path", "there"),
    [
        (b'{"data": []}', "data", True),
        (b'{"data": []}', "data[]", True),
        (b'{"data": {"hits": []}}', "data.hits", True),
        (b'{"data": [{"hits": []}, {"hits": []}]}', "data[].hits[]", True),
        (b'{"data": []}', "data[].hits[]", True),
        (b"[]", "[]", True),
        (b"[]", "data", False),
        (b'{"hits": []}', "data", False),
        (b'{"data": {"hits": []}}', "data", False),
        (b'{"data": null}', "data", False),
    ],
)
def test_an_empty_list_where_the_entries_are_is_a_quiet_day(
    data: bytes, path: str, there: bool
) -> None:
    found = read(data, format="json", paths=JsonPaths(entries=path, title="name", url="href"))
    assert (found.ok, found.entries) == (there, ())
    assert ("it holds no entries" in found.problem) is there


@pytest.mark.parametrize(
    ("media", "image", "credit"),
    [
        # each medium's own
        ('<m:content url="/s.jpg" width="2" medium="image"><m:credit>S</m:credit></m:content>'
         '<m:content url="/l.jpg" width="20" medium="image"><m:credit>L</m:credit></m:content>',
         "l.jpg", "L"),
        ('<m:content url="/v.mp4" medium="video"><m:credit>V</m:credit></m:content>'
         '<enclosure url="/e.jpg" type="image/jpeg" length="1"/>', "e.jpg", ""),
        ('<m:content url="/v.mp4" medium="video"><m:credit>V</m:credit>'
         '<m:thumbnail url="/t.jpg"/></m:content>', "t.jpg", "V"),
        # one for all: of a group, of the entry
        ('<m:group><m:content url="/s.jpg" width="2" medium="image"/><m:credit>G</m:credit>'
         '<m:content url="/l.jpg" width="20" medium="image"/></m:group>', "l.jpg", "G"),
        ('<m:credit>A</m:credit><enclosure url="/e.jpg" type="image/jpeg" length="1"/>',
         "e.jpg", "A"),
        # several of one
        ('<m:content url="/x.jpg" medium="image"><m:credit role="editor">Ed</m:credit>'
         '<m:credit role="photographer"> Ada\nLens </m:credit></m:content>', "x.jpg", "Ada Lens"),
        ('<m:content url="/x.jpg" medium="image"><m:credit>Ada</m:credit><m:credit/>'
         '<m:credit>Wire</m:credit><m:credit>Ada</m:credit></m:content>', "x.jpg", "Ada, Wire"),
        # an entry that credits nobody, after one that does
        ('<m:content url="/o.jpg" medium="image"/></item><item><title>U</title>'
         '<m:credit>A</m:credit>', "o.jpg", ""),
    ],
)  # fmt: skip
def test_a_picture_has_its_own_credit(media: str, image: str, credit: str) -> None:
    found = read(
        "<rss version='2.0' xmlns:m='http://search.yahoo.com/mrss/'><channel><item><title>T</title>"
        f"{media}</item></channel></rss>".encode()
    )
    entry = found.entries[0]
    assert (entry.image, entry.credit) == (f"https://feeds.example/{image}", credit)


def test_an_empty_sitemap_is_a_quiet_day_and_one_without_addresses_is_none() -> None:
    quiet = read(b"<urlset>\n<!-- none --></urlset>", format="sitemap")
    assert (quiet.ok, quiet.problem) == (True, "it holds no entries")
    for data in (b"<urlset><url/></urlset>", b"<urlset>"):
        assert not read(data, format="sitemap").ok


def test_a_videos_title_and_time_are_not_its_reports() -> None:
    video = "<v:video><v:title>Clip</v:title><v:publication_date>2020-01-01</v:publication_date>"
    news = "<n:news><n:title>Strait reopens</n:title></n:news>"
    found = read(
        f"<urlset xmlns:v='v' xmlns:n='n'><url><loc>/1</loc>{video}</v:video>{news}"
        f"<lastmod>2026-03-02</lastmod></url><url><loc>/2</loc>{video}</v:video></url>"
        "</urlset>".encode(),
        format="sitemap",
    )
    (entry,) = found.entries
    assert (entry.title, str(entry.published)[:10]) == ("Strait reopens", "2026-03-02")


def replace_entries(paths: JsonPaths) -> JsonPaths:
    return JsonPaths(entries="[]", title=paths.title, url=paths.url)


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (b"\n\n  ", ""),
        (b"\xef\xbb\xbf\n", ""),
        (b"<br />\n<b>Warning</b>: date() in /srv/feed.php\n", "malformed XML, read as far as"),
    ],
)
def test_what_stands_before_the_declaration_costs_no_entry(before: bytes, problem: str) -> None:
    found = read(before + rss("Überfall", "Two"))
    assert [entry.title for entry in found.entries] == ["Überfall", "Two"]
    assert found.problem.startswith(problem)
    assert bool(found.problem) == bool(problem)
