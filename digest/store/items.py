"""The archive of reports. An item's id is its identity; what is printed under it may change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, select, update

from digest.model import Item
from digest.store.dialect import upsert, upsert_all
from digest.store.schema import feeds, items

IDS_PER_QUERY = 5_000
"""Ids asked for at once; SQLite takes at most 32,766 parameters, PostgreSQL 65,535."""

SEEN_EVERY = timedelta(days=7)
"""How coarsely `last_seen` is kept: so an unchanged item costs one write a week and none else."""

_FIELDS = [
    items.c[name]
    for name in (
        "id",
        "url",
        "source",
        "title",
        "text",
        "date",
        "first_seen",
        "lang",
        "author",
        "image",
        "credit",
        "feed",
        "via",
        "categories",
        "from_page",
    )
]
_SHARED = ("source", "first_seen", "lang", "author", "feed", "via")
"""Fields that many reports have alike."""


@dataclass(frozen=True, slots=True)
class SavedCounts:
    """What saving a batch of items did to the archive."""

    new: int
    changed: int
    """Stored before, printed differently now: the stored row has been brought up to date."""
    same: int
    new_ids: frozenset[str] = frozenset()


def save(connection: Connection, batch: Iterable[Item], now: datetime) -> SavedCounts:
    """Store what is new or changed of `batch`; of one id twice in it the first counts.

    The stored `first_seen` is kept; so is a page's text, see `Item.over`. Which feed an item came
    by and how that feed files it is no change of the item: outlets print one report in several
    feeds, and it would flap between them.
    """
    wanted: dict[str, Item] = {}
    for item in batch:
        wanted.setdefault(item.id, item)
    known = _known(connection, list(wanted))
    shortened = [id_ for id_ in known if known[id_].from_page and not wanted[id_].from_page]
    for id_, kept in by_id(connection, shortened).items():
        wanted[id_] = wanted[id_].over(kept)
    # Sorted: two processes that lock rows in one order cannot lock each other out.
    content = {id_: _content(wanted[id_]) for id_ in sorted(wanted)}
    new = [id_ for id_ in content if id_ not in known]
    changed = [
        id_
        for id_ in content
        if id_ in known
        and (
            known[id_].content != content[id_]
            or (wanted[id_].from_page and not known[id_].from_page)
        )
    ]
    _upsert(connection, [_row(wanted[id_], content[id_], now) for id_ in sorted((*new, *changed))])
    rewritten = {*new, *changed}
    stale = now - SEEN_EVERY
    _touch(
        connection,
        [id_ for id_ in content if id_ not in rewritten and known[id_].last_seen <= stale],
        now,
    )
    return SavedCounts(len(new), len(changed), len(wanted) - len(rewritten), frozenset(new))


def between(connection: Connection, start: datetime, end: datetime) -> list[Item]:
    """The items whose time that counts lies in [start, end), by time and then id."""
    query = select(*_FIELDS).where(items.c.counts_at >= start, items.c.counts_at < end)
    found = list(_read(connection.execute(query).mappings()))
    # Sorted here, since databases disagree on the order of texts.
    return sorted(found, key=lambda item: (item.when, item.id))


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Item]:
    """The stored ones of `ids`, as their outlets print them now."""
    found: dict[str, Item] = {}
    for some in _chunks(sorted(set(ids)), IDS_PER_QUERY):
        query = select(*_FIELDS).where(items.c.id.in_(some))
        found |= {item.id: item for item in _read(connection.execute(query).mappings())}
    return found


def gone(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Those of `ids` whose pages were found to be gone."""
    found: set[str] = set()
    for some in _chunks(sorted(set(ids)), IDS_PER_QUERY):
        query = select(items.c.id).where(items.c.id.in_(some), items.c.gone_at.is_not(None))
        found |= {row.id for row in connection.execute(query)}
    return frozenset(found)


def mark_gone(connection: Connection, pages: Mapping[str, bool], now: datetime) -> None:
    """`pages`: item → whether its page is gone; one that was gone and is back is marked so."""
    changes = [
        (update(items).where(items.c.id == bindparam("page")).values(gone_at=when), one)
        for one, when in ((True, now), (False, None))
    ]
    for change, wanted in changes:
        rows = [{"page": id_} for id_ in sorted(pages) if pages[id_] is wanted]
        if rows:
            connection.execute(change, rows)


