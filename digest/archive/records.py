"""What the archive reads of an edition.json: in short for lists, whole for a story's page."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime

import msgspec


class Cited(msgspec.Struct, frozen=True, gc=False):
    """Who is cited, and where the report stands."""

    outlet: str
    url: str = ""


class Sentence(msgspec.Struct, frozen=True):
    text: str = ""
    citations: tuple[Cited, ...] = ()
    role: str = "body"
    paragraph: int = 0


class FigureValue(msgspec.Struct, frozen=True):
    outlet: str
    printed: str = ""
    citation: Cited | None = None

    @property
    def cited(self) -> Cited:
        """Its report; the outlet alone where none is named."""
        return self.citation or Cited(self.outlet)


class Figure(msgspec.Struct, frozen=True):
    label: str
    values: tuple[FigureValue, ...] = ()


class Quote(msgspec.Struct, frozen=True):
    text: str = ""
    speaker: str = ""
    citation: Cited | None = None
    variants: tuple[Cited, ...] = ()
    """Reports that print it otherwise."""


class Origin(msgspec.Struct, frozen=True):
    name: str
    items: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True):
    text: str = ""
    kind: str = ""


class Editor(msgspec.Struct, frozen=True):
    """What an editor wrote; every other word is a source's."""

    headline: str = ""
    note: str = ""


class Story(msgspec.Struct, frozen=True):
    """A story whole, for its own page."""

    headline: str
    thread: str = ""
    rank: int = 0
    section: str = ""
    dek: str | None = None
    places: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    quotes: tuple[Quote, ...] = ()
    figures: tuple[Figure, ...] = ()
    origins: tuple[Origin, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: str = ""
    editor: Editor = Editor()


class _Citing(msgspec.Struct, frozen=True, gc=False):
    citations: tuple[Cited, ...] = ()


class _Citation(msgspec.Struct, frozen=True, gc=False):
    citation: Cited | None = None
    variants: tuple[Cited, ...] = ()


class _Figure(msgspec.Struct, frozen=True, gc=False):
    values: tuple[_Citation, ...] = ()


class StoryLine(msgspec.Struct, frozen=True):
    """A story as a list of headlines tells it."""

    headline: str
    rank: int = 0
    section: str = ""
    dek: str | None = None
    thread: str = ""
    places: tuple[str, ...] = ()
    sentences: tuple[_Citing, ...] = ()
    quotes: tuple[_Citation, ...] = ()
    figures: tuple[_Figure, ...] = ()

    @property
    def cited(self) -> tuple[Cited, ...]:
        """Each report cited once: for a sentence, then for a quotation or a figure alone."""
        cited = [c for sentence in self.sentences for c in sentence.citations]
        values = [value for figure in self.figures for value in figure.values]
        for one in (*self.quotes, *values):
            cited += [c for c in (one.citation, *one.variants) if c]
        return tuple({c.url or c.outlet: c for c in cited}.values())


class Label(msgspec.Struct, frozen=True):
    id: str
    label: str


class Summary(msgspec.Struct, frozen=True):
    """As much of edition.json as lists and feeds need."""

    date: Date
    generated_at: datetime
    number: int = 0
    status: str = "complete"
    language: str = "en"
    sections: tuple[Label, ...] = ()
    stories: tuple[StoryLine, ...] = ()
    reports: int = 0
    outlets: int = 0

    def label(self, section: str) -> str:
        """The section's name in this edition."""
        return next((s.label for s in self.sections if s.id == section), section)


class FeedLine(msgspec.Struct, frozen=True, gc=False):
    url: str
    outcome: str = ""


class Health(msgspec.Struct, frozen=True):
    """How the feeds answered on an edition's day."""

    feeds: tuple[FeedLine, ...] = ()


class Stories(msgspec.Struct, frozen=True):
    stories: tuple[Story, ...] = ()
