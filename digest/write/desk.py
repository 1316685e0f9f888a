"""What lies on the desk while one story is written: its sentences, weighed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digest.model import Figure, Part, Report, Sentence, Story, news_of
from digest.write import attribution, features, headlines, material, select, tokens
from digest.write.cite import sha256
from digest.write.features import Candidate
from digest.write.figures import Found, extract
from digest.write.material import Piece
from digest.write.standfirst import Habits, is_standfirst
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """A piece on the desk, with what speaks for and against printing it."""

    at: int
    """Its number on the desk."""
    piece: Piece
    text: str
    """The piece's, as printed but for attribution."""
    report: Report
    sayer: str
    """Whose report it is: the agency for wire copy."""
    value: float
    """What it is worth, in spreads around the story's mean."""
    to_headline: float
    """Likeness to the headline, 0 to 1."""
    recency: float
    """0: from the story's oldest report, 1: from its newest."""
    own: bool
    """Whether it is from a report on the lead event, not on another one of the story."""
    aside: bool
    """Whether it is from comment or background, where news heads the story."""
    standfirst: bool
    """Whether it stands first under a title that tells of the lead event, or anywhere under the
    headline's own."""
    reprinted: bool
    """Whether one of the last editions printed it, word for word."""
    words: frozenset[str]
    """Its content words."""
    figures: Sequence[Found]
    """What it counts."""
    also: Sequence[tuple[Report, Part, int, int]]
    """Where the same sentence stands in other reports: from, to."""


@dataclass(frozen=True, slots=True)
class Desk:
    reports: Sequence[Report]
    """Those in the edition's language, most central first."""
    head: Report
    """The one whose title heads the story."""
    headline: str
    heading: frozenset[str]
    """Its content words."""
    about: frozenset[str]
    """Content words that say what the story is about."""
    counted: Sequence[Found]
    """What the headline counts."""
    on_topic: float = 0.0
    """Likeness to the headline that a piece must reach."""
    pieces: Sequence[Weighed] = ()
    likeness: Sequence[Sequence[float]] = ()
    """Of each piece to each, 0 to 1."""

    def alike(self, one: Weighed, other: Weighed) -> float:
        """How alike two pieces are, 0 to 1."""
        return self.likeness[one.at][other.at]


def reports_of(story: Story, language: str) -> list[Report]:
    """The reports that a brief in `language` is written from: news first, unless what can be read
    of the lead event is comment alone."""
    readable = headlines.in_language(story.told_reports, language)
    own = [report for report in readable if report.item.id in story.lead_items] or readable
    if any(not report.comment for report in own):
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
) -> Report:
    """The one whose title heads the story."""
    likeness = features.similarities([r.item.title for r in reports], embedder)
    return headlines.choose(reports, likeness.tolist(), recency(reports), figures)


def shared_words(reports: Sequence[Report]) -> frozenset[str]:
    """Words that two titles or more hold."""
    seen = Counter(word for r in reports for word in set(tokens.content(r.item.title)))
    return frozenset(word for word, titles in seen.items() if titles >= 2)


def figure_words(story: Story, reports: Sequence[Report]) -> frozenset[str]:
    """Words of which a sentence must hold two for its figures to count; none to count them all.

    Foreign reports (`reports` are those in the edition's language) share no words with the others.
    """
    if len(reports) < len(story.told_reports):
        return frozenset()
    shared = shared_words(reports)
    few = len(shared) < MIN_SHARED
    return frozenset(w for r in reports for w in tokens.content(r.item.title)) if few else shared


def desk_of(
    reports: Sequence[Report],
    *,
    story: Story,
    head: Report,
    headline: Sentence,
    embedder: Vectors | None,
    lead: bool,
    printed: Collection[str],
    habits: Habits,
) -> Desk:
    """Lay out `reports` of `story`: `head` is the one whose title became `headline`; `printed`: the
    hashes of what the last editions printed."""
    chosen = reports.index(head)
    most = LEAD_PIECES if lead else MAX_PIECES
    # The headline's own title is printed already.
    pieces = [
        p
        for p in material.pieces_of(reports, most=most, habits=habits, head=chosen)
        if not (p.part == "title" and p.report == chosen)
    ]
    news = not head.comment
    heading = frozenset(tokens.content(headline.text))
    about = heading | shared_words(news_of(reports) if news else reports)
    counted = extract(headline.text, head.lang or "en")
    if not pieces:
        return Desk(reports, head, headline.text, heading, about, counted)
    candidates = [Candidate(p.report, p.order, p.start, p.end, p.text) for p in pieces]
    lengths = [1] * len(reports)
    for p in pieces:
        lengths[p.report] = max(lengths[p.report], p.order + 1)
    titles = [r.item.title for r in reports]
    value, measured = select.scores(titles, candidates, lengths, embedder)
    near = features.to_one(candidates, Candidate(chosen, 0, 0, 0, headline.text), embedder)
    times = recency(reports)
    sayers = attribution.sayers(story)
    titled = [
        is_standfirst(r)
        and (at == chosen or len(about.intersection(tokens.content(r.item.title))) >= TITLE_SHARES)
        for at, r in enumerate(reports)
    ]

    def weighed(at: int, piece: Piece) -> Weighed:
        report, text = reports[piece.report], candidates[at].text
        own = report.item.id in story.lead_items
        first = piece.part == "text" and (piece.order == 0 or report is head)
        return Weighed(
            at=at,
            piece=piece,
            text=text,
            report=report,
            sayer=sayers[report.item.id],
            value=float(value[at]),
            to_headline=float(near[at]),
            recency=times[piece.report],
            own=own,
            aside=news and report.comment,
            standfirst=own and first and titled[piece.report],
            reprinted=sha256(piece.span) in printed,
            words=frozenset(tokens.content(text)),
            figures=extract(text, report.lang or "en"),
            also=[(reports[r], part, start, end) for r, part, start, end in piece.also],
        )

    return Desk(
        reports,
        head,
        headline.text,
        heading,
        about,
        counted,
        on_topic=0.0 if embedder is None else ON_TOPIC_LIKENESS,
        pieces=[weighed(at, piece) for at, piece in enumerate(pieces)],
        likeness=measured.likeness.tolist(),
    )
