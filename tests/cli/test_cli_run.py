"""`digest status`, `doctor`, `backup`, `migrate`: what an operator is told."""

from __future__ import annotations

import errno
import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path

import pytest
from folder_samples import BUNDLE
from typer.testing import CliRunner

from digest.cli.app import app
from digest.delivery import Subscriber
from digest.errors import StoreError, UsageError
from digest.folder import write_edition
from digest.model import Edition, Editorial, FeedState, LeftOut, Rendered
from digest.settings import load_settings
from digest.store import Readers, open_ledger, open_store
from digest.store.returned import ReturnedMail
from digest.timetable import FinishedTask

NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
TODAY = NOW.date()
HOUR = timedelta(hours=1)
SETTINGS = """\
edition: {title: The Marrow Morning, zone: Europe/Berlin, hour: 6}
feeds:
  - {name: Odra Courier, url: 'https://odra.example/feed.xml'}
  - {name: Selwyn Herald, url: 'https://selwyn.example/rss'}
  - {name: Harbour Times, url: 'https://harbour.example/rss'}
  - {name: Marrow Gazette, url: 'https://marrow.example/rss'}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and a database in which the service was started at night."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_DB", "sqlite:///digest.sqlite3")
    (tmp_path / "feeds.yaml").write_text(SETTINGS, "utf-8")
    with open_store("sqlite:///digest.sqlite3") as store:
        states = [
            FeedState("https://odra.example/feed.xml", newest=NOW - HOUR, last_success=NOW),
            FeedState("https://selwyn.example/rss", failures=7),
            FeedState("https://harbour.example/rss", newest=NOW - 400 * HOUR, last_success=NOW),
        ]
        store.save_fetched(states, [], NOW)
        start = NOW - 6 * HOUR
        store.record_task(
            FinishedTask("start", "start", start.date(), start, start, "done", "started")
        )
        store.record_task(_task("gather", "done", NOW - timedelta(minutes=30), "4 feeds read"))
    return tmp_path


def _task(key: str, outcome: str, finished: datetime, note: str) -> FinishedTask:
    return FinishedTask(
        key, key.partition(":")[0], finished.date(), finished - HOUR / 60, finished,
        outcome,  # type: ignore[arg-type]
        note,
    )  # fmt: skip


def _make_edition(
    place: Path, status: str = "complete", record: bytes = b"{}", day: Date = TODAY, number: int = 1
) -> None:
    edition = Edition(
        day, number, NOW - 5 * HOUR, "test", status,  # type: ignore[arg-type]
        (), Editorial(), (), LeftOut(), (), (), 9, 4, 3,
    )  # fmt: skip
    with open_store(f"sqlite:///{place}/digest.sqlite3") as store:
        store.save_edition(edition, record)


def _run(*args: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, args, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def _status(*args: str, code: int = 0) -> str:
    return _run("status", "--now", NOW.isoformat(), *args, code=code)


def test_all_is_well(place: Path) -> None:
    _make_edition(place)
    said = _status("--check")
    assert "All is well." in said
    assert "Wed 2026-04-15 06:00" in said  # Berlin's clock
    assert "4, of them 1 dead and 1 silent" in said
    assert "Selwyn Herald" in said


def test_a_missing_edition_and_its_failures_are_told(place: Path) -> None:
    with open_store("sqlite:///digest.sqlite3") as store:
        for minutes in (230, 220):
            at = NOW - timedelta(minutes=minutes)
            store.record_task(_task("build:2026-04-14", "failed", at, "the disk is full"))
    said = _status("--check", code=1)
    assert "! The edition of 2026-04-14 is not made yet." in said
    assert "build:2026-04-14 failed 2 times" in said
    assert "the disk is full" in said


def test_a_service_that_is_away_is_told(place: Path) -> None:
    _make_edition(place)
    later = (NOW + 5 * HOUR).isoformat()
    assert "is `digest run` running" in _run("status", "--now", later, "--check", code=1)


def test_a_degraded_edition_needs_attention(place: Path) -> None:
    _make_edition(place, "degraded")
    assert "is degraded" in _status("--check", code=1)


def test_an_edition_of_a_day_to_come_is_not_the_last_one(place: Path) -> None:
    _make_edition(place)
    _make_edition(place, "degraded", day=Date(2062, 4, 14), number=2)
    told = json.loads(_run("status", "--json", "--now", NOW.isoformat()))
    assert (told["last"]["date"], told["editions"]) == ("2026-04-14", 2)
    assert told["attention"] == []


def test_letters_bounces_and_unused_reports_are_counted(place: Path) -> None:
    unused = {"outside_window": 2, "dropped": [{"where": "f", "why": "it has no title"}]}
    _make_edition(place, record=json.dumps({"left_out": unused}).encode())
    day = NOW.date()
    with open_store("sqlite:///digest.sqlite3") as store:
        for name in ("anna", "bo"):
            reader = f"{name}@inbox.example"
            Readers(store).subscribe(Subscriber(reader, reader, "active"), NOW - 48 * HOUR)
        with open_ledger(store, day) as ledger:
            ledger.queue_subscribers(NOW, lambda zone, hour: NOW)
            (first, _) = ledger.due(NOW, 2)
            ledger.turn([], [first.id], NOW)
            ledger.recover(NOW)
        ReturnedMail(store).keep("hard", "no such mailbox", NOW - HOUR, matched=True)
    said = _status()
    assert "2 dated outside the window, 1 it has no title" in said
    assert "1 queued, 1 uncertain" in said
    assert "1 hard" in said
    told = json.loads(_status("--json", "--check"))
    assert told["letters"] == {"queued": 1, "uncertain": 1}
    assert told["matters"][0]["key"] == "uncertain:2026-04-14"
    assert "inbox.example" not in json.dumps(told)


def test_readers_whose_days_have_no_edition_any_more_are_counted(place: Path) -> None:
    _make_edition(place)
    with open_store("sqlite:///digest.sqlite3") as store:
        for name, days in (("anna", 0b1000000), ("bo", 0b1000001)):
            reader = f"{name}@inbox.example"
            Readers(store).subscribe(Subscriber(reader, reader, "active", days=days), NOW)
    assert "no day left" not in _status("--check")
    weekdays = "schedule: {days: [monday, tuesday, wednesday, thursday, friday]}\n"
    (place / "feeds.yaml").write_text(SETTINGS + weekdays, "utf-8")
    said = _status("--check")  # no alarm: it may be as the reader wants it
    assert re.search(r"no day left +1 readers", said)
    told = json.loads(_status("--json"))
    assert told["dayless"] == 1
    (matter,) = [matter for matter in told["matters"] if matter["key"] == "dayless"]
    assert matter["text"].startswith("1 readers get no letter")


def test_json_tells_the_same(place: Path) -> None:
    _make_edition(place)
    with open_store("sqlite:///digest.sqlite3") as store:
        store.take_lease("main/gather", "host:1:ab", HOUR, NOW)
    told = json.loads(_status("--json"))
    assert told["last"]["date"] == "2026-04-14"
    assert told["next_edition"]["due"] == "2026-04-15T04:00:00+00:00"
    assert [feed["name"] for feed in told["dead"]] == ["Selwyn Herald"]
    assert told["in_hand"][0]["name"] == "main/gather"
    assert told["recent"][0]["note"] == "4 feeds read"
    assert told["attention"] == []


def test_an_installation_that_never_ran_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeds.yaml").write_text(SETTINGS, "utf-8")
    assert "never started" in _run("status")
    assert "MEND" not in _run("doctor")


def test_doctor_names_what_to_mend(place: Path) -> None:
    found = json.loads(_run("doctor", "--now", NOW.isoformat(), "--json", code=1))
    bad = {finding["what"]: finding["mend"] for finding in found if not finding["good"]}
    assert list(bad) == ["service"]
    assert "not made yet" in bad["service"]
    (place / "file").write_text("in the way")
    assert "MEND   editions" in _run("doctor", "--out", "file/here", code=1)


def test_doctor_looks_at_the_database_s_disk_too(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(place)
    full = place / "archive"
    full.mkdir()
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda there: usage._replace(free=1_000_000 if Path(there) == full else 10**10),
    )
    told = _run("doctor", "--db", f"sqlite:///{full}/digest.sqlite3", "--json", code=1)
    disks = {one["said"]: one["good"] for one in json.loads(told) if one["what"] == "disk"}
    assert disks == {
        f"10.0 GB free at {place / 'output'}": True,
        f"0.0 GB free at {full}": False,
    }


def test_doctor_looks_at_the_newest_edition(place: Path) -> None:
    page = b"<!DOCTYPE html><title>x</title><h1>x</h1><script>1</script>"
    rendered = Rendered(page, page, b"x\n", b'{"stories": []}\n')
    folder = write_edition(Path("output"), rendered, BUNDLE)
    told = _run("doctor", code=1)
    assert "MEND   last edition" in told
    assert "<script> has no place" in told
    (folder / "index.html").unlink()
    assert "index.html" in _run("doctor", code=1)
    later = Path("output/2062-04-14")
    later.mkdir()
    (later / "edition.json").write_text("{}", "utf-8")
    assert f"{folder.name}: 1 faults" in _run("doctor", code=1)


def test_doctor_misses_the_editions_that_the_database_knows(place: Path) -> None:
    _make_edition(place)
    told = _run("doctor", "--now", NOW.isoformat(), code=1)
    assert f"{TODAY}: the database knows it, output does not hold it" in told
    assert "DIGEST_OUT" in told


def test_doctor_knows_a_damaged_database(place: Path) -> None:
    (place / "digest.sqlite3").write_bytes(b"no database at all" * 100)
    assert "restore a backup" in _run("doctor", code=1)


def test_backup_by_hand(place: Path) -> None:
    assert "The backup is copy.sqlite3" in _run("backup", "--to", "copy.sqlite3")
    told = json.loads(_run("backup", "--to", "again.sqlite3", "--json"))
    size = (place / "again.sqlite3").stat().st_size
    assert told == {"file": "again.sqlite3", "bytes": size}
    _run("backup")
    assert [file.name[:9] for file in (place / "backups").iterdir()] == ["digest-20"]
    with pytest.raises(UsageError, match="--to"):
        _run("backup", "--db", "sqlite://")
    with pytest.raises(StoreError, match="could not be written"):
        _run("backup", "--to", "feeds.yaml/x")
    with pytest.raises(StoreError, match="no backup"):
        _run("backup", "--to", "feeds.yaml")
    _run("backup", "--to", "again.sqlite3")


def test_a_night_by_hand_is_the_services(place: Path) -> None:
    for day in ("2026-04-12", "2026-04-13"):
        (place / "backups").mkdir(exist_ok=True)
        (place / "backups" / f"digest-{day}.sqlite3").touch()
    settings = (place / "feeds.yaml").read_text("utf-8") + "schedule: {keep_backups: 1}\n"
    (place / "feeds.yaml").write_text(settings, "utf-8")
    with open_store("sqlite:///digest.sqlite3") as store:
        store.record_task(_task("gather", "done", NOW - 100 * 24 * HOUR, "too old"))
    said = _run("night", "--now", NOW.isoformat())
    assert "backup digest-2026-04-14.sqlite3" in said
    assert [file.name for file in (place / "backups").iterdir()] == ["digest-2026-04-14.sqlite3"]
    with open_store("sqlite:///digest.sqlite3") as store:
        assert "too old" not in [task.note for task in store.tasks_since(NOW - 200 * 24 * HOUR)]
        assert store.take_lease("main/night:2026-04-14", "another", HOUR, datetime.now(UTC))
    with pytest.raises(UsageError, match="another process"):
        _run("night", "--now", NOW.isoformat())


def test_a_night_without_its_backup_ends_with_an_error(place: Path) -> None:
    settings = (place / "feeds.yaml").read_text("utf-8") + "schedule: {backup_dir: feeds.yaml/x}\n"
    (place / "feeds.yaml").write_text(settings, "utf-8")
    assert "no backup: " in _run("night", "--now", NOW.isoformat(), code=1)


def test_recheck_can_be_read_by_a_script(place: Path) -> None:
    assert json.loads(_run("recheck", "--json")) == {"pages": 0, "gone": 0, "corrections": []}


def test_migrate_says_what_the_database_has(place: Path) -> None:
    assert "which this version uses" in _run("migrate")
    assert json.loads(_run("migrate", "--json"))["copy"] is None
    assert not (place / "backups").exists()


def test_a_disk_that_is_full_leaves_no_half_file(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, content: bytes) -> int:
        with file.open("wb") as stream:
            stream.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    (place / "all.opml").write_text("an older one")
    monkeypatch.setattr(Path, "write_bytes", full)
    for words in (["init", str(tmp_path / "new")], ["feeds", "export", "all.opml"]):
        with pytest.raises(UsageError, match="No space left"):
            _run(*words)
    assert not list((tmp_path / "new").iterdir())
    assert (place / "all.opml").read_text() == "an older one"


def test_init_writes_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(SETTINGS, "utf-8")
    said = _run("init", "--unit", str(tmp_path))
    assert "feeds.yaml is there already" in said
    assert (tmp_path / "feeds.yaml").read_text("utf-8") == SETTINGS
    unit = (tmp_path / "digest.service").read_text("utf-8")
    assert f" run --feeds {tmp_path}/feeds.yaml" in unit
    assert "ExecStart=/opt/" not in unit
    by_hand = tmp_path / "digest-ctl"
    assert by_hand.stat().st_mode & 0o777 == 0o755
    started = re.search(r"ExecStart=(.+) run ", unit)
    assert started
    assert by_hand.read_text("utf-8").endswith(f'    {started[1]} "$@"\n')
    assert f"WorkingDirectory={tmp_path} " in by_hand.read_text("utf-8")
    _run("init", str(tmp_path / "new"))
    assert load_settings(tmp_path / "new" / "feeds.yaml").feeds == load_settings().feeds
    with pytest.raises(UsageError, match="cannot be written"):
        _run("init", str(tmp_path / "feeds.yaml"))
