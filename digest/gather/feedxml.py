"""RSS 0.9x–2.0, RDF and Atom, read by feedparser and brought into entries.

feedparser's own sanitiser and link resolver are off (they take two thirds of its time, and
`analyse.clean` must do that work anyway); its dates are read by `dates`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from digest.dates import Dates
from digest.gather.address import absolute, place
from digest.gather.credits import credits_in
from digest.gather.mend import bare, mended
from digest.gather.parse import Read
from digest.gather.trouble import Trouble
from digest.model import Entry

if TYPE_CHECKING:
    from digest.gather.parse import Document

MAX_FIELD = 400_000
"""Characters of one field: the longest articles have 60,000."""
_LONGEST_BYLINE = 300
_MAX_MALFORMED = 2_000_000
"""Characters of a document that is not well-formed: feedparser's forgiving parser reads about
0.4 MB a second, and a hostile feed must not hold a worker for minutes."""
_COUNTED_FROM = 100_000
"""Characters above which a document's elements are counted first; below, nothing takes a second."""
_MAX_ELEMENTS = 200_000
"""Some 6 s of feedparser's time; the largest real feed seen (2,000 entries) has 30,000."""
_MAX_DEPTH = 250
_MAX_ATTRIBUTES = 250
_MAX_NAMESPACES = 2_000
_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "item", "entry"})
_DATE_FIELDS = ("published", "updated", "created")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#]|$)")
"""Addresses that need no closer look: nearly all."""
_MARKUP = re.compile(r"</(?:p|div|span|a|b|i|em|strong|li|h[1-6])\s*>|<(?:br|p)\b", re.IGNORECASE)
"""HTML in a field that says it is text: Atom's generators forget its type."""
_END_TAG = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)


def read_feed(document: Document, text: str, root: str) -> Read:
    """The entries of an XML feed. Raises Trouble where it holds nothing that can be read."""
    notes: list[str] = []
    text = bare(text)
    malformed = fault(text)
    if malformed:
        text = mended(text)
        if not fault(text):
            notes.append(f"malformed XML, mended ({malformed})")
            malformed = ""
        elif len(text) > _MAX_MALFORMED:
            raise Trouble(f"malformed XML ({malformed}), and too large to be mended")
    result = _feedparser(text, document.url if root == "feed" else "")
    channel = result["feed"]
    raw = result["entries"]
    if not raw and (malformed or root not in _ROOTS):
        what = f"malformed XML ({malformed})" if malformed else f"XML, but no feed: <{root}>"
        raise Trouble(f"no entries could be read: {what}")
    if malformed:
        whole = len(_END_TAG.findall(text))
        if f"</{root}" not in text[-5000:].lower() and 0 <= whole < len(raw):
            raw = raw[:whole]  # the last one was cut through
            notes.append(f"it breaks off; whole entries used: {whole}")
        else:
            notes.append(f"malformed XML, read as far as possible ({malformed})")
    credits = credits_in(text) if any("media_credit" in one for one in raw) else {}
    reader = _Reader(document, channel, credits, atom=root == "feed")
    entries = [reader.entry(one) for one in raw]
    return Read([entry for entry in entries if entry is not None], notes + reader.notes())


def paragraphs(text: str) -> str:
    """Plain text as HTML, its empty lines as paragraphs."""
    return "".join(
        f"<p>{escape(part, quote=False)}</p>" for part in re.split(r"\n\s*\n", text) if part
    )


def fault(text: str) -> str:
    """What keeps `text` from being well-formed XML, in a few words; "" if it is.

    A first pass with bare expat: fast (100 MB/s), and it says what a reader will meet. Raises
    Trouble where reading on would take minutes: feedparser's time grows with the square of the
    attributes of one element and of the namespaces declared.
    """
    from xml.parsers import expat

    if text.count("xmlns") > _MAX_NAMESPACES:
        raise Trouble(f"more than {_MAX_NAMESPACES:,} namespaces declared: no feed has as many")
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    elements = depth = 0

    def start(_: str, attributes: dict[str, str]) -> None:
        nonlocal elements, depth
        elements += 1
        depth += 1
        if elements > _MAX_ELEMENTS or depth > _MAX_DEPTH or len(attributes) > _MAX_ATTRIBUTES:
            raise Trouble(
                f"more than {_MAX_ELEMENTS:,} elements, {_MAX_DEPTH} levels or "
                f"{_MAX_ATTRIBUTES} attributes: no feed has as many"
            )

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    if len(text) > _COUNTED_FROM:
        parser.StartElementHandler = start
        parser.EndElementHandler = end
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        return str(error)
    return ""


@cache
def _parser() -> Any:  # noqa: ANN401  (feedparser has no types)
    """feedparser, which leaves long bylines whole: it seeks an address in each by a pattern whose
    time grows with the square of its length, minutes for 100,000 letters."""
    import feedparser
    from feedparser.mixin import _FeedParserMixin as Mixin

    take_apart = Mixin._sync_author_detail

    def short_ones(self: Any, key: str = "author") -> None:  # noqa: ANN401
        if len(self._get_context().get(key) or "") <= _LONGEST_BYLINE:
            take_apart(self, key)

    Mixin._sync_author_detail = short_ones
    return feedparser


def _feedparser(text: str, base: str) -> dict[str, Any]:
    try:
        result: dict[str, Any] = _parser().parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": base,
            },
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # feedparser promises no exceptions, and raises many kinds on hostile input (ValueError of
        # urllib, AssertionError of its SGML parser, RecursionError): all are the feed's fault.
        raise Trouble(f"feedparser could not read it ({type(error).__name__}: {error})") from error
    return result


