"""Which of a story's sentences make its dek, its body and its background."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from digest.model import SAME_TIME, Figure
from digest.write import background, dangling, tokens
from digest.write.claims import claimant, denier, told_share
from digest.write.desk import Desk, Weighed
from digest.write.figures import Found

# Read by eye on the labelled 2025-09-10 and the days beside it (24 November 2026).
SAME = 0.80
"""Likeness from which two sentences say the same."""
SAME_TITLE = 0.62
"""The same for a title printed as a sentence: titles say little more than the headline."""
REPEATED = 0.75
"""Share of a sentence's content words from which another says it already."""
DEK_REPEATED = 0.6
NEW_SHARE = 0.4
"""Share of its content words that no printed sentence holds yet; below it says nothing new."""
NEW_ENOUGH = 0.5
"""The same for a sentence that has no number of its own and is ALIKE one that is printed. Of 233
sentences on eight days 77 tell, read strictly, a fact again; this finds 21 of them, and 5 others
(30 November 2026)."""
ALIKE = 0.4
NEW_BESIDE_COUNT = 0.6
"""The same for a sentence that counts only what is counted already ("at least 12 dead" again)."""
OF_ANOTHER_EVENT = 0.4
"""Likeness to the headline from which a sentence of another event of the running story belongs into
a short brief; a lead has room for its other developments."""
OF_ANOTHER_MATTER = 0.15
"""Share of the headline's words that a report holds below which a short brief does not print it: of
258 reports printed on eight days seven of the 24 that two readers found to be another matter lie
below, and seven others (`bench/labels/claim-DAY.json`, 30 November 2026)."""
ON_TOPIC_WORDS = 2
"""Words of the story that a sentence must hold; round-ups ("And, the mayor…") hold none."""
NEARNESS = 1.2
SAME_SAYER = 0.5
NEWEST = 0.6
"""What the newest report gains on the oldest, in spreads: counts and outcomes move."""
ON_TOPIC = 2.0
DEK_WORDS = 34
SETS_UP = 3.0
"""What a sentence loses that its source turns against in the next: in spreads, so that it comes
after all others."""
ONLY_CLAIMED = 1.0
"""What a bare claim ("says it was not involved") loses as a dek."""
BENEATH = 1.0
"""What further words under the headline's own title gain as a dek, in spreads."""
STILL_HOLDS = 0.8
"""Share of the newest count that an "at least" must reach."""
LEAD_SENTENCES = 8
"""Of a lead, where a title also counts that the text under it takes for granted. With them two of
the leads of eight days change, both for the better: Israel's ambassador and the Security Council
speak instead of sentences that hang (30 November 2026)."""
ENOUGH = 3
"""Sentences of a body; what is missing is taken from spare titles, not older than the headline
(of the nine that this brings on eight days one says the headline again; 30 November 2026), and then
from comment and background."""
BACKGROUND_SENTENCES = 1


