"""Letters as their readers chose them, by `digest send` into a sink."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from raw_sink import RawSink
from typer.testing import CliRunner

from digest.cli.app import app
from digest.delivery import Format, Subscriber
from digest.folder import read_record
from digest.store import Readers, open_store

CHOICES: dict[str, tuple[tuple[str, ...], tuple[str, ...], Format]] = {
    "all": ((), (), "html"),
    "cyber": (("cyber",), (), "html"),
    "again": (("cyber",), (), "text"),
    "nothing": ((), ("oceania",), "html"),
}


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installation: Path) -> Path:
    """The sample day's edition, and a reader for each of CHOICES."""
    monkeypatch.delenv("DIGEST_OUT")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["demo"]).exit_code == 0
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        for name, (sections, regions, form) in CHOICES.items():
            address = f"{name}@inbox.example"
            reader = Subscriber(
                address, address, "active", sections=sections, regions=regions, format=form
            )
            Readers(store).subscribe(reader, datetime(2026, 3, 1, tzinfo=UTC))
    return tmp_path / "output" / "2026-03-17"


def _parts(sink: RawSink) -> dict[str, tuple[str, list[str]]]:
    """Reader → subject and the text of each part."""
    found = {}
    for taken in sink.taken:
        message = email.message_from_bytes(taken.letter, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        texts = [" ".join(str(part.get_content()).split()) for part in parts]
        found[taken.recipient.partition("@")[0]] = (str(message["Subject"]), texts)
    return found


def test_each_reader_gets_the_stories_that_were_chosen(sample: Path, sink: RawSink) -> None:
    done = CliRunner().invoke(
        app, ["send", "--date", "2026-03-17", "--subscribers", "--smtp", sink.url]
    )
    assert done.exit_code == 0, done.output
    stories = read_record(sample)["stories"]
    cyber = [story["headline"] for story in stories if story["section"] == "cyber"]
    others = [story["headline"] for story in stories if story["section"] != "cyber"]
    assert cyber
    assert others
    got = _parts(sink)
    assert set(got) == set(CHOICES)
    assert [len(texts) for _, texts in (got["all"], got["cyber"], got["again"])] == [2, 2, 1]
    assert got["all"][0] == stories[0]["headline"]
    assert got["cyber"][0] == got["again"][0] == cyber[0]
    for text in (*got["cyber"][1], *got["again"][1]):
        assert f"Cyber: {len(cyber)} of {len(stories)} stories" in text
        assert all(headline in text for headline in cyber)
        told = re.sub(r"runner-up: .*? \(", "", text)
        assert [headline for headline in others if headline in told] == []
        assert "nsubscribe" in text
    for text in got["nothing"][1]:
        assert f"none of today’s {len(stories)} stories" in text
    assert "2026-03-17" in got["nothing"][0]
