"""Corrections to earlier editions: what outlets changed or withdrew after it was printed.

A span that an edition cites is looked for in the report as the outlet prints it now. Rewording is
no correction; a replaced number, name or "not" is, and so is a withdrawn report. A toll that has
risen is none either: that is news, and stands in the new edition. A correction is said of an outlet
in public: where it cannot be told from rewording, it is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date as Date
from typing import Any, Literal

from digest.model import Correction, Edit, Item
from digest.tags import primary
from digest.write.edits import undo
from digest.write.figures import extract
from digest.write.languages import FALLBACK
from digest.write.quantities import Quantity, parse
from digest.write.sentences import spans
from digest.write.tokens import word_set

SAME_SENTENCE = 0.5
"""Share of a sentence's words that another must have in common with it to be its new version; two
sentences of one report on one matter seldom share more than a third."""
SAME_BUT_FOR_NOT = 0.6
"""Share of the longer sentence's words that both must have for a "not" more to be the opposite and
no clause more: "…, adding that no one was hurt"."""
TITLE_CASE = 0.75
"""Share of capitals among the longer words above which they tell no names."""
_WORDS = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_NEGATIONS = {
    "en": word_set(
        "not no never without denied denies deny cannot nobody none nothing neither nor nowhere"
    ),
    "de": word_set(
        "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder ohne"
    ),
    "fr": word_set("pas jamais aucun aucune rien ni nul nulle sans"),
    "es": word_set("no ni nunca jamás nadie nada ningún ninguno ninguna tampoco sin"),
    "it": word_set("non né mai nessun nessuno nessuna nulla niente senza"),
    "pt": word_set("não nem nunca jamais ninguém nada nenhum nenhuma sem"),
    "nl": word_set("niet geen nooit niemand niets noch zonder"),
    "pl": word_set("nie nigdy nikt nic żaden żadna żadne bez"),
    "ru": word_set("не ни нет никогда никто ничего без"),
    "uk": word_set("не ні немає ніколи ніхто нічого без"),
    "ar": word_set("لم لا لن ليس ليست ولم ولا ولن دون بدون"),
}
_WEAK = word_set(
    "fail fails failed refuse refuses refused reject rejects rejected unable declined lacked"
)
"""What "not" is reworded by: neither the opposite of it nor of a plain sentence."""
_AUXILIARIES = word_set("do does did")
_HONORIFICS = word_set(
    "mr mrs ms miss dr prof sir president minister prime premier chancellor secretary senator sen "
    "governor gov mayor general gen colonel col captain capt king queen pope"
)

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
    return _recounted(was, now, tag) or _renamed(was, now, tag) or _reversed(was, now, tag)


def _risen(was: str, now: str, tag: str) -> bool:
    """Whether all that moved is a toll, upwards."""
    before = {found.label: _size(found.quantity) for found in extract(was, tag)}
    after = {found.label: _size(found.quantity) for found in extract(now, tag)}
    moved = [label for label in before if label in after and before[label] != after[label]]
    return bool(moved) and all(after[label] > before[label] for label in moved)


def _size(quantity: Quantity) -> float:
    return quantity.low or quantity.high or 0.0


def _words(sentence: str) -> list[str]:
    """In order; "U.S." is "US"."""
    return _WORDS.findall(_INITIALS.sub(lambda m: m.group().replace(".", ""), sentence))


def _bag(sentence: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _words(sentence))


def _recounted(was: str, now: str, tag: str) -> bool:
    """Whether numbers of `was` have given way to others, or one thing is counted otherwise."""
    before, after = _tolls(was, tag), _tolls(now, tag)
    gone, come = before - after, after - before
    if {label for label, _ in gone} & {label for label, _ in come}:
        return True
    numbers, new = _numbers(was, tag), _numbers(now, tag)
    return bool(numbers - new and new - numbers)


def _tolls(sentence: str, tag: str) -> frozenset[tuple[str, float]]:
    return frozenset((found.label, _size(found.quantity)) for found in extract(sentence, tag))


def _numbers(sentence: str, tag: str) -> frozenset[float | str]:
    """The values: "1,200" is "1200", "10.30" is "10:30"."""
    printed = [word.replace(":", ".") for word in _words(sentence) if word[0].isdigit()]
    read = {word: parse(word, tag) for word in printed}
    values = {_size(quantity) if quantity else word for word, quantity in read.items()}
    return frozenset(values | {size for _, size in _tolls(sentence, tag)})


def _renamed(was: str, now: str, tag: str) -> bool:
    """Whether names of `was` stand nowhere in `now`, which has others instead.

    In German every noun has a capital, and in a title in capitals every word.
    """
    if primary(tag) == "de" or _title_case(was) or _title_case(now):
        return False
    gone, come = _names(was, _bag(now)), _names(now, _bag(was))
    return bool(gone and come) and not (_short(gone, come) or _short(come, gone))


def _names(sentence: str, elsewhere: frozenset[str]) -> list[str]:
    """Words with a capital inside the sentence that are not among the other's; the first word has
    a capital anyway."""
    known = elsewhere | _HONORIFICS
    inside = _words(sentence)[1:]
    return [word for word in inside if word[0].isupper() and word.casefold() not in known]


def _short(names: Sequence[str], other: Sequence[str]) -> bool:
    """Whether `other` is the initials of `names`: "United States", "US"."""
    return list(other) == ["".join(name[0] for name in names)]


def _title_case(sentence: str) -> bool:
    longer = [word for word in _words(sentence)[1:] if len(word) > 3 and word[0].isalpha()]
    return sum(word[0].isupper() for word in longer) > TITLE_CASE * len(longer)


def _reversed(was: str, now: str, tag: str) -> bool:
    """Whether one of the two says "not" and the other, in much the same words, does not."""
    negations = _NEGATIONS.get(primary(tag) or FALLBACK, frozenset())
    one, other = (_bag(re.sub(r"n['’]t\b", " not", sentence)) for sentence in (was, now))
    if bool(one & negations) == bool(other & negations) or (one | other) & _WEAK:
        return False
    one, other = one - negations - _AUXILIARIES, other - negations - _AUXILIARIES
    return len(one & other) >= SAME_BUT_FOR_NOT * max(len(one), len(other))
