"""`digest run` and `digest doctor` as they are started, against a real mail system."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import dkim
import pytest
from post_office import PostOffice, missing, open_post_office, until
from test_mail_system import BO, DOMAINS, MAILBOXES, read

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(missing()), reason=missing())]

SETTINGS = (
    "feeds: [{name: Nobody, url: 'http://127.0.0.1:9/feed', allow_private: true}]\n"
    "edition: {title: Harbour Security Daily}\n"
)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office(MAILBOXES) as opened:
        yield opened


def environment(folder: Path, office: PostOffice, domain: str) -> dict[str, str]:
    (folder / "feeds.yaml").write_text(SETTINGS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    return kept | {
        "DIGEST_KEYS": str(folder / "keys"),
        "DIGEST_SMTP": office.relay,
        "DIGEST_MAIL_FROM": f"Harbour Desk <desk@{domain}>",
        "DIGEST_INBOX": f"digest@{domain}",
        "OMP_NUM_THREADS": "1",
    }


def digest(folder: Path, env: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "digest", *words]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@contextmanager
def service(folder: Path, env: dict[str, str]) -> Iterator[None]:
    """`digest run`, asked to end when it is no longer needed."""
    command = [sys.executable, "-m", "digest", "run", "--port", "0"]
    file = folder / "run.log"
    with file.open("a") as log:
        before = file.read_text().count("event=started")
        process = subprocess.Popen(command, cwd=folder, env=env, stderr=log)
        try:
            until(lambda: file.read_text().count("event=started") > before, file.read_text)
            yield
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("way", DOMAINS)
def test_subscribing_by_letter_from_service_to_service(
    way: str, office: PostOffice, tmp_path: Path
) -> None:
    domain = DOMAINS[way]
    env = environment(tmp_path, office, domain)
    if way == "lmtp":
        env["DIGEST_INBOX_LISTEN"] = f"lmtp://127.0.0.1:{office.desk}"
    else:
        env["DIGEST_INBOX_IMAP"] = office.mailbox(f"digest@{domain}")

    def said() -> str:
        return (tmp_path / "run.log").read_text() + office.log()

    def writes(subject: str, **more: str) -> None:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = BO, f"digest@{domain}", subject
        letter["Message-ID"] = make_msgid(domain="inbox.example")
        for name, value in more.items():
            letter[name.replace("_", "-")] = value
        office.post(BO, f"digest@{domain}", letter.as_bytes())

    def readers(state: str) -> list[str]:
        told = digest(tmp_path, env, "subscribers", "list", "--state", state, "--json")
        return [reader["address"] for reader in map(json.loads, told.splitlines())]

    if way == "imap":  # it is polled once a minute, so it is there before the service is
        writes("subscribe")
    with service(tmp_path, env):
        if way == "lmtp":
            writes("subscribe")
        until(lambda: len(office.fetch(BO)) == 1, said)
    assert readers("pending") == [BO]
    asked = read(office.fetch(BO)[0])
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    if way == "imap":
        writes(f"Re: {asked['Subject']}", **answer)
    with service(tmp_path, env):
        if way == "lmtp":
            writes(f"Re: {asked['Subject']}", **answer)
        until(lambda: len(office.fetch(BO)) == 2, said)
    assert readers("active") == [BO]
    assert "@inbox.example" not in (tmp_path / "run.log").read_text()


def test_doctors_letter_arrives_and_its_signatures_verify(
    office: PostOffice, tmp_path: Path
) -> None:
    env = environment(tmp_path, office, "harbour.example")
    env["DIGEST_INBOX_LISTEN"] = f"lmtp://127.0.0.1:{office.desk}"
    told = json.loads(digest(tmp_path, env, "doctor", "--mail", "--to", BO, "--json"))
    assert [finding["what"] for finding in told["findings"] if finding["good"]] == [
        "sender",
        "keys",
        "relay",
        "test letter",
        "leaving",
    ]
    office.settle()
    (raw,) = office.fetch(BO)
    records = {record["name"]: record["value"] for record in told["records"]}
    assert records["_dmarc.harbour.example"].startswith("v=DMARC1;")
    assert records["harbour.example"].startswith("v=spf1 ")
    for place in range(2):
        assert dkim.DKIM(raw).verify(
            idx=place, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")].encode()
        )
