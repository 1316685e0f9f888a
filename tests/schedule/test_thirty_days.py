"""Thirty days with faults: the real scheduler, real feeds, a real relay, a real database.

The clock alone is simulated; what the service does in children of its own is done here in this
process, so that its memory and its files can be watched.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import random
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from news_server import STORIES
from raw_sink import Fault, Moment, RawSink
from simulated import ScaledScheduler, set_clock

from digest.delivery import Subscriber
from digest.mailsettings import load_mail_settings
from digest.operatordesk import OperatorDesk
from digest.post import EditionPost
from digest.schedule import Clockwork
from digest.settings import load_settings
from digest.status import picture
from digest.store import Readers, Store, open_store
from digest.work import HouseWork

pytestmark = [pytest.mark.system, pytest.mark.long]
FEEDS = 10
FAILING = 0.2
DAYS = 30
BEGIN = datetime(2026, 2, 20, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
READERS = ("anna", "bo", "chen")


class Span(NamedTuple):
    begin: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end


def _at(day: int, hour: int, *, lasts: float) -> Span:
    begin = datetime(2026, 2, 20, hour, tzinfo=UTC) + timedelta(days=day)
    return Span(begin, begin + lasts * HOUR)


NO_NAMES = _at(8, 0, lasts=24)
RELAY_AWAY = _at(12, 4, lasts=8)
DISK_FULL = _at(16, 10, lasts=1)


@dataclass
class World:
    now: datetime = BEGIN
    drawn: random.Random = field(default_factory=lambda: random.Random(30))
    seen: set[str] = field(default_factory=set)
    """Beginnings of what `digest status` asked to be looked at."""
    memory: list[int] = field(default_factory=list)
    """Resident bytes at the end of each day."""
    files: list[int] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def _news(world: World) -> Iterator[int]:
    """Feeds with stories of the day; each answer fails by chance."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(self.path.strip("/")) if self.path.strip("/").isdigit() else -1
            failing = number < 0 or world.drawn.random() < FAILING
            body = b"" if failing else _feed(number, world.now)
            self.send_response(404 if number < 0 else 503 if failing else 200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _feed(number: int, now: datetime) -> bytes:
    items = ""
    for day in (now.date() - timedelta(days=1), now.date()):
        for n, (title, text) in enumerate(STORIES):
            told = datetime(day.year, day.month, day.day, n, 5 * number, tzinfo=UTC)
            if told <= now:
                items += (
                    f"<item><title>{title}, day {day:%j}</title>"
                    f"<link>https://outlet{number}.example/{day}/{n}</link>"
                    f"<description>{text.format(day=f'{day:%A}')}</description>"
                    f"<pubDate>{format_datetime(told)}</pubDate></item>"
                )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet {number}</title>'
        f"<language>en</language>{items}</channel></rss>"
    ).encode()


