"""Breaking news from a gathering to the letters: once, and only to who wants it at once."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from news_server import news_server, write_settings
from raw_sink import RawSink
from typer.testing import CliRunner

from digest.alerts import alerts_since, ledger_name
from digest.cli.app import app
from digest.delivery import Subscriber
from digest.errors import EditionError, StoreError
from digest.folder import read_bundle, read_edition, read_rendered, write_edition
from digest.lease import Lease
from digest.mailsettings import load_mail_settings
from digest.post import EditionPost
from digest.schedule import Result, Turn
from digest.services import open_services
from digest.settings import Settings, load_settings
from digest.store import Readers, Store, open_ledger, open_store
from digest.timetable import ALERT_WITHIN, Task
from digest.work import perform
from digest.write.verify import problems

MARKS = "breaking: {origins: 1, severity: 0.3, hours: 6, per_day: 1}"


class Desk:
    """One installation, its feeds on a server of this machine."""

    def __init__(self, settings: Settings, store: Store, relay: str) -> None:
        self.now = datetime.now(UTC)
        self.settings, self.store = settings, store
        mail = load_mail_settings(settings.editorial, relay)
        self.post = EditionPost(settings, mail, store, clock=lambda: self.now, sleep=lambda s: None)

    def reader(
        self,
        name: str,
        *,
        breaking: bool,
        sections: tuple[str, ...] = (),
        regions: tuple[str, ...] = (),
    ) -> None:
        address = f"{name}@inbox.example"
        reader = Subscriber(address, address, "active", breaking=breaking, days=0b1, hour=3)
        reader = replace(reader, sections=sections, regions=regions)
        Readers(self.store).subscribe(reader, self.now - timedelta(days=2))

    def perform(self, kind: str) -> Result:
        task = Task(kind, f"{kind}:{self.today}", self.now, self.today)  # type: ignore[arg-type]
        lease = Lease(self.store, "main/test", "me", lambda: self.now)
        lease.take()
        try:
            return perform(self.settings, task, self.now, lease.name, lease.holder)
        finally:
            lease.release()

    @property
    def today(self) -> date:
        return self.now.date()

    def send(self) -> list[Result]:
        done = []
        while waiting := self.post.alerts(self.now):
            ((day, name), due), *_ = waiting.items()
            assert due <= self.now
            task = Task("alert", f"alert:{day}:{name}", self.now, day, name=name)
            lease = Lease(self.store, "main/alert", "test", lambda: self.now)
            done.append(self.post.alert(Turn(task, self.now, lease, lambda: False)))
        return done


@pytest.fixture
def desk(installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DIGEST_OUT", str(installation / "editions"))
    with news_server() as (address, _):
        file = installation / "feeds.yaml"
        write_settings(file, address, f"edition: {{hour: 0, {MARKS}}}\n")
        settings = load_settings(file)
        with open_store(str(settings.db)) as store:
            yield Desk(settings, store, sink.url)


def test_told_once_to_who_wants_it(desk: Desk, sink: RawSink) -> None:
    desk.reader("anna", breaking=True)
    desk.reader("ben", breaking=False)
    note = desk.perform("gather").note
    assert "breaking: " in note
    (alert,) = alerts_since(desk.settings.out, desk.today)
    assert desk.send()[0].note == "1 letters sent"
    assert sink.names == ["anna"]
    assert desk.send() == []

    letter = email.message_from_bytes(sink.taken[0].letter, policy=email.policy.default)
    assert str(letter["Subject"]) == alert.told.headline
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Breaking news" in text
    assert "To comment" not in text
    record = json.loads((alert.folder / "edition.json").read_bytes())
    assert record["breaking"] is True
    assert len(record["stories"]) == 1
    assert problems(record, read_bundle(alert.folder).items) == []
    again = desk.settings.out / "again"
    done = CliRunner().invoke(app, ["rebuild", str(alert.folder), "--out", str(again)])
    assert done.exit_code == 0, done.output


def test_told_to_whom_it_concerns(desk: Desk, sink: RawSink) -> None:
    desk.perform("gather")
    (alert,) = alerts_since(desk.settings.out, desk.today)
    record = json.loads((alert.folder / "edition.json").read_bytes())
    (story,) = record["stories"]
    section, other = story["section"], "health"
    assert section != other
    desk.reader("theirs", breaking=True, sections=("cyber", section))
    desk.reader("also", breaking=True, sections=(section,))
    desk.reader("others", breaking=True, sections=(other,))
    desk.reader("elsewhere", breaking=True, sections=(section,), regions=("oceania",))
    desk.reader("far", breaking=True, regions=("oceania",))
    desk.send()
    assert sink.names == ["also", "theirs"]
    for one in sink.taken:
        letter = email.message_from_bytes(one.letter, policy=email.policy.default)
        assert str(letter["Subject"]) == alert.told.headline


def test_the_same_is_not_told_again_and_a_day_has_a_cap(desk: Desk) -> None:
    desk.perform("gather")
    (first,) = alerts_since(desk.settings.out, desk.today)
    with open_services(desk.settings) as services:
        assert services.tell_at_once(desk.now) is None  # the day's one is out
        marks = desk.settings.editorial.breaking
        assert marks
        stories = services.urgencies(desk.now, marks)
    told = [one for one in stories if {*first.told.items} & {r.item.id for r in one.story.reports}]
    assert told[0].waits[0].startswith("told before")


def test_a_gathering_that_another_process_took_over_tells_nothing(desk: Desk) -> None:
    # Silent for longer than its lease ran; the other one is done by now.
    late, other = (Lease(desk.store, "main/gather", who) for who in ("late", "other"))
    assert other.take()
    other.release()
    with open_services(desk.settings) as services:
        services.gather_now(desk.now)
        with pytest.raises(StoreError, match="has taken main/gather over"):
            services.tell_at_once(desk.now, late)
        assert alerts_since(desk.settings.out, desk.today) == []
        assert late.take()
        assert services.tell_at_once(desk.now, late)


def test_a_bug_in_looking_for_it_is_told_and_what_was_gathered_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("digest.services.Services.tell_at_once", broken)
    done = desk.perform("gather")
    assert done.outcome == "done"
    assert "new reports" in done.note
    assert done.note.endswith("breaking news not looked for: ZeroDivisionError: a bug")
    assert "Traceback" in capsys.readouterr().err


def test_what_todays_edition_told_is_no_breaking_news(desk: Desk) -> None:
    made = desk.perform("build")
    assert made.outcome == "done"
    assert alerts_since(desk.settings.out, desk.today) == []
    with open_services(desk.settings) as services:
        assert services.tell_at_once(desk.now) is None


def test_a_damaged_folder_stops_nothing_else(desk: Desk) -> None:
    desk.perform("gather")
    (alert,) = alerts_since(desk.settings.out, desk.today)
    (alert.folder / "bundle" / "edition.json").write_bytes(b"{")
    assert desk.post.alerts(desk.now) == {}
    assert desk.post.unsent(desk.now) == {}
    with open_services(desk.settings) as services, pytest.raises(EditionError):
        services.tell_at_once(desk.now)  # what was told cannot be known: better late than twice


def test_a_folder_whose_name_is_no_date_is_passed_over(desk: Desk) -> None:
    desk.perform("gather")
    (alert,) = alerts_since(desk.settings.out, desk.today)
    shutil.copytree(alert.folder, alert.folder.with_name("2026-02-30"))
    assert alerts_since(desk.settings.out, desk.today) == [alert]


def test_an_edition_of_several_stories_is_no_breaking_news(desk: Desk) -> None:
    desk.perform("gather")
    (alert,) = alerts_since(desk.settings.out, desk.today)
    folder, edition = alert.folder, read_edition(alert.folder)
    assert edition is not None
    several = replace(edition, briefs=edition.briefs * 2)
    write_edition(folder.parent, read_rendered(folder), read_bundle(folder), several)
    with pytest.raises(EditionError, match="2 stories, where breaking news has one"):
        alerts_since(desk.settings.out, desk.today)
    assert desk.post.alerts(desk.now) == {}


def test_old_news_is_left_to_the_next_edition(desk: Desk) -> None:
    desk.reader("anna", breaking=True)
    desk.perform("gather")
    assert desk.post.alerts(desk.now)
    desk.now += ALERT_WITHIN + timedelta(minutes=1)
    assert desk.post.alerts(desk.now) == {}


def test_a_relay_that_is_away_delays_it(desk: Desk, sink: RawSink) -> None:
    desk.reader("anna", breaking=True)
    desk.perform("gather")
    away = Desk(desk.settings, desk.store, "smtp://127.0.0.1:9")
    ((day, name), _), *_ = away.post.alerts(away.now).items()
    task = Task("alert", f"alert:{day}:{name}", away.now, day, name=name)
    lease = Lease(desk.store, "main/alert", "test", lambda: away.now)
    ticks = iter(range(10_000))
    away.post._sleep = lambda s: setattr(away, "now", away.now + timedelta(seconds=next(ticks)))
    assert away.post.alert(Turn(task, away.now, lease, lambda: False)).outcome == "failed"
    desk.now = away.now + timedelta(hours=1)
    assert desk.post.alerts(desk.now)
    desk.send()
    assert sink.names == ["anna"]


@pytest.mark.parametrize("begun", [False, True])
def test_after_a_backup_came_back_nobody_is_told_again(
    desk: Desk, sink: RawSink, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    desk.reader("anna", breaking=True)
    desk.perform("gather")
    (alert,) = alerts_since(desk.settings.out, desk.today)
    if begun:  # her letter waits in the backup
        name = ledger_name(desk.store.list_name, alert.name)
        with open_ledger(desk.store, alert.date, name) as ledger:
            ledger.queue_told_at_once(desk.now)
    backup = desk.settings.file.parent / "night.sqlite3"
    desk.store.backup(backup)
    desk.send()
    assert sink.names == ["anna"]

    monkeypatch.chdir(desk.settings.file.parent)
    now = desk.now.isoformat()
    done = CliRunner().invoke(app, ["restore", str(backup), "--now", now], catch_exceptions=False)
    said = f"The breaking news of {alert.date} will not be mailed"
    assert (said in done.output) is not begun
    assert ("1 letters waited in the backup" in done.output) is begun
    assert desk.post.alerts(desk.now) == {}
    desk.send()
    assert sink.names == ["anna"]


def test_it_can_be_looked_at_before_it_is_switched_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.perform("gather")
    monkeypatch.chdir(desk.settings.file.parent)
    done = CliRunner().invoke(app, ["breaking", "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    rows = json.loads(done.output)
    assert len(rows) == 4
    assert {"origins", "severity", "hours", "title", "waits", "thread"} == {*rows[0]}
    plain = CliRunner().invoke(app, ["breaking"], catch_exceptions=False).output
    assert "told before" in plain
