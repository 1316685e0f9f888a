"""`digest subscribers …`, as it is typed."""

from __future__ import annotations

import json
import mailbox
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from raw_sink import RawSink
from typer.testing import CliRunner, Result

from digest.cli.app import app
from digest.cli.options import settings_for
from digest.errors import UsageError
from digest.mailsettings import load_mail_settings
from digest.readers.tokens import Tokens
from digest.store import Readers, open_store

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["subscribers", *words])


def records() -> list[dict[str, object]]:
    result = run("list", "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_added_readers_get_the_edition_and_removed_ones_do_not(
    installation: Path, sink: RawSink
) -> None:
    assert (
        run("add", "ada@inbox.example", "--format", "text").stdout
        == "ada@inbox.example is active\n"
    )
    assert run("add", "bob@inbox.example", "--pending").exit_code == 0
    assert run("add", "eve@inbox.example").exit_code == 0
    assert run("remove", "EVE@inbox.example").stdout == "EVE@inbox.example is unsubscribed\n"
    send = ["send", "--date", "2026-04-14", "--subscribers", "--smtp", sink.url]
    assert CliRunner().invoke(app, send).exit_code == 0
    assert [t.recipient for t in sink.taken] == ["ada@inbox.example"]
    listed = run("list")
    assert "1 pending, 1 active, 1 unsubscribed" in listed.stdout
    assert "ada@inbox.example" in listed.stdout
    only = run("list", "--state", "pending")
    assert "ada@" not in only.stdout


