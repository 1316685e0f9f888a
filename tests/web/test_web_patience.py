"""Who says nothing, half of something, or does not read is sent away; others are answered."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from digest.errors import UsageError
from digest.web import patience
from digest.web.app import Site

WHOLE = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"
ENDLESS, PIECE = 50_000_000, b"x" * 100_000
"""Bytes, more than the buffers on the way hold; and as many as are answered at a time."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers its path, or with very much."""
    endless = scope["path"] == "/endless"
    body = b"" if endless else scope["path"].encode()
    headers = [(b"content-length", str(ENDLESS if endless else len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(ENDLESS // len(PIECE) if endless else 0):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await asyncio.sleep(0)  # others have their turn, however fast it is taken
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(app, "127.0.0.1", 0)
    site.bind()
    site.start()
    yield site
    site.stop()


def test_a_taken_port_is_told_at_once_and_no_socket_stays_open(
    site: Site, recwarn: pytest.WarningsRecorder
) -> None:
    second = Site(app, "127.0.0.1", int(site.address.rpartition(":")[2]))
    with pytest.raises(UsageError, match=f"at {site.address} .*--host and --port"):
        second.bind()
    gc.collect()
    assert not [told for told in recwarn if told.category is ResourceWarning]


def connected(site: Site) -> socket.socket:
    where = urlsplit(site.address)
    assert where.hostname
    assert where.port
    return socket.create_connection((where.hostname, where.port), timeout=30)


def read_until(text: bytes, connection: socket.socket) -> bytes:
    got = b""
    while text not in got:
        more = connection.recv(65_536)
        assert more, "it was closed"
        got += more
    return got


def ended(connection: socket.socket) -> bool:
    """Waits until the other end has closed."""
    try:
        return connection.recv(65_536) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: he"])
@pytest.mark.parametrize("before", [b"", b"asked"])
def test_who_does_not_ask_is_sent_away(
    before: bytes, said: bytes, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(site._server.config, "timeout_keep_alive", 0.2)
    with connected(site) as connection:
        if before:
            connection.sendall(WHOLE % before)
            read_until(b"/" + before, connection)
        connection.sendall(said)
        assert ended(connection)


@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"])
def test_who_does_not_read_is_sent_away(
    more: bytes, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.0)
    with connected(site) as connection:
        connection.sendall(WHOLE[:-2] % b"endless" + more + b"\r\n")
        got = 0
        while piece := connection.recv(65_536):
            got += len(piece)
        assert got < ENDLESS


def test_requests_behind_each_other_are_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its own time."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 30.0)
    with connected(site) as connection:
        connection.sendall(WHOLE % b"one" + WHOLE % b"two")
        assert b"/one" in read_until(b"/two", connection)
        connection.sendall(WHOLE % b"three")
        read_until(b"/three", connection)