class _Reader:
    """Brings feedparser's entries into ours, and counts what was odd."""

    def __init__(
        self,
        document: Document,
        channel: dict[str, Any],
        credits: Mapping[str, str],
        *,
        atom: bool,
    ) -> None:
        self._feed = document.feed
        self._atom = atom
        self._credits = credits
        link = _str(dict.get(channel, "link"))
        # RSS does not say what relative links are relative to: the site that the channel names is
        # what writers mean. Atom does (xml:base, else the document), and feedparser follows it.
        self._base = link if not atom and place(link) is not None else document.url
        self._language = document.feed.language or _str(dict.get(channel, "language"))
        self._dates = Dates(document.now, self._feed.country, self._language)
        self._cut = 0

    def notes(self) -> list[str]:
        found = self._dates.notes()
        if self._cut:
            found.append(f"fields cut at {MAX_FIELD:,} characters: {self._cut}")
        return found

    def entry(self, raw: dict[str, Any]) -> Entry | None:
        get = dict.get
        link = self._url(_str(get(raw, "feedburner_origlink")) or _str(get(raw, "link")))
        guid = _str(get(raw, "id"))
        if not link and place(guid) is not None:
            link = guid
        title = self._text(self._printed(get(raw, "title"), get(raw, "title_detail")))
        summary = self._text(self._printed(get(raw, "summary"), get(raw, "summary_detail")))
        bodies = [self._printed(body.get("value"), body) for body in _dicts(get(raw, "content"))]
        content = self._text(max(bodies, key=len, default=""))
        if not (title or summary or content):
            return None
        source = _dict(get(raw, "source"))
        image = _image(raw)
        return Entry(
            id=guid or link,
            url=link,
            title=title,
            summary=summary,
            content="" if content == summary else content,
            author=_author(raw),
            published=self._dates.read(_printed_date(raw)),
            language=self._own_language(raw),
            source_name=_str(dict.get(source, "title")),
            categories=_categories(raw),
            image=self._url(image),
            credit=self._credits.get(image, ""),
        )

    def _own_language(self, raw: dict[str, Any]) -> str:
        """dc:language of the entry; what the operator says; xml:lang around it; the channel's."""
        detail = _dict(dict.get(raw, "title_detail"))
        return (
            _str(dict.get(raw, "language"))
            or self._feed.language
            or _str(detail.get("language"))
            or self._language
        )

    def _printed(self, value: object, detail: object) -> str:
        """A field as HTML. RSS does not say what its fields are; Atom does (RFC 4287 section 3.1).

        feedparser takes it for text where no type is given, as the standard does.
        """
        text = _str(value)
        plain = self._atom and _dict(detail).get("type") == "text/plain"
        return paragraphs(text) if plain and "<" in text and not _MARKUP.search(text) else text

    def _text(self, text: str) -> str:
        if len(text) > MAX_FIELD:
            self._cut += 1
            return text[:MAX_FIELD]
        return text

    def _url(self, link: str) -> str:
        """`link` absolute and http(s), or ""."""
        return link if _PLAIN_URL.match(link) is not None else absolute(self._base, link)


# An entry's element of a name that feedparser uses itself (<links>, <authors>) stands in its place,
# as a text or as a dict of attributes.


def _str(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _printed_date(raw: dict[str, Any]) -> str:
    return next((value for name in _DATE_FIELDS if (value := _str(dict.get(raw, name)))), "")


_MAIL = re.compile(r"(?<!\S)\S+@\S+")


def _author(raw: dict[str, Any]) -> str:
    """The bylines' names, without mail addresses: "desk@paper.example (Ada Quill)" is Ada Quill.

    A single author with an address is read here: feedparser knows only short top-level domains and
    leaves the rest of the address in the name.
    """
    printed = _str(dict.get(raw, "author"))
    names = [_str(person.get("name")) for person in _dicts(dict.get(raw, "authors"))]
    if ("@" in printed and len(names) < 2) or not any(names):
        names = [_MAIL.sub(" ", printed)]
    clean = (name.strip(" ()<>,;") for name in names)
    return ", ".join(dict.fromkeys(name for name in clean if name))[:_LONGEST_BYLINE]


def _categories(raw: dict[str, Any]) -> tuple[str, ...]:
    tags = _dicts(dict.get(raw, "tags"))
    terms = (_str(tag.get("label")) or _str(tag.get("term")) for tag in tags)
    return tuple(dict.fromkeys(term[:100] for term in terms if term))[:30]


def _image(raw: dict[str, Any]) -> str:
    """The largest picture that the entry offers as one: media:content, enclosure, thumbnail."""
    found = []
    for media in _dicts(dict.get(raw, "media_content")):
        kind = _str(media.get("medium")) or _str(media.get("type")).partition("/")[0]
        if kind == "image" or (
            not kind and re.search(r"\.(jpe?g|png|webp)\b", _str(media.get("url")))
        ):
            found.append((_number(media.get("width")), _str(media.get("url"))))
    for link in _dicts(dict.get(raw, "links")):
        if link.get("rel") == "enclosure" and _str(link.get("type")).startswith("image/"):
            found.append((0, _str(link.get("href"))))
    if not found:
        thumbnails = _dicts(dict.get(raw, "media_thumbnail"))
        found = [(_number(one.get("width")), _str(one.get("url"))) for one in thumbnails]
    return max(found, key=lambda one: one[0], default=(0, ""))[1]


def _number(value: object) -> int:
    text = _str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
