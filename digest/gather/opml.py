"""OPML 2.0 (http://opml.org/spec2.opml) both ways: lists of feeds as other readers write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from digest.errors import InputError
from digest.gather.address import place
from digest.gather.charset import decode
from digest.gather.mend import allowed, bare
from digest.model import Feed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_BYTES = 20_000_000
_SPACE = re.compile(r"\s+")


def read_opml(data: bytes, name: str) -> list[Feed]:
    """The feeds of an OPML document, folders flattened, each address once, in its order.

    Outlines without a feed's address (folders, notes) and with one that is not http(s) are passed
    over. `name` is the file's, for the message. Raises InputError where it is no OPML, is
    malformed, declares entities, or names no feed.
    """
    from xml.etree.ElementTree import ParseError, XMLParser

    if len(data) > _MAX_BYTES:
        raise InputError(f"larger than {_MAX_BYTES // 1_000_000} MB: no list of feeds", file=name)
    text = bare(decode(data).text)
    if "<!ENTITY" in text:
        raise InputError("it declares XML entities, which no list of feeds needs", file=name)
    parser = XMLParser()  # noqa: S314 - entities are refused above, and expat loads nothing
    try:
        parser.feed(text.encode("utf-8", "replace"))
        root = parser.close()
    except ParseError as error:
        line = error.position[0]
        raise InputError(f"not well-formed XML: {error}", file=name, line=line) from error
    if root.tag.lower() != "opml":
        raise InputError(f"not OPML but <{root.tag[:60]}>", file=name)
    feeds: dict[str, Feed] = {}
    for outline in root.iter("outline"):
        feed = _feed(outline)
        if feed is not None:
            feeds.setdefault(feed.url, feed)
    if not feeds:
        raise InputError("it names no feed: no outline has an xmlUrl with http or https", file=name)
    return list(feeds.values())


def _feed(outline: Element) -> Feed | None:
    given = {key.lower(): _SPACE.sub(" ", value).strip() for key, value in outline.items()}
    url = re.sub(r"^feed:(?://)?(?=https?:)|^feed:(?=//)", "", given.get("xmlurl", ""))
    if url.startswith("//"):
        url = f"http:{url}"
    where = place(url)
    if where is None:
        return None
    site = place(given.get("htmlurl", ""))
    language = re.match(r"[A-Za-z]{2,3}(?=[-_]|$)", given.get("language", ""))
    return Feed(
        name=given.get("title") or given.get("text") or where[0].removeprefix("www."),
        url=url,
        language=language.group().lower() if language is not None else "",
        domains=(site[0].removeprefix("www."),) if site is not None else (),
    )


def write_opml(feeds: Iterable[Feed], title: str) -> bytes:
    """An OPML 2.0 document of `feeds`, in their order; the same feeds give the same bytes."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = allowed(title)
    body = SubElement(root, "body")
    for feed in feeds:
        outline = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url}
        if feed.domains:
            outline["htmlUrl"] = f"https://{feed.domains[0]}/"
        if feed.language:
            outline["language"] = feed.language
        if feed.sections:
            outline["category"] = ",".join(f"/{section}" for section in feed.sections)
        SubElement(body, "outline", {key: allowed(value) for key, value in outline.items()})
    indent(root)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
