"""What else moved in the running story: a line for each other event that the text leaves out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain

from digest.model import Report, Story
from digest.write import desk, headlines, tallies, tokens
from digest.write.material import FILMED
from digest.write.standfirst import PLAIN_TITLE
from digest.write.vectors import Vectors

MOST, MOST_OF_LEAD = 2, 4
"""Lines under a story, and under the day's lead."""
ACRONYM = 2
"""Letters of what is no name to go by: "DR", "US"."""
SAID = 0.6
"""Share of a title's content words that what is printed holds already: it says the same."""


def joined(story: Story) -> Story:
    """`story` with the reports of the developments that are its lead event once more among the
    lead's: who counts the same dead confirms or overtakes them, and tells of nothing else."""
    told = [report for report in story.lead_reports if not report.comment]
    again = [
        at
        for at, reports in enumerate(story.developments)
        if any(_same_event(one, other) for other in reports for one in told)
    ]
    if not again:
        return story
    others = [reports for at, reports in enumerate(story.developments) if at not in again]
    lead = [*story.lead_reports, *chain.from_iterable(story.developments[at] for at in again)]
    rest = story.reports[len(story.told_reports) :]
    return replace(
        story,
        reports=(*lead, *chain.from_iterable(others), *rest),
        related=tuple(event for at, event in enumerate(story.related) if at not in again),
        lead=len(lead),
        sizes=tuple(map(len, others)),
    )


def _same_event(one: Report, other: Report) -> bool:
    """Whether both titles count the same, in a country of both, and the other names nobody and no
    place that the first report does not."""
    if other.comment or not set(one.places) & set(other.places):
        return False
    early, late = (
        tallies.counted(report.item.title, report.lang)
        for report in sorted((one, other), key=lambda report: report.item.when)
    )
    if not tallies.goes_on(early, late):
        return False
    known = {*tokens.words(" ".join((one.item.title, one.item.text, *one.places)))}
    named = tokens.name_tokens(other.item.title.partition(" ")[2])
    return all(name in known or len(name) <= ACRONYM for name in named)


def developments(
    story: Story,
    language: str,
    told: Collection[str],
    printed: Sequence[str],
    embedder: Vectors | None,
    *,
    lead: bool,
) -> list[Report]:
    """The reports whose titles tell of the story's other events, gravest event first.

    Not of an event that the text tells of already: `told` are the items that it cites, `printed`
    is what it says, headline first; nor of one that shares no word with the lead event's titles.
    Comment, captions of films, and titles that are no plain news, tell of none.
    """
    about = {w for report in story.lead_reports for w in tokens.content(report.item.title)}
    said = frozenset(word for text in printed for word in tokens.content(text))
    found: list[Report] = []
    for reports in story.developments:
        news = [
            report
            for report in reports
            if report.lang == language
            and not report.comment
            and headlines.penalty(report.item.title) < PLAIN_TITLE
            and not FILMED.match(report.item.text)
        ]
        if not news or any(report.item.id in told for report in reports):
            continue
        best = desk.headline_report(news, (), embedder)
        words = frozenset(tokens.content(best.item.title))
        if not words & about or len(words & said) >= SAID * len(words):
            continue
        found.append(best)
        said |= words
        if len(found) == (MOST_OF_LEAD if lead else MOST):
            break
    return found
