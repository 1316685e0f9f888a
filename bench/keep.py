"""A month of reports kept on PostgreSQL: seconds to save, to read a day, to delete the oldest.

    python -m bench keep --items 1000000

Saved are 20,000 reports, new and then unchanged, beside a month that is there already; the server
has its settings as installed. `vacuum_s` is what the server does by itself after the deletion.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from bench import day, postgresql

One = TypeVar("One")

DAYS = 30
BATCH = 20_000
TIMES = 3
"""How often each is done; the median counts."""
UNDATED = 20
"""One report of so many has no date."""


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m bench keep", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name, postgresql.running(name) as s:
        return _measured(postgresql.new_database(s, "kept"), options.items)


def _measured(url: str, items: int) -> dict[str, Any]:
    from digest.model import FeedState
    from digest.store import open_store

    took: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[..., One], *given: object) -> One:
        began = time.perf_counter()
        found = work(*given)
        took.setdefault(name, []).append(time.perf_counter() - began)
        return found

    deleted = 0
    with open_store(url) as store:
        made = [
            replace(one, feed=f"https://{one.source}/feed", date=one.date if n % UNDATED else None)
            for n, one in enumerate(day.items(BATCH))
        ]
        states = [FeedState(feed, etag="1") for feed in sorted({one.feed for one in made})]
        store.save_fetched(states, made, day.NOW)
        server = store._engine.execution_options(isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            _fill(connection, items)
            connection.execute(text("ALTER TABLE items SET (autovacuum_enabled = off)"))
            for number in range(TIMES):
                new = [replace(one, id=f"{number}/{one.id}") for one in made]
                timed("new_s", store.save_fetched, [], new, day.NOW)
                timed("known_s", store.save_fetched, [], new, day.NOW)
                start = day.NOW - timedelta(days=number + 3)
                timed("day_s", store.items_between, start, start + timedelta(days=1))
                end = day.NOW - timedelta(days=DAYS - number - 1)
                deleted += timed("delete_s", store.prune, end, end)
                timed("vacuum_s", connection.execute, text("VACUUM items"))
    figures = {name: round(statistics.median(all_), 2) for name, all_ in took.items()}
    print(f"{items:,} items, {deleted:,} deleted: {figures}")
    return {"items": items, "deleted": deleted, **figures}


def _fill(connection: Connection, items: int) -> None:
    """Copies of what is there, in the order of time as they would have come, over a month; and the
    undated ones of the week before it, which are kept a week longer and go last."""
    copies = items // BATCH
    connection.execute(
        text(
            """
            INSERT INTO items (id, url, source, title, text, date, first_seen, lang, author, image,
              credit, feed, via, categories, counts_at, content, last_seen)
            SELECT md5(n || id), url || '/' || n, source, title, text,
              CASE WHEN date IS NOT NULL THEN at END, at, lang, author, image, credit, feed, via,
              categories, at, content, at
            FROM generate_series(:copies, 1, -1) AS n CROSS JOIN LATERAL (
              SELECT *, :now - (n - 1 + random()) / :copies * :days * interval '1 day'
                - CASE WHEN date IS NULL THEN interval '8 days' ELSE interval '0' END AS at
              FROM items WHERE n > 0) AS copied
            """
        ),
        {"copies": copies, "now": day.NOW, "days": DAYS},
    )
    connection.execute(text("VACUUM ANALYZE"))
