"""`digest send`, as it is typed, against a sink."""

from __future__ import annotations

import email
import email.policy
import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from raw_sink import Fault, Moment, RawSink
from typer.testing import CliRunner, Result

from digest.cli.app import app
from digest.delivery import Subscriber
from digest.errors import EditionError, SettingsError, UsageError
from digest.folder import read_bundle, read_rendered, write_edition
from digest.mail.dkim import new_private_keys
from digest.mailroom import EditionMail, read_mailable
from digest.mailsettings import load_mail_settings, write_private
from digest.model import Editorial, Rendered
from digest.store import Readers, open_store

D = ("--date", "2026-04-14")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["send", *D, *words])


def told(result: Result) -> dict[str, object]:
    told = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(told, dict)
    return told


def read(sink: RawSink, place: int = 0) -> EmailMessage:
    message = email.message_from_bytes(sink.taken[place].letter, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def subscribe(folder: Path, *names: str, form: str = "html") -> None:
    with open_store(f"sqlite:///{folder}/digest.sqlite3") as store:
        for name in names:
            address = f"{name}@inbox.example"
            Readers(store).subscribe(
                Subscriber(address, address, "active", format=form),  # type: ignore[arg-type]
                datetime(2026, 4, 1, tzinfo=UTC),
            )


def test_an_edition_to_addresses_each_once(installation: Path, sink: RawSink) -> None:
    result = run(
        "--to", "a@inbox.example", "--to", "A@Inbox.example, b@inbox.example", "--smtp", sink.url
    )
    assert result.exit_code == 0, result.output
    assert sorted(t.recipient for t in sink.taken) == ["a@inbox.example", "b@inbox.example"]
    again = run("--to", "a@inbox.example", "b@inbox.example", "c@inbox.example", "--smtp", sink.url)
    assert again.exit_code == 0, again.output
    assert [t.recipient for t in sink.taken][2:] == ["c@inbox.example"]
    assert "sent before" in again.stdout


def test_the_letter_is_the_edition_with_the_readers_own_links(
    installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_PAGES", "https://digest.harbour.example/")
    run("--to", "a@inbox.example", "--smtp", sink.url)
    message = read(sink)
    assert message["Subject"] == "Ceasefire holds in the strait — talks on Friday"
    assert message["From"] == "Harbour Desk <desk@harbour.example>"
    assert message["List-Id"] == "Harbour Security Daily <digest.harbour.example>"
    page, mail = (way.strip(" <>") for way in message["List-Unsubscribe"].split(","))
    assert page.startswith("https://digest.harbour.example/unsubscribe/")
    assert mail.startswith("mailto:desk+u1-")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.get_body(("html",))
    text = message.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().count(f'href="{page}"') == 2
    assert f"Unsubscribe: {page}" in text.get_content()
    assert "personal" not in html.get_content()
    assert ".invalid/" not in text.get_content()
    assert sink.taken[0].sender.startswith("desk+b1-")


def test_without_pages_the_mail_link_serves(installation: Path, sink: RawSink) -> None:
    run("--to", "a@inbox.example", "--smtp", sink.url)
    message = read(sink)
    assert message["List-Unsubscribe"].startswith("<mailto:desk+u1-")
    assert "List-Unsubscribe-Post" not in message
    for kind in ("html", "plain"):
        body = message.get_body((kind,))
        assert body is not None
        assert body.get_content().count("mailto:desk+u1-") == 2
        assert "Preferences" not in body.get_content()  # there is no page to choose at


def test_letters_are_signed_with_the_keys_of_the_folder(installation: Path, sink: RawSink) -> None:
    load_mail_settings(Editorial())
    for kind, pem in new_private_keys().items():
        write_private(installation / "keys" / f"dkim-a26-{kind}.pem", pem)
    run("--to", "a@inbox.example", "--smtp", sink.url)
    keys = load_mail_settings(Editorial()).keys
    records = dict(key.dns_record() for key in keys)
    for place in range(2):
        assert dkim.DKIM(sink.taken[0].letter).verify(
            idx=place, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")].encode()
        )


def test_subscribers_each_in_their_form(installation: Path, sink: RawSink) -> None:
    subscribe(installation, "r1", "r2")
    subscribe(installation, "plain", form="text")
    assert run("--subscribers", "--smtp", sink.url).exit_code == 0
    kinds = {t.recipient: read(sink, n).get_content_type() for n, t in enumerate(sink.taken)}
    assert kinds == {
        "r1@inbox.example": "multipart/alternative",
        "r2@inbox.example": "multipart/alternative",
        "plain@inbox.example": "text/plain",
    }
    again = run("--subscribers", "--smtp", sink.url, "--json")
    assert (again.exit_code, told(again)["sent"], told(again)["already_sent"]) == (0, 0, 3)
    ids = {read(sink, n)["Message-ID"] for n in range(3)}
    assert len(ids) == 3
    # Whom the list reached, --to reaches no more.
    assert told(run("--to", "r1@inbox.example", "--smtp", sink.url, "--json"))["sent"] == 0


def test_a_dry_run_sends_and_writes_nothing(installation: Path, sink: RawSink) -> None:
    subscribe(installation, "r1", "r2")
    result = run("--subscribers", "--smtp", sink.url, "--dry-run", "--json")
    assert result.exit_code == 0
    assert told(result)["letters"] == 2
    assert told(run("--to", "new@inbox.example", "--dry-run", "--json"))["letters"] == 1
    assert sink.connections == 0
    with open_store(f"sqlite:///{installation}/digest.sqlite3") as store:
        assert Readers(store).find("new@inbox.example") is None
    assert told(run("--subscribers", "--smtp", sink.url, "--json"))["queued"] == 2


def test_who_left_is_not_mailed_even_by_hand(installation: Path, sink: RawSink) -> None:
    subscribe(installation, "left")
    with open_store(f"sqlite:///{installation}/digest.sqlite3") as store:
        readers = Readers(store)
        reader = readers.find("left@inbox.example")
        assert reader is not None
        readers.leave(reader.id, b"h", datetime(2026, 4, 2, tzinfo=UTC))
    result = run("--to", "left@inbox.example", "--smtp", sink.url)
    assert result.exit_code == 1
    assert "the reader is unsubscribed" in result.output
    assert sink.taken == []


def faulty(
    plan: Callable[[Moment, str], Fault], *words: str, count: int = 4
) -> tuple[Result, RawSink]:
    with RawSink(plan) as sink:
        result = run("--subscribers", "--smtp", sink.url, "--json", *words)
    return result, sink


def test_what_is_left_decides_the_exit_code(installation: Path) -> None:
    subscribe(installation, "r1", "r2", "no", "later")

    def plan(moment: Moment, to: str) -> Fault:
        if moment == "rcpt" and to.startswith("no@"):
            return b"550 5.1.1 no such user"
        if moment == "rcpt" and to.startswith("later@"):
            return b"450 4.2.0 later"
        return "go on"

    result, _ = faulty(plan, "--wait", "0")
    assert result.exit_code == 3
    assert told(result)["states"] == {"bounced": 1, "deferred": 1, "sent": 2}
    again, sink = faulty(lambda moment, to: "go on")
    assert again.exit_code == 3  # one reader's address is dead
    assert [t.recipient for t in sink.taken] == ["later@inbox.example"]


def test_a_broken_connection_leaves_an_uncertain_letter_to_the_rule(installation: Path) -> None:
    subscribe(installation, "r1")
    result, _ = faulty(lambda moment, to: "drop" if moment == "end" else "go on")
    assert result.exit_code == 1
    assert told(result)["states"] == {"uncertain": 1}
    left, sink = faulty(lambda moment, to: "go on")
    assert (left.exit_code, sink.taken) == (1, [])
    resent, sink = faulty(lambda moment, to: "go on", "--uncertain", "resend")
    assert (resent.exit_code, len(sink.taken)) == (0, 1)


def test_a_relay_that_is_away_stops_the_run_and_loses_nobody(installation: Path) -> None:
    subscribe(installation, "r1", "r2")
    result = run("--subscribers", "--smtp", "smtp://127.0.0.1:9", "--stop-after", "2")
    assert result.exit_code == 1
    assert "2 letters in a row were not taken" in result.output
    after, sink = faulty(lambda moment, to: "go on")
    assert (after.exit_code, len(sink.taken)) == (0, 2)


def test_another_relay_takes_over_in_the_middle(installation: Path) -> None:
    names = [f"r{n}" for n in range(40)]
    subscribe(installation, *names)
    first = RawSink(lambda moment, to: "drop" if len(first.taken) >= 10 else "go on")
    with first, RawSink() as second:
        relays = f"{first.url}?connections=3 {second.url}"
        result = run("--subscribers", "--smtp", relays, "--json", "--stop-after", "9")
    states = told(result)["states"]
    assert isinstance(states, dict)
    taken = [t.recipient for t in (*first.taken, *second.taken)]
    assert len(second.taken) >= 40 - 10 - 3
    assert len(taken) == len(set(taken)) == states["sent"]
    # What broke while its last dot was out stays uncertain: at most one a connection.
    assert states.get("uncertain", 0) == 40 - len(taken) <= 3


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--to", "a@b.example", "--subscribers"),
        ("a@b.example",),
        ("--to", "nonsense"),
        ("--subscribers", "--smtp", "mail.example.org"),
        ("--subscribers",),
    ],
)
def test_wrong_use_is_told(installation: Path, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert isinstance(result.exception, UsageError), result.output


def test_an_edition_that_is_not_there(installation: Path) -> None:
    result = CliRunner().invoke(app, ["send", "--date", "2026-01-01", "--to", "a@b.example"])
    assert isinstance(result.exception, EditionError)
    assert "digest build --date 2026-01-01" in str(result.exception)


def test_a_resumed_edition_that_is_out_of_date_stays(installation: Path, sink: RawSink) -> None:
    subscribe(installation, "r1")
    away = ("--smtp", "smtp://127.0.0.1:9", "--stop-after", "1")
    run("--subscribers", *away, "--now", "2026-04-14T06:00:00Z")
    late = ("--subscribers", "--smtp", sink.url, "--now", "2026-04-16T06:00:00Z")
    result = run(*late)
    assert result.exit_code == 1
    assert "too old" in result.output
    assert sink.taken == []
    assert run(*late, "--however-old").exit_code == 0
    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("DIGEST_MAIL_REPLY_TO", "desk"),
        ("DIGEST_OPERATOR", "desk"),
        ("DIGEST_MAIL_BOUNCES", "bounces@harbour.example"),
        ("DIGEST_MAIL_UNSUBSCRIBE", "{}{}@harbour.example"),
        ("DIGEST_MAIL_LIMITS", "5/fortnight"),
        ("DIGEST_MAIL_LIST_ID", "<daily.harbour.example>"),
        ("DIGEST_MAIL_PAGES", "https://[harbour"),
        ("DIGEST_MAIL_PAGES", "https://"),
        ("DIGEST_MAIL_PAGES", "https://desk:hunter2@harbour.example"),
        ("DIGEST_MAIL_PAGES", "https://harbour.example?list=daily"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name_before_a_letter_is_made(
    key: str, given: str
) -> None:
    with pytest.raises(UsageError, match=f"^environment: {key}: ") as caught:
        load_mail_settings(Editorial(), env={"DIGEST_SECRET": "s" * 40, key: given})
    assert "hunter2" not in str(caught.value)


def test_a_full_disk_leaves_no_half_key_and_is_no_trouble_afterwards(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(SettingsError, match="No space left"):
            load_mail_settings(Editorial())
    assert list((installation / "keys").iterdir()) == []
    (installation / "keys" / f".secret.{os.getpid()}").touch()  # a killed one of before
    assert len(load_mail_settings(Editorial()).secret) >= 32


def test_the_secret_is_made_once_and_private(installation: Path) -> None:
    first = load_mail_settings(Editorial()).secret
    assert load_mail_settings(Editorial()).secret == first
    assert len(first) >= 32
    file = installation / "keys" / "secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert first not in repr(load_mail_settings(Editorial()))


def test_an_edition_that_fails_its_last_look_is_not_sent(
    installation: Path, edition: Path, tmp_path: Path
) -> None:
    """Gmail would cut it, and with it the way to unsubscribe."""
    copy = tmp_path / "2026-04-14"
    shutil.copytree(edition / "2026-04-14", copy)
    letter = (copy / "email.html").read_text("utf-8")
    (copy / "email.html").write_text(letter.replace("</body>", "x" * 95_000 + "</body>"), "utf-8")
    mail = load_mail_settings(Editorial(title="Harbour Security Daily"))
    with pytest.raises(EditionError, match="90,000 are allowed"):
        EditionMail(mail, read_mailable(copy), datetime(2026, 4, 14, 6, tzinfo=UTC))


def test_letters_are_of_one_making_though_the_edition_is_made_again_meanwhile(
    edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(edition, tmp_path / "output")) / "2026-04-14"
    before = read_rendered(folder)
    makings = [replace(before, json=b'{"date": "2026-04-14", "stories": []}', text=b"Again\n")]
    bundle = replace(read_bundle(folder), editorial=Editorial(title="Again"))

    def late(folder: Path) -> Rendered:
        if makings:
            write_edition(folder.parent, makings.pop(), bundle)
        return read_rendered(folder)

    monkeypatch.setattr("digest.mailroom.letters.read_rendered", late)
    found = read_mailable(folder)
    assert found.rendered.text == b"Again\n"
    assert (found.record["stories"], found.editorial) == ([], bundle.editorial)


def test_what_is_damaged_is_not_mailed(edition: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(edition, tmp_path / "output")) / "2026-04-14"
    (folder / "bundle" / "settings.json").write_bytes(b"{")
    with pytest.raises(EditionError, match="is not as it was written"):
        read_mailable(folder)
    (folder / "bundle" / "MANIFEST.json").unlink()
    with pytest.raises(EditionError, match="cannot be read"):
        read_mailable(folder)


def test_a_list_whose_address_holds_an_apostrophe_or_an_umlaut_is_mailed(
    installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_MAIL_UNSUBSCRIBE", "o'neil&söhne+{}@harbour.example")
    monkeypatch.setenv("DIGEST_MAIL_REPLY_TO", "o'neil&söhne@harbour.example")
    result = run("--to", "a@inbox.example", "--smtp", sink.url)
    assert result.exit_code == 0, result.output
    message = read(sink)
    local = "o%27neil%26s%C3%B6hne"
    assert message["List-Help"] == f"<mailto:{local}@harbour.example?subject=help>"
    assert message["List-Unsubscribe"].startswith(f"<mailto:{local}+u1-")
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content().count(f"mailto:{local}+u1-") == 2
