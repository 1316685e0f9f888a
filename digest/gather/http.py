"""One polite request: redirects by hand, the address guard on each hop, caps on time and size."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from digest.dates import read_date
from digest.gather.address import guarded_socket, own_place, place, shown
from digest.gather.body import ACCEPT_ENCODING, Body
from digest.gather.trouble import Trouble, explain, status_line

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

    from digest.model import FetchLimits

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.4, */*;q=0.3"
)
_PERMANENT = (301, 308)
_TEMPORARY = (302, 303, 307)
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
"""A byte of a header that is no UTF-8, as the client gives it; no database takes it."""
_UNSENDABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f\udc80-\udcff]")
"""What the client reads in a header and refuses to send (RFC 9110 section 5.5)."""
LONGEST_WAIT = timedelta(days=2)
"""The most that a Retry-After is believed: a wrong one must not silence a feed for a year."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 (with its body) or a 304 (without)."""

    url: str
    """Where the body came from, after redirects."""
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    cache_control: str = ""
    moved_to: str | None = None
    """Where permanent redirects alone have led; None when they have not."""
    wire_bytes: int = 0
    cut: str = ""
    """One line when the body broke off before its end; then it holds what had come."""


class Client:
    """Asks politely: so many at once, so many per host, each within its time.

    An async context manager. `now` is when the run began, for Retry-After dates.
    """

    def __init__(self, limits: FetchLimits, now: datetime) -> None:
        self._limits = limits
        self._now = now
        self._all = asyncio.Semaphore(limits.at_once)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(limits.per_host)
        )
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        import aiohttp

        def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
            return aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={
                    "User-Agent": self._limits.user_agent,
                    "Accept": _ACCEPT,
                    "Accept-Encoding": ACCEPT_ENCODING,
                },
                trust_env=False,  # a proxy would connect where the guard cannot look
            )

        # Two pools: a connection that one feed may have to a private place must never be lent to
        # another feed, which the guard would not see connecting.
        self._public = session(
            aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, socket_factory=guarded_socket)
        )
        self._private = session(aiohttp.TCPConnector(limit=0, ttl_dns_cache=300))
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in (self._public, self._private):
            if session is not None:
                await session.close()

    async def get(
        self, url: str, *, private_place: str = "", validators: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for `url` and follow where it leads. Raises Trouble; everything else is a bug.

        `private_place`: an address whose host and port may be private (a feed with allow_private).
        `validators`: the conditional headers of an earlier answer.
        """
        left = self._limits.timeout
        moved_to: str | None = None
        permanent = True
        asked = [url]
        while True:
            here = asked[-1]
            there = place(here)
            if there is None:
                raise Trouble(f"only http and https addresses are fetched, not {shown(here)}")
            async with self._turn(there[0]):
                loop = asyncio.get_running_loop()
                began = loop.time()
                try:
                    async with asyncio.timeout(left):
                        hop = await self._hop(here, private_place, validators or {})
                except Trouble as trouble:
                    trouble.gone = trouble.gone and permanent
                    raise
                except TimeoutError as error:
                    raise Trouble(
                        f"{there[0]} was too slow: no whole answer in {self._limits.timeout:g} s"
                    ) from error
                except Exception as error:
                    raise Trouble(explain(error, here)) from error
                left = max(0.0, left - (loop.time() - began))
            if isinstance(hop, Answer):
                return replace(hop, moved_to=moved_to)
            permanent = permanent and hop.permanent
            if permanent:
                moved_to = hop.url
            if hop.url in asked:
                raise Trouble(f"redirects in a circle, back to {shown(hop.url)}")
            if len(asked) > self._limits.max_redirects:
                raise Trouble(
                    f"more than {self._limits.max_redirects} redirects, at last to {shown(hop.url)}"
                )
            asked.append(hop.url)

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        # The host's turn first: a crowd waiting for one slow host must not fill the common places.
        async with self._hosts[host], self._all:
            yield

    async def _hop(
        self, url: str, private_place: str, validators: Mapping[str, str]
    ) -> Answer | _Redirect:
        allowed = bool(private_place) and own_place(url, private_place)
        session = self._private if allowed else self._public
        assert session is not None, "use the client as a context manager"  # noqa: S101
        async with session.get(_yarl(url), headers=validators, allow_redirects=False) as response:
            status = response.status
            if status in _PERMANENT or status in _TEMPORARY:
                return _redirect(url, response.headers.get("Location", ""), status in _PERMANENT)
            if status == 304 and validators:
                kept = response.headers.get("Cache-Control", "")
                return Answer(url=url, status=304, cache_control=kept)
            if status not in (200, 203):
                raise Trouble(
                    status_line(status, response.reason or ""),
                    status=status,
                    retry_after=self._retry_after(status, response.headers.get("Retry-After", "")),
                    gone=status == 410,
                )
            return await self._read(url, response)

    async def _read(self, url: str, response: aiohttp.ClientResponse) -> Answer:
        import aiohttp

        body = Body(
            response.headers.get("Content-Encoding", ""),
            max_wire=self._limits.max_wire_bytes,
            max_body=self._limits.max_body_bytes,
        )
        cut = ""
        try:
            async for chunk in response.content.iter_any():
                body.add(chunk)
        except (aiohttp.ClientError, ConnectionError) as error:
            if not body.wire_bytes:
                raise
            cut = explain(error, url)
        if not cut and not body.whole:
            cut = "its packed body breaks off"
        return Answer(
            url=url,
            status=200,
            body=body.data(),
            content_type=response.headers.get("Content-Type", ""),
            etag=sendable(response.headers.get("ETag")),
            last_modified=sendable(response.headers.get("Last-Modified")),
            cache_control=response.headers.get("Cache-Control", ""),
            wire_bytes=body.wire_bytes,
            cut=cut,
        )

    def _retry_after(self, status: int, value: str) -> datetime | None:
        """RFC 9110 section 10.2.3: seconds or an HTTP date. None where it says nothing usable."""
        if status not in (429, 503) or not value.strip():
            return None
        value = value.strip()
        if value.isascii() and value.isdigit():
            wait = timedelta(seconds=min(int(value[:9]), int(LONGEST_WAIT.total_seconds())))
            return self._now + wait
        moment = read_date(value, self._now)
        if moment is None or moment <= self._now:
            return None
        return min(moment, self._now + LONGEST_WAIT)


def sendable(validator: str | None) -> str | None:
    """`validator` where it can be kept and sent back, else None."""
    return validator if validator and not _UNSENDABLE.search(validator) else None


def _yarl(url: str) -> URL:
    from yarl import URL

    try:
        return URL(url)
    except ValueError as error:
        raise Trouble(f"not a usable address: {shown(url)}") from error


@dataclass(frozen=True, slots=True)
class _Redirect:
    url: str
    permanent: bool


def _redirect(url: str, location: str, permanent: bool) -> _Redirect:
    if not location:
        raise Trouble("it redirects, but does not say where to")
    try:
        target = urljoin(url, _STRAY_BYTE.sub(_percent, location.strip()))
        parts = urlsplit(target)
        # Credentials are given to the host that the operator named, never taken from a redirect.
        if parts.hostname and parts.username and place(target) != place(url):
            target = target.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
        downgrade = url.startswith("https:") and parts.scheme == "http"
    except ValueError as error:
        raise Trouble(f"it redirects to an unusable address: {shown(location)}") from error
    return _Redirect(target, permanent and not downgrade)


def _percent(stray: re.Match[str]) -> str:
    return f"%{ord(stray[0]) - 0xDC00:02X}"
