"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1), and JSON described in feeds.yaml.

Described sources (ReliefWeb, CISA's KEV catalogue and their like) say by `JsonPaths` where their
entries and fields are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from digest.dates import Dates
from digest.gather.address import absolute
from digest.gather.feedxml import MAX_FIELD, paragraphs
from digest.gather.parse import Read
from digest.gather.trouble import Trouble
from digest.model import Entry, JsonPaths

if TYPE_CHECKING:
    from digest.gather.parse import Document

_MAX_ENTRIES = 100_000
"""Their reading takes some two seconds."""


def read_json(document: Document, text: str) -> Read:
    """The entries of a JSON Feed, or of a described source where the feed has `paths`."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise Trouble("its JSON is nested too deeply to be read") from error
    except ValueError as error:
        raise Trouble(f"not valid JSON: {error}") from error
    paths = document.feed.paths
    if paths is not None:
        found = list(walk(data, paths.entries))
        if len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        if not found and not _none_today(data, paths.entries):
            raise Trouble(f"its JSON holds nothing at {paths.entries!r}: check paths.entries")
        _bounded(found)
        reader = _Reader(document, document.feed.language)
        entries = [reader.described(one, paths) for one in found]
        if entries and not any(entries):
            raise Trouble(f"no entry of its JSON has a title at {paths.title!r}: check paths")
    else:
        items = data.get("items") if isinstance(data, dict) else None
        if not isinstance(items, list):
            raise Trouble("JSON, but no JSON Feed: describe its entries with paths in feeds.yaml")
        _bounded(items)
        language = data.get("language")
        language = document.feed.language or (language if isinstance(language, str) else "")
        reader = _Reader(document, language)
        entries = [reader.item(one) for one in items]
    return Read([entry for entry in entries if entry is not None], reader.dates.notes())


def _bounded(found: list[Any]) -> None:
    if len(found) > _MAX_ENTRIES:
        raise Trouble(f"more than {_MAX_ENTRIES:,} entries: no feed has as many")


_STEP = re.compile(r"\[\]|[^.\[\]]+")


def walk(data: object, path: str) -> Iterator[Any]:
    """All values at a dotted `path` below `data`; `[]` steps into each element of a list."""
    found: list[Any] = [data]
    for step in _STEP.findall(path):
        following: list[Any] = []
        for value in found:
            if step == "[]":
                following += value if isinstance(value, list) else []
            elif isinstance(value, dict) and step in value:
                following.append(value[step])
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                following.append(value[int(step)])
        found = following
    yield from (value for value in found if value is not None)


def _none_today(data: object, path: str) -> bool:
    """Whether a list on the way is there and empty: an API with a filter has quiet days."""
    steps = (path[: step.start()] for step in re.finditer(r"\[\]|\Z", path))
    return any(value == [] for step in steps for value in walk(data, step))


class _Reader:
    def __init__(self, document: Document, language: str) -> None:
        self._document = document
        self._language = language
        self.dates = Dates(document.now, document.feed.country, language)

    def item(self, raw: object) -> Entry | None:
        """An item of a JSON Feed."""
        if not isinstance(raw, dict):
            return None
        summary = _text(raw.get("summary"))
        content = _plain(raw.get("content_html")) or paragraphs(_plain(raw.get("content_text")))
        title = _text(raw.get("title"))
        if not (title or summary or content):
            return None
        url = self._url(_plain(raw.get("url")))
        people = raw.get("authors") or [raw.get("author")]
        names = [_plain(one.get("name")) for one in people if isinstance(one, dict)]
        tags = raw.get("tags")
        return Entry(
            id=_plain(raw.get("id")) or url,
            url=url or self._url(_plain(raw.get("external_url"))),
            title=title,
            summary=summary,
            content=content,
            author=", ".join(dict.fromkeys(name for name in names if name))[:300],
            published=self._date(raw.get("date_published") or raw.get("date_modified")),
            language=_plain(raw.get("language")) or self._language,
            categories=_words(tags if isinstance(tags, list) else []),
            image=self._url(_plain(raw.get("image"))),
        )

    def described(self, raw: object, paths: JsonPaths) -> Entry | None:
        """An entry of a described source."""
        title = _first(raw, paths.title)
        if not title:
            return None
        url = self._url(_filled(raw, paths.url))
        return Entry(
            id=_first(raw, paths.id) or url,
            url=url,
            title=title,
            summary=_first(raw, paths.text),
            published=self._date(next(walk(raw, paths.date), None) if paths.date else None),
            language=self._language,
        )

    def _url(self, link: str) -> str:
        return absolute(self._document.url, link)

    def _date(self, value: object) -> datetime | None:
        """ISO and other printed dates, and Unix times in seconds or milliseconds."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) > 1e11 else value
            try:
                moment = datetime.fromtimestamp(seconds, UTC)
            except (ValueError, OverflowError, OSError):
                moment = None
            return self.dates.accepted(moment)
        return self.dates.read(value) if isinstance(value, str) else None


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:MAX_FIELD]


def _text(value: object) -> str:
    """Plain text as HTML, and marked as such where it speaks of tags."""
    text = _plain(value)
    return paragraphs(text) if "<" in text else escape(text, quote=False)


def _first(raw: object, path: str | None) -> str:
    """The first printable value at `path`; several values of one path are joined by commas."""
    if not path:
        return ""
    values = [_plain(value) for value in walk(raw, path)]
    return ", ".join(value for value in values[:20] if value)


def _filled(raw: object, template: str) -> str:
    """A path's value, or a template's with its `{path}` parts filled in and quoted for a URL."""
    if "{" not in template:
        return _first(raw, template)
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        found = _first(raw, match.group(1))
        missing = missing or not found
        return quote(found, safe="")

    filled = re.sub(r"\{([^{}]+)\}", value, template)
    return "" if missing else filled


def _words(values: list[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word[:100] for one in values if (word := _plain(one))))[:30]
