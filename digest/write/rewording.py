"""What an optional writer may do to a chosen sentence: leave words out, and join what is left.

A language model sees the words that the house would print and gives back its own wording. Nothing
of it is trusted. A wording is printed only where it says nothing that the source does not: its
words are the source's in the source's order, its names, numbers, quotations, negations, claims and
hedges are all of them; only articles and a few joining words may come in. Anything else leaves the
source's sentence as it was, with the reason from `Refusal`. So the worst that a model, or a feed
that talks to it, can bring about is a shorter sentence of the source's own words.

The edit "wording" keeps what the source had, so that tracing undoes and judges it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from digest.model import Brief, Edit, Sentence
from digest.write import tokens
from digest.write.edits import undo
from digest.write.style import marked
from digest.write.tokens import word_set

Refusal = Literal[
    "no answer",
    "unreadable",
    "too long",
    "too short",
    "quotation",
    "number",
    "name",
    "negation",
    "claim",
    "hedge",
    "new word",
    "order",
]
SHORTEST = 0.4
"""Share of the source's words that a wording keeps at least."""
WORDS_WORTH_IT = 14
"""Shorter sentences are left alone: there is nothing to leave out."""

_JOINING = word_set("a an the and that which who it its this these those also as while")
"""Words that may come in: they say nothing of who did what."""
_NEGATIONS = word_set(
    "no not never none neither nor nobody nothing nowhere without cannot hardly barely "
    "scarcely deny denies denied denying refuse refuses refused reject rejects rejected fail "
    "fails failed failure lack lacks lacked stop stops stopped prevent prevents prevented ban "
    "bans banned"
)
_CLAIMS = word_set(
    "say says said saying tell tells told claim claims claimed claiming allege alleges "
    "alleged allegedly according accuse accuses accused accusing report reports reported "
    "reportedly believe believes believed think thinks expect expects expected announce "
    "announces announced confirm confirms confirmed insist insists insisted argue argues "
    "argued warn warns warned call calls called suggest suggests suggested state states "
    "stated assert asserts asserted describe describes described admit admits admitted "
    "acknowledge acknowledges acknowledged vow vows vowed threaten threatens threatened"
)
_HEDGES = word_set(
    "may might could would should can will if unless whether suspected suspect apparent "
    "apparently likely unlikely possible possibly potential potentially purported presumed "
    "supposed seemingly about around nearly almost roughly approximately least most more less "
    "fewer up over under some half quarter third all every each only except any many several "
    "few former ex attempted attempt attempts try tries tried plan plans planned plot plotted "
    "foiled fake false mock unconfirmed yet still again first last before after since until "
    "because against"
)
_CLAUSES = word_set("who which that while as")
_OPENERS = word_set(
    "of in on at near for from with by to into onto over under between through during amid across "
    "along behind beside beyond inside outside within toward towards where when following including"
)
"""First words of what may be left out as a whole, up to any word."""
_QUOTED = re.compile(r"[“«„\"]([^“”«»„\"]*)[”»“\"]|(?<!\w)[‘']([^‘’']+)[’'](?!\w)")
_PLAIN = re.compile(r"[^\W_]|[ .,;:!?%()'’‘“”«»„\"/&$€£¥₹–—-]")


def wordable(sentence: Sentence) -> str:
    """The words that a writer may see and word anew; "" where the sentence is left as it is.

    A clause that says whose report it is stays out of the writer's hands and is set again after it.
    Sentences with other changes than of marks (a name for "he", a date, a range) are left alone.
    """
    end = _closing(sentence)
    if end is None:
        return ""
    said = sentence.text[:end]
    return said if len(said.split()) >= WORDS_WORTH_IT else ""


def _closing(sentence: Sentence) -> int | None:
    """Where the sentence's own words end; None where it has other changes than a closing one."""
    made = [edit for edit in sentence.edits if not _is_mark(edit)]
    if not made:
        return len(sentence.text)
    if len(made) > 1 or made[0].kind not in ("attribution", "punctuation"):
        return None
    return made[0].start if made[0].end == len(sentence.text) else None


def _is_mark(edit: Edit) -> bool:
    """Whether it sets one mark in the place of another (house style)."""
    return edit.kind == "punctuation" and edit.end - edit.start == len(edit.was) == 1


def worded(sentence: Sentence, wordings: Mapping[str, str]) -> Sentence:
    """The sentence as it is worded, where a wording of it exists and may be printed."""
    was = wordable(sentence)
    new = wordings.get(was, "") if was else ""
    if not new or new == was or fault(was, new):
        return sentence
    source = undo(was, [edit for edit in sentence.edits if edit.end <= len(was)])
    edits = [Edit("wording", 0, len(new), source)]
    moved = len(new) - len(was)
    edits += [
        replace(e, start=e.start + moved, end=e.end + moved)
        for e in sentence.edits
        if e.end > len(was)
    ]
    return replace(sentence, text=new + sentence.text[len(was) :], edits=tuple(edits))


