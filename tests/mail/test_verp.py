"""Tagged addresses: read back whatever a mail system did to them, and made by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.mail.verp import Kind, Tag, Verp

SECRET = "s3cr3t-of-this-installation-0123456789"
VERP = Verp("bounces+{}@harbour.example", SECRET)


@given(st.sampled_from(["b", "u"]), st.integers(0, 36**12 - 1))
def test_a_tag_comes_back(kind: Kind, number: int) -> None:
    address = VERP.address(kind, number)
    assert len(address.local) <= 64
    tag = Tag(kind, number)
    assert VERP.read(str(address)) == tag
    assert VERP.read(str(address).upper()) == tag
    assert VERP.read(f"Postmaster <x@y.example>, <{address}>") == tag
    assert VERP.read(f"rfc822; {address}") == tag


@given(st.integers(0, 10**9), st.integers(0, 32))
def test_a_changed_tag_is_none(number: int, at: int) -> None:
    text = str(VERP.address("b", number)).partition("@")[0]
    at = len("bounces+b") + at % (len(text) - len("bounces+b"))
    for new in "a7-f":
        if new != text[at]:
            assert VERP.read(text[:at] + new + text[at + 1 :] + "@harbour.example") is None


def test_another_secret_reads_nothing() -> None:
    assert Verp("b+{}@h.example", "x" * 32).read(str(VERP.address("b", 7))) is None
    assert VERP.read("") is None
    assert VERP.read("bounces+b1-aaaaaaaaaaaa@harbour.example") is None


@pytest.mark.parametrize(
    "template",
    [
        "",
        "bounces@harbour.example",
        "bounces@{}.harbour.example",
        "bounces+{}",
        "bounces+{}{}@h.example",
        "a b{}@h.example",
        "{x}@h.example",
        "x" * 60 + "{}@h.example",
    ],
)
def test_wrong_templates_are_told(template: str) -> None:
    with pytest.raises(UsageError):
        Verp(template, SECRET)
