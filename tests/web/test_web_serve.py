"""`digest serve` as a process; and the night that forgets sign-ups."""

from __future__ import annotations

import email
import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode

import pytest
from house import DAY, PAGE, Relay, text_of, write_edition

from digest.cli.serve import open_site
from digest.delivery import Subscriber
from digest.errors import UsageError
from digest.lease import Lease
from digest.schedule.clockwork import Turn
from digest.settings import Secret, load_settings
from digest.store import open_store
from digest.store.signups import SignUps
from digest.timetable import Task
from digest.web.forms import FormTime
from digest.work import HouseWork

SECRET = "s" * 40


def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    write_edition(tmp_path / "out", DAY)
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    env |= {
        "DIGEST_OUT": str(tmp_path / "out"),
        "DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3",
        "DIGEST_KEYS": str(tmp_path / "keys"),
    }
    command = [sys.executable, "-m", "digest", "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address, line
        with urllib.request.urlopen(f"{address[0]}/{DAY}/", timeout=10) as answer:  # noqa: S310
            assert answer.read() == PAGE
        with urllib.request.urlopen(f"{address[0]}/", timeout=10) as answer:  # noqa: S310
            assert b"/subscribe" not in answer.read()
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
        assert process.wait(20) in (0, -signal.SIGTERM)
    assert "Subscribing is off" in told
    assert "path=/{date}/ status=200" in told


def test_whether_it_is_ready_is_told_and_why_not_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGEST_KEYS", str(tmp_path / "keys"))
    db, out = f"sqlite:///{tmp_path}/digest.sqlite3", tmp_path / "out"
    settings = replace(load_settings(), db=Secret(db), out=out)
    why = ""
    with (
        open_store(db) as store,
        open_site(settings, store, "127.0.0.1", 0, not_ready=lambda: why) as site,
    ):
        site.start()

        def asked() -> tuple[int, str]:
            connection = http.client.HTTPConnection(site.address[7:], timeout=10)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            told = answer.status, answer.read().decode()
            connection.close()
            return told

        assert asked() == (503, "there is no edition yet\n")
        out.mkdir()
        assert asked() == (200, "ready\n")
        why = "cannot tell what is due: 10.1.2.3 is away"
        assert asked() == (503, "what is due is not done\n")
        with closing(sqlite3.connect(tmp_path / "digest.sqlite3")) as other, other:
            other.execute("DROP TABLE items")
        assert asked() == (503, "the database refuses\n")
        site.stop()
    logged = [r.getMessage() for r in caplog.records if "event=not-ready" in r.getMessage()]
    assert why in logged[0]
    assert "no such table: items" in logged[1]


@pytest.mark.parametrize(
    ("site_url", "pages", "leads_to"),
    [
        ("https://brief.harbour.example/", "", "https://brief.harbour.example"),
        ("", "", "http://127.0.0.1:0"),
        ("https://brief.harbour.example", "https://d.harbour.example", "https://d.harbour.example"),
    ],
)
def test_the_link_to_confirm_leads_to_where_the_pages_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    site_url: str,
    pages: str,
    leads_to: str,
) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    relay = Relay()
    request.addfinalizer(relay.stop)
    monkeypatch.setenv("DIGEST_SMTP", f"smtp://127.0.0.1:{relay.start()}")
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    monkeypatch.setenv("DIGEST_MAIL_PAGES", pages)
    db, told = f"sqlite:///{tmp_path}/digest.sqlite3", list[str]()
    settings = replace(load_settings(), db=Secret(db), out=tmp_path)
    settings = replace(settings, editorial=replace(settings.editorial, site_url=site_url))
    made = FormTime(SECRET).make(datetime.now(UTC) - timedelta(minutes=1))
    form = urlencode({"made": made, "address": "reader@inbox.example", "website": ""})
    with open_store(db) as store, open_site(settings, store, "127.0.0.1", 0, told.append) as site:
        site.start()
        with urllib.request.urlopen(f"{site.address}/subscribe", form.encode()) as answer:  # noqa: S310
            assert answer.status == 200
        site.stop()
    letter = email.message_from_bytes(relay.raw[0], _class=EmailMessage, policy=policy.default)
    assert f"{leads_to}/confirm/" in text_of(letter).decode()
    assert [f"lead to {leads_to}," in line for line in told] == ([] if pages else [True])


def test_a_link_to_an_ipv6_address_has_its_brackets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGEST_SMTP", "smtp://127.0.0.1:9")
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    told = list[str]()
    settings = replace(load_settings(), db=Secret("sqlite://"), out=tmp_path)
    with open_store(str(settings.db)) as store:
        with open_site(settings, store, "::1", 0, told.append) as site:
            assert re.fullmatch(r"http://\[::1\]:[1-9]\d*", site.address)
        assert "lead to http://[::1]:0," in told[0]


def test_the_night_forgets_who_never_confirmed(tmp_path: Path) -> None:
    now = datetime(2026, 4, 14, 3, tzinfo=UTC)
    settings = replace(load_settings(), db=Secret(f"sqlite:///{tmp_path}/digest.sqlite3"))
    with open_store(str(settings.db)) as store:
        roll = SignUps(store)
        roll.ask(Subscriber("a@inbox.example", "a@inbox.example"), now - timedelta(days=9))
        roll.ask(Subscriber("b@inbox.example", "b@inbox.example"), now - timedelta(days=6))
        away = Subscriber("c@inbox.example", "c@inbox.example", "paused", paused_until=now)
        roll.subscribe(away, now - timedelta(days=6))
        task = Task("night", "night:2026-04-14", now, now.date())
        turn = Turn(task, now, Lease(store, "night", "me"), lambda: False)
        result = HouseWork(settings, store).do(turn)
        assert result.outcome == "done"
        assert "1 sign-ups forgotten" in result.note
        assert "1 pauses ended that were over" in result.note
        assert [(reader.key, reader.state) for reader in roll.all()] == [
            ("b@inbox.example", "pending"),
            ("c@inbox.example", "active"),
        ]


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("DIGEST_PROXIES", "nginx"),
        ("DIGEST_PROXIES", "127.0.0.1, 10.0.0.1/8"),
        ("DIGEST_ADMIN_HEADER", "X Remote User"),
    ],
)
def test_a_proxy_that_would_never_be_believed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, given: str
) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    monkeypatch.setenv(key, given)
    settings = replace(load_settings(), db=Secret("sqlite://"), out=tmp_path)
    with (
        open_store("sqlite://") as store,
        pytest.raises(UsageError, match=f"^environment: {key}: "),
        open_site(settings, store, "127.0.0.1", 0, print),
    ):
        pass