def per_feed(connection: Connection, since: datetime) -> dict[str, int]:
    """How many items that count for `since` or later each feed brought."""
    query = (
        select(items.c.feed, func.count().label("brought"))
        .where(items.c.counts_at >= since, items.c.feed != "")
        .group_by(items.c.feed)
    )
    return {row.feed: row.brought for row in connection.execute(query)}


def first_seen(connection: Connection, since: datetime) -> dict[datetime, int]:
    """How many items were first seen at each moment from `since` on: a moment is a gathering.

    What counts for a day before `since` or earlier is left out, so that an index finds the others.
    """
    query = (
        select(items.c.first_seen, func.count().label("came"))
        .where(items.c.counts_at >= since - timedelta(days=1), items.c.first_seen >= since)
        .group_by(items.c.first_seen)
    )
    return {row.first_seen: row.came for row in connection.execute(query)}


def prune(connection: Connection, before: datetime) -> int:
    """Delete the items that count for a time before `before` and that no feed prints any more.

    A feed that is asked, but answers "unchanged" or not at all, may still print what it printed
    last: its undated items are kept, or they would come back as new.
    """
    asked = select(feeds.c.url).where(feeds.c.saved_at >= before)
    silent = (
        select(items.c.feed)
        .where(items.c.feed.in_(asked))
        .group_by(items.c.feed)
        .having(func.max(items.c.last_seen) < before)
    )
    unprinted = (items.c.last_seen <= before - SEEN_EVERY) & items.c.feed.not_in(silent)
    gone = connection.execute(
        delete(items).where(
            items.c.counts_at < before,
            items.c.last_seen < before,
            items.c.date.is_not(None) | unprinted,
        )
    )
    return gone.rowcount


class _Known(NamedTuple):
    """What tells whether a stored item is to be written again."""

    content: bytes
    last_seen: datetime
    from_page: bool


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
    """The stored ones of `ids`."""
    known: dict[str, _Known] = {}
    columns = (items.c.id, items.c.content, items.c.last_seen, items.c.from_page)
    for some in _chunks(ids, IDS_PER_QUERY):
        for id_, content, seen, from_page in connection.execute(
            select(*columns).where(items.c.id.in_(some))
        ):
            known[id_] = _Known(bytes(content), seen, from_page)
    return known


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = upsert(connection, items)
    changing = {
        column.name: column
        for column in insert.excluded
        if column.name not in ("id", "first_seen", "counts_at")
    }
    # An upsert even for ids not known a moment ago: another process may have stored them since.
    statement = insert.on_conflict_do_update(
        index_elements=[items.c.id],
        set_=changing | {"counts_at": func.coalesce(insert.excluded.date, items.c.first_seen)},
    )
    upsert_all(connection, statement, rows)


def _touch(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    rows = [{"seen_id": id_, "seen_at": now} for id_ in ids]
    if rows:
        connection.execute(
            update(items)
            .where(items.c.id == bindparam("seen_id"))
            .values(last_seen=bindparam("seen_at")),
            rows,
        )


def _content(item: Item) -> bytes:
    """Sixteen bytes that change when what the outlet printed does."""
    printed = (
        item.url,
        item.source,
        item.title,
        item.text,
        item.date.timestamp() if item.date else None,
        item.lang,
        item.author,
        item.image,
        item.credit,
        item.via,
    )
    return blake2b(json.dumps(printed).encode(), digest_size=16).digest()


def _row(item: Item, content: bytes, now: datetime) -> dict[str, Any]:
    row = {column.name: getattr(item, column.name) for column in _FIELDS}
    return row | {
        "categories": list(item.categories),
        "counts_at": item.when,
        "content": content,
        "last_seen": now,
    }


def _read(rows: Iterable[RowMapping]) -> Iterator[Item]:
    """What many have alike is kept once: of a large day's reports a fifth of the memory."""
    kept: dict[object, object] = {}
    for row in rows:
        shared = {name: kept.setdefault(row[name], row[name]) for name in _SHARED}
        yield Item(**{**row, **shared, "categories": tuple(row["categories"])})


def _chunks(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
