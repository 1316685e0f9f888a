"""From whatever a feed prints to plain text: markup off, entities right, nothing invisible left.

The last step before anything is stored. What comes out holds no tag and no entity that a second
pass would still take away, so cleaning cleaned text changes nothing (property-tested).
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nh3 import Cleaner

MAX_TEXT = 40_000
"""Characters of a report's text that are kept: the longest of 3,738 real and labelled reports of
2025–26 has 25,602; what is longer is a transcript or a list."""
MAX_TITLE = 400
_MAX_MARKUP = 400_000
"""Characters of markup that are read for it."""
_MAX_TAGS = 6_000
"""Tags that are read: html5ever's time grows with the square of nested ones (80,000: 49 s)."""
_MAX_MARKS = 6
"""Combining marks on one letter: Vietnamese has two, pointed Hebrew four. More is a scribble
over the neighbouring lines, and Python's NFC takes minutes for a long run of them."""


def _names(printed: str) -> frozenset[str]:
    return frozenset(printed.split())


_BLOCKS = _names(
    "address article blockquote br center dd dir div dl dt fieldset h1 h2 h3 h4 h5 h6 header hr li "
    "main menu ol p pre section summary details table tbody td tfoot th thead tr ul"
)
_INLINE = _names(
    "a abbr acronym b bdi bdo big caption cite code col colgroup del dfn em font i img ins kbd "
    "mark q s samp small span strike strong sub sup time tt u var wbr picture source hgroup label "
    "body html meta link input area map track embed param amp-img amp-iframe"
)
_CONTENT_GOES = _names(
    "script style noscript iframe object svg math template head title form button select textarea "
    "nav aside figure figcaption video audio canvas footer"
)
"""Elements that go with all they hold: code, controls, captions; none is a report's text."""

_KNOWN = "|".join(sorted(_BLOCKS | _INLINE | _CONTENT_GOES, key=lambda tag: (-len(tag), tag)))
_TAG = re.compile(rf"</?(?:{_KNOWN})(?=[\s/>])[^<>]*>|<!--", re.IGNORECASE)
"""Only what HTML knows counts as markup: "<redacted>", "a < b" and "x <y" are text."""
_STRAY = re.compile(rf"<(?!/?(?:{_KNOWN})(?=[\s/>])|!--)", re.IGNORECASE)
_GOES = re.compile(
    rf"<(?P<end>/?)(?P<name>{'|'.join(sorted(_CONTENT_GOES))})(?=[\s/>])(?P<more>[^<>]*)>",
    re.IGNORECASE,
)
"""Tags with which what they hold goes, or all behind them where they are only spoken of."""
_APART = re.compile(r"[^\s(\[{\"'“‘«„]")
"""What a name must not follow at once: a "<", however it is written, would make it a tag again."""
_BLOCK = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})>")
_ANY = re.compile(r"</?[a-z][a-z0-9-]*>")
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});|&(?:amp|nbsp|lt|gt|quot)(?![\w=])"
)
_CUT_TAG = re.compile(r"<[a-z!/][^<>]{0,2000}$", re.IGNORECASE)

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls (tab, line ends and NEL are white space)
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # soft hyphen, joiners, fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width space, bidi marks and overrides
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff"  # lone surrogates (JSON can smuggle them in): not encodable
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # tags: unseen instructions
)
"""Kept: U+200C and U+200D, which Persian, the Indic scripts and emoji need."""
_SPACE = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")


def to_text(printed: str, *, lines: bool = False) -> str:
    """`printed` (HTML, escaped once or twice, or plain) as plain text, one paragraph a line.

    `lines`: in text without block elements each line end parts paragraphs (files of items, pages'
    extracted text); otherwise only an empty line does, as in HTML's source.
    """
    text = printed[:_MAX_MARKUP]
    marked_up = False
    for _ in range(5):  # each pass undoes one level of escaping; nobody means more
        if not text.isprintable():
            text = _INVISIBLE.sub("", text)  # first: "<\x1bscript>" must not become a tag later
        if "<" in text and _TAG.search(text) is not None:
            text = _without_tags(text, lines, elements=not marked_up)
            marked_up = True
            lines = lines or "\n" in text
        elif "&" in text and _ENTITY.search(text) is not None:
            text = html.unescape(text)
        else:
            break
    else:
        text = _TAG.sub(" ", text)
    return normal(text, lines=lines)


