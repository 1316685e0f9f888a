"""A story written up: headline, dek, paragraphs, quotes, figures, each traced to its source.

Every running sentence is a source's own. What is changed in it is a named edit that `verify` can
undo; where no whole sentence can be printed, nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from digest.model import Brief, EarlierStory, Editorial, Figure, Quote, Report, Sentence, Story
from digest.write import (
    attribution,
    background,
    changes,
    claims,
    dangling,
    edits,
    features,
    headlines,
    material,
    quotes,
    select,
    tallies,
    tokens,
)
from digest.write.cite import cite
from digest.write.features import Candidate
from digest.write.material import Piece
from digest.write.vectors import Remembered, Vectors

MAX_REPORTS = 40
MAX_PIECES = 60
"""Sentences looked at in one story: the cost of vectors (600 a second) is bounded by it."""
LEAD_SENTENCES = 8
DEK_WORDS = 34
SAME = 0.80
"""Likeness from which two sentences say the same (cosines of words and vectors, read by eye on
2025-09-10)."""
BACKGROUND_SENTENCES = 2


@dataclass(slots=True)
class _Desk:
    """What is at hand while one story is written."""

    story: Story
    reports: Sequence[Report]
    pieces: Sequence[Piece]
    value: Sequence[float]
    likeness: Sequence[Sequence[float]]
    """Between pieces; the headline is the last row."""
    sayers: dict[str, str]
    dated: set[str] = field(default_factory=set)
    turn: int = 0

    def sayer(self, piece: int) -> str:
        return self.sayers[self.reports[self.pieces[piece].report].item.id]


def write_brief(
    story: Story,
    *,
    lead: bool,
    editorial: Editorial,
    earlier: Sequence[EarlierStory] = (),
    embedder: Vectors | None = None,
) -> Brief:
    """Write `story` up, as the edition's lead or shorter. The same input gives the same brief."""
    embedder = Remembered(embedder) if embedder is not None else None
    reports = headlines.in_language(story.reports, editorial.language)[:MAX_REPORTS]
    chosen = _headline_report(reports, embedder)
    headline = _headline(reports[chosen])
    desk = _desk(story, reports, chosen, headline, embedder)
    picked, dek = _pick(desk, headline, lead, editorial)
    figures = tallies.tally(story.reports)
    dek_sentence = _sentence(desk, dek, attributed=False) if dek is not None else None
    body = [i for i in picked if not background.looks_back(desk.pieces[i].text)] if lead else picked
    looking_back = [i for i in picked if i not in body][:BACKGROUND_SENTENCES]
    paragraphs = _paragraphs(desk, body, lead, figures)
    closing = _run(desk, looking_back, verb="recalls")
    printed = [s for p in paragraphs for s in p] + list(closing)
    return Brief(
        story=story,
        headline=headline,
        dek=dek_sentence,
        paragraphs=paragraphs,
        background=closing,
        quotes=_quotes(desk, printed, dek_sentence, limit=2 if lead else 1),
        figures=figures,
        changes=changes.since(story, earlier, figures),
        standing=claims.standing(
            story,
            [
                headline.text,
                *([dek_sentence.text] if dek_sentence else []),
                *(s.text for s in printed),
            ],
            [p.text for p in desk.pieces],
        ),
    )


# --- headline ---------------------------------------------------------------------------------


def _headline_report(reports: Sequence[Report], embedder: Vectors | None) -> int:
    titles = [r.item.title for r in reports]
    likeness = features.similarities(titles, embedder)
    oldest = min(r.item.when for r in reports)
    newest = max(r.item.when for r in reports)
    width = max((newest - oldest) / timedelta(hours=1), 1e-9)
    recency = [(r.item.when - oldest) / timedelta(hours=1) / width for r in reports]
    return headlines.choose(reports, likeness.tolist(), recency)


def _headline(report: Report) -> Sentence:
    title = report.item.title
    names = [report.outlet.name, report.item.source, report.outlet.domain]
    text, made = edits.apply(title, headlines.cleaned(title, names))
    return Sentence(text, (cite(report, "title", 0, len(title)),), made)


# --- choice -----------------------------------------------------------------------------------


def _desk(
    story: Story,
    reports: Sequence[Report],
    chosen: int,
    headline: Sentence,
    embedder: Vectors | None,
) -> _Desk:
    pieces = [
        p
        for p in material.pieces_of(reports, most=MAX_PIECES)
        if not (p.part == "title" and p.report == chosen)
    ]
    sayers = attribution.sayers(story)
    if not pieces:
        return _Desk(story, reports, [], [], [], sayers)
    candidates = [Candidate(p.report, p.order, p.start, p.end, p.text) for p in pieces]
    lengths = [1] * len(reports)
    for p in pieces:
        lengths[p.report] = max(lengths[p.report], p.order + 1)
    titles = [r.item.title for r in reports]
    value, likeness = select.scores(titles, candidates, lengths, embedder)
    head = Candidate(chosen, 0, 0, 0, headline.text)
    to_head = features.to_one(candidates, head, embedder)
    rows = [[float(x) for x in row] for row in likeness]
    rows.append([float(x) for x in to_head])
    spread = float(value.std()) or 1.0
    worth = [float(v - value.mean()) / spread for v in value]
    return _Desk(story, reports, pieces, worth, rows, sayers)


def _shared_words(desk: _Desk, headline: Sentence) -> set[str]:
    """Words that say what the story is about: the headline's, and those of two titles or more."""
    seen: dict[str, int] = {}
    for report in desk.reports:
        for word in set(tokens.content(report.item.title)):
            seen[word] = seen.get(word, 0) + 1
    return set(tokens.content(headline.text)) | {w for w, n in seen.items() if n >= 2}


