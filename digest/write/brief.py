"""A story written up: headline, dek, paragraphs, quotes, figures, each traced to its source.

Every running sentence is a source's own. What is changed in it is a named edit that `verify` can
undo; where no whole sentence can be printed, nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import (
    Brief,
    EarlierStory,
    Editorial,
    Figure,
    Quote,
    Report,
    Sentence,
    Story,
    news_of,
)
from digest.write import (
    attribution,
    changes,
    choice,
    claims,
    dangling,
    desk,
    developments,
    edits,
    headlines,
    quotes,
    tallies,
)
from digest.write.choice import ENOUGH, Choice
from digest.write.cite import cite
from digest.write.desk import Desk
from digest.write.standfirst import NO_HABITS, Habits
from digest.write.vectors import Remembered, Vectors

LEAD_QUOTES = 2


def write_brief(
    story: Story,
    *,
    lead: bool,
    editorial: Editorial,
    earlier: Sequence[EarlierStory] = (),
    embedder: Vectors | None = None,
    habits: Habits = NO_HABITS,
) -> Brief:
    """Write `story` up, as the edition's lead or shorter. The same input gives the same brief.

    `habits`: how the day's outlets end their texts.
    """
    embedder = Remembered(embedder) if embedder is not None else None
    reports = desk.reports_of(story, editorial.language)
    # Figures and headline are the lead event's: a running story's other events have their own.
    # Foreign reports are counted: what was told apart across languages is mostly one event. Of
    # comment, where there is news, what tells of the event: a background's dead are those of other
    # days.
    ids = story.lead_items
    own = news_of([report for report in reports if report.item.id in ids] or reports)
    counted = [r for r in story.told_reports if r.item.id in ids or r.lang != editorial.language]
    news = news_of(counted)
    counted = [r for r in counted if r in news or claims.tells(r, news[0].item.title)]
    figures = tallies.tally(counted, desk.figure_words(story, reports))
    chosen = reports.index(own[desk.headline_report(own, figures, embedder)])
    headline = _headline(reports[chosen], figures)

    def laid_out(reports: Sequence[Report]) -> tuple[Desk, Choice]:
        at_hand = desk.desk_of(story, reports, chosen, headline, embedder, lead=lead, habits=habits)
        wanted = editorial.brief_sentences
        return at_hand, choice.choose(at_hand, headline.text, figures, lead=lead, sentences=wanted)

    news = reports if reports[chosen].comment else news_of(reports)
    at_hand, picked = laid_out(news)
    if len(picked.body) < ENOUGH and len(news) < len(reports):
        at_hand, picked = laid_out(reports)
    dek = None if picked.dek is None else _sentence(at_hand, picked.dek, attributed=False)
    paragraphs = _paragraphs(at_hand, picked.body, lead, editorial.lead_paragraphs, figures)
    closing = _run(at_hand, picked.background)
    tellers = claims.tellers(story, reports[chosen], headline.text)
    heads = [headline] if dek is None else [headline, dek]
    printed = [*heads, *(s for p in paragraphs for s in p), *closing]
    shown = [s.text for s in printed]
    told = {c.item for s in printed for c in s.citations}
    return Brief(
        story=story,
        headline=headline,
        dek=dek,
        paragraphs=paragraphs,
        background=closing,
        developments=tuple(
            _headline(report, ())
            for report in developments.developments(
                story, editorial.language, told, shown, embedder, lead=lead
            )
        ),
        quotes=_quotes(at_hand, shown, LEAD_QUOTES if lead else 1),
        figures=figures,
        changes=changes.since(story, earlier, figures),
        tellers=tellers,
        standing=claims.standing(
            story,
            tellers,
            shown,
            [p.text for p in at_hand.pieces],
        ),
    )


def _headline(report: Report, figures: Sequence[Figure]) -> Sentence:
    title = report.item.title
    names = [report.outlet.name, report.item.source, report.outlet.domain]
    made = headlines.cleaned(title, names)
    citations = [cite(report, "title", 0, len(title))]
    found = headlines.ranged(report, figures)
    if found and not any(c.start < found[0].end and found[0].start < c.end for c in made):
        made.append(found[0])
        citations += found[1]
    text, listed = edits.apply(title, made)
    return Sentence(text, tuple(citations), listed)


def _sentence(at_hand: Desk, index: int, *, attributed: bool, again: bool = False) -> Sentence:
    """The piece as it is printed, its edits listed, all its sources cited."""
    piece, report = at_hand.pieces[index], at_hand.report(index)
    made = list(piece.repairs)
    dated = dangling.dated_weekday(piece.span, report.item.when, done=frozenset(at_hand.dated))
    if dated and not any(c.start < dated.end and dated.start < c.end for c in made):
        at_hand.dated.add(piece.span[dated.start : dated.end])
        made.append(dated)
    said = None
    if attributed and not attribution.names_itself(piece.text, at_hand.sayer(index)):
        said = attribution.clause(
            piece.span,
            at_hand.sayer(index),
            at_hand.turn,
            again=again,
            aside=at_hand.aside[index],
        )
        at_hand.turn += 1
    if said:
        made = [*(c for c in made if c.end <= said.start), said]
    elif not piece.stopped:
        cut = [c.start for c in made if c.end == len(piece.span) and not c.text]
        end = min([len(piece.span), *cut])
        made.append(edits.Change("punctuation", end, end, "."))
    text, listed = edits.apply(piece.span, made)
    citations = [cite(report, piece.part, piece.start, piece.end)]
    citations += [cite(at_hand.reports[r], part, a, b) for r, part, a, b in piece.also]
    return Sentence(text, tuple(citations), listed)


def _run(at_hand: Desk, indices: Sequence[int]) -> tuple[Sentence, ...]:
    """Sentences in a row; the second of one outlet "adds", and what is no news is shown as such."""
    made: list[Sentence] = []
    for at, index in enumerate(indices):
        again = at > 0 and at_hand.sayer(index) == at_hand.sayer(indices[at - 1])
        made.append(_sentence(at_hand, index, attributed=True, again=again))
    return tuple(made)


def _paragraphs(
    at_hand: Desk, body: Sequence[int], lead: bool, most: int, figures: Sequence[Figure]
) -> tuple[tuple[Sentence, ...], ...]:
    """One paragraph, or a lead's: what happened, who says so, where accounts differ, and what else
    moved in the same running story."""
    if not body:
        return ()
    if not lead:
        return (_run(at_hand, body),)
    others = [i for i in body if not at_hand.own[i]]
    own = [i for i in body if at_hand.own[i]]
    differing = [i for i in own[2:] if _differs(at_hand, i, figures)]
    said = [i for i in own[2:] if i not in differing and claims.is_claim(at_hand.pieces[i].text)]
    facts = [i for i in own if i not in differing and i not in said]
    groups: list[list[int]] = []
    for part in (facts, said, differing, others):
        groups += [part[k : k + 2] for k in range(0, len(part), 2)]
    return tuple(_run(at_hand, g) for g in groups[:most])


def _differs(at_hand: Desk, index: int, figures: Sequence[Figure]) -> bool:
    """Whether the sentence belongs to where accounts differ: a denial, or a disputed figure."""
    piece, item = at_hand.pieces[index], at_hand.report(index).item.id
    return bool(claims.denier(piece.text)) or any(
        v.citation.item == item
        and v.citation.part == piece.part
        and piece.start <= v.citation.start < piece.end
        for f in figures
        if f.state == "disagree"
        for v in f.values
    )


def _quotes(at_hand: Desk, printed: Sequence[str], limit: int) -> tuple[Quote, ...]:
    """The strongest quotes on the lead event that the text does not already hold."""
    said = " ".join(quotes.key(" ".join(printed)))
    count = len(at_hand.reports)
    central = {r.item.id: 1.0 - i / count for i, r in enumerate(at_hand.reports)}
    own = news_of([r for r in at_hand.reports if r.item.id in at_hand.story.lead_items])
    found = quotes.strongest(own, limit + 4, central=central)
    return tuple([q for q in found if " ".join(quotes.key(q.text)) not in said][:limit])
