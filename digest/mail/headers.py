"""The headers and texts of letters that others wrote. Nothing that stands in one raises."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    HeaderParseError,
)
"""What the standard library's parser raises for letters that trip it: it has its corners."""
MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=$%&!#/*?^{|}~'`-]{1,200}@[A-Za-z0-9.-]{1,253}>")
"""RFC 5322's atoms, as Outlook fills them: such an id may be answered to, and stand in a header."""


def header(message: Message, name: str) -> str:
    """The first header of that name, on one line; "" where there is none."""
    return next(iter(headers(message, name)), "")


def headers(message: Message, name: str) -> list[str]:
    """All headers of that name, each on one line."""
    # Raw, because compat32 makes "?" of what stands there as plain UTF-8 (RFC 6532).
    found = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return [
        " ".join(value.encode("ascii", "surrogateescape").decode("utf-8", "replace").split())[:4000]
        for value in found
    ]


def text_of(part: Message, most: int | None = None) -> str | None:
    """A part's text, of `most` bytes at most, decoded as far as it can be; None for none."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    try:
        return payload[:most].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload[:most].decode("utf-8", "replace")


def decoded(value: str, most: int = 400) -> str:
    """RFC 2047's words decoded where they can be, on one line."""
    try:
        found = decode_header(value)
    except HeaderParseError:  # such as base64 of one letter
        found = [(value, None)]
    pieces = []
    for piece, charset in found:
        if isinstance(piece, bytes):
            try:
                pieces.append(piece.decode(charset or "ascii", "replace"))
            except (LookupError, ValueError):  # "idna" decodes strictly alone
                pieces.append(piece.decode("ascii", "replace"))
        else:
            pieces.append(piece)
    return " ".join("".join(pieces).split())[:most]
