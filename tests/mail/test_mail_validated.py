"""Letters of the sample day, judged by tools that are not ours: dkimpy, the standard library's
parser at its strictest, and SpamAssassin.

Debian's spamassassin is needed for the last one: apt-get install spamassassin
"""

from __future__ import annotations

import email
import email.policy
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from typer.testing import CliRunner

from digest.address import parse_address
from digest.cli.app import app
from digest.delivery import Due, Subscriber
from digest.desk.open import offer_of
from digest.desk.stationery import Stationery
from digest.mail.dkim import new_private_keys
from digest.mail.message import service_letter
from digest.mailroom import EditionMail, masthead, read_mailable
from digest.mailsettings import MailSettings, load_mail_settings, write_private
from digest.model import Editorial
from digest.readers.service import Note

pytestmark = pytest.mark.system

NOW = datetime(2026, 3, 17, 6, 40, tzinfo=UTC)
KINDS = ("edition", "edition as text", "confirm")
SPAM_BELOW = 1.0
"""SpamAssassin's points; receivers refuse from 5 on."""


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> MailSettings:
    keys = tmp_path_factory.mktemp("keys")
    env = {
        "DIGEST_KEYS": str(keys),
        "DIGEST_MAIL_FROM": "Harbour Desk <desk@harbour.example>",
        "DIGEST_MAIL_PAGES": "https://digest.harbour.example",
    }
    for kind, pem in new_private_keys().items():
        write_private(keys / f"dkim-a26-{kind}.pem", pem)
    return load_mail_settings(Editorial(), env=env)


@pytest.fixture(scope="module")
def letters(mail: MailSettings, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """One of each kind that leaves the house, as it goes over the wire."""
    out = tmp_path_factory.mktemp("output")
    made = CliRunner().invoke(app, ["demo", "--out", str(out)])
    assert made.exit_code in (0, 3), made.output
    (folder,) = out.glob("????-??-??")
    edition = EditionMail(mail, read_mailable(folder), NOW)
    editorial = Editorial(title=edition.masthead.title)
    reader = Subscriber("reader@inbox.example", "reader@inbox.example", id=1, nonce="nonce123")
    note = Note("confirm", parse_address(reader.address), reader, "1.nonce123.zzzzzz." + "A" * 43)
    written = Stationery(
        editorial,
        pages=mail.pages,
        inbox="digest@harbour.example",
        offer=offer_of(editorial),
        consent="I want it.",
    ).write(note)
    confirm = service_letter(
        masthead(mail, editorial),
        to=note.to,
        message_id="<confirm.abc@harbour.example>",
        subject=written.subject,
        text=written.text,
        date=NOW,
        signer=mail.signer,
    )
    return {
        "edition": edition.compose(Due(1, 1, reader.address, "html", "nonce123", 0))[1],
        "edition as text": edition.compose(Due(1, 1, reader.address, "text", "nonce123", 0))[1],
        "confirm": confirm,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_dkimpy_verifies_both_signatures(
    kind: str, letters: Mapping[str, bytes], mail: MailSettings
) -> None:
    records = dict(key.dns_record() for key in mail.keys)

    def dns(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    assert len(mail.keys) == 2
    for place in range(2):
        assert dkim.DKIM(letters[kind]).verify(idx=place, dnsfunc=dns)
    broken = letters[kind].replace(b"Subject: ", b"Subject: Not ", 1)
    assert not dkim.DKIM(broken).verify(dnsfunc=dns)


@pytest.mark.parametrize("kind", KINDS)
def test_the_strict_parser_finds_no_defect(kind: str, letters: Mapping[str, bytes]) -> None:
    raw = letters[kind]
    policy = email.policy.strict.clone(linesep="\r\n")  # raises at the first defect
    letter = email.message_from_bytes(raw, _class=EmailMessage, policy=policy)
    for part in letter.walk():
        assert not part.defects
        for name, value in part.items():
            assert not value.defects, (name, value)
        if not part.is_multipart():
            assert part.get_content()
    # RFC 5322 section 2.1.1 and RFC 2045: CRLF alone, 7 bits, lines of 998 at most (78 in bodies).
    head, _, body = raw.partition(b"\r\n\r\n")
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    names = [name.lower() for name in letter]
    once = ("from", "to", "subject", "date", "message-id", "mime-version", "list-id")
    assert [names.count(name) for name in once] == [1] * len(once)  # RFC 5322 section 3.6


@pytest.mark.skipif(
    not shutil.which("spamassassin"),
    reason="SpamAssassin is not installed: apt-get install spamassassin",
)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=pytest.mark.xfail(
                kind == "edition as text",
                raises=AssertionError,
                reason="MONEY_NOHTML, 1.0 of the 5 that are spam: the day's news has a ransom of "
                "12 million dollars, and the letter has no HTML",
                strict=True,
            ),
        )
        for kind in KINDS
    ],
)
def test_spamassassin_finds_nothing_to_say(
    kind: str, letters: Mapping[str, bytes], tmp_path: Path
) -> None:
    told = subprocess.run(
        ["spamassassin", "-L", "-t", "-x", "--cf", "use_bayes 0", "--cf", "use_pyzor 0"],
        input=letters[kind],
        capture_output=True,
        timeout=60,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C"},
    ).stdout.decode("utf-8", "replace")
    report = told[told.index("Content analysis details") :]
    points = re.match(r"Content analysis details:\s+\((-?[\d.]+) points", report)
    assert points, report
    assert float(points[1]) < SPAM_BELOW, report
