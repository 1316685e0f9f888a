"""The process around the clockwork: its log, systemd, settings read again, signals."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest
from news_server import news_server, noon_somewhere, write_settings

from digest.schedule import Result, Service, Turn
from digest.schedule.logs import KeyValueLines, pair
from digest.schedule.notify import Notifier
from digest.settings import Settings, load_settings
from digest.timetable import Done, FinishedTask

GOOD = "edition: {{hour: {hour}}}\nfeeds: [{{name: Odra Courier, url: 'https://odra.example/f'}}]\n"


class Idle:
    """Work that has all been done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.recorded: list[FinishedTask] = []

    def done(self, now: datetime) -> Done:
        return Done(
            first_date=now.date() + timedelta(days=2), last_gather=now, last_night=now.date()
        )

    def do(self, turn: Turn) -> Result:
        return Result()

    def record(self, finished: FinishedTask) -> None:
        self.recorded.append(finished)

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        return True

    def renew_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool:
        return True

    def release_lease(self, name: str, holder: str) -> bool:
        return True


@contextmanager
def _manager(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(10)
        yield manager


def _hear(manager: socket.socket, start: bytes) -> None:
    """Wait for a message that begins so; others may come before it."""
    while not manager.recv(4096).startswith(start):
        pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "feeds.yaml"
    file.write_text(GOOD.format(hour=6), "utf-8")
    return file


def _service(file: Path, notifier: Notifier | None = None) -> tuple[Service, list[Idle]]:
    works: list[Idle] = []

    def work_of(settings: Settings) -> Idle:
        works.append(Idle(settings))
        return works[-1]

    service = Service(
        load_settings(file, {}),
        load=lambda: load_settings(file, {}),
        work_of=work_of,
        leases=Idle(load_settings(file, {})),
        notifier=notifier or Notifier({}),
    )
    return service, works


def test_changed_settings_are_used_and_broken_ones_are_not(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service, works = _service(file)
    file.write_text(GOOD.format(hour=9), "utf-8")
    service.beat()
    assert service.settings.editorial.hour == 9
    file.write_text(GOOD.format(hour="nine o'clock"), "utf-8")
    with caplog.at_level(logging.ERROR, logger="digest"):
        service.beat()
        service.beat()
    assert service.settings.editorial.hour == 9
    assert "edition.hour" in service.settings_problem
    assert caplog.text.count("event=settings-refused") == 1
    noted = [(task.kind, task.outcome) for work in works for task in work.recorded]
    assert noted == [("reload", "done"), ("reload", "failed")]
    file.write_text(GOOD.format(hour=10), "utf-8")
    service.beat()
    assert (service.settings.editorial.hour, service.settings_problem) == (10, "")


def test_a_file_that_vanished_keeps_the_old_settings(file: Path) -> None:
    service, _ = _service(file)
    file.unlink()
    service.beat()
    assert service.settings.editorial.hour == 6
    assert "cannot be read" in service.settings_problem


def test_a_bug_in_reading_the_settings_is_told_and_keeps_the_old_ones(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def load() -> Settings:
        raise RecursionError

    work = Idle(load_settings(file, {}))
    service = Service(work.settings, load=load, work_of=lambda _: work, leases=work)
    service.reload_soon()
    with caplog.at_level(logging.ERROR, logger="digest"):
        service.beat()
    assert (service.settings, service.settings_problem) == (work.settings, "RecursionError")
    assert [(task.kind, task.outcome) for task in work.recorded] == [("reload", "failed")]
    assert "Traceback" in caplog.text


def test_systemd_hears_what_happens(file: Path, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with _manager(address) as manager:
        env = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "90000000"}
        notifier = Notifier(env)
        assert notifier.watchdog == timedelta(seconds=90)
        service, _ = _service(file, notifier)
        service.start()
        assert manager.recv(4096).startswith(b"READY=1\nSTATUS=next: ")
        service.reload_soon()
        _hear(manager, b"RELOADING=1\nMONOTONIC_USEC=")
        _hear(manager, b"READY=1\nSTATUS=next: ")
        _hear(manager, b"WATCHDOG=1")
        service.stop()
        _hear(manager, b"STOPPING=1")


@pytest.mark.parametrize(
    ("env", "watchdog"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "many"}, None),
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=1)),
    ],
)
def test_the_watchdog_is_heeded_where_it_is_meant(
    env: dict[str, str], watchdog: timedelta | None
) -> None:
    assert Notifier(env).watchdog == watchdog
    Notifier({**env, "NOTIFY_SOCKET": "/nowhere/at/all"}).alive()  # no error


