"""What else moved in the running story: a line for each other event that the text leaves out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from digest.model import Report, Story
from digest.write import desk, headlines, tokens
from digest.write.standfirst import PLAIN_TITLE
from digest.write.vectors import Vectors

MOST, MOST_OF_LEAD = 2, 4
"""Lines under a story, and under the day's lead."""
SAID = 0.6
"""Share of a title's content words that what is printed holds already: it says the same."""


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
    Comment, and titles that are no plain news, tell of none.
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
        ]
        if not news or any(report.item.id in told for report in reports):
            continue
        best = news[desk.headline_report(news, (), embedder)]
        words = frozenset(tokens.content(best.item.title))
        if not words & about or len(words & said) >= SAID * len(words):
            continue
        found.append(best)
        said |= words
        if len(found) == (MOST_OF_LEAD if lead else MOST):
            break
    return found
