"""The tasks themselves: gathering by pace, building, the night; over real feeds on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from news_server import news_server, write_settings
from test_with_the_store import an_edition

from digest import work
from digest.errors import ChildLost, DigestError, StoreError
from digest.folder import held_dates
from digest.lease import Lease
from digest.model import Edition
from digest.schedule import Result, Turn
from digest.services import open_services
from digest.settings import Settings, load_settings
from digest.store import Store, open_store
from digest.store.returned import ReturnedMail
from digest.timetable import WEEKDAYS, FinishedTask, Task, TaskKind
from digest.work import HouseWork, backup_folder, database_file, perform

DAY = timedelta(days=1)


class House(NamedTuple):
    settings: Settings
    store: Store
    asked: list[str]
    now: datetime

    def perform(self, kind: TaskKind, now: datetime, holder: str = "me") -> Result:
        task = Task(kind, f"{kind}:{now.date()}", now, now.date(), late=True)
        Lease(self.store, "main/test", holder, lambda: now).take()
        return perform(self.settings, task, now, "main/test", holder)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with news_server() as (address, asked):
        file = tmp_path / "feeds.yaml"
        write_settings(file, address)
        env = {"DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3", "DIGEST_OUT": str(tmp_path)}
        settings = load_settings(file, env)
        with open_store(str(settings.db)) as store:
            yield House(settings, store, asked, datetime.now(UTC))


def test_a_gathering_asks_what_is_due_and_counts(house: House) -> None:
    first = house.perform("gather", house.now)
    assert first.outcome == "done"
    assert first.note.startswith("4 feeds read, 0 unchanged, 0 failed, 0 not asked; 16 new reports")
    again = house.perform("gather", house.now + timedelta(minutes=10))
    assert "4 not asked" in again.note
    assert len(house.asked) == 4


def test_feeds_that_all_fail_are_a_failure(house: House) -> None:
    feeds = tuple(
        replace(feed, url="http://127.0.0.1:9/feed", name=str(n))
        for n, feed in enumerate(house.settings.feeds[:1])
    )
    dark = house._replace(settings=replace(house.settings, feeds=feeds))
    failed = dark.perform("gather", house.now)
    assert failed.outcome == "failed"
    assert "is there a network?" in failed.note
    assert dark.perform("build", house.now).outcome == "empty"


def test_for_an_edition_feeds_are_asked_unless_just_read_or_long_dead(house: House) -> None:
    house.perform("gather", house.now)
    dead = house.settings.feeds[0].url
    state = house.store.feed_states()[dead]
    house.store.save_fetched([replace(state, failures=9)], [], house.now)
    with open_services(house.settings) as services:
        just_now = services.from_feeds_paced(house.now.date(), house.now + timedelta(minutes=3))
        later = services.from_feeds_paced(house.now.date(), house.now + timedelta(minutes=50))
    assert [feed.outcome for feed in just_now.health] == ["skipped"] * 4
    assert "failed 9 times in a row; to be asked again at" in just_now.health[0].problem
    assert "was read at" in just_now.health[1].problem
    assert [feed.outcome for feed in later.health] == ["skipped", *["entries"] * 3]


def test_a_bug_in_a_task_is_a_result_with_its_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("digest.services.Services.gather_now", broken)
    assert house.perform("gather", house.now) == Result("bug", "ZeroDivisionError: a bug")


def test_an_edition_taken_over_by_another_process_is_not_saved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_services(house.settings) as services:
        intake = services.from_feeds_paced(house.now.date(), house.now)
        lease = Lease(house.store, "main/test", "me")
        assert house.store.take_lease("main/test", "another", DAY, house.now)
        # What comes before the check needs no models: only whether it is reached matters.
        monkeypatch.setattr("digest.edition.compose", lambda *_: (None, None))
        with pytest.raises(DigestError, match="has taken main/test over"):
            services.make_edition(house.now.date(), house.now, intake, lease)
    assert house.store.status(check=False).editions == 0


def test_an_edition_taken_over_by_another_process_is_not_held(house: House) -> None:
    schedule = replace(house.settings.schedule, hold=True)
    holding = house._replace(settings=replace(house.settings, schedule=schedule))
    assert house.store.take_lease("main/test", "another", DAY, house.now)
    refused = holding.perform("build", house.now)
    assert refused.outcome == "failed"
    assert "has taken main/test over" in refused.note
    assert held_dates(house.settings.out) == ()
    assert house.store.release_lease("main/test", "another")
    assert holding.perform("build", house.now).outcome == "done"
    assert held_dates(house.settings.out) == (house.now.date(),)


def test_a_weekly_edition_is_made_of_its_week(house: House) -> None:
    house.perform("gather", house.now)
    later = house.now + 5 * DAY
    assert house.perform("build", later).outcome == "empty"
    editorial = replace(house.settings.editorial, window_hours=168)
    weekday = WEEKDAYS[later.astimezone(UTC).weekday()]
    schedule = replace(house.settings.schedule, days=(weekday,))
    weekly = house._replace(
        settings=replace(house.settings, editorial=editorial, schedule=schedule)
    )
    assert weekly.perform("build", later).outcome == "done"
    assert weekly.settings.timetable.days == (weekday,)


def test_an_edition_in_the_archive_lies_in_its_folder_already(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process mails what it finds in the archive, from the folder."""
    seen = []
    save = Store.save_edition

    def watched(store: Store, edition: Edition, record: bytes) -> None:
        folder = house.settings.out / edition.date.isoformat()
        seen.append((folder / "edition.json").read_bytes() == record)
        if len(seen) == 1:
            raise StoreError("the disk is full", url=store.url)
        save(store, edition, record)

    monkeypatch.setattr(Store, "save_edition", watched)
    assert house.perform("build", house.now).outcome == "failed"
    assert house.store.status(check=False).editions == 0
    assert house.perform("build", house.now).outcome == "done"
    assert seen == [True, True]
    assert house.store.status(check=False).editions == 1


