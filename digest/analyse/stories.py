"""A day's events into stories: which are security matters, what each is about, in rank order.

The stories of one running thread are one story, led by its gravest event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.analyse.origins import origins_of
from digest.analyse.places import scene_of
from digest.analyse.rank import Scored, score, varied
from digest.analyse.sections import Labels, most_common, of_event
from digest.analyse.severity import severity
from digest.model import Story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from digest.analyse.events import Akin
    from digest.model import Category, EarlierStory, Editorial, Origin, Report, Section

SECURITY_SHARE = 0.5
"""A story is a security matter when at least this share of its reports is."""
_SQUARELY = 3.0
"""What a report must weigh for its places to count in full: a country that its headline names. One
that names but a "Ukrainian refugee" tells less of where she was killed than one that says where."""


@dataclass(frozen=True, slots=True)
class Event:
    members: tuple[int, ...]
    """Indices of its reports, most central first."""
    id: str


@dataclass(frozen=True, slots=True)
class Running:
    """A thread of the day's events."""

    id: str
    events: Sequence[int]
    """Their numbers."""
    earlier: tuple[EarlierStory, ...]
    """What former editions printed of it."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    scored: Scored
    section: Section
    category: Category
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Stories:
    """What stories are made of, and how."""

    events: Sequence[Event]
    akin: Akin
    reports: Sequence[Report]
    labels: Sequence[Labels]
    """Of each report."""
    editorial: Editorial
    now: datetime

    def ranked(self, threads: Iterable[Running]) -> tuple[tuple[Story, ...], int]:
        """One story per thread of security events, in rank order; and how many events are of
        sections that are not wanted."""
        wanted = {section.id for section in self.editorial.sections}
        others = 0
        drafts = []
        for thread in threads:
            matters = [n for n in thread.events if self._is_security(n)]
            secure = [n for n in matters if self._section(self.events[n].members) in wanted]
            others += len(matters) - len(secure)
            if secure:
                drafts.append(self._story(thread, secure))
        drafts.sort(key=lambda draft: draft.id)
        unread = {n for n, one in enumerate(drafts) if not _can_be_read(one, self.editorial)}
        places = [draft.places[0] if draft.places else "" for draft in drafts]
        ranked = []
        order = varied([draft.score for draft in drafts], places, last=unread)
        for rank, (number, left, ahead) in enumerate(order, 1):
            story = _behind(drafts[number], left, ahead)
            if number in unread:
                why = "no report in the edition's language"
                story = replace(story, reasons=(*story.reasons, why))
            ranked.append(replace(story, rank=rank))
        return tuple(ranked), others

    def _is_security(self, number: int) -> bool:
        members = self.events[number].members
        inside = sum(self.reports[i].section is not None for i in members)
        return inside >= SECURITY_SHARE * len(members)

    def _section(self, members: Sequence[int]) -> Section:
        """The section of a security event."""
        return of_event([s for i in members if (s := self.reports[i].section) is not None])

    def _story(self, thread: Running, secure: Sequence[int]) -> Story:
        """The thread's story, of these events."""
        events = {n: self.events[n] for n in secure}
        known = {item for story in thread.earlier for item in story.items}

        def judged(members: Sequence[int], worst: Sequence[int]) -> _Verdict:
            return self._judged(members, worst, known, seen_before=bool(thread.earlier))

        verdicts = {n: judged(event.members, event.members) for n, event in events.items()}
        first, *others = sorted(events, key=lambda n: (-verdicts[n].scored.score, events[n].id))
        related = dict(zip(others, self.akin.to(first, others), strict=True))
        others.sort(key=lambda n: not related[n])
        lead, verdict = events[first], verdicts[first]
        together = [i for n in (first, *others) for i in events[n].members]
        told = [first, *(n for n in others if related[n])]
        # The dead of one event are not another's, which its reasons would say.
        whole = judged(together, lead.members) if others else verdict
        origins, reasons = verdict.origins, verdict.scored.reasons
        if len(told) > 1:
            # How many tell of all of them is more than how many tell of the one above. What belongs
            # to the story more loosely adds to its score, but is not told.
            of_told = [i for n in told for i in events[n].members]
            counted = whole if of_told == together else judged(of_told, lead.members)
            which, *more = counted.scored.reasons
            origins = counted.origins
            reasons = (f"{len(told)} events of one running story: {which}", *more)
        return Story(
            id=lead.id,
            thread=thread.id,
            rank=0,
            score=whole.scored.score,
            reports=tuple(self.reports[i] for i in together),
            origins=origins,
            section=verdict.section,
            category=verdict.category,
            places=_places([self.reports[i] for i in lead.members]),
            reasons=reasons,
            earlier=tuple(sorted({s.date.isoformat() for s in thread.earlier}, reverse=True)),
            related=tuple(events[n].id for n in others),
            lead=len(lead.members) if others else 0,
            sizes=tuple(len(events[n].members) for n in others if related[n]),
        )

    def _judged(
        self,
        members: Sequence[int],
        worst: Sequence[int],
        known: Collection[str],
        *,
        seen_before: bool,
    ) -> _Verdict:
        """What the reports `members` come to; how grave it is, by those of `worst`. `known`: ids of
        what former editions had."""
        own = [self.reports[i] for i in members]
        origins = origins_of(own)
        section = self._section(members)
        found = score(
            own,
            origins,
            section=section,
            matter=sum(self.labels[i].security for i in members) / len(members),
            gravity=severity([self.reports[i] for i in worst]),
            seen_before=seen_before,
            fresh=sum(report.item.id not in known for report in own) / len(own),
            editorial=self.editorial,
            now=self.now,
        )
        return _Verdict(found, section, most_common([r.category for r in own]), origins)


def _behind(story: Story, left: float, before: int) -> Story:
    """With the score that others on its country have left it."""
    if not before:
        return story
    reason = f"behind {before} more from the same country"
    return replace(story, score=left, reasons=(*story.reasons, reason))


def _can_be_read(story: Story, editorial: Editorial) -> bool:
    """Whether any report is in the edition's language. Of others only a foreign headline can be
    printed, so they stand behind what readers can read, however grave."""
    return any(report.lang in (editorial.language, "") for report in story.reports)


def _places(reports: Sequence[Report]) -> tuple[str, ...]:
    """Where an event happens, the surest first; by its news, where that names a place."""
    news = [report for report in reports if not report.comment]
    weight: dict[str, float] = {}
    for report in [r for r in news if r.places] or reports:
        scene = scene_of(report.item.title, report.item.text)
        whole = max(sum(scene.values()), _SQUARELY)
        for place, squarely in scene.items():
            weight[place] = weight.get(place, 0.0) + squarely / whole
    least = 0.1 * sum(weight.values())
    kept = [place for place in weight if weight[place] >= least]
    return tuple(sorted(kept, key=lambda place: (-weight[place], place))[:6])
