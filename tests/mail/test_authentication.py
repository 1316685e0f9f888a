"""Whose word on a letter's From is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.authentication import vouched

MX = "mx.harbour.example"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=inbox.example",
        "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=Inbox.Example",
        'dkim=pass (2048-bit key; (unprotected)) header.d=inbox.example header.i="@inbox.example"',
        "spf=pass (mx: ok) smtp.mailfrom=reader@inbox.example smtp.helo=out.inbox.example",
        "spf=pass smtp.mailfrom=inbox.example",
        "spf=fail smtp.mailfrom=x@evil.example; dkim/1 = pass header.d=inbox.example",
        'spf=pass smtp.mailfrom="a; (b"@inbox.example',
        "dmarc=none header.from=inbox.example; dkim=pass header.d=inbox.example",
        "dmarc=fail header.from=other.example; dkim=pass header.d=inbox.example",
        "auth=pass smtp.auth=x; dkim=fail header.d=inbox.example; dkim=pass header.d=inbox.example",
    ],
)
def test_believed(results: str) -> None:
    assert vouched([f"{MX}; {results}"], MX, "inbox.example")
    assert vouched([f"MX.Harbour.Example 1; {results}", f"{MX}; none"], MX, "inbox.example")
    assert not vouched([f"{MX}; {results}"], MX, "other.example")
    assert not vouched([f"{MX}; {results}"], "mx.strand.example", "inbox.example")
    assert not vouched([f"{MX}; {results}"], "", "inbox.example")
    assert not vouched([f"{MX}; none", f"{MX}; {results}"], MX, "inbox.example")


@pytest.mark.parametrize(
    "results",
    [
        "none",
        "",
        "dmarc=fail header.from=inbox.example",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=evil.inbox.example",  # may be another's, under a public suffix
        "dkim=pass header.d=example",
        "dkim=pass header.d=x-inbox.example",
        "dkim=none header.d=inbox.example",
        "spf=pass smtp.helo=inbox.example",
        "spf=softfail smtp.mailfrom=reader@inbox.example",
        "spf=pass smtp.mailfrom=inbox.example@evil.example",
        "dkim=fail (dmarc=pass header.from=inbox.example)",
        'dkim=fail reason="x; dmarc=pass" header.d=inbox.example',
        "arc=pass header.from=inbox.example",
        "dkim=pass header.d=inbox.example; dmarc=fail header.from=inbox.example",
        # A sender's own words, in quotes, in a comment, or without an end.
        'dkim=fail reason="x; dmarc=pass header.from=inbox.example" header.d=inbox.example',
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=inbox.example "@evil.example',
        r'spf=pass smtp.mailfrom="x\"; dmarc=pass header.from=inbox.example "@evil.example',
        'spf=pass (of "a); dmarc=pass header.from=inbox.example ("@evil.example ok)',
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=inbox.example',
        "spf=pass (of a); dmarc=pass header.from=inbox.example)",
    ],
)
def test_not_believed(results: str) -> None:
    assert not vouched([f"{MX}; {results}"], MX, "inbox.example")


def test_a_name_above_speaks_for_those_below() -> None:
    assert vouched([f"{MX}; dkim=pass header.d=inbox.example"], MX, "staff.inbox.example")


@given(st.text(max_size=300))
def test_no_header_breaks_it(text: str) -> None:
    assert not vouched([text], MX, "inbox.example")
    vouched([f"{MX};{text}"], MX, "inbox.example")
