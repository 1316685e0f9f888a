"""Mail addresses: what is one, and when two are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.address import parse_address
from digest.errors import AddressError


@pytest.mark.parametrize(
    ("written", "mailed", "key"),
    [
        ("reader@inbox.example", "reader@inbox.example", "reader@inbox.example"),
        (" Reader+news@Inbox.Example ", "Reader+news@inbox.example", "reader+news@inbox.example"),
        ("o'neil@inbox.example", "o'neil@inbox.example", "o'neil@inbox.example"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ("a@bücher.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("Jörg@inbox.example", "Jörg@inbox.example", "jörg@inbox.example"),
        ("Jo\u0308rg@inbox.example", "Jörg@inbox.example", "jörg@inbox.example"),
    ],
)
def test_spellings_of_one_reader(written: str, mailed: str, key: str) -> None:
    address = parse_address(written)
    assert str(address) == mailed
    assert address.key == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "reader",
        "reader@",
        "@inbox.example",
        "a b@inbox.example",
        "a..b@inbox.example",
        ".a@inbox.example",
        "a.@inbox.example",
        '"a b"@inbox.example',
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@b..example",
        "a@-b.example",
        "a@b.example.",
        "a@b_c.example",
        "a@b.example, c@d.example",
        "Name <a@b.example>",
        "a@b.example\r\nBcc: c@d.example",
        "a\r\nb@b.example",
        "a\u200bb@b.example",
        "a\u202eb@b.example",
        "a\u00a0b@b.example",
        "a@xn--a.example",
        "a" * 65 + "@b.example",
        "a@" + ".".join(["b" * 60] * 5),
        "a\0@b.example",
        "a@b\udc80.example",
    ],
)
def test_what_is_no_address_is_refused_on_one_line(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert "\n" not in str(caught.value)


def test_only_utf8_local_parts_need_smtputf8() -> None:
    assert parse_address("jörg@inbox.example").needs_utf8
    assert not parse_address("a@bücher.example").needs_utf8


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("desk+u1-9c@b.example", "mailto:desk+u1-9c@b.example?subject=help%20me"),
        ("a_b=c~d.e@b.example", "mailto:a_b=c~d.e@b.example?subject=help%20me"),
        ("o'neil&jörg@b.example", "mailto:o%27neil%26j%C3%B6rg@b.example?subject=help%20me"),
        ("a?b#c%d@b.example", "mailto:a%3Fb%23c%25d@b.example?subject=help%20me"),
    ],
)
def test_a_link_to_an_address_is_the_same_in_any_attribute(address: str, link: str) -> None:
    assert parse_address(address).mailto("help me") == link


@given(st.text(max_size=60).map(lambda s: s + "@b.example"))
def test_whatever_is_read_is_read_again_as_the_same(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(str(address)) == address
    assert not set(str(address)) & set('\r\n\0 <>,;:"()')
