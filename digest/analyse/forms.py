"""What form a report has: news, comment on it, a running page, or a round-up of everything.

A round-up ("Morning news brief") is about many events and belongs to none; comment and pages of
pictures ride on an event but are not its news, so they neither lead a story nor carry it.
"""

from __future__ import annotations

import re

_ROUND_UP = re.compile(
    r"^(?:the )?(?:morning|evening|daily|weekly|weekend|nightly) (?:news )?"
    r"(?:brief(?:ing)?|bulletin|digest|round-?up|rundown|headlines)\b"
    r"|\b(?:news round-?up|week in (?:pictures|review|photos)|photos? of the (?:day|week)|"
    r"top photos of the day|what to (?:watch|stream|read) (?:this|next)|today in history|"
    r"news quiz)\b"
    r"|^latest (?:\w+ ){1,2}news\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^(?:opinion|comment|analysis|editorial|column|perspective|explainer|fact focus|podcast|"
    r"listen|photos?|in pictures|video|watch|map|maps|quiz|letters?|review|meinung|kommentar|"
    r"opini[oó]n|tribune|analyse|analisi|commento)\s*[|:–—-]"
    r"|^(?:how|why|inside)\b",
    re.IGNORECASE,
)
_COMMENT_PAGES = re.compile(
    r"//[^/?#]+/(?:[^?#]*/)?(?:opinions?|commentisfree|commentary|editorials?|op-?eds?|columnists?|"
    r"meinung|kommentare?|podcasts?|quotable|tribunes?)/",
    re.IGNORECASE,
)
_RUNNING = re.compile(r"^live\b|\blive updates?\b|\blive blog\b|^the latest\b", re.IGNORECASE)


def is_round_up(title: str) -> bool:
    """Whether a report covers many events at once."""
    return bool(_ROUND_UP.search(title.strip()))


def is_comment(title: str, url: str = "") -> bool:
    """Whether a report comments on or illustrates an event instead of reporting it, by its title or
    the part of the site it stands in."""
    return bool(_COMMENT.search(title.strip()) or _COMMENT_PAGES.search(url))


def stands_back(title: str, url: str = "") -> float:
    """How far a report should stand back from leading its story: 0 for plain news."""
    if is_round_up(title) or is_comment(title, url):
        return 0.3
    if _RUNNING.search(title):
        return 0.15
    return 0.1 if title.rstrip().endswith("?") else 0.0
