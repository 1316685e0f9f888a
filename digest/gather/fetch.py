"""All feeds, politely and at once: `gather`.

Fetching is asynchronous in this process; parsing is CPU work and goes in batches to the executor
that is handed in. One feed's failure is a value in its result and costs no other feed anything.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.gather.address import place
from digest.gather.fulltext import Page, extract_batch, still_wanted, wanted
from digest.gather.http import Answer, Client
from digest.gather.pace import told_to_wait
from digest.gather.parse import Document, Packed, Parsed, parse_batch, unpacked
from digest.gather.robots import Robots
from digest.gather.states import failed, succeeded, unchanged, validators
from digest.gather.trouble import Trouble, bug, one_line
from digest.gather.workers import Batches
from digest.model import Entry, Feed, FeedState, Fetched, FetchLimits

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from datetime import datetime

_GONE = "gone for good (410): remove it from feeds.yaml; it is asked once a week"
_MEMORY = 96_000_000
"""Bytes of fetched and not yet parsed documents beyond which no further feed is asked."""

_WINDOW = 2_000
"""Feeds in hand at once, most of them waiting for their turn: 100,000 tasks would cost 500 MB."""


async def gather(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    *,
    limits: FetchLimits,
    now: datetime,
    on_done: Callable[[Fetched], None] | None = None,
    executor: Executor | None = None,
) -> list[Fetched]:
    """Ask all feeds; one result each, in their order.

    `states` holds what earlier runs learned, by `Feed.url`; each result's `state` is to be kept for
    the next. `now` is the run's clock: dates after it are in the future. `on_done` is called with
    each result as it comes. `executor`: where documents are parsed (a process pool or a cluster);
    in this process without one. Raises nothing for a feed's sake; an exception is a bug.
    """
    results: dict[int, Fetched] = {}
    async with Client(limits, now) as client, asyncio.TaskGroup() as group:
        run = _Run(client, limits, now, executor)
        window = asyncio.Semaphore(_WINDOW)

        async def one(at: int) -> None:
            feed = feeds[at]
            results[at] = await run.feed(feed, states.get(feed.url) or FeedState(feed.url))
            window.release()
            if on_done is not None:
                on_done(results[at])

        for at in _by_turns(feeds):
            await window.acquire()
            group.create_task(one(at))
    return [results[at] for at in range(len(feeds))]


def _by_turns(feeds: Sequence[Feed]) -> list[int]:
    """Places of the feeds, the first of every host before the second of any."""
    turns: Counter[str] = Counter()
    order = []
    for at, feed in enumerate(feeds):
        where = place(feed.url)
        host = where[0] if where is not None else ""
        order.append((turns[host], at))
        turns[host] += 1
    return [at for _, at in sorted(order)]


class _Run:
    """One run over the feeds."""

    def __init__(
        self, client: Client, limits: FetchLimits, now: datetime, executor: Executor | None
    ) -> None:
        self._client = client
        self._limits = limits
        self._now = now
        self._robots = Robots(client, limits.user_agent)
        self._parsing: Batches[Document, Packed] = Batches(
            parse_batch, executor, size=lambda document: len(document.data)
        )
        self._extracting: Batches[Page, str] = Batches(
            extract_batch, executor, size=lambda page: len(page.data)
        )

    async def feed(self, feed: Feed, state: FeedState) -> Fetched:
        """A feed's result, from its state to its full texts."""
        if state.failures and (wait := told_to_wait(state, self._now)):
            if state.retired:
                return Fetched(feed, "retired", problem=_GONE)
            asked = wait.strftime("%Y-%m-%d %H:%M UTC")
            return Fetched(feed, "skipped", problem=f"it asked not to be asked before {asked}")
        await self._parsing.room(_MEMORY)
        began = asyncio.get_running_loop().time()
        try:
            fetched = await self._ask(feed, state)
        except Trouble as trouble:
            fetched = self._failed(feed, state, trouble)
        except Exception as error:
            fetched = self._failed(feed, state, Trouble(bug(error, feed.url)))
        return replace(fetched, seconds=asyncio.get_running_loop().time() - began)

    def _failed(self, feed: Feed, state: FeedState, trouble: Trouble) -> Fetched:
        after = failed(state, trouble, self._now)
        return Fetched(
            feed,
            "retired" if after.retired else "failed",
            state=after,
            problem=_GONE if after.retired else trouble.line,
        )

    async def _ask(self, feed: Feed, state: FeedState) -> Fetched:
        """Fetch and parse. Raises Trouble."""
        full_text = feed.full_text and self._limits.max_articles > 0
        answer = await self._client.get(
            state.moved_to or feed.url,
            private_place=feed.private_place,
            # A 304 would tell no entries, and so none of the pages still to be asked for: not one
            # was, where full_text is new or the entries came to another list, without it.
            validators=validators(state) if state.pages or not full_text else None,
        )
        if answer.status == 304:
            return Fetched(feed, "unchanged", state=unchanged(state, answer, self._now))
        parsed = await self._parsed(feed, answer)
        if not parsed.ok:
            raise Trouble(parsed.problem)
        wire_bytes = answer.wire_bytes
        whole = not answer.cut and not parsed.children
        if parsed.children:
            parsed, more = await self._children(feed, parsed)
            wire_bytes += more
        entries = parsed.entries
        notes = [parsed.problem]
        pages: Mapping[str, int] = still_wanted(entries, (), state.pages)
        if full_text:
            entries, pages, note = await self._full_texts(feed, state, parsed)
            notes.append(note)
        if pages:  # of this list, or of another that has the feed with full_text
            whole = whole and not wanted(entries, pages, most=self._limits.max_articles)
        if answer.moved_to and answer.moved_to != state.moved_to:
            notes.append("moved for good; its new address is remembered")
        newest = max((entry.published for entry in entries if entry.published), default=None)
        return Fetched(
            feed,
            "entries",
            entries=entries,
            state=succeeded(state, answer, self._now, newest=newest, whole=whole, pages=pages),
            problem=one_line("; ".join(note for note in notes if note)),
            wire_bytes=wire_bytes,
        )

    async def _parsed(self, feed: Feed, answer: Answer) -> Parsed:
        packed = await self._parsing.do(
            Document(
                feed=feed,
                url=answer.url,
                content_type=answer.content_type,
                data=answer.body,
                now=self._now,
                max_entries=self._limits.max_entries,
                cut=answer.cut,
            )
        )
        return unpacked(packed)

    async def _children(self, feed: Feed, index: Parsed) -> tuple[Parsed, int]:
        """The entries of the sitemaps that an index lists, and the bytes they took."""
        entries: list[Entry] = []
        notes = [index.problem]
        wire_bytes = 0
        for url in index.children:
            try:
                answer = await self._client.get(url, private_place=feed.private_place)
                parsed = await self._parsed(feed, answer)
            except Trouble as trouble:
                notes.append(f"one of its sitemaps failed: {trouble.line}")
                continue
            wire_bytes += answer.wire_bytes
            entries += parsed.entries
            if not parsed.ok or parsed.children:
                notes.append(f"one of its sitemaps failed: {parsed.problem or 'an index again'}")
        if not entries:
            any_failed = len(notes) > 1
            notes.append("no news in its sitemaps")
            if any_failed:
                raise Trouble("; ".join(filter(None, notes)))
        entries = entries[: self._limits.max_entries]
        return Parsed(True, tuple(entries), one_line("; ".join(filter(None, notes)))), wire_bytes

    async def _full_texts(
        self, feed: Feed, state: FeedState, parsed: Parsed
    ) -> tuple[tuple[Entry, ...], Mapping[str, int], str]:
        """The entries with their pages' text where it could be had, which pages are still to be
        asked for, and a line where some gave no text."""
        entries = list(parsed.entries)
        places = wanted(entries, state.pages, most=self._limits.max_articles)

        async def page(place: int) -> bool:
            url, private = entries[place].url, feed.private_place
            try:
                if not await self._robots.allow(url, private_place=private):
                    return False
                answer = await self._client.get(url, private_place=private)
            except Trouble:
                return False
            text = await self._extracting.do(
                Page(answer.body, answer.content_type, entries[place].language)
            )
            entries[place] = replace(entries[place], full_text=text)
            return bool(text)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(page(place)) for place in places]
        missing = sum(not task.result() for task in tasks)
        note = f"{missing} of {len(places)} article pages gave no text" if missing else ""
        return tuple(entries), still_wanted(entries, places, state.pages), note
