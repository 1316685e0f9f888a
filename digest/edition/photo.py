"""The lead's photo: copied where it has a credit and its feed's licence lets it be copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.model import Brief, Feed, Item, Photo
from digest.render.photo import reduced
from digest.render.safe import link, plain

TRIED = 3
"""Photos asked for at most: the edition waits for each."""

PhotoFetcher = Callable[[Item, Feed], bytes]
"""A report and the feed that it came in by → its photo; b"" where that cannot be had."""


def photo_of(lead: Brief, feeds: Sequence[Feed], fetch: PhotoFetcher) -> Photo | None:
    """The first of the lead's photos that may be copied and can be had, made small."""
    for tried, (item, feed) in enumerate(_allowed(lead, feeds)):
        if tried == TRIED:
            break
        if copy := reduced(fetch(item, feed)):
            return Photo(item.id, *copy)
    return None


def _allowed(lead: Brief, feeds: Sequence[Feed]) -> Iterator[tuple[Item, Feed]]:
    by_url = {feed.url: feed for feed in feeds}
    for report in lead.story.reports:
        item, feed = report.item, by_url.get(report.item.feed)
        if feed and feed.photos == "copy" and link(item.image) and plain(item.credit):
            yield item, feed
