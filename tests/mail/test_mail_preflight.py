"""The last look at a letter: what a letter must have before any leaves."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from digest.address import parse_address
from digest.mail.dkim import Signer, new_private_keys, read_key
from digest.mail.message import Letter, Masthead, Personal
from digest.mail.preflight import LETTER_LIMIT, problems

PLACE = "https://personal.invalid/unsubscribe"
HTML = f'<html><body><p>Ceasefire</p><a href="{PLACE}">Leave</a></body></html>'
TEXT = f"Ceasefire\nLeave: {PLACE}\n"
PERSONAL = Personal(
    parse_address("reader@inbox.example"),
    "<1@harbour.example>",
    "https://harbour.example/u/token",
    "mailto:u+x@harbour.example",
)


def letter(html: str = HTML, text: str = TEXT, personal: Personal = PERSONAL) -> bytes:
    signer = Signer(
        [
            read_key(pem, domain="harbour.example", selector=kind)
            for kind, pem in new_private_keys().items()
        ]
    )
    return Letter(
        Masthead("Brief", "brief.harbour.example", parse_address("desk@harbour.example")),
        subject="Ceasefire",
        html=html,
        text=text,
        date=datetime(2026, 4, 14, tzinfo=UTC),
        edition="2026-04-14",
        placeholders={PLACE: "unsubscribe"},
        signer=signer,
    ).for_reader(personal)


def test_a_letter_of_the_house_may_leave() -> None:
    assert problems(letter()) == ()


GIF = '<p><IMG alt="" SRC="//x.example/t.gif">'


@pytest.mark.parametrize(
    ("html", "text", "told"),
    [
        ("<html><body>No link</body></html>", TEXT, "the html part has no unsubscribe link"),
        (HTML, "No link", "the plain part has no unsubscribe link"),
        (HTML.replace("<p>", GIF), TEXT, "the html part loads something"),
        (HTML.replace("<p>", GIF.replace("//", "https://")), TEXT, "the html part loads something"),
        (HTML, TEXT + "x " * LETTER_LIMIT, "are allowed"),
    ],
)
def test_bodies_that_keep_a_letter_back(html: str, text: str, told: str) -> None:
    assert any(told in line for line in problems(letter(html, text)))


@pytest.mark.parametrize(
    ("there", "instead", "told"),
    [
        (rb"List-Unsubscribe-Post: [^\r]*\r\n", b"", "no List-Unsubscribe-Post"),
        (rb"List-Unsubscribe: [^\r]*\r\n( [^\r]*\r\n)*", b"", "no List-Unsubscribe:"),
        (rb"\r\nSubject: ", b"\r\nX-Subject: ", "no Subject"),
        (rb"(?i):list-unsubscribe-post", b"", "does not cover list-unsubscribe-post"),
        (rb"relaxed/relaxed;", b"relaxed/relaxed; l=10;", "a part of the body only"),
        (rb"\r\n--=_", b"\r\n--=#", "is malformed"),
        (rb"Ceasefire\r\nLeave", b"C" * 1000 + b"\r\nLeave", "more than 998 bytes"),
    ],
)
def test_headers_that_keep_a_letter_back(there: bytes, instead: bytes, told: str) -> None:
    raw = letter()
    changed = re.sub(there, instead, raw)
    assert changed != raw
    assert any(told in line for line in problems(changed)), problems(changed)
