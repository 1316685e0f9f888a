"""Letters handed over by the mail server of this machine, by LMTP and SMTP."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from test_inbox import INBOX, letter

from digest.errors import StoreError, UsageError
from digest.mail.inbox_lmtp import Door


@pytest.fixture(params=["lmtp", "smtp"])
def door(request: pytest.FixtureRequest) -> Iterator[tuple[Door, list[tuple[bytes, str, str]]]]:
    came: list[tuple[bytes, str, str]] = []

    def deal(raw: bytes, recipient: str, sender: str) -> None:
        if b"later" in raw:
            raise StoreError("database is locked", url="sqlite:///x")
        if b"a bug" in raw:
            raise ZeroDivisionError("a bug")
        came.append((raw, recipient, sender))

    opened = Door(deal, lambda to: to.startswith("digest"), protocol=request.param)
    opened.start()
    yield opened, came
    opened.stop()


def test_letters_handed_over(door: tuple[Door, list[tuple[bytes, str, str]]]) -> None:
    opened, came = door
    lmtp = opened._protocol == "lmtp"
    client = smtplib.LMTP if lmtp else smtplib.SMTP
    with client("127.0.0.1", opened.port) as smtp:
        smtp.sendmail("reader@inbox.example", [INBOX], letter("", Subject="subscribe"))
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail("reader@inbox.example", ["stranger@harbour.example"], b"x")
        assert refused.value.recipients["stranger@harbour.example"][0] == 550
        for kept in ("later", "a bug"):
            with pytest.raises(smtplib.SMTPDataError) as put_off:
                smtp.sendmail("reader@inbox.example", [INBOX], letter(kept))
            assert put_off.value.smtp_code == 451
        smtp.sendmail("", [INBOX], letter("a bounce"))
    assert [(to, path in ("", "<>")) for _, to, path in came] == [(INBOX, False), (INBOX, True)]
    assert b"Subject: subscribe" in came[0][0]


def test_one_recipient_a_transaction(door: tuple[Door, list[tuple[bytes, str, str]]]) -> None:
    opened, came = door
    client = smtplib.LMTP if opened._protocol == "lmtp" else smtplib.SMTP
    with client("127.0.0.1", opened.port) as smtp:
        refused = smtp.sendmail(
            "reader@inbox.example", [INBOX, "digest+help@harbour.example"], letter("x")
        )
    assert {to: code for to, (code, _) in refused.items()} == {"digest+help@harbour.example": 452}
    assert len(came) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mail.example.org", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(UsageError, match="loopback"):
        Door(lambda *_: None, lambda _: True, host=host)
