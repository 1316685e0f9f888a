"""Two lists on one database: each its own paper, readers and letters, over shared reports."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from commands import say
from raw_sink import RawSink
from typer.testing import CliRunner

from digest.cli.app import app
from digest.demo import serve_sample_day
from digest.resources import resource
from digest.store import Readers, open_store

RUN = CliRunner()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both lists' editions of the sample day; the second takes five of its feeds."""
    folder = tmp_path_factory.mktemp("lists")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DIGEST_KEYS", str(folder / "keys"))
        with serve_sample_day(resource("examples/sample-day")) as sample:
            settings = yaml.safe_load(sample.feeds_file.read_text("utf-8"))
            (folder / "feeds.yaml").write_text(yaml.safe_dump(settings), "utf-8")
            settings["edition"] |= {"list": "cyber", "title": "The Cyber Morning"}
            settings["sections"] = [{"id": "cyber"}]
            (folder / "cyber.yaml").write_text(yaml.safe_dump(settings), "utf-8")
            now = sample.now.isoformat()
            say("build", "--now", now)
            say("build", "--now", now, "--feeds", "cyber.yaml")
    return folder


@pytest.fixture
def place(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them, to change."""
    copy = tmp_path / "place"
    shutil.copytree(built, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DIGEST_KEYS", str(copy / "keys"))
    monkeypatch.setenv("DIGEST_MAIL_FROM", "desk@harbour.example")
    return copy


def _record(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "2026-03-17/edition.json").read_bytes())
    return found


def test_each_list_has_its_own_paper_and_number(place: Path) -> None:
    main, cyber = _record(place / "output"), _record(place / "output" / "cyber")
    assert main["number"] == cyber["number"] == 1
    assert cyber["title"] == "The Cyber Morning"
    stories = cyber["stories"]
    assert isinstance(stories, list)
    assert {story["section"] for story in stories} == {"cyber"}
    assert "no. 1" in say("status", "--feeds", "cyber.yaml")
    assert "0 problems" in say("verify", "output/cyber")


def test_each_list_has_its_own_folder_also_in_one_that_the_command_names(place: Path) -> None:
    cyber = ("--feeds", "cyber.yaml")
    build = (
        "build", "--items", "output/2026-03-17/bundle/items.jsonl",
        "--now", "2026-03-17T18:00:00Z", "--out", "papers",
    )  # fmt: skip
    for feeds in ((), cyber):
        say(*build, *feeds)
    main, other = _record(place / "papers"), _record(place / "papers" / "cyber")
    assert (main["title"], other["title"]) == ("Daily Security Digest", "The Cyber Morning")
    say(*build[:-1], "looks", "--section", "cyber", *cyber)
    assert _record(place / "looks")["number"] == 0, "a special edition lies where it was told to"


def test_a_reader_of_both_leaves_one_and_stays_with_the_other(place: Path) -> None:
    cyber = ("--feeds", "cyber.yaml")
    with RawSink() as sink:
        for feeds in ((), cyber):
            say("subscribers", "add", "anna@inbox.example", "--consent", "in person", *feeds)
            say("send", "--date", "2026-03-17", "--subscribers", "--smtp", sink.url, *feeds)
        heads = [taken.letter.decode("utf-8", "replace") for taken in sink.taken]
        assert len(heads) == 2
        assert "<digest.harbour.example>" in heads[0]
        assert "<cyber.harbour.example>" in heads[1]
        say("subscribers", "remove", "anna@inbox.example", *cyber)
        for feeds in ((), cyber):
            say("send", "--date", "2026-03-17", "--subscribers", "--smtp", sink.url, *feeds)
        assert len(sink.taken) == 2, "each edition once to each reader"
    url = "sqlite:///output/digest.sqlite3"
    states = {}
    for name in ("main", "cyber"):
        with open_store(url, name) as store:
            found = Readers(store).find("anna@inbox.example")
            states[name] = found.state if found else None
    assert states == {"main": "active", "cyber": "unsubscribed"}


def test_a_list_takes_the_reports_of_its_own_feeds_alone(place: Path) -> None:
    settings = yaml.safe_load((place / "cyber.yaml").read_text("utf-8"))
    settings["edition"]["list"] = "harbour"
    settings["feeds"] = [feed for feed in settings["feeds"] if feed["name"] == "The Harbour Post"]
    settings.pop("sections")
    (place / "harbour.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    say(
        "build", "--feeds", "harbour.yaml", "--date", "2026-03-17", "--now",
        "2026-03-17T18:00:00Z", "--dry-run", "--json",
    )  # fmt: skip
    from digest.edition.intake import intake_from_archive
    from digest.services import open_services
    from digest.settings import load_settings

    with open_services(load_settings(place / "harbour.yaml")) as services:
        now = datetime(2026, 3, 17, 18, tzinfo=UTC)
        span = services.window(now.date(), now)
        of_feeds = intake_from_archive(span, services.store, services.settings.feeds).reports
        every = intake_from_archive(span, services.store).reports
    assert 0 < len(of_feeds) < len(every)
    assert {item.source for item in of_feeds} == {"The Harbour Post"}


@pytest.mark.parametrize("name", ["Cyber", "a/b", "", "x" * 40])
def test_a_name_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(f"edition: {{list: {name!r}}}\nfeeds: []\n", "utf-8")
    done = RUN.invoke(app, ["status", "--feeds", str(bad)])
    assert "edition.list" in str(done.exception)
