"""`digest migrate --from --to` as an operator uses it: killed at any time, and life afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from commands import digest, say
from databases import tables_of
from raw_sink import RawSink
from typer.testing import CliRunner

from digest.cli.app import app
from digest.demo import serve_sample_day
from digest.errors import StoreError, UsageError
from digest.resources import resource
from digest.store import open_store

ITEMS = 50_000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.sqlite3"
    return str(request.getfixturevalue("postgresql_database"))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A database that is not moved in a moment."""
    file = tmp_path / "large.sqlite3"
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as database:
        database.execute(
            """
            INSERT INTO items (id, url, source, title, text, date, first_seen, lang, author, image,
              credit, feed, via, categories, counts_at, content, last_seen, gone_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT lower(hex(randomblob(8))), 'https://a.example', 'A', 'T', 'text', NULL,
              '2026-04-14 06:00:00.000000', 'en', '', '', '', '', '', '[]',
              '2026-04-14 06:00:00.000000', randomblob(16), '2026-04-14 06:00:00.000000', NULL
            FROM n
            """,
            (ITEMS,),
        )
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.mark.system
@pytest.mark.parametrize("when", ["copied", "verified"])
def test_killed_in_the_middle_and_begun_again(large: Path, target: str, when: str) -> None:
    before = sha256(large.read_bytes()).digest()
    source = f"sqlite:///{large}"
    words = [sys.executable, "-m", "digest", "migrate", "--from", source, "--to", target]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as moving:
        assert moving.stderr
        first = next(line for line in moving.stderr if line.startswith(when))
        os.kill(moving.pid, signal.SIGKILL)
    assert first == f"{when} 20,000 of {ITEMS:,} rows of items\n"
    assert moving.returncode == -signal.SIGKILL
    assert tables_of(target) == []
    assert sha256(large.read_bytes()).digest() == before
    done = CliRunner().invoke(app, ["migrate", "--from", source, "--to", target, "--json"])
    moved = {one["table"]: one["rows"] for one in json.loads(done.stdout)["moved"]}
    assert moved["items"] == ITEMS
    assert sha256(large.read_bytes()).digest() == before
    with open_store(target) as store:
        assert store.status().items == ITEMS


def test_what_is_told(large: Path, target: str, tmp_path: Path) -> None:
    done = digest(tmp_path, "migrate", "--from", f"sqlite:///{large}", "--to", target)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "items" in line] == [
        f"{what} {rows} of 50,000 rows of items"
        for what in ("copied", "verified")
        for rows in ("20,000", "40,000", "50,000")
    ]
    assert re.search(r"^ *items +50,000 +[0-9a-f]{12} *$", done.stdout, re.MULTILINE)
    assert "leases" not in done.stdout
    assert "set DIGEST_DB to the new one" in done.stdout


def test_wrong_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["--from", "sqlite:///a"], ["--to", "sqlite:///a"]):
        with pytest.raises(UsageError, match="--from URL and --to URL"):
            say("migrate", *words)
    with pytest.raises(UsageError, match="--db does not go with"):
        say("migrate", "--from", "sqlite:///a", "--to", "sqlite:///b", "--db", "sqlite:///c")
    with pytest.raises(StoreError, match="there is no such file"):
        say("migrate", "--from", "sqlite:///a", "--to", "sqlite:///b")
    assert not [*tmp_path.iterdir()]


@pytest.mark.system
def test_life_goes_on(
    postgresql_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editions keep their numbers, no letter is sent twice, what was told is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("DIGEST_MAIL_FROM", "desk@harbour.example")
    send = ("send", "--date", "2026-03-17", "--subscribers", "--smtp")
    with serve_sample_day(resource("examples/sample-day")) as sample, RawSink() as sink:
        (tmp_path / "feeds.yaml").write_bytes(sample.feeds_file.read_bytes())
        now = sample.now.isoformat()
        say("build", "--now", now)
        for name in ("anna", "bo"):
            say("subscribers", "add", f"{name}@inbox.example", "--consent", "in person")
        say(*send, sink.url)
        assert len(sink.taken) == 2
        found = say("search", "the")
        say("migrate", "--from", "sqlite:///output/digest.sqlite3", "--to", postgresql_database)

        monkeypatch.setenv("DIGEST_DB", postgresql_database)
        assert say("search", "the") == found
        say(*send, sink.url)
        assert len(sink.taken) == 2
        say("subscribers", "add", "cleo@inbox.example", "--consent", "in person")
        say(*send, sink.url)
        assert len(sink.taken) == 3
        assert "0 new to the archive" in say("build", "--now", now)
        assert "no. 1" in say("status", "--now", now)
        assert "0 problems" in say("verify", "output")