# What lies ahead, has only begun, or is not yet known.
_AHEAD = re.compile(
    r"\b(?:(?:is|are|was|were|appears?|seems?|looks?) (?:still |now )?(?:set|due|scheduled|likely|"
    r"poised|about|believed|thought|yet|preparing) (?:to|for)|prepares? to|expected|could|might|"
    r"awaits?|nears?|under (?:growing )?pressure|growing calls|under ?way|fears? of|"
    r"must|awaiting|gather(?:s|ed)? for|ahead of|on the eve of|hangs? in the balance|"
    r"had (?:targeted|planned|hoped|intended|been (?:due|set|expected|scheduled))|"
    r"pleads? for|pleas? for|appeals? for help|seeks? (?:a )?new|"
    r"to (?:brief|meet|visit|decide|vote)|will (?:look|seek|try|have) to|"
    r"(?:is|are) (?:searching|looking) for|"
    r"trial continues|at large|on the run|manhunt|persons? of interest|too early|"
    r"not (?:yet )?(?:known|clear)|unclear|"
    r"(?:did|does|has|have) not (?:yet )?(?:give|say|said|specif|name|identif)\w*|"
    r"struggl\w+ to (?:identify|find)|(?:is|are) (?:said|reported|feared) to|"
    r"(?:is|are) (?:chairing|holding|meeting|gathering)|(?:began|begins?|begun) (?:to|\w+ing)|"
    r"faces? (?:(?:final|more|growing) )?(?:votes?|trial|calls))\b"
)
_TOLL = re.compile(r"\b(?:death )?toll\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d{1,3}(?:,\d{3})*\b")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is printed; `body` and `background` in the order they were chosen, best first."""

    dek: Weighed | None
    body: tuple[Weighed, ...]
    background: tuple[Weighed, ...]

    @property
    def printed(self) -> tuple[Weighed, ...]:
        """All of it."""
        return (*((self.dek,) if self.dek else ()), *self.body, *self.background)


def choose(desk: Desk, figures: Sequence[Figure], *, lead: bool, sentences: int) -> Choice:
    """The sentences to print: none that hangs off another topic, none said twice.

    `sentences` is the wanted number for a story that does not lead.
    """
    fit = _fit(desk, figures, lead=lead)
    spare = [
        one for one in fit if one.piece.spare and not one.aside and not _written_before(desk, one)
    ]
    leaning = [one for one in fit if one.piece.leans]
    usual = [one for one in fit if not one.piece.spare and not one.piece.leans]
    looking_back = [
        one
        for one in usual
        if background.looks_back(one.text, one.report.item.when) and not _counts_here(one, figures)
    ]
    forward = [one for one in usual if one not in looking_back]
    if not forward:  # nothing else tells the story
        forward, looking_back = looking_back, []
    dek = _dek(desk, [*leaning, *forward])
    taken = [] if dek is None else [dek]
    wanted = LEAD_SENTENCES if lead else sentences
    news = [one for one in forward if not one.aside]
    if lead:
        news += [one for one in spare if not _told_beneath(desk, one)]
    body = _pick(desk, news, taken, wanted)
    for more in (spare, forward):
        missing = min(ENOUGH, wanted) - len(body)
        body += _pick(desk, more, [*taken, *body], missing)
    closing = _pick(desk, looking_back, [*taken, *body], BACKGROUND_SENTENCES)
    return Choice(dek, _by_report(desk, body), tuple(closing))


def told_before(
    desk: Desk, figures: Sequence[Figure], printed: Sequence[Weighed], *, lead: bool
) -> tuple[Weighed, ...]:
    """What comment and background on the desk tell of earlier days and what is `printed`, maybe on
    another desk of the story, does not.

    With it, and with a line of background under stories of more than one sentence, seven of the 160
    stories of eight days have one more, two leads among them, all rightly (30 November 2026).
    """
    old = [
        one
        for one in _fit(desk, figures, lead=lead)
        if one.aside and background.looks_back(one.text, one.report.item.when)
    ]
    said = {one.text for one in printed}
    before = [one for one in desk.pieces if one.text in said]
    return tuple(_pick(desk, old, before, BACKGROUND_SENTENCES))


def _fit(desk: Desk, figures: Sequence[Figure], *, lead: bool) -> list[Weighed]:
    """The pieces that may be printed under the headline."""
    risen = [f for f in figures if f.state == "risen"]
    told = {report.item.id: told_share(report, desk.headline) for report in desk.reports}
    fit = [
        one
        for one in desk.pieces
        if _fits(desk, one)
        and not (risen and _overtaken(one, risen))
        and not (one.aside and not _fills(one, figures))
        and not _outdated(desk, one)
        and (lead or one.own or one.to_headline >= OF_ANOTHER_EVENT)
        and (lead or told[one.report.item.id] >= OF_ANOTHER_MATTER)
    ]
    # Only where nothing else is there: what the last editions printed, or what the headline says.
    fit = [one for one in fit if not one.reprinted] or fit
    return [one for one in fit if not _echoes(desk, one)] or fit


def _by_report(desk: Desk, body: Sequence[Weighed]) -> tuple[Weighed, ...]:
    """What one report tells stands together, its title before what is printed under it: "Penalties
    come a day after …" goes on from there. Only a text that alone counts more than the headline
    stays ahead: what happened comes before what is said of it."""

    def counts(pieces: Sequence[Weighed]) -> bool:
        return any(_counts(one.figures) - _counts(desk.counted) for one in pieces)

    made: list[Weighed] = []
    for one in body:
        if one in made:
            continue
        same = [other for other in body if other.report is one.report]
        titles = [other for other in same if other.piece.part == "title"]
        texts = [other for other in same if other not in titles]
        ahead = counts(texts) and not counts(titles)
        made += [*texts, *titles] if ahead else [*titles, *texts]
    return tuple(made)


def in_line(desk: Desk, sentences: Sequence[Weighed]) -> list[Weighed]:
    """The sentences in a new order: after each the one most like it, what one report tells
    together."""
    left = [list(told) for _, told in groupby(sentences, key=lambda one: one.report.item.id)]
    line: list[Weighed] = []
    last: list[Weighed] = []

    def near(at: int) -> float:
        return round(max((desk.alike(a, b) for a in last for b in left[at]), default=0.0), 9)

    while left:
        last = left.pop(max(range(len(left)), key=near))
        line += last
    return line


def _told_beneath(desk: Desk, title: Weighed) -> bool:
    """Whether the text under a title tells what it tells; what it takes for granted, it does not
    ("US backing for the statement implies …")."""
    beneath = [
        one for one in desk.pieces if one.report is title.report and one.piece.part == "text"
    ]
    return any(_repeats(one.words, title.words, NEW_ENOUGH) for one in beneath)


def _worth(one: Weighed) -> float:
    """What printing it is worth, wherever it stands."""
    worth = one.value + NEWEST * one.recency + ON_TOPIC * min(0.5, one.to_headline)
    return worth - SETS_UP * one.piece.sets_up


def _written_before(desk: Desk, one: Weighed, by: timedelta = SAME_TIME) -> bool:
    """Whether the piece is from before the report that heads the story, or nobody knows when,
    where that is known of others."""
    written, heads = one.report.item, desk.head.item
    if written.date is None:
        return written is not heads and any(report.item.date for report in desk.reports)
    return heads.date is not None and heads.date - written.date >= by


def _outdated(desk: Desk, one: Weighed) -> bool:
    """Whether the piece, from before the headline, looks ahead to it or to its day, or counts fewer
    than it does: "faces final votes" under a verdict, "will lead Monday's summit" on Monday night,
    18 injured under 70. What lay ahead may have come within minutes; counts differ by more."""
    if _written_before(desk, one, timedelta(minutes=1)):
        ahead = _AHEAD.search(one.text)
        if ahead and ahead.group() not in desk.head.item.title:
            return True
        if dangling.awaits(one.text, desk.head.item.when):
            return True
    headed = {found.label: found.quantity.low or 0.0 for found in desk.counted}
    return _written_before(desk, one) and any(
        _most(found) < headed.get(found.label, 0.0) for found in one.figures
    )


def _fits(desk: Desk, one: Weighed) -> bool:
    """Whether it tells of the story, and not the headline once more in the same words."""
    same = SAME_TITLE if one.piece.part == "title" else SAME
    return one.to_headline < same and (_on_topic(desk, one) or one.standfirst)


def _echoes(desk: Desk, one: Weighed) -> bool:
    """Whether the piece tells the headline once more in half other words, and no number beside. Of
    titles less will do (SAME_TITLE). Of 160 stories of eight days five change by it, all for the
    better, and one loses a dek that said nothing more (30 November 2026)."""
    return (
        one.piece.part == "text"
        and _repeats(desk.heading, one.words, 1 - NEW_ENOUGH)
        and set(tokens.number_tokens(desk.headline)).issuperset(tokens.number_tokens(one.text))
        and not denier(one.text)
    )


def _on_topic(desk: Desk, one: Weighed) -> bool:
    """Whether the piece by itself shows what it is about."""
    return len(one.words & desk.about) >= ON_TOPIC_WORDS and one.to_headline >= desk.on_topic


def _overtaken(one: Weighed, risen: Sequence[Figure]) -> bool:
    """Whether the piece prints a lower count than the one that has since risen; "at least 41" is
    overtaken by 64 as well as 41 is."""
    newest = {figure.label: figure.newest.low or 0.0 for figure in risen}
    if any(_overtakes(newest.get(found.label, 0.0), found) for found in one.figures):
        return True
    # "The toll from floods and landslides in the hills of … has increased to 41": too far to read.
    if "killed" not in newest or not _TOLL.search(one.text):
        return False
    numbers = [int(n.replace(",", "")) for n in _NUMBER.findall(one.text)]
    return bool(numbers) and max(numbers) < newest["killed"]


def _fills(one: Weighed, figures: Sequence[Figure]) -> bool:
    """Whether a piece of background belongs under the headline: no title, which would be a
    feature's, and counting nothing that the figures under the story would not show."""
    if one.piece.part == "title":
        return False
    newest = {figure.label: figure.newest for figure in figures}
    return not any(
        (found.quantity.low or 0.0) > (known.high or math.inf) or _most(found) < (known.low or 0.0)
        for found in one.figures
        if (known := newest.get(found.label))
    )


