"""Hostile headlines on the site and in its feeds: shown as text, and every document well-formed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.parsers import expat

import pytest
from house import COMMENTED, DAY, THREAD, House, comment, open_house, tell, write_edition
from lxml import html as lxml_html  # type: ignore[import-untyped]

HOSTILE = Path(__file__).parents[1] / "data" / "render" / "hostile.json"
TEXTS: list[str] = json.loads(HOSTILE.read_text(encoding="utf-8"))["texts"]
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f]")
AT_ONCE = 40
MOST = 150


@pytest.fixture(scope="module", params=range(0, len(TEXTS), AT_ONCE))
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("hostile")) as opened:
        for n, text in enumerate(TEXTS[request.param : request.param + AT_ONCE]):
            known = text.encode(errors="replace").decode()
            story = {"rank": 1, "headline": known, "dek": known, "section": known}
            write_edition(opened.out, DAY - timedelta(days=n), known, stories=[story], title=known)
        yield opened


def test_pages_show_text_as_text(house: House) -> None:
    """All pages that the front leads to, over at most so many links."""
    waiting, seen = ["/"], {"/"}
    while waiting and len(seen) < MOST:
        answer = house.ask(waiting.pop(0))
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        assert not STEERING.search(answer.text)
        document = lxml_html.document_fromstring(answer.text)
        assert document.xpath("//script|//iframe|//object|//embed|//base") == []
        assert [a for e in document.iter() for a in e.attrib if a.startswith("on")] == []
        for link in document.xpath("//@href|//@src|//@action"):
            assert re.match(r"(/|#|https?://)", link), link
            if link.startswith("/") and link not in seen:
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 10


@pytest.mark.parametrize("path", ["/feed.atom", "/sitemap.xml"])
def test_feeds_are_well_formed(house: House, path: str) -> None:
    answer = house.ask(path)
    assert answer.status == 200
    assert not STEERING.search(answer.text)
    elements: set[str] = set()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: elements.add(name)
    parser.Parse(answer.body, True)
    assert not elements & {"script", "iframe", "img", "svg", "style"}


def test_the_json_feed_is_json(house: House) -> None:
    feed = json.loads(house.ask("/feed.json").body)
    assert len(feed["items"]) > 0


def test_comments_show_text_as_text(tmp_path: Path) -> None:
    """Past the cleaning of what comes in, as if somebody had written into the database."""
    with open_house(tmp_path, editorial=COMMENTED) as opened:
        tell(opened)
        reader = opened.become_reader()
        for text in TEXTS:
            known = text.encode(errors="replace").decode()
            comment(opened, reader, known, known[:60])
        page = opened.ask(f"/story/{THREAD}/")
    assert page.status == 200
    assert not STEERING.search(page.text)
    document = lxml_html.document_fromstring(page.text)
    assert len(document.xpath("//*[@class='said']")) == len(set(TEXTS))
    assert document.xpath("//script|//iframe|//object|//embed|//base|//img") == []
    assert [a for e in document.iter() for a in e.attrib if a.startswith("on")] == []
    for link in document.xpath("//@href|//@src|//@action"):
        assert re.match(r"(/|#|https?://)", link), link
