"""`python -m bench gather --feeds N --items M`: gathering beside its floors, in one run.

A server in a process of its own serves N generated feeds of M items. Measured on the same bytes,
with the same two warm worker processes:

- floor 1: a bare aiohttp client that reads every body;
- floor 2: bare feedparser, its sanitiser and link resolver off, in two processes;
- first gather (everything new), second gather (everything 304), cleaning of the entries, saving
  them with the feeds' states into a new SQLite store;
- the peer, where it is installed: `reader` (PyPI), which fetches, parses and stores the same feeds
  into its own SQLite file, once.

`peer_ratio` is the peer's time over gathering, cleaning and saving; `peer_gather_ratio` over
gathering alone, which is all that the floors have. `first_ratio` is the first gather over the sum
of both floors, `first_cpu_ratio` the same in processor time, which a busy machine leaves alone.
Each is the best of `--rounds`, taken in turns. Peak memory is the sum over this process and its
workers (neither server nor peer is part of the program).
"""

from __future__ import annotations

import argparse
import asyncio
import io
import multiprocessing
import os
import random
import re
import time
from collections.abc import Awaitable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.machine import memory_mb, processor_seconds
from digest.analyse.clean import items_from
from digest.gather.fetch import gather
from digest.model import Feed, Fetched, FetchLimits, Item
from digest.store import open_store

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
AT_ONCE = 100
PEER_WORKERS = 10
"""Threads; with more of them it was no faster."""
_WORDS = re.findall(
    r"\w+",
    "officials said the ministry reported that talks with border forces after an attack on power "
    "lines were delayed while rescue teams searched for survivors and families waited near the "
    "harbour where ships carrying grain had been stopped by coast guards since early morning",
)


def feed_bytes(number: int, items: int) -> bytes:
    """An RSS feed as outlets print them: markup in CDATA, entities, Dublin Core, a guid."""
    dice = random.Random(number)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>Outlet {number}</title><link>https://outlet{number}.example/</link>"
        "<language>en-gb</language>"
    ]
    for place in range(items):
        words = dice.choices(_WORDS, k=34)
        title = " ".join(words[:9]).capitalize()
        text = " ".join(words[9:]).capitalize()
        when = format_datetime(NOW - timedelta(minutes=dice.randrange(1, 1400)))
        parts.append(
            f"<item><title>{escape(title)}</title>"
            f"<link>https://outlet{number}.example/news/{place}?utm_source=rss&amp;id={place}</link>"
            f"<description><![CDATA[<p>{text} &amp; more.</p>]]></description>"
            f'<guid isPermaLink="false">{number}-{place}</guid><pubDate>{when}</pubDate></item>\n'
        )
    parts.append("</channel></rss>")
    return "".join(parts).encode()


class _Server(asyncio.Protocol):
    """As little HTTP/1.1 as the client needs, so that two cores measure the client."""

    bodies: Sequence[bytes] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        while b"\r\n\r\n" in self._head:
            request, self._head = self._head.split(b"\r\n\r\n", 1)
            number = int(request.split(b" ", 2)[1][1:])
            tag = b'ETag: "v1-%d"\r\n' % number
            if b'\r\nif-none-match: "v1-' in request.lower():
                self._transport.write(b"HTTP/1.1 304 Not Modified\r\n" + tag + b"\r\n")
                continue
            body = self.bodies[number]
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
            self._transport.write(head + tag + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def _serve(feeds: int, items: int, pipe: Connection) -> None:
    async def run() -> None:
        _Server.bodies = [feed_bytes(number, items) for number in range(feeds)]
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Server, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, pipe.recv)  # until the measuring is over
        server.close()

    asyncio.run(run())


async def _bare_client(urls: Sequence[str]) -> list[bytes]:
    import aiohttp

    turn = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(url: str) -> bytes:
            async with turn, session.get(url) as response:
                return await response.read()

        return await asyncio.gather(*map(one, urls))


def bare_parser(bodies: Sequence[bytes]) -> int:
    """Entries that feedparser finds in `bodies`: nothing but the parser."""
    import feedparser

    return sum(
        len(
            feedparser.parse(
                io.BytesIO(body),
                response_headers={"content-type": "application/rss+xml"},
                sanitize_html=False,
                resolve_relative_uris=False,
            )["entries"]
        )
        for body in bodies
    )


def _warm(_: int) -> int:
    import feedparser  # noqa: F401

    from digest.gather import feedxml, parse  # noqa: F401

    time.sleep(0.2)  # so that every worker of the pool takes one of these jobs
    return os.getpid()


