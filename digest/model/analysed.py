"""What analysis learns: labelled reports, origins, stories in rank order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date as Date
from itertools import accumulate, pairwise
from typing import Literal

from digest.model.gathered import Dropped, Item
from digest.model.operator import Category, Outlet, Section


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
    comment: bool = False
    """It comments on an event or illustrates it, or is a round-up of many."""

    @property
    def publisher(self) -> str:
        """The outlet as it is printed."""
        return self.outlet.name or self.item.source

    @property
    def names(self) -> tuple[str, ...]:
        """What the outlet may call itself at the end of its titles."""
        return (self.outlet.name, self.item.source, self.outlet.domain)


def news_of(reports: Sequence[Report]) -> list[Report]:
    """Those that are no comment; all of them where there is nothing else."""
    return [report for report in reports if not report.comment] or list(reports)


@dataclass(frozen=True, slots=True)
class Origin:
    """One independent origin of a story: its reports repeat a single newsroom's work."""

    name: str
    """"Associated Press", or the outlet's own name for own reporting."""
    kind: Literal["wire", "own", "statement"]
    items: tuple[str, ...]
    """Item ids, earliest first."""
    why: str
    """What joined them: "credited to AP in 3 reports", "92% the same text", "own reporting"."""


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
    """Of `told_reports`."""
    section: Section
    category: Category
    places: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why it stands where it stands, in words and numbers."""
    earlier: tuple[str, ...] = ()
    """ISO dates of earlier editions that carried the thread, newest first."""
    related: tuple[str, ...] = ()
    """Ids of the thread's other events of the day: the lead event's developments, then what
    belongs to the same running story more loosely; of either the gravest first."""
    lead: int = 0
    """How many of `reports`, from the first, are on the lead event (0: all of them); the rest are
    on the other events. Figures and claims of one event must not be read off another's reports."""
    sizes: tuple[int, ...] = ()
    """How many of the reports after those are on each development, in the order of `related`."""

    @property
    def lead_reports(self) -> tuple[Report, ...]:
        """The reports on the story's lead event alone, most central first."""
        return self.reports[: self.lead or len(self.reports)]

    @property
    def developments(self) -> tuple[tuple[Report, ...], ...]:
        """The reports of each of the lead event's developments, gravest first."""
        ends = accumulate(self.sizes, initial=self.lead)
        return tuple(self.reports[start:end] for start, end in pairwise(ends))

    @property
    def told_reports(self) -> tuple[Report, ...]:
        """What a brief is written from: the reports on the lead event, then on its developments."""
        return self.reports[: self.lead + sum(self.sizes) or len(self.reports)]

    @property
    def lead_items(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(report.item.id for report in self.lead_reports)

    @property
    def lead_origins(self) -> tuple[Origin, ...]:
        """Who tells of the lead event, each with its reports of it: a development's outlets confirm
        the development alone, and comment confirms nothing where there is news."""
        return self.origins_with({report.item.id for report in news_of(self.lead_reports)})

    @property
    def development_origins(self) -> tuple[Origin, ...]:
        """Who tells of the developments, each with its reports of them."""
        return self.origins_with({report.item.id for report in self.reports} - self.lead_items)

    def origins_with(self, items: Set[str]) -> tuple[Origin, ...]:
        """The origins of these reports, each with those of them that are its own."""
        kept = ((origin, tuple(i for i in origin.items if i in items)) for origin in self.origins)
        return tuple(replace(origin, items=own) for origin, own in kept if own)


@dataclass(frozen=True, slots=True)
class EarlierStory:
    """A story of an earlier edition, as much as identity, novelty and background need."""

    date: Date
    thread: str
    headline: str
    titles: tuple[str, ...]
    items: tuple[str, ...]
    printed: tuple[str, ...] = ()
    """Hex SHA-256 of the words that its sentences cite, where the edition is one of the last."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not get into the edition, counted by reason."""

    outside_brief: int = 0
    """Reports that are no security matter."""
    other_sections: int = 0
    """Security events of sections that the edition does not have."""
    outside_window: int = 0
    below_the_cut: tuple[tuple[str, int], ...] = ()
    """(most central title, number of reports) of security stories below those that are printed."""
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
