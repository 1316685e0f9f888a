"""Every page of the archive by its address: served as asked for, or all written as files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from datetime import date as Date
from typing import Protocol
from urllib.parse import urlsplit

from babel.dates import format_date

from digest.archive.catalogue import Catalogue, Entry, Report, catalogue, no_collecting
from digest.archive.design import Design
from digest.archive.editions import KINDS, Archive
from digest.archive.jsonfeed import json_feed
from digest.archive.pages import (
    IN_FEED,
    LISTED,
    Shown,
    comment_view,
    country,
    edition_line,
    entry_lines,
    months_of,
    outlet_page,
    rfc3339,
    story_line,
    story_page,
)
from digest.archive.records import Summary
from digest.comment import Comment
from digest.model import Outlet
from digest.render.safe import link, plain

SHOWN = 14
"""Editions listed on the front page: a fortnight."""
HEADLINES = 12
"""Of the newest edition, on the front page."""
IN_SITEMAP = 50_000
"""Addresses that a sitemap may hold (sitemaps.org); beyond it the oldest are left out."""
RELIABLE_DAYS = 30
"""Editions over which a feed's reliability is told."""
ANSWERED = ("entries", "unchanged")
HTML = "text/html; charset=utf-8"
CLOSED = ("admin", "confirm", "preferences", "search", "unsubscribe")
"""Not for search engines."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be made."""

    path: str
    """From the root, "/story/t-1/"; what ends with a slash is an index.html."""
    kind: str
    needs: tuple[object, ...]
    """What it is made of: of equal needs, under an equal design, equal bytes are made."""
    modified: datetime
    make: Callable[[str], bytes]
    """Given the site's address without a trailing slash; "" where it is not known."""
    design: bool = True
    """Whether it is filled from templates; else it stands as it is stored."""
    live: bool = False
    """Whether it may be made anew of more than `modified` tells."""


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
        with no_collecting():
            summaries = (archive.summary(date) for date in archive.dates())
            self._lines: dict[tuple[Date, int], Shown] = {}
            self._tell = design.macro("line.html", "line")
            self.catalogue: Catalogue = catalogue(s for s in summaries if s)
            dates = [edition.date for edition in self.catalogue.editions]
            self._marks = {date: (date.toordinal(), *archive.mark(date)) for date in dates}
            self._answers = self._reliability()
            self.pages: Mapping[str, Page] = {page.path: page for page in self._all()}

    def fingerprint(self) -> str:
        """Of all that pages are made with beside their needs."""
        design = self.design
        whole = (sorted(design.templates.items()), design.editorial, design.subscribing,
                 design.searching, design.commenting, design.root)  # fmt: skip
        return hashlib.sha256(repr(whole).encode("utf-8", "replace")).hexdigest()

    # --- all of them

    def _all(self) -> Iterator[Page]:
        editions = self.catalogue.editions
        yield self._page("/", editions[: SHOWN + 1], self._front)
        yield from self._years()
        yield from self._feeds("/feed", editions[:IN_FEED])
        yield Page("/robots.txt", "text/plain; charset=utf-8", (), _EPOCH, self._robots)
        yield Page("/icon.svg", "image/svg+xml", (), _EPOCH, lambda base: self._fill("icon.svg"))
        css = f"/{self.design.css_name}"
        yield Page(css, "text/css; charset=utf-8", (), _EPOCH, lambda base: self.design.css)
        for edition in editions:
            yield from self._edition(edition)
        for thread, entries in self.catalogue.threads.items():
            yield self._story(thread, entries)
        for section, entries in self.catalogue.sections.items():
            yield from self._section(section, entries)
        for place, entries in self.catalogue.places.items():
            shown = self._shown("place", place)
            yield from self._lists(f"/place/{place}/", "place", shown, entries)
        for outlet, reports in self.catalogue.outlets.items():
            yield self._outlet(outlet, reports)
        yield from self._indexes()
        needs = tuple(self._marks.values())
        yield Page("/sitemap.xml", "application/xml", needs, self._newest(editions), self._sitemap)

    def _page(self, path: str, editions: Sequence[Summary], make: Callable[[str], str]) -> Page:
        """An HTML page made of `editions`; `make` is told its canonical address."""
        return Page(
            path,
            HTML,
            self._needs(editions),
            self._newest(editions),
            lambda base: make(base and f"{base}{path}").encode("utf-8", "replace"),
        )

    def _needs(self, editions: Iterable[Summary]) -> tuple[object, ...]:
        return tuple([self._marks[edition.date] for edition in editions])

    def _newest(self, editions: Iterable[Summary]) -> datetime:
        return max((e.generated_at for e in editions), default=_EPOCH)

    def _fill(self, name: str, **parts: object) -> bytes:
        return self.design.fill(name, **parts).encode("utf-8", "replace")

    # --- front, years, editions

    def _front(self, canonical: str) -> str:
        editions = self.catalogue.editions
        if not editions:
            return self.design.fill("empty.html")
        newest = editions[0]
        return self.design.fill(
            "front.html",
            canonical=canonical,
            newest=edition_line(newest),
            stories=[story_line(newest, story) for story in newest.stories[:HEADLINES]],
            more=max(0, len(newest.stories) - HEADLINES),
            recent=[edition_line(edition) for edition in editions[1 : SHOWN + 1]],
            sections=self._section_links(),
        )

    def _section_links(self) -> list[tuple[str, str]]:
        """(id, label) of the sections that have a page, in the operator's order."""
        there = self.catalogue.sections
        return [(s.id, s.label) for s in self.design.editorial.sections if s.id in there]

    def _years(self) -> Iterator[Page]:
        by_year: dict[int, list[Summary]] = {}
        for edition in self.catalogue.editions:
            by_year.setdefault(edition.date.year, []).append(edition)
        years = list(by_year)

        def page(path: str, year: int) -> Page:
            def make(canonical: str) -> str:
                months = months_of(by_year[year], self._month)
                return self.design.fill(
                    "archive.html", canonical=canonical, year=year, years=years, months=months
                )

            page = self._page(path, by_year[year], make)
            return Page(path, HTML, (*page.needs, *years), page.modified, page.make)

        yield from (page(f"/archive/{year}/", year) for year in years)
        if years:
            yield page("/archive/", years[0])
        else:
            yield self._page("/archive/", (), lambda _: self.design.fill("empty.html"))

    def _month(self, date: Date) -> str:
        return str(format_date(date, "LLLL", locale=self.design.words.locale))

    def _edition(self, edition: Summary) -> Iterator[Page]:
        for name, kind in KINDS.items():
            mark = self.archive.mark(edition.date, name)
            if mark == (0, 0):
                continue
            path = f"/{edition.date}/" + ("" if name == "index.html" else name)
            stored = self._stored(edition.date, name)
            yield Page(path, kind, mark, edition.generated_at, stored, design=False)

    def _stored(self, date: Date, name: str) -> Callable[[str], bytes]:
        return lambda base: (self.archive.out / date.isoformat() / name).read_bytes()

    # --- stories, sections, places, outlets

    def _story(self, thread: str, entries: Sequence[Entry]) -> Page:
        def make(canonical: str) -> str:
            days = [
                (edition, story)
                for edition in _editions(entries)
                for story in self.archive.stories(edition.date)
                if story.thread == thread
            ]
            parts = story_page(days, self.design.words) if days else {}
            # Asked for anew: a comment may be published between two editions.
            said = self._said.published(thread) if self._said else ()
            comments = [comment_view(comment, self.design.words) for comment in said]
            return self.design.fill(
                "story.html", canonical=canonical, thread=thread, comments=comments, **parts
            )

        page = self._page(f"/story/{thread}/", _editions(entries), make)
        if self._said is None:
            return page
        needs = (*page.needs, *self._printed.get(thread, ()))
        return replace(page, needs=needs, live=True)

    def gone(self, path: str) -> str:
        """The page in a story's place that no edition tells any more: one was made again."""
        return self.design.message("gone")

    def _section(self, section: str, entries: Sequence[Entry]) -> Iterator[Page]:
        label = next(
            (s.label for s in self.design.editorial.sections if s.id == section),
            entries[0].edition.label(section),
        )
        path = f"/section/{section}/"
        yield from self._lists(path, "section", label, entries, feed=f"{path}feed")
        editions = [entry.edition for entry in entries[:IN_FEED]]
        lines = entry_lines(entries[:IN_FEED])
        yield from self._feeds(f"{path}feed", editions, label, lines, path)

    def _shown(self, kind: str, slug: str) -> str:
        name = self.catalogue.names[slug]
        return country(name, self.design.words) if kind == "place" else plain(name)

    def _lists(
        self, path: str, kind: str, name: str, entries: Sequence[Entry], feed: str = ""
    ) -> Iterator[Page]:
        """The newest entries, and behind them whole pages counted from the oldest: those keep their
        address and their words for ever."""
        behind = max(0, -(-(len(entries) - LISTED) // LISTED))
        for number in range(behind + 1):
            end = len(entries) - (number - 1) * LISTED if number else LISTED
            shown = entries[end - LISTED : end]
            after = behind if number == 0 else number - 1
            parts = {
                "kind": kind,
                "name": plain(name),
                "number": number,
                "total": len(entries) if number == 0 else 0,
                "older": f"{path}{after}/" if after else "",
                "newer": path if number == behind else f"{path}{number + 1}/",
                "feed": feed,
            }
            yield self._list(f"{path}{number}/" if number else path, shown, parts)

    def _list(self, path: str, shown: Sequence[Entry], parts: Mapping[str, object]) -> Page:
        def make(canonical: str) -> str:
            return self.design.fill(
                "list.html", canonical=canonical, stories=[self._line(e) for e in shown], **parts
            )

        page = self._page(path, [entry.edition for entry in shown], make)
        needs = (*page.needs, *map(str, parts.values()))
        return Page(path, HTML, needs, page.modified, page.make)

    def _line(self, entry: Entry) -> Shown:
        """A story in a list; as it stands in the section's, so in its places' and outlets'."""
        key = entry.edition.date, entry.story.rank
        if key not in self._lines:
            line = story_line(entry.edition, entry.story)
            self._lines[key] = line | {"urls": [], "told": self._tell(line)}
        return self._lines[key]

    def _outlet(self, outlet: str, reports: Sequence[Report]) -> Page:
        name = self.catalogue.names[outlet]
        feeds = [self._answers[url] for url in self._feeds_of(name) if url in self._answers]
        known = self._outlet_of(name)

        def make(canonical: str) -> str:
            parts = outlet_page(reports, known, feeds, self.design.words, self._line)
            return self.design.fill(
                "outlet.html", canonical=canonical, name=plain(name), total=len(reports), **parts
            )

        path = f"/outlet/{outlet}/"
        page = self._page(path, _editions((r.entry for r in reports), LISTED), make)
        needs = (*page.needs, len(reports), tuple(feeds), repr(known))
        return Page(path, HTML, needs, page.modified, page.make)

    def _indexes(self) -> Iterator[Page]:
        """All places and all outlets, by name."""
        found = self.catalogue
        for kind, slugs in (("outlet", found.outlets), ("place", found.places)):
            named = sorted((_sorted_as(self._shown(kind, s)), s) for s in slugs)
            links = [(slug, self._shown(kind, slug), len(slugs[slug])) for _, slug in named]

            def make(canonical: str, kind: str = kind, links: object = links) -> str:
                return self.design.fill("index.html", canonical=canonical, kind=kind, links=links)

            page = self._page(f"/{kind}s/", found.editions[:1], make)
            yield Page(page.path, HTML, (*page.needs, str(links)), page.modified, page.make)

    def _reliability(self) -> dict[str, tuple[int, int]]:
        """Feed's address → (answered, asked), of the last editions."""
        answers: dict[str, tuple[int, int]] = {}
        for edition in self.catalogue.editions[:RELIABLE_DAYS]:
            for feed in self.archive.health(edition.date).feeds:
                if feed.outcome != "skipped":
                    answered, asked = answers.get(feed.url, (0, 0))
                    answers[feed.url] = answered + (feed.outcome in ANSWERED), asked + 1
        return answers

    # --- for programs

    def _feeds(
        self,
        path: str,
        editions: Sequence[Summary],
        label: str = "",
        lines: Sequence[Shown] | None = None,
        home: str = "/",
    ) -> Iterator[Page]:
        """Atom and JSON Feed of the editions or, where `lines` are given, of stories."""
        needs, newest = self._needs(editions), self._newest(editions)

        def atom(base: str) -> bytes:
            return self._atom(base, f"{path}.atom", label, lines, home)

        def as_json(base: str) -> bytes:
            site = self.design.editorial
            return json_feed(site, self._entries(lines), base, f"{path}.json", plain(label), home)

        yield Page(f"{path}.atom", "application/atom+xml", needs, newest, atom)
        yield Page(f"{path}.json", "application/feed+json", needs, newest, as_json)

    def _entries(self, lines: Sequence[Shown] | None) -> list[Shown]:
        """What a feed tells: editions or, where `lines` are given, stories."""
        if lines is None:
            return [
                edition_line(edition)
                | {
                    "path": f"/{edition.date}/",
                    "stories": [story_line(edition, story) for story in edition.stories],
                }
                for edition in self.catalogue.editions[:IN_FEED]
            ]
        return [line | {"path": _place_of(line), "stories": []} for line in lines]

    def _atom(
        self,
        base: str,
        path: str,
        label: str,
        lines: Sequence[Shown] | None,
        home: str,
    ) -> bytes:
        entries = self._entries(lines)
        return self._fill(
            "feed.atom", base=base, path=path, home=home, label=plain(label),
            updated=max((e["updated"] for e in entries), default=rfc3339(_EPOCH)), entries=entries,
        )  # fmt: skip

    def _robots(self, base: str) -> bytes:
        root = self.design.root
        lines = ["User-agent: *", *(f"Disallow: {root}/{path}" for path in CLOSED), ""]
        return "\n".join([*lines, f"Sitemap: {base}/sitemap.xml", ""]).encode()

    def _sitemap(self, base: str) -> bytes:
        paths = ["/", "/archive/", "/outlets/", "/places/"]
        paths += [f"/{edition.date}/" for edition in self.catalogue.editions]
        for kind in ("section", "story", "place", "outlet"):
            paths += [p for p in self.pages if p.startswith(f"/{kind}/") and p.endswith("/")]
        return self._fill("sitemap.xml", pages=[f"{base}{p}" for p in paths[:IN_SITEMAP]])


def _sorted_as(name: str) -> str:
    """ "the Daily Mail" stands under D."""
    return name.casefold().removeprefix("the ")


def _editions(entries: Iterable[Entry], most: int = 1_000_000) -> list[Summary]:
    """The entries' editions, each once; the first `most`."""
    found: dict[Date, Summary] = {}
    for entry in entries:
        found[entry.edition.date] = entry.edition
        if len(found) == most:
            break
    return list(found.values())


def _place_of(line: Shown) -> str:
    """Where a story of a section's feed is read: in its edition, whose text never changes."""
    return f"/{line['iso']}/#story-{line['rank']}"


def base_of(address: str) -> tuple[str, str]:
    """The site's address without a trailing slash, and its path alone ("" for a host's root)."""
    safe = link(address.rstrip("/"))
    return (safe, urlsplit(safe).path) if safe else ("", "")