def test_who_is_added_reads_at_the_editions_hour_unless_told_otherwise(
    installation: Path, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text(
        "edition: {zone: Europe/Berlin, hour: 7}\n"
        "feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]\n"
    )
    run("add", "ada@inbox.example", "--feeds", str(feeds))
    run("add", "bob@inbox.example", "--feeds", str(feeds), "--zone", "UTC", "--hour", "0")
    assert [(reader["zone"], reader["hour"]) for reader in records()] == [
        ("Europe/Berlin", 7),
        ("UTC", 0),
    ]


def test_who_is_taken_in_reads_as_the_list_does_unless_the_file_tells(
    installation: Path, tmp_path: Path
) -> None:
    feeds, mine, other = (tmp_path / name for name in ("feeds.yaml", "a.csv", "listmonk.csv"))
    feeds.write_text(
        "edition: {zone: Asia/Tokyo, hour: 7, language: de}\n"
        "feeds: [{name: Odra Courier, url: 'https://odra.example/feed.xml'}]\n"
    )
    mine.write_text("email,zone,language\na@inbox.example,,\nb@inbox.example,UTC,fr\n")
    other.write_text("uuid,email,name,attributes,status\nu,c@inbox.example,C,{},enabled\n")
    for file in (mine, other):
        done = run("import", str(file), "--consent", "asked", "--feeds", str(feeds))
        assert done.exit_code == 0, done.output
    run("add", "d@inbox.example", "--feeds", str(feeds))
    ways = [(reader["zone"], reader["hour"], reader["language"]) for reader in records()]
    usual = ("Asia/Tokyo", 7, "de")
    assert ways == [usual, ("UTC", 7, "fr"), usual, usual]


def test_who_left_comes_back_only_by_their_own_wish(installation: Path) -> None:
    run("add", "ada@inbox.example")
    run("remove", "ada@inbox.example", "--erase")
    assert records() == []
    result = run("add", "ada@inbox.example")
    assert isinstance(result.exception, UsageError)
    assert "--again" in str(result.exception)
    assert run("add", "ada@inbox.example", "--again", "--consent", "by phone").exit_code == 0
    assert records()[0]["consent_how"] == "by phone"


def test_whom_the_operator_removed_did_not_leave_by_their_own_hand(installation: Path) -> None:
    run("add", "ada@inbox.example")
    run("remove", "ada@inbox.example")
    settings = settings_for(None, None)
    digest = Tokens(load_mail_settings(settings.editorial).secret).address_hash("ada@inbox.example")
    with open_store(str(settings.db)) as store:
        assert Readers(store).suppression(digest) == "stopped by the operator"


def test_changing_a_reader_keeps_the_first_consent(installation: Path) -> None:
    run("add", "ada@inbox.example", "--now", "2026-01-02T00:00:00Z")
    run("add", "ada@inbox.example", "--hour", "8", "--days", "mon-fri", "--sections", "cyber")
    (record,) = records()
    assert record["consent_at"] == "2026-01-02T00:00:00+00:00"
    assert (record["hour"], record["days"], record["sections"]) == (8, 31, ["cyber"])


ALL_WISHES = (
    "--zone Asia/Tokyo --hour 5 --days mon-fri --sections cyber --regions europe --format text"
)


def test_only_what_is_named_of_a_reader_changes(installation: Path) -> None:
    run("add", "ada@inbox.example", *ALL_WISHES.split(), "--breaking", "--consent", "paper form 12")
    (before,) = records()
    assert run("add", "ada@inbox.example", "--zone", "Europe/Paris").exit_code == 0
    assert records() == [before | {"zone": "Europe/Paris"}]
    run("add", "ada@inbox.example", "--sections", "", "--no-breaking")
    assert records() == [before | {"zone": "Europe/Paris", "sections": [], "breaking": False}]


def test_a_pending_reader_keeps_the_wishes_when_taken_in(installation: Path) -> None:
    run("add", "ada@inbox.example", *ALL_WISHES.split(), "--pending")
    (before,) = records()
    run("add", "ada@inbox.example", "--consent", "by phone", "--now", "2026-01-02T00:00:00Z")
    (after,) = records()
    consent = {"consent_at": "2026-01-02T00:00:00+00:00", "consent_how": "by phone"}
    assert after == before | consent | {"state": "active"}


def test_a_paused_reader_stays_so_unless_they_ask_anew(installation: Path) -> None:
    run("add", "ada@inbox.example")
    with open_store(str(settings_for(None, None).db)) as store:
        readers = Readers(store)
        (ada,) = readers.all()
        readers.subscribe(replace(ada, state="paused"), NOW)
    assert run("add", "ada@inbox.example", "--hour", "8").stdout == "ada@inbox.example is paused\n"
    assert run("add", "ada@inbox.example", "--again").stdout == "ada@inbox.example is active\n"


def test_no_reader_is_made_pending(installation: Path) -> None:
    run("add", "ada@inbox.example", "--consent", "paper form 12")
    before = records()
    refused = run("add", "ada@inbox.example", "--pending")
    assert isinstance(refused.exception, UsageError)
    assert "is a reader already" in str(refused.exception)
    assert records() == before
    run("remove", "ada@inbox.example")
    run("add", "ada@inbox.example", "--pending", "--again")
    assert [(one["state"], one["consent_how"]) for one in records()] == [
        ("pending", "paper form 12")
    ]


def test_export_and_import_are_one_another(installation: Path, tmp_path: Path) -> None:
    run("add", "ada@inbox.example", "--zone", "Asia/Tokyo", "--sections", "cyber conflict")
    run("add", "bob@inbox.example")
    run("remove", "bob@inbox.example")
    before = records()
    file = tmp_path / "readers.csv"
    assert run("export", str(file)).exit_code == 0
    assert run("export").stdout == file.read_text("utf-8")
    other = ("--db", f"sqlite:///{tmp_path}/other.sqlite3")
    assert run("import", str(file), "--dry-run", *other).exit_code == 0
    assert run("list", "--json", *other).stdout == ""
    result = run("import", str(file), *other)
    assert "2 added, 0 changed, 0 known already, 0 left before" in result.stdout
    assert [
        json.loads(line) for line in run("list", "--json", *other).stdout.splitlines()
    ] == before


def test_an_import_tells_what_it_did(installation: Path, tmp_path: Path) -> None:
    run("add", "gone@inbox.example")
    run("remove", "gone@inbox.example", "--erase")
    file = tmp_path / "list.csv"
    file.write_text("email\nada@inbox.example\ngone@inbox.example\nnonsense\n", "utf-8")
    result = run("import", str(file))
    assert "skipped list.csv:4" in result.output
    assert "1 added, 0 changed, 0 known already, 1 left before and stay away" in result.stdout
    assert "are mailed nothing, and no letter asks them: they stay pending until" in result.stdout
    told = json.loads(run("import", str(file), "--consent", "fair 2026", "--json").stdout)
    assert (told["states"], told["updated"], told["suppressed"]) == ({"active": 2}, 1, 1)


def test_whom_nobody_asked_stays_pending(installation: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email\nada@inbox.example\n", "utf-8")
    at = ("--now", "2026-04-01T08:00:00Z")
    assert run("import", str(file), *at).exit_code == 0
    added = run("add", "bob@inbox.example", "--pending", *at)
    assert added.stdout.startswith(
        "bob@inbox.example is pending\npending readers are mailed nothing"
    )
    night = CliRunner().invoke(app, ["night", "--now", "2026-04-20T03:00:00Z"])
    assert night.exit_code == 0, night.output
    assert "forgotten" not in night.stdout
    assert [record["state"] for record in records()] == ["pending", "pending"]


def test_a_reader_may_see_all_that_is_stored(installation: Path, sink: RawSink) -> None:
    run("add", "ada@inbox.example")
    send = ["send", "--date", "2026-04-14", "--subscribers", "--smtp", sink.url]
    CliRunner().invoke(app, send)
    record = json.loads(run("export", "--address", "ada@inbox.example").stdout)
    assert record["address"] == "ada@inbox.example"
    assert record["deliveries"][0]["state"] == "sent"
    file = installation / "ada.json"
    assert "is in " in run("export", str(file), "--address", "ada@inbox.example").stdout
    assert json.loads(file.read_text("utf-8")) == record
    run("remove", "ada@inbox.example", "--erase")
    gone = run("export", "--address", "ada@inbox.example")
    assert isinstance(gone.exception, UsageError)


def test_returned_mail_from_files_mboxes_maildirs_and_a_pipe(
    installation: Path, tmp_path: Path, sink: RawSink
) -> None:
    for name in ("one", "two", "three", "four"):
        run("add", f"{name}@inbox.example")
    send = ["send", "--date", "2026-04-14", "--subscribers", "--smtp", sink.url]
    CliRunner().invoke(app, send)
    data = Path(__file__).parent.parent / "data" / "mail" / "dsn-no-such-user.eml"
    bounces = {
        t.recipient.partition("@")[0]: data.read_bytes().replace(b"@TAG@", t.sender.encode())
        for t in sink.taken
    }
    (tmp_path / "one.eml").write_bytes(bounces["one"])
    (tmp_path / "box").write_bytes(b"From x Tue Apr 14 06:31:02 2026\n" + bounces["two"])
    for part in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / part).mkdir(parents=True)
    (tmp_path / "maildir" / "new" / "1.x").write_bytes(bounces["three"])
    words = [str(tmp_path / name) for name in ("one.eml", "box", "maildir")]
    assert run("returned", *words).stdout == "3 hard\n"
    piped = CliRunner().invoke(app, ["subscribers", "returned", "-"], input=bounces["four"])
    assert piped.stdout == "1 hard\n"
    assert {record["state"] for record in records()} == {"bounced"}
    (tmp_path / "empty.mbox").touch()
    assert run("returned", str(tmp_path / "empty.mbox")).stdout == "no letters\n"
    assert CliRunner().invoke(app, ["subscribers", "returned", "-"]).stdout == "no letters\n"
    assert "no returned mail" in run("returned").stdout
    (tmp_path / "one.eml").write_bytes(b"Subject: hello\n\nan answer\n")
    assert run("returned", str(tmp_path / "one.eml")).stdout == "1 unknown\n"
    assert "hello" in run("returned").stdout
    (tmp_path / "one.eml").write_bytes(b"Subject: two\r\n\r\nFrom here on\r\n>From there\r\n")
    run("returned", str(tmp_path / "one.eml"))
    (tmp_path / "seen").write_bytes(run("returned", "--mbox").stdout_bytes)
    with closing(mailbox.mbox(tmp_path / "seen")) as box:
        assert [letter["Subject"] for letter in box] == ["hello", "two"]
    assert b"\n>From here on\n>>From there\n" in (tmp_path / "seen").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("returned", "no-such-file"),
        ("add", "nonsense"),
        ("add", "a@b.example", "--zone", "Mars/Base"),
        ("add", "a@b.example", "--hour", "24"),
        ("add", "a@b.example", "--days", "payday"),
        ("add", "a@b.example", "--sections", "sport"),
        ("add", "a@b.example", "--format", "pdf"),
        ("remove", "a@b.example"),
        ("list", "--state", "happy"),
        ("import", "no-such-file.csv"),
        ("export", "/no/such/folder/readers.csv"),
    ],
)
def test_wrong_use_is_told(installation: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, UsageError)