def _turn(house: House, kind: TaskKind, now: datetime) -> Turn:
    task = Task(kind, f"{kind}:{now.date()}", now, now.date())
    return Turn(task, now, Lease(house.store, "main/test", "me"), lambda: False)


def test_a_nearly_full_disk_stops_the_gathering_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(house.settings.out)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    told = HouseWork(house.settings, house.store).do(_turn(house, "gather", house.now))
    assert told.outcome == "failed"
    assert "the disk is nearly full: 1 MB free" in told.note
    assert HouseWork(house.settings, house.store).do(_turn(house, "night", house.now)).outcome == (
        "done"
    )
    assert house.asked == []


def test_the_editions_disk_counts_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(house.settings.out)
    out = house.settings.out / "another disk" / "not there yet"
    out.parent.mkdir()

    def free(place: Path) -> object:
        return usage._replace(free=1_000_000 if place == out.parent else 10**9)

    monkeypatch.setattr(shutil, "disk_usage", free)
    elsewhere = replace(house.settings, out=out)
    told = HouseWork(elsewhere, house.store).do(_turn(house, "gather", house.now))
    assert told.outcome == "failed"
    assert f"at {out.parent}" in told.note


def test_a_lost_child_is_a_failure(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise ChildLost("its process died (signal 9)")

    monkeypatch.setattr(work, "in_a_child", lose)
    with pytest.raises(DigestError, match=r"^its process died \(signal 9\)$"):
        HouseWork(house.settings, house.store).do(_turn(house, "build", house.now))


def test_nights_keep_as_many_backups_as_wanted_and_delete_what_is_old(house: House) -> None:
    house.perform("gather", house.now)
    schedule = replace(house.settings.schedule, keep_backups=2, backup_dir="")
    settings = replace(house.settings, schedule=schedule)
    folder = backup_folder(settings)
    assert folder is not None
    for day in range(3):
        HouseWork(settings, house.store).do(_turn(house, "night", house.now + day * DAY))
    assert len(list(folder.iterdir())) == 2
    ReturnedMail(house.store).keep("letter", "a letter", house.now, matched=False, raw=b"x")
    late = HouseWork(settings, house.store).do(_turn(house, "night", house.now + 200 * DAY))
    assert "1 returned letters forgotten" in late.note
    assert "16 old reports deleted" in late.note
    none = replace(settings, schedule=replace(schedule, keep_backups=0))
    told = HouseWork(none, house.store).do(_turn(house, "night", house.now + 201 * DAY))
    assert told.note == "0 old reports deleted"


@pytest.mark.parametrize("keep", [1, 2])
def test_a_backup_that_fails_is_the_nights_failure_and_nothing_else_waits_for_it(
    house: House, tmp_path: Path, keep: int
) -> None:
    house.perform("gather", house.now)
    ReturnedMail(house.store).keep("letter", "a letter", house.now, matched=False, raw=b"x")
    folder = tmp_path / "backups"
    schedule = replace(house.settings.schedule, keep_backups=keep, backup_dir=str(folder))
    house_work = HouseWork(replace(house.settings, schedule=schedule), house.store)
    night = _turn(house, "night", house.now + 200 * DAY)
    in_the_way = folder / f"digest-{night.task.date}.sqlite3"
    (in_the_way / "cannot be replaced").mkdir(parents=True)
    for day in ("2026-04-11", "2026-04-12", "2026-04-13"):
        (folder / f"digest-{day}.sqlite3").touch()
    told = house_work.do(night)
    assert told.outcome == "failed"
    assert told.note.startswith("no backup: ")
    assert "16 old reports deleted" in told.note
    assert "1 returned letters forgotten" in told.note
    # The last one stays until there is another.
    assert {file.name for file in folder.iterdir()} == {
        "digest-2026-04-13.sqlite3",
        in_the_way.name,
    }
    shutil.rmtree(in_the_way)
    assert house_work.do(night).outcome == "done"
    assert len(list(folder.iterdir())) == keep


def test_cited_pages_are_asked_for_once_however_often_a_night_is_tried(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def child(*_: object) -> str:
        asked.append(1)
        return "1 cited pages looked at, 0 gone"

    monkeypatch.setattr(work, "in_a_child", child)
    night = _turn(house, "night", house.now)
    house.store.save_edition(an_edition(night.task.date, 1, house.now), b'{"stories": [{}]}')
    house_work = HouseWork(house.settings, house.store)
    assert "1 cited pages looked at" in house_work.do(night).note
    failed = FinishedTask(night.task.key, "night", night.task.date, night.now, night.now, "failed")
    house.store.record_task(failed)
    assert house_work.do(night).outcome == "done"
    assert asked == [1]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///output/digest.sqlite3", "output/digest.sqlite3"),
        ("sqlite:////var/lib/digest/digest.sqlite3?timeout=9", "/var/lib/digest/digest.sqlite3"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://digest@localhost/digest", None),
    ],
)
def test_where_a_database_lies(house: House, url: str, file: str | None) -> None:
    settings = replace(house.settings, db=type(house.settings.db)(url))
    assert database_file(settings) == (Path(file) if file else None)
    assert (backup_folder(settings) is None) == (file is None)
