"""A real local HTTP server that behaves as told, well or badly, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self
from xml.sax.saxutils import escape

from aiohttp import web

from digest.gather.fetch import gather
from digest.model import Feed, Fetched, FetchLimits

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
LIMITS = FetchLimits(at_once=32, per_host=8, timeout=10.0)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = bytes | Handler | web.Response
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FeedServer:
    """Serves `routes` on loopback: bytes as a feed, anything else by its handler."""

    routes: Mapping[str, Route]
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    most_at_once: int = 0
    port: int = 0
    _now: int = 0
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.05
        )
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            "127.0.0.1",
            0,
        )
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers.append(dict(request.headers))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            route = self.routes.get(request.path)
            if route is None:
                return web.Response(status=404)
            if isinstance(route, bytes):
                return web.Response(body=route, content_type="application/rss+xml")
            if isinstance(route, web.Response):
                return web.Response(
                    status=route.status, body=route.body, headers=dict(route.headers)
                )
            return await route(request)
        finally:
            self._now -= 1

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, path: str, **fields: Any) -> Feed:
        """A feed of this server, allowed to be private."""
        given: dict[str, Any] = {"name": path, "url": self.url(path), "allow_private": True}
        return Feed(**(given | fields))


async def raw_server(handler: RawHandler) -> tuple[asyncio.Server, int]:
    """A TCP server that need not speak HTTP at all, and its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])


def answering(data: bytes) -> RawHandler:
    """Reads a request, writes `data` and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return handle


def serve(routes: dict[str, Route], run: Callable[[FeedServer], Coroutine[Any, Any, Any]]) -> Any:
    """What `run` gives with a server of `routes`, on an event loop of its own."""

    async def main() -> Any:
        async with FeedServer(routes) as server:
            return await run(server)

    return asyncio.run(main())


async def ask(
    feeds: Sequence[Feed], states: Mapping[str, Any] | None = None, **options: Any
) -> list[Fetched]:
    """`gather` with the tests' clock and limits."""
    given: dict[str, Any] = {"limits": LIMITS, "now": NOW}
    return await gather(feeds, states or {}, **(given | options))


def states_of(results: Sequence[Fetched]) -> dict[str, Any]:
    return {one.feed.url: one.state for one in results if one.state is not None}


def rss(*titles: str, description: str = "", when: datetime = NOW) -> bytes:
    """A small, sound RSS feed."""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>https://news.example/{place}</link>"
        f"<description>{escape(description)}</description>"
        f"<pubDate>{format_datetime(when)}</pubDate></item>"
        for place, title in enumerate(titles)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title>'
        f"<link>https://news.example/</link>{items}</channel></rss>"
    ).encode()
