"""Feeds that take more than one request: article pages and sitemap indexes; and feeds at random."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from feedserver import (
    LIMITS,
    NOW,
    FeedServer,
    Route,
    answering,
    ask,
    raw_server,
    rss,
    serve,
    states_of,
)
from hypothesis import given
from hypothesis import strategies as st

from digest.edition import Archive, gather_and_save
from digest.gather.parse import Document, parse
from digest.model import Feed, FeedState, Fetched, Item
from digest.oneoff import Unkept
from digest.store import Store, open_store

DATA = Path(__file__).parent.parent / "data" / "gather"
PARAGRAPH = (
    "The gates of the upper dam were opened at dawn, and the water rose by two metres along the "
    "lower road before noon, the district office said. Nobody was hurt. "
)


NONE = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'


def page(number: int) -> web.Response:
    text = (
        "<html><head><title>Dam</title></head><body><nav>Home | News</nav><article><h1>Dam</h1>"
        f"<p>Report {number}. {PARAGRAPH}</p><p>{PARAGRAPH}</p></article>"
        "<footer>All rights reserved</footer></body></html>"
    )
    return web.Response(text=text, content_type="text/html")


def linked(server: FeedServer, *paths: str) -> bytes:
    items = "".join(
        f"<item><title>{path}</title><link>{server.url(path)}</link><description>Short.</description>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=place))}</pubDate></item>"
        for place, path in enumerate(paths)
    )
    return f"<rss><channel>{items}</channel></rss>".encode()


def test_full_texts_are_fetched_for_the_newest_and_failures_leave_the_entry() -> None:
    routes: dict[str, Route] = {f"/{number}": page(number) for number in range(5)}
    routes["/1"] = web.Response(status=500)
    routes["/2"] = web.Response(text="<p>Accept cookies</p>", content_type="text/html")

    async def run(server: FeedServer) -> tuple[Fetched, list[str]]:
        feed = linked(server, "/0", "/1", "/2", "/3", "/4")
        server.routes = {**routes, "/feed": feed}
        limits = replace(LIMITS, max_articles=4)
        return (await ask([server.feed("/feed", full_text=True)], limits=limits))[0], server.asked

    one, asked = serve({}, run)
    assert one.outcome == "entries"
    assert one.problem == "2 of 4 article pages gave no text"
    texts = [entry.full_text for entry in one.entries]
    assert texts[0].startswith("Report 0. The gates of the upper dam")
    assert texts[0].count("\n") == 1
    assert "All rights reserved" not in texts[0]
    assert texts[1] == texts[2] == texts[4] == ""
    assert texts[3].startswith("Report 3.")
    assert sorted(asked) == ["/0", "/1", "/2", "/3", "/feed", "/robots.txt"]
    assert [entry.summary for entry in one.entries] == ["Short."] * 5


def test_a_page_is_fetched_once_and_not_again_in_the_next_run() -> None:
    async def run(server: FeedServer) -> list[str]:
        server.routes = {
            "/feed": linked(server, "/1", "/2"),
            **{f"/{number}": page(number) for number in range(3)},
        }
        feeds = [server.feed("/feed", full_text=True)]
        first = await ask(feeds)
        server.asked.clear()
        fresh = linked(server, "/1", "/2").replace(
            b"<channel>",
            b"<channel><item><title>new</title><link>%b</link><pubDate>%b</pubDate></item>"
            % (
                server.url("/0").encode(),
                format_datetime(NOW + timedelta(minutes=30)).encode(),
            ),
        )
        server.routes = {**server.routes, "/feed": fresh}
        later = await ask(feeds, states_of(first), now=NOW + timedelta(hours=1))
        assert later[0].entries[0].full_text.startswith("Report 0.")
        return server.asked

    assert sorted(serve({}, run)) == ["/0", "/feed", "/robots.txt"]


def test_a_page_without_text_is_asked_for_in_three_rounds_whatever_its_date() -> None:
    async def run(server: FeedServer) -> list[list[str]]:
        undated = re.sub(rb"<pubDate>.*?</pubDate>", b"", linked(server, "/1", "/2"))
        server.routes = {"/feed": undated, "/1": page(1), "/2": web.Response(status=503)}
        rounds: list[list[str]] = []
        states: dict[str, FeedState] = {}
        for hour in range(5):
            moment = NOW + timedelta(hours=hour)
            server.asked.clear()
            states = states_of(
                await ask([server.feed("/feed", full_text=True)], states, now=moment)
            )
            rounds.append(sorted(path for path in server.asked if len(path) == 2))
        return rounds

    assert serve({}, run) == [["/1", "/2"], ["/2"], ["/2"], [], []]


def test_pages_still_to_be_asked_for_are_so_though_the_feed_is_unchanged() -> None:
    async def run(server: FeedServer) -> list[list[str]]:
        feed = linked(server, *(f"/{number}" for number in range(5)))

        async def conditional(request: web.Request) -> web.Response:
            if request.headers.get("If-None-Match") == '"v1"':
                return web.Response(status=304)
            return web.Response(body=feed, headers={"ETag": '"v1"'})

        server.routes = {
            "/feed": conditional,
            **{f"/{number}": page(number) for number in range(5)},
        }
        server.routes["/1"] = web.Response(status=503)
        rounds: list[list[str]] = []
        states: dict[str, FeedState] = {}
        for hour in range(5):
            server.asked.clear()
            answers = await ask(
                [server.feed("/feed", full_text=True)],
                states,
                now=NOW + timedelta(hours=hour),
                limits=replace(LIMITS, max_articles=3),
            )
            states |= states_of(answers)
            rounds.append(
                [answers[0].outcome, *sorted(path for path in server.asked if len(path) == 2)]
            )
        return rounds

    assert serve({}, run) == [
        ["entries", "/0", "/1", "/2"],
        ["entries", "/1", "/3", "/4"],
        ["entries", "/1"],
        ["unchanged"],
        ["unchanged"],
    ]


def test_a_list_without_full_text_takes_no_page_from_a_list_with_it() -> None:
    async def run(server: FeedServer) -> list[list[str]]:
        server.routes = {f"/{number}": page(number) for number in range(9)}
        states: dict[str, FeedState] = {}
        rounds: list[list[str]] = []

        async def one(full_text: bool, *paths: str) -> None:
            feed, tag = linked(server, *paths), f'"{"".join(paths)}"'

            async def conditional(request: web.Request) -> web.Response:
                if request.headers.get("If-None-Match") == tag:
                    return web.Response(status=304)
                return web.Response(body=feed, headers={"ETag": tag})

            server.routes = {**server.routes, "/feed": conditional}
            server.asked.clear()
            (answer,) = await ask(
                [server.feed("/feed", full_text=full_text)],
                states,
                now=NOW + timedelta(hours=len(rounds)),
            )
            states.update(states_of([answer]))
            rounds.append(
                [answer.outcome, *sorted(path for path in server.asked if len(path) == 2)]
            )

        await one(False, "/1")
        await one(False, "/1")
        await one(True, "/1")  # newly switched on
        await one(True, "/1", "/2")
        await one(False, "/1", "/2", "/3")
        await one(True, "/1", "/2", "/3")
        await one(False, "/1", "/2", "/3")
        await one(False, "/4", "/5")
        await one(True, "/4", "/5")
        await one(True, "/4", "/5")
        return rounds

    assert serve({}, run) == [
        ["entries"],
        ["unchanged"],
        ["entries", "/1"],
        ["entries", "/2"],
        ["entries"],
        ["entries", "/3"],
        ["unchanged"],
        ["entries"],
        ["entries", "/4", "/5"],
        ["unchanged"],
    ]


def test_a_page_is_fetched_anew_when_its_report_is_printed_anew() -> None:
    async def run(server: FeedServer) -> list[str]:
        feed = linked(server, "/1", "/2")
        server.routes = {"/feed": feed, "/1": page(1), "/2": page(2)}
        first = await ask([server.feed("/feed", full_text=True)])
        server.asked.clear()
        server.routes = {**server.routes, "/feed": feed.replace(b"<title>/2", b"<title>Corrected")}
        await ask([server.feed("/feed", full_text=True)], states_of(first))
        return server.asked

    assert sorted(serve({}, run)) == ["/2", "/feed", "/robots.txt"]


@pytest.mark.parametrize("archive_of", [lambda store: store, Unkept], ids=["kept", "only a look"])
def test_what_a_page_gave_outlives_the_feeds_one_line(
    archive_of: Callable[[Store], Archive],
) -> None:
    """Rounds over a feed that goes on printing a report of which the page was fetched once."""
    ever = (NOW - timedelta(days=30), NOW + timedelta(days=30))

    async def run(server: FeedServer) -> list[list[Item]]:
        feed = server.feed("/feed", full_text=True)
        server.routes = {"/feed": linked(server, "/1"), "/1": page(1)}
        found = []
        with open_store("sqlite://") as store:
            archives: list[Archive] = [store, archive_of(store), archive_of(store)]
            for hour, archive in enumerate(archives):
                now = NOW + timedelta(hours=hour)
                answers = await ask([feed], archive.feed_states(), now=now)
                gather_and_save(
                    now, feeds=[feed], archive=archive, gather=lambda *_, got=answers: got
                )
                found.append(archive.items_between(*ever))
                if hour == 1:
                    edited = linked(server, "/1").replace(b"<title>/1", b"<title>Dam")
                    server.routes = {"/feed": edited}  # and the page can be had no more
        return found

    (first,), (same,), (edited,) = serve({}, run)
    assert first.text.startswith("Report 1. The gates of the upper dam")
    assert same == first
    assert (edited.title, edited.text) == ("Dam", first.text)


def test_of_two_feeds_with_one_report_the_pages_text_is_kept() -> None:
    async def run(server: FeedServer) -> list[Item]:
        server.routes = {"/a": linked(server, "/1"), "/b": linked(server, "/1"), "/1": page(1)}
        feeds = [
            server.feed(path, name="Dam Post", full_text=path == "/b") for path in ("/a", "/b")
        ]
        answers = await ask(feeds)
        with open_store("sqlite://") as store:
            gather_and_save(NOW, feeds=feeds, archive=store, gather=lambda *_: answers)
            return store.items_between(NOW, NOW + timedelta(days=1))

    (item,) = serve({}, run)
    assert item.text.startswith("Report 1.")


def test_headers_that_are_no_text_cost_no_feed_anything() -> None:
    """A client that reads headers as UTF-8 has half a character of the "é" of Latin-1."""
    body = rss("Market hall opens")
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /caf\xe9\r\nContent-Length: 0\r\n\r\n"
    found = b'HTTP/1.1 200 OK\r\nETag: "caf\xe9-1"\r\nLast-Modified: Mon, 2 M\xe4rz\r\n'
    found += b"Content-Length: %d\r\n\r\n" % len(body) + body

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(found if asked.startswith(b"GET /caf%E9 ") else moved)
        await writer.drain()

    async def run(server: FeedServer) -> tuple[set[str], list[FeedState]]:
        listener, port = await raw_server(odd)
        feeds = [server.feed("/feed"), server.feed("/", url=f"http://127.0.0.1:{port}/")]
        async with listener:
            answers = await ask(feeds)
        with open_store("sqlite://") as store:
            gather_and_save(NOW, feeds=feeds, archive=store, gather=lambda *_: answers)
            kept = store.items_between(NOW, NOW + timedelta(days=1))
            states = store.feed_states()
            return {item.title for item in kept}, [states[feed.url] for feed in feeds]

    good = web.Response(body=rss("Dam opens").replace(b"/0<", b"/dam<"), headers={"ETag": '"é"'})
    titles, (sound, odd_one) = serve({"/feed": good}, run)
    assert titles == {"Dam opens", "Market hall opens"}
    assert sound.etag == '"é"'
    assert (odd_one.etag, odd_one.last_modified) == (None, None)
    assert odd_one.moved_to is not None
    assert odd_one.moved_to.endswith("/caf%E9")


@pytest.mark.parametrize("character", ["\x01", "\x0b", "\x1f", "\x7f"])
def test_validators_that_cannot_be_sent_back_cost_no_feed_anything(character: str) -> None:
    tag = f'"a{character}b"'
    body = rss("Market hall opens")
    head = f"HTTP/1.1 200 OK\r\nETag: {tag}\r\nLast-Modified: {tag}\r\n"
    head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def run(server: FeedServer) -> list[list[Fetched]]:
        listener, port = await raw_server(answering(head.encode() + body))
        odd = server.feed("/", url=f"http://127.0.0.1:{port}/")
        feeds = [server.feed("/feed"), odd]
        async with listener:
            first = await ask(feeds)
            stored = FeedState(odd.url, etag=tag, last_modified=tag)
            return [first, await ask(feeds, {odd.url: stored})]

    first, second = serve({"/feed": rss("Dam opens")}, run)
    for answers in (first, second):
        assert [one.outcome for one in answers] == ["entries", "entries"], answers
        state = answers[1].state
        assert (state.etag, state.last_modified) == (None, None)


def test_article_pages_stand_behind_the_same_guard() -> None:
    async def run(server: FeedServer) -> tuple[Fetched, list[str]]:
        async with FeedServer({"/secret": page(1)}) as other:
            server.routes = {"/feed": linked(other, "/secret")}
            return (await ask([server.feed("/feed", full_text=True)]))[0], other.asked

    one, asked = serve({}, run)
    assert one.outcome == "entries"
    assert one.entries[0].full_text == ""
    assert asked == []


SITEMAP = (DATA / "news-sitemap.xml").read_bytes()


def index(*paths: str) -> bytes:
    inner = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in paths)
    return f"<sitemapindex>{inner}</sitemapindex>".encode()


def test_a_sitemap_index_is_followed_one_level_down() -> None:
    routes: dict[str, Route] = {
        "/index": index("/a.xml", "/b.xml", "/c.xml"),
        "/a.xml": SITEMAP,
        "/b.xml": web.Response(status=404),
        "/c.xml": index("/index"),
    }

    async def run(server: FeedServer) -> tuple[Fetched, list[str]]:
        return (await ask([server.feed("/index", format="sitemap")]))[0], server.asked

    one, asked = serve(routes, run)
    assert one.outcome == "entries"
    assert [entry.title for entry in one.entries] == [
        "Segunda nota",
        "Sismo sacude la costa & el valle",
    ]
    assert "one of its sitemaps failed: nothing there (404 Not Found)" in one.problem
    assert asked == ["/index", "/a.xml", "/b.xml", "/c.xml"]
    assert one.state.etag is None, "an index may stay while its sitemaps change"


def test_an_index_without_news_is_a_failure() -> None:
    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/index", format="sitemap")])

    (one,) = serve({"/index": index("/a.xml")}, run)
    assert one.outcome == "failed"
    assert "no news in its sitemaps" in one.problem


def test_an_index_of_sitemaps_that_are_all_empty_is_a_quiet_day() -> None:
    async def run(server: FeedServer) -> list[Fetched]:
        return await ask([server.feed("/index", format="sitemap")])

    (one,) = serve({"/index": index("/a.xml", "/b.xml"), "/a.xml": NONE, "/b.xml": NONE}, run)
    assert (one.outcome, one.entries) == ("entries", ())
    assert one.problem == "no news in its sitemaps"
    (one,) = serve({"/index": index("/a.xml", "/b.xml"), "/a.xml": NONE}, run)
    assert one.outcome == "failed"
    (one,) = serve({"/index": index("/again"), "/again": index("/a.xml"), "/a.xml": NONE}, run)
    assert (one.outcome, one.problem) == (
        "failed",
        "one of its sitemaps failed: an index again; no news in its sitemaps",
    )


samples = st.sampled_from(
    [path.read_bytes() for path in sorted(DATA.iterdir()) if "expected" not in path.name]
    + [rss("One", "Two")]
)
scissors = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 200)), max_size=4)
patches = st.sampled_from(
    (b"", b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!DOCTYPE x [", b"\x00", b"\xff", b"<item>")
) | st.sampled_from(
    (b"</item>", b"<!--", b"&#0;", b"&#x110000;", b'"', b"http://[", b"xml:base='http://['")
)


@given(samples, scissors, patches)
def test_no_damage_to_a_document_is_an_error(
    data: bytes, cuts: list[tuple[int, int]], patch: bytes
) -> None:
    for start, length in cuts:
        data = data[:start] + patch + data[start + length :]
    parsed = parse(Document(Feed("x", "http://x.example/"), "http://x.example/", "", data, NOW, 50))
    assert parsed.ok or parsed.problem
    for entry in parsed.entries:
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))
        assert entry.title or entry.summary or entry.content
        assert entry.published is None or entry.published.utcoffset() == timedelta(0)


@given(st.binary(max_size=300), st.sampled_from(["", "text/html", "application/json; charset=x"]))
def test_no_bytes_are_an_error(data: bytes, content_type: str) -> None:
    feed = Feed("x", "http://x.example/")
    parsed = parse(Document(feed, feed.url, content_type, data, NOW, 50))
    assert parsed.ok or parsed.problem
