"""The text of an article page, for feeds that print no more than a line of it (trafilatura)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from digest.gather.charset import decode
from digest.gather.patience import LONGEST, OutOfPatience, patience
from digest.model import Entry

SHORTEST = 200
"""Characters: less is a paywall's or a consent banner's text, not an article's."""


_TRIES = 3
"""Rounds in which a page is asked for: servers fail for an hour, paywalls for good."""
_MOST_TAGS = 30_000
"""Tags of a page that is still read, some 2 s of trafilatura's time; article pages have 1,000 to
8,000, and 250,000 line breaks take it 15 s (November 2026)."""
_SENTENCE = re.compile(r"[.!?…。।؟][\"'”’»)]*\s*$|.{220}")
_MOST_HEADINGS = 5
"""Lines: what goes on longer without a sentence is a list, and the list is the text."""


class Page(NamedTuple):
    """A fetched article page."""

    data: bytes
    content_type: str
    language: str


def version(entry: Entry) -> str:
    """What tells an entry from the others and from itself when it was printed with another headline
    or time, and its page most likely with another text."""
    printed = repr((entry.url, entry.title, entry.published))
    return blake2b(printed.encode(), digest_size=8).hexdigest()


def wanted(entries: Sequence[Entry], pages: Mapping[str, int], *, most: int) -> list[int]:
    """Places of the entries whose pages are worth fetching, newest first, by `FeedState.pages`; of
    an entry that is printed twice the first."""
    first = {version(entry): place for place, entry in reversed([*enumerate(entries)])}
    places = [
        place for one, place in first.items() if entries[place].url and pages.get(one, _TRIES) > 0
    ]
    places.sort(key=lambda place: (_age(entries[place]), place))
    return places[:most]


def still_wanted(
    entries: Sequence[Entry], places: Sequence[int], pages: Mapping[str, int]
) -> dict[str, int]:
    """`pages` after those at `places` were asked for, without what the feed carries no more."""
    left = {one: pages[one] for one in map(version, entries) if one in pages}
    for place in places:
        one = version(entries[place])
        left[one] = 0 if entries[place].full_text else left.get(one, _TRIES) - 1
    return left


def _age(entry: Entry) -> float:
    return -entry.published.timestamp() if entry.published is not None else 0.0


def extract_batch(pages: Sequence[Page]) -> list[str]:
    """`extract` for each: CPU work, for a worker process."""
    return [extract(page) for page in pages]


def extract(page: Page) -> str:
    """The article's paragraphs as plain text, one a line; "" where no article is found."""
    import trafilatura

    text = decode(page.data, page.content_type, page.language).text
    if text.count("<") > _MOST_TAGS:
        return ""
    try:
        with patience(LONGEST):
            found = trafilatura.extract(
                text, fast=True, include_comments=False, include_tables=False, output_format="txt"
            )
    except (Exception, OutOfPatience):
        # trafilatura and lxml raise many kinds on hostile pages; the entry stays as it was.
        return ""
    text = _from_first_sentence(found or "")
    return text if len(text) >= SHORTEST else ""


def _from_first_sentence(text: str) -> str:
    """`text` without the headline, byline and date lines that stand before its first sentence."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _SENTENCE.search(line)), 0)
    return "\n".join(lines[first:] if first < _MOST_HEADINGS else lines)