def normal(text: str, *, lines: bool = False) -> str:
    """Plain text in Unicode's composed form (NFC), white space single, nothing invisible."""
    if not text.isascii():
        text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
        text = _marks().sub(r"\1", text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    elif not text.isprintable():
        text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    if "\n" not in text:
        return _SPACE.sub(" ", text).strip()
    if not lines:
        text = _EMPTY_LINE.sub("\x00", text).replace("\n", " ").replace("\x00", "\n")
    parts = (_SPACE.sub(" ", part).strip() for part in text.split("\n"))
    return "\n".join(part for part in parts if part)


def one_line(printed: str) -> str:
    """As `to_text`, on a single line: titles, names, captions."""
    text = to_text(printed)
    return " ".join(text.split("\n")) if "\n" in text else text


def capped(text: str, most: int) -> str:
    """`text` cut after its last whole line, sentence or word within `most` characters."""
    if len(text) <= most:
        return text
    head = text[: most + 1]
    for end in (head.rfind("\n"), head.rfind(". ") + 1, head.rfind(" ")):
        if end >= most // 2:
            return head[:end].rstrip()
    return text[:most].rstrip()


@lru_cache(maxsize=1)
def _marks() -> re.Pattern[str]:
    """More combining marks in a row than letters carry; group 1 is what may stay."""
    points = [point for point in range(0x300, 0x1F000) if unicodedata.combining(chr(point))]
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    inside = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return re.compile(rf"([{inside}]{{{_MAX_MARKS}}})[{inside}]+")


def _without_mentions(text: str, *, elements: bool) -> str:
    """`text` without the tags that it only speaks of ("the <script> tag"), but with their names.

    `elements`: what has an end is an element and stays, to go with all it holds; otherwise the
    markup is off already, so what was escaped in it was text, and its tags alone go.
    """
    open_tags: dict[str, list[int]] = {}
    paired: set[int] = set()
    for tag in _GOES.finditer(text):
        begun = open_tags.setdefault(tag["name"].lower(), [])
        if not tag["end"]:
            begun.append(tag.start())
        elif begun:
            paired |= {begun.pop(), tag.start()}

    def instead(tag: re.Match[str]) -> str:
        if tag.start() in paired:
            return tag[0] if elements else " "
        if tag["end"] or tag["more"].strip(" /"):
            return " "
        before = " " if _APART.match(text, max(tag.start() - 1, 0), tag.start()) else ""
        behind = " " if text[tag.end() : tag.end() + 1].isalnum() else ""
        return f"{before}{tag['name']}{behind}"

    kept = _GOES.sub(instead, text)
    end = kept.rfind("-->") + 3 if "-->" in kept else 0
    return kept[:end] + kept[end:].replace("<!--", " ")


def _without_tags(text: str, lines: bool, *, elements: bool) -> str:
    if text.count("<") > _MAX_TAGS:
        text = "<".join(text.split("<", _MAX_TAGS)[:_MAX_TAGS])
    if len(text) == _MAX_MARKUP:
        text = _CUT_TAG.sub("", text)
    text = _without_mentions(text, elements=elements)
    cleaned: str = _cleaner().clean(_STRAY.sub("&lt;", text))
    if _BLOCK.search(cleaned) is not None:
        if not lines:
            cleaned = cleaned.replace("\r", " ").replace("\n", " ")
        cleaned = _BLOCK.sub("\n", cleaned)
    elif not lines:
        cleaned = _EMPTY_LINE.sub("\x00", cleaned.replace("\r\n", "\n"))
        cleaned = cleaned.replace("\n", " ").replace("\x00", "\n")
    return html.unescape(_ANY.sub("", cleaned))


@lru_cache(maxsize=1)
def _cleaner() -> Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=set(_BLOCKS), clean_content_tags=set(_CONTENT_GOES), attributes={}, link_rel=None
    )
