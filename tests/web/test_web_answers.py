"""What all answers have: headers, caps on size, a log without addresses."""

from __future__ import annotations

import logging
import socket

import pytest
from house import ONE_CLICK, READER, House, own_page, token

from digest.errors import StoreError
from digest.web.guard import MOST_BYTES


def test_headers_on_every_kind_of_answer(house: House) -> None:
    house.become_reader()
    answers = [
        house.ask("/"),
        house.ask("/subscribe"),
        house.ask("/nowhere/at/all"),
        house.ask("/subscribe", "DELETE"),
        house.ask(own_page(house)),
        house.ask("/confirm/forged"),
        house.ask("/subscribe", "POST", b"x" * (MOST_BYTES + 1)),
        house.post("/subscribe", {}),
        house.ask("/feed.atom"),
    ]
    assert [a.status for a in answers] == [200, 200, 404, 405, 200, 404, 413, 422, 200]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["strict-transport-security"]
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
    assert answers[4].headers["cache-control"] == "no-store"
    assert answers[4].headers["x-robots-tag"] == "noindex"


def test_caps_on_size(house: House) -> None:
    assert house.ask("/subscribe", "POST", b"a=" + b"b" * MOST_BYTES).status == 413
    many = {f"f{n}": "x" for n in range(100)}
    assert house.post("/subscribe", many).status == 400
    assert house.post("/subscribe", {"address": "a" * 1000}).status == 400
    assert house.ask("/" + "a" * 20_000).status in (400, 404, 431)
    with socket.create_connection(house.site.address[7:].split(":"), 10) as chunked:  # type: ignore[arg-type]
        chunked.sendall(
            b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
            + (b"1000\r\n" + b"x" * 0x1000 + b"\r\n") * 4
        )  # fmt: skip
        assert chunked.recv(12) == b"HTTP/1.1 413"
    assert house.ask("/healthz").status == 200


def test_a_database_that_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("database is locked", url="sqlite:///x")

    monkeypatch.setattr("digest.store.signups.SignUps.ask", refuse)
    answer = house.sign_up()
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert "locked" not in answer.text
    assert "content-security-policy" in answer.headers

    def break_(*_: object) -> None:
        raise RuntimeError("a bug near reader@inbox.example")

    monkeypatch.setattr("digest.store.signups.SignUps.ask", break_)
    house.forget_limits()
    answer = house.sign_up()
    assert answer.status == 500
    assert "bug near" not in answer.text
    assert "content-security-policy" in answer.headers
    assert house.ask("/healthz").status == 200


def test_the_log_tells_no_address_and_no_token(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "digest")
    reader = house.become_reader()
    leaving = token(house, "unsubscribe")
    house.ask(f"/unsubscribe/{leaving}")
    house.post(f"/unsubscribe/{leaving}", ONE_CLICK)
    house.sign_up("postmaster@inbox.example")
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("digest")]
    assert any("event=sign-up done=asked" in line for line in lines)
    assert any("path=/unsubscribe/{token} status=200" in line for line in lines)
    told = "\n".join(lines)
    for secret in (READER, "inbox.example", leaving, leaving[-20:], reader.nonce, house.network):
        assert secret not in told
