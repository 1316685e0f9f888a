"""Which of a story's sentences make its dek, its body and its background."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Figure
from digest.write import background, tokens
from digest.write.desk import Desk
from digest.write.figures import extract

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
OF_ANOTHER_EVENT = 0.4
"""Likeness to the headline from which a sentence of another event of the running story belongs into
a short brief; a lead has room for its other developments."""
ON_TOPIC_WORDS = 2
"""Words of the story that a sentence must hold; round-ups ("And, the mayor…") hold none."""
NEARNESS = 1.2
SAME_SAYER = 0.5
NEWEST = 0.4
"""What the newest report gains on the oldest, in spreads: counts and outcomes move."""
ON_TOPIC = 2.0
DEK_WORDS = 34
LEAD_SENTENCES = 8
BACKGROUND_SENTENCES = 2


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
    fit = [
        i
        for i in range(len(desk.pieces))
        if _fits(desk, i, headline)
        and not (risen and _overtaken(desk, i, risen))
        and (lead or desk.own[i] or desk.to_headline[i] >= OF_ANOTHER_EVENT)
    ]
    worth = {
        i: desk.value[i] + NEWEST * desk.recency[i] + ON_TOPIC * min(0.5, desk.to_headline[i])
        for i in fit
    }
    looking_back = [i for i in fit if background.looks_back(desk.pieces[i].text)]
    forward = [i for i in fit if i not in looking_back]
    if not forward:  # nothing else tells the story
        forward, looking_back = looking_back, []
    dek = _dek(desk, forward, worth, headline)
    taken = [] if dek is None else [dek]
    wanted = LEAD_SENTENCES if lead else max(2, min(4, sentences))
    body = _pick(desk, forward, worth, taken, wanted, headline)
    closing: list[int] = []
    if lead or len(body) < 2:
        room = BACKGROUND_SENTENCES if lead else 1
        closing = _pick(desk, looking_back, worth, [*taken, *body], room, headline)
    return Choice(dek, tuple(body), tuple(closing))


def _fits(desk: Desk, index: int, headline: str) -> bool:
    piece = desk.pieces[index]
    words = set(tokens.content(piece.text))
    return (
        len(words & desk.about) >= ON_TOPIC_WORDS
        and desk.on_topic
        <= desk.to_headline[index]
        < (SAME_TITLE if piece.part == "title" else SAME)
        and not _repeats(headline, piece.text, REPEATED)
    )


def _overtaken(desk: Desk, index: int, risen: Sequence[Figure]) -> bool:
    """Whether the piece prints a lower count than the one that has since risen; "at least 41" is
    overtaken by 64 as well as 41 is."""
    newest = {figure.label: figure.newest.low or 0.0 for figure in risen}
    for found in extract(desk.pieces[index].text, desk.report(index).lang or "en"):
        quantity = found.quantity
        size = quantity.low if quantity.high is None else quantity.high
        if size is not None and size < newest.get(found.label, 0.0):
            return True
    # "The toll from floods and landslides in the hills of … has increased to 41": too far to read.
    numbers = [int(n.replace(",", "")) for n in _NUMBER.findall(desk.pieces[index].text)]
    told = "killed" in newest and _TOLL.search(desk.pieces[index].text) is not None
    return told and bool(numbers) and max(numbers) < newest["killed"]


def _dek(desk: Desk, fit: Sequence[int], worth: dict[int, float], headline: str) -> int | None:
    """The sentence under the headline: short, central, of its event, and more than it again."""
    able = [
        i
        for i in fit
        if desk.own[i]
        and len(desk.pieces[i].text.split()) <= DEK_WORDS
        and desk.pieces[i].part == "text"
        and not _repeats(headline, desk.pieces[i].text, DEK_REPEATED)
    ]
    return max(able, key=lambda i: (worth[i], -i), default=None)


def _pick(
    desk: Desk,
    fit: Sequence[int],
    worth: dict[int, float],
    before: Sequence[int],
    wanted: int,
    headline: str,
) -> list[int]:
    taken = list(before)
    printed = {*tokens.content(headline)}
    for i in before:
        printed |= set(tokens.content(desk.pieces[i].text))
    picked: list[int] = []
    while len(picked) < wanted:
        best: tuple[float, int] | None = None
        for i in fit:
            if i in taken or any(_same(desk, i, j) for j in taken):
                continue
            words = set(tokens.content(desk.pieces[i].text))
            if len(words - printed) < NEW_SHARE * len(words):
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
        printed |= set(tokens.content(desk.pieces[best[1]].text))
    return picked


def _same(desk: Desk, a: int, b: int) -> bool:
    first, second = desk.pieces[a], desk.pieces[b]
    limit = SAME_TITLE if "title" in (first.part, second.part) else SAME
    return desk.likeness[a][b] >= limit or _repeats(second.text, first.text, REPEATED)


def _repeats(first: str, second: str, share: float) -> bool:
    """Whether `share` or more of what the second says stands in the first."""
    a, b = set(tokens.content(first)), set(tokens.content(second))
    return bool(b) and len(a & b) / len(b) >= share
