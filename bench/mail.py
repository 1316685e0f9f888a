"""Letters a second: personal, DKIM-signed, by the ledger, beside a bare smtplib loop.

    python -m bench mail --subscribers 10000
    python -m bench mail --subscribers 10000 --processes 2

In one run: the bare loop (smtplib.sendmail of ready-made letters of the same size to the same sink,
in as many threads, no ledger, no signing), then `digest send`'s own path. Both into a raw sink in a
process of its own; the database lies on disk.
"""

from __future__ import annotations

import argparse
import json
import os
import smtplib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bench import sink
from bench.machine import figures_apart, peak_mb, processor_seconds

if TYPE_CHECKING:
    from digest.delivery import Due
    from digest.mail.outbox import Compose, Courier, Sender
    from digest.mail.outcome import Envelope

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
DAY = date(2026, 4, 14)
CONNECTIONS = 8
LETTER_BYTES = 60_000
ZONES = (
    *("America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago"),
    *("America/New_York", "America/Halifax", "America/Sao_Paulo", "Atlantic/Azores", "UTC"),
    *("Europe/London", "Europe/Berlin", "Africa/Cairo", "Europe/Moscow", "Asia/Dubai"),
    *("Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Jakarta", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu", "Pacific/Kiritimati"),
)
"""Readers live in all of them, and want their letter at any hour: 576 mornings."""
PLACE = "https://personal.invalid/unsubscribe"


def main(argv: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m bench mail", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--queue", type=int, default=1_000_000, help="queue so many readers, too")
    parser.add_argument(
        "--processes", type=int, default=1, help="also by so many processes of couriers"
    )
    parser.add_argument("--part", choices=["send", "queue"], help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.part == "send":
        return _send(options.subscribers, options.processes)
    if options.part == "queue":
        return _queue(options.subscribers)
    bare = _bare(options.subscribers)
    print(f"bare smtplib loop: {bare:,.0f} letters/s")
    figures = _child("send", options.subscribers)
    ratio = figures["letters_per_second"] / bare
    print(
        f"outbox: {figures['letters_per_second']:,.0f} letters/s, {ratio:.2f} of the bare loop, "
        f"peak {figures['peak_mb']:.0f} MB, letter {figures['letter_bytes']:,} bytes"
    )
    figures |= {"bare_per_second": round(bare), "ratio": round(ratio, 3)}
    if options.processes > 1:
        figures |= _beside(figures, _child("send", options.subscribers, options.processes))
    if options.queue:
        queued = _child("queue", options.queue)
        print(f"{options.queue:,} readers queued in {queued['queue_seconds']:.1f} s")
        figures |= queued
    return figures


def _beside(one: dict[str, Any], several: dict[str, Any]) -> dict[str, Any]:
    """Several processes beside one, and what the cores would allow: all letters of all of them,
    the sink's share and the ledger's too, pass through these cores."""
    speedup = several["letters_per_second"] / one["letters_per_second"]
    most = (os.cpu_count() or 1) / one["cpu_us"] * 1e6 / one["letters_per_second"]
    print(
        f"{several['processes']} processes: {several['letters_per_second']:,.0f} letters/s, "
        f"{speedup:.2f} times as many; one takes {one['cpu_us']} µs of processor for a letter, the "
        f"sink's included, so these cores allow {most:.2f}"
    )
    return {
        "processes": several["processes"],
        "processes_per_second": several["letters_per_second"],
        "speedup": round(speedup, 2),
        "speedup_allowed": round(most, 2),
    }


def _child(part: str, subscribers: int, processes: int = 1) -> dict[str, Any]:
    words = f"bench.mail --part {part} --subscribers {subscribers} --processes {processes}"
    return figures_apart(*words.split())


def _bare(letters: int) -> float:
    letter = (b"x" * 74 + b"\r\n") * (LETTER_BYTES // 76)

    def work(port: int, count: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example") as smtp:
            for _ in range(count):
                smtp.sendmail("b@bench.example", ["r@inbox.example"], letter)

    with sink.running() as running, ThreadPoolExecutor(CONNECTIONS) as executor:
        started = time.perf_counter()
        share = letters // CONNECTIONS
        for future in [executor.submit(work, running.port, share) for _ in range(CONNECTIONS)]:
            future.result()
        seconds = time.perf_counter() - started
    assert running.letters == share * CONNECTIONS
    return running.letters / seconds


def compose_letters() -> Callable[[Due], tuple[Envelope, bytes]]:
    """What composes a reader's letter: two signatures, three links, all headers."""
    from digest.address import parse_address, stored_address
    from digest.mail.dkim import Signer, new_private_keys, read_key
    from digest.mail.message import Letter, Masthead, Personal
    from digest.mail.outcome import Envelope
    from digest.mail.verp import Verp
    from digest.readers.tokens import Tokens

    signer = Signer(
        [
            read_key(pem, domain="bench.example", selector=kind)
            for kind, pem in new_private_keys().items()
        ]
    )
    rng = Random(1)
    words = [f"w{rng.randrange(10**6)}" for _ in range(500)]
    paragraph = "<p>" + " ".join(words) + " – “quoted” = 3,000</p>\n"
    text = " ".join(words) + "\n"
    letter = Letter(
        Masthead("Bench", "digest.bench.example", parse_address("desk@bench.example")),
        subject="Ceasefire holds in the strait",
        html="<html><body>" + paragraph * 12 + f'<a href="{PLACE}">Leave</a></body></html>',
        text=text * 2 + PLACE + "\n",
        date=NOW,
        edition=str(DAY),
        placeholders={PLACE: "unsubscribe"},
        signer=signer,
    )
    tokens = Tokens("s" * 40)
    verp = Verp("bounces+{}@bench.example", "s" * 40)

    def compose(due: Due) -> tuple[Envelope, bytes]:
        to = stored_address(due.address)
        token = tokens.make("unsubscribe", due.reader, due.nonce, NOW)
        personal = Personal(
            to,
            f"<20260414.{due.reader}@bench.example>",
            f"https://bench.example/unsubscribe/{token}",
            f"mailto:{verp.address('u', due.reader)}",
        )
        return Envelope(str(verp.address("b", due.id)), to), letter.for_reader(personal)

    return compose


def fill(file: Path, subscribers: int) -> str:
    """A database with so many readers, made by SQLite itself; its address."""
    import sqlite3

    from digest.store import open_store

    url = f"sqlite:///{file}"
    open_store(url).close()
    database = sqlite3.connect(file, isolation_level=None)
    database.execute(
        """
        INSERT INTO readers (list_name, address, address_key, state, zone, hour, days, sections,
          format, language, nonce, consent_how, consent_text, soft_bounces, created_at, changed_at)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
        SELECT 'main', 'reader' || i || '@d' || (i % 97) || '.example',
          'reader' || i || '@d' || (i % 97) || '.example', 'active',
          (SELECT value FROM json_each(?) WHERE key = i % ?), i / 97 % 24, 127,
          '[]', 'html', 'en', 'nonce123', '', '', 0, ?, ? FROM n
        """,
        (subscribers, json.dumps(ZONES), len(ZONES), *["2026-04-01 00:00:00.000000"] * 2),
    )
    database.close()
    return url


def equip(port: int) -> tuple[Compose, Callable[[], Sender]]:
    """What a process of couriers needs."""
    from digest.mail.relay import parse_relays
    from digest.mail.smtp import SmtpSender

    relays = parse_relays(f"smtp://127.0.0.1:{port}")
    return compose_letters(), partial(SmtpSender, relays, helo="bench.example")


@contextmanager
def _couriers(port: int, processes: int) -> Iterator[list[Courier]]:
    from digest.couriers import courier_processes
    from digest.mail.outbox import couriers

    if processes > 1:
        with courier_processes(partial(equip, port), processes, CONNECTIONS) as found:
            yield found
    else:
        compose, connect = equip(port)
        yield couriers(compose, [connect() for _ in range(CONNECTIONS)])


def _send(subscribers: int, processes: int) -> dict[str, Any]:
    from digest.mail.outbox import Outbox, Policy
    from digest.store import open_ledger, open_store

    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        url = fill(Path(folder) / "digest.sqlite3", subscribers)
        with (
            sink.running() as running,
            open_store(url) as store,
            open_ledger(store, DAY) as ledger,
            _couriers(running.port, processes) as found,
            ThreadPoolExecutor(CONNECTIONS) as executor,
        ):
            ledger.queue_subscribers(NOW)
            first = ledger.due(NOW, 1)[0]
            size = len(compose_letters()(first)[1])
            # Processes are started and connections open before the clock runs.
            assert all(courier.deliver(first).verdict == "accepted" for courier in found)
            sink_before, ours_before = processor_seconds(running.pid), time.process_time()
            started = time.perf_counter()
            Outbox(
                ledger,
                found,
                executor,
                clock=lambda: NOW,
                sleep=time.sleep,
                rng=Random(1),
                policy=Policy(),
            ).run()
            seconds = time.perf_counter() - started
            cpu = processor_seconds(running.pid) - sink_before + time.process_time() - ours_before
            assert ledger.counts() == {"sent": subscribers}
        assert running.letters == subscribers + CONNECTIONS
    return {
        "letters": subscribers,
        "processes": processes,
        "letter_bytes": size,
        "letters_per_second": round(subscribers / seconds),
        "cpu_us": round(1e6 * cpu / subscribers),
        "peak_mb": peak_mb(),
    }


def _queue(subscribers: int) -> dict[str, Any]:
    from digest.mornings import morning
    from digest.store import open_ledger, open_store

    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        url = fill(Path(folder) / "digest.sqlite3", subscribers)
        with open_store(url) as store, open_ledger(store, DAY) as ledger:
            started = time.perf_counter()
            count = ledger.queue_subscribers(
                NOW,
                lambda zone, hour: morning(
                    DAY, ZoneInfo(zone), hour, made_in=ZoneInfo("UTC"), at=6
                ),
            )
            seconds = time.perf_counter() - started
        assert count == subscribers
    return {"queued": count, "queue_seconds": round(seconds, 2)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
