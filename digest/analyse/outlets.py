"""Who published a report: names, countries and owner families of outlets.

Known by, in this order: the feed it came in by, the name of its source, the host of its source,
the host of its address; a host also by its parent domains ("edition.cnn.com" is CNN). A host that
nobody knows gets a readable name made from it, so that no reader meets a bare URL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Self, cast, get_args
from urllib.parse import urlsplit

from digest.analyse.packaged import rows
from digest.model import Feed, Item, Kind, Outlet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNNAMED = "an unnamed outlet"
"""The outlet of a report that names neither source nor address; no two of these are one."""
_REMEMBERED = 1 << 14
"""Unknown hosts that are known again."""
_KINDS = frozenset(get_args(Kind))
_PUBLIC_SECOND_LEVEL = frozenset(
    {"co", "com", "org", "net", "gov", "ac", "gob", "gouv", "or", "go"}
)


def host_of(text: str) -> str:
    """The host in a URL or of a bare "bbc.com", without "www."; "" where there is none."""
    text = text.strip().lower()
    if not text or " " in text:
        return ""
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.rstrip(".")
    return host.removeprefix("www.") if "." in host else ""


def _parents(host: str) -> Iterable[str]:
    labels = host.split(".")
    for i in range(len(labels) - 1):
        yield ".".join(labels[i:])


def readable(host: str) -> str:
    """A name for an unknown host: "news.harbour-times.co.uk" → "Harbour Times"."""
    labels = [label for label in host.split(".") if label]
    if len(labels) < 2:
        return host
    labels = labels[:-1]
    if len(labels) > 1 and labels[-1] in _PUBLIC_SECOND_LEVEL:
        labels = labels[:-1]
    words = [word for word in labels[-1].replace("_", "-").split("-") if word]
    return " ".join(word[:1].upper() + word[1:] for word in words) or host


@cache
def known_outlets() -> Mapping[str, Outlet]:
    """The packaged table, by host."""
    table: dict[str, Outlet] = {}
    for domain, name, country, kind, owner in rows("outlets", 5):
        known = cast("Kind", kind if kind in _KINDS else "other")
        table[domain] = Outlet(name, domain, country, "", known, owner)
    return table


def _folded(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())


@dataclass(frozen=True, slots=True)
class Outlets:
    """The outlets that this run can name. Build it with `Outlets.of(feeds)`."""

    _by_feed: Mapping[str, Outlet]
    _by_name: Mapping[str, Outlet]
    _by_host: Mapping[str, Outlet]
    _aggregators: frozenset[str]

    @classmethod
    def of(cls, feeds: Iterable[Feed]) -> Self:
        """The feeds' own outlets first, the packaged table behind them."""
        by_feed: dict[str, Outlet] = {}
        by_host: dict[str, Outlet] = {}
        by_name: dict[str, Outlet] = {}
        aggregators: set[str] = set()
        for domain, outlet in known_outlets().items():
            by_name.setdefault(_folded(outlet.name), outlet)
            if outlet.kind == "aggregator":
                aggregators.add(domain)
        for feed in feeds:
            # A feed that is named by its host alone ("bbc.com") is named as the table names it.
            named_host = host_of(feed.name)
            host = named_host or host_of(feed.url)
            domains = tuple(host_of(domain) or domain for domain in feed.domains)
            domains = domains or ((host,) if host else ())
            known = _by_parent(known_outlets(), domains[0]) if domains else None
            name = feed.name
            if named_host:
                name = known.name if known else readable(named_host)
            outlet = Outlet(
                name,
                domains[0] if domains else "",
                feed.country or (known.country if known else ""),
                feed.language,
                known.kind if known and feed.kind == "other" else feed.kind,
                feed.owner or (known.owner if known else ""),
            )
            if feed.aggregator:
                aggregators.update(domains)
                continue
            by_feed[feed.url] = outlet
            by_name[_folded(name)] = outlet
            for domain in domains:
                by_host.setdefault(domain, outlet)
        return cls(by_feed, by_name, by_host, frozenset(aggregators))

    def of_host(self, host: str) -> Outlet | None:
        """The outlet that publishes under `host` or one of its parents, or None."""
        return _by_parent(self._by_host, host) or _by_parent(known_outlets(), host)

    def of_name(self, name: str) -> Outlet | None:
        """The outlet of that name, however it is capitalised, with or without "the"."""
        return self._by_name.get(_folded(name))

    def is_aggregator(self, host: str) -> bool:
        """Whether pages under `host` wrap other publishers' reports (Google News and the like)."""
        return any(parent in self._aggregators for parent in _parents(host))

    def of_item(self, item: Item) -> Outlet:
        """The outlet of a report; never fails, an unknown host is named after itself."""
        if item.feed in self._by_feed:
            return self._by_feed[item.feed]
        source_host, url_host = host_of(item.source), host_of(item.url)
        wrapped = self.is_aggregator(url_host) or self.is_aggregator(source_host)
        if wrapped and item.via:
            found = self.of_name(item.via) or self.of_host(host_of(item.via))
            return found or Outlet(readable(item.via) if host_of(item.via) else item.via)
        if item.source and not source_host:
            by_url = None if wrapped else self.of_host(url_host)
            unknown = replace(by_url, name=item.source) if by_url else Outlet(item.source, url_host)
            return self.of_name(item.source) or unknown
        found = self.of_host(source_host) or self.of_host(url_host)
        host = source_host or url_host
        return found or (_unknown(host) if host else Outlet(UNNAMED))


@lru_cache(_REMEMBERED)
def _unknown(host: str) -> Outlet:
    """One outlet for all its reports."""
    return Outlet(readable(host), host)


def _by_parent(table: Mapping[str, Outlet], host: str) -> Outlet | None:
    return next((table[parent] for parent in _parents(host) if parent in table), None)