def sentences_of(briefs: Sequence[Brief]) -> Iterator[tuple[str, ...]]:
    """Of each brief the words that a writer may see, dek first."""
    for brief in briefs:
        yield tuple(words for s in brief.running if (words := wordable(s)))


def applied(brief: Brief, wordings: Mapping[str, str]) -> Brief:
    """The brief with its running sentences as they are worded; headline and quotes stay."""
    return replace(
        brief,
        dek=worded(brief.dek, wordings) if brief.dek else None,
        paragraphs=tuple(
            tuple(worded(s, wordings) for s in paragraph) for paragraph in brief.paragraphs
        ),
        background=tuple(worded(s, wordings) for s in brief.background),
    )


# --- The judge -----------------------------------------------------------------------------


def fault(was: str, new: str) -> Refusal | Literal[""]:
    """Why `new` may not stand in the place of `was`; "" when it may."""
    was, new = marked(was), marked(new)  # as both are printed
    if not new or new != new.strip() or not all(_PLAIN.fullmatch(c) for c in new):
        return "unreadable"
    if len(new) > len(was):
        return "too long"
    if not _ends_alike(was, new) or new[0] != new[0].upper():
        return "unreadable"
    if _quotations(was) != _quotations(new):
        return "quotation"
    if _numbers(was) != _numbers(new):
        return "number"
    before, after = _words(was), _words(new)
    if len(after) < SHORTEST * len(before):
        return "too short"
    if _names(was) != _names(new):
        return "name"
    for kept, refusal in _KEPT:
        if [w for w in before if _in(w, kept)] != [w for w in after if _in(w, kept)]:
            return refusal
    return _order(before, after)


_KEPT: tuple[tuple[frozenset[str], Refusal], ...] = (
    (_NEGATIONS, "negation"),
    (_CLAIMS, "claim"),
    (_HEDGES, "hedge"),
)


def _in(word: str, kept: frozenset[str]) -> bool:
    return word in kept or (kept is _NEGATIONS and word.endswith("n't"))


def _ends_alike(was: str, new: str) -> bool:
    """A full stop where the source has one; words where a clause follows."""
    return was[-1].isalnum() == new[-1].isalnum() and (was[-1].isalnum() or was[-1] == new[-1])


def _quotations(text: str) -> list[str]:
    return [a or b for a, b in _QUOTED.findall(text)]


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in tokens.WORD.findall(text)]


def _numbers(text: str) -> list[str]:
    return [
        w for w in _words(text) if any(map(str.isdigit, w)) or set(w.split("-")) & _NUMBER_WORDS
    ]


_NUMBER_WORDS = tokens.NUMBER_WORDS | word_set(
    "dozen dozens hundred hundreds thousand thousands million millions billion billions scores "
    "second fifth sixth twice double triple"
)


def _names(text: str) -> list[str]:
    """Capitalised words after the first, in order: who stands before whom."""
    matches = list(tokens.WORD.finditer(text))[1:]
    return [m.group().casefold() for m in matches if m.group()[0].isupper()]


def _order(before: Sequence[str], after: Sequence[str]) -> Refusal | Literal[""]:
    """Whether `after` is `before` with words left out, and joining words come in.

    What is left out is the sentence's end, a phrase or clause from its first word, or one word
    before another: "shot the man who" out of "guards shot the man who attacked" would make guards
    attackers. A word that ties others ("by", "of", "was") keeps the word that follows it.
    """
    known = set(before)
    if any(w not in known and w not in _JOINING for w in after):
        return "new word"
    left = [w for w in after if w not in _JOINING]
    kept = _places(before, left)
    if kept is None or not all(_may_go(before, run) for run in _gone(before, kept)):
        return "order"
    tied = set(pairwise(w for w in before if w not in _JOINING))
    for first, then in pairwise(left):
        if first in tokens.STOPWORDS and (first, then) not in tied:
            return "order"
    return "order" if left and left[-1] in tokens.STOPWORDS and left[-1] != before[-1] else ""


def _places(before: Sequence[str], left: Sequence[str]) -> list[int] | None:
    """Where each of `left` stands in `before`, one after the other; None where one does not."""
    places: list[int] = []
    for word in left:
        try:
            places.append(before.index(word, places[-1] + 1 if places else 0))
        except ValueError:
            return None
    return places


def _gone(before: Sequence[str], kept: Sequence[int]) -> Iterator[tuple[int, int]]:
    """[start, end) of each run of words left out, without joining words around it."""
    for last, place in pairwise([-1, *kept, len(before)]):
        run = [i for i in range(last + 1, place) if before[i] not in _JOINING]
        if run:
            yield run[0], run[-1] + 1


def _may_go(before: Sequence[str], run: tuple[int, int]) -> bool:
    start, end = run
    opener = before[start - 1] if start else ""
    return (
        end == len(before)
        or before[start] in _OPENERS
        or opener in _CLAUSES
        or all(w in _JOINING for w in before[start + 1 : end])
    )
