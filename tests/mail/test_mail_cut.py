"""Letters as their readers chose them, by `digest send` into a sink."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from raw_sink import RawSink
from typer.testing import CliRunner

from digest.cli.app import app
from digest.delivery import Due, Format, Subscriber
from digest.demo import serve_sample_day
from digest.folder import read_record
from digest.mailroom import EditionMail, read_mailable
from digest.mailsettings import load_mail_settings
from digest.resources import resource
from digest.store import Readers, open_store

CHOICES: dict[str, tuple[tuple[str, ...], tuple[str, ...], Format]] = {
    "all": ((), (), "html"),
    "cyber": (("cyber",), (), "html"),
    "again": (("cyber",), (), "text"),
    "nothing": ((), ("oceania",), "html"),
}


@pytest.fixture
def sample(
    demo_edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installation: Path
) -> Path:
    """The sample day's edition, and a reader for each of CHOICES."""
    monkeypatch.delenv("DIGEST_OUT")
    monkeypatch.chdir(tmp_path)
    edition = tmp_path / "output" / demo_edition.name
    shutil.copytree(demo_edition, edition)
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        for name, (sections, regions, form) in CHOICES.items():
            address = f"{name}@inbox.example"
            reader = Subscriber(
                address, address, "active", sections=sections, regions=regions, format=form
            )
            Readers(store).subscribe(reader, datetime(2026, 3, 1, tzinfo=UTC))
    return edition


def _parts(sink: RawSink) -> dict[str, tuple[str, list[str]]]:
    """Reader → subject and the text of each part."""
    return {taken.recipient.partition("@")[0]: _parts_of(taken.letter) for taken in sink.taken}


def _parts_of(letter: bytes) -> tuple[str, list[str]]:
    message = email.message_from_bytes(letter, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    texts = [" ".join(str(part.get_content()).split()) for part in parts]
    return str(message["Subject"]), texts


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


def test_a_letter_without_a_story_asks_for_no_comment_on_one(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_REPLY_TO", "digest@harbour.example")
    stored = read_mailable(sample)
    stored = replace(stored, editorial=replace(stored.editorial, comments=True))
    mail = load_mail_settings(stored.editorial, "smtp://127.0.0.1:9")
    edition = EditionMail(mail, stored, datetime(2026, 3, 17, tzinfo=UTC))
    asked = {}
    for name, (sections, regions, form) in CHOICES.items():
        due = Due(1, 1, f"{name}@inbox.example", form, "nonce", 0, sections, regions)
        _, texts = _parts_of(edition.compose(due)[1])
        asked[name] = {"To comment on the first story" in text for text in texts}
    assert asked == {"all": {True}, "cyber": {True}, "again": {True}, "nothing": {False}}


def test_what_is_built_by_hand_can_be_mailed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installation: Path, sink: RawSink
) -> None:
    monkeypatch.delenv("DIGEST_OUT")
    monkeypatch.setenv("DIGEST_SMTP", sink.url)
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    with serve_sample_day(resource("examples/sample-day")) as sample:
        (tmp_path / "feeds.yaml").write_bytes(sample.feeds_file.read_bytes())
        build = ["build", "--now", sample.now.isoformat(), "--to", "me@inbox.example"]
        for more in ([], ["--section", "cyber"], ["--section", "cyber"]):
            done = run.invoke(app, [*build, *more])
            assert done.exit_code == 0, done.output
    subjects = [message[0] for message in _all(sink)]
    assert len(subjects) == 2, "the same special edition a second time is not mailed again"
    assert subjects[0] != subjects[1]


def test_a_special_edition_goes_whole_to_who_chose_another_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installation: Path, sink: RawSink
) -> None:
    monkeypatch.delenv("DIGEST_OUT")
    monkeypatch.setenv("DIGEST_SMTP", sink.url)
    monkeypatch.chdir(tmp_path)
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        me = Subscriber("me@inbox.example", "me@inbox.example", "active", regions=("oceania",))
        Readers(store).subscribe(me, datetime(2026, 3, 1, tzinfo=UTC))
    with serve_sample_day(resource("examples/sample-day")) as sample:
        (tmp_path / "feeds.yaml").write_bytes(sample.feeds_file.read_bytes())
        build = ["build", "--now", sample.now.isoformat(), "--section", "cyber"]
        done = CliRunner().invoke(app, [*build, "--to", "me@inbox.example"])
        assert done.exit_code == 0, done.output
    ((subject, texts),) = _all(sink)
    assert "2026" not in subject
    assert all(subject in text for text in texts)


def _all(sink: RawSink) -> list[tuple[str, list[str]]]:
    return [_parts_of(taken.letter) for taken in sink.taken]
