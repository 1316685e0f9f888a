"""Entries and records in, items out: plain text, one identity, honest dates.

`items_from` takes what a feed gave, `item_from_record` a line of an items file; both end in the
same tidying, which changes nothing that it has tidied before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from digest.analyse.boilerplate import without_tails, without_title
from digest.analyse.identity import canonical, item_id, shared_addresses
from digest.analyse.markup import MAX_TEXT, MAX_TITLE, capped, normal, one_line, to_text
from digest.dates import read_date
from digest.model import Dropped, Entry, Feed, Fetched, Item
from digest.tags import primary

_WRAPPERS = frozenset({"news.google.com"})
"""Hosts whose links wrap other publishers' reports, whatever the feed's settings say."""
_MAX_URL = 4000
_TITLE_FROM_TEXT = 120


# --- From a feed ---------------------------------------------------------------------------


def items_from(fetched: Fetched, now: datetime) -> tuple[list[Item], list[Dropped]]:
    """A feed's entries as items, in the feed's order, and those that cannot be used.

    Entries on one article (same id) become one item, the version published last. `now` becomes
    `first_seen`. A feed that brought no entries gives two empty lists.
    """
    items: dict[str, Item] = {}
    dropped: list[Dropped] = []
    shared = {
        canonical(url)
        for url in shared_addresses(
            (e.url, e.id, e.title) for e in fetched.entries if e.url and e.id != e.url
        )
    }
    for entry in fetched.entries:
        item = _item(entry, fetched.feed, now, by_guid=canonical(entry.url) in shared)
        if isinstance(item, Dropped):
            dropped.append(item)
        elif item.id not in items or _later(item, items[item.id]):
            items[item.id] = item
    return list(items.values()), dropped


def _later(item: Item, kept: Item) -> bool:
    """Whether `item` is the newer version; of equals the first is kept, feeds print it on top."""
    return item.date is not None and (kept.date is None or item.date > kept.date)


def _item(entry: Entry, feed: Feed, now: datetime, *, by_guid: bool) -> Item | Dropped:
    url = clean_url(entry.url)
    title = one_line(entry.title)
    names = [one_line(entry.source_name)] if entry.source_name else []
    source = feed.name
    wrapped = feed.aggregator or _host(url) in _WRAPPERS
    if wrapped:
        title, source = _unwrapped(title, names[0] if names else "", feed.name)
    text, from_page = _body(entry, wrapped)
    title, text = _tidy(title, text, [source, *names, *feed.domains, _host(url)])
    if not title:
        where = url or f"{feed.name}: {entry.id[:80]}"
        return Dropped(one_line(where), "it has neither a title nor a text")
    via = names[0] if names and not wrapped and not same_name(names[0], source) else ""
    return Item(
        id=item_id(source, "" if by_guid else url, entry.id or title),
        url=url,
        source=source,
        title=title,
        text=text,
        date=entry.published,
        first_seen=now,
        lang=primary(entry.language or feed.language),
        author=_short(entry.author),
        image=clean_url(entry.image),
        credit=_short(entry.credit),
        feed=feed.url,
        via=via,
        categories=_each(entry.categories),
        from_page=from_page,
    )


def _unwrapped(title: str, publisher: str, wrapper: str) -> tuple[str, str]:
    """Title and publisher of a wrapped report: "Title - Publisher", or `<source>`."""
    head, dash, tail = title.rpartition(" - ")
    if publisher:
        return (head, publisher) if dash and same_name(tail, publisher) else (title, publisher)
    if dash and head.strip() and len(tail) <= 60:
        return head.strip(), tail.strip()
    return title, wrapper


def _body(entry: Entry, wrapped: bool) -> tuple[str, bool]:
    """The longest honest text: the article page's, the feed's content, or its summary; and whether
    it is the page's."""
    if wrapped and not entry.full_text and re.search(r"<(?:li|ol|font)\b", entry.summary[:2000]):
        return "", False  # a wrapper's summary is a list of other outlets' headlines
    summary = to_text(entry.summary) if entry.summary else ""
    content = to_text(entry.content) if entry.content else ""
    full = normal(entry.full_text, lines=True) if entry.full_text else ""
    longest = content if len(content) > len(summary) else summary
    from_page = len(full) > len(longest) // 2
    return (full if from_page else longest), from_page


# --- From a file ---------------------------------------------------------------------------


def read_items(
    lines: Iterable[str | bytes], name: str, now: datetime
) -> tuple[list[Item], list[Dropped]]:
    """The items of a JSON Lines file, in its order, and the lines that cannot be used, by number.

    `name` is the file's, for the messages. Of lines with one id the first is used.
    """
    items: dict[str, Item] = {}
    line_of: dict[str, int] = {}
    dropped: list[Dropped] = []
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if not line.strip():
            continue
        record = _record(line, where)
        item = record if isinstance(record, Dropped) else item_from_record(record, where, now)
        if isinstance(item, Dropped):
            dropped.append(item)
        elif item.id in items:
            dropped.append(Dropped(where, f"its id {item.id!r} is that of line {line_of[item.id]}"))
        else:
            items[item.id] = item
            line_of[item.id] = number
    return list(items.values()), dropped


def _record(line: str | bytes, where: str) -> Mapping[str, object] | Dropped:
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        record = json.loads(text.lstrip("\ufeff"))
    except UnicodeDecodeError as error:
        return Dropped(where, f"it is not UTF-8 (byte {error.start})")
    except RecursionError:
        return Dropped(where, "its JSON is nested too deeply")
    except ValueError as error:
        return Dropped(where, f"it is not valid JSON: {error}")
    if not isinstance(record, dict):
        return Dropped(where, "it is not a JSON object")
    return record


