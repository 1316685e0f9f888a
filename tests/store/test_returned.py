"""The record of returned mail, and what a bounce does to its delivery."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from digest.delivery import Subscriber
from digest.store import Readers, Store, open_ledger
from digest.store.returned import KEPT_A_DAY, KEPT_BYTES, About, ReturnedMail

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


def test_a_bounce_counts_once(store: Store) -> None:
    address = "r@inbox.example"
    reader = Readers(store).subscribe(Subscriber(address, address, "active"), NOW)
    with open_ledger(store, date(2026, 4, 14)) as ledger:
        ledger.queue_readers([reader.id], NOW)
        (due,) = ledger.due(NOW, 1)
    mail = ReturnedMail(store)
    assert mail.delivery(due.id) == About("main", reader.id, address)
    assert mail.mark_bounced(due.id, "no such user", NOW)
    assert not mail.mark_bounced(due.id, "no such user", NOW)
    assert mail.reader(reader.id) == About("main", reader.id, address)
    assert mail.delivery(due.id + 1) is None
    assert mail.reader(reader.id + 1) is None


def test_the_newest_come_first_and_the_old_go(store: Store) -> None:
    mail = ReturnedMail(store)
    mail.keep("hard", "one", NOW, matched=True)
    mail.keep("unknown", "two", NOW + timedelta(hours=1), matched=False, raw=b"x" * 200_000)
    assert [kept.summary for kept in mail.recent()] == ["two", "one"]
    (unmatched,) = mail.recent(unmatched=True)
    assert unmatched.raw == b"x" * KEPT_BYTES
    assert mail.prune(NOW + timedelta(minutes=1)) == 1
    assert [kept.summary for kept in mail.recent()] == ["two"]


def test_of_a_flood_only_so_much_is_kept(store: Store) -> None:
    mail = ReturnedMail(store)
    for n in range(KEPT_A_DAY + 3):
        mail.keep("letter", f"no. {n}", NOW, matched=False, raw=b"a letter")
    kept = mail.recent(KEPT_A_DAY + 9, unmatched=True)
    assert [k.raw for k in kept[:4]] == [None, None, None, b"a letter"]
    mail.keep("letter", "the next day", NOW + timedelta(days=1), matched=False, raw=b"a letter")
    assert mail.recent(1)[0].raw == b"a letter"
