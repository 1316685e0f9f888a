"""The schedule's letters: in each reader's morning, once, and not for an edition that came late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from raw_sink import Fault, Moment, RawSink

from digest.delivery import Subscriber
from digest.lease import Lease
from digest.mailsettings import load_mail_settings
from digest.model import Edition, Editorial, LeftOut
from digest.post import PAUSE, EditionPost
from digest.schedule import Result, Turn
from digest.settings import Settings, load_settings
from digest.store import Readers, Store, open_ledger, open_store
from digest.timetable import Task, next_task
from digest.work import HouseWork

DAY = date(2026, 4, 14)
HOUR = timedelta(hours=1)
EIGHT = datetime(2026, 4, 14, 4, tzinfo=UTC)  # 06:00 in Berlin
SETTINGS = (
    "edition: {zone: Europe/Berlin, hour: 6}\nfeeds: [{name: A, url: 'https://a.example/f'}]\n"
)


class Morning:
    """One installation whose clock we set."""

    def __init__(self, settings: Settings, store: Store, relay: str) -> None:
        self.now = EIGHT
        self.store = store
        self.leaving = False
        mail = load_mail_settings(settings.editorial, relay)
        self.post = EditionPost(settings, mail, store, clock=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def readers(self, **hours: tuple[str, int]) -> None:
        for name, (zone, hour) in hours.items():
            address = f"{name}@inbox.example"
            reader = Subscriber(address, address, "active", zone=zone, hour=hour)
            Readers(self.store).subscribe(reader, EIGHT - 24 * HOUR)

    def make_edition(self, made: datetime) -> None:
        edition = Edition(
            DAY, 1, made, "test", "quiet", (), Editorial(), (), LeftOut(), (), (), 0, 0, 0
        )
        self.store.save_edition(edition, b"{}")

    def due(self) -> datetime | None:
        return self.post.unsent(self.now).get(DAY)

    def send(self) -> Result:
        task = Task("send", f"send:{DAY}", self.now, DAY)
        lease = Lease(self.store, "main/send", "test", lambda: self.now)
        return self.post.send(Turn(task, self.now, lease, lambda: self.leaving))


def _morning(folder: Path, relay: str) -> Morning:
    file = folder / "feeds.yaml"
    file.write_text(SETTINGS, "utf-8")
    settings = load_settings(file)
    return Morning(settings, open_store(str(settings.db)), relay)


@pytest.fixture
def morning(installation: Path, sink: RawSink) -> Morning:
    return _morning(installation, sink.url)


def test_each_reader_gets_the_letter_in_the_readers_own_morning(
    morning: Morning, sink: RawSink
) -> None:
    morning.readers(
        berlin=("Europe/Berlin", 6),
        moscow=("Europe/Moscow", 6),  # an hour earlier: at once
        london=("Europe/London", 7),  # 06:00 UTC
        york=("America/New_York", 7),  # 11:00 UTC
        auckland=("Pacific/Auckland", 7),  # 19:00 UTC, the next morning there
    )
    assert morning.due() is None
    morning.make_edition(EIGHT + timedelta(minutes=2))
    morning.now = EIGHT + timedelta(minutes=2)
    left = []
    while (due := morning.due()) is not None:
        morning.now = max(morning.now, due)
        before = sink.names
        assert morning.send().outcome == "done"
        left += [(name, morning.now.hour) for name in sink.names if name not in before]
    assert left == [("berlin", 4), ("moscow", 4), ("london", 6), ("york", 11), ("auckland", 19)]
    morning.readers(late=("UTC", 6))
    assert morning.due() is None  # who subscribes today reads tomorrow's


def test_an_edition_that_was_made_too_late_is_not_mailed(morning: Morning, sink: RawSink) -> None:
    morning.readers(anna=("Europe/Berlin", 6))
    morning.now = EIGHT + 13 * HOUR
    morning.make_edition(morning.now)
    assert morning.due() is None


def test_letters_that_wait_are_let_go_when_they_are_stale(morning: Morning, sink: RawSink) -> None:
    morning.readers(york=("America/New_York", 7))
    morning.make_edition(EIGHT)
    morning.send()
    assert morning.due() == EIGHT + 7 * HOUR
    morning.now = EIGHT + 37 * HOUR  # the service was away
    assert morning.due() is None
    assert sink.taken == []


def test_a_relay_that_is_away_is_a_failure_to_be_tried_again(installation: Path) -> None:
    morning = _morning(installation, "smtp://127.0.0.1:9")
    names = [f"reader{number}" for number in range(30)]
    morning.readers(**dict.fromkeys(names, ("Europe/Berlin", 6)))
    morning.make_edition(EIGHT)
    result = morning.send()
    assert result.outcome == "failed"
    assert "25 letters in a row were not taken" in result.note
    assert "inbox.example" not in result.note
    assert morning.due() is not None


def test_limits_hold_over_turns_and_restarts(
    installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_LIMITS", "2/hour strand.example=9/minute")
    morning = _morning(installation, sink.url)
    morning.readers(**dict.fromkeys(["r1", "r2", "r3", "r4", "r5"], ("Europe/Berlin", 6)))
    morning.make_edition(EIGHT)
    assert morning.send().outcome == "done"
    assert (len(sink.taken), morning.due()) == (2, EIGHT + HOUR)
    again = _morning(installation, sink.url)  # a restart: its first turn comes at once
    again.now = EIGHT + HOUR / 2
    again.send()
    assert (len(sink.taken), again.due()) == (2, EIGHT + HOUR)
    for hours in (1, 2):
        again.now = EIGHT + hours * HOUR
        again.send()
    assert len(sink.taken) == 5
    assert again.due() is None


def test_a_full_domain_holds_up_no_other_readers_morning(
    installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_LIMITS", "inbox.example=1/day")
    morning = _morning(installation, sink.url)
    morning.readers(one=("Europe/Berlin", 6), two=("Europe/Berlin", 6))
    address = "three@strand.example"
    three = Subscriber(address, address, "active", zone="Europe/Berlin", hour=8)
    Readers(morning.store).subscribe(three, EIGHT - 24 * HOUR)
    morning.make_edition(EIGHT)
    morning.send()
    assert (sink.names, morning.due()) == (["one"], EIGHT + 2 * HOUR)
    morning.now = EIGHT + 2 * HOUR
    morning.send()
    assert (sink.names, morning.due()) == (["one", "three"], EIGHT + 24 * HOUR)


def test_told_to_leave_it_begins_no_further_letter(morning: Morning, sink: RawSink) -> None:
    morning.readers(anna=("Europe/Berlin", 6), bo=("Europe/Berlin", 6))
    morning.make_edition(EIGHT)
    morning.leaving = True
    result = morning.send()
    assert (result.outcome, sink.taken) == ("done", [])
    assert "2 queued" in result.note
    morning.leaving = False
    morning.send()
    assert sink.names == ["anna", "bo"]
    assert morning.due() is None


def test_a_slow_relay_takes_letters_in_turns_and_gathering_goes_in_between(
    installation: Path, sink: RawSink
) -> None:
    morning = _morning(installation, f"{sink.url}?connections=1")
    names = [f"reader{number}" for number in range(5)]
    morning.readers(**dict.fromkeys(names, ("Europe/Berlin", 6)))
    morning.make_edition(EIGHT)

    def slow(moment: Moment, recipient: str) -> Fault:
        if moment == "end":
            morning.now += timedelta(minutes=2)
        return "go on"

    sink.plan = slow
    first = morning.send()
    assert (first.outcome, first.note) == ("done", "3 letters sent, 2 queued")
    settings = load_settings(installation / "feeds.yaml")
    house = HouseWork(settings, morning.store, morning.post)
    assert next_task(morning.now, settings.timetable, house.done(morning.now)).kind == "gather"
    assert morning.due() == morning.now + PAUSE
    morning.now += PAUSE
    assert morning.send().note == "2 letters sent"
    assert sink.names == names
    assert morning.due() is None


def test_a_reader_whose_zone_is_unknown_gets_the_letter_with_the_edition(morning: Morning) -> None:
    for unknown in ("Mars/Olympus", "Europe"):
        assert morning.post.morning(DAY, unknown, 7) == EIGHT


def test_a_letter_sent_by_hand_keeps_nobody_from_theirs(morning: Morning, sink: RawSink) -> None:
    morning.readers(berlin=("Europe/Berlin", 6))
    morning.make_edition(EIGHT - HOUR)
    with open_ledger(morning.store, DAY, to_send=False) as ledger:
        me = Readers(morning.store).guest("me@inbox.example", "me@inbox.example", EIGHT)
        ledger.queue_readers([me.id], EIGHT - HOUR)
    morning.now = EIGHT - HOUR
    while (due := morning.due()) is not None:
        morning.now = max(morning.now, due)
        assert morning.send().outcome == "done"
    assert sink.names == ["berlin", "me"]


def test_nor_does_it_send_a_late_edition_to_all(morning: Morning, sink: RawSink) -> None:
    morning.readers(berlin=("Europe/Berlin", 6))
    morning.make_edition(EIGHT + 13 * HOUR)
    with open_ledger(morning.store, DAY, to_send=False) as ledger:
        me = Readers(morning.store).guest("me@inbox.example", "me@inbox.example", EIGHT)
        ledger.queue_readers([me.id], EIGHT + 13 * HOUR)
    morning.now = EIGHT + 14 * HOUR
    assert morning.due() is not None
    assert morning.send().outcome == "done"
    assert sink.names == ["me"]
