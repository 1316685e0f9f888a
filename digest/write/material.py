"""What a story offers to print: its sentences with their sources, repetitions folded together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.model import Report
from digest.write import dangling, sentences, tokens
from digest.write.cite import Part
from digest.write.edits import Change
from digest.write.headlines import cleaned, penalty, sentence_case


@dataclass(frozen=True, slots=True)
class Piece:
    """A span that may be printed as a sentence, and the repairs it needs for that."""

    report: int
    """Index among the story's reports in the edition's language."""
    part: Part
    order: int
    start: int
    end: int
    span: str
    repairs: tuple[Change, ...] = ()
    stopped: bool = True
    """Ends in its own full stop."""
    also: tuple[tuple[int, Part, int, int], ...] = field(default=())
    """(report, part, start, end) of the same sentence in other reports."""

    @property
    def text(self) -> str:
        """As printed but for attribution: what the sentence says."""
        text = self.span
        for change in sorted(self.repairs, key=lambda c: -c.start):
            text = text[: change.start] + change.text + text[change.end :]
        return text


# Finite verbs that headlines use; a title without one is a label, not a sentence.
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|says?|"
    r"said|tells?|told|kills?|killed|hits?|"
    r"strikes?|struck|attacks?|attacked|bombs?|bombed|shoots?|shot|fires?|fired|"
    r"launch(?:es|ed)?|targets?|targeted|"
    r"arrests?|arrested|detains?|detained|charges?|charged|accuses?|accused|indicts?|"
    r"indicted|convicts?|convicted|sentences?|"
    r"jails?|jailed|rejects?|rejected|condemns?|condemned|warns?|warned|vows?|vowed|"
    r"urges?|urged|calls?|called|"
    r"demands?|demanded|denies|denied|admits?|admitted|confirms?|confirmed|claims?|"
    r"claimed|announces?|announced|"
    r"declares?|declared|orders?|ordered|bans?|banned|blocks?|blocked|backs?|backed|"
    r"approves?|approved|passes|passed|"
    r"votes?|voted|signs?|signed|agrees?|agreed|meets?|met|holds?|held|visits?|"
    r"visited|arrives?|arrived|leaves?|left|"
    r"flees?|fled|resigns?|resigned|quits?|ousts?|ousted|wins?|won|loses?|lost|faces?|"
    r"faced|seeks?|sought|"
    r"plans?|planned|prepares?|prepared|begins?|began|starts?|started|ends?|ended|"
    r"halts?|halted|suspends?|suspended|"
    r"resumes?|resumed|opens?|opened|closes?|closed|shuts?|deploys?|deployed|sends?|"
    r"sent|moves?|moved|takes?|took|seizes?|seized|"
    r"captures?|captured|frees?|freed|releases?|released|rescues?|rescued|evacuates?|"
    r"evacuated|rises?|rose|falls?|fell|"
    r"grows?|grew|spreads?|leads?|led|joins?|joined|makes?|made|gives?|gave|gets?|got|"
    r"goes|went|comes?|came|"
    r"finds?|found|shows?|showed|reveals?|revealed|reports?|reported|raises?|raised|"
    r"threatens?|threatened|"
    r"blames?|blamed|sparks?|sparked|fuels?|fueled|triggers?|triggered|sues?|sued|"
    r"rules?|ruled|sanctions|sanctioned|"
    r"breach(?:es|ed)|hacks|hacked|steals?|stole|exploits?|exploited|patch(?:es|ed)|"
    r"downs?|downed|intercepts?|intercepted|"
    r"expels?|expelled|summons|summoned|cuts?|adds?|added|offers?|offered|pledges?|"
    r"pledged|dies?|died|dead|"
    r"gathers?|marks?|marked|mourns?|mourned|protests?|clash(?:es|ed)?|erupts?|"
    r"erupted|remains?|remained|"
    r"turns?|turned|stays?|stayed|keeps?|kept|to (?:be|meet|hold|send|face|stay|visit|"
    r"join|sign|vote|host|stand|end|start|begin|give|take|make|pay|withdraw|resume|"
    r"discuss|return|testify))\b"
)
# What points to a piece instead of telling what happened.
_SIGNPOST = re.compile(r"(?i)^a (?:closer )?look at\b|\bhere (?:are|is) (?:some|what|a|the)\b")
MIN_TITLE_WORDS = 7


def title_reads(title: str) -> bool:
    """Whether a title is a sentence but for its full stop."""
    return (
        sentence_case(title)
        and len(title.split()) >= MIN_TITLE_WORDS
        and bool(_VERB.search(title))
        and penalty(title) < 0.12
        and not sentences.unbalanced(title)
        and not re.search(r"[:;|–—]|\.\.\.|…|^[‘'“\"]|[.!?]\s", title)
        and not dangling.hangs(title)
        and not _SIGNPOST.search(title)
        and not re.match(r"(?:Photos?|Pictures?|Videos?|Images?|Map|Graphic|Timeline)\b", title)
    )


def pieces_of(reports: Sequence[Report], *, most: int) -> list[Piece]:
    """The printable sentences of the reports, at most `most`, repetitions folded into one.

    Reports come most central first and give their sentences in turns: all first sentences before
    any second one, so that the cut at `most` takes from everybody.
    """
    found: list[Piece] = []
    for index, report in enumerate(reports):
        own = _from_text(index, report)
        if not own and (piece := _from_title(index, report)):
            own = [piece]
        found += own
    found.sort(key=lambda p: (p.order, p.report))
    return _folded(found)[:most]


def _from_text(index: int, report: Report) -> list[Piece]:
    text, lang = report.item.text, report.lang or report.item.lang or "en"
    spans = sentences.spans(text, lang)
    found: list[Piece] = []
    previous = ""
    for order, (start, end) in enumerate(spans):
        span = text[start:end]
        repairs: list[Change] = []
        cut = sentences.dateline(span) if order == 0 else 0
        if cut:
            repairs.append(Change("trim", 0, cut, ""))
        said = span[cut:]
        fault = sentences.fault(said, whole_text=len(spans) == 1)
        named = dangling.named_pronoun(said, previous)
        previous = said
        if fault:
            continue
        if named:
            repairs.append(Change("name", cut + named.start, cut + named.end, named.text))
        elif dangling.hangs(said):
            continue
        if dangling.hanging_day(said) or _SIGNPOST.search(said):
            continue
        found.append(
            Piece(index, "text", order, start, end, span, tuple(repairs), not said[-1].isalnum())
        )
    return found


def _from_title(index: int, report: Report) -> Piece | None:
    title = report.item.title
    changes = cleaned(title, [report.outlet.name, report.item.source, report.outlet.domain])
    piece = Piece(index, "title", 0, 0, len(title), title, tuple(changes), stopped=False)
    return piece if title_reads(piece.text) else None


def signature(text: str) -> tuple[str, ...]:
    return tuple(tokens.words(text))


def _folded(pieces: Sequence[Piece]) -> list[Piece]:
    """Each sentence once: the same words again become a further citation of the first."""
    at: dict[tuple[str, ...], int] = {}
    kept: list[Piece] = []
    for piece in pieces:
        key = signature(piece.text)
        if key not in at:
            at[key] = len(kept)
            kept.append(piece)
            continue
        first = kept[at[key]]
        cited = {first.report, *(r for r, *_ in first.also)}
        if piece.report not in cited:
            also = (*first.also, (piece.report, piece.part, piece.start, piece.end))
            kept[at[key]] = Piece(
                first.report, first.part, first.order, first.start, first.end, first.span,
                first.repairs, first.stopped, also,
            )  # fmt: skip
    return kept
