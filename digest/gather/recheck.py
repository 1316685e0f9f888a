"""Are the pages that an edition cites still there?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from digest.gather.http import Client
from digest.gather.robots import Robots
from digest.gather.trouble import Trouble

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import FetchLimits

GONE = (404, 410)
BLIND = 0.5
"""Share of a site's pages that are gone from which the site is taken to refuse us, or to have
moved: outlets withdraw single reports."""
SURE = 3
"""Pages of a site below which that share tells nothing."""


class CitedPage(NamedTuple):
    url: str
    private_place: str = ""
    """See `Client.get`."""


async def recheck(
    pages: Mapping[str, CitedPage], *, limits: FetchLimits, now: datetime
) -> dict[str, bool]:
    """Ask for the page of each item, by its id: item id → whether it is gone (404, 410).

    Pages that cannot be told about are left out: robots.txt asks not to read them, the site is
    down, or half of all its pages are gone at once.
    """
    found: dict[str, bool] = {}
    async with Client(limits, now) as client, asyncio.TaskGroup() as group:
        robots = Robots(client, limits.user_agent)

        async def one(item: str, page: CitedPage) -> None:
            private = page.private_place
            try:
                if not await robots.allow(page.url, private_place=private):
                    return
                await client.get(page.url, private_place=private)
            except Trouble as trouble:
                if trouble.status in GONE:
                    found[item] = True
                return
            found[item] = False

        for item, page in pages.items():
            group.create_task(one(item, page))
    hosts = {item: urlsplit(pages[item].url).netloc for item in found}
    asked = Counter(hosts.values())
    gone = Counter(hosts[item] for item, is_gone in found.items() if is_gone)
    blind = {host for host in gone if asked[host] >= SURE and gone[host] > BLIND * asked[host]}
    return {item: is_gone for item, is_gone in found.items() if hosts[item] not in blind}