def item_from_record(record: Mapping[str, object], where: str, now: datetime) -> Item | Dropped:
    """An item from a record of CONTRACT's fields; unknown fields are ignored.

    Keeps the record's id. `date` may be null or missing; a missing `first_seen` is `now`. `where`
    names the record in a Dropped ("items.jsonl:12").
    """
    try:
        text = {name: _string(record, name) for name in _STRINGS}
        date = _moment(record, "date", now)
        first_seen = _moment(record, "first_seen", now) or now
        categories = _strings(record, "categories")
    except _BadFieldError as error:
        return Dropped(where, str(error))
    url = clean_url(text["url"])
    source = one_line(text["source"]) or _host(url)
    title, body = _tidy(
        one_line(text["title"]), to_text(text["text"], lines=True), [source, _host(url)]
    )
    if not title:
        return Dropped(where, "it has neither a title nor a text")
    return Item(
        id=text["id"] or item_id(source, url, title),
        url=url,
        source=source,
        title=title,
        text=body,
        date=date,
        first_seen=first_seen,
        lang=primary(text["lang"]),
        author=_short(text["author"]),
        image=clean_url(text["image"]),
        credit=_short(text["credit"]),
        feed=normal(text["feed"]),
        via=_short(text["via"]),
        categories=_each(categories),
    )


_STRINGS = (
    "id", "url", "source", "title", "text", "lang", "author", "image", "credit", "feed", "via",
)  # fmt: skip


_NO_DATES = frozenset({"", "none", "null", "nan", "nat", "n/a", "unknown"})
"""How other programs write that there is no date, where JSON's null is meant."""


class _BadFieldError(ValueError):
    """A field of a record that is not what it must be."""


def _string(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        return str(value)
    if not isinstance(value, str):
        raise _BadFieldError(f"its {name} is not a text: {str(value)[:60]!r}")
    return normal(value) if name == "id" else value


def _strings(record: Mapping[str, object], name: str) -> list[str]:
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _BadFieldError(f"its {name} are not a list of texts")
    return list(value)


def _moment(record: Mapping[str, object], name: str, now: datetime) -> datetime | None:
    """An ISO 8601 time in UTC (and without a zone, UTC); other forms as in a feed."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _BadFieldError(f"its {name} is not a text: {str(value)[:60]!r}")
    if value.strip().lower() in _NO_DATES:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        read = read_date(value, now)
        if read is None:
            raise _BadFieldError(f"its {name} is not an ISO 8601 time: {value[:60]!r}") from None
        return read
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise _BadFieldError(f"its {name} is out of range: {value[:60]!r}") from error


# --- Both ----------------------------------------------------------------------------------


def _tidy(title: str, text: str, names: list[str]) -> tuple[str, str]:
    """Title without the outlet's name, text without tails and without the title; capped.

    Without a title the text's first words stand in. Both empty: there is no report.
    """
    if not title and (text := _tailless(text, "")):
        title, _, rest = text.partition("\n")
        if len(title) > _TITLE_FROM_TEXT:
            title, rest = capped(title, _TITLE_FROM_TEXT) + "…", text
        text = rest
    title = _without_outlet(title, names)
    text = _tailless(text, title)
    if any(same_name(text, name) for name in names):
        text = ""  # "Title  Outlet": nothing of its own
    return title, text


def _tailless(text: str, title: str) -> str:
    while True:
        shorter = without_title(without_tails(capped(text, MAX_TEXT)), title)
        if shorter == text:
            return text
        text = shorter


_SUFFIX = re.compile(r"^(.*\S)\s+[-–—|•·»:]\s+(\S.{0,59})$", re.DOTALL)


def _without_outlet(title: str, names: list[str]) -> str:
    """`title` without " - BBC News" or " | Reuters" at its end, when that is its outlet; capped."""
    title = capped(title, MAX_TITLE)
    while (found := _SUFFIX.match(title)) is not None:
        head, tail = found.groups()
        if not any(same_name(tail, name) for name in names):
            break
        title = head
    return title


_NAME_NOISE = re.compile(
    r"(?:the|com|org|net|co|uk|www|news|online|international|english|world|tv|live)"
)


def same_name(one: str, other: str) -> bool:
    """Whether two names mean one outlet: "BBC" and "BBC News", "The Hill" and "thehill.com"."""
    if not one or not other or len(one) > 80:
        return False
    return bool(_name_keys(one) & _name_keys(other))


def _name_keys(name: str) -> set[str]:
    words = re.findall(r"\w+", name.casefold())
    kept = [word for word in words if not _NAME_NOISE.fullmatch(word)] or words
    keys = {"".join(kept), "".join(words)}
    if "." in name and " " not in name and len(words) > 1:
        keys.add("".join(kept[:1]) if len(kept) == 1 else kept[-1])
        keys.add("".join(kept[-1:]).removeprefix("the"))
    return {key.removeprefix("the") or key for key in keys if key}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


_UNSAFE = re.compile(
    r"[\s\x00-\x20\x7f-\x9f\"<>\\^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def clean_url(url: str) -> str:
    """`url` as printed if it is http(s) with a host, what no URL may hold quoted; else "".

    User names in it are taken off: nobody publishes them, and `https://bank.example@evil.example`
    is a trick.
    """
    url = url.strip()
    if not url or len(url) > _MAX_URL:
        return ""
    url = _UNSAFE.sub(_quoted, url)
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    if "@" in parts.netloc:
        url = url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
    return url


def _quoted(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "replace"))


def _each(printed: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(_short, printed))))


def _short(printed: str) -> str:
    return capped(one_line(printed), 300) if printed else ""
