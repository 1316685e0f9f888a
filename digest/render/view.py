"""What a reader is shown, worked out once: page, email and text are three prints of one view.

Every text in a view has been through `safe.plain` and every address through `safe.link`; numbers
of sources run through the edition, so that "[17]" means the same report in all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.render.worldmap import Located


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered report that something in the edition was taken from."""

    number: int
    outlet: str
    url: str
    """"" where the address may not be a link."""
    when: str
    """In the edition's zone; "" when unknown."""
    dated: bool
    """By its outlet; else `when` is when it was first seen."""
    iso: str
    title: str
    lang: str
    """Of the report, where it is not the edition's own; else ""."""
    rtl: bool
    spans: tuple[str, ...] = ()
    """The source's own words, of each sentence that was printed with an edit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A printed sentence and the numbers behind it."""

    text: str
    sources: tuple[Source, ...]
    lang: str = ""
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    text: str
    speaker: str
    source: Source
    variants: tuple[Source, ...]
    lang: str = ""
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the running text, or a quotation that stands between two."""

    kind: Literal["paragraph", "quote"]
    lines: tuple[Line, ...] = ()
    quote: Quoted | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One printed number and who prints it."""

    printed: str
    by: tuple[tuple[str, Source], ...]
    """(outlet and time, source), oldest first."""
    more: str = ""
    """"and 5 others" who print the same."""


@dataclass(frozen=True, slots=True)
class FigureBox:
    label: str
    state: str
    """"disagree", "risen", "agree" or "single": also a CSS class."""
    note: str
    """What the machine says of it: "accounts differ: 12 to 31"."""
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """The machine's own voice: a label and what it says."""

    label: str
    text: str
    kind: str = ""
    """A change's kind, for its looks."""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartView:
    """A drawing and what is seen in it."""

    title: str
    seen: str
    svg: str
    """From `render.charts`, which escapes what it prints: a template prints it as it is."""
    note: str = ""
    """How to read it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country and the stories that are there."""

    name: str
    ranks: tuple[int, ...]

    @property
    def numbers(self) -> str:
        return ", ".join(map(str, self.ranks))


@dataclass(frozen=True, slots=True)
class MapView:
    """Where the day's stories are."""

    title: str
    seen: str
    svg: str
    places: tuple[Place, ...]
    """In the order of their first story."""
    located: Located
    """What the letter's picture is drawn from."""


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """A section's fortnight."""

    section: str
    today: int
    seen: str
    svg: str


@dataclass(frozen=True, slots=True)
class OriginLine:
    """One independent origin: who, in how many reports, and what joined them."""

    name: str
    reports: str
    """"4 reports"."""
    count: int
    why: str
    """"" for a single report, which nothing had to join."""
    lane: str = ""
    """SVG: its reports on the story's time line; "" where nothing is drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A report's photo: pointed to, never loaded; or a copy of it."""

    url: str
    credit: str
    outlet: str
    title: str
    """The report's headline."""
    report: str
    """The report's address; "" where that may not be a link."""
    copy: str = ""
    """A JPEG in base64; "" where the photo is only pointed to."""
    width: int = 0
    height: int = 0
    alt: str = ""


@dataclass(frozen=True, slots=True)
class StoryView:
    rank: int
    anchor: str
    section: str
    day: str
    """"day 3" of a running story; "" for a new one."""
    url: str
    """The story's own page, where the archive is published; else ""."""
    comment_url: str
    """Where readers may comment on it; "" where they may not."""
    headline: Line
    dek: Line | None
    byline: str
    tally: str
    """"2 origins in 6 outlets · 3 more reports in Polish and German"."""
    picture: Picture | None
    blocks: tuple[Block, ...]
    background: tuple[Line, ...]
    developments: tuple[Line, ...]
    """Headlines of the running story's other events."""
    figures: tuple[FigureBox, ...]
    changes: tuple[Note, ...]
    basis: str
    """Whom it rests on, in a line: "confirmed by 3 independent origins", after the tally where that
    says more."""
    origins: tuple[OriginLine, ...]
    """The widest spread first."""
    origins_more: str
    """"and 3 others"."""
    axis: str
    """SVG: the time line under the origins' lanes."""
    hours: ChartView | None
    """Reports per hour; None but for a lead with many."""
    development: ChartView | None
    """A figure over time."""
    notes: tuple[Note, ...]
    """Status, origins (in one line), why it stands here."""
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of the since-yesterday strip: a story that moved, and how."""

    anchor: str
    rank: int
    label: str
    headline: str


@dataclass(frozen=True, slots=True)
class SinceYesterday:
    title: str
    """"Since yesterday", or since the day of the last edition."""
    summary: str
    moved: tuple[Moved, ...]
    more: str = ""
    """"and 3 more"."""


@dataclass(frozen=True, slots=True)
class BelowCut:
    """A security story that ranked too low to be written up."""

    title: str
    reports: str


@dataclass(frozen=True, slots=True)
class FeedLine:
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Recent:
    date: str
    iso: str
    headline: str
    url: str


@dataclass(frozen=True, slots=True)
class EditionView:
    title: str
    logo: str
    """A PNG in base64; "" for none."""
    tagline: str
    label: str
    language: str
    rtl: bool
    date: str
    iso_date: str
    number: str
    counts: tuple[str, ...]
    """"61 outlets", "1,284 reports", …, "6 minutes": the masthead's facts."""
    status: str
    status_title: str
    status_notes: tuple[str, ...]
    voice: str
    """Whose words the running sentences are."""
    corrections: tuple[Note, ...]
    """To earlier editions; a note's text is the outlet's change, its label says which edition."""
    corrections_more: str
    nothing: str
    """What is said where there is no story."""
    preheader: str
    since: SinceYesterday | None
    map: MapView | None
    fortnight: tuple[VolumeRow, ...]
    stories: tuple[StoryView, ...]
    left_out: tuple[str, ...]
    cut: tuple[BelowCut, ...]
    cut_more: str
    feeds_summary: str
    feeds: tuple[FeedLine, ...]
    recent: tuple[Recent, ...]
    footer: str
    made: str
    """When and by what it was made."""
    page_url: str
    """Where this edition's page is published; "" when it is not."""
    archive_url: str

    @property
    def photo(self) -> str:
        """The copied photo that is shown, a JPEG in base64; "" where the first story has none."""
        picture = self.stories[0].picture if self.stories else None
        return picture.copy if picture else ""
