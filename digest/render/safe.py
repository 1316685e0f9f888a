"""The last guard before the reader's screen: text that cannot act, links that go where they say.

`analyse.clean` has already made plain text of every report. This is done again here because what
reaches a screen should not depend on an earlier room having been careful, and because editions
made by older versions are rendered again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from digest.tags import primary

# Characters that steer the display instead of being shown: C0 and C1 controls but white space,
# the bidi embeddings, overrides, isolates and marks (UAX #9; CVE-2021-42574), zero-width
# characters that join nothing, soft hyphens, fillers that look like nothing, tags and
# interlinear annotation. ZWNJ and ZWJ stay: Persian, Indic scripts and emoji are spelt with them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_STEERING = re.compile(f"{_INVISIBLE.pattern}|[\u200c\u200d\ud800-\udfff]")
_NOT_CHARACTERS = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr((p << 16) + 0xFFFE)}{chr((p << 16) + 0xFFFF)}" for p in range(17))
    + "]"
)
_WHITE = re.compile(r"\s+")
_MARK_RUN = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}"
)
MARKS_KEPT = 3
"""Combining marks in a row that still are a letter: Vietnamese and IPA stack two, rarely three."""

LINK_LIMIT = 2000
"""Longest address that is made a link, in characters; what browsers and mail programs all take."""

_REFUSED_IN_URL = re.compile(r"[\s\\<>\"`\x00-\x20\x7f]")
_AS_IT_IS = re.compile(r"[A-Za-z0-9%/?:@!$&()*+,;=~._#\[\]-]*")
_ORDINARY = re.compile(
    r"https?://(?=[a-z0-9.-]{1,253}(?:/|\Z))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(/[A-Za-z0-9/_.,~-]*)?\Z"
)
"""Addresses that come back as they are; most of those that feeds print."""
_HOST = re.compile(
    r"(?=.{1,253}\.?\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?\Z"
)
_ADDRESS_HOST = re.compile(r"[0-9A-Fa-f:.]+\Z")


def plain(text: str) -> str:
    """`text` on one line, without a character that could steer the terminal or the browser.

    Runs of white space, line ends included, become one space; what is no character becomes U+FFFD.
    The result still has to be escaped for HTML.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _INVISIBLE.sub("", text)
    text = _NOT_CHARACTERS.sub("\ufffd", text)
    text = _MARK_RUN.sub(lambda run: run.group()[:MARKS_KEPT], text)
    return _WHITE.sub(" ", text).strip()


@lru_cache(maxsize=16_384)
def link(url: str) -> str:
    """`url` as it may stand in an href, or "" where it may not.

    Only http and https, with a host, without a user name (`https://bank.example@evil.example`),
    without white space, quotes, backslashes or characters that cannot be seen. The host comes back
    in ASCII (punycode), so that a look-alike letter shows; a host that only looks like ASCII
    ("example。com") is refused. Other non-ASCII is percent-encoded; what grows too long is refused.
    """
    if len(url) <= LINK_LIMIT and _ORDINARY.match(url):
        return url
    if not url or len(url) > LINK_LIMIT or _REFUSED_IN_URL.search(url) or _STEERING.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
            return ""
        ascii_host = host if host.isascii() else _punycode(host)
    except ValueError:  # a port that is no number, a broken IPv6 address, a host that IDNA refuses
        return ""
    if not (_ADDRESS_HOST if ":" in ascii_host else _HOST).match(ascii_host):
        return ""
    netloc = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    if port is not None:
        netloc += f":{port}"
    path, query, fragment = map(_percent, (parts.path, parts.query, parts.fragment))
    made = urlunsplit((parts.scheme.lower(), netloc, path, query, fragment))
    return made if len(made) <= LINK_LIMIT else ""  # Arabic grows sixfold


def _punycode(host: str) -> str:
    coded = host.encode("idna").decode("ascii")
    if not any(label.startswith("xn--") for label in coded.split(".")):
        raise ValueError("ASCII in disguise")
    return coded


def _percent(part: str) -> str:
    return part if _AS_IT_IS.fullmatch(part) else quote(part, safe="%/?:@!$&()*+,;=~-._[]#")


RTL_MARK = "\u200f"
"""Written, but not seen: what stands beside it is read from right to left."""


def right_to_left(language: str) -> bool:
    """Whether `language` (BCP 47) is written from right to left."""
    return primary(language) in _RIGHT_TO_LEFT


_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"}
)


def first_strong_is_rtl(text: str) -> bool:
    """Whether the first letter with a direction runs right to left (UAX #9, rule P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L":
            return False
        if direction in ("R", "AL"):
            return True
    return False
