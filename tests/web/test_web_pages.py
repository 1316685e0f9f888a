"""The archive's pages, feeds and headers, over real editions' folders and a real server."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
from house import DAY, PAGE, Clock, House, open_house, token, write_edition
from hypothesis import given
from hypothesis import strategies as st

from digest.archive.editions import Archive, style_policy
from digest.web.forms import BadForm, FormTime, parse_form

HOSTILE = '</title><script>alert(1)</script> & "quoted" \u202egpj.exe'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("pages")) as opened:
        for n in range(40):
            write_edition(opened.out, DAY - timedelta(days=n), f"Headline of day {n}")
        write_edition(opened.out, DAY + timedelta(days=1), HOSTILE, status="degraded")
        broken = opened.out / "2025-01-01"
        broken.mkdir()
        (broken / "edition.json").write_bytes(b"{")
        (opened.out / "notes.txt").write_text("not for readers")
        yield opened


def test_an_edition_is_served_as_it_is_stored(house: House) -> None:
    answer = house.ask(f"/{DAY}/")
    assert (answer.status, answer.body) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    for style in (b"p { color: red }", b"margin:0"):
        assert base64.b64encode(hashlib.sha256(style).digest()).decode() in policy
    assert "unsafe-inline" not in policy
    again = house.ask(f"/{DAY}/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    packed = house.ask(f"/{DAY}/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == PAGE
    assert house.ask(f"/{DAY}/digest.txt").text == "Ceasefire holds…\n"
    assert json.loads(house.ask(f"/{DAY}/edition.json").body)["number"] == 7
    moved = house.ask(f"/{DAY}")
    assert (moved.status, moved.headers["location"]) == (308, f"/{DAY}/")


@pytest.mark.parametrize(
    "path",
    [
        f"/{DAY}/bundle/items.jsonl",
        f"/{DAY}/bundle",
        f"/{DAY}/email.html",
        f"/{DAY}/..%2f..%2fdigest.sqlite3",
        f"/{DAY}/../notes.txt",
        "/..%2fdigest.sqlite3",
        "/notes.txt",
        "/2026-13-45/",
        "/2020-01-01/",
        "/archive/1999",
        "/%00/",
        "//evil.example/",
    ],
)
def test_nothing_else_is_served(path: str, house: House) -> None:
    answer = house.ask(path)
    assert answer.status == 404
    assert b"not for readers" not in answer.body
    assert b"There is no such page" in answer.body


def test_the_front_shows_the_newest_edition_and_those_before(house: House) -> None:
    page = house.ask("/").text
    assert f"/{DAY + timedelta(days=1)}/" in page
    assert "incomplete" in page
    assert "Headline of day 0" in page
    assert "Headline of day 14" not in page
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_the_archive_lists_every_edition(house: House) -> None:
    page = house.ask("/archive/").text
    assert all(f"/{DAY - timedelta(days=n)}/" in page for n in range(-1, 40))
    assert "2025-01-01" not in page  # it cannot be read
    assert house.ask("/archive/2025").status == 404


def test_feeds(house: House) -> None:
    atom = house.ask("/feed.atom")
    ElementTree.fromstring(atom.body)  # noqa: S314
    feed = feedparser.parse(atom.body)
    assert not feed.bozo
    assert len(feed.entries) == 30
    assert feed.entries[1].title == "Headline of day 0"
    assert feed.entries[1].link == f"https://digest.harbour.example/{DAY}/"
    assert "script" not in feed.entries[0].content[0].value.replace("&lt;script&gt;", "").replace(
        "&lt;/script&gt;", ""
    )
    items = json.loads(house.ask("/feed.json").body)["items"]
    assert [item["url"] for item in items] == [entry.link for entry in feed.entries]


def test_robots_and_sitemap(house: House) -> None:
    assert "Sitemap: https://digest.harbour.example/sitemap.xml" in house.ask("/robots.txt").text
    root = ElementTree.fromstring(house.ask("/sitemap.xml").body)  # noqa: S314
    places = [loc.text for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"https://digest.harbour.example/{DAY}/" in places


def test_health(house: House) -> None:
    assert house.ask("/healthz").text == "ok\n"
    assert house.ask("/readyz").text == "ready\n"


def test_an_empty_archive(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        for path in ("/", "/archive/"):
            answer = house.ask(path)
            assert (answer.status, "No edition yet" in answer.text) == (200, True)
        assert feedparser.parse(house.ask("/feed.atom").body).entries == []
        write_edition(house.out, DAY)
        assert "Ceasefire holds" in house.ask("/").text  # seen without a restart


def test_what_is_built_again_is_served_anew(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        folder = write_edition(house.out, DAY, "First")
        before = house.ask(f"/{DAY}/")
        assert "First" in house.ask("/").text
        folder.rename(tmp_path / "old")
        folder = write_edition(house.out, DAY, "Second")
        (folder / "index.html").write_bytes(b"anew")
        after = house.ask(f"/{DAY}/", headers={"If-None-Match": before.headers["etag"]})
        assert (after.status, after.body) == (200, b"anew")
        assert "Second" in house.ask("/").text


def test_what_the_browser_has_is_not_sent_again(house: House) -> None:
    for path in ("/", "/archive/", "/feed.atom", f"/{DAY}/digest.txt"):
        first = house.ask(path)
        for tags in (first.headers["etag"], f"W/{first.headers['etag']}", "*"):
            assert house.ask(path, headers={"If-None-Match": tags}).status == 304
        assert house.ask(path, headers={"If-Modified-Since": "nonsense"}).status == 200
        head = house.ask(path, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["etag"] == first.headers["etag"]
        assert "set-cookie" not in first.headers
    modified = {"If-Modified-Since": first.headers["last-modified"]}  # of what is stored
    assert house.ask(path, headers=modified).status == 304
    assert house.ask(path, headers={"If-None-Match": '"other"', **modified}).status == 200


def test_a_page_made_from_templates_is_not_known_by_its_time(house: House) -> None:
    """It changes with the settings, the year and the pages beside it, too."""
    for path in ("/", "/archive/", "/feed.atom", "/sitemap.xml", "/robots.txt"):
        later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
        answer = house.ask(path, headers=later)
        assert answer.status == 200
        assert "last-modified" not in answer.headers


def test_a_thousand_dates_are_listed_from_memory(tmp_path: Path) -> None:
    for n in range(1000):
        folder = tmp_path / (date(2023, 1, 1) + timedelta(days=n)).isoformat()
        folder.mkdir()
    archive = Archive(tmp_path)
    assert len(archive.dates()) == 1000
    assert archive.dates() is archive.dates()


def test_many_style_attributes_are_not_named_one_by_one() -> None:
    page = b"".join(b'<p style="margin:%dpx">' % n for n in range(60))
    assert style_policy(page) == "'unsafe-inline'"
    assert style_policy(b"<p>plain</p>") == "'none'"


# --- every page, for people ----------------------------------------------------------------


class Page(HTMLParser):
    """What a screen reader would trip over."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.refers: list[str] = []
        self.tags: Counter[str] = Counter()
        self.lang = ""
        self._labels = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        if tag == "html":
            self.lang = given.get("lang") or ""
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("aria-labelledby", "aria-describedby"):
            self.refers += (given.get(name) or "").split()
        if tag == "label":
            self._labels += 1
            self.labelled.add(given.get("for") or "")
        if tag in ("input", "select") and given.get("type") != "hidden":
            self.inputs.append({**given, "inside": "yes" if self._labels else None})
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self._labels -= tag == "label"


