"""What the service keeps in the store: finished tasks, backups, pace, who has what in hand."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.model import FeedState, Item
from digest.store import Store, backup_before_migration, open_store, restore
from digest.timetable import FinishedTask

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
TASK = FinishedTask("gather", "gather", NOW.date(), NOW - HOUR, NOW, "done", "4 feeds read")


def _item(number: int, when: datetime, feed: str = "https://a.example/f") -> Item:
    return Item(
        f"{number}", f"https://a.example/{number}", "A", "T", "x" * 900, when, when, feed=feed
    )


def test_tasks_come_back_as_they_went_oldest_first(store: Store, url: str) -> None:
    later = replace(TASK, finished=NOW + HOUR, outcome="failed", note="no network")
    store.record_task(later)
    store.record_task(TASK)
    with open_store(url, "asia") as other:
        other.record_task(replace(TASK, key="other list"))
    assert store.tasks_since(NOW) == [TASK, later]
    assert store.tasks_since(NOW + timedelta(seconds=1)) == [later]
    assert store.first_start() == NOW - HOUR
    store.prune(NOW + timedelta(minutes=30), NOW + timedelta(minutes=30))
    assert store.tasks_since(NOW - HOUR) == [later]


def test_the_last_start_is_known_however_long_ago(store: Store, url: str) -> None:
    for days in (300, 200, 1):
        moment = NOW - timedelta(days=days)
        kind = "gather" if days == 1 else "start"
        store.record_task(replace(TASK, kind=kind, started=moment, finished=moment))
    with open_store(url, "asia") as other:
        other.record_task(replace(TASK, kind="start", started=NOW, finished=NOW))
    store.prune(NOW - timedelta(days=90), NOW)
    assert store.last_start() == NOW - timedelta(days=200)
    assert len(store.tasks_since(NOW - timedelta(days=400))) == 2


def test_a_new_database_was_never_started(store: Store) -> None:
    assert store.first_start() is None
    assert store.last_start() is None
    assert store.editions_since(Date(2026, 1, 1)) == {}


def test_pace_is_told_per_feed(store: Store) -> None:
    states = [FeedState("https://a.example/f"), FeedState("https://b.example/f", failures=3)]
    batch = [_item(n, NOW - n * HOUR) for n in range(5)] + [_item(9, NOW, ""), _item(8, NOW, "b")]
    store.save_fetched(states, batch, NOW)
    assert store.items_per_feed(NOW - 2 * HOUR) == {"https://a.example/f": 3, "b": 1}
    assert store.feeds_asked() == {"https://a.example/f": NOW, "https://b.example/f": NOW}


def test_who_has_what_in_hand(store: Store) -> None:
    store.take_lease("main/build", "one", HOUR, NOW)
    store.take_lease("main/gather", "two", HOUR, NOW - 2 * HOUR)
    assert [(held.name, held.holder) for held in store.leases_held(NOW)] == [("main/build", "one")]


# --- SQLite alone -----------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "digest.sqlite3"


def test_a_backup_of_a_database_in_use_is_whole(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "copy.sqlite3"
    with open_store(f"sqlite:///{file}") as store:
        store.save_fetched([], [_item(n, NOW) for n in range(500)], NOW)
        begun, enough = threading.Event(), threading.Event()

        def write() -> None:
            for number in range(1_000, 1_000_000):
                store.save_fetched([], [_item(number, NOW)], NOW)
                begun.set()
                if enough.is_set():
                    return

        writer = threading.Thread(target=write)
        writer.start()
        begun.wait(10)
        store.backup(target)
        enough.set()
        writer.join()
    assert [path.name for path in target.parent.iterdir()] == ["copy.sqlite3"]
    with open_store(f"sqlite:///{target}") as copy:
        status = copy.status()
        assert status.items >= 501
        assert status.damage == ()


def test_a_backup_that_cannot_be_written_leaves_the_old_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with open_store(f"sqlite:///{file}") as store:
        with pytest.raises(StoreError, match="could not be written"):
            store.backup(tmp_path / "file" / "copy.sqlite3")
        store.backup(tmp_path / "copy.sqlite3")
        store.backup(tmp_path / "copy.sqlite3")
    assert (tmp_path / "copy.sqlite3").stat().st_size > 0


def test_a_database_is_no_backup_of_itself(file: Path, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{file}") as store:
        (tmp_path / "link.sqlite3").symlink_to(file)
        for name in (file.name, "link.sqlite3"):
            with pytest.raises(StoreError, match=f"{name} is this database itself"):
                store.backup(tmp_path / name)
        store.record_task(TASK)
    with open_store(f"sqlite:///{file}") as store:
        assert store.tasks_since(NOW - HOUR) == [TASK]


def test_a_newer_programs_backup_leaves_the_database_in_use(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "newer.sqlite3"
    with open_store(f"sqlite:///{file}") as store:
        store.backup(copy)
        with closing(sqlite3.connect(copy)) as newer:
            newer.execute("UPDATE alembic_version SET version_num = '9999'")
            newer.commit()
        store.record_task(TASK)
        with pytest.raises(StoreError, match=r"newer\.sqlite3 was made by a newer .* 9999"):
            restore(f"sqlite:///{file}", copy, tmp_path / "aside.sqlite3", NOW)
    assert not (tmp_path / "aside.sqlite3").exists()
    with open_store(f"sqlite:///{file}") as store:
        assert store.tasks_since(NOW - HOUR) == [TASK]


def test_vacuum_gives_room_back_where_it_is_worth_it(file: Path) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.save_fetched([], [_item(n, NOW) for n in range(3_000)], NOW)
        assert not store.vacuum()
        before = file.stat().st_size
        store.prune(NOW + HOUR, NOW + HOUR)
        assert store.vacuum()
        assert file.stat().st_size < before / 4


def test_an_older_schema_is_copied_before_it_is_changed(file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{file}"
    assert backup_before_migration(url, tmp_path) is None  # nothing there yet
    open_store(url).close()
    assert backup_before_migration(url, tmp_path) is None  # of today
    with closing(sqlite3.connect(file)) as old:
        old.execute("UPDATE alembic_version SET version_num = '0001'")
        old.commit()
    copy = backup_before_migration(url, tmp_path / "backups")
    assert copy == tmp_path / "backups" / "before-migration-0001.sqlite3"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
