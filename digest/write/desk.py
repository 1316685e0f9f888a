"""What lies on the desk while one story is written: its sentences, weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.model import Figure, Report, Sentence, Story, news_of
from digest.write import attribution, features, headlines, material, select, tokens
from digest.write.features import Candidate
from digest.write.figures import Found, extract
from digest.write.material import Piece
from digest.write.standfirst import NO_HABITS, Habits, is_standfirst
from digest.write.vectors import Vectors

MAX_REPORTS = 40
ON_TOPIC_LIKENESS = 0.2
"""Read on 2025-09-10: below lie sentences of round-ups and of clusters of two events. Shared words
alone give smaller values, so without vectors only they are counted (choice.ON_TOPIC_WORDS)."""
MIN_SHARED = 3
TITLE_SHARES = 2
"""Words of the story that a title must hold for what stands under it to be of the story."""
LEAD_PIECES, MAX_PIECES = 48, 20
"""Sentences looked at in the lead and in another story: it bounds the cost of vectors (600 texts a
second, titles included), the most of what writing costs. Twenty stories of thirty reports take 1.9
seconds of one core (November 2026)."""


@dataclass(slots=True)
class Desk:
    story: Story
    reports: Sequence[Report]
    """Those in the edition's language, most central first."""
    chosen: int
    """The report whose title heads the story."""
    about: frozenset[str]
    """Content words that say what the story is about."""
    counted: Sequence[Found]
    """What the headline counts."""
    sayers: dict[str, str]
    on_topic: float = 0.0
    """Likeness to the headline that a piece must reach."""

    pieces: Sequence[Piece] = ()
    # Of each piece:
    value: Sequence[float] = ()
    """What it is worth, in spreads around the story's mean."""
    likeness: Sequence[Sequence[float]] = ()
    """To each piece, 0 to 1."""
    to_headline: Sequence[float] = ()
    recency: Sequence[float] = ()
    """0: the story's oldest report, 1: its newest."""
    own: Sequence[bool] = ()
    """Whether it is from a report on the lead event, not on another one of the story."""
    aside: Sequence[bool] = ()
    """Whether it is from comment or background, where news heads the story."""
    words: Sequence[frozenset[str]] = ()
    """Its content words."""
    standfirst: Sequence[bool] = ()
    """Whether it stands first under a title that tells of the lead event."""
    figures: Sequence[Sequence[Found]] = ()
    """What it counts."""

    dated: set[str] = field(default_factory=set)
    """Weekdays whose date this brief has printed."""
    turn: int = 0
    """Attributions printed so far: the verb changes with it."""

    def report(self, piece: int) -> Report:
        return self.reports[self.pieces[piece].report]

    def sayer(self, piece: int) -> str:
        """Whose report the piece is: the agency for wire copy."""
        return self.sayers[self.report(piece).item.id]


def reports_of(story: Story, language: str) -> list[Report]:
    """The reports that a brief in `language` is written from: news first, where it tells of the
    lead event."""
    readable = headlines.in_language(story.told_reports, language)
    own = story.lead_items
    if any(report.item.id in own and not report.comment for report in readable):
        readable = sorted(readable, key=lambda report: report.comment)
    return readable[:MAX_REPORTS]


def recency(reports: Sequence[Report]) -> list[float]:
    """Each report’s place in the story’s time, 0 oldest to 1 newest; 1 where all are at once. One
    without a date of its own may be older than the time it was first seen: beside others that have
    one it counts as the oldest."""
    some = any(report.item.date for report in reports)
    times = [r.item.when if r.item.date or not some else None for r in reports]
    known = [time for time in times if time]
    oldest, width = min(known), max(known) - min(known)
    places = ((time - oldest) / width if time and width else float(bool(time)) for time in times)
    return list(places)


def headline_report(
    reports: Sequence[Report], figures: Sequence[Figure], embedder: Vectors | None
) -> int:
    """Index of the report whose title heads the story."""
    likeness = features.similarities([r.item.title for r in reports], embedder)
    return headlines.choose(reports, likeness.tolist(), recency(reports), figures)


def shared_words(reports: Sequence[Report], headline: str) -> frozenset[str]:
    """Words that say what the story is about: the headline's, and those of two titles or more."""
    seen: dict[str, int] = {}
    for report in reports:
        for word in set(tokens.content(report.item.title)):
            seen[word] = seen.get(word, 0) + 1
    return frozenset(tokens.content(headline)) | {w for w, n in seen.items() if n >= 2}


def figure_words(story: Story, reports: Sequence[Report]) -> frozenset[str]:
    """Words of which a sentence must hold two for its figures to count; none to count them all.

    Foreign reports (`reports` are those in the edition's language) share no words with the others.
    """
    if len(reports) < len(story.told_reports):
        return frozenset()
    shared = shared_words(reports, "")
    few = len(shared) < MIN_SHARED
    return frozenset(w for r in reports for w in tokens.content(r.item.title)) if few else shared


def desk_of(
    story: Story,
    reports: Sequence[Report],
    chosen: int,
    headline: Sentence,
    embedder: Vectors | None,
    *,
    lead: bool,
    habits: Habits = NO_HABITS,
) -> Desk:
    """Lay out `story`: `chosen` is the report whose title became `headline`."""
    # The headline's own title is printed already.
    pieces = [
        p
        for p in material.pieces_of(
            reports, most=LEAD_PIECES if lead else MAX_PIECES, habits=habits
        )
        if not (p.part == "title" and p.report == chosen)
    ]
    sayers = attribution.sayers(story)
    news = not reports[chosen].comment
    about = shared_words(news_of(reports) if news else reports, headline.text)
    counted = extract(headline.text, reports[chosen].lang or "en")
    if not pieces:
        return Desk(story, reports, chosen, about, counted, sayers)
    candidates = [Candidate(p.report, p.order, p.start, p.end, p.text) for p in pieces]
    lengths = [1] * len(reports)
    for p in pieces:
        lengths[p.report] = max(lengths[p.report], p.order + 1)
    titles = [r.item.title for r in reports]
    value, measured = select.scores(titles, candidates, lengths, embedder)
    head = Candidate(chosen, 0, 0, 0, headline.text)
    times = recency(reports)
    own = [reports[p.report].item.id in story.lead_items for p in pieces]
    titled = [
        is_standfirst(r)
        and (at == chosen or len(about.intersection(tokens.content(r.item.title))) >= TITLE_SHARES)
        for at, r in enumerate(reports)
    ]
    return Desk(
        story,
        reports,
        chosen,
        about,
        counted,
        sayers,
        on_topic=0.0 if embedder is None else ON_TOPIC_LIKENESS,
        pieces=pieces,
        value=[float(v) for v in value],
        likeness=measured.likeness.tolist(),
        to_headline=features.to_one(candidates, head, embedder).tolist(),
        recency=[times[p.report] for p in pieces],
        own=own,
        aside=[news and reports[p.report].comment for p in pieces],
        words=[frozenset(tokens.content(p.text)) for p in pieces],
        standfirst=[
            mine and p.part == "text" and p.order == 0 and titled[p.report]
            for mine, p in zip(own, pieces, strict=True)
        ],
        figures=[extract(p.text, reports[p.report].lang or "en") for p in pieces],
    )
