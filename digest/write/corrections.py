"""Corrections to earlier editions: what outlets changed or withdrew after it was printed.

A span that an edition cites is looked for in the report as the outlet prints it now. Rewording is
no correction; a replaced number, name or "not" is, and so is a withdrawn report. A toll that has
risen is none either: that is news, and stands in the new edition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date as Date
from typing import Any, Literal

from digest.model import Correction, Edit, Item
from digest.write.edits import undo
from digest.write.figures import extract
from digest.write.quantities import Quantity
from digest.write.sentences import spans

SAME_SENTENCE = 0.5
"""Share of a sentence's words that another must have in common with it to be its new version; two
sentences of one report on one matter seldom share more than a third."""
_WORDS = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_NEGATIONS = frozenset({"not", "no", "never", "without", "denied", "denies", "deny", "n't"})

Record = Mapping[str, Any]


def corrections(
    records: Sequence[Record], items: Mapping[str, Item], gone: Collection[str]
) -> tuple[Correction, ...]:
    """What is to be corrected of the editions `records` (edition.json, newest first).

    `items`: the cited reports as they stand now, by id; `gone`: those whose pages are gone. What
    one of `records` has told already is left out.
    """
    told = {(c["item"], c["was"]) for record in records for c in record.get("corrections", ())}
    found: dict[tuple[str, str], Correction] = {}
    for record in records:
        date = Date.fromisoformat(record["date"])
        for story in record.get("stories", ()):
            for one in _of_story(date, story, items, gone):
                if (one.item, one.was) not in told:
                    found.setdefault((one.item, one.was), one)
    return tuple(found.values())


def cited_items(records: Sequence[Record]) -> frozenset[str]:
    """The ids of the reports that the editions' sentences were made from."""
    return frozenset(
        sentence["citations"][0]["item"]
        for record in records
        for story in record.get("stories", ())
        for sentence in story["sentences"]
        if sentence["citations"]
    )


def _of_story(
    date: Date, story: Record, items: Mapping[str, Item], gone: Collection[str]
) -> Iterator[Correction]:
    withdrawn: set[str] = set()
    for sentence in story["sentences"]:
        if not sentence["citations"] or sentence["role"] == "background":
            continue
        citation = sentence["citations"][0]
        was = undo(sentence["text"], [Edit(**edit) for edit in sentence["edits"]])
        item = items.get(citation["item"])
        if citation["item"] in gone:
            if citation["item"] not in withdrawn:
                withdrawn.add(citation["item"])
                yield _correction(date, story, citation, "withdrawn", was, "")
        elif item is not None:
            printed = item.title if citation["part"] == "title" else item.text
            now = new_version(was, printed, item.lang)
            if now and is_correction(was, now, item.lang):
                yield _correction(date, story, citation, "changed", was, now)


def _correction(
    date: Date,
    story: Record,
    citation: Record,
    kind: Literal["changed", "withdrawn"],
    was: str,
    now: str,
) -> Correction:
    return Correction(
        edition=date,
        headline=story["headline"],
        item=citation["item"],
        outlet=citation["outlet"],
        url=citation["url"],
        kind=kind,
        was=was,
        now=now,
    )


def new_version(was: str, text: str, tag: str) -> str:
    """The sentence of `text`, in the language `tag`, that took the place of `was`; "" where `was`
    still stands there, or nothing like it does."""
    if " ".join(was.split()) in " ".join(text.split()):
        return ""
    words = _bag(was)
    best, best_share = "", SAME_SENTENCE
    for start, end in spans(text, tag):
        other = _bag(text[start:end])
        share = len(words & other) / max(1, min(len(words), len(other)))
        if len(other) >= len(words) / 2 and share > best_share:
            best, best_share = text[start:end], share
    return best


def is_correction(was: str, now: str, tag: str) -> bool:
    """Whether `now` says another thing than `was`, by numbers, names and negation."""
    if _risen(was, now, tag):
        return False
    numbers, new_numbers = _numbers(was, tag), _numbers(now, tag)
    names, new_names = _names(was), _names(now)
    replaced = bool(numbers - new_numbers and new_numbers - numbers)
    renamed = bool(names - new_names and new_names - names)
    return replaced or renamed or _negated(was) != _negated(now)


def _risen(was: str, now: str, tag: str) -> bool:
    """Whether all that moved is a toll, upwards."""
    before = {found.label: _size(found.quantity) for found in extract(was, tag)}
    after = {found.label: _size(found.quantity) for found in extract(now, tag)}
    moved = [label for label in before if label in after and before[label] != after[label]]
    return bool(moved) and all(after[label] > before[label] for label in moved)


def _size(quantity: Quantity) -> float:
    return quantity.low or quantity.high or 0.0


def _bag(sentence: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORDS.findall(sentence))


def _numbers(sentence: str, tag: str) -> frozenset[str]:
    tolls = {f"{found.label} {_size(found.quantity)}" for found in extract(sentence, tag)}
    return frozenset(tolls | {w for w in _WORDS.findall(sentence) if w[0].isdigit()})


def _names(sentence: str) -> frozenset[str]:
    """Words with a capital inside the sentence; the first word has one anyway."""
    return frozenset(word for word in _WORDS.findall(sentence)[1:] if word[0].isupper())


def _negated(sentence: str) -> bool:
    return bool(_bag(sentence.replace("n't", " not").replace("n’t", " not")) & _NEGATIONS)
