"""Which of a story's sentences make its dek, its body and its background."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Figure
from digest.write import background, tokens
from digest.write.claims import claimant, told_share
from digest.write.desk import Desk
from digest.write.figures import Found
from digest.write.tallies import SAME_TIME

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
ONLY_CLAIMED = 1.0
"""What a bare claim ("says it was not involved") loses as a dek."""
BENEATH = 1.0
"""What the words under the headline's own title gain as a dek, in spreads."""
STILL_HOLDS = 0.8
"""Share of the newest count that an "at least" must reach."""
LEAD_SENTENCES = 8
ENOUGH = 3
"""Sentences of a body; what is missing is taken from comment and background."""
BACKGROUND_SENTENCES = 2


# What lies ahead, or is not yet known.
_AHEAD = re.compile(
    r"\b(?:(?:is|are|was|were|appears?|seems?|looks?) (?:still |now )?(?:set|due|scheduled|likely|"
    r"poised|about|believed|thought|yet|preparing) (?:to|for)|prepares? to|expected|could|might|"
    r"awaits?|nears?|under (?:growing )?pressure|growing calls|under ?way|fears? of|"
    r"must|awaiting|gather(?:s|ed)? for|ahead of|on the eve of|hangs? in the balance|"
    r"pleads? for|pleas? for|appeals? for help|seeks? (?:a )?new|"
    r"to (?:brief|meet|visit|decide|vote)|"
    r"trial continues|at large|on the run|manhunt|persons? of interest|too early|"
    r"not (?:yet )?(?:known|clear)|unclear|"
    r"faces? (?:(?:final|more|growing) )?(?:votes?|trial|calls))\b"
)
_TOLL = re.compile(r"\b(?:death )?toll\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d{1,3}(?:,\d{3})*\b")


@dataclass(frozen=True, slots=True)
class Choice:
    """Indices of pieces; `body` and `background` in the order they were chosen, best first."""

    dek: int | None
    body: tuple[int, ...]
    background: tuple[int, ...]


def choose(
    desk: Desk, headline: str, figures: Sequence[Figure], *, lead: bool, sentences: int
) -> Choice:
    """The sentences to print: none that hangs off another topic, none said twice.

    `sentences` is the wanted number for a story that does not lead.
    """
    risen = [f for f in figures if f.state == "risen"]
    heading = frozenset(tokens.content(headline))
    told = [told_share(report, headline) for report in desk.reports]
    fit = [
        i
        for i in range(len(desk.pieces))
        if _fits(desk, i, heading)
        and not (risen and _overtaken(desk, i, risen))
        and not (desk.aside[i] and not _fills(desk, i, figures))
        and not (_written_before(desk, i) and _outdated(desk, i))
        and (lead or desk.own[i] or desk.to_headline[i] >= OF_ANOTHER_EVENT)
        and (lead or told[desk.pieces[i].report] >= OF_ANOTHER_MATTER)
    ]
    worth = {
        i: desk.value[i] + NEWEST * desk.recency[i] + ON_TOPIC * min(0.5, desk.to_headline[i])
        for i in fit
    }
    looking_back = [i for i in fit if background.looks_back(desk.pieces[i].text)]
    forward = [i for i in fit if i not in looking_back]
    if not forward:  # nothing else tells the story
        forward, looking_back = looking_back, []
    dek = _dek(desk, forward, worth, heading)
    taken = [] if dek is None else [dek]
    wanted = LEAD_SENTENCES if lead else max(2, min(4, sentences))
    news = [i for i in forward if not desk.aside[i]]
    body = _pick(desk, news, worth, taken, wanted, heading)
    more = min(ENOUGH, wanted) - len(body)
    body += _pick(desk, forward, worth, [*taken, *body], more, heading)
    closing: list[int] = []
    if lead or len(body) < 2:
        room = BACKGROUND_SENTENCES if lead else 1
        closing = _pick(desk, looking_back, worth, [*taken, *body], room, heading)
    return Choice(dek, tuple(body), tuple(closing))


def _written_before(desk: Desk, index: int) -> bool:
    """Whether the piece is from before the report that heads the story, or nobody knows when,
    where that is known of others."""
    written, heads = desk.report(index).item, desk.reports[desk.chosen].item
    if written.date is None:
        return written is not heads and any(report.item.date for report in desk.reports)
    return heads.date is not None and heads.date - written.date >= SAME_TIME


def _outdated(desk: Desk, index: int) -> bool:
    """Whether the piece, from before the headline, looks ahead to it or counts fewer than it does:
    "faces final votes" under a verdict, 18 injured under 70."""
    ahead = _AHEAD.search(desk.pieces[index].text)
    if ahead and ahead.group() not in desk.reports[desk.chosen].item.title:
        return True
    headed = {found.label: found.quantity.low or 0.0 for found in desk.counted}
    return any(_most(found) < headed.get(found.label, 0.0) for found in desk.figures[index])


def _fits(desk: Desk, index: int, heading: frozenset[str]) -> bool:
    words, likeness = desk.words[index], desk.to_headline[index]
    return (
        (_on_topic(desk, index) or desk.standfirst[index])
        and likeness < (SAME_TITLE if desk.pieces[index].part == "title" else SAME)
        and not _repeats(heading, words, REPEATED)
    )


