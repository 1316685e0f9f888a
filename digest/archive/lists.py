"""Lists of stories by section, place and outlet; and of all places and outlets by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.archive.catalogue import Entry
from digest.archive.page import Page
from digest.archive.pages import LISTED, Shown, outlet_facts
from digest.archive.stock import Stock
from digest.model import Outlet

LEAST = 20
"""Entries on the newest page of a longer list, where fewer are left for it."""


def paths(stock: Stock, kind: str) -> Iterator[str]:
    """The addresses of all pages of a kind of list."""
    for key in stock.catalogue.of(kind):
        yield f"/{key}/"
        for number in range(_behind(stock.catalogue.stories[key]), 0, -1):
            yield f"/{key}/{number}/"


def stands(stock: Stock, path: str) -> bool:
    """Whether `path` is a page behind the newest of a list, and there is that much to tell."""
    match path.strip("/").split("/"):
        case [kind, slug, number, *_] if number.isdecimal():
            entries = stock.catalogue.stories.get(f"{kind}/{slug}", 0)
            return 1 <= int(number) <= _behind(entries)
    return False


def reach(entries: int, recent: int) -> int:
    """How many of a list's newest entries stand on the pages that its `recent` newest touch: the
    newest page, theirs, and the one before, which leads to theirs."""
    first = max(1, min((entries - recent - 1) // LISTED, _behind(entries)))
    return max(LISTED, entries - (first - 1) * LISTED)


def _behind(entries: int) -> int:
    """Whole pages behind the newest one, which has something left for it."""
    return max(0, entries - 1) // LISTED


def list_pages(
    stock: Stock, key: str, entries: Sequence[Entry], front: Shown, template: str = "list.html"
) -> Iterator[Page]:
    """The newest entries, LEAST of them or more, and behind them whole pages counted from the
    oldest: those keep their address and their words for ever. Of `entries` the older ones may be
    missing, and their pages are then left out.

    `front`: what else stands on the newest page, which is filled from `template`.
    """
    kind, _, slug = key.partition("/")
    path = f"/{key}/"
    name = stock.shown(key)
    total = stock.catalogue.stories[key]
    behind = _behind(total)
    left = total - behind * LISTED

    for number in (0, *range(behind, 0, -1)):
        end = total - (number - 1) * LISTED
        if number and end > len(entries):
            break
        shown = entries[end - LISTED : end] if number else entries[: max(left, LEAST)]
        after = behind if number == 0 else number - 1
        parts: Shown = {
            "kind": kind,
            "name": name,
            "number": number,
            "total": total if number == 0 else 0,
            "older": f"{path}{after}/" if after else "",
            "newer": path if number == behind else f"{path}{number + 1}/",
        }
        if number == 0:
            parts |= front

        def make(
            canonical: str,
            shown: Sequence[Entry] = shown,
            parts: Shown = parts,
            filled: str = "list.html" if number else template,
        ) -> str:
            by = slug if kind == "outlet" else ""
            lines = [stock.line(entry, by) for entry in shown]
            return stock.design.fill(filled, canonical=canonical, stories=lines, **parts)

        days = {entry.day.date: entry.day for entry in shown}
        stood_at = [entry.at for entry in shown]  # a page's edge may lie within an edition
        place = f"{path}{number}/" if number else path
        yield stock.page(place, [*days.values()], make, stood_at, *parts.values())


def outlet_pages(
    stock: Stock,
    key: str,
    entries: Sequence[Entry],
    outlet: Outlet | None,
    feeds: Sequence[tuple[int, int]],
) -> Iterator[Page]:
    """What an outlet reported. `feeds`: see `outlet_facts`."""
    facts = outlet_facts(outlet, feeds, stock.design.words)
    found = stock.catalogue
    front = {"since": found.oldest[key], "reports": found.reports[key]} | facts
    return list_pages(stock, key, entries, front, "outlet.html")


def index_page(stock: Stock, kind: str) -> Page:
    """All places or all outlets, by name."""
    found = stock.catalogue
    counts = found.reports if kind == "outlet" else found.stories
    links = [(key.partition("/")[2], stock.shown(key), counts[key]) for key in found.of(kind)]
    links.sort(key=lambda link: (_sorted_as(link[1]), link[0]))

    def make(canonical: str) -> str:
        return stock.design.fill("index.html", canonical=canonical, kind=kind, links=links)

    return stock.page(f"/{kind}s/", found.days[:1], make, links)


def _sorted_as(name: str) -> str:
    """ "the Daily Mail" stands under D."""
    return name.casefold().removeprefix("the ")
