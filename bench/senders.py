"""Letters a second of several processes that claim from one ledger, on PostgreSQL, beside one.

    python -m bench mail --processes 2

`digest send` lets one process send a list's letters, and this measures what that costs: the same
outbox, connections and letters, by one process and by several at once, whose claims the ledger
keeps apart. A speed-up is bounded by the cores, so the processor time of a letter is told
for each of senders, sink and server: all letters of all senders pass through these cores.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import postgresql, sink

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
DAY = date(2026, 4, 14)


def measure(subscribers: int, processes: int) -> dict[str, Any]:
    """Figures for one process and for `processes`."""
    one = _letters_a_second(subscribers, 1)
    several = _letters_a_second(subscribers, processes)
    cores = os.cpu_count() or 1
    ratio = several["rate"] / one["rate"]
    # One process's Python has one core at most; several have all, with sink and server on them.
    alone = 1 / one["senders"]
    bound = min(processes * alone, cores / several["cpu_per_letter"]) / alone
    print(
        f"over PostgreSQL: one process {one['rate']:,.0f} letters/s, {processes} processes "
        f"{several['rate']:,.0f}, {ratio:.2f} times as many; with sink and server on the same "
        f"{cores} cores at most {bound:.2f} times as many"
    )
    for name, found in (("one", one), (f"{processes}", several)):
        parts = ", ".join(
            f"{part} {1e6 * found[part]:.0f}" for part in ("senders", "sink", "server")
        )
        print(f"  µs of processor a letter, {name}: {parts}")
    return {
        "postgresql_one_per_second": round(one["rate"]),
        "postgresql_per_second": round(several["rate"]),
        "processes": processes,
        "speedup": round(ratio, 2),
        "speedup_bound": round(bound, 2),
    }


def _letters_a_second(subscribers: int, processes: int) -> dict[str, float]:
    from bench.mail import fill
    from digest.store import move, open_ledger, open_store

    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        with postgresql.running(folder) as server, sink.running() as taken:
            url = postgresql.new_database(server, "senders")
            move(fill(Path(folder) / "digest.sqlite3", subscribers), url, NOW, lambda *_: None)
            with open_store(url) as store, open_ledger(store, DAY) as ledger:
                ledger.queue_subscribers(NOW, DAY.weekday())
            senders = [
                subprocess.Popen(
                    [sys.executable, "-m", "bench.senders", url, str(taken.port)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )
                for _ in range(processes)
            ]  # fmt: skip
            for sender in senders:
                assert sender.stdout
                sender.stdout.readline()  # it is ready
            before = postgresql.processor_seconds(folder), taken.processor_seconds()
            started = time.perf_counter()
            for sender in senders:
                assert sender.stdin
                sender.stdin.close()
            used = []
            for sender in senders:
                assert sender.stdout
                used.append(json.loads(sender.stdout.readline()))
            seconds = time.perf_counter() - started
            # Their backends live as long as they: until they are let go.
            server_used = postgresql.processor_seconds(folder) - before[0]
            sink_used = taken.processor_seconds() - before[1]
            for sender in senders:
                sender.kill()
                sender.wait()
            with open_store(url) as store, open_ledger(store, DAY) as ledger:
                assert ledger.counts() == {"sent": subscribers}
        assert taken.letters == subscribers, "each letter once"
    found = {
        "senders": sum(used) / subscribers,
        "sink": sink_used / subscribers,
        "server": server_used / subscribers,
    }
    return {"rate": subscribers / seconds, "cpu_per_letter": sum(found.values()), **found}


def _send(url: str, port: int) -> None:
    """One of the processes: tells when it is ready, sends when its input ends, tells its time."""
    from bench.mail import compose_letters, outbox
    from digest.store import open_ledger, open_store

    compose = compose_letters()
    # Not `to_send`: that would be the one sender's lock.
    with open_store(url) as store, open_ledger(store, DAY, to_send=False) as ledger:
        ledger.next_due()
        print("ready", flush=True)
        sys.stdin.read()
        before = _processor_seconds()
        outbox(ledger, compose, port)
        print(_processor_seconds() - before, flush=True)
        time.sleep(60)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _send(sys.argv[1], int(sys.argv[2]))
