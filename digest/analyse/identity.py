"""Which report is which: ids that survive edited GUIDs, edited titles and tracking parameters.

Edited GUIDs and titles make false new items in most readers; the address of the article is what
outlets leave alone. Parameters that only say where a click came from are left out of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from digest.model import Dropped, Item
from digest.tracking import is_click, is_tracking

_DEFAULT_PORT = {"http": 80, "https": 443}
_SHARED = 3


def canonical(url: str) -> str:
    """What names the article in `url`: host and path, the parameters that matter, in fixed order.

    Not an address to open: the scheme, "www." and tracking are gone.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url.strip()
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    if port is not None and port != _DEFAULT_PORT.get(parts.scheme):
        host = f"{host}:{port}"
    query = ""
    if parts.query:
        named = (one for one in parts.query.split("&") if one.partition("=")[0])
        query = "&".join(sorted(one for one in named if not is_tracking(one)))
    fragment = parts.fragment
    if is_click(fragment):
        fragment = ""
    path = parts.path.rstrip("/")
    return f"{host}{path}{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"


def names_one_article(url: str) -> bool:
    """Whether `url` can be an article's: a bare host is a front page, which many entries share."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.path.strip("/") or parts.query)


def item_id(outlet: str, url: str, guid: str = "") -> str:
    """16 hexadecimal digits: of the outlet and the article's address, or its GUID without one."""
    name = " ".join(outlet.casefold().split())
    what = canonical(url) if not guid or names_one_article(url) else f"guid {guid.strip()}"
    return hashlib.sha256(f"{name}\n{what}".encode("utf-8", "replace")).hexdigest()[:16]


def shared_addresses(reports: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """Of (address, GUID, title) the addresses that name no single article: a live page or a list
    that many entries link to.

    Two entries with one address are versions of a report; three or more with as many GUIDs and as
    many titles are reports of their own.
    """
    guids: defaultdict[str, set[str]] = defaultdict(set)
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for address, guid, title in reports:
        guids[address].add(guid)
        titles[address].add(title)
    return frozenset(a for a in guids if min(len(guids[a]), len(titles[a])) >= _SHARED)


def latest_versions(items: Sequence[Item]) -> tuple[list[Item], list[Dropped]]:
    """One report per article: an outlet that edits its headline has not reported twice.

    Gathering sees to this by the items' ids; a file may give each version an id of its own. What
    has a shared address is told apart by its id, as in gathering.
    """
    article = {item.id: item_id(item.source, item.url, item.id) for item in items}
    shared = shared_addresses((article[item.id], item.id, item.title) for item in items)
    latest: dict[str, Item] = {}
    for item in sorted(items, key=lambda item: (item.when, item.id)):
        latest[item.id if article[item.id] in shared else article[item.id]] = item
    kept = {item.id for item in latest.values()}
    superseded = [
        Dropped(item.id, f"an earlier version of a report that counts as it stands now: {item.url}")
        for item in items
        if item.id not in kept
    ]
    return list(latest.values()), superseded
