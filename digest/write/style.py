"""House style of an edition in English: one form of quotation marks and of abbreviations.

Outlets set 'words', ‘words’ and "words", and of 160 stories of eight days 38 mixed straight and
curled marks. Running text has “double” marks and within them ‘single’ ones, as headlines have; an
apostrophe is curled.
"""

from __future__ import annotations

import re
from bisect import bisect

from digest.tags import primary
from digest.write.edits import Change, apply
from digest.write.languages import FALLBACK
from digest.write.tokens import word_set

_STOPPED = re.compile(r"(?<![\w.])(?:U\.S|U\.N|U\.K|E\.U)\.(?!\w)")
"""British outlets print "US", American ones "U.S.": of 160 stories of eight days 17 had the stops,
11 of them beside the other form."""
_ACRONYM = re.compile(rf"\b(?:{'|'.join(word_set('Isis Nasa Nato Opec Unesco Unicef Unrwa'))})\b")
"""British outlets print "Nato", all others "NATO"."""
_DOUBLE = re.compile(r"(?:^|(?<=[\s(\[—–/'‘-]))\"(?=\S)(?P<said>[^\"“”]*)(?<=\S)\"(?!\w)")
_SINGLE = re.compile(
    r"(?:^|(?<=[\s(\[—–/“-]))['‘](?=[\w$£€])(?P<said>(?:[^'‘’“”]|(?<=\w)['’](?=\w))*)"
    r"(?<=[^\s'‘’])['’](?!\w)"
)
_WITHIN = re.compile(r"“[^“”]*”")
_APOSTROPHE = re.compile(r"(?<=\w)'")
_ALIKE = str.maketrans(dict.fromkeys("'‘’“”", '"'))


def marked(text: str, language: str = FALLBACK, *, headline: bool = False) -> str:
    """`text` with the house's marks, each in the place of one of its own: its letters stay where
    they are. What has no plain partner stays."""
    if primary(language) != FALLBACK:
        return text
    text = _DOUBLE.sub(r"“\g<said>”", text)
    within = [quoted.span() for quoted in _WITHIN.finditer(text)]

    def single(match: re.Match[str]) -> str:
        at = bisect(within, (match.start(), 0)) - 1
        inner = headline or (at >= 0 and match.start() < within[at][1])
        return f"‘{match['said']}’" if inner else f"“{match['said']}”"

    return _APOSTROPHE.sub("’", _SINGLE.sub(single, text))


def unmarked(text: str) -> str:
    """`text` with all these marks alike, to compare what only house style has parted."""
    return text.translate(_ALIKE)


def unstopped(text: str) -> str:
    """`text` with the house's "US" for "U.S."."""
    return _STOPPED.sub(lambda match: match.group().replace(".", ""), text)


def changes(span: str, language: str, *, ends: bool, headline: bool = False) -> list[Change]:
    """The edits that take a span to the house's form.

    `ends`: its last full stop also ends the sentence, and stays.
    """
    if primary(language) != FALLBACK:
        return []
    stops = [
        Change("punctuation", at, at + 1, "")
        for match in _STOPPED.finditer(span)
        for at in range(match.start(), match.end())
        if span[at] == "." and not (ends and not re.search(r"\w", span[at:]))
    ]
    capitals = [
        Change("case", m.start(), m.end(), m.group().upper()) for m in _ACRONYM.finditer(span)
    ]
    marks = [
        Change("punctuation", at, at + 1, new)
        for at, (old, new) in enumerate(zip(span, marked(span, headline=headline), strict=True))
        if old != new
    ]
    return [*stops, *capitals, *marks]


def title_as_printed(title: str, language: str) -> str:
    """A report's title in the house's form, where no edits are kept of it."""
    return apply(title, changes(title, language, ends=False, headline=True))[0]