def _counts_here(one: Weighed, figures: Sequence[Figure]) -> bool:
    """Whether the piece counts what its own report does of the story's figures."""
    told = {
        (figure.label, value.low)
        for figure in figures
        for value in figure.values
        if value.citation.item == one.report.item.id
    }
    return any((found.label, found.quantity.low) in told for found in one.figures)


def _overtakes(newest: float, found: Found) -> bool:
    """Whether `newest` is more than what is counted; "at least 27" injured still holds at 30."""
    open_ended = found.quantity.high is None and found.label != "killed"
    return _most(found) < newest * (STILL_HOLDS if open_ended else 1.0)


def _most(found: Found) -> float:
    """The most that is counted; of "at least 41" 41."""
    quantity = found.quantity
    size = quantity.low if quantity.high is None else quantity.high
    return math.inf if size is None else size


def _dek(desk: Desk, fit: Sequence[Weighed]) -> Weighed | None:
    """The sentence under the headline: the one that its own report has there, else a short, central
    one of its event; in any case more than the headline again.

    Of 27 that the first rule changed on eight days a reader found 18 better and 4 worse; three more
    came with those that lean on their title ("The suspect …"), all better (30 November 2026)."""
    able = [
        one
        for one in fit
        if one.own
        and not one.aside
        and len(one.text.split()) <= DEK_WORDS
        and one.piece.part == "text"
        and not one.piece.sets_up
        # What stands under another title may be plain under that one only.
        and (one.report is desk.head or _on_topic(desk, one))
        and not _repeats(desk.heading, one.words, DEK_REPEATED)
    ]

    def beneath(one: Weighed) -> float:
        own = BENEATH * (one.report is desk.head)
        return _worth(one) + own - ONLY_CLAIMED * bool(claimant(one.text))

    def its_own(one: Weighed) -> bool:
        return one.report is desk.head and one.standfirst

    return max(able, key=lambda one: (its_own(one), beneath(one), -one.at), default=None)