def test_log_lines_are_one_line_and_name_no_reader() -> None:
    assert pair("task", "build:2026-04-14") == "task=build:2026-04-14"
    assert pair("note", 'a "b"\nc\x1b[1m') == 'note="a \\"b\\" c [1m"'
    assert pair("seconds", 1.234) == "seconds=1.2"
    assert pair("why", "refused <anna@reader.example>: no") == 'why="refused <(address)>: no"'
    assert pair("why", "x=a@b@c.example") == 'why="x=a@(address)"'
    begun = time.process_time()
    assert len(pair("why", "a" * 50_000)) == 50_004
    assert time.process_time() - begun < 1  # six, where addresses are sought from every letter
    record = logging.LogRecord("alembic", logging.INFO, "", 0, "to %s", ("bo@x.example",), None)
    record.created = datetime(2026, 4, 14, 6, tzinfo=UTC).timestamp()
    assert KeyValueLines().format(record) == (
        '2026-04-14T06:00:00Z level=info logger=alembic msg="to (address)"'
    )


# --- The real program -------------------------------------------------------------------------


@contextmanager
def _digest_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, "DIGEST_KEYS": str(folder / "keys")}
    command = [sys.executable, "-m", "digest", "run", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        # What waits for a line that never comes is told so.
        limit = Timer(120, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def _until(process: subprocess.Popen[str], event: str) -> list[str]:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if event in line:
            return lines
    raise AssertionError(f"ended before {event}: {''.join(lines)}")


def _about_noon() -> str:
    """Settings by which, whenever this runs, an edition is not due and the night's work is."""
    return f"edition: {{hour: 23, zone: {noon_somewhere(datetime.now(UTC))[0]}}}\n"


def _asked(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return int(answer.status)


def _rows(folder: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "digest", "status", "--json"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return list(json.loads(done.stdout)["recent"])


def test_the_service_runs_rereads_its_own_list_and_leaves(tmp_path: Path) -> None:
    with news_server() as (address, asked):
        write_settings(tmp_path / "feeds.yaml", address, _about_noon())
        with _digest_run(tmp_path) as service:
            place = _until(service, "event=pages-open")[-1].partition("at=")[2].strip()
            _until(service, "event=task-done task=night")
            assert _asked(f"{place}/readyz") == _asked(f"{place}/healthz") == 200
            assert sorted(asked) == ["/0", "/1", "/2", "/3"]
            service.send_signal(signal.SIGHUP)
            _until(service, "event=settings-read")
            other = _about_noon().replace("edition: {", "edition: {list: cyber, ")
            write_settings(tmp_path / "feeds.yaml", address, other)
            service.send_signal(signal.SIGHUP)
            told = _until(service, "event=settings-")[-1]
            assert "event=settings-refused" in told
            assert "edition.list: names 'cyber', but this service runs 'main'" in told
            service.send_signal(signal.SIGTERM)
            _until(service, "event=stopped")
            assert service.wait(20) == 0
        write_settings(tmp_path / "feeds.yaml", address, _about_noon())
    rows = _rows(tmp_path)
    note_of = {row["kind"]: row["note"] for row in rows}
    assert list(note_of) == ["reload", "night", "gather", "start"]
    assert "4 feeds read" in note_of["gather"]
    assert (tmp_path / "output" / "backups").is_dir()


@pytest.mark.system
def test_light_when_idle(tmp_path: Path) -> None:
    """How soon it is ready, `bench idle` measures."""
    with news_server() as (address, _):
        write_settings(tmp_path / "feeds.yaml", address, _about_noon())
        subprocess.run([sys.executable, "-m", "digest", "migrate"], cwd=tmp_path, check=True)
        with _digest_run(tmp_path) as service:
            _until(service, "event=started")
            _until(service, "event=task-done task=night")
            status = Path(f"/proc/{service.pid}/status").read_text()
            resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            assert int(resident.split()[1]) <= 150_000, resident


@pytest.mark.system
@pytest.mark.parametrize("attempt", range(3))
def test_two_services_and_a_build_make_one_edition(tmp_path: Path, attempt: int) -> None:
    with news_server() as (address, asked):
        write_settings(tmp_path / "feeds.yaml", address)
        subprocess.run([sys.executable, "-m", "digest", "migrate"], cwd=tmp_path, check=True)
        with _digest_run(tmp_path) as one, _digest_run(tmp_path) as two:
            if attempt:  # not at first: then the services race with each other alone
                _until(one, "event=started")
            build = subprocess.run(
                [sys.executable, "-m", "digest", "build"],
                cwd=tmp_path, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert build.returncode == 0, build.stderr
            for service in (one, two):
                service.send_signal(signal.SIGTERM)
                _until(service, "event=stopped")
    made = [row for row in _rows(tmp_path) if row["kind"] == "build"]
    meanwhile = "Another process made the edition" in build.stdout
    assert [row["outcome"] for row in made] == ["done"] * meanwhile
    assert asked.count("/0") <= 2  # once for the edition, once more by a gathering beside it
