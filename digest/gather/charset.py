"""From bytes to text: which character encoding a feed is really in.

Declarations are often wrong (a server's default, a copied XML line), bytes are not: text that is
valid UTF-8 is UTF-8 whatever was declared, as long as the declared one is not a 7-bit or 16-bit
encoding. Otherwise in order: byte order mark, HTTP header (RFC 7303), XML declaration, a guess.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from digest.tags import primary

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SERVER_DEFAULTS = frozenset({"iso8859-1", "ascii", "cp1252"})
"""Python's names of what web servers add by themselves: an XML declaration knows better."""
_NOT_ASCII_BASED = re.compile(r"utf[-_]?(16|32)|iso[-_]?2022|hz|ucs", re.IGNORECASE)
_XML_DECLARATION = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']"
)
_HTML_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE
)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_FEW_BAD = 0.02
"""Share of non-ASCII characters that may be broken in text still taken as UTF-8: one stray
Windows-1252 dash in a UTF-8 feed is common, and every other encoding gives far more."""
_SAMPLE = 200_000
_FALLBACK = {
    "ru": "cp1251", "uk": "cp1251", "bg": "cp1251", "sr": "cp1251", "mk": "cp1251", "be": "cp1251",
    "pl": "cp1250", "cs": "cp1250", "sk": "cp1250", "hu": "cp1250", "hr": "cp1250", "ro": "cp1250",
    "sl": "cp1250", "el": "cp1253", "tr": "cp1254", "az": "cp1254", "he": "cp1255", "ar": "cp1256",
    "fa": "cp1256", "ur": "cp1256", "lt": "cp1257", "lv": "cp1257", "et": "cp1257", "vi": "cp1258",
    "th": "cp874", "ja": "cp932", "ko": "cp949", "zh": "gb18030",
}  # fmt: skip
"""What a language was written in before UTF-8 (WHATWG Encoding, locale defaults)."""


class Text(NamedTuple):
    """Decoded text, the encoding it was in, and one line where that is not what was declared."""

    text: str
    encoding: str
    note: str = ""


def decode(data: bytes, content_type: str = "", language: str = "") -> Text:
    """The text of `data`. Never fails: what no encoding explains becomes U+FFFD, and is noted."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Text(data[len(mark) :].decode(name, "replace"), name)
    sixteen = _without_mark(data)
    if sixteen:
        return Text(data.decode(sixteen, "replace"), sixteen)
    declared = _declared(data, content_type)
    for name in declared:
        if _NOT_ASCII_BASED.match(name) and (text := _strictly(data, name)) is not None:
            return Text(text, name)
    if (text := _strictly(data, "utf-8")) is not None:
        return Text(text, "utf-8", _note("utf-8", declared, text))
    if (mended := _mostly_utf8(data)) is not None:
        return Text(mended, "utf-8", "a few characters are not valid UTF-8")
    for name in declared:
        if (text := _strictly(data, name)) is not None:
            return Text(text, name, _note(name, declared, text))
    guess = _guess(data, language)
    note = f"its character set is not {declared[0]}" if declared else "it declares no character set"
    return Text(data.decode(guess, "replace"), guess, f"{note}; read as {guess}")


def _declared(data: bytes, content_type: str) -> list[str]:
    """Known encodings that header and document name, the more trustworthy first."""
    names = []
    if (header := _HTTP_CHARSET.search(content_type)) is not None:
        names.append(header.group(1))
    start = data[:1024]
    inside = _XML_DECLARATION.search(start) or _HTML_META.search(start)
    if inside is not None:
        names.append(inside.group(1).decode("ascii"))
    known = [name for given in names if (name := _known(given))]
    known.sort(key=lambda name: name in _SERVER_DEFAULTS)
    return list(dict.fromkeys(known))


def _known(name: str) -> str:
    """Python's name of a text encoding that a feed may use, or ""."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if not getattr(info, "_is_text_encoding", True) or info.name in _NEVER:
        return ""
    # Browsers read Latin-1 and ASCII labels as Windows-1252 (WHATWG Encoding), and writers mean it.
    return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name


_NEVER = frozenset(
    {"utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
)


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        if name == "cp1252":
            # Five bytes have no meaning in it; C1 controls they are, and cleaning drops them.
            return None if data.count(0x81) + data.count(0x8D) > 3 else data.decode("latin-1")
        return None


def _without_mark(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by the zero bytes around the first "<" or brace."""
    start = data[:4]
    for name, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        for first in "<{[":
            if start[:width] == first.encode(name) and (width == 4 or b"\0" in start[2:4]):
                return name
    return ""


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few foreign bytes, those read as Windows-1252."""
    text = data.decode("utf-8", "surrogateescape")
    stray = [character for character in text if "\udc80" <= character <= "\udcff"]
    other = sum(character > "\x7f" for character in text) - len(stray)
    if len(stray) > max(2, _FEW_BAD * other) or len(stray) >= other:
        return None
    table = {
        ord(character): bytes([ord(character) - 0xDC00]).decode("cp1252", "replace")
        for character in stray
    }
    return text.translate(table)


def _guess(data: bytes, language: str) -> str:
    name = _FALLBACK.get(primary(language), "")
    if name and _strictly(data, name) is not None:
        return name
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best is not None else "cp1252"


def _note(used: str, declared: list[str], text: str) -> str:
    if not declared or used in declared or text.isascii():
        return ""
    return f"its character set is {used}, not {declared[0]} as declared"
