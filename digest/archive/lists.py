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


def _behind(entries: int) -> int:
    """Whole pages behind the newest one, which has something left for it."""
    return max(0, entries - 1) // LISTED


def list_pages(
    stock: Stock, key: str, entries: Sequence[Entry], front: Shown, template: str = "list.html"
) -> Iterator[Page]:
    """The newest entries, LEAST of them or more, and behind them whole pages counted from the
    oldest: those keep their address and their words for ever.

    `front`: what else stands on the newest page, which is filled from `template`.
    """
    kind, _, slug = key.partition("/")
    path = f"/{key}/"
    name = stock.shown(key)
    behind = _behind(len(entries))
    left = len(entries) - behind * LISTED

    for number in range(behind + 1):
        end = len(entries) - (number - 1) * LISTED
        shown = entries[end - LISTED : end] if number else entries[: max(left, LEAST)]
        after = behind if number == 0 else number - 1
        parts: Shown = {
            "kind": kind,
            "name": name,
            "number": number,
            "total": len(entries) if number == 0 else 0,
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
        place = f"{path}{number}/" if number else path
        yield stock.page(place, [*days.values()], make, *parts.values())


def outlet_pages(
    stock: Stock,
    key: str,
    entries: Sequence[Entry],
    outlet: Outlet | None,
    feeds: Sequence[tuple[int, int]],
) -> Iterator[Page]:
    """What an outlet reported. `feeds`: see `outlet_facts`."""
    facts = outlet_facts(outlet, feeds, stock.design.words)
    reports = stock.catalogue.reports.get(key, 0)
    front = {"since": entries[-1].day.date, "reports": reports} | facts
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