def _on_topic(desk: Desk, index: int) -> bool:
    """Whether the piece by itself shows what it is about."""
    shared = desk.words[index] & desk.about
    return len(shared) >= ON_TOPIC_WORDS and desk.to_headline[index] >= desk.on_topic


def _overtaken(desk: Desk, index: int, risen: Sequence[Figure]) -> bool:
    """Whether the piece prints a lower count than the one that has since risen; "at least 41" is
    overtaken by 64 as well as 41 is."""
    newest = {figure.label: figure.newest.low or 0.0 for figure in risen}
    text = desk.pieces[index].text
    if any(_overtakes(newest.get(found.label, 0.0), found) for found in desk.figures[index]):
        return True
    # "The toll from floods and landslides in the hills of … has increased to 41": too far to read.
    if "killed" not in newest or not _TOLL.search(text):
        return False
    numbers = [int(n.replace(",", "")) for n in _NUMBER.findall(text)]
    return bool(numbers) and max(numbers) < newest["killed"]


def _fills(desk: Desk, index: int, figures: Sequence[Figure]) -> bool:
    """Whether a piece of background belongs under the headline: no title, which would be a
    feature's, and counting nothing that the figures under the story would not show."""
    if desk.pieces[index].part == "title":
        return False
    newest = {figure.label: figure.newest for figure in figures}
    return not any(
        (found.quantity.low or 0.0) > (known.high or math.inf) or _most(found) < (known.low or 0.0)
        for found in desk.figures[index]
        if (known := newest.get(found.label))
    )


def _overtakes(newest: float, found: Found) -> bool:
    """Whether `newest` is more than what is counted; "at least 27" injured still holds at 30."""
    open_ended = found.quantity.high is None and found.label != "killed"
    return _most(found) < newest * (STILL_HOLDS if open_ended else 1.0)


def _most(found: Found) -> float:
    """The most that is counted; of "at least 41" 41."""
    quantity = found.quantity
    size = quantity.low if quantity.high is None else quantity.high
    return math.inf if size is None else size


def _dek(
    desk: Desk, fit: Sequence[int], worth: dict[int, float], heading: frozenset[str]
) -> int | None:
    """The sentence under the headline: short, central, of its event, and more than it again."""
    able = [
        i
        for i in fit
        if desk.own[i]
        and not desk.aside[i]
        and len(desk.pieces[i].text.split()) <= DEK_WORDS
        and desk.pieces[i].part == "text"
        # What stands under another title may be plain under that one only.
        and (desk.pieces[i].report == desk.chosen or _on_topic(desk, i))
        and not _repeats(heading, desk.words[i], DEK_REPEATED)
    ]
    beneath = {
        i: worth[i]
        + BENEATH * (desk.pieces[i].report == desk.chosen)
        - ONLY_CLAIMED * bool(claimant(desk.pieces[i].text))
        for i in able
    }
    return max(able, key=lambda i: (beneath[i], -i), default=None)


def _pick(
    desk: Desk,
    fit: Sequence[int],
    worth: dict[int, float],
    before: Sequence[int],
    wanted: int,
    heading: frozenset[str],
) -> list[int]:
    taken = list(before)
    printed = heading.union(*(desk.words[i] for i in before))
    counts = [_counts(found) for found in desk.figures]
    told = _counts(desk.counted).union(*(counts[i] for i in before))
    picked: list[int] = []
    while len(picked) < wanted:
        best: tuple[float, int] | None = None
        for i in fit:
            if i in taken or any(_same(desk, i, j) for j in taken):
                continue
            again = bool(counts[i]) and counts[i] <= told
            least = NEW_BESIDE_COUNT if again else NEW_SHARE
            if len(desk.words[i] - printed) < least * len(desk.words[i]):
                continue
            near = max((desk.likeness[i][j] for j in taken), default=0.0)
            said = sum(desk.sayer(i) == desk.sayer(j) for j in taken)
            gain = round(worth[i] - NEARNESS * near - SAME_SAYER * said, 9)
            if best is None or gain > best[0]:
                best = gain, i
        if best is None:
            break
        picked.append(best[1])
        taken.append(best[1])
        printed |= desk.words[best[1]]
        told |= counts[best[1]]
    return picked


def _counts(figures: Sequence[Found]) -> frozenset[tuple[str, float | None]]:
    """What is counted, and how many at least: "12" and "at least 12" are one."""
    return frozenset((f.label, f.quantity.low or f.quantity.high) for f in figures)


def _same(desk: Desk, a: int, b: int) -> bool:
    titled = "title" in (desk.pieces[a].part, desk.pieces[b].part)
    limit = SAME_TITLE if titled else SAME
    return desk.likeness[a][b] >= limit or _repeats(desk.words[b], desk.words[a], REPEATED)


def _repeats(first: frozenset[str], second: frozenset[str], share: float) -> bool:
    """Whether `share` or more of the words of the second stand in the first."""
    return bool(second) and len(first & second) / len(second) >= share
