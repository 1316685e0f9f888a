"""Editions to readers in 24 zones over simulated days with a clock change: each gets each edition
once, and one on every local date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from digest.address import stored_address
from digest.delivery import Due, Subscriber
from digest.mail.outbox import Outbox, Policy, couriers
from digest.mail.outcome import Envelope, Outcome
from digest.mornings import morning
from digest.store import Readers, Store, open_ledger, open_store
from digest.store.mail_tables import readers
from digest.timetable import wall_time

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    *("Pacific/Pago_Pago", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles"),
    *("America/Denver", "America/Chicago", "America/New_York", "America/Halifax"),
    *("America/Sao_Paulo", "America/Noronha", "Atlantic/Azores", "Europe/London"),
    *("Europe/Berlin", "Africa/Cairo", "Europe/Moscow", "Asia/Dubai", "Asia/Karachi"),
    *("Asia/Kathmandu", "Asia/Dhaka", "Asia/Jakarta", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Pacific/Kiritimati"),
)
HOUR = 6
CONNECTIONS = 64
"""Letters on the wire at once: what they came to is one commit."""


class Simulation:
    """A clock that only sleeping moves, and a relay that takes everything and notes when."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.came: dict[str, list[tuple[date, datetime]]] = defaultdict(list)
        self.day = date(2026, 1, 1)

    def send(self, envelope: Envelope, letter: bytes) -> Outcome:
        self.came[str(envelope.recipient)].append((self.day, self.now))
        return Outcome("accepted", "end", 250, "taken")

    def close(self) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def edition(self, day: date, executor: ThreadPoolExecutor) -> None:
        """Make and send one edition, until the last morning has come."""
        hour = wall_time(day, HOUR, BERLIN)
        assert hour is not None
        self.day, self.now = day, hour + timedelta(minutes=7)
        with open_ledger(self.store, day) as ledger:
            for _ in range(2):  # queued again, as after a restart: nobody twice
                ledger.queue_subscribers(
                    self.now,
                    lambda zone, at: morning(day, ZoneInfo(zone), at, made_in=BERLIN, at=HOUR),
                )
            Outbox(
                ledger,
                couriers(lambda due: (_envelope(due), b"letter\r\n"), [self] * CONNECTIONS),
                executor,
                clock=lambda: self.now,
                sleep=self.sleep,
                rng=Random(1),
                policy=Policy(patience=timedelta(days=2)),
            ).run()
            assert set(ledger.counts()) == {"sent"}


def _envelope(due: Due) -> Envelope:
    return Envelope("b@harbour.example", stored_address(due.address))


def fill(store: Store, wanted: Sequence[Subscriber]) -> None:
    """All these readers at once: that each is looked up first is an import's business."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    first = Readers(store).subscribe(wanted[0], at)
    with store._writing() as connection:
        row = connection.execute(select(readers)).mappings().one()
        rows = [
            {**row, "id": first.id + n, "address": new.address, "address_key": new.key}
            | {"zone": new.zone, "hour": new.hour}
            for n, new in enumerate(wanted)
        ]
        connection.execute(insert(readers), rows[1:])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/digest.sqlite3") as store:
        yield store


@pytest.mark.parametrize(
    "change", [date(2026, 3, 29), date(2026, 10, 25)], ids=["spring", "autumn"]
)
@pytest.mark.parametrize("count", [240, pytest.param(50_000, marks=pytest.mark.system)])
def test_each_reader_once_per_local_date(store: Store, count: int, change: date) -> None:
    zones = {f"r{n}@inbox.example": ZONES[n % len(ZONES)] for n in range(count)}
    wanted = [
        Subscriber(address, address, "active", zone=zone, hour=n // len(ZONES) % 24)
        for n, (address, zone) in enumerate(zones.items())
    ]
    fill(store, wanted)
    simulation = Simulation(store)
    days = [change + timedelta(days=n) for n in (-1, 0, 1)]
    with ThreadPoolExecutor(CONNECTIONS) as executor:
        for day in days:
            simulation.edition(day, executor)
    assert set(simulation.came) == set(zones)
    for reader in wanted:
        came = simulation.came[reader.address]
        assert [day for day, _ in came] == days
        local = [moment.astimezone(ZoneInfo(reader.zone)) for _, moment in came]
        assert [at.date() - local[0].date() for at in local] == [
            timedelta(days=n) for n in range(3)
        ]
        for day, at in zip(days, local, strict=True):
            edition = wall_time(day, HOUR, BERLIN)
            assert edition is not None
            late = at - edition <= timedelta(minutes=8)  # with the edition, at once
            assert late or at.hour == reader.hour
