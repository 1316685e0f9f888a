"""The search page, over a real store; what it finds, and what no query can do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from house import DAY, House, open_house, write_edition
from typer.testing import CliRunner

from digest.cli.app import app
from digest.model import Edition, Editorial, LeftOut
from digest.store import Store

MADE = datetime(2026, 4, 14, 6, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'


def save(store: Store, days_ago: int, headline: str, sentence: str) -> None:
    day = DAY - timedelta(days=days_ago)
    edition = Edition(
        date=day, number=store.number_for(day), generated_at=MADE, program="p",
        status="complete", status_notes=(), editorial=Editorial(), briefs=(), left_out=LeftOut(),
        feeds=(), recent=(), reports=0, security_reports=0, outlets=0,
    )  # fmt: skip
    said = [{"text": sentence, "role": "body"}]
    story = {"headline": headline, "thread": f"t-{days_ago}", "dek": None, "sentences": said}
    store.save_edition(edition, json.dumps({"stories": [story]}).encode())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("search")) as opened:
        write_edition(opened.out, DAY)
        for n in range(45):
            save(opened.store, n, f"Ceasefire, day {n}", f"The Éclair agency said so on day {n}.")
        save(opened.store, 50, f"Hostile {HOSTILE}", f"Words {HOSTILE} of it.")
        yield opened


def ask(house: House, query: str, more: str = "") -> str:
    answer = house.ask(f"/search?q={quote(query, safe='', errors='surrogatepass')}{more}")
    assert answer.status == 200
    return answer.text


def test_stories_are_found_with_their_sentence_and_pages(house: House) -> None:
    text = ask(house, "ceasefire eclair")
    assert "45 stories" in text
    assert text.count("<li><time") == 20
    assert 'href="/story/t-0/"' in text
    assert "<mark>Éclair</mark>" in text
    (older,) = re.findall(r'rel="next" href="([^"]+)"', text)
    second = house.ask(unescape(older)).text
    assert "Ceasefire, day 20" in second
    assert "Ceasefire, day 19" not in second
    third = ask(house, "ceasefire", "&page=3")
    assert third.count("<li><time") == 5
    assert 'rel="next"' not in third


def test_the_pages_lead_to_it_and_it_is_kept_by_no_cache(house: House) -> None:
    assert 'href="/search"' in house.ask("/").text
    answer = house.ask("/search?q=ceasefire")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert 'name="robots" content="noindex"' in answer.text
    assert "set-cookie" not in answer.headers
    assert house.ask("/search", "HEAD").status == 200


@pytest.mark.parametrize(
    "query",
    [HOSTILE, "\0", '"', "a AND", "x" * 5000, "💥", "\u202eabc", "%", "\ud800", "day*", "' OR 1=1"],
)
@pytest.mark.parametrize(
    "more", ["", "&page=-1", "&page=99999999", "&page=x", "&page=%C2%B2", "&q=b"]
)
def test_hostile_queries(query: str, more: str, house: House) -> None:
    text = ask(house, query, more)
    assert "<script" not in text
    assert "\u202e" not in text


def test_hostile_words_that_are_found(house: House) -> None:
    text = ask(house, "hostile words")
    assert "1 story" in text
    assert "<script" not in text


def test_nothing_found_is_said(house: House) -> None:
    assert "Nothing is found" in ask(house, "no such words")
    assert "Nothing is found" not in house.ask("/search").text


def test_a_story_that_lost_its_thread_is_gone_not_missing(house: House) -> None:
    assert house.ask("/story/t-3/").status == 410  # no folder tells it
    assert "no longer told" in house.ask("/story/t-3").text
    for path in ("/story/t-999/", "/story/", "/story/t-3/x/", "/story/..%2f..%2fx/", "/story/%00/"):
        assert house.ask(path).status == 404


def test_the_command(house: House, tmp_path: Path) -> None:
    args = ["search", "ceasefire", "éclair", "--db", house.store.url]
    done = CliRunner().invoke(app, [*args, "--limit", "2"], catch_exceptions=False)
    assert done.stdout.splitlines()[0].endswith("Ceasefire, day 0")
    assert "43 of them not shown" in done.stderr
    found = json.loads(CliRunner().invoke(app, [*args, "--json"], catch_exceptions=False).stdout)
    assert (found["total"], len(found["stories"])) == (45, 20)
    assert found["stories"][0]["thread"] == "t-0"
