"""Around every request: caps on the body's size and time, security headers, one log line.

Headers, request lines and idle connections are capped by the server (`app.Site`), and so is how
long a connection may take (`patience`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.readers.gate import network
from digest.schedule.logs import log, say

MOST_BYTES = 16_384
"""Of a reader's body: a comment of 1,500 Chinese characters has 14 KB."""
BODY_SECONDS = 10.0
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
STRICTEST = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of whatever names none itself."""


def most_of_a_reader(scope: Scope) -> int:
    """MOST_BYTES, whatever is asked for."""
    return MOST_BYTES


class Guard:
    """ASGI middleware."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        secret: str,
        https: bool,
        most_bytes: Callable[[Scope], int],
    ) -> None:
        """`secret` keys the hashes by which the log tells networks apart; `https`: whether the
        pages are published under https, so that browsers should never ask by http again;
        `most_bytes`: of a request's body."""
        self._app = app
        self._key = secret.encode()
        self._https = https
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message))
            await send(message)

        try:
            whole = await self._body(scope, receive, answered)
            if whole is not None:
                await self._app(scope, whole, answered)
        except Exception:
            # The app has answered 500 and told the log; nothing that happens here ends the service.
            log.debug("event=web-bug-answered")
        finally:
            self._tell(scope, status, time.monotonic() - began)

    async def _body(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """A `receive` that gives the body at once; None where it was refused."""
        if scope["method"] in ("GET", "HEAD"):
            return receive
        most = self._most_bytes(scope)
        declared = Headers(scope=scope).get("content-length", "")
        if declared and (not declared.isdigit() or int(declared) > most):
            await _refuse(send, 413, b"That is too much.\n")
            return None
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    body += message.get("body", b"")
                    if len(body) > most:
                        await _refuse(send, 413, b"That is too much.\n")
                        return None
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            await _refuse(send, 408, b"That took too long.\n")
            return None
        given = False

        async def whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return whole

    def _dress(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", STRICTEST)
        if self._https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        """One line; the route instead of the path, because paths hold links' tokens."""
        route = scope.get("route")
        client = scope.get("client")
        net = network(client[0]) if client else "?"
        who = hmac.new(self._key, b"digest.log\0" + net.encode(), hashlib.sha256).hexdigest()[:8]
        level = logging.INFO if status < 500 else logging.ERROR
        path = getattr(route, "path", "(none)")
        milliseconds = round(seconds * 1000)
        say(
            level, "web", method=scope["method"], path=path, status=status, ms=milliseconds, net=who
        )


async def _refuse(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
