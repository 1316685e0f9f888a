"""A story written up: headline, dek, paragraphs, quotes, figures, each traced to its source.

Every running sentence is a source's own. What is changed in it is a named edit that `verify` can
undo; where no whole sentence can be printed, nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice

from digest.model import (
    Brief,
    EarlierStory,
    Editorial,
    Figure,
    FigureValue,
    Quote,
    Report,
    Sentence,
    Story,
    news_of,
)
from digest.write import (
    attribution,
    background,
    changes,
    choice,
    claims,
    dangling,
    desk,
    developments,
    edits,
    headlines,
    quotes,
    style,
    tallies,
)
from digest.write.choice import ENOUGH, Choice
from digest.write.cite import cite
from digest.write.desk import Desk, Weighed
from digest.write.edits import Change
from digest.write.standfirst import NO_HABITS, Habits
from digest.write.vectors import Remembered, Vectors

LEAD_QUOTES = 2
MOST_IN_PARAGRAPH = 3
GOES_ON = 0.3
"""Likeness from which a third sentence goes on with the second. Of the leads of eight days one
changes, for the better; of the next five stories of each day, written as leads, five do: three for
the better, one for the worse (30 November 2026)."""
OF_THE_EVENT = 0.5
"""Share of the headline's words from which a report is on its event, whatever form it has. Of 14
called features on eight days 6 were none, and 5 of those hold so much (.50 to .62; the sixth is a
film), as does one true feature; a comment holds .44 (30 November 2026)."""


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
    story = developments.joined(story)
    language = editorial.language
    reports = desk.reports_of(story, language)
    counted, central = _counted(story, language)
    head, figures = _heading(story, reports, counted, embedder)
    headline = _headline(head, figures, language)
    laid_out = partial(
        desk.desk_of,
        story=story,
        head=head,
        headline=headline,
        embedder=embedder,
        lead=lead,
        printed=frozenset(words for one in earlier for words in one.printed),
        habits=habits,
    )
    at_hand, picked = _chosen(
        reports, head, laid_out, figures, editorial.brief_sentences, lead=lead
    )
    printer = _Printer(language, headline.text)
    dek = None if picked.dek is None else printer.sentence(picked.dek)
    groups = _paragraphs(at_hand, picked.body, editorial.lead_paragraphs) if lead else [picked.body]
    paragraphs = tuple(map(printer.run, filter(None, groups)))
    closing = printer.run(picked.background, closing=True)
    printed = [headline, *filter(None, [dek]), *chain.from_iterable(paragraphs), *closing]
    shown = [s.text for s in printed]
    told = {c.item for s in printed for c in s.citations}
    figures = _of_the_story(figures, _telling(counted, (headline.text, central), language), printed)
    tellers = claims.tellers(story, head, headline.text)
    return Brief(
        story=story,
        headline=headline,
        dek=dek,
        paragraphs=paragraphs,
        background=closing,
        developments=tuple(
            _headline(report, (), language)
            for report in developments.developments(
                story, language, told, shown, embedder, lead=lead
            )
        ),
        quotes=_quotes(reports, story.lead_items, shown, LEAD_QUOTES if lead else 1),
        figures=figures,
        changes=changes.since(story, earlier, figures, language),
        tellers=tellers,
        standing=claims.standing(story, head, tellers, shown, [one.text for one in at_hand.pieces]),
    )


def _heading(
    story: Story, reports: Sequence[Report], counted: Sequence[Report], embedder: Vectors | None
) -> tuple[Report, tuple[Figure, ...]]:
    """The report whose title heads the story, and the figures beside that title.

    Both are the lead event's: a running story's other events have their own.
    """
    ids = story.lead_items
    own = news_of([report for report in reports if report.item.id in ids] or reports)
    words = desk.figure_words(story, reports)
    figures = tallies.tally(counted, words)
    head = desk.headline_report(own, figures, embedder)
    return head, tallies.tally(counted, words, head)


def _counted(story: Story, language: str) -> tuple[list[Report], str]:
    """The reports whose figures are the lead event's, and the title of the most central one.

    Foreign ones, too: what was told apart across languages is mostly one event. Of comment, where
    there is news, what tells of the event: a background's dead are those of other days.
    """
    ids = story.lead_items
    counted = [r for r in story.told_reports if r.item.id in ids or r.lang != language]
    news = news_of(counted)
    central = news[0].item.title
    return [r for r in counted if r in news or claims.tells(r, central)], central


def _telling(counted: Sequence[Report], titles: Sequence[str], language: str) -> list[str]:
    """Ids of those reports that tell what one of `titles` does, or are in another language than
    these and cannot be compared with them."""
    return [
        report.item.id
        for report in counted
        if report.lang != language or any(claims.tells(report, title) for title in titles)
    ]


def _chosen(
    reports: Sequence[Report],
    head: Report,
    laid_out: Callable[[Sequence[Report]], Desk],
    figures: Sequence[Figure],
    wanted: int,
    *,
    lead: bool,
) -> tuple[Desk, Choice]:
    """What is printed, and the desk that it lay on: that of the news, or, where this gives no body,
    of all `reports`. What comment recalls of earlier days, where nothing else does, is sought on a
    desk of its own, beside what is printed."""

    def choose(at_hand: Desk) -> Choice:
        return choice.choose(at_hand, figures, lead=lead, sentences=wanted)

    news = reports if head.comment else news_of(reports)
    at_hand = laid_out(news)
    picked = choose(at_hand)
    if len(picked.body) < (ENOUGH if lead else min(ENOUGH, wanted)) and len(news) < len(reports):
        at_hand = laid_out(reports)
        picked = choose(at_hand)
    old = [] if picked.background else [r for r in reports if background.recalls(r)]
    if old:
        used = [head, *old, *(one.report for one in picked.printed)]
        beside = laid_out([report for report in reports if report in used])
        recalled = choice.told_before(beside, figures, picked.printed, lead=lead)
        picked = replace(picked, background=recalled)
    return at_hand, picked


def _of_the_story(
    figures: Sequence[Figure], telling: Collection[str], printed: Sequence[Sentence]
) -> tuple[Figure, ...]:
    """Without what one outlet alone counts, in a report that is none of those `telling` what the
    headline does, and the text does not print: under one woman's death the five of a crackdown."""

    def stands(value: FigureValue) -> bool:
        at = value.citation
        return at.item in telling or any(
            (c.item, c.part) == (at.item, at.part) and c.start < at.end and at.start < c.end
            for sentence in printed
            for c in sentence.citations
        )

    return tuple(
        figure
        for figure in figures
        if len({value.outlet for value in figure.values}) > 1 or any(map(stands, figure.values))
    )


