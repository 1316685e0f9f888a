"""What a story offers to print: its sentences with their sources, repetitions folded together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from digest.model import Part, Report
from digest.write import dangling, sentences, tokens
from digest.write.edits import Change
from digest.write.headlines import NOT_SENTENCE_CASE, cleaned, penalty
from digest.write.standfirst import Habits


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
    leans: bool = False
    """Opens with what its own title names: "The suspect …"."""
    sets_up: bool = False
    """Its source goes on against it: "Greenland is self-governing. But …"."""
    spare: bool = False
    """A title whose report has sentences of its own."""
    also: tuple[tuple[int, Part, int, int], ...] = field(default=())
    """(report, part, start, end) of the same sentence in other reports."""

    @property
    def text(self) -> str:
        """As printed but for attribution: what the sentence says."""
        text = self.span
        for change in sorted(self.repairs, key=lambda c: -c.start):
            text = text[: change.start] + change.text + text[change.end :]
        return text


# Finite verbs that headlines use; a title without one is a label, not a sentence. A form that can
# be a participle says nothing ("Museum damaged during strikes", "Suspect convicted of murder"), nor
# does an infinitive ("Council to meet"); nouns as common as "attacks" are left out.
_AUXILIARIES = "is are was were has have had will would can could may might must says said told"
_PAST = (
    "became began broke came chose drew fell fled flew froze gave grew knew overthrew overtook "
    "ran rose sank saw shook spoke stole threw took underwent went withdrew wore"
)
_PLURAL = (
    "accuse admit agree allow appear appoint approve arrive attend await begin blame bring "
    "celebrate commemorate condemn confirm convict decide declare demand deny deploy describe "
    "destroy detain die discuss erupt evacuate expect expel expose face find flee gather get give "
    "grow hear hold impose injure intercept invite join keep kill launch leave lose make meet "
    "mourn need oppose plead pledge prepare pursue reach reject remain remember remove rescue "
    "resign resume say scramble search see seek seize send shoot sue suffer suspend take tell "
    "threaten urge vow warn weigh win withdraw"
)
_SINGULAR = (
    "abducts accuses adds admits agrees allows announces appears appoints approves arrests "
    "arrives asks assassinates attends awaits backs bans begins blames blasts blocks bombards "
    "brings calls cancels captures celebrates closes collapses comes commemorates condemns "
    "confirms convenes convicts cuts declares deepens defends demands demolishes denies denounces "
    "deploys derails detains dies dismantles downs ends erupts evacuates expands expels explodes "
    "exploits exposes faces falls finds fires flees follows forces frees fuels gathers gets gives "
    "goes grows hails halts heads hits holds imposes injures insists intercepts investigates "
    "invites jails joins keeps kills launches leads leaves lifts loses makes marks meets mourns "
    "moves names nears offers opens orders ousts overruns pleads pledges praises prepares probes "
    "prompts pulls pushes quits raises reaches reaffirms recalls recaptures receives refuses "
    "rejects releases remains removes renews reopens replaces rescinds rescues resigns restores "
    "resumes retakes returns reveals revives rises rules sanctions seeks sees seizes sends "
    "sentences shakes shocks shoots shows shuts signs slams sparks spreads starts stays steals "
    "steps storms strips sues suffers summons surrenders suspends takes targets tells threatens "
    "tightens topples transforms tries triggers turns undermines unveils upholds urges visits "
    "votes vows warns welcomes widens wins withdraws"
)
_VERB = re.compile(
    rf"(?<!\bto )\b(?:{'|'.join(f'{_AUXILIARIES} {_PAST} {_PLURAL} {_SINGULAR}'.split())})\b"
)
# What points to a piece instead of telling what happened.
_SIGNPOST = re.compile(
    r"(?i)^a (?:closer )?look at\b|\bhere (?:are|is) (?:some|what|a|the)\b|"
    r"\b(?:asks?|asked) (?:experts|analysts|readers)\b|"
    r"\b(?:examines?|explores?|explains?|looks? at|breaks down|unpacks?) (?:how|why|what|whether)\b"
)
_PART = re.compile(r"[^;\s][^;]*[^;\s]")
"""One of several headlines in a row: "Gunmen shot dead; IDF raids their villages"."""
_POINTS = re.compile(r"(?i)\b(?:he|she|it|they|him|them|his|her|its|their)\b")
FILMED = re.compile(r"(?i)(?:videos?|footage|photos?|images?) shows?\b")
"""How the text of such a piece begins: its title is a caption."""
MIN_TITLE_WORDS = 7


def title_reads(title: str) -> bool:
    """Whether a title is a sentence but for its full stop."""
    return (
        len(title.split()) >= MIN_TITLE_WORDS
        and bool(_VERB.search(title))
        and penalty(title) < NOT_SENTENCE_CASE
        and not re.search(r"[:;|–—]|\.\.\.|…|^[‘'“\"]|[.!?]\s", title)
        and not dangling.hangs(title)
        and not sentences.fault(title, whole_text=True)
        and not _SIGNPOST.search(title)
    )


def pieces_of(reports: Sequence[Report], *, most: int, habits: Habits, head: int) -> list[Piece]:
    """The printable sentences of the reports, at most `most`, repetitions folded into one.

    `head` is the report whose title heads the story: its first sentence may lean on that.
    Reports come most central first and give their sentences in turns: all first sentences before
    any second one, so that the cut at `most` takes from everybody. Spare titles come last.
    """
    found: list[Piece] = []
    for index, report in enumerate(reports):
        own = _from_text(index, report, habits, heads=index == head)
        title = _from_title(index, report, spare=bool(own))
        found += [*own, title] if title else own
    found.sort(key=lambda p: (p.spare, p.order, p.report))
    return _folded(found)[:most]


def _from_text(index: int, report: Report, habits: Habits, *, heads: bool) -> list[Piece]:
    text, whole = habits.standing(report.outlet.name, report.item.text)
    spans = sentences.spans(text, report.lang or report.item.lang or "en")
    whole = whole and len(spans) == 1
    if whole and (listed := _listed(text, *spans[0])):
        return _from_list(index, report, text, listed)
    found: list[Piece] = []
    previous = ""
    for order, (start, end) in enumerate(spans):
        span = text[start:end]
        opens = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        cut = sentences.dateline(span) if opens else 0
        said = span[cut:]
        named = dangling.named_pronoun(said, previous)
        previous = said
        leans = heads and order == 0 and dangling.leans(said)
        if not _stands(said, report, held=bool(named or leans), whole=whole):
            continue
        repairs = [Change("trim", 0, cut, "")] if cut else []
        if named:
            repairs.append(Change("name", cut + named.start, cut + named.end, named.text))
        after = text[slice(*spans[order + 1])] if order + 1 < len(spans) else ""
        found.append(
            Piece(
                index,
                "text",
                order,
                start,
                end,
                span,
                tuple(repairs),
                stopped=sentences.ended(said),
                leans=leans,
                sets_up=dangling.turns(after),
            )
        )
    return found


def _stands(said: str, report: Report, *, held: bool, whole: bool) -> bool:
    """Whether a sentence can be printed without what stands around it in its report; `held`: a name
    for its pronoun, or the headline above it, says what it hangs on."""
    return not (
        sentences.fault(said, whole_text=whole)
        or (not held and dangling.hangs(said))
        or dangling.hanging_day(said, report.item.date)
        or _SIGNPOST.search(said)
    )


def _listed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a standfirst that is a list of headlines; none where it is a sentence."""
    if ";" not in text[start:end] or sentences.ended(text[start:end]):
        return []
    return [(start + m.start(), start + m.end()) for m in _PART.finditer(text[start:end])]


def _from_list(
    index: int, report: Report, text: str, parts: Sequence[tuple[int, int]]
) -> list[Piece]:
    """The parts that read like a title and point at nothing outside themselves."""
    found: list[Piece] = []
    for order, (start, end) in enumerate(parts):
        span = text[start:end]
        small = span[0].islower()
        repairs = (Change("case", 0, 1, span[0].upper()),) if small else ()
        piece = Piece(index, "text", order, start, end, span, repairs, stopped=False)
        if (
            title_reads(piece.text)
            and not _POINTS.search(span)
            and not dangling.hanging_day(span, report.item.date)
        ):
            found.append(piece)
    return found


def _from_title(index: int, report: Report, *, spare: bool) -> Piece | None:
    title = report.item.title
    changes = tuple(cleaned(title, report.names))
    piece = Piece(index, "title", 0, 0, len(title), title, changes, stopped=False, spare=spare)
    return piece if title_reads(piece.text) and not FILMED.match(report.item.text) else None


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
            kept[at[key]] = replace(first, also=also)
    return kept
