"""Feeds of editions and of a section's stories: Atom and JSON Feed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.archive.catalogue import Day, Entry
from digest.archive.jsonfeed import json_feed
from digest.archive.page import EPOCH, Page
from digest.archive.pages import Shown, edition_line, edition_stories, rfc3339, story_line
from digest.archive.stock import Stock, needs

IN_FEED = 30


def edition_feeds(stock: Stock) -> Iterator[Page]:
    """Of the newest editions."""
    days = stock.catalogue.days[:IN_FEED]

    def edition_lines() -> list[Shown]:
        return [
            edition_line(day)
            | {"path": f"/{day.date}/", "id": f"/{day.date}/", "stories": edition_stories(day)}
            for day in days
        ]

    return _feeds(stock, "/feed", days, edition_lines)


def section_feeds(stock: Stock, key: str, entries: Sequence[Entry]) -> Iterator[Page]:
    """Of the newest stories of the section under `key`; each leads to where its edition tells it.

    An edition that is made again may rank it otherwise, so its id is of its thread and day: a
    reader's program keeps what it has under an id for the same story.
    """
    newest_entries = entries[:IN_FEED]

    def shown(entry: Entry) -> Shown:
        line = story_line(entry)
        path = f"/{line['iso']}/#story-{line['rank']}"
        same = f"/story/{line['thread']}/#{line['iso']}" if line["thread"] else path
        return line | {"path": path, "id": same, "stories": []}

    def lines() -> list[Shown]:
        return list(map(shown, newest_entries))

    days = [entry.day for entry in newest_entries]
    return _feeds(stock, f"/{key}/feed", days, lines, stock.shown(key), f"/{key}/")


def _feeds(
    stock: Stock,
    path: str,
    days: Sequence[Day],
    entries: Callable[[], list[Shown]],
    label: str = "",
    home: str = "/",
) -> Iterator[Page]:
    def atom(base: str) -> bytes:
        found = entries()
        updated = max((entry["updated"] for entry in found), default=rfc3339(EPOCH))
        return stock.fill(
            "feed.atom", base=base, path=f"{path}.atom", home=home, label=label, updated=updated,
            entries=found,
        )  # fmt: skip

    def as_json(base: str) -> bytes:
        return json_feed(stock.design.editorial, entries(), base, f"{path}.json", label, home)

    yield Page(f"{path}.atom", "application/atom+xml", needs(days), atom)
    yield Page(f"{path}.json", "application/feed+json", needs(days), as_json)