class _Stage:
    """The best wall clock and processor time of a stage over the rounds."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self.wall = self.cpu = float("inf")

    async def run(self, work: Awaitable[object]) -> None:
        began, cpu = time.perf_counter(), _cpu_seconds(self._pids)
        await work
        self.wall = min(self.wall, time.perf_counter() - began)
        self.cpu = min(self.cpu, _cpu_seconds(self._pids) - cpu)


def _cpu_seconds(pids: Sequence[int]) -> float:
    """Of this process and its workers."""
    return sum(map(processor_seconds, pids))


def main(argv: list[str]) -> dict[str, object]:
    options = argparse.ArgumentParser(prog="python -m bench gather", description=__doc__)
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--items", type=int, default=20)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args(argv)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(given.feeds, given.items, there), daemon=True)
    server.start()
    try:
        port = here.recv()
        with ProcessPoolExecutor(given.workers, mp_context=context) as pool:
            pids = {os.getpid(), *pool.map(_warm, range(2 * given.workers))}
            figures = asyncio.run(_measure(given, port, pool, sorted(pids)))
    finally:
        here.send("over")
        server.join(10)
    _print(figures)
    return figures


async def _measure(
    given: argparse.Namespace, port: int, pool: ProcessPoolExecutor, pids: Sequence[int]
) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    urls = [f"http://127.0.0.1:{port}/{number}" for number in range(given.feeds)]
    feeds = [Feed(f"Outlet {n}", url, allow_private=True) for n, url in enumerate(urls)]
    limits = FetchLimits(at_once=AT_ONCE, per_host=AT_ONCE)
    bodies = await _bare_client(urls)
    first: list[Fetched] = []
    second: list[Fetched] = []

    async def parse_all() -> None:
        share = -(-len(bodies) // (given.workers * 8))
        parts = [bodies[at : at + share] for at in range(0, len(bodies), share)]
        jobs = [loop.run_in_executor(pool, bare_parser, part) for part in parts]
        assert sum(await asyncio.gather(*jobs)) == given.feeds * given.items

    async def gather_first() -> None:
        first[:] = await gather(feeds, {}, limits=limits, now=NOW, executor=pool)

    async def gather_second() -> None:
        states = {one.feed.url: one.state for one in first if one.state is not None}
        second[:] = await gather(feeds, states, limits=limits, now=NOW, executor=pool)

    items: list[Item] = []

    async def clean_all() -> None:
        items[:] = [item for one in first for item in items_from(one, NOW)[0]]
        assert len(items) == given.feeds * given.items, f"{len(items)} items"

    async def save_all() -> None:
        with TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/new.sqlite3") as store:
            states = [one.state for one in first if one.state is not None]
            assert store.save_fetched(states, items, NOW).new == len(items)

    client, parser, new, unchanged, clean, save = (_Stage(pids) for _ in range(6))
    for _ in range(given.rounds):  # in turns, so that a busy machine is busy for all of them
        await client.run(_bare_client(urls))
        await parser.run(parse_all())
        await new.run(gather_first())
        await unchanged.run(gather_second())
        await clean.run(clean_all())
        await save.run(save_all())
    peak, peer = sum(memory_mb(pid, "VmHWM") for pid in pids), _Stage(pids)
    if find_spec("reader"):
        await peer.run(asyncio.to_thread(_peer, urls, len(items)))
    assert all(one.outcome == "entries" and not one.problem for one in first)
    assert all(one.outcome == "unchanged" for one in second)
    return {
        "feeds": given.feeds,
        "items": given.feeds * given.items,
        "megabytes": round(sum(map(len, bodies)) / 1e6, 2),
        "client_s": round(client.wall, 3),
        "parser_s": round(parser.wall, 3),
        "first_s": round(new.wall, 3),
        "first_ratio": round(new.wall / (client.wall + parser.wall), 3),
        "first_cpu_ratio": round(new.cpu / (client.cpu + parser.cpu), 3),
        "second_s": round(unchanged.wall, 3),
        "second_speedup": round(new.wall / unchanged.wall, 1),
        "clean_s": round(clean.wall, 3),
        "save_s": round(save.wall, 3),
        "peak_mb": round(peak, 1),
    } | _beside(peer.wall, new.wall, clean.wall + save.wall)


def _beside(peer: float, gathering: float, storing: float) -> dict[str, object]:
    """The peer's figures, where it ran."""
    if peer == float("inf"):
        return {}
    return {
        "peer_s": round(peer, 3),
        "peer_ratio": round(peer / (gathering + storing), 2),
        "peer_gather_ratio": round(peer / gathering, 2),
    }


def _peer(urls: Sequence[str], items: int) -> None:
    from reader import make_reader

    with TemporaryDirectory() as folder, make_reader(f"{folder}/peer.sqlite3") as peer:
        for url in urls:
            peer.add_feed(url)
        peer.update_feeds(workers=PEER_WORKERS)
        assert peer.get_entry_counts().total == items


def _peer_line(figures: dict[str, object]) -> str:
    if "peer_s" not in figures:
        return ""
    return (
        f"  peer: reader, stored          {figures['peer_s']} s "
        f"({figures['peer_ratio']} of gathering, cleaning and saving; "
        f"{figures['peer_gather_ratio']} of gathering)\n"
    )


def _print(figures: dict[str, object]) -> None:
    print(
        f"{figures['feeds']} feeds, {figures['items']} items, {figures['megabytes']} MB\n"
        f"  floor: bare aiohttp client    {figures['client_s']} s\n"
        f"  floor: bare feedparser        {figures['parser_s']} s\n"
        f"  first gather                  {figures['first_s']} s "
        f"({figures['first_ratio']} of the floors' sum, {figures['first_cpu_ratio']} in processor "
        "time)\n"
        f"  second gather (all 304)       {figures['second_s']} s\n"
        f"  cleaning, one process         {figures['clean_s']} s\n"
        f"  saving into SQLite            {figures['save_s']} s\n"
        f"{_peer_line(figures)}"
        f"  peak memory                   {figures['peak_mb']} MB"
    )
