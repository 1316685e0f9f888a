"""Setting text in columns of a terminal: how wide a character is, and where a line may break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

COLUMNS = 72
"""RFC 3676 asks for at most 78; 72 leaves room for a few levels of quoting in replies."""


def width(text: str) -> int:
    """Columns that `text` takes: 2 for East Asian wide and emoji, 0 for marks (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, *, columns: int = COLUMNS, first: str = "", rest: str | None = None) -> str:
    """`text` filled into lines of at most `columns`; `first` and `rest` are the indents.

    Breaks stand at spaces and between wide characters. An address is never broken: one that is too
    long keeps a line for itself. Any other word longer than a line is cut.
    """
    rest = first if rest is None else rest
    lines: list[str] = []
    line, used = first, width(first)
    empty = True
    for word, glued in _words(text, columns - max(width(first), width(rest))):
        space = 0 if empty or glued else 1
        if not empty and used + space + width(word) > columns:
            lines.append(line)
            line, used, space = rest, width(rest), 0
        line += " " * space + word
        used += space + width(word)
        empty = False
    lines.append(line)
    return "\n".join(lines)


_ADDRESS = re.compile(r"https?://\S+")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
"""Where lines may break: no-break spaces are none of them, though Python's split takes them so."""


def _words(text: str, room: int) -> Iterator[tuple[str, bool]]:
    """(piece, whether it follows the one before without a space)."""
    for word in _SPACES.split(text.strip()):
        if word.isascii() and (len(word) <= room or _ADDRESS.fullmatch(word)):
            yield word, False
            continue
        for number, piece in enumerate(_pieces(word, room)):
            yield piece, number > 0


# No line begins with these and none ends with those (a small part of UAX #14 and JIS X 4051).
_NOT_FIRST = frozenset("、。，．・：；？！）］｝」』】〉》〕ー々〜,.;:!?)]}»”’%")
_NOT_LAST = frozenset("（［｛「『【〈《〔([{«“‘")


def _pieces(word: str, room: int) -> Iterator[str]:
    piece, used = "", 0
    last = ""  # of the piece, but for marks and other signs without a width
    for character in word:
        size = _width(character)
        may_break = (
            last
            and size > 0
            and (_width(last) == 2 or size == 2)
            and character not in _NOT_FIRST
            and last not in _NOT_LAST
        )
        if may_break or (piece and size and used + size > room):
            yield piece
            piece, used, last = "", 0, ""
        piece += character
        used += size
        if size:
            last = character
    if piece:
        yield piece


def pad(text: str, columns: int) -> str:
    """`text` followed by as many spaces as make it `columns` wide; longer text stays as it is."""
    return text + " " * (columns - width(text))
