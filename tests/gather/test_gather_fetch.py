"""gather: the conversation with servers that behave, over several runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from multiprocessing import get_context
from typing import Any

import pytest
from aiohttp import web
from feedserver import LIMITS, NOW, FeedServer, Route, ask, rss, serve, states_of

from digest.gather import feedxml
from digest.gather.parse import Document, Read
from digest.gather.robots import Robots
from digest.model import Fetched


def test_results_come_in_the_order_of_the_feeds_and_each_is_announced() -> None:
    released = asyncio.Event()

    async def last(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response(body=rss("late"))

    async def quick(_: web.Request) -> web.Response:
        released.set()
        return web.Response(body=rss("early"))

    announced: list[Fetched] = []

    async def run(server: FeedServer) -> list[Fetched]:
        feeds = [server.feed("/last"), server.feed("/quick"), server.feed("/none")]
        return await ask(feeds, on_done=announced.append)

    results = serve({"/last": last, "/quick": quick}, run)
    assert [one.feed.name for one in results] == ["/last", "/quick", "/none"]
    assert [one.outcome for one in results] == ["entries", "entries", "failed"]
    assert results[0].entries[0].title == "late"
    assert sorted(one.feed.name for one in announced) == ["/last", "/none", "/quick"]
    assert announced[-1].feed.name == "/last"
    assert results[2].problem == "nothing there (404 Not Found): check the address"
    assert results[0].wire_bytes == len(rss("late"))


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_an_unchanged_feed_costs_a_304(header: str) -> None:
    value = {"ETag": '"v1"', "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}[header]
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[header]

    async def conditional(request: web.Request) -> web.Response:
        if request.headers.get(asks) == value:
            return web.Response(status=304)
        return web.Response(body=rss("one"), headers={header: value})

    async def run(server: FeedServer) -> list[Fetched]:
        feeds = [server.feed("/feed")]
        first = await ask(feeds)
        second = await ask(feeds, states_of(first), now=NOW + timedelta(hours=1))
        return [*first, *second]

    first, second = serve({"/feed": conditional}, run)
    assert first.outcome == "entries"
    assert second.outcome == "unchanged"
    assert second.entries == ()
    assert second.problem == ""
    assert second.state.last_success == NOW + timedelta(hours=1)
    assert (second.state.etag, second.state.last_modified) == (
        first.state.etag,
        first.state.last_modified,
    )
    assert second.state.newest == NOW


def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/feed")])

    (one,) = serve({"/feed": web.Response(status=304)}, run)
    assert one.outcome == "failed"
    assert one.problem == "an unexpected answer (304 Not Modified)"


def redirect(status: int, to: str) -> web.Response:
    return web.Response(status=status, headers={"Location": to})


@pytest.mark.parametrize(
    ("first", "second", "remembered"),
    [
        (301, 301, "/new"),
        (308, 301, "/new"),
        (301, 302, "/between"),
        (302, 301, None),
        (303, 308, None),
        (307, 307, None),
    ],
)
def test_permanent_redirects_are_remembered_and_no_others(
    first: int, second: int, remembered: str | None
) -> None:
    routes: dict[str, Route] = {
        "/old": redirect(first, "/between"),
        "/between": redirect(second, "new"),
        "/new": rss("one"),
    }

    async def run(server: FeedServer) -> tuple[Fetched, Fetched, FeedServer]:
        feeds = [server.feed("/old")]
        (one,) = await ask(feeds)
        server.asked.clear()
        (two,) = await ask(feeds, states_of([one]))
        return one, two, server

    one, two, server = serve(routes, run)
    assert one.outcome == two.outcome == "entries"
    assert one.state.moved_to == (server.url(remembered) if remembered else None)
    assert server.asked[0] == (remembered or "/old")
    assert two.state.moved_to == one.state.moved_to
    assert ("moved for good" in one.problem) == bool(remembered)
    assert two.problem == ""


def test_a_move_is_not_remembered_where_no_feed_is() -> None:
    routes: dict[str, Route] = {"/old": redirect(301, "/home"), "/home": b"<html><p>hi</p></html>"}

    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/old")])

    (one,) = serve(routes, run)
    assert one.outcome == "failed"
    assert "an HTML page" in one.problem
    assert one.state.moved_to is None


def test_a_move_is_forgotten_after_three_failures() -> None:
    routes: dict[str, Route] = {"/old": redirect(301, "/new"), "/new": rss("one")}

    async def run(server: FeedServer) -> list[str]:
        feeds = [server.feed("/old")]
        results = await ask(feeds)
        server.routes = {"/old": rss("back again")}
        for _ in range(3):
            results = await ask(feeds, states_of(results))
            assert results[0].outcome == "failed"
        server.asked.clear()
        (last,) = await ask(feeds, states_of(results))
        assert last.outcome == "entries"
        assert last.state is not None
        assert last.state.failures == 0
        return server.asked

    assert serve(routes, run) == ["/old"]


def test_410_retires_a_feed_which_is_then_asked_once_a_week() -> None:
    async def run(server: FeedServer) -> tuple[Fetched, Fetched, list[str]]:
        feeds = [server.feed("/gone")]
        (one,) = await ask(feeds)
        (two,) = await ask(feeds, states_of([one]))
        asked = server.asked.copy()
        week = timedelta(days=7)
        server.routes = {"/gone": web.Response(status=503)}
        (three,) = await ask(feeds, states_of([one]), now=NOW + week)
        assert three.outcome == "retired"
        server.routes = {"/gone": rss("back again")}
        (four,) = await ask(feeds, states_of([three]), now=NOW + 1.9 * week)
        assert (four.outcome, four.state) == ("retired", None)
        (five,) = await ask(feeds, states_of([three]), now=NOW + 2 * week)
        assert five.outcome == "entries"
        assert five.state is not None
        assert not five.state.retired
        return one, two, asked

    one, two, asked = serve({"/gone": web.Response(status=410)}, run)
    assert one.outcome == two.outcome == "retired"
    assert one.state.retired
    assert two.state is None, "None leaves the state as it is"
    assert "gone for good (410)" in one.problem
    assert "gone for good (410)" in two.problem
    assert asked == ["/gone"]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [((301, 308), "retired"), ((302, 301), "failed"), ((301, 307), "failed")],
)
def test_410_behind_a_redirect_retires_no_feed_that_has_not_moved_there_for_good(
    statuses: tuple[int, int], outcome: str
) -> None:
    first, second = statuses
    routes: dict[str, Route] = {
        "/old": redirect(first, "/between"),
        "/between": redirect(second, "/gone"),
        "/gone": web.Response(status=410),
    }

    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/old")])

    (one,) = serve(routes, run)
    assert one.outcome == outcome
    assert one.state.retired == (outcome == "retired")


def test_410_at_a_remembered_address_ends_the_move_and_not_the_feed() -> None:
    async def run(server: FeedServer) -> list[Fetched]:
        feeds = [server.feed("/old")]
        server.routes = {"/old": redirect(301, "/new"), "/new": rss("moved")}
        moved = await ask(feeds)
        server.routes = {"/old": rss("back again"), "/new": web.Response(status=410)}
        gone = await ask(feeds, states_of(moved))
        return [*gone, *await ask(feeds, states_of(gone))]

    gone, back = serve({}, run)
    assert gone.outcome == "failed"
    assert gone.problem == "an unexpected answer (410 Gone)"
    assert back.outcome == "entries"
    assert back.state.moved_to is None


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        (429, "120", timedelta(seconds=120)),
        (503, "3600", timedelta(hours=1)),
        (429, format_datetime(NOW + timedelta(minutes=30), usegmt=True), timedelta(minutes=30)),
        (503, "Monday, 02-Mar-26 19:00:00 GMT", timedelta(hours=1)),
        (429, "", timedelta(minutes=15)),
        (429, "soon", timedelta(minutes=15)),
        (503, "", None),
        (500, "120", None),
        (429, "99999999999999999999", timedelta(days=2)),
        (503, "Fri, 01 Jan 2100 00:00:00 GMT", timedelta(days=2)),
        (503, "Fri, 01 Jan 2010 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_kept_to(status: int, value: str, wait: timedelta | None) -> None:
    headers = {"Retry-After": value} if value else {}

    async def run(server: FeedServer) -> None:
        feeds = [server.feed("/busy")]
        (one,) = await ask(feeds)
        assert one.outcome == "failed"
        assert str(status) in one.problem
        assert one.state is not None
        assert one.state.not_before == (NOW + wait if wait else None)
        server.asked.clear()
        just_before = NOW + wait - timedelta(seconds=1) if wait else NOW
        (two,) = await ask(feeds, states_of([one]), now=just_before)
        assert two.outcome == ("skipped" if wait else "failed")
        assert server.asked == ([] if wait else ["/busy"])
        if wait:
            assert "asked not to be asked before 2026-03-0" in two.problem
            server.routes = {"/busy": rss("one")}
            (three,) = await ask(feeds, states_of([one]), now=NOW + wait)
            assert three.outcome == "entries"
            assert three.state is not None
            assert three.state.not_before is None

    serve({"/busy": web.Response(status=status, headers=headers)}, run)


def test_a_host_is_asked_by_no_more_than_its_share_at_once() -> None:
    waiting = 0
    together = asyncio.Event()

    async def patient(_: web.Request) -> web.Response:
        nonlocal waiting
        waiting += 1
        if waiting == 3:
            together.set()
        await together.wait()  # three are here at once, or the test never ends
        return web.Response(body=rss("one"))

    async def run(server: FeedServer) -> int:
        feeds = [server.feed(f"/{number}") for number in range(9)]
        results = await ask(feeds, limits=replace(LIMITS, per_host=3))
        assert all(one.outcome == "entries" for one in results)
        return server.most_at_once

    assert serve({f"/{number}": patient for number in range(9)}, run) == 3


def test_credentials_go_to_the_feeds_own_host_and_into_no_message() -> None:
    routes: dict[str, Route] = {"/feed": redirect(302, "/here"), "/here": web.Response(status=401)}

    async def run(server: FeedServer) -> tuple[Fetched, list[Any]]:
        feed = server.feed("/feed")
        secret = feed.url.replace("http://", "http://reader:tell-nobody@") + "?key=hush"
        (one,) = await ask([replace(feed, url=secret)])
        return one, server.headers

    one, headers = serve(routes, run)
    assert [header.get("Authorization", "")[:6] for header in headers] == ["Basic ", "Basic "]
    assert "401" in one.problem
    assert "tell-nobody" not in one.problem
    assert "hush" not in one.problem


def test_a_process_pool_gives_the_same_results() -> None:
    routes: dict[str, Route] = {f"/{number}": rss(f"title {number}") for number in range(30)}
    routes["/30"] = b"nonsense"

    async def run(server: FeedServer) -> tuple[list[Fetched], list[Fetched]]:
        feeds = [server.feed(f"/{number}") for number in range(31)]
        alone = await ask(feeds)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return alone, await ask(feeds, executor=pool)

    def bare(results: list[Fetched]) -> list[Fetched]:
        return [replace(one, seconds=0.0) for one in results]

    alone, pooled = serve(routes, run)
    assert bare(alone) == bare(pooled)
    assert [one.outcome for one in alone] == ["entries"] * 30 + ["failed"]


def test_no_feeds_no_results() -> None:
    assert asyncio.run(ask([])) == []


def test_a_bug_is_no_feeds_failure() -> None:
    def buggy(_: Fetched) -> None:
        raise LookupError("a bug in the caller")

    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/feed")], on_done=buggy)

    with pytest.raises(ExceptionGroup) as caught:
        serve({"/feed": rss("one")}, run)
    assert caught.group_contains(LookupError, match="a bug in the caller")


def test_a_bug_in_reading_one_feed_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = feedxml.read_feed

    def buggy(document: Document, text: str, root: str) -> Read:
        if document.url.endswith("/odd"):
            raise LookupError("a bug of ours")
        return read(document, text, root)

    monkeypatch.setattr(feedxml, "read_feed", buggy)

    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/odd"), server.feed("/feed")])

    odd, sound = serve({"/odd": rss("one"), "/feed": rss("two")}, run)
    assert (odd.outcome, sound.outcome) == ("failed", "entries")
    assert odd.problem == "it could not be read, for a bug here (LookupError): the log tells more"
    assert odd.state is not None
    assert odd.state.failures == 1
    assert "LookupError: a bug of ours" in caplog.text


def test_a_bug_beside_the_reading_of_one_feed_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def buggy(_: Robots, url: str, **__: str) -> bool:
        raise LookupError(f"a bug of ours at {url}")

    monkeypatch.setattr(Robots, "allow", buggy)

    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/odd", full_text=True), server.feed("/feed")])

    odd, sound = serve({"/odd": rss("one"), "/feed": rss("two")}, run)
    assert (odd.outcome, sound.outcome) == ("failed", "entries")
    assert "for a bug here" in odd.problem
    assert odd.state is not None
    assert odd.state.failures == 1
    assert "a bug of ours at https://news.example/0" in caplog.text


def test_the_first_feed_of_every_host_comes_before_the_second_of_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one place in the window the order of asking is the order of turns."""
    monkeypatch.setattr("digest.gather.fetch._WINDOW", 1)

    async def run(server: FeedServer) -> tuple[list[str], list[str]]:
        feeds = [server.feed(f"/{number}") for number in range(3)]
        local = server.url("/other").replace("127.0.0.1", "localhost")
        feeds.append(server.feed("/other", url=local))
        results = await ask(feeds)
        return [one.feed.name for one in results], server.asked

    names, asked = serve({f"/{name}": rss("x") for name in (0, 1, 2, "other")}, run)
    assert names == ["/0", "/1", "/2", "/other"]
    assert asked == ["/0", "/other", "/1", "/2"]
