"""Two `digest run` on one database and a `digest build` beside them, processes over real mail."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from news_server import news_server, noon_somewhere, write_settings
from raw_sink import RawSink

from digest.delivery import Subscriber
from digest.settings import Settings, load_settings
from digest.store import Readers, open_store

TRIES = 50
READERS = ("anna", "bo", "chen")
PATIENCE = 120.0
"""Seconds after which a try has hung."""
PLANNED = re.compile(r"^(\S+) level=debug event=planned task=(\S+) due=(\S+)", re.M)


class Forker:
    """Starts `digest` processes; see forked_digest."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _ask(self, **order: object) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, log: Path, env: dict[str, str], *argv: str) -> int:
        return self._ask(argv=argv, env=env, log=str(log))

    def wait(self, process: int) -> int:
        return self._ask(wait=process)


@contextmanager
def forker() -> Iterator[Forker]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forked_digest.py"))],
        env=env | {"OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Forker(process)
        assert process.stdin
        process.stdin.close()


def prepare(folder: Path, address: str) -> Settings:
    """Settings, and a database with readers whose morning has come."""
    zone, hour = noon_somewhere(datetime.now(UTC))
    file = folder / "feeds.yaml"
    write_settings(file, address, f"edition: {{zone: {zone}, hour: {hour}}}\n")
    settings = load_settings(file, {"DIGEST_DB": f"sqlite:///{folder}/template.sqlite3"})
    with open_store(str(settings.db)) as store:
        for name in READERS:
            reader = f"{name}@inbox.example"
            Readers(store).subscribe(
                Subscriber(reader, reader, "active", zone=zone, hour=hour),
                datetime.now(UTC) - timedelta(days=1),
            )
    return settings


def idle(log: Path) -> bool:
    """Whether the service has planned what is not due yet, and nothing else since."""
    planned = PLANNED.findall(log.read_text("utf-8")) if log.exists() else []
    return bool(planned) and datetime.fromisoformat(planned[-1][2]) > datetime.now(UTC)


@pytest.mark.system
def test_one_edition_and_one_letter_a_reader_in_fifty_tries(tmp_path: Path) -> None:
    made_by: Counter[str] = Counter()
    with news_server() as (address, _), RawSink() as sink, forker() as forks:
        settings = prepare(tmp_path, address)
        for number in range(TRIES):
            folder = tmp_path / str(number)
            folder.mkdir()
            shutil.copy(tmp_path / "template.sqlite3", folder / "digest.sqlite3")
            sink.taken.clear()
            made_by[_one_try(folder, settings, sink, forks, number)] += 1
            shutil.rmtree(folder)
    assert set(made_by) == {"run", "build"}, made_by


def _one_try(folder: Path, settings: Settings, sink: RawSink, forks: Forker, number: int) -> str:
    """All three at once, in every order; who made the edition."""
    env = {
        "DIGEST_DB": f"sqlite:///{folder}/digest.sqlite3",
        "DIGEST_OUT": str(folder / "output"),
        "DIGEST_KEYS": str(folder / "keys"),
        "DIGEST_SMTP": sink.url,
        "DIGEST_MAIL_FROM": "desk@marrow.example",
    }
    feeds = ("--feeds", str(settings.file))
    run = ("run", *feeds, "--no-web", "--verbose")
    order = [("one", run), ("two", run), ("build", ("build", *feeds))]
    order = order[number % 3 :] + order[: number % 3]
    logs = {name: folder / f"{name}.log" for name, _ in order}
    processes = {name: forks.start(logs[name], env, *argv) for name, argv in order}
    try:
        assert forks.wait(processes.pop("build")) == 0, logs["build"].read_text()
        give_up = time.monotonic() + PATIENCE
        while len(sink.taken) < len(READERS) or not (idle(logs["one"]) and idle(logs["two"])):
            assert time.monotonic() < give_up, "\n".join(log.read_text() for log in logs.values())
            time.sleep(0.02)
    finally:
        for process in processes.values():
            os.kill(process, signal.SIGTERM)
        ended = {forks.wait(process) for process in processes.values()}
    told = {name: log.read_text("utf-8") for name, log in logs.items()}
    assert ended == {0}, told
    with open_store(env["DIGEST_DB"]) as store:
        assert store.status(check=False).editions == 1
        assert store.leases_held(datetime.now(UTC)) == []
    letters = Counter(sink.names)
    assert letters == dict.fromkeys(READERS, 1), told
    by_a_run = sum("event=task-done task=build:" in told[name] for name in ("one", "two"))
    assert by_a_run <= 1, told
    return "run" if by_a_run else "build"
