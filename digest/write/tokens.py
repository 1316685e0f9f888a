"""Words, names and numbers of a text: the small vocabulary all of writing shares."""

from __future__ import annotations

import re
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a block of text: how this package writes down its word lists."""
    return frozenset(text.split())


WORD = re.compile(r"\w+(?:[’'.\-]\w+)*")
OPENING = 400
"""Characters of a text in which it says what it is about."""
NUMBER = re.compile(r"\d+(?:[.,]\d+|[\u00a0\u202f ]\d{3}(?!\d))*")
# Closed-class words of English: they say nothing of what a sentence is about.
STOPWORDS = word_set(
    """
    a about above after again against all also although am among an and any are as at be
    because been before being below between both but by can could did do does doing down
    during each few for from further had has have having he her here hers herself him himself
    his how however i if in into is it its itself just me more most my myself no nor not now
    of off on once only or other our ours out over own same she should since so some such than
    that the their theirs them themselves then there these they this those through to too
    under until up upon us very was we were what when where which while who whom whose why
    will with within without would you your yours may might must shall said say says saying mr
    mrs ms new one two per via amid
    """
)
_POSSESSIVE = re.compile(r"[’']s?$")
NUMBER_WORDS = word_set(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)


def words(text: str) -> list[str]:
    """All words, case folded, possessives cut off."""
    return [_POSSESSIVE.sub("", w.casefold()) for w in WORD.findall(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A plural or an inflected verb meets its base form; light on purpose, so names survive."""
    if len(word) > 5 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 5 and word.endswith(("ing", "ers")):
        return word[:-3]
    if len(word) > 4 and word.endswith(("ed", "es", "er")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def content(text: str) -> list[str]:
    """The words that carry meaning, lightly stemmed, in order."""
    return [stem(w) for w in words(text) if w not in STOPWORDS and (len(w) > 1 or w.isdigit())]


def opening(title: str, text: str) -> frozenset[str]:
    """The words that carry meaning in a title and in what of the text says what it is about."""
    return frozenset(content(f"{title} {text[:OPENING]}"))


def name_tokens(text: str) -> list[str]:
    """Capitalised words and acronyms, case folded, where capitals mean a name.

    The first word counts only when it is no common opener: sentences start with a capital anyway.
    """
    found = []
    for match in WORD.finditer(text):
        token = _POSSESSIVE.sub("", match.group())
        if not token or not token[0].isupper():
            continue
        folded = token.casefold()
        if folded in STOPWORDS or folded in NUMBER_WORDS:
            continue
        found.append(folded)
    return found


def number_tokens(text: str) -> list[str]:
    """Numbers in digits, separators removed: "1,200" and "1 200" are one."""
    return [re.sub(r"[.,  ]", "", n) for n in NUMBER.findall(text)]
