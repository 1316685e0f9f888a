"""An invented edition and its bundle, for the tests of its folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import Any

from digest.folder import Bundle
from digest.model import (
    Dropped,
    EarlierStory,
    Editorial,
    Feed,
    FeedHealth,
    Item,
    JsonPaths,
    RecentEdition,
    Rendered,
)

NOW = datetime(2026, 4, 14, 6, 30, 0, 250_000, tzinfo=UTC)
RENDERED = Rendered(
    html="<h1>Dam holds — so far</h1>\n".encode(),
    email=b"<p>Dam holds</p>\n",
    text=b"DAM HOLDS\n",
    json=b'{"date": "2026-04-14", "stories": []}\n',
)
NAMES = {
    "index.html",
    "email.html",
    "digest.txt",
    "edition.json",
    "bundle/items.jsonl",
    "bundle/settings.json",
    "bundle/clock.json",
    "bundle/earlier.json",
    "bundle/health.json",
    "bundle/MANIFEST.json",
}


def item(id_: str, **fields: Any) -> Item:
    given: dict[str, Any] = {
        "url": f"https://tidewater.example/{id_}",
        "source": "Tidewater Courier",
        "title": "Dam holds after night of rain",
        "text": "The dam at Évora held on Monday.\u2028“It held,” said the mayor.\n\nMore follows.",
        "date": NOW - timedelta(hours=2),
        "first_seen": NOW - timedelta(hours=1),
        "lang": "en",
        "categories": ("floods", "dams"),
    }
    return Item(id=id_, **{**given, **fields})


BUNDLE = Bundle(
    date=Date(2026, 4, 14),
    number=12,
    now=NOW,
    program="Daily Security Digest 0.1.0",
    editorial=Editorial(title="Morning Brief", zone="Europe/Lisbon", site_url="https://b.example"),
    feeds=(
        Feed("Tidewater Courier", "https://tidewater.example/rss", "PT", "pt", "newspaper"),
        Feed(
            "Relief Board",
            "https://relief.example/api",
            kind="international",
            sections=("disaster", "health"),
            format="json",
            paths=JsonPaths("data", "fields.title", "url", date="fields.date.created"),
            domains=("relief.example",),
        ),
    ),
    items=(item("a"), item("b"), item("c", date=None)),
    outside_window=4,
    dropped=(Dropped("items.jsonl:7", "no title"),),
    health=(FeedHealth("Relief Board", "https://relief.example/api", "failed", 0, 0, "HTTP 500"),),
    earlier=(EarlierStory(Date(2026, 4, 13), "t1", "Dam filling", ("Dam fills",), ("x", "y")),),
    recent=(RecentEdition(Date(2026, 4, 13), "Dam filling"),),
)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def contents(place: Path) -> dict[str, bytes]:
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
