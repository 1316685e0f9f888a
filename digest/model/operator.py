"""What the operator decides: feeds, politeness, sections, weights, the paper itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "agency",
    "broadcaster",
    "newspaper",
    "magazine",
    "government",
    "international",
    "ngo",
    "think tank",
    "vendor",
    "aggregator",
    "other",
]
FeedFormat = Literal["feed", "sitemap", "json"]
Photos = Literal["link", "copy"]
"""What a feed's licence lets be done with its photos: point to them, or print copies."""
Category = Literal[
    "conflict",
    "crime",
    "politics",
    "disaster",
    "diplomacy",
    "business",
    "health",
    "culture",
    "sport",
    "science",
]
Section = Literal[
    "conflict", "terrorism", "diplomacy", "cyber", "crime", "unrest", "disaster", "health"
]
"""The edition's own sections; a report that fits none of them is left out, and counted."""


@dataclass(frozen=True, slots=True)
class JsonPaths:
    """Where a JSON source keeps its entries: dotted paths, `[]` stepping into each list element.

    `entries` leads to the list (`data` or `vulnerabilities`); the others are relative to an entry.
    `url` may be a template with `{path}` parts (`https://example.org/{id}`).
    """

    entries: str
    title: str
    url: str
    text: str | None = None
    date: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One address to gather from, and what is known of who publishes it."""

    name: str
    """The outlet's name as the running text prints it: "Al Jazeera", "Reuters"."""
    url: str
    country: str = ""
    """ISO 3166-1 alpha-2, or "" where none fits (international organisations)."""
    language: str = ""
    """BCP 47 primary tag such as "en"; "" where the feed mixes languages."""
    kind: Kind = "other"
    owner: str = ""
    """Owner family: outlets of one owner are not independent of each other."""
    sections: tuple[Section, ...] = ()
    """Hints: what the feed mostly reports on. Empty for general news."""
    format: FeedFormat = "feed"
    paths: JsonPaths | None = None
    domains: tuple[str, ...] = ()
    """Hosts of the outlet's articles, so that a bare host in an items file finds its name."""
    full_text: bool = False
    allow_private: bool = False
    """May be fetched from loopback and private addresses; only for feeds of the operator's own."""
    aggregator: bool = False
    """Wraps other publishers' reports (search feeds): the wrapped publisher is the outlet."""
    photos: Photos = "link"

    @property
    def private_place(self) -> str:
        """The address whose host and port may be private for its sake; "" where none may."""
        return self.url if self.allow_private else ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who published a report, as far as it is known."""

    name: str
    domain: str = ""
    country: str = ""
    language: str = ""
    kind: Kind = "other"
    owner: str = ""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How politely and how much to gather. Seconds, bytes and counts."""

    at_once: int = 64
    per_host: int = 2
    timeout: float = 20.0
    """Whole request, redirects and body included."""
    max_wire_bytes: int = 8_000_000
    max_body_bytes: int = 24_000_000
    """After decompression."""
    max_entries: int = 500
    max_redirects: int = 5
    max_articles: int = 40
    """Full texts fetched per feed and run."""
    user_agent: str = "DailySecurityDigest/0.1 (+https://digest.invalid/about)"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where heavy work is done."""

    where: str = "local"
    """local: a process a core; dask: a cluster of this machine; or a running scheduler's address,
    tcp://HOST:PORT or tls://HOST:PORT."""
    ca: str = ""
    """For tls: files in PEM. Who signed the cluster's certificates, …"""
    certificate: str = ""
    """… and what this program shows, …"""
    key: str = ""
    """… with its key."""


@dataclass(frozen=True, slots=True)
class SectionSetting:
    id: Section
    label: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class RankWeights:
    """The operator's say in the ranking: factors on the terms of `analyse.rank`; 1 is neutral."""

    severity: float = 1.0
    origins: float = 1.0
    reach: float = 1.0
    novelty: float = 1.0
    recency: float = 1.0


@dataclass(frozen=True, slots=True)
class Theme:
    """The operator's colours in the place of templates/tokens.css's: token → #rrggbb."""

    light: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Breaking:
    """When an event cannot wait for the next edition: all of these at once.

    The usual marks were read off seven real days (September 2025 to January 2026, some sixty
    outlets, looked at every hour): the attack at a Jerusalem bus stop, the strike on Doha, drones
    over Poland, the Kirk murder, the Islamabad bombing, and a second look at one of them.
    """

    origins: int = 4
    """Independent origins at least."""
    severity: float = 0.4
    """At least; 0 to 1, see `analyse.severity`."""
    hours: int = 6
    """Since the first report on it, at most."""
    per_day: int = 2
    """Letters at most."""


@dataclass(frozen=True, slots=True)
class Editorial:
    """The editorial settings of feeds.yaml."""

    list: str = "main"
    """The list's id: several may share one database."""
    title: str = "Daily Security Digest"
    tagline: str = "A daily summary of global reports on security issues"
    label: str = "Terrorism & Security"
    """The section name over the lead."""
    compiler: str = "the Daily Security Digest"
    language: str = "en"
    zone: str = "UTC"
    hour: int = 6
    window_hours: int = 30
    sections: tuple[SectionSetting, ...] = (
        SectionSetting("conflict", "Conflict & Defence"),
        SectionSetting("terrorism", "Terrorism"),
        SectionSetting("diplomacy", "Diplomacy & Proliferation"),
        SectionSetting("cyber", "Cyber"),
        SectionSetting("unrest", "Unrest & Politics"),
        SectionSetting("crime", "Crime & Justice"),
        SectionSetting("disaster", "Disaster & Humanitarian"),
        SectionSetting("health", "Health Security"),
    )
    max_stories: int = 20
    """Stories written up; the rest is listed under "left out"."""
    brief_sentences: int = 3
    lead_paragraphs: int = 6
    weights: RankWeights = field(default_factory=RankWeights)
    site_url: str = ""
    """Where the archive is published, without a trailing slash; "" when it is not."""
    footer: str = ""
    logo: str = ""
    """A PNG in base64, over the page's title; "" for none."""
    theme: Theme = field(default_factory=Theme)
    breaking: Breaking | None = None
    """None: everything waits for the next edition."""
    comments: bool = False
    """Whether readers may comment; an operator reads each before it is printed."""
