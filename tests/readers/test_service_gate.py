"""Limits, networks, addresses that are not taken."""

from __future__ import annotations

import pytest

from digest.address import parse_address
from digest.readers.gate import Gate, Rates, Taken, network


def test_a_window_refuses_what_is_too_much() -> None:
    gate = Gate(Rates(network="3 per hour; 5 per day"))
    assert [gate.admits("network", "a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert gate.admits("network", "b")
    assert gate.admits("address", "a")


def test_what_one_window_refuses_uses_up_no_other() -> None:
    gate = Gate(Rates(address="1 per minute; 3 per day"))
    assert gate.admits("address", "x")
    assert not any(gate.admits("address", "x") for _ in range(50))
    day = gate._items["address"][1]
    assert gate._limiter.get_window_stats(day, "address", "x").remaining == 2


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "?"),
        ("", "?"),
    ],
)
def test_networks(host: str, expected: str) -> None:
    assert network(host) == expected


def test_roles_and_disposable_domains() -> None:
    taken = Taken(disposable=frozenset({"throwaway.example"}))
    for address, why in (
        ("postmaster@inbox.example", "role"),
        ("No-Reply+x@inbox.example", "role"),
        ("reader@throwaway.example", "disposable"),
        ("reader@mx.THROWAWAY.example", "disposable"),
        ("reader@notthrowaway.example", ""),
        ("reader@inbox.example", ""),
    ):
        assert taken.refuses(parse_address(address)) == why
    assert Taken(roles=True).refuses(parse_address("postmaster@inbox.example")) == ""
