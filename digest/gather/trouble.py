"""What goes wrong with one feed, as one line for its health table; never leaves this room."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from typing import TYPE_CHECKING

from digest.gather.address import RefusedAddress, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


log = logging.getLogger(__name__)


class Trouble(Exception):
    """A feed's or a page's failure. `line` is for the health table: printable, short, no secrets.

    `status` is the HTTP status where there was one; `retry_after` when the server wants to be asked
    again; `gone` for 410, from the address asked for or where permanent redirects alone led.
    """

    def __init__(
        self, line: str, *, status: int = 0, retry_after: datetime | None = None, gone: bool = False
    ) -> None:
        self.line = one_line(line)
        self.status = status
        self.retry_after = retry_after
        self.gone = gone
        super().__init__(self.line)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LONGEST = 240


def one_line(text: str) -> str:
    """`text` on one line, without control characters: parts of it came from strangers."""
    text = " ".join(_CONTROLS.sub(" ", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_STATUS = {
    400: "it calls the request wrong (400): check the address",
    401: "it wants a password (401 Unauthorized): only public feeds can be read",
    402: "it wants payment (402)",
    403: "it refuses automated readers (403 Forbidden)",
    404: "nothing there (404 Not Found): check the address",
    406: "it offers no feed there (406 Not Acceptable)",
    429: "it wants fewer requests (429 Too Many Requests)",
    451: "blocked for legal reasons (451)",
}


def status_line(status: int, reason: str) -> str:
    """One line on an HTTP status that brought no feed."""
    if status in _STATUS:
        return _STATUS[status]
    named = f"{status} {reason}".strip()
    if status >= 500:
        return f"the server failed ({named})"
    return f"an unexpected answer ({named})"


def explain(error: BaseException, url: str) -> str:
    """One line on a client's, socket's or resolver's error about `url`.

    Raises `error` again where it is none of these: a bug must not look like a dead feed.
    """
    import aiohttp

    host = shown(url).partition("://")[2].partition("/")[0]
    for inner in _causes(error):
        if isinstance(inner, RefusedAddress):
            return (
                f"refused to connect: {host} is {inner}; set allow_private on the feed if it is "
                "the operator's own"
            )
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return f"{host} took too long"
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return f"no address found for the name {host}: is it right, and is there a network?"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {host} is not valid: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"no secure connection to {host}: {error.os_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"could not connect to {host}: {_reason(error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return f"{host} hung up without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return f"the answer of {host} broke off"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{host} does not speak proper HTTP: {error.message.splitlines()[0]}"
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return f"not a usable address: {shown(url)}"
    if isinstance(error, aiohttp.ClientError | OSError):
        return f"the connection to {host} failed: {_reason(error)}"
    raise error


def bug(error: Exception, url: str) -> str:
    """One line on a bug that a stranger's document met: no other feed is to pay for it."""
    log.error("a bug in reading %s", shown(url), exc_info=error)
    return f"it could not be read, for a bug here ({type(error).__name__}): the log tells more"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error`, what it was raised from, and the socket errors that it wraps."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "os_error", None)]
        waiting += getattr(current, "exceptions", ())


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
