"""/metrics: what it tells, and whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp, Message

from digest.metrics import CONTENT_TYPE, exposition
from digest.model import Editorial
from digest.settings import Settings, load_settings
from digest.status import Picture, picture
from digest.store import open_store
from digest.timetable import FinishedTask, Outcome
from digest.web.app import make_app
from digest.web.health import Measured
from digest.work import HouseWork

NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
SETTINGS = "feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "feeds.yaml"
    file.write_text(SETTINGS, "utf-8")
    return load_settings(file, {"DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3"})


def _task(key: str, outcome: Outcome, ended: datetime, seconds: dict[str, float]) -> FinishedTask:
    kind, begun = key.partition(":")[0], ended - timedelta(minutes=10)
    return FinishedTask(key, kind, ended.date(), begun, ended, outcome, "", seconds)


def _seen(settings: Settings, tasks: Iterable[FinishedTask]) -> Picture:
    """The picture after these tasks."""
    with open_store(str(settings.db)) as store:
        for task in tasks:
            store.record_task(task)
        return picture(settings, store, HouseWork(settings, store), NOW)


@pytest.fixture
def found(settings: Settings) -> Picture:
    seconds = {"gather": 41.5, "analyse": 3.25}
    tasks: list[tuple[str, Outcome]] = [("start", "done"), ("build:2026-04-14", "failed")]
    return _seen(
        settings, [_task(key, how, NOW, seconds) for key, how in [*tasks, ("gather", "done")]]
    )


def _values(body: bytes) -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_the_picture_is_told_in_the_format_that_prometheus_reads(found: Picture) -> None:
    told = replace(found, letters={"sent": 7, "bounced": 1}, returned={"hard": 2})
    values = _values(exposition(told))
    assert values["digest_returned_letters", "hard"] == 2
    assert values["digest_feeds", "well"] == 1
    assert values["digest_letters", "sent"] == 7
    assert values["digest_letters", "queued"] == 0
    assert values["digest_task_seconds", "gather"] == 600
    assert values["digest_stage_seconds", "analyse"] == 3.25
    assert values["digest_task_failures", "build:2026-04-14"] == 1
    assert ("digest_last_edition_number", "") not in values


def test_the_last_edition_s_times_are_told_all_day_and_all_week(settings: Settings) -> None:
    wednesday = NOW - timedelta(days=6)
    gatherings = [NOW - n * timedelta(minutes=15) for n in range(24)]
    tasks = [
        _task("build:2026-04-08", "done", wednesday, {"analyse": 3.25}),
        *(_task("gather", "done", ended, {}) for ended in sorted(gatherings)),
    ]
    values = _values(exposition(_seen(settings, tasks)))
    assert values["digest_task_seconds", "build"] == 600
    assert values["digest_task_timestamp_seconds", "build"] == wednesday.timestamp()
    assert values["digest_stage_seconds", "analyse"] == 3.25


def _ask(app: ASGIApp, host: str, authorization: bytes) -> tuple[int, dict[bytes, bytes]]:
    """The status and headers that a client at `host` is answered with."""
    headers = [(b"host", b"digest.example")]
    headers += [(b"authorization", authorization)] if authorization else []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/metrics",
        "raw_path": b"/metrics",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": (host, 5000),
        "server": ("digest.example", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await app(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], dict(sent[0]["headers"])


def _app(tmp_path: Path, token: str) -> ASGIApp:
    measured = Measured(lambda: b"digest_reports 1\n", CONTENT_TYPE, token)
    return make_app(out=tmp_path, editorial=Editorial(), measured=measured)


@pytest.mark.parametrize(
    ("token", "host", "shown", "status"),
    [
        ("", "127.0.0.1", "", 200),
        ("", "::1", "", 200),
        ("", "192.0.2.7", "", 403),
        ("", "no-address", "", 403),
        ("s3cret", "192.0.2.7", "Bearer s3cret", 200),
        ("s3cret", "127.0.0.1", "", 403),
        ("s3cret", "192.0.2.7", "Bearer s3cre\u00e4", 403),
    ],
)
def test_who_may_read_it(tmp_path: Path, token: str, host: str, shown: str, status: int) -> None:
    answered, headers = _ask(_app(tmp_path, token), host, shown.encode("latin-1"))
    assert answered == status
    assert headers[b"cache-control"] == b"no-store"


def test_without_it_there_is_no_such_page(tmp_path: Path) -> None:
    app = make_app(out=tmp_path, editorial=Editorial())
    assert _ask(app, "127.0.0.1", b"")[0] == 404
