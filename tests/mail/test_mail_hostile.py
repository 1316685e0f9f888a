"""Hostile headlines and names in a letter's headers: one line each, and no header of their own."""

from __future__ import annotations

import email
import email.policy
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.address import parse_address
from digest.mail.message import Letter, Masthead, Personal
from digest.mailroom import subject_of
from digest.model import Editorial

HOSTILE = Path(__file__).parents[1] / "data" / "render" / "hostile.json"
TEXTS: list[str] = json.loads(HOSTILE.read_text(encoding="utf-8"))["texts"]
PLACE = "https://personal.invalid/unsubscribe"
ALLOWED = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "Content-Type"),
    *("Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Transfer-Encoding"),
}


@pytest.mark.parametrize("text", ["او به خانه می\u200cرود", "👩\u200d🚒 saves a cat", "क्\u200dष"])
def test_a_subject_keeps_the_joins_of_its_script(text: str) -> None:
    record = {"date": "2026-04-14", "stories": [{"headline": f"\u202e{text}\ue000 "}]}
    assert subject_of(record, Editorial()) == text


@pytest.mark.parametrize("text", TEXTS)
def test_a_headline_is_a_subject_and_nothing_else(text: str) -> None:
    record = {"date": "2026-04-14", "stories": [{"headline": text}]}
    subject = subject_of(record, Editorial())
    raw = Letter(
        Masthead("Brief", "brief.harbour.example", parse_address("desk@harbour.example")),
        subject=subject,
        html=f'<a href="{PLACE}">Leave</a>',
        text=f"{PLACE}\n",
        date=datetime(2026, 4, 14, tzinfo=UTC),
        edition="2026-04-14",
        placeholders={PLACE: "unsubscribe"},
    ).for_reader(
        Personal(
            parse_address("reader@inbox.example"),
            "<1@harbour.example>",
            "https://harbour.example/u/t",
        )
    )
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert set(message.keys()) <= ALLOWED
    assert message["To"] == "reader@inbox.example"
    assert message.get_all("Bcc") is None
    assert message["Subject"].split() == subject.split()
