"""Invented reports for the tests of the analyse room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from digest.analyse.clean import items_from
from digest.model import Entry, Feed, Fetched, Item, Outlet, Report

NOW = datetime(2026, 5, 12, 20, 0, tzinfo=UTC)
FEED = Feed("Harbour Times", "https://harbour-times.example/feed", language="en")


def entry(**given: Any) -> Entry:
    return Entry(**({"id": "1", "url": "https://harbour-times.example/1", "title": "T"} | given))


def clean(feed: Feed = FEED, **given: Any) -> Item:
    """The item of a feed's one entry."""
    items, dropped = items_from(Fetched(feed, "entries", (entry(**given),)), NOW)
    assert dropped == []
    return items[0]


def report_item(
    id: str,
    title: str,
    text: str = "",
    source: str = "Harbour Times",
    hours_ago: float = 3.0,
    url: str = "",
    lang: str = "",
    author: str = "",
    credit: str = "",
    via: str = "",
    feed: str = "",
) -> Item:
    """An item published `hours_ago` before NOW."""
    when = NOW - timedelta(hours=hours_ago)
    return Item(
        id=id,
        url=url,
        source=source,
        title=title,
        text=text,
        date=when,
        first_seen=when,
        lang=lang,
        author=author,
        credit=credit,
        via=via,
        feed=feed,
    )


def report_of(item: Item, outlet: Outlet | None = None, places: tuple[str, ...] = ()) -> Report:
    return Report(item, outlet or Outlet(item.source), "en", "conflict", "conflict", places)


def a_day() -> list[Item]:
    """Two strikes in two cities, a breach told in three languages, a match and a phone."""
    return [
        report_item(
            "kes-1",
            "Missile strike on Kestenburg market kills 14",
            "At least 14 people were killed when missiles hit the central market of Kestenburg on "
            "Tuesday, the governor said.",
            "Harbour Times",
        ),
        report_item(
            "kes-2",
            "Fourteen dead as missiles hit market in Kestenburg",
            "Rescuers pulled 14 bodies from Kestenburg's central market after a missile attack.",
            "Northern Courier",
        ),
        report_item(
            "kes-3",
            "Kestenburg mourns after missile attack on market",
            "The death toll from the missile strike on the market of Kestenburg stands at 14.",
            "The Plain Dealer of Ostmark",
        ),
        report_item(
            "tam-1",
            "Drone strike on Tamberline depot injures three",
            "Three workers were hurt when a drone hit a fuel depot in Tamberline, officials said.",
            "Harbour Times",
        ),
        report_item(
            "tam-2",
            "Three hurt in drone attack on fuel depot in Tamberline",
            "A fuel depot in Tamberline burned after a drone attack that hurt three workers.",
            "Northern Courier",
        ),
        report_item(
            "hack-en",
            "Hackers steal records of 400,000 patients from hospital group",
            "The Velmora hospital group said ransomware criminals had copied patient records.",
            "Harbour Times",
        ),
        report_item(
            "hack-de",
            "Hacker stehlen Daten von 400.000 Patienten einer Klinikgruppe",
            "Die Klinikgruppe Velmora teilte mit, Erpresser hätten Patientenakten kopiert.",
            "Seltener Tageblatt",
            lang="de",
        ),
        report_item(
            "hack-es",
            "Piratas roban los datos de 400.000 pacientes de un grupo hospitalario",
            "El grupo hospitalario Velmora dijo que los delincuentes copiaron historiales médicos.",
            "Diario del Estuario",
            lang="es",
        ),
        report_item(
            "cup",
            "Rovers win cup final on penalties",
            "The striker scored twice as Rovers lifted the trophy after a thrilling final.",
            "Harbour Times",
        ),
        report_item(
            "phone",
            "Hands-on: the new Pebble phone has a brighter screen and better cameras",
            "Pre-orders open on Friday; here are the best deals.",
            "Gadget Weekly",
        ),
    ]
