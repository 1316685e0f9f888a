"""Every page of the archive by its address: served as asked for, or all written as files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date as Date
from functools import cached_property
from typing import Protocol
from urllib.parse import urlsplit

from babel.dates import format_date

from digest.archive.catalogue import KINDS, Day, Entry, catalogue, no_collecting
from digest.archive.design import Design
from digest.archive.editions import FILES, Archive
from digest.archive.feeds import IN_FEED, edition_feeds, section_feeds
from digest.archive.lists import index_page, list_pages, outlet_pages, paths, reach, stands
from digest.archive.page import Page
from digest.archive.pages import comment_view, edition_line, edition_stories, months_of, story_page
from digest.archive.stock import Stock, needs
from digest.comment import Comment
from digest.folder import date_of
from digest.model import Outlet
from digest.render.safe import link

SHOWN = 14
"""Editions listed on the front page: a fortnight."""
HEADLINES = 12
"""Of the newest edition, on the front page."""
IN_SITEMAP = 50_000
"""Addresses that a sitemap may hold (sitemaps.org); beyond it the oldest stories are left out."""
RELIABLE_DAYS = 30
"""Editions over which a feed's reliability is told."""
ANSWERED = ("entries", "unchanged")
CLOSED = ("admin", "confirm", "preferences", "search", "unsubscribe")
"""Not for search engines."""


class Said(Protocol):
    """The comments that are printed; `store.comments.Comments` fits."""

    def printed(self) -> Mapping[str, tuple[str, ...]]: ...
    def published(self, thread: str) -> Sequence[Comment]: ...


