"""The operator's letter: once for each matter, collected, over a real relay."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from raw_sink import Fault, Moment, RawSink

from digest.mailsettings import load_mail_settings
from digest.model import FeedState
from digest.operatordesk import OperatorDesk, news
from digest.settings import load_settings
from digest.status import Matter
from digest.store import Store, open_store
from digest.timetable import FinishedTask
from digest.work import HouseWork

NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = """\
edition: {title: The Marrow Morning, zone: Europe/Berlin, hour: 6}
feeds:
  - {name: Odra Courier, url: 'https://odra.example/feed.xml'}
  - {name: Selwyn Herald, url: 'https://selwyn.example/rss'}
  - {name: Harbour Times, url: 'https://harbour.example/rss'}
  - {name: Marrow Gazette, url: 'https://marrow.example/rss'}
"""
A, B = Matter("a", "A is late."), Matter("b", "B is dead.", grave=False)


def test_a_matter_is_told_once_and_once_more_when_it_is_over() -> None:
    every = 6 * HOUR
    first = news((A,), (), None, NOW, every)
    assert first is not None
    assert (first.new, first.over, first.still) == ((A,), (), ())
    assert news((A,), ("a",), NOW, NOW + 7 * HOUR, every) is None
    both = news((A, B), ("a",), NOW, NOW + 7 * HOUR, every)
    assert both is not None
    assert (both.new, both.still) == ((B,), (A,))
    over = news((B,), ("a", "b"), NOW, NOW + 14 * HOUR, every)
    assert over is not None
    assert (over.new, over.over, over.still) == ((), ("a",), (B,))


def test_two_letters_keep_their_distance_unless_the_clock_was_set_back() -> None:
    assert news((A,), (), NOW, NOW + 5 * HOUR, 6 * HOUR) is None
    assert news((A,), (), NOW, NOW - 5 * HOUR, 6 * HOUR) is not None


class House:
    def __init__(self, folder: Path, sink: RawSink) -> None:
        file = folder / "feeds.yaml"
        file.write_text(SETTINGS, "utf-8")
        env = {
            "DIGEST_DB": f"sqlite:///{folder}/digest.sqlite3",
            "DIGEST_OUT": str(folder / "output"),
            "DIGEST_KEYS": str(folder / "keys"),
            "DIGEST_SMTP": sink.url,
            "DIGEST_MAIL_FROM": "desk@marrow.example",
            "DIGEST_OPERATOR": "op@marrow.example",
        }
        self.sink = sink
        self.settings = load_settings(file, env)
        self.mail = load_mail_settings(self.settings.editorial, env=env)
        self.store: Store = open_store(env["DIGEST_DB"])
        work = HouseWork(self.settings, self.store)
        self.desk = OperatorDesk(self.settings, self.mail, self.store, work)
        start = NOW - 6 * HOUR
        self.task("start", "done", start, "started")
        self.task("gather", "done", NOW - HOUR / 2, "4 feeds read")

    def task(self, key: str, outcome: str, finished: datetime, note: str) -> None:
        kind = key.partition(":")[0]
        self.store.record_task(
            FinishedTask(key, kind, finished.date(), finished, finished, outcome, note)  # type: ignore[arg-type]
        )

    def letters(self) -> list[EmailMessage]:
        found = []
        for taken in self.sink.taken:
            message = email.message_from_bytes(taken.letter, policy=email.policy.SMTP)
            assert isinstance(message, EmailMessage)
            found.append(message)
        return found


@pytest.fixture
def house(tmp_path: Path, sink: RawSink) -> Iterator[House]:
    made = House(tmp_path, sink)
    yield made
    made.store.close()


def test_a_late_edition_and_a_dead_feed_are_one_letter(house: House) -> None:
    house.task("build:2026-04-14", "failed", NOW - HOUR, "the disk is full")
    dead = FeedState("https://selwyn.example/rss", failures=7)
    house.store.save_fetched([dead], [], NOW)
    for minutes in range(0, 300, 60):
        house.desk.look(NOW + timedelta(minutes=minutes))
    (letter,) = house.letters()
    assert letter["To"] == "op@marrow.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Subject"] == "The Marrow Morning: The edition of 2026-04-14 is not made yet."
    text = " ".join(str(letter.get_content()).split())
    assert "build:2026-04-14 failed 1 times" in text
    assert "the disk is full" in text
    assert "Selwyn Herald is dead" in text


def test_what_is_over_is_told_too(house: House) -> None:
    house.task("build:2026-04-14", "failed", NOW - HOUR, "the disk is full")
    house.desk.look(NOW)
    house.task("build:2026-04-14", "empty", NOW + HOUR, "no report")
    later = NOW + timedelta(days=3)
    house.task("gather", "done", later - HOUR / 2, "4 feeds read")
    for day in (15, 16, 17):
        house.task(f"build:2026-04-{day}", "empty", later - HOUR / 2, "no report")
    house.desk.look(later)
    text = str(house.letters()[-1].get_content())
    assert "Over:" in text
    assert "failed:build:2026-04-14" in text


def test_a_relay_that_is_away_gets_the_letter_later(house: House, sink: RawSink) -> None:
    house.task("build:2026-04-14", "failed", NOW - HOUR, "the disk is full")
    away = True

    def plan(moment: Moment, recipient: str) -> Fault:
        return b"451 later\r\n" if away and moment == "rcpt" else "go on"

    sink.plan = plan
    house.desk.look(NOW)
    assert house.letters() == []
    away = False
    house.desk.look(NOW + HOUR)
    house.desk.look(NOW + 2 * HOUR)
    assert len(house.letters()) == 1


def test_what_goes_on_failing_while_the_relay_is_away_is_not_told_as_over(
    house: House, sink: RawSink
) -> None:
    sink.plan = lambda moment, recipient: b"451 later\r\n" if moment == "rcpt" else "go on"
    for hours in range(1, 4):
        at = NOW + hours * HOUR
        house.task("gather", "done", at - HOUR / 2, "4 feeds read")
        house.task("build:2026-04-14", "failed", at, "the disk\nis full")
        if hours == 1:
            house.task("night:2026-04-14", "failed", at, "no backup")
        house.desk.look(at)
    assert house.letters() == []
    sink.plan = lambda moment, recipient: "go on"
    house.task("night:2026-04-14", "done", at, "pruned")
    house.desk.look(at + HOUR / 4)
    (letter,) = house.letters()
    new, _, over = " ".join(str(letter.get_content()).split()).partition("and is over:")
    assert "build:2026-04-14 failed 3 times" in new
    assert "build:2026-04-14" not in over
    assert over.count("night:2026-04-14 failed 1 times") == 1
