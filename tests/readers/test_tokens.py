"""Tokens: forged, expired, truncated, swapped, replayed ones do not count."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery import base36
from digest.errors import TokenError
from digest.readers.tokens import LIFETIMES, MOST_ACT, Claim, Purpose, Tokens

SECRET = "s3cr3t-of-this-installation-0123456789"
NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
TOKENS = Tokens(SECRET)
purposes = st.sampled_from(sorted(LIFETIMES))
numbers = st.integers(0, 36**13 - 1)
nonces = st.text("abcXYZ019_-", min_size=1, max_size=32)


def refusal(purpose: Purpose, token: str, now: datetime = NOW, tokens: Tokens = TOKENS) -> str:
    with pytest.raises(TokenError) as caught:
        tokens.read(purpose, token, now)
    assert len(token) < 20 or token not in str(caught.value)
    return caught.value.reason


@given(purposes, numbers, nonces)
def test_what_was_made_is_read(purpose: Purpose, reader: int, nonce: str) -> None:
    token = TOKENS.make(purpose, reader, nonce, NOW)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert TOKENS.read(purpose, token, NOW) == Claim(reader, nonce)
    assert (
        TOKENS.read(purpose, token, NOW + LIFETIMES[purpose] - timedelta(seconds=2)).reader
        == reader
    )


@given(numbers, nonces, st.text("abc019_-", max_size=MOST_ACT))
def test_what_is_to_be_done_is_signed_too(reader: int, nonce: str, act: str) -> None:
    token = TOKENS.make("act", reader, nonce, NOW, act)
    assert TOKENS.read("act", token, NOW) == Claim(reader, nonce, act)
    if act:
        assert refusal("act", token.replace(f".{act}.", ".unsubscribe.", 1)) == "forged"


@given(purposes, numbers, nonces, st.integers(0, 10**6))
def test_expired(purpose: Purpose, reader: int, nonce: str, seconds: int) -> None:
    token = TOKENS.make(purpose, reader, nonce, NOW)
    late = NOW + LIFETIMES[purpose] + timedelta(seconds=seconds)
    assert refusal(purpose, token, late) == "expired"


@given(purposes, purposes, numbers, nonces)
def test_a_token_serves_one_purpose(
    purpose: Purpose, other: Purpose, reader: int, nonce: str
) -> None:
    if other != purpose:
        assert refusal(other, TOKENS.make(purpose, reader, nonce, NOW)) == "forged"


@given(purposes, numbers, nonces, st.data())
def test_truncated(purpose: Purpose, reader: int, nonce: str, data: st.DataObject) -> None:
    token = TOKENS.make(purpose, reader, nonce, NOW)
    cut = data.draw(st.integers(0, len(token) - 1))
    assert refusal(purpose, token[:cut]) == "forged"
    if cut:
        assert refusal(purpose, token[cut:]) == "forged"


@given(purposes, numbers, nonces, st.data())
def test_any_changed_character(
    purpose: Purpose, reader: int, nonce: str, data: st.DataObject
) -> None:
    token = TOKENS.make(purpose, reader, nonce, NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[at]))
    assert refusal(purpose, token[:at] + new + token[at + 1 :]) == "forged"


@pytest.mark.parametrize(("ours", "other"), [("-", "+"), ("_", "/")])
def test_a_signature_is_written_in_one_way(ours: str, other: str) -> None:
    """Base64's two alphabets and its spare bits have several for the same bytes."""
    made = (TOKENS.make("confirm", reader, "n", NOW) for reader in range(99))
    token = next(token for token in made if ours in token.rpartition(".")[2])
    assert refusal("confirm", token.replace(ours, other)) == "forged"


@given(purposes, st.tuples(numbers, numbers), nonces)
def test_parts_of_two_tokens_make_none(
    purpose: Purpose, readers: tuple[int, int], nonce: str
) -> None:
    one, two = (TOKENS.make(purpose, reader, nonce, NOW) for reader in readers)
    if one != two:
        swapped = f"{one.rpartition('.')[0]}.{two.rpartition('.')[2]}"
        assert refusal(purpose, swapped) == "forged"


@given(purposes, st.text(max_size=300))
def test_anything_else_is_forged(purpose: Purpose, text: str) -> None:
    assert refusal(purpose, text) == "forged"


def test_another_installations_token_is_forged() -> None:
    other = Tokens("x" * 32)
    assert refusal("confirm", other.make("confirm", 1, "n", NOW)) == "forged"


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Tokens("short")


@pytest.mark.parametrize("nonce", ["", "a b", "ü", "x" * 33, "a.b"])
def test_a_nonce_that_could_break_the_token_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        TOKENS.make("confirm", 1, nonce, NOW)


def test_hashes_of_addresses_are_keyed() -> None:
    assert TOKENS.address_hash("a@b.example") == Tokens(SECRET).address_hash("a@b.example")
    assert TOKENS.address_hash("a@b.example") != Tokens("x" * 32).address_hash("a@b.example")
    assert len(TOKENS.address_hash("a@b.example")) == 32


@given(st.integers(0, 2**70))
def test_base36(number: int) -> None:
    assert int(base36(number), 36) == number