class Paper:
    """The pages over an archive.

    `outlet_of`: what is known of an outlet by its name; `feeds_of`: the addresses of its feeds;
    `said`: what readers say of stories, None where nothing of it is printed.
    """

    def __init__(
        self,
        archive: Archive,
        design: Design,
        outlet_of: Callable[[str], Outlet | None] = lambda name: None,
        feeds_of: Callable[[str], Sequence[str]] = lambda name: (),
        said: Said | None = None,
    ) -> None:
        self.archive = archive
        self.design = design
        self._outlet_of = outlet_of
        self._feeds_of = feeds_of
        self._said = said
        self._printed = said.printed() if said else {}
        self.days = archive.days()
        with no_collecting():
            self._found = catalogue(self.days)
        self._stock = Stock(archive, design, self._found)
        self._answers = self._reliability()

    def fingerprint(self) -> str:
        """Of all that pages are made with beside their needs."""
        design = self.design
        whole = (sorted(design.templates.items()), design.editorial, design.subscribing,
                 design.searching, design.commenting, design.root, design.addressed)  # fmt: skip
        return hashlib.sha256(repr(whole).encode("utf-8", "replace")).hexdigest()

    # --- all of them, or those that something touched

    @cached_property
    def pages(self) -> Mapping[str, Page]:
        """All pages."""
        return self._by_address(None)

    def touched_since(self, days: Sequence[Day], facts: Mapping[str, str]) -> set[str]:
        """The keys and dates whose pages may have changed since the archive was `days`, and all
        else that pages tell was `facts`."""
        before, now = ({day.date: day for day in known} for known in (days, self.days))
        touched: set[str] = set()
        for date in before.keys() | now.keys():
            was, is_ = before.get(date), now.get(date)
            if was and is_ and was.stamp == is_.stamp:
                continue
            touched.add(date.isoformat())
            for day in filter(None, (was, is_)):
                touched.update(day.keys)
        here = self.facts
        touched.update(k for k in facts.keys() | here.keys() if facts.get(k) != here.get(k))
        return touched

    @cached_property
    def facts(self) -> dict[str, str]:
        """Key → what its pages tell beside what editions do."""
        told = {key: repr(self._known(key)) for key in self._found.of("outlet")}
        return told | {f"story/{thread}": repr(said) for thread, said in self._printed.items()}

    def touched(self, keys: Collection[str]) -> Mapping[str, Page]:
        """The pages of these keys and dates, and those that are of none; without a list's pages of
        editions older than all of the dates, which stay as they are."""
        return self._by_address(keys)

    def stands(self, path: str) -> bool:
        """Whether a page that is not among those touched may be one of a list's older pages."""
        return stands(self._stock, path)

    def _by_address(self, keys: Collection[str] | None) -> Mapping[str, Page]:
        with no_collecting():
            return {page.path: page for page in self._all(keys)}

    def _all(self, only: Collection[str] | None) -> Iterator[Page]:
        yield self._stock.page("/", self.days[: SHOWN + 1], self._front, *self._section_links())
        yield from self._years()
        if self.design.addressed:
            yield from edition_feeds(self._stock)
            yield Page("/sitemap.xml", "application/xml", needs(self.days), self._sitemap)
        yield Page("/robots.txt", "text/plain; charset=utf-8", (), self._robots)
        yield Page("/icon.svg", "image/svg+xml", (), lambda _: self._stock.fill("icon.svg"))
        css = f"/{self.design.css_name}"
        yield Page(css, "text/css; charset=utf-8", (), lambda _: self.design.css)
        for day in self.days:
            if only is None or day.date.isoformat() in only:
                yield from self._edition(day)
        for key, entries in self._found.lists(None if only is None else self._reach(only)).items():
            yield from self._of_key(key, entries)
        yield index_page(self._stock, "outlet")
        yield index_page(self._stock, "place")

    def _reach(self, only: Collection[str]) -> dict[str, int]:
        """Key → how many of its newest entries have to be looked at for what `only` touches."""
        since = min(filter(None, map(date_of, only)), default=Date.max)
        recent = catalogue([day for day in self.days if day.date >= since]).stories
        counts = self._found.stories

        def needed(key: str) -> int:
            if key.startswith("story/"):
                return counts[key]  # its page tells all of the thread
            return max(IN_FEED, reach(counts[key], recent.get(key, 0)))

        return {key: needed(key) for key in only if key in counts}

    def _of_key(self, key: str, entries: Sequence[Entry]) -> Iterator[Page]:
        kind, _, name = key.partition("/")
        if kind == "story":
            yield self._story(name, entries)
        elif kind == "outlet":
            yield from outlet_pages(self._stock, key, entries, *self._known(key))
        else:
            feed = f"/{key}/feed" if kind == "section" and self.design.addressed else ""
            yield from list_pages(self._stock, key, entries, {"feed": feed})
            if feed:
                yield from section_feeds(self._stock, key, entries)

    # --- front, years, editions

    def _front(self, canonical: str) -> str:
        if not self.days:
            return self.design.fill("empty.html")
        first = self.days[0]
        return self.design.fill(
            "front.html",
            canonical=canonical,
            newest=edition_line(first),
            stories=edition_stories(first, HEADLINES),
            more=max(0, len(first.stories) - HEADLINES),
            recent=[edition_line(day) for day in self.days[1 : SHOWN + 1]],
            sections=self._section_links(),
        )

    def _section_links(self) -> list[tuple[str, str]]:
        """(id, label) of the sections that have a page, in the operator's order."""
        sections = self.design.editorial.sections
        return [(s.id, s.label) for s in sections if f"section/{s.id}" in self._found.names]

    def _years(self) -> Iterator[Page]:
        by_year: dict[int, list[Day]] = {}
        for day in self.days:
            by_year.setdefault(day.date.year, []).append(day)
        years = list(by_year)

        def page(path: str, year: int) -> Page:
            def make(canonical: str) -> str:
                months = months_of(by_year[year], self._month)
                return self.design.fill(
                    "archive.html", canonical=canonical, year=year, years=years, months=months
                )

            return self._stock.page(path, by_year[year], make, *years)

        yield from (page(f"/archive/{year}/", year) for year in years)
        if years:
            yield page("/archive/", years[0])
        else:
            yield self._stock.page("/archive/", (), lambda _: self.design.fill("empty.html"))

    def _month(self, date: Date) -> str:
        return str(format_date(date, "LLLL", locale=self.design.words.locale))

    def _edition(self, day: Day) -> Iterator[Page]:
        for name, kind in FILES.items():
            mark = self.archive.mark(day.date, name)
            if mark == (0, 0):
                continue
            path = f"/{day.date}/" + ("" if name == "index.html" else name)
            stored = self._stored(day.date, name)
            yield Page(path, kind, mark, stored, day.generated_at)

    def _stored(self, date: Date, name: str) -> Callable[[str], bytes]:
        return lambda base: (self.archive.out / date.isoformat() / name).read_bytes()

    # --- stories, outlets

    def _story(self, thread: str, entries: Sequence[Entry]) -> Page:
        days = list({entry.day.date: entry.day for entry in entries}.values())

        def make(canonical: str) -> str:
            told = [
                (day, story)
                for day in days
                for story in self.archive.stories(day.date)
                if story.thread == thread
            ]
            parts = story_page(told, self.design.words, self._stock.mark) if told else {}
            # Asked for anew: a comment may be published between two editions.
            said = self._said.published(thread) if self._said else ()
            comments = [comment_view(comment, self.design.words) for comment in said]
            return self.design.fill(
                "story.html", canonical=canonical, thread=thread, comments=comments, **parts
            )

        return self._stock.page(f"/story/{thread}/", days, make, *self._printed.get(thread, ()))

    def gone(self) -> str:
        """The page in a story's place that no edition tells any more: one was made again."""
        return self.design.message("gone")

    def _known(self, outlet: str) -> tuple[Outlet | None, list[tuple[int, int]]]:
        """Of the outlet under a key: who it is, and (answered, asked) of each of its feeds."""
        name = self._found.names[outlet]
        feeds = [self._answers[url] for url in self._feeds_of(name) if url in self._answers]
        return self._outlet_of(name), feeds

    def _reliability(self) -> dict[str, tuple[int, int]]:
        """Feed's address → (answered, asked), of the last editions."""
        answers: dict[str, tuple[int, int]] = {}
        for day in self.days[:RELIABLE_DAYS]:
            for feed in self.archive.health(day.date).feeds:
                if feed.outcome != "skipped":
                    answered, asked = answers.get(feed.url, (0, 0))
                    answers[feed.url] = answered + (feed.outcome in ANSWERED), asked + 1
        return answers

    # --- for search engines

    def _robots(self, base: str) -> bytes:
        root = self.design.root
        lines = ["User-agent: *", *(f"Disallow: {root}/{path}" for path in CLOSED), ""]
        if self.design.addressed:
            lines += [f"Sitemap: {base}/sitemap.xml", ""]
        return "\n".join(lines).encode()

    def _sitemap(self, base: str) -> bytes:
        found = ["/", "/archive/", "/outlets/", "/places/"]
        found += [f"/archive/{year}/" for year in dict.fromkeys(day.date.year for day in self.days)]
        found += [f"/{day.date}/" for day in self.days]
        for kind in ("section", "place", "outlet"):
            found += paths(self._stock, kind)
        found += [f"/{key}/" for key in self._found.of("story")]
        return self._stock.fill("sitemap.xml", pages=[f"{base}{p}" for p in found[:IN_SITEMAP]])


def key_of(path: str) -> str:
    """The key or date that a page's path is of: "/outlet/reuters/2/" is of outlet/reuters; "" of
    none, as the front page."""
    first, _, rest = path.strip("/").partition("/")
    if first in KINDS:
        return f"{first}/{rest.partition('/')[0]}"
    return first if date_of(first) else ""


def base_of(address: str) -> tuple[str, str]:
    """The site's address without a trailing slash, and its path alone ("" for a host's root)."""
    safe = link(address.rstrip("/"))
    return (safe, urlsplit(safe).path) if safe else ("", "")
