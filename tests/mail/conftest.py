"""A stored edition to mail, and an installation of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from databases import migrated
from raw_sink import RawSink

from digest.delivery import Subscriber
from digest.folder import Bundle, write_edition
from digest.model import Editorial, Rendered
from digest.store import Ledger, Readers, open_ledger, open_store

DAY = date(2026, 4, 14)
HEADLINE = "Ceasefire holds in the strait — talks on Friday"
PAGE = f"<!doctype html><html><body><h1>{HEADLINE}</h1></body></html>\n"
EMAIL = (
    "<!doctype html><html><body><p>14 April<!--personal:top--></p>"
    f"<h1>{HEADLINE}</h1>"
    + "<p>Ceasefire holds in the strait &amp; talks go on…</p>\n" * 40
    + "<p><!--personal:foot--></p></body></html>\n"
)
TEXT = (
    f"HARBOUR SECURITY DAILY\n14 April\n{HEADLINE}\n"
    + "-" * 72
    + "\n"
    + "Ceasefire holds in the strait.\n" * 30
    + "-" * 72
    + "\nMade by machine.\n"
)
RECORD = json.dumps({"date": "2026-04-14", "stories": [{"headline": HEADLINE}]}).encode()


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder that holds one edition."""
    out = tmp_path_factory.mktemp("output")
    bundle = Bundle(
        date=DAY,
        number=1,
        now=datetime(2026, 4, 14, 5, tzinfo=UTC),
        program="Daily Security Digest",
        editorial=Editorial(title="Harbour Security Daily"),
        feeds=(),
        items=(),
        outside_window=0,
        dropped=(),
        health=(),
        earlier=(),
        recent=(),
    )
    write_edition(out, Rendered(PAGE.encode(), EMAIL.encode(), TEXT.encode(), RECORD), bundle)
    return out


@pytest.fixture
def installation(tmp_path: Path, edition: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an installation that mails, of one feed; the folder that it is in."""
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGEST_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("DIGEST_OUT", str(edition))
    monkeypatch.setenv("DIGEST_DB", f"sqlite:///{tmp_path}/digest.sqlite3")
    monkeypatch.setenv("DIGEST_MAIL_FROM", "Harbour Desk <desk@harbour.example>")
    (tmp_path / "feeds.yaml").write_text(
        "feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]\n"
    )
    (tmp_path / "digest.sqlite3").write_bytes(migrated())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def readers() -> int:
    """How many `ledger` has; a module may say otherwise."""
    return 10


@pytest.fixture
def ledger(tmp_path: Path, readers: int) -> Iterator[Ledger]:
    """An edition's letters to readers at two domains, all queued."""
    with open_store(f"sqlite:///{tmp_path}/d.sqlite3") as store:
        names = [f"r{n}@d{n % 2}.example" for n in range(readers)]
        batch = [(Subscriber(name, name, "active"), name.encode()) for name in names]
        now = datetime(2026, 4, 14, 6, tzinfo=UTC)
        Readers(store).take_in(batch, now)
        with open_ledger(store, DAY) as ledger:
            ledger.queue_subscribers(now)
            yield ledger


@pytest.fixture
def sink() -> Iterator[RawSink]:
    with RawSink() as sink:
        yield sink
