"""Which of the cited pages are gone, by a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web
from feedserver import LIMITS, NOW, FeedServer

from digest.gather.recheck import CitedPage, recheck


def _asked(routes: Mapping[str, web.Response], *paths: str) -> tuple[dict[str, bool], int]:
    async def run() -> tuple[dict[str, bool], int]:
        async with FeedServer(routes) as server:
            place = f"http://127.0.0.1:{server.port}"
            pages = {path: CitedPage(f"{place}{path}", place) for path in paths}
            return await recheck(pages, limits=LIMITS, now=NOW), len(server.asked)

    return asyncio.run(run())


def _page(status: int = 200) -> web.Response:
    return web.Response(status=status, text="<p>Page</p>", content_type="text/html")


def test_a_page_is_there_or_gone_or_cannot_be_told() -> None:
    routes = {
        "/robots.txt": web.Response(text="User-agent: *\nDisallow: /secret\n"),
        "/there": _page(),
        "/withdrawn": _page(410),
        "/missing": _page(404),
        "/there-too": _page(),
        "/ill": _page(500),
        "/secret": _page(410),
    }
    found, _ = _asked(routes, "/there", "/withdrawn", "/missing", "/there-too", "/ill", "/secret")
    assert found == {
        "/there": False, "/withdrawn": True, "/missing": True, "/there-too": False,
    }  # fmt: skip


def test_a_site_that_refuses_most_pages_at_once_has_withdrawn_none() -> None:
    routes = {"/a": _page(404), "/b": _page(404), "/c": _page(404), "/d": _page()}
    assert _asked({"/robots.txt": _page(404), **routes}, *routes)[0] == {}


def test_no_page_no_question() -> None:
    assert _asked({}) == ({}, 0)