def _headline(report: Report, figures: Sequence[Figure], language: str) -> Sentence:
    title = report.item.title
    made = headlines.cleaned(title, report.names)
    citations = [cite(report, "title", 0, len(title))]
    found = headlines.ranged(report, figures, language)
    if found and edits.apart([found[0]], made):
        made.append(found[0])
        citations += found[1]
    made += edits.apart(style.changes(title, language, ends=False, headline=True), made)
    text, listed = edits.apply(title, made)
    return Sentence(text, tuple(citations), listed)


class _Printer:
    """Pieces as they are printed, one after the other: a weekday gets its date and a surname its
    given name once in a brief, and the verb of attribution changes from sentence to sentence."""

    def __init__(self, language: str, headline: str) -> None:
        self._language = language
        self._headline = headline
        self._dated: set[str] = set()
        self._printed = headline
        self._attributed = 0

    def run(self, pieces: Sequence[Weighed], *, closing: bool = False) -> tuple[Sentence, ...]:
        """Sentences in a row; the second of one outlet "adds", and what is no news is shown as
        such, where no heading does (`closing`, as background)."""
        made: list[Sentence] = []
        for at, one in enumerate(pieces):
            again = at > 0 and one.report is pieces[at - 1].report
            aside = one.aside and not closing and self._is_feature(one)
            made.append(self.sentence(one, self._clause(one, again=again, aside=aside)))
        return tuple(made)

    def sentence(self, one: Weighed, said: Change | None = None) -> Sentence:
        """The piece with who says so, its edits listed, all its sources cited."""
        piece, report = one.piece, one.report
        made = list(piece.repairs)
        dated = dangling.dated_weekday(piece.span, report.item.when, done=frozenset(self._dated))
        if dated and edits.apart([dated], made):
            self._dated.add(piece.span[dated.start : dated.end])
            made.append(dated)
        named = quotes.named_in_full(piece.span, report.item.text, self._printed)
        if named and edits.apart([named], made):
            made.append(named)
        if said:
            made = [*(c for c in made if c.end <= said.start), said]
        elif not piece.stopped:
            cut = [c.start for c in made if c.end == len(piece.span) and not c.text]
            end = min([len(piece.span), *cut])
            made.append(Change("punctuation", end, end, "."))
        ends = piece.stopped and not said
        made += edits.apart(style.changes(piece.span, self._language, ends=ends), made)
        text, listed = edits.apply(piece.span, made)
        self._printed += f" {text}"
        citations = [cite(report, piece.part, piece.start, piece.end)]
        citations += [cite(*place) for place in one.also]
        return Sentence(text, tuple(citations), listed)

    def _clause(self, one: Weighed, *, again: bool, aside: bool) -> Change | None:
        if attribution.names_itself(one.text, one.sayer):
            return None
        self._attributed += 1
        return attribution.clause(
            style.marked(one.piece.span, self._language),
            one.sayer,
            self._attributed - 1,
            language=self._language,
            again=again,
            aside=aside,
        )

    def _is_feature(self, one: Weighed) -> bool:
        """Whether what is no plain news may be called a feature's: not where it tells the
        headline's own event, nor of a film or a map, nor what it says is another's word."""
        told = claims.told_share(one.report, self._headline) >= OF_THE_EVENT
        pictured = headlines.PICTURED.match(one.report.item.title)
        return not (told or pictured or claims.is_claim(one.text))


