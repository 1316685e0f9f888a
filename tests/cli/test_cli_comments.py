"""`digest comments`: what waits is told, printed on the story's page, or not."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.comment import Comment, Subject
from digest.delivery import Subscriber
from digest.store import open_store
from digest.store.comments import Comments
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
DAY = date(2026, 4, 14)
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
        reader = SignUps(store).subscribe(
            Subscriber("anna@inbox.example", "anna@inbox.example", "active"), NOW
        )
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


def test_a_number_that_is_none_does_not_stop_the_others(place: Path) -> None:
    (first, _) = json.loads(digest("list", "--json"))
    told = digest("publish", "999", str(first["number"]), code=1)
    assert "999: there is no such comment" in told
    assert len(json.loads(digest("list", "--state", "published", "--json"))) == 1


def test_a_state_that_is_none(place: Path) -> None:
    assert "waiting" in str(
        CliRunner().invoke(app, ["comments", "list", "--state", "lost"]).exception
    )
