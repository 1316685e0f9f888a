"""Small mends of XML that is not well-formed, so that the strict parser can read it after all.

feedparser's forgiving parser loses or changes text (`AT&T wins` becomes `AT&T; wins`). The usual
faults are few: a bare ampersand, an HTML entity that XML does not know, a control character, a
bare "<" in running text. Mended, the document is read strictly; where more is wrong, the forgiving
parser still gets the mended text.
"""

from __future__ import annotations

import re
from html.entities import html5

_FAULT = re.compile(
    r"(?P<whole><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))"  # to the end where unclosed: a
    # search that fails there would start again at each of 100,000 openings
    r"|&(?P<name>[A-Za-z][A-Za-z0-9]{1,31});"
    r"|&\#(?:(?P<decimal>\d{1,9})|[xX](?P<hex>[0-9A-Fa-f]{1,8}));"
    r"|(?P<ampersand>&)"
    r"|(?P<less><(?![A-Za-z_/!?]))",
    re.DOTALL,
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside XML 1.0 section 2.2."""
_KNOWN = frozenset({"amp", "lt", "gt", "quot", "apos"})


_DECLARATION = re.compile(r"\A<\?xml\s[^>]{0,300}\?>")
_BLANK = "\ufeff \t\r\n"


def bare(text: str) -> str:
    """`text` without its XML declaration, whose encoding is no longer true of decoded text, and
    without blank lines before it, a fault that no reader minds."""
    return _DECLARATION.sub("", text.lstrip(_BLANK), count=1)


def mended(text: str) -> str:
    """`text` with those faults put right, and everything else as it was."""
    return _FAULT.sub(_mend, allowed(text))


def allowed(text: str) -> str:
    """`text` without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)


def _mend(fault: re.Match[str]) -> str:
    if (name := fault.group("name")) is not None:
        if name in _KNOWN:
            return fault.group()
        meaning = html5.get(f"{name};")
        # Markup characters among them (&lbrace; is none, &LT; is) must stay escaped.
        return f"&amp;{name};" if meaning is None else _escaped(meaning)
    digits, base = fault.group("decimal"), 10
    if digits is None:
        digits, base = fault.group("hex"), 16
    if digits is not None:
        point = int(digits, base)
        return fault.group() if point <= 0x10FFFF and allowed(chr(point)) else ""
    if fault.group("ampersand") is not None:
        return "&amp;"
    if fault.group("less") is not None:
        return "&lt;"
    return fault.group()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
