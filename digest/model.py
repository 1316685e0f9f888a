"""The core types, frozen, in the order a report meets them.

    Feed → Fetched (entries | not modified | error) → Item → Report → Story → Brief
         → Edition → Rendered

Times are aware and in UTC. Text is plain Unicode without markup: `analyse.clean` makes it so
before anything is stored, and every renderer escapes it for its own output. Character offsets
count Python code points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
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

# --- What the operator decides -------------------------------------------------------------


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
class Editorial:
    """The editorial settings of feeds.yaml."""

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


# --- Gathered ------------------------------------------------------------------------------


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
    """Retry-After: not to be asked before then."""
    retired: bool = False
    """410 Gone: not asked again until the operator says so."""
    last_success: datetime | None = None
    newest: datetime | None = None
    failures: int = 0
    """In a row."""


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
    source_url: str = ""
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

    @property
    def when(self) -> datetime:
        """The time that counts: publication, or first sight where that is unknown."""
        return self.date or self.first_seen


@dataclass(frozen=True, slots=True)
class Dropped:
    """A report that could not be used, and why; counted in the edition, never silent."""

    where: str
    why: str


# --- Analysed ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """An item with what analysis learned of it."""

    item: Item
    outlet: Outlet
    lang: str
    category: Category
    section: Section | None
    """None: outside the brief."""
    places: tuple[str, ...] = ()
    """Country names in English, most prominent first."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One independent origin of a story: its reports repeat a single newsroom's work."""

    name: str
    """"Associated Press", or the outlet's own name for own reporting."""
    kind: Literal["wire", "own", "statement"]
    items: tuple[str, ...]
    """Item ids, earliest first."""
    why: str
    """What joined them: "credited to AP in 3 reports", "same text (.92)", "own reporting"."""


@dataclass(frozen=True, slots=True)
class Story:
    """The reports on one event, ranked, with reasons."""

    id: str
    thread: str
    """Stable over days: the running story that this event belongs to."""
    rank: int
    """1 leads."""
    score: float
    reports: tuple[Report, ...]
    """Most central first."""
    origins: tuple[Origin, ...]
    section: Section
    category: Category
    places: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why it stands where it stands, in words and numbers."""
    earlier: tuple[str, ...] = ()
    """ISO dates of earlier editions that carried the thread, newest first."""
    related: tuple[str, ...] = ()
    """Ids of other stories of the same thread today."""


@dataclass(frozen=True, slots=True)
class EarlierStory:
    """A story of an earlier edition, as much as identity, novelty and background need."""

    date: Date
    thread: str
    headline: str
    titles: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not get into the edition, counted by reason."""

    outside_brief: int = 0
    """Reports that are no security matter."""
    outside_window: int = 0
    below_the_cut: tuple[tuple[str, int], ...] = ()
    """(most central title, number of reports) of security stories that ranked too low."""
    dropped: tuple[Dropped, ...] = ()
    undated: int = 0
    """Reports used that carry no date of their own; the time they were first seen counts."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A day analysed: every report labelled, and the security stories in rank order."""

    reports: tuple[Report, ...]
    story_of: Mapping[str, str]
    """Item id → story id, for all reports, inside the brief or not."""
    thread_of: Mapping[str, str]
    origin_of: Mapping[str, str]
    stories: tuple[Story, ...]
    left_out: LeftOut


# --- Written -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a stored report: `getattr(item, part)[start:end]`."""

    item: str
    outlet: str
    url: str
    part: Literal["text", "title"]
    start: int
    end: int
    sha256: str
    """Of the cited span's UTF-8 bytes."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One allowed change between a source's span and the printed sentence.

    `text[start:end]` of the printed sentence stands where the source had `was`. Undoing all edits,
    last first, gives back the cited span to the letter.
    """

    kind: Literal["attribution", "trim", "date", "name", "case", "punctuation"]
    start: int
    end: int
    was: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A printed sentence. The first citation is the span it was made from; others agree with it."""

    text: str
    citations: tuple[Citation, ...]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """Words printed by a source between quotation marks, verbatim and whole."""

    text: str
    """Without the marks."""
    speaker: str
    """As the source names the speaker; a substring of the cited report. "" when it names none."""
    citation: Citation
    """The span of the words themselves."""
    variants: tuple[Citation, ...] = ()
    """Where other outlets print the same words differently."""


@dataclass(frozen=True, slots=True)
class FigureValue:
    """What one outlet says at one time."""

    outlet: str
    at: datetime
    low: float | None
    """None: no lower bound ("at most 12")."""
    high: float | None
    """None: no upper bound ("at least 12")."""
    printed: str
    """As the source prints it: "at least 12", "dozens"."""
    citation: Citation


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity of a story, as the outlets report it."""

    label: str
    """killed, injured, missing, arrested, displaced, money, magnitude."""
    values: tuple[FigureValue, ...]
    """Oldest first."""
    state: Literal["single", "agree", "risen", "disagree"]


@dataclass(frozen=True, slots=True)
class Change:
    """What moved since the thread was last printed."""

    kind: Literal["new", "update", "revised", "withdrawn", "silent"]
    text: str
    """The machine's own label, such as "killed: 12 → 19"."""
    since: Date | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """A story written up; every sentence carries its citations."""

    story: Story
    headline: Sentence
    dek: Sentence | None
    paragraphs: tuple[tuple[Sentence, ...], ...]
    background: tuple[Sentence, ...] = ()
    quotes: tuple[Quote, ...] = ()
    figures: tuple[Figure, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: str = ""
    """"confirmed by 3 origins", "single source", "claimed by …": the machine's label."""


# --- Published -----------------------------------------------------------------------------


EditionStatus = Literal["complete", "quiet", "degraded"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed's line in the edition's health table."""

    name: str
    url: str
    outcome: Outcome
    entries: int
    new: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RecentEdition:
    """An earlier edition, for the list of recent posts."""

    date: Date
    headline: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A date and its briefs: all that any rendering shows."""

    date: Date
    number: int
    generated_at: datetime
    program: str
    """Name and version of the program that made it."""
    status: EditionStatus
    status_notes: tuple[str, ...]
    editorial: Editorial
    briefs: tuple[Brief, ...]
    """In rank order; the first leads."""
    left_out: LeftOut
    feeds: tuple[FeedHealth, ...]
    recent: tuple[RecentEdition, ...]
    reports: int
    """In the window, before the security filter."""
    security_reports: int
    outlets: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """An edition's bytes, one source for all of them."""

    html: bytes
    email: bytes
    text: bytes
    json: bytes
