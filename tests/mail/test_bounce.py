"""Mail that came back: sample letters written for this project, each beside what it means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.bounce import read_return
from digest.mail.verp import Verp

DATA = Path(__file__).parent.parent / "data" / "mail"
VERP = Verp("bounces+{}@harbour.example", "s3cr3t-of-this-installation-0123456789")
TAG = str(VERP.address("b", 42))
LEAVE = str(VERP.address("u", 7))
LETTERS = sorted(DATA.glob("*.eml"))


def letter(name: str) -> bytes:
    text = (DATA / f"{name}.eml").read_text("utf-8")
    return text.replace("@TAG@", TAG).replace("@LEAVE@", LEAVE).encode()


@pytest.mark.parametrize("name", [path.stem for path in LETTERS])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_every_sample_is_read_as_what_it_is(name: str, ends: bytes) -> None:
    expected = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    found = read_return(letter(name).replace(b"\n", ends), VERP)
    tag = [found.tag.kind, found.tag.number] if found.tag else None
    assert {"kind": found.kind, "status": found.status, "tag": tag} == expected
    assert "\n" not in found.summary
    assert len(found.summary) <= 300


def test_the_envelopes_recipient_tells_it_too() -> None:
    raw = letter("dsn-unmatched")
    assert read_return(raw, VERP).tag is None
    found = read_return(raw, VERP, TAG.upper())
    assert found.tag is not None
    assert found.tag.number == 42


@given(st.binary(max_size=400))
def test_no_letter_breaks_the_reader(raw: bytes) -> None:
    assert read_return(raw, VERP).tag is None


@given(st.sampled_from([path.stem for path in LETTERS]), st.data())
def test_no_damaged_sample_breaks_the_reader(name: str, data: st.DataObject) -> None:
    raw = letter(name)
    at = data.draw(st.integers(0, len(raw)))
    cut = data.draw(st.integers(0, 60))
    read_return(raw[:at] + data.draw(st.binary(max_size=8)) + raw[at + cut :], VERP)


@pytest.mark.parametrize("name", ["Subject", "From", "Auto-Submitted", "Precedence", "Return-Path"])
@pytest.mark.parametrize(
    ("word", "read"), [("=?utf-8?b?a?=", "=?utf-8?b?a?="), ("=?idna?q?Back?=", "Back")]
)
def test_an_encoded_word_that_is_none_is_read_as_it_stands(name: str, word: str, read: str) -> None:
    raw = f"To: {TAG}\n{name}: {word}\n\nhello\n".encode()
    found = read_return(raw, VERP)
    assert found.tag is not None
    assert found.summary == (read if name == "Subject" else "")


def test_a_letter_that_trips_the_parser_is_unknown() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    found = read_return(deep + b"\nhello\n", VERP, TAG)
    assert (found.kind, found.summary) == ("unknown", "a letter that cannot be read")
    assert found.tag is not None
