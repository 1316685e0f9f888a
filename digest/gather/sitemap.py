"""News sitemaps (sitemap-news 0.9): several agencies publish these and no feed.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap and
https://www.sitemaps.org/protocol.html. A sitemap index is followed one level down.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest.dates import EARLIEST, Dates, read_date
from digest.gather.address import absolute, place
from digest.gather.feedxml import MAX_FIELD, fault
from digest.gather.mend import bare
from digest.gather.parse import Read
from digest.gather.trouble import Trouble
from digest.model import Entry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from digest.gather.parse import Document

_MAX_CHILDREN = 5
"""Sitemaps of an index that are fetched: a news sitemap holds two days, the newest suffice."""


def read_sitemap(document: Document, text: str) -> Read:
    """The news of a sitemap, newest first; or the children of a sitemap index.

    An empty one is a quiet weekend's: a news sitemap holds two days. Raises Trouble where it holds
    addresses and no news, or more than a feed may hold.
    """
    text = bare(text)
    malformed = fault(text)
    notes = [f"malformed XML, read up to there ({malformed})"] if malformed else []
    entries: list[Entry] = []
    children: list[tuple[datetime, str]] = []
    elements = untitled = 0
    dates = Dates(document.now, document.feed.country, document.feed.language)
    for element in _elements(text):
        elements += 1
        fields = _fields(element)
        url = absolute(document.url, fields.get("loc", ""))
        if not url:
            continue
        if _name(element) == "sitemap":
            moment = read_date(fields.get("lastmod", ""), document.now) or EARLIEST
            children.append((moment, url))
            continue
        title = fields.get("title", "")
        if not title:
            untitled += 1
            continue
        published = dates.read(fields.get("publication_date", "") or fields.get("lastmod", ""))
        keywords = (word.strip() for word in fields.get("keywords", "").split(","))
        entries.append(
            Entry(
                id=url,
                url=url,
                title=title[:MAX_FIELD],
                published=published,
                language=fields.get("language", "") or document.feed.language,
                source_name=fields.get("name", ""),
                categories=tuple(dict.fromkeys(word for word in keywords if word))[:30],
                image=image if place(image := fields.get("image", "")) is not None else "",
            )
        )
    if children and not entries:
        children.sort(key=lambda child: child[0], reverse=True)
        return Read([], notes, tuple(url for _, url in children[:_MAX_CHILDREN]))
    if not entries and (elements or malformed):
        raise Trouble(
            "a sitemap without news titles: give the address of the outlet's news sitemap"
            if untitled
            else "; ".join([*notes, "a sitemap without addresses"])
        )
    entries.sort(key=lambda entry: entry.published or EARLIEST, reverse=True)
    return Read(entries, notes + dates.notes())


def _elements(text: str) -> Iterator[Element]:
    """Each `<url>` or `<sitemap>`, as far as the document is well-formed.

    What was read of one is not read again in another that it stands in.
    """
    from xml.etree.ElementTree import ParseError, XMLPullParser

    parser: XMLPullParser[Element] = XMLPullParser(["end"])
    events: Iterator[Any] = parser.read_events()
    with suppress(ParseError):
        parser.feed(text.encode("utf-8", "replace"))
        for _, element in events:  # an error stands in the queue behind the elements before it
            if _name(element) in ("url", "sitemap"):
                yield element
                element.clear()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _fields(element: Element) -> dict[str, str]:
    """Local name → text of all below `element`, but for what is said of its images and videos;
    `image` is the first image's address."""
    fields: dict[str, str] = {}
    for parent in element.iter():
        for child in parent:
            text = (child.text or "").strip()
            name, whose = _name(child), _name(parent)
            if whose in ("image", "video"):
                name = "image" if (whose, name) == ("image", "loc") else f"{whose} {name}"
            if text and name not in fields:
                fields[name] = text
    return fields