def test_every_page_can_be_read_by_all(house: House) -> None:
    house.sign_up("pending@inbox.example")
    confirm = house.letter().link("confirm")
    house.become_reader()
    choosing, leaving = token(house, "preferences"), token(house, "unsubscribe")
    pages = [
        house.ask(path)
        for path in (
            "/", "/archive/", "/subscribe", "/subscribe/sent", "/preferences", "/preferences/sent",
            confirm, f"/preferences/{choosing}", f"/unsubscribe/{leaving}", "/confirm/x", "/nope",
        )
    ]  # fmt: skip
    pages += [
        house.sign_up("nobody"),
        house.post(f"/preferences/{choosing}", {"pause": "2w"}),
        house.post(f"/preferences/{choosing}/erase", {}),
        house.post(f"/unsubscribe/{leaving}", {"leave": "yes"}),
    ]
    for answer in pages:
        page = Page(answer.text)
        assert page.lang == "en"
        assert page.headings.count(1) == 1
        assert page.headings[0] == 1
        assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
        assert len(page.ids) == len(set(page.ids))
        assert set(page.refers) <= set(page.ids)
        assert page.tags["main"] == page.tags["title"] == 1
        assert not page.tags["script"]
        assert not page.tags["img"]
        for field in page.inputs:
            assert field["inside"] or field.get("id") in page.labelled, field
        assert "style=" not in answer.text
        assert len(answer.body) < 100_000


# --- forms ---------------------------------------------------------------------------------


@given(st.binary(max_size=500))
def test_any_body_is_a_form_or_refused(body: bytes) -> None:
    with suppress(BadForm):
        for name, values in parse_form(body).items():
            for text in (name, *values):
                assert not any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for c in text)


@given(st.integers(-3, 200_000), st.text(max_size=150))
def test_the_forms_time(seconds: int, text: str) -> None:
    times, now = FormTime("s" * 40), Clock().now
    made = times.make(now)
    age = times.read(made, now + timedelta(seconds=seconds))
    assert age == ("quick" if seconds < 2 else "good" if seconds <= 86_400 else "old")
    assert times.read(text, now) == "forged"
    assert FormTime("t" * 40).read(made, now) == "forged"
