"""A sender that can be killed: run as a process, it forks one at each line it is told.

A line is a JSON object: {db, relay, resend, disk}. The answer is two lines: the fork's number when
it starts, and how it ended. Forking from a process that has imported everything takes milliseconds,
so that hundreds of kills can be afforded; nothing else is different from `digest send`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from random import Random

import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite

from digest.address import stored_address
from digest.delivery import Due
from digest.errors import StoreError
from digest.mail.limits import Backoff
from digest.mail.outbox import Outbox, Policy, couriers
from digest.mail.outcome import Envelope
from digest.mail.relay import parse_relays
from digest.mail.smtp import SmtpSender
from digest.store import open_ledger, open_store

DAY = date(2026, 4, 14)
CONNECTIONS = 4
DISK_FULL = 7
LETTER = b"Subject: x\r\n\r\n" + b"a line of the letter\r\n" * 30

assert sqlalchemy.dialects.sqlite.pysqlite  # loaded before the fork, not in it
assert sqlalchemy.dialects.postgresql.psycopg
with suppress(ImportError):
    import psycopg  # noqa: F401


def compose(due: Due) -> tuple[Envelope, bytes]:
    to = stored_address(due.address)
    return Envelope("b@harbour.example", to), b"To: %s\r\n" % str(to).encode() + LETTER


def send(order: dict[str, object]) -> int:
    """One run of the outbox, as the mailroom does it."""
    if order["disk"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(str(order["disk"])),) * 2)
    try:
        with (
            open_store(str(order["db"])) as store,
            open_ledger(store, DAY) as ledger,
            ThreadPoolExecutor(CONNECTIONS) as executor,
        ):
            now = datetime.now(UTC)
            ledger.recover(now)
            if order["resend"]:
                ledger.requeue(["uncertain"], now)
            ledger.hasten(now)
            Outbox(
                ledger,
                couriers(
                    compose,
                    [
                        SmtpSender(
                            parse_relays(str(order["relay"])),
                            helo="harbour.example",
                            command_seconds=0.5,
                            end_seconds=0.5,
                        )
                        for _ in range(CONNECTIONS)
                    ],
                ),
                executor,
                clock=lambda: datetime.now(UTC),
                sleep=time.sleep,
                rng=Random(1),
                policy=Policy(
                    max_attempts=50,
                    backoff=Backoff(timedelta(milliseconds=10), 1.0),
                    away=timedelta(milliseconds=10),
                    patience=timedelta(seconds=5),
                    resend_uncertain=bool(order["resend"]),
                ),
            ).run()
    except StoreError:
        return DISK_FULL
    return 0


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os._exit(send(order))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
