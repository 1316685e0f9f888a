"""Run by test_store_crash.py: forks savers and kills them with SIGKILL, again and again.

    python killed_savers.py URL BATCHES ROUNDS SEED

A saver opens the store and saves the batches that are missing, in order, telling each one that is
committed through a pipe. It dies at a seeded moment: in one half of the rounds by the clock, in the
other (SQLite alone) in the middle of a statement, after so many instructions of its virtual
machine. One that nobody kills ends the work. What each round left is printed as JSON, a line each.

A process of its own, since only one without threads may fork.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, event

from digest.model import FeedState, Item
from digest.store import open_store

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ITEMS = 100


def batch(number: int) -> tuple[list[FeedState], list[Item]]:
    """New items of a feed of its own, and one item and one feed that every batch changes."""
    states = [
        FeedState(f"https://{number}.example", etag=str(number), last_success=NOW),
        FeedState("https://all.example", etag=str(number)),
    ]
    ids = [f"{number}-{n}" for n in range(ITEMS)]
    items = [Item(i, f"https://{number}.example/{i}", "A", i, "text " * 50, NOW, NOW) for i in ids]
    return states, [*items, Item("all", "https://all.example", "A", "All", str(number), NOW, NOW)]


def save_missing(url: str, batches: int, done: int) -> None:
    with open_store(url) as store:
        saved = store.feed_states()
        for number in range(batches):
            if f"https://{number}.example" not in saved:
                store.save_fetched(*batch(number), NOW)
                os.write(done, b".")


def die_after(instructions: int) -> None:
    """Die in the middle of a statement, once a connection has run so many VM instructions."""

    @event.listens_for(Engine, "connect")
    def _on_connect(connection: Any, _: object) -> None:
        connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), instructions)


def saver(
    url: str, batches: int, *, kill_at: tuple[int, float] | None, instructions: int | None = None
) -> tuple[int, bool]:
    """Fork one; returns the number of batches it told, and whether it was killed.

    `kill_at`: so many seconds after it has told so many batches, or as it ends.
    """
    told, done = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(told)
            if instructions is not None:
                die_after(instructions)
            save_missing(url, batches, done)
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(done)
    heard = b""
    with os.fdopen(told, "rb", buffering=0) as pipe:
        if kill_at is not None:
            first, seconds = kill_at
            while len(heard) < first and (more := pipe.read(first - len(heard))):
                heard += more
            select.select([], [], [], seconds)
            os.kill(child, signal.SIGKILL)
        heard += pipe.read()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        sys.exit("a saver failed by itself")
    return len(heard), os.WIFSIGNALED(status)


def what_is_there(url: str) -> dict[str, Any]:
    with open_store(url) as store:
        items = store.items_between(*EVER)
        states = store.feed_states()
        damage = store.status().damage
    return {
        "items": Counter(item.id.partition("-")[0] for item in items if item.id != "all"),
        "doubles": len(items) - len({item.id for item in items}),
        "feeds": [url.removeprefix("https://").removesuffix(".example") for url in states],
        "last": [item.text for item in items if item.id == "all"],
        "last_etag": states["https://all.example"].etag if states else None,
        "damage": damage,
    }


def tell(told: int, killed: bool, url: str) -> None:
    left = {"told": told, "killed": killed, **what_is_there(url)}
    sys.stdout.write(json.dumps(left) + "\n")


def main(url: str, batches: int, rounds: int, seed: int) -> None:
    draw = random.Random(seed)
    for number in range(rounds):
        by_clock = number % 2 == 0 or not url.startswith("sqlite")
        told, killed = saver(
            url,
            batches,
            kill_at=(draw.randrange(5), draw.uniform(0, 0.02)) if by_clock else None,
            instructions=None if by_clock else int(10 ** draw.uniform(2.5, 4.8)),
        )
        tell(told, killed, url)
    told, killed = saver(url, batches, kill_at=None)
    tell(told, killed, url)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
