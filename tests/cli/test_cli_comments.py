"""`digest comments`: what waits is told, printed on the story's page, or not."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.cli.serve import open_site
from digest.comment import Comment, Subject
from digest.delivery import Subscriber
from digest.office import Office
from digest.readers.tokens import Tokens
from digest.settings import load_settings
from digest.store import Store, open_store
from digest.store.comments import Comments
from digest.store.signups import SignUps
from digest.work import HouseWork

NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
DAY = date(2026, 4, 14)
ANNA = "anna@inbox.example"
TOKENS = Tokens("s" * 40)
SETTINGS = """\
edition: {title: The Marrow Morning, comments: true, site_url: https://marrow.example}
schedule: {site_dir: site}
feeds:
  - {name: Odra Courier, url: 'https://odra.example/feed.xml'}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edition with a story, and two comments on it that wait."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_DB", "sqlite:///digest.sqlite3")
    monkeypatch.setenv("DIGEST_OUT", "output")
    (tmp_path / "feeds.yaml").write_text(SETTINGS, "utf-8")
    folder = tmp_path / "output" / DAY.isoformat()
    (folder / "bundle").mkdir(parents=True)
    story = {"rank": 1, "thread": "t-1", "headline": "Ceasefire holds", "section": "conflict"}
    record = {"date": str(DAY), "number": 1, "generated_at": f"{DAY}T04:00:00+00:00",
              "title": "The Marrow Morning", "stories": [story]}  # fmt: skip
    (folder / "edition.json").write_text(json.dumps(record), "utf-8")
    (folder / "index.html").write_text("<!DOCTYPE html><title>14 April</title>", "utf-8")
    with open_store("sqlite:///digest.sqlite3") as store:
        reader = SignUps(store).subscribe(Subscriber(ANNA, ANNA, "active"), NOW)
        for text in ("Nine, not ten.", "Buy pills."):
            about = Subject("t-1", DAY, "Ceasefire holds")
            Comments(store).add(Comment(reader.id, about, text, "", "letter", "waiting"), NOW)
    return tmp_path


def digest(*args: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["comments", *args], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_listed_published_and_taken_back(place: Path) -> None:
    told = digest("list")
    assert "Nine, not ten." in told
    assert "anna" not in told
    first, second = json.loads(digest("list", "--json"))
    assert (first["story"], first["how"], first["text"]) == ("t-1", "letter", "Nine, not ten.")
    page = place / "site" / "story" / "t-1" / "index.html"

    digest("publish", str(first["number"]), "--now", NOW.isoformat())
    assert "Nine, not ten." in page.read_text("utf-8")
    assert "pills" not in page.read_text("utf-8")
    digest("refuse", str(second["number"]))
    assert json.loads(digest("list", "--json")) == []
    assert [c["text"] for c in json.loads(digest("list", "--state", "refused", "--json"))] == [
        "Buy pills."
    ]
    digest("refuse", str(first["number"]))
    assert "Nine" not in page.read_text("utf-8")


def by_command(store: Store) -> None:
    words = ["subscribers", "remove", ANNA, "--erase"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.output == f"{ANNA} is erased\n1 static files written\n"


def by_the_operators_page(store: Store) -> None:
    settings = load_settings()
    assert Office(settings, store, HouseWork(settings, store), TOKENS).erase_reader(ANNA)


def by_the_readers_page(store: Store) -> None:
    anna = SignUps(store).find(ANNA)
    assert anna
    token = TOKENS.make("preferences", anna.id, anna.nonce, datetime.now(UTC))
    with open_site(load_settings(), store, "127.0.0.1", 0) as site:
        site.start()
        address = f"{site.address}/preferences/{token}/erase"
        with urllib.request.urlopen(address, b"sure=yes", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        site.stop()


@pytest.mark.parametrize("erase", [by_command, by_the_operators_page, by_the_readers_page])
def test_the_words_of_an_erased_reader_leave_the_static_files_with_them(
    place: Path, erase: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SECRET", "s" * 40)
    monkeypatch.setenv("DIGEST_SMTP", "smtp://127.0.0.1:1")  # without a relay there is no form
    (first, _) = json.loads(digest("list", "--json"))
    digest("publish", str(first["number"]))
    page = place / "site" / "story" / "t-1" / "index.html"
    assert "Nine, not ten." in page.read_text("utf-8")
    with open_store("sqlite:///digest.sqlite3") as store:
        erase(store)
        assert SignUps(store).find(ANNA) is None
    assert "Nine, not ten." not in page.read_text("utf-8")


def test_a_number_that_is_none_does_not_stop_the_others(place: Path) -> None:
    (first, _) = json.loads(digest("list", "--json"))
    told = digest("publish", "999", str(first["number"]), code=1)
    assert "999: there is no such comment" in told
    assert len(json.loads(digest("list", "--state", "published", "--json"))) == 1


def test_a_state_that_is_none(place: Path) -> None:
    assert "waiting" in str(
        CliRunner().invoke(app, ["comments", "list", "--state", "lost"]).exception
    )
