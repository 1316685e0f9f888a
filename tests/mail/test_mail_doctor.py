"""`digest doctor --mail`: keys made once, the right records, the relay and a letter tried."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import dkim
import pytest
from raw_sink import RawSink
from typer.testing import CliRunner, Result

from digest.cli.app import app
from digest.cli.doctor_mail import dns_records, quoted
from digest.errors import UsageError
from digest.mailsettings import load_mail_settings
from digest.model import Editorial


@pytest.fixture(autouse=True)
def _pages(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_MAIL_PAGES", "https://digest.harbour.example")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["doctor", "--mail", *words])


def told(*words: str) -> dict[str, Any]:
    found = json.loads(run("--json", *words).stdout)
    assert isinstance(found, dict)
    return found


def test_keys_are_made_once_and_private(installation: Path, sink: RawSink) -> None:
    first = told("--smtp", sink.url, "--now", "2026-04-14")
    assert told("--smtp", sink.url)["records"] == first["records"]
    names = sorted(file.name for file in (installation / "keys").iterdir())
    assert names == ["dkim-d2026-ed25519.pem", "dkim-d2026-rsa.pem", "secret"]
    for file in (installation / "keys").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    assert all(finding["good"] for finding in first["findings"])


def test_the_records_are_what_receivers_look_up(installation: Path, sink: RawSink) -> None:
    records = {r["name"]: r["value"] for r in told("--smtp", sink.url)["records"]}
    assert records["harbour.example"] == "v=spf1 mx ~all"
    assert records["_dmarc.harbour.example"].startswith("v=DMARC1; p=none;")
    keys = [name for name in records if "._domainkey.harbour.example" in name]
    assert len(keys) == 2
    for name in keys:
        assert records[name].startswith("v=DKIM1; k=")
        base64.b64decode(records[name].partition("p=")[2], validate=True)


@pytest.mark.parametrize(
    ("relay", "spf"),
    [
        ("smtp://mail.harbour.example", "v=spf1 mx a:mail.harbour.example ~all"),
        ("smtp://192.0.2.7, smtp://[2001:db8::1]", "v=spf1 mx ip4:192.0.2.7 ip6:2001:db8::1 ~all"),
        ("smtp://localhost", "v=spf1 mx ~all"),
    ],
)
def test_spf_names_the_relays(installation: Path, relay: str, spf: str) -> None:
    mail = load_mail_settings(Editorial(), relay)
    assert dict(dns_records(mail))["harbour.example"] == spf


def test_spf_is_for_the_domain_of_returned_mail_as_the_dns_has_it(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_BOUNCES", "b+{}@Post.Bücher.example")
    mail = load_mail_settings(Editorial(), "smtp://localhost")
    assert dict(dns_records(mail))["post.xn--bcher-kva.example"] == "v=spf1 mx ~all"


def test_long_values_are_several_strings() -> None:
    assert quoted("x" * 300) == '"' + "x" * 255 + '" "' + "x" * 45 + '"'


def test_a_test_letter_is_signed_and_verifies(installation: Path, sink: RawSink) -> None:
    result = run("--smtp", sink.url, "--to", "me@inbox.example")
    assert result.exit_code == 0, result.output
    assert "accepted" in result.stdout
    assert "A name may have one SPF record" in result.stdout
    records = {r["name"]: r["value"] for r in told("--smtp", sink.url)["records"]}
    (taken,) = sink.taken
    assert dkim.verify(
        taken.letter, dnsfunc=lambda n, timeout=5: records[n.decode().rstrip(".")].encode()
    )
    assert b"Auto-Submitted: auto-generated" in taken.letter


def test_what_is_wrong_is_told_with_its_mend(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run()
    assert result.exit_code == 1
    assert "DIGEST_SMTP" in result.stdout
    away = run("--smtp", "smtp://127.0.0.1:9", "--to", "me@inbox.example")
    assert away.exit_code == 1
    assert "refused" in away.stdout.lower()
    monkeypatch.setenv("DIGEST_MAIL_FROM", "desk@localhost")
    assert "! sender: set DIGEST_MAIL_FROM" in run().stdout
    (installation / "keys" / "secret").chmod(0o644)
    assert "chmod 600" in run().stdout
    assert isinstance(run("--to", "nonsense").exception, UsageError)


@pytest.mark.parametrize(
    ("env", "good"),
    [
        ({}, False),
        ({"DIGEST_INBOX": "digest@harbour.example"}, False),
        (
            {
                "DIGEST_INBOX": "digest@harbour.example",
                "DIGEST_INBOX_LISTEN": "lmtp://127.0.0.1:8024",
            },
            True,
        ),
        ({"DIGEST_MAIL_UNSUBSCRIBE": "leave+{}@harbour.example"}, True),
        ({"DIGEST_MAIL_PAGES": "https://digest.harbour.example"}, True),
    ],
)
def test_a_list_that_nobody_can_leave_is_to_be_mended(
    installation: Path,
    sink: RawSink,
    monkeypatch: pytest.MonkeyPatch,
    env: dict[str, str],
    good: bool,
) -> None:
    monkeypatch.delenv("DIGEST_MAIL_PAGES")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = run("--smtp", sink.url)
    assert result.exit_code == (0 if good else 1), result.output
    assert ("! leaving: set DIGEST_MAIL_PAGES" in result.stdout) is not good