def _pick(
    desk: _Desk, headline: Sentence, lead: bool, editorial: Editorial
) -> tuple[list[int], int | None]:
    """Indices of the body's sentences in order of choice, and the dek's."""
    about = _shared_words(desk, headline)
    fit = [
        i
        for i, p in enumerate(desk.pieces)
        if len(about & set(tokens.content(p.text))) >= 2
        and desk.likeness[-1][i] < SAME
        and not _repeats(headline.text, p.text)
    ]
    wanted = LEAD_SENTENCES if lead else max(2, min(4, editorial.brief_sentences))
    dek = _dek(desk, fit)
    taken = [dek] if dek is not None else []
    body: list[int] = []
    used: dict[str, int] = {}
    if dek is not None:
        used[desk.sayer(dek)] = 1
    while len(body) < wanted:
        best, best_worth = None, -9.0
        for i in fit:
            if i in taken or any(
                desk.likeness[i][j] >= SAME or _repeats(desk.pieces[j].text, desk.pieces[i].text)
                for j in taken
            ):
                continue
            near = max((desk.likeness[i][j] for j in taken), default=0.0)
            worth = desk.value[i] - 1.2 * near - 0.5 * used.get(desk.sayer(i), 0)
            if worth > best_worth + 1e-9:
                best, best_worth = i, worth
        if best is None:
            break
        body.append(best)
        taken.append(best)
        used[desk.sayer(best)] = used.get(desk.sayer(best), 0) + 1
    return body, dek


def _dek(desk: _Desk, fit: Sequence[int]) -> int | None:
    short = [
        i
        for i in fit
        if len(desk.pieces[i].text.split()) <= DEK_WORDS
        and desk.pieces[i].part == "text"
        and not background.looks_back(desk.pieces[i].text)
    ]
    # The dek adds to the headline: what it repeats of it counts against it.
    return max(short, key=lambda i: (desk.value[i] - 1.5 * desk.likeness[-1][i], -i), default=None)


REPEATED = 0.75


def _repeats(first: str, second: str) -> bool:
    """Whether most of what the second says stands in the first."""
    a, b = set(tokens.content(first)), set(tokens.content(second))
    return bool(b) and len(a & b) / len(b) >= REPEATED


# --- text -------------------------------------------------------------------------------------


def _sentence(
    desk: _Desk, index: int, *, attributed: bool, again: bool = False, verb: str = ""
) -> Sentence:
    """The piece as it is printed, its edits listed, all its sources cited."""
    piece = desk.pieces[index]
    report = desk.reports[piece.report]
    made = list(piece.repairs)
    dated = dangling.dated_weekday(piece.span, report.item.when, done=frozenset(desk.dated))
    if dated and not any(c.start < dated.end and dated.start < c.end for c in made):
        desk.dated.add(piece.span[dated.start : dated.end])
        made.append(dated)
    said = None
    if attributed:
        said = attribution.clause(piece.span, desk.sayer(index), desk.turn, again=again, verb=verb)
        desk.turn += 1
    if said:
        made = [c for c in made if c.end <= said.start]
        made.append(said)
    elif not piece.stopped:
        end = max(
            (c.start for c in made if c.end == len(piece.span) and c.text == ""),
            default=len(piece.span),
        )
        made.append(edits.Change("punctuation", end, end, "."))
    text, listed = edits.apply(piece.span, made)
    citations = [cite(report, piece.part, piece.start, piece.end)]
    citations += [cite(desk.reports[r], part, a, b) for r, part, a, b in piece.also]
    return Sentence(text, tuple(citations), listed)


def _run(desk: _Desk, indices: Sequence[int], verb: str = "") -> tuple[Sentence, ...]:
    """Sentences in a row; the second of one outlet "adds"."""
    made: list[Sentence] = []
    for at, index in enumerate(indices):
        again = at > 0 and desk.sayer(index) == desk.sayer(indices[at - 1])
        made.append(_sentence(desk, index, attributed=True, again=again, verb=verb))
    return tuple(made)


def _paragraphs(
    desk: _Desk, body: Sequence[int], lead: bool, figures: Sequence[Figure]
) -> tuple[tuple[Sentence, ...], ...]:
    if not body:
        return ()
    if not lead:
        return (_run(desk, body),)
    differing = [i for i in body[2:] if _differs(desk, i, figures)]
    said = [i for i in body[2:] if i not in differing and claims.is_claim(desk.pieces[i].text)]
    facts = [i for i in body if i not in differing and i not in said]
    groups: list[list[int]] = []
    for part in (facts, said, differing):
        groups += [part[k : k + 2] for k in range(0, len(part), 2)]
    return tuple(_run(desk, g) for g in groups)


def _differs(desk: _Desk, index: int, figures: Sequence[Figure]) -> bool:
    """Whether the sentence belongs to where accounts differ: a denial, or a disputed figure."""
    piece = desk.pieces[index]
    if claims.denier(piece.text):
        return True
    item = desk.reports[piece.report].item.id
    return any(
        f.state == "disagree"
        and any(
            v.citation.item == item
            and v.citation.part == piece.part
            and piece.start <= v.citation.start < piece.end
            for v in f.values
        )
        for f in figures
    )


def _quotes(
    desk: _Desk, printed: Sequence[Sentence], dek: Sentence | None, *, limit: int
) -> tuple[Quote, ...]:
    """The strongest quotes that the text does not already hold."""
    text = " ".join(s.text for s in (*printed, *((dek,) if dek else ())))
    central = {r.item.id: 1.0 - i / len(desk.reports) for i, r in enumerate(desk.reports)}
    found = quotes.strongest(desk.reports, limit + 4, central=central)
    fresh = [q for q in found if " ".join(quotes.key(q.text)) not in " ".join(quotes.key(text))]
    return tuple(fresh[:limit])
