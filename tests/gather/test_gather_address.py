"""Which addresses may be asked."""

from __future__ import annotations

import socket

import pytest

from digest.gather.address import RefusedAddress, guarded_socket, own_place, place, refusal, shown

REFUSED = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.0.0.8",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "2001:db8::1",
    "100::1",
    "localhost",
    "news.example",
    "127.1",
)
ALLOWED = (
    "8.8.8.8",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "169.253.0.1",
    "2606:4700::6810:85e5",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)


@pytest.mark.parametrize("address", REFUSED)
def test_inside_addresses_are_refused(address: str) -> None:
    assert refusal(address)
    with pytest.raises(RefusedAddress):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))


@pytest.mark.parametrize("address", ALLOWED)
def test_outside_addresses_are_not(address: str) -> None:
    assert refusal(address) is None
    guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))).close()


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://News.Example/x", ("news.example", 80)),
        ("https://news.example", ("news.example", 443)),
        ("https://user:pw@news.example:8443/", ("news.example", 8443)),
        ("http://[::1]:8080/", ("::1", 8080)),
        ("ftp://news.example/", None),
        ("http://", None),
        ("http://news.example:port/", None),
        ("http://[::1/", None),
        ("news.example", None),
        ("", None),
    ],
)
def test_places(url: str, where: tuple[str, int] | None) -> None:
    assert place(url) == where


def test_a_feeds_own_place_is_its_host_and_port_and_the_step_to_https() -> None:
    assert own_place("http://intra.example/other", "http://intra.example/feed")
    assert own_place("https://intra.example/feed", "http://intra.example/feed")
    assert not own_place("http://intra.example/feed", "https://intra.example/feed")
    assert not own_place("http://intra.example:8080/", "http://intra.example/")
    assert not own_place("https://intra.example/", "http://intra.example:8080/")
    assert not own_place("http://other.example/", "http://intra.example/")
    assert not own_place("nonsense", "http://intra.example/")


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("https://user:secret@news.example/feed?key=secret#secret", "https://news.example/feed"),
        ("https://user@news.example/", "https://news.example/"),
        ("https://a:b:c@d@news.example/", "https://news.example/"),
        ("https://news.example/a@b", "https://news.example/a@b"),
        ("//secret:secret@news.example/", "//news.example/"),
    ],
)
def test_messages_show_no_secrets(url: str, printed: str) -> None:
    assert shown(url) == printed
