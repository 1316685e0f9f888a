"""A document in, entries out: what kind it is, and who reads it. CPU work, for a worker process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from digest.gather.address import absolute, shown
from digest.gather.charset import decode
from digest.gather.patience import LONGEST, OutOfPatience, patience
from digest.gather.trouble import Trouble, bug, one_line
from digest.model import Entry, Feed


@dataclass(frozen=True, slots=True)
class Document:
    """A fetched body and what is known about it."""

    feed: Feed
    url: str
    """Where it came from, after redirects."""
    content_type: str
    data: bytes
    now: datetime
    max_entries: int
    cut: str = ""
    """Why it is not whole, when it is not."""


class Parsed(NamedTuple):
    """What a document holds. Without `ok`, `problem` says why nothing could be read."""

    ok: bool
    entries: tuple[Entry, ...] = ()
    problem: str = ""
    """With `ok` a warning."""
    children: tuple[str, ...] = ()
    """Addresses of the sitemaps that a sitemap index lists, newest first."""


class Read(NamedTuple):
    """What a reader of one format found, before limits are applied."""

    entries: list[Entry]
    notes: list[str]
    children: tuple[str, ...] = ()


Packed = tuple[bool, list[tuple[object, ...]], str, tuple[str, ...]]
"""A Parsed for the way between processes: entries as bare tuples, which pickle five times faster
than frozen dataclasses do (0.15 s for 20,000 of them)."""
_fields = attrgetter(*(field.name for field in fields(Entry)))


def parse_batch(documents: Sequence[Document]) -> list[Packed]:
    """`parse` for each, packed: one trip to a worker process for many small feeds."""
    return [
        (one.ok, [_fields(entry) for entry in one.entries], one.problem, one.children)
        for one in map(parse, documents)
    ]


def unpacked(packed: Packed) -> Parsed:
    ok, entries, problem, children = packed
    return Parsed(ok, tuple(Entry(*values) for values in entries), problem, children)  # type: ignore[arg-type]


def parse(document: Document) -> Parsed:
    """The entries of a document. What is wrong with it, or with the reading of it, is a line in the
    result, never an error."""
    try:
        with patience(LONGEST):
            read = _read(document)
    except OutOfPatience:
        slow = f"reading it took longer than {LONGEST:.0f} seconds and was given up"
        return Parsed(False, problem=_joined([document.cut, slow]))
    except Trouble as trouble:
        return Parsed(False, problem=_joined([document.cut, trouble.line]))
    except Exception as error:
        return Parsed(False, problem=_joined([document.cut, bug(error, document.url)]))
    entries, capped = _capped(read.entries, document.max_entries)
    notes = [document.cut, *read.notes]
    if capped:
        notes.append(f"entries beyond the newest {document.max_entries:,} left out: {capped:,}")
    if not entries and not read.children:
        notes.append("it holds no entries")
    return Parsed(True, tuple(entries), _joined(notes), read.children)


def _joined(notes: Sequence[str]) -> str:
    return one_line("; ".join(note for note in notes if note))


def _capped(entries: list[Entry], most: int) -> tuple[list[Entry], int]:
    """The `most` newest, in the feed's order; the first ones where some have no date."""
    if len(entries) <= most:
        return entries, 0
    over = len(entries) - most
    dated = [(entry.published, -place) for place, entry in enumerate(entries) if entry.published]
    if len(dated) < len(entries):
        return entries[:most], over
    kept = {-place for _, place in sorted(dated, reverse=True)[:most]}
    return [entry for place, entry in enumerate(entries) if place in kept], over


_PROLOG = re.compile(
    r"(?:[\s\ufeff]++|<\?.*?\?>|<!--.*?-->|<!doctype(?:[^\[>\"']++|\"[^\"]*+\"|'[^']*+')*+"
    r"(?:\[(?:[^\]\"'<]++|\"[^\"]*+\"|'[^']*+'|<!--.*?-->|<\?.*?\?>|<(?!!--|\?))*+\]\s*+)?>)*+",
    re.S | re.I,
)
"""What may stand before the root element (XML 1.0 section 2.8). It gives nothing back (`++`), so
that the end of what was left open is sought once, not from each of 100,000 openings."""
_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z][\w-]*)")
_HEAD = 20_000
"""Characters of prolog searched for the root element."""
_BINARY = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF file"), (b"PK\x03\x04", "a ZIP archive"), (b"RIFF", "a media file"),
)  # fmt: skip


def _read(document: Document) -> Read:
    data = document.data
    if not data.strip():
        raise Trouble("an empty answer (0 bytes)" if not data else "an empty answer")
    for magic, what in _BINARY:
        if data.startswith(magic):
            raise Trouble(f"not a feed but {what}")
    text, _, note = decode(data, document.content_type, document.feed.language)
    if text.count("\0", 0, 4096) or text.count("�", 0, 4096) > 400:
        raise Trouble("not a feed but binary data")
    text, bomb = _without_entities(text)
    read = _by_kind(document, text)
    return read._replace(notes=[note, bomb, *read.notes])


def _prolog(text: str) -> str:
    found = _PROLOG.match(text)
    return found.group() if found is not None else ""


def _without_entities(text: str) -> tuple[str, str]:
    """`text` without its prolog where that declares entities, and a note: none is ever expanded.

    Elsewhere, in an article on XML say, a declaration means nothing.
    """
    prolog = _prolog(text)
    if "<!entity" not in prolog.lower():
        return text, ""
    return text[len(prolog) :], "its DTD declares entities, which are not expanded"


def _by_kind(document: Document, text: str) -> Read:
    rest = text[len(_prolog(text[:_HEAD])) :][:200]
    if rest[:1] in ("{", "["):
        from digest.gather.jsonfeed import read_json

        return read_json(document, text)
    tag = _TAG.match(rest)
    root = tag.group(1).lower() if tag is not None else ""
    if document.feed.format == "json":
        raise Trouble(f"not JSON but {'an HTML page' if root == 'html' else 'something else'}")
    if root in ("urlset", "sitemapindex"):
        from digest.gather.sitemap import read_sitemap

        return read_sitemap(document, text)
    if root in ("html", "head", "body") or re.match(r"<!doctype\s+html", rest, re.IGNORECASE):
        raise Trouble(_html_line(document, text))
    if not tag:
        what = "plain text" if document.content_type.startswith("text/plain") else "something else"
        raise Trouble(f"not a feed but {what} that begins {rest[:40].strip()!r}")
    from digest.gather.feedxml import read_feed

    return read_feed(document, text, root)


_LINK = re.compile(r"<link\b[^>]{0,500}>", re.IGNORECASE)
_FEED_TYPE = re.compile(
    r"type\s*=\s*[\"']?application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE
)
_HREF = re.compile(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)


def _html_line(document: Document, text: str) -> str:
    """An HTML page where a feed should be: name the page and the feed that it links to."""
    head = text[:200_000]
    title = _TITLE.search(head)
    named = f" ({title.group(1).strip()[:60]!r})" if title is not None else ""
    for link in _LINK.findall(head):
        href = _HREF.search(link)
        if href is None or _FEED_TYPE.search(link) is None:
            continue
        target = absolute(document.url, next(filter(None, href.groups()), ""))
        if target and target != document.url:
            return f"an HTML page{named}, not a feed; the page names this feed: {shown(target)}"
    return f"an HTML page{named}, not a feed: check the address"