def _pick(
    desk: Desk,
    fit: Sequence[Weighed],
    before: Sequence[Weighed],
    wanted: int,
) -> list[Weighed]:
    taken = list(before)
    printed = desk.heading.union(*(one.words for one in before))
    told = _counts(desk.counted).union(*(_counts(one.figures) for one in before))
    counts = {one.at: _counts(one.figures) for one in fit}
    numbers = {one.at: frozenset(tokens.number_tokens(one.text)) for one in [*fit, *before]}
    known = frozenset[str]().union(*(numbers[one.at] for one in before))
    picked: list[Weighed] = []
    while len(picked) < wanted:
        best: tuple[float, Weighed] | None = None
        for one in fit:
            if one in taken or any(_same(desk, one, other) for other in taken):
                continue
            again = bool(counts[one.at]) and counts[one.at] <= told
            usual = NEW_ENOUGH if one.piece.spare else NEW_SHARE
            least = NEW_BESIDE_COUNT if again else usual
            new = len(one.words - printed)
            if new < least * len(one.words):
                continue
            near = max((desk.alike(one, other) for other in taken), default=0.0)
            if (
                near >= ALIKE
                and new <= NEW_ENOUGH * len(one.words)
                and numbers[one.at] <= known
                and not denier(one.text)  # few words, and another's
            ):
                continue
            said = sum(one.sayer == other.sayer for other in taken)
            gain = round(_worth(one) - NEARNESS * near - SAME_SAYER * said, 9)
            if best is None or gain > best[0]:
                best = gain, one
        if best is None:
            break
        picked.append(best[1])
        taken.append(best[1])
        printed |= best[1].words
        told |= counts[best[1].at]
        known |= numbers[best[1].at]
    return picked


def _counts(figures: Sequence[Found]) -> frozenset[tuple[str, float | None]]:
    """What is counted, and how many at least: "12" and "at least 12" are one."""
    return frozenset((f.label, f.quantity.low or f.quantity.high) for f in figures)


def _same(desk: Desk, one: Weighed, other: Weighed) -> bool:
    limit = SAME_TITLE if "title" in (one.piece.part, other.piece.part) else SAME
    return desk.alike(one, other) >= limit or _repeats(other.words, one.words, REPEATED)


def _repeats(first: frozenset[str], second: frozenset[str], share: float) -> bool:
    """Whether `share` or more of the words of the second stand in the first."""
    return bool(second) and len(first & second) / len(second) >= share
