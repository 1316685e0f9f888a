"""Seconds to move an installation from SQLite to PostgreSQL, verification included.

    python -m bench move --items 1000000 --readers 100000 --editions 5

In one run: the floor (the bare COPY of the same rows, as they come from the file, into the same
tables: no order, no check, nothing read back), then what `digest migrate --from … --to …` does.
Each into a new database of one PostgreSQL server, with its settings as installed.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bench import postgresql
from bench.machine import figures_apart, peak_mb

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
AT = "2026-04-01 00:00:00.000000"
TEXTS = 500
"""Different texts, of 300 to 1,700 characters as feeds carry them; an item's is one of them."""


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m bench move", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--editions", type=int, default=5, help="a delivery of each to each reader")
    parser.add_argument("--part", nargs=3, metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.part:
        name, source, target = options.part
        return {"bare": _bare, "move": _move}[name](source, target)
    with (
        tempfile.TemporaryDirectory(prefix="digest-bench-") as name,
        postgresql.running(name) as server,
    ):
        file = Path(name) / "digest.sqlite3"
        rows = _fill(file, options.items, options.readers, options.editions)
        megabytes = file.stat().st_size / 1e6
        print(f"{rows:,} rows, {megabytes:,.0f} MB")
        part = ("bench.move", "--part")
        target = postgresql.new_database(server, "bare")
        bare = figures_apart(*part, "bare", str(file), target)["seconds"]
        print(f"bare COPY: {bare:.1f} s, {rows / bare:,.0f} rows/s")
        target = postgresql.new_database(server, "moved")
        moved = figures_apart(*part, "move", str(file), target)
    seconds = moved["seconds"]
    print(
        f"moved and verified: {seconds:.1f} s, {rows / seconds:,.0f} rows/s, "
        f"{seconds / bare:.2f} of the bare COPY, peak {moved['peak_mb']:.0f} MB"
    )
    return {
        "rows": rows,
        "source_mb": round(megabytes),
        "bare_seconds": round(bare, 1),
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
        "ratio": round(seconds / bare, 2),
        "peak_mb": moved["peak_mb"],
    }


def _move(file: str, target: str) -> dict[str, Any]:
    from digest.store.moving import move

    began = time.perf_counter()
    stages: dict[str, float] = {}

    def told(what: str, table: str, done: int, _: int) -> None:
        if done == 0:
            stages[f"{what} {table}"] = time.perf_counter()

    move(f"sqlite:///{file}", target, NOW, told)
    ended = time.perf_counter()
    for (stage, since), until in zip(stages.items(), [*[*stages.values()][1:], ended], strict=True):
        if until - since > 1:
            print(f"{until - since:6.1f} s {stage}", file=sys.stderr)
    return {
        "seconds": ended - began,
        "peak_mb": round(peak_mb(), 1),
    }


def _bare(file: str, target: str) -> dict[str, Any]:
    import psycopg

    from digest.store import open_store
    from digest.store.moving import tables

    open_store(target).close()
    began = time.perf_counter()
    with closing(sqlite3.connect(file)) as source, psycopg.connect(target) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in tables():
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            statement = f"COPY {table.name} ({names}) FROM STDIN".encode()
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in source.execute(f"SELECT {names} FROM {table.name}"):  # noqa: S608
                    copy.write_row(row)
    return {"seconds": time.perf_counter() - began}


def _fill(file: Path, items: int, readers: int, editions: int) -> int:
    """An installation with so many rows, made by SQLite itself; how many rows there are."""
    from digest.store import open_store

    open_store(f"sqlite:///{file}").close()
    rng = Random(1)
    words = [
        "".join(rng.choices("abcdeéfghiłmnoprstuß", k=rng.randint(2, 10))) for _ in range(3000)
    ]
    texts = [" ".join(rng.choices(words, k=rng.randint(50, 250))) for _ in range(TEXTS)]
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("BEGIN")
        database.execute("CREATE TEMP TABLE texts (number INTEGER PRIMARY KEY, text TEXT)")
        database.executemany("INSERT INTO texts VALUES (?, ?)", list(enumerate(texts)))
        # Ids are hashes, so that the order of the key is not that of the file.
        database.execute(
            """
            INSERT INTO items (id, url, source, title, text, date, first_seen, lang, author, image,
              credit, feed, via, categories, counts_at, content, last_seen, gone_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT lower(hex(randomblob(10))), 'https://outlet' || (i % 300) || '.example/' || i,
              'Outlet ' || (i % 300), 'Ceasefire no. ' || i || ' holds in the strait', text,
              CASE WHEN i % 10 THEN datetime(1775000000 - i, 'unixepoch') || '.000000' END,
              datetime(1775000000 - i, 'unixepoch') || printf('.%06d', i % 1000000),
              'en', '', '', '', 'https://outlet' || (i % 300) || '.example/feed.xml', '',
              '["World", "Łódź"]', datetime(1775000000 - i, 'unixepoch') || '.000000',
              randomblob(16), ?, NULL
            FROM n JOIN texts ON number = i % ?
            """,
            (items, AT, TEXTS),
        )
        database.execute(
            """
            INSERT INTO readers (list_name, address, address_key, state, zone, hour, days, sections,
              format, language, nonce, consent_how, consent_text, soft_bounces, created_at,
              changed_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            SELECT 'main', 'reader' || i || '@d' || (i % 97) || '.example',
              'reader' || i || '@d' || (i % 97) || '.example', 'active', 'Europe/Berlin', i % 24,
              127, '["World"]', 'html', 'en', lower(hex(randomblob(8))), 'page', '1', 0, ?2, ?2
            FROM n
            """,
            (readers, AT),
        )
        for day in range(1, editions + 1):
            database.execute(
                "INSERT INTO mailings VALUES ('main', ?, ?)", (f"2026-04-{day:02}", AT)
            )
            database.execute(
                "INSERT INTO deliveries (list_name, date, reader, state, due_at, attempts, "
                "changed_at, code, reply) SELECT 'main', ?, id, 'sent', ?, 1, ?, 250, '2.0.0 Ok' "
                "FROM readers",
                (f"2026-04-{day:02}", AT, AT),
            )
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return items + readers + (readers + 1) * editions


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
