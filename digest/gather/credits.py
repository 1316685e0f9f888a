"""Who made which picture (Media RSS, https://www.rssboard.org/media-rss#media-credit).

feedparser lists an entry's pictures and its credits side by side, without saying whose is whose.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LONGEST = 300


def credits_in(text: str) -> dict[str, str]:
    """Address → credit of all that a feed offers, as far as it is well-formed XML.

    A credit is that of the medium it stands in; one beside media is that of all that have none of
    their own.
    """
    from xml.etree.ElementTree import ParseError, XMLPullParser

    parser: XMLPullParser[Element] = XMLPullParser(["start"])
    found: dict[str, str] = {}
    waiting: list[tuple[Element, str]] = []
    with suppress(ParseError):
        parser.feed(text.encode("utf-8", "replace"))
        events: Iterator[Any] = parser.read_events()
        waiting += [(root, "") for _, root in islice(events, 1)]
    while waiting:
        element, around = waiting.pop()
        credit = _credit(element) or around
        address = (element.get("url") or element.get("href") or "").strip()
        if address and credit:
            found.setdefault(address, credit)
        waiting += ((child, credit) for child in reversed(element))
    return found


def _credit(element: Element) -> str:
    """The photographers whom `element` itself credits, or else all whom it does."""
    credited = [child for child in element if child.tag.rpartition("}")[2] == "credit"]
    makers = [child for child in credited if child.get("role") == "photographer"]
    names = (" ".join((child.text or "").split()) for child in makers or credited)
    return ", ".join(dict.fromkeys(name for name in names if name))[:_LONGEST]