def _break_things(patch: pytest.MonkeyPatch, world: World, sink: RawSink) -> None:
    """The faults that cannot be had from a real part: no names, a full disk."""
    real_names, real_usage = socket.getaddrinfo, shutil.disk_usage

    def names(host: Any, *args: Any, **more: Any) -> Any:
        if host == "localhost" and NO_NAMES.holds(world.now):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real_names(host, *args, **more)

    def usage(path: Any) -> Any:
        found = real_usage(path)
        return found._replace(free=1_000_000) if DISK_FULL.holds(world.now) else found

    def plan(moment: Moment, recipient: str) -> Fault:
        return "drop" if moment == "connect" and RELAY_AWAY.holds(world.now) else "go on"

    patch.setattr(socket, "getaddrinfo", names)
    patch.setattr(shutil, "disk_usage", usage)
    sink.plan = plan

    def here(at_most: timedelta, function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    patch.setattr("digest.work.in_a_child", here)


def _resident() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _live(world: World, store: Store, work: HouseWork, look: Callable[[], None]) -> None:
    """Let the real scheduler run until the thirty days are over, on our clock."""
    scheduler = ScaledScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": DebugExecutor()},
        timezone=UTC,
    )
    clockwork = Clockwork(
        work, work.settings.timetable, store, clock=world.clock, scheduler=scheduler
    )
    clockwork.start()
    day = world.now.date()
    while world.now < BEGIN + timedelta(days=DAYS):
        world.now += timedelta(seconds=max(0.0, scheduler.due_in()))
        look()
        if world.now.date() != day:
            day = world.now.date()
            world.memory.append(_resident())
            world.files.append(len(list(Path("/proc/self/fd").iterdir())))
    clockwork.stop()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_thirty_days_with_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    set_clock(monkeypatch, world.clock)
    monkeypatch.setattr(logging.getLogger("apscheduler"), "disabled", True)
    with _news(world) as port, RawSink() as sink:
        feeds = "".join(
            f"  - {{name: Outlet {n}, url: 'http://localhost:{port}/{n}', allow_private: true}}\n"
            for n in range(FEEDS)
        )
        file = tmp_path / "feeds.yaml"
        file.write_text(
            "edition: {zone: UTC, hour: 6}\n"
            "schedule: {night_hour: 2, keep_backups: 2, tell_operator_hours: 1}\n"
            f"feeds:\n{feeds}",
            "utf-8",
        )
        env = {
            "DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3",
            "DIGEST_OUT": str(tmp_path / "output"),
            "DIGEST_KEYS": str(tmp_path / "keys"),
            "DIGEST_SMTP": sink.url,
            "DIGEST_MAIL_FROM": "desk@marrow.example",
            "DIGEST_OPERATOR": "op@marrow.example",
        }
        settings = load_settings(file, env)
        mail = load_mail_settings(settings.editorial, env=env)
        _break_things(monkeypatch, world, sink)
        with open_store(env["DIGEST_DB"]) as store:
            for name in READERS:
                address = f"{name}@inbox.example"
                Readers(store).subscribe(Subscriber(address, address, "active"), BEGIN)
            post = EditionPost(settings, mail, store, clock=world.clock, sleep=world.sleep)
            bare = HouseWork(settings, store, post)
            work = HouseWork(settings, store, post, OperatorDesk(settings, mail, store, bare))

            def look() -> None:
                found = picture(settings, store, bare, world.now)
                world.seen |= set(found.attention)

            _live(world, store, work, look)
            found = picture(settings, store, bare, world.now)
            made = store.editions_since(Date(2026, 2, 1))
            records = {date: store.edition(date) for date in made}
    dates = [BEGIN.date() + timedelta(days=n) for n in range(DAYS)]
    assert list(made) == dates
    numbers = [edition.number for edition in records.values() if edition]
    assert numbers == list(range(1, DAYS + 1))
    statuses = {date: edition.status for date, edition in records.items() if edition}
    degraded = [date for date in statuses if statuses[date] == "degraded"]
    # Of ten feeds that each fail one time in five, a third fail on one day in eight.
    assert NO_NAMES.begin.date() in degraded
    assert len(degraded) < DAYS / 4

    got = Counter(taken.recipient for taken in sink.taken)
    assert {got[f"{name}@inbox.example"] for name in READERS} == {DAYS}
    told = [t.letter.decode() for t in sink.taken if t.recipient == "op@marrow.example"]
    letters = " ".join(" ".join(told).replace("=\n", "").replace("=\r\n", "").split())
    seen = " ".join(sorted(world.seen))
    for fault in (
        "no feed could be read",
        "is degraded",
        f"send:{RELAY_AWAY.begin.date()} failed",
        "the disk is nearly full",
    ):
        assert fault in seen, fault
        assert fault in letters, fault
    assert found.attention == ()

    assert len(set(world.files[3:])) <= 2, world.files
    assert world.files[-1] <= world.files[3], world.files
    assert world.memory[-1] <= 1.05 * world.memory[2], [m // 1_000_000 for m in world.memory]
