"""What is printed: sentences, quotes and figures, each with the span it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta
from typing import Literal

from digest.model.analysed import Origin, Story

Part = Literal["text", "title"]
EditKind = Literal["attribution", "trim", "date", "name", "case", "punctuation", "range", "wording"]
FigureState = Literal["single", "agree", "risen", "disagree"]
SAME_TIME = timedelta(minutes=45)
"""Outlets that differ within this time contradict each other; later, the count may have moved."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a stored report: `getattr(item, part)[start:end]`."""

    item: str
    outlet: str
    url: str
    part: Part
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

    kind: EditKind
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
    vague: bool = False
    """A word such as "dozens", whose number is no one's word: `low` only compares it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity of a story, as the outlets report it."""

    label: str
    """killed, injured, missing, arrested, displaced, magnitude, "money (theft), $"."""
    values: tuple[FigureValue, ...]
    """Oldest first."""
    state: FigureState

    @property
    def newest(self) -> FigureValue:
        """The last number that was printed, of numbers that agree the one that says most ("at least
        15" does not fall to "at least 14"); the last word where none was."""
        numbers = [value for value in reversed(self.values) if not value.vague]
        if self.state == "agree":
            numbers.sort(key=lambda value: -(value.low or 0.0))
        return next(iter(numbers), self.values[-1])

    @property
    def latest(self) -> tuple[FigureValue, ...]:
        """Each outlet's last word on it, oldest first, but for what another's later, higher number
        has overtaken."""
        last = list({value.outlet: value for value in self.values}.values())

        def overtakes(late: FigureValue, early: FigureValue) -> bool:
            more = (late.low or 0.0) > (early.low or early.high or 0.0)
            return more and not late.vague and late.at - early.at >= SAME_TIME

        standing = (v for v in last if not any(overtakes(late, v) for late in last))
        return tuple(sorted(standing, key=lambda v: (v.at, v.outlet, v.citation.item)))


@dataclass(frozen=True, slots=True)
class Change:
    """What moved since the thread was last printed."""

    kind: Literal["new", "update", "revised", "silent"]
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
    developments: tuple[Sentence, ...] = ()
    """Headlines of the running story's other events, each a line of its own."""
    quotes: tuple[Quote, ...] = ()
    figures: tuple[Figure, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: str = ""
    """"confirmed by 3 independent origins", "claimed by …": the machine's label."""
    tellers: tuple[Origin, ...] = ()
    """Who tells what the headline tells, with the reports that do; the story's other origins tell
    of another side of it."""
    editor_headline: str = ""
    """Stands in the headline's place where an editor wrote one; it is no source's."""
    editor_note: str = ""

    @property
    def title(self) -> str:
        """The headline as it is printed."""
        return self.editor_headline or self.headline.text

    @property
    def running(self) -> list[Sentence]:
        """What is printed under the headline, in reading order: dek, paragraphs, background. The
        developments are headlines, and not among it."""
        dek = [self.dek] if self.dek else []
        return [*dek, *(s for p in self.paragraphs for s in p), *self.background]


@dataclass(frozen=True, slots=True)
class Correction:
    """What an outlet changed or withdrew after an edition had printed it."""

    edition: Date
    """The edition that printed it."""
    headline: str
    """Of the story there."""
    item: str
    outlet: str
    url: str
    kind: Literal["changed", "withdrawn"]
    was: str
    """The outlet's words, as they were cited."""
    now: str
    """The outlet's words that stand there now; "" where it withdrew its report."""
