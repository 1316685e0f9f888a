"""House style of an edition in English: one spelling of what its outlets abbreviate in two."""

from __future__ import annotations

import re

from digest.tags import primary
from digest.write.edits import Change
from digest.write.languages import FALLBACK
from digest.write.tokens import word_set

_STOPPED = re.compile(r"(?<![\w.])(?:U\.S|U\.N|U\.K|E\.U)\.(?!\w)")
"""British outlets print "US", American ones "U.S.": of 160 stories of eight days 17 had the stops,
11 of them beside the other form."""
_ACRONYM = re.compile(rf"\b(?:{'|'.join(word_set('Isis Nasa Nato Opec Unesco Unicef Unrwa'))})\b")
"""British outlets print "Nato", all others "NATO"."""


def changes(span: str, language: str, *, ends: bool) -> list[Change]:
    """The edits that take a span's abbreviations to the house's form, in order.

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
    return sorted([*stops, *capitals], key=lambda change: change.start)
