"""Readers in the store: states, consent, the suppression list, imports, forgetting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from digest.delivery import EVERY_DAY, Consent, ReaderState, Subscriber
from digest.store import Readers, Store, mail_tables, open_ledger
from digest.store.readers import SOFT_BOUNCES, Imported
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
FULL = Subscriber(
    address="Reader@inbox.example",
    key="reader@inbox.example",
    state="active",
    zone="Europe/Berlin",
    hour=7,
    days=0b11111,
    sections=("cyber", "conflict"),
    format="text",
    language="de",
    consent=Consent(NOW, "page", "2026-01"),
)


def named(name: str, state: ReaderState = "active") -> Subscriber:
    return Subscriber(f"{name}@inbox.example", f"{name}@inbox.example", state)


def test_a_reader_comes_back_as_stored(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    assert stored.id
    assert stored.nonce
    assert readers.find(FULL.key) == stored == readers.by_id(stored.id)
    assert replace(stored, id=0, nonce="") == FULL
    assert readers.find("other@inbox.example") is None
    assert Readers(store, "weekly").find(FULL.key) is None


def test_an_address_is_one_reader(store: Store) -> None:
    readers = Readers(store)
    first = readers.subscribe(FULL, NOW)
    second = readers.subscribe(replace(FULL, address="READER@inbox.example", hour=9), NOW)
    assert second.id == first.id
    assert second.nonce != first.nonce
    assert [r.hour for r in readers.all()] == [9]


def test_whose_days_have_no_edition_are_counted(store: Store) -> None:
    readers = Readers(store)
    who = {"active": 0b1000000, "paused": 0b1100000, "unsubscribed": 0b1000000, "pending": 64}
    for state, days in who.items():
        readers.subscribe(replace(named(state, state), days=days), NOW)  # type: ignore[arg-type]
    Readers(store, "weekly").subscribe(replace(FULL, state="active", days=64), NOW)
    assert [store.without_day(days) for days in (0b11111, 0b111111, EVERY_DAY)] == [2, 1, 0]


def test_confirming_counts_once(store: Store) -> None:
    readers = SignUps(store)
    waiting = readers.subscribe(replace(FULL, state="pending", consent=None), NOW)
    consent = Consent(NOW, "page", "2026-01")
    assert not readers.confirm(waiting.id, "another", consent, NOW)
    assert readers.confirm(waiting.id, waiting.nonce, consent, NOW)
    assert not readers.confirm(waiting.id, waiting.nonce, consent, NOW)
    found = readers.by_id(waiting.id)
    assert found is not None
    assert (found.state, found.consent) == ("active", consent)
    assert found.nonce != waiting.nonce


def test_leaving_is_remembered_by_hash_alone(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    assert readers.leave(stored.id, b"h" * 32, NOW)
    assert not readers.leave(stored.id, b"h" * 32, NOW)
    assert readers.is_suppressed(b"h" * 32)
    assert not Readers(store, "weekly").is_suppressed(b"h" * 32)
    assert readers.erase(FULL.key, b"h" * 32, NOW)
    assert not readers.erase(FULL.key, b"h" * 32, NOW)
    assert readers.find(FULL.key) is None
    assert readers.is_suppressed(b"h" * 32)
    assert readers.unsuppress(b"h" * 32)
    assert not readers.is_suppressed(b"h" * 32)


def test_who_is_erased_is_remembered_by_hash_alone(store: Store) -> None:
    readers = Readers(store)
    readers.subscribe(FULL, NOW)
    assert readers.erase(FULL.key, b"h" * 32, NOW)
    assert readers.find(FULL.key) is None
    assert readers.is_suppressed(b"h" * 32)
    assert readers.unsuppress(b"h" * 32)
    assert not readers.erase(FULL.key, b"h" * 32, NOW)
    assert not readers.is_suppressed(b"h" * 32)


def test_who_left_and_complained_has_complained(store: Store) -> None:
    readers = Readers(store)
    for first, then in (("unsubscribed", "complained"), ("complained", "unsubscribed")):
        digest = first.encode()
        stored = readers.subscribe(named(first), NOW)
        assert readers.suppression(digest) is None
        assert readers.leave(stored.id, digest, NOW, first)
        assert readers.suppression(digest) == first
        assert not readers.leave(stored.id, digest, NOW, then)
        assert readers.suppression(digest) == "complained"


def test_pausing_and_coming_back(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    assert readers.pause(stored.id, NOW + timedelta(days=14), NOW)
    found = readers.by_id(stored.id)
    assert found is not None
    assert (found.state, found.paused_until) == ("paused", NOW + timedelta(days=14))
    assert readers.resume(stored.id, NOW)
    assert not readers.resume(stored.id, NOW)
    readers.leave(stored.id, b"h", NOW)
    assert not readers.pause(stored.id, None, NOW)


def test_soft_bounces_end_an_address_only_in_a_row(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    day = timedelta(days=1)
    for n in range(SOFT_BOUNCES - 1):
        assert readers.bounced(stored.id, NOW + n * day, hard=False) == "active"
    assert readers.bounced(stored.id, NOW + 60 * day, hard=False) == "active"
    for n in range(SOFT_BOUNCES - 2):
        assert readers.bounced(stored.id, NOW + (61 + n) * day, hard=False) == "active"
    assert readers.bounced(stored.id, NOW + 66 * day, hard=False) == "bounced"


def test_a_hard_bounce_ends_at_once_and_changes_no_other_end(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    assert readers.bounced(stored.id, NOW, hard=True) == "bounced"
    left = readers.subscribe(named("left", "unsubscribed"), NOW)
    assert readers.bounced(left.id, NOW, hard=True) == "unsubscribed"
    assert readers.bounced(9999, NOW, hard=True) is None


def test_an_import_never_brings_back_who_left(store: Store) -> None:
    readers = Readers(store)
    gone = readers.subscribe(named("gone"), NOW)
    readers.leave(gone.id, b"gone", NOW)
    readers.erase(gone.key, b"gone", NOW)
    readers.subscribe(named("known"), NOW)
    readers.subscribe(named("waiting", "pending"), NOW)
    readers.guest("guest@inbox.example", "guest@inbox.example", NOW)
    batch = [
        (named("gone"), b"gone"),
        (replace(named("known"), hour=23), b"known"),
        (named("waiting"), b"waiting"),
        (named("guest"), b"guest"),
        (named("fresh"), b"fresh"),
        (named("was-gone", "unsubscribed"), b"was-gone"),
    ]
    assert readers.take_in(batch, NOW) == Imported(added=2, updated=2, kept=1, suppressed=1)
    found = {r.address.partition("@")[0]: r for r in readers.all()}
    assert {name: r.state for name, r in found.items()} == {
        "known": "active",
        "waiting": "active",
        "guest": "active",
        "fresh": "active",
        "was-gone": "unsubscribed",
    }
    assert found["known"].hour == 6
    assert readers.is_suppressed(b"was-gone")
    again = readers.take_in(batch, NOW)
    assert again == Imported(added=0, updated=0, kept=5, suppressed=1)


def test_a_guest_is_known_only_once(store: Store) -> None:
    readers = Readers(store)
    guest = readers.guest("g@inbox.example", "g@inbox.example", NOW)
    assert guest.state == "guest"
    assert readers.guest("g@inbox.example", "g@inbox.example", NOW).id == guest.id
    stored = readers.subscribe(FULL, NOW)
    assert readers.guest(FULL.address, FULL.key, NOW) == stored


def test_everything_about_a_reader_can_be_told(store: Store) -> None:
    readers = Readers(store)
    stored = readers.subscribe(FULL, NOW)
    with open_ledger(store, date(2026, 4, 14)) as ledger:
        ledger.queue_readers([stored.id], NOW)
    record = readers.record(FULL.key)
    assert record is not None
    assert record["address"] == "Reader@inbox.example"
    assert record["consent_how"] == "page"
    assert record["deliveries"] == [
        {"edition": "2026-04-14", "state": "queued", "at": NOW.isoformat(), "answer": ""}
    ]
    assert stored.nonce not in str(record)
    columns = {column.name for column in mail_tables.readers.columns}
    # Numbers of our own; the list is "list".
    ours = {"id", "nonce", "address_key", "list_name", "moved_after"}
    assert columns - ours <= record.keys()
    assert (record["created_at"], record["changed_at"]) == (NOW.isoformat(),) * 2
    assert (record["soft_bounces"], record["soft_bounced_at"]) == (0, None)
    assert readers.record("nobody@inbox.example") is None


def test_pages_of_readers_are_seamless(store: Store) -> None:
    readers = Readers(store)
    readers.take_in([(named(f"r{n}"), b"%d" % n) for n in range(1001)], NOW)
    assert len({r.id for r in readers.all()}) == 1001
    assert readers.counts() == {"active": 1001}
    assert list(readers.all(["paused"])) == []
