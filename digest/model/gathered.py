"""What comes in: a feed's answer, its entries, and the items they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from digest.model.operator import Feed


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a feed's last fetches taught, kept between runs."""

    url: str
    """The address in feeds.yaml, the state's key."""
    moved_to: str | None = None
    """Where 301/308 answers have led."""
    etag: str | None = None
    last_modified: str | None = None
    not_before: datetime | None = None
    """Not to be asked before then. After a failure it is the server's Retry-After, and binds; while
    the feed works it is its wish (its TTL, its caching time), which editions need not heed."""
    retired: bool = False
    """410 Gone: asked once a week (`not_before`), for servers say so by mistake, too."""
    last_success: datetime | None = None
    newest: datetime | None = None
    failures: int = 0
    """In a row."""
    pages: Mapping[str, int] = field(default_factory=dict)
    """How often an entry's article page is still to be asked for, by `gather.fulltext.version`; 0
    where its text was had, or is no longer hoped for."""

    @property
    def wish(self) -> timedelta:
        """How long it wished to be left alone when it last worked."""
        if self.failures or self.not_before is None or self.last_success is None:
            return timedelta(0)
        return max(self.not_before - self.last_success, timedelta(0))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed as it was printed there: may hold markup, nothing is trusted."""

    id: str
    """guid, atom:id or the URL: the feed's own identity, which it may edit."""
    url: str
    title: str
    summary: str = ""
    content: str = ""
    """The longest body the feed offers, markup included."""
    author: str = ""
    published: datetime | None = None
    language: str = ""
    source_name: str = ""
    """`<source>`: who the feed says it has the report from."""
    categories: tuple[str, ...] = ()
    image: str = ""
    credit: str = ""
    full_text: str = ""
    """Plain text of the article page, when the feed asks for it."""


Outcome = Literal["entries", "unchanged", "skipped", "retired", "failed"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One feed's answer. Exactly one outcome; `problem` says why it failed, or what was odd."""

    feed: Feed
    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    state: FeedState | None = None
    """The state to keep for the next run; None leaves the old one."""
    problem: str = ""
    """One line for the health table; with outcome "entries" a warning (malformed, cut short)."""
    wire_bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One outlet's report, cleaned: plain text, absolute http(s) address, times in UTC."""

    id: str
    url: str
    source: str
    """The outlet's name, or its host where an items file says no more."""
    title: str
    text: str
    date: datetime | None
    """When the outlet says it published; None when it does not."""
    first_seen: datetime
    lang: str = ""
    author: str = ""
    image: str = ""
    credit: str = ""
    feed: str = ""
    """The address of the feed it came in by; "" for items read from a file."""
    via: str = ""
    """`<source>` or the like: whom the outlet credits for the report."""
    categories: tuple[str, ...] = ()
    from_page: bool = False
    """Whether `text` is the article page's, of which the feed itself prints a line or two."""

    @property
    def when(self) -> datetime:
        """The time that counts: publication, or first sight where that is unknown."""
        return self.date or self.first_seen

    def over(self, kept: Item) -> Item:
        """As it is kept after `kept`, the same report: the page's text stays until the page is
        fetched anew, since feeds go on printing its one line for days."""
        if kept.from_page and not self.from_page:
            return replace(self, text=kept.text, from_page=True)
        return self


@dataclass(frozen=True, slots=True)
class Window:
    """The reports that count for an edition: dated in [start, end)."""

    start: datetime
    end: datetime

    def holds(self, item: Item) -> bool:
        return self.start <= item.when < self.end


@dataclass(frozen=True, slots=True)
class Dropped:
    """A report that could not be used, and why; counted in the edition, never silent."""

    where: str
    why: str