def _paragraphs(at_hand: Desk, body: Sequence[Weighed], most: int) -> list[Sequence[Weighed]]:
    """A lead's: what happened, who says so, who denies it, and what else moved in the same running
    story."""
    own = [one for one in body if one.own]
    # What one report tells stays together, where its first sentence belongs.
    first = {one.report.item.id: one for one in reversed(own)}
    parts: tuple[list[Weighed], ...] = ([], [], [], [])
    facts, said, denied, others = parts
    for one in body:
        leads = first.get(one.report.item.id)
        if leads is None:
            others.append(one)
        elif leads is own[0]:
            facts.append(one)
        elif claims.denier(leads.text):
            denied.append(one)
        else:
            (said if claims.is_claim(leads.text) else facts).append(one)
    groups: list[Sequence[Weighed]] = []
    for part in parts:
        groups += _in_twos(at_hand, choice.in_line(at_hand, part))
    return groups[:most]


def _in_twos(at_hand: Desk, part: Sequence[Weighed]) -> list[Sequence[Weighed]]:
    """Two sentences a paragraph, a third that goes on with the second or would stand alone at the
    end, and what the last one's own report goes on to tell."""
    groups: list[list[Weighed]] = []
    for one in part:
        last = groups[-1] if groups else []
        goes_on = 1 < len(last) < MOST_IN_PARAGRAPH and at_hand.alike(last[-1], one) >= GOES_ON
        if len(last) == 1 or goes_on or (last and last[-1].report is one.report):
            last.append(one)
        else:
            groups.append([one])
    if len(groups) > 1 and len(groups[-1]) == 1 and len(groups[-2]) < MOST_IN_PARAGRAPH:
        groups[-2:] = [[*groups[-2], *groups[-1]]]
    return [*groups]


def _quotes(
    reports: Sequence[Report], lead_items: Collection[str], printed: Sequence[str], limit: int
) -> tuple[Quote, ...]:
    """The strongest quotes on the lead event that the text does not already hold."""
    said = " ".join(quotes.key(" ".join(printed)))
    found = quotes.strongest(news_of([r for r in reports if r.item.id in lead_items]))
    return tuple(islice((q for q in found if " ".join(quotes.key(q.text)) not in said), limit))
