"""Letters carried by other processes: each once, and what is lost with a process is known."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from raw_sink import RawSink
from test_mail_send import read, run, told

from digest.address import stored_address
from digest.couriers import LIVES, LOST, Equip, courier_processes
from digest.delivery import Due
from digest.errors import MailError, SettingsError
from digest.folder import read_bundle, read_rendered, write_edition
from digest.mail.dkim import new_private_keys
from digest.mail.outbox import Compose, Outbox, Policy, Sender, Summary
from digest.mail.outcome import Envelope
from digest.mail.relay import parse_relays
from digest.mail.smtp import SmtpSender
from digest.mailroom import sending
from digest.mailsettings import load_mail_settings, write_private
from digest.model import Editorial
from digest.store import Ledger

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
DAY = date(2026, 4, 14)
READERS = 60


@pytest.fixture
def readers() -> int:
    return READERS


def compose(due: Due) -> tuple[Envelope, bytes]:
    """Says in which process it was composed."""
    letter = b"From-Process: %d\r\n\r\nletter\r\n" % os.getpid()
    return Envelope("b@harbour.example", stored_address(due.address)), letter


def equip(url: str, composing: Compose = compose) -> tuple[Compose, Callable[[], Sender]]:
    return composing, partial(SmtpSender, parse_relays(url), helo="harbour.example")


def dies_at_seven(due: Due) -> tuple[Envelope, bytes]:
    if due.address.startswith("r7@"):
        os.kill(os.getpid(), signal.SIGKILL)
    return compose(due)


def always_dies(due: Due) -> tuple[Envelope, bytes]:
    os.kill(os.getpid(), signal.SIGKILL)
    return compose(due)


def cannot_be_made(due: Due) -> tuple[Envelope, bytes]:
    if due.address.startswith("r7@"):
        raise MailError("no link")
    if due.address.startswith("r8@"):
        raise ZeroDivisionError("a bug")
    return compose(due)


def cannot_equip(url: str, composing: Compose) -> tuple[Compose, Callable[[], Sender]]:
    raise MemoryError


def go(
    ledger: Ledger,
    composing: Compose,
    sink: RawSink,
    processes: int = 2,
    equipping: Callable[[str, Compose], tuple[Compose, Callable[[], Sender]]] = equip,
) -> Summary:
    with (
        courier_processes(partial(equipping, sink.url, composing), processes, 4) as found,
        ThreadPoolExecutor(len(found)) as executor,
    ):
        assert len(found) == 4
        return Outbox(
            ledger,
            found,
            executor,
            clock=lambda: NOW,
            sleep=lambda seconds: None,
            rng=Random(1),
            policy=Policy(),
        ).run()


def test_everybody_once_from_two_processes(ledger: Ledger, sink: RawSink) -> None:
    assert go(ledger, compose, sink).stopped == ""
    assert ledger.counts() == {"sent": READERS}
    assert Counter(taken.recipient for taken in sink.taken).most_common(1)[0][1] == 1
    assert len(sink.taken) == READERS
    processes = {taken.letter.split(b"\r\n")[0] for taken in sink.taken}
    assert len(processes) == 2
    assert b"From-Process: %d" % os.getpid() not in processes


@pytest.mark.system
def test_a_process_that_dies_leaves_its_letters_uncertain_and_an_heir(
    ledger: Ledger, sink: RawSink
) -> None:
    assert go(ledger, dies_at_seven, sink).stopped == ""
    counts = ledger.counts()
    assert counts["uncertain"] <= 2, "as many as its connections"
    assert {row.reply for row in ledger.rows(["uncertain"])} == {LOST}
    assert counts["sent"] == READERS - counts["uncertain"]
    recipients = [taken.recipient for taken in sink.taken]
    assert len(set(recipients)) == len(recipients) >= counts["sent"]


@pytest.mark.system
def test_where_all_processes_die_the_run_ends_and_the_rest_waits(
    ledger: Ledger, sink: RawSink
) -> None:
    summary = go(ledger, always_dies, sink)
    assert summary.stopped.endswith(LOST)
    counts = ledger.counts()
    assert counts["uncertain"] <= 2 * LIVES * 2
    assert counts["uncertain"] + counts["deferred"] + counts.get("queued", 0) == READERS
    assert sink.taken == []


@pytest.mark.system
def test_what_waited_for_a_process_that_never_was_ready_has_not_left(
    ledger: Ledger, sink: RawSink
) -> None:
    summary = go(ledger, compose, sink, equipping=cannot_equip)
    assert summary.stopped.endswith(LOST)
    assert set(ledger.counts()) <= {"deferred", "queued"}
    assert {row.attempts for row in ledger.rows(["deferred"])} == {0}
    ledger.hasten(NOW)
    go(ledger, compose, sink)  # with memory again
    assert ledger.counts() == {"sent": READERS}


@pytest.mark.system
def test_what_cannot_be_composed_fails_alone_and_a_bug_is_raised_here(
    ledger: Ledger, sink: RawSink
) -> None:
    with pytest.raises(ZeroDivisionError, match="a bug"):
        go(ledger, cannot_be_made, sink)
    assert [row.reply for row in ledger.rows(["failed"])] in ([], ["no link"])
    assert ledger.counts()["sending"] == 1


@pytest.mark.system
def test_more_processes_than_connections(ledger: Ledger, sink: RawSink) -> None:
    go(ledger, compose, sink, processes=6)
    assert ledger.counts() == {"sent": READERS}
    assert sink.most_open <= 4


def test_an_edition_signed_there_with_the_keys_of_the_folder(
    installation: Path, sink: RawSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = installation / "keys"
    keys.mkdir()
    for kind, pem in new_private_keys().items():
        write_private(keys / f"dkim-{kind}.pem", pem)
    monkeypatch.setattr(sending, "WORTH_A_PROCESS", 1)
    monkeypatch.setenv("DIGEST_MAIL_PROCESSES", "2")
    to = [word for name in "abcd" for word in ("--to", f"{name}@inbox.example")]
    result = run(*to, "--smtp", f"{sink.url}?connections=2", "--json")
    assert result.exit_code == 0, result.output
    assert told(result)["states"] == {"sent": 4}
    assert {taken.recipient for taken in sink.taken} == {f"{n}@inbox.example" for n in "abcd"}
    assert len(read(sink).get_all("DKIM-Signature", [])) == 2


def test_all_letters_are_of_the_edition_that_the_run_began_with(
    installation: Path,
    edition: Path,
    sink: RawSink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though it is made again before the processes that compose them are there."""
    out = tmp_path / "output"
    folder = Path(shutil.copytree(edition, out)) / DAY.isoformat()
    before = read_rendered(folder)
    record = {**json.loads(before.json), "stories": [{"headline": "Made again"}]}
    after = replace(before, json=json.dumps(record).encode())

    def late(equipping: Equip, processes: int, connections: int) -> Any:
        write_edition(out, after, read_bundle(folder))
        return courier_processes(equipping, processes, connections)

    monkeypatch.setattr(sending, "courier_processes", late)
    monkeypatch.setattr(sending, "WORTH_A_PROCESS", 1)
    monkeypatch.setenv("DIGEST_MAIL_PROCESSES", "2")
    monkeypatch.setenv("DIGEST_OUT", str(out))
    to = [word for name in "ab" for word in ("--to", f"{name}@inbox.example")]
    result = run(*to, "--smtp", f"{sink.url}?connections=2", "--json")
    assert told(result)["states"] == {"sent": 2}
    assert read_rendered(folder) == after
    subjects = {read(sink, place)["Subject"] for place in range(2)}
    assert subjects == {"Ceasefire holds in the strait — talks on Friday"}


@pytest.mark.parametrize("given", ["0", "many", "65", "-1", "1.5", "²"])
def test_a_wrong_number_of_processes_is_told(given: str, tmp_path: Path) -> None:
    env = {"DIGEST_MAIL_PROCESSES": given, "DIGEST_KEYS": str(tmp_path)}
    with pytest.raises(SettingsError, match=r"DIGEST_MAIL_PROCESSES.*from 1 to 64"):
        load_mail_settings(Editorial(), env=env)
