"""Readers changed by their own acts: asking, wishes, forgetting who never confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from digest.comment import Comment, Subject
from digest.delivery import Consent, Mark, ReaderState, Subscriber
from digest.readers.wishes import Wishes, wishes_of
from digest.store import Store, open_ledger, open_store
from digest.store.comments import Comments
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
WANTED = Subscriber("reader@inbox.example", "reader@inbox.example", sections=("cyber",), hour=7)


@pytest.mark.parametrize("state", ["guest", "pending", "unsubscribed", "bounced"])
def test_asking_again(state: ReaderState, store: Store) -> None:
    roll = SignUps(store)
    proof = Consent(NOW, "page")
    known = roll.subscribe(replace(WANTED, state=state, consent=proof), NOW)
    nonces = {known.nonce}
    for hour in (8, 9):  # another one takes the place of what waits, and of nothing else
        wanted = replace(WANTED, address="Reader@inbox.example", state="active", hour=hour)
        asked = roll.ask(wanted, NOW)
        assert (asked.id, asked.state, asked.hour) == (known.id, "pending", hour)
        assert (asked.address, asked.consent) == (wanted.address, proof)
        assert asked.nonce not in nonces
        nonces.add(asked.nonce)
        assert roll.asked(known.id) == asked
        assert roll.by_id(known.id) == known
    assert roll.counts() == {state: 1}
    record = roll.record(WANTED.key)
    assert record
    assert record["hour"] == 7
    assert record["asked"]["hour"] == 9
    assert not nonces & {*map(str, record["asked"].values())}
    assert SignUps(store, "weekly").asked(known.id) is None
    late = Consent(NOW, "letter")
    assert not roll.confirm(known.id, known.nonce, late, NOW)
    assert not SignUps(store, "weekly").confirm(known.id, asked.nonce, late, NOW)
    assert roll.confirm(known.id, asked.nonce, late, NOW)
    found = roll.by_id(known.id)
    assert found
    assert found.nonce not in nonces
    assert found == replace(asked, state="active", consent=late, nonce=found.nonce)
    assert roll.asked(known.id) is None
    assert not roll.confirm(known.id, asked.nonce, late, NOW)


def test_a_new_address_asked_for_again_is_as_was_asked_last(store: Store) -> None:
    roll = SignUps(store)
    first = roll.ask(WANTED, NOW)
    second = roll.ask(replace(WANTED, hour=9), NOW)
    assert (second.id, second.hour) == (first.id, 9)
    assert roll.by_id(first.id) == roll.asked(first.id) == second
    assert not roll.confirm(first.id, first.nonce, Consent(NOW, "page"), NOW)
    assert roll.confirm(first.id, second.nonce, Consent(NOW, "page"), NOW)


@pytest.mark.parametrize("state", ["guest", "unsubscribed", "bounced"])
def test_leaving_ends_a_sign_up_that_waits(state: ReaderState, store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state=state), NOW)
    asked = roll.ask(WANTED, NOW)
    assert roll.leave(known.id, b"h" * 32, NOW)
    assert not roll.confirm(known.id, asked.nonce, Consent(NOW, "page"), NOW)
    assert not roll.leave(known.id, b"h" * 32, NOW)


@pytest.mark.parametrize("state", ["active", "paused"])
def test_a_reader_is_not_touched_by_asking(state: ReaderState, store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state=state), NOW)
    assert roll.ask(replace(WANTED, hour=9), NOW) == known
    assert roll.by_id(known.id) == known


def test_wishes_change_and_the_nonce_stays(store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    wishes = Wishes(("health",), 1, 22, "Asia/Tokyo", "text", "ar", ("europe",), True)
    before = astuple(wishes_of(known))
    assert all(new != old for new, old in zip(astuple(wishes), before, strict=True))
    wanted = wishes.of(known)
    assert roll.change(wanted, NOW)
    assert roll.by_id(known.id) == wanted
    roll.leave(known.id, b"h" * 32, NOW)
    assert not roll.change(replace(wanted, hour=1), NOW)
    assert not SignUps(store, "weekly").change(wanted, NOW)


def waits(store: Store, at: datetime) -> bool:
    with open_ledger(store, NOW.date()) as ledger:
        return bool(ledger.due(at, 9))


def test_a_letter_is_back_only_on_a_day_that_is_taken(store: Store) -> None:
    roll, due = SignUps(store), NOW + timedelta(hours=1)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    other_days = 0b1111111 & ~(1 << NOW.weekday())
    with open_ledger(store, NOW.date()) as ledger:
        assert ledger.queue_subscribers(NOW, lambda zone, hour: due) == 1
    assert roll.change(replace(known, days=other_days), NOW)
    assert not waits(store, due)
    assert roll.change(known, NOW)  # taken again before its hour
    assert waits(store, due)
    roll.pause(known.id, None, NOW)
    assert roll.change(replace(known, days=other_days), NOW)
    assert roll.resume(known.id, NOW)
    assert not waits(store, due)
    assert roll.change(known, NOW)
    roll.leave(known.id, b"old", NOW)
    asked = roll.ask(replace(WANTED, days=other_days), NOW)
    assert roll.confirm(asked.id, asked.nonce, Consent(NOW, "page"), NOW)
    assert not waits(store, due)
    assert roll.change(known, NOW)
    assert waits(store, due)
    for days, waiting in ((other_days, False), (known.days, True)):  # by the operator's hand
        roll.subscribe(replace(known, days=days), NOW)
        assert waits(store, due) is waiting


def test_no_day_taken_again_ends_a_pause(store: Store) -> None:
    roll, due = SignUps(store), NOW + timedelta(hours=1)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    with open_ledger(store, NOW.date()) as ledger:
        ledger.queue_subscribers(NOW, lambda zone, hour: due)
    roll.change(replace(known, days=0b1 << (NOW.weekday() + 1) % 7), NOW)
    roll.pause(known.id, None, NOW)
    assert roll.change(known, NOW)
    assert not waits(store, due)


def test_who_never_confirmed_is_forgotten(store: Store) -> None:
    roll = SignUps(store)
    for n, state in enumerate(("pending", "active", "unsubscribed")):
        key = f"r{n}@inbox.example"
        roll.subscribe(Subscriber(key, key, state), NOW)  # type: ignore[arg-type]
    roll.ask(replace(WANTED, address="late@inbox.example", key="late@inbox.example"), NOW)
    late = NOW + timedelta(days=8)
    roll.ask(WANTED, late)
    assert roll.forget_unconfirmed(late) == 1
    keys = [reader.key for reader in roll.all()]
    assert keys == ["r0@inbox.example", "r1@inbox.example", "r2@inbox.example", WANTED.key]


@pytest.mark.parametrize("state", ["guest", "pending", "unsubscribed", "bounced"])
def test_who_was_known_before_is_again_what_they_were(state: ReaderState, store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state=state, consent=Consent(NOW, "page")), NOW)
    late = NOW + timedelta(days=8)
    for _ in range(2):  # asked again and again, and never confirmed
        for _ in range(2):
            roll.ask(WANTED, NOW)
        assert roll.forget_unconfirmed(late) == 1
        assert roll.by_id(known.id) == known
        assert roll.forget_unconfirmed(late) == 0
    asked = roll.ask(WANTED, NOW)
    assert roll.confirm(asked.id, asked.nonce, Consent(NOW, "page"), NOW)
    assert roll.forget_unconfirmed(late) == 0


OTHER = ("New@inbox.example", "new@inbox.example")


def move(roll: SignUps, reader: Subscriber, nonce: str) -> bool:
    return roll.move(reader.id, nonce, b"old", b"new", NOW)


@pytest.mark.parametrize("state", ["active", "paused"])
def test_a_reader_moves_with_all_that_is_kept(state: ReaderState, store: Store) -> None:
    roll = SignUps(store)
    wanted = replace(WANTED, state=state, consent=Consent(NOW, "page"))
    known = roll.subscribe(wanted, NOW)
    roll.suppress(b"new", "unsubscribed", NOW)
    first = roll.ask_move(known.id, "a@inbox.example", "a@inbox.example", NOW)
    nonce = roll.ask_move(known.id, *OTHER, NOW)
    assert roll.ask_move(known.id, *OTHER, NOW) == nonce  # the first letter's link goes on to count
    assert roll.by_id(known.id) == known
    assert roll.asked(known.id) is None
    assert roll.moving(known.id) == replace(known, address=OTHER[0], key=OTHER[1], nonce=nonce)
    weekly = SignUps(store, "weekly")
    assert (weekly.moving(known.id), weekly.ask_move(known.id, *OTHER, NOW)) == (None, "")
    assert not move(weekly, known, nonce)
    assert not roll.confirm(known.id, nonce, Consent(NOW, "page"), NOW)
    assert not any(move(roll, known, wrong) for wrong in (first, known.nonce, ""))
    if state == "active":
        assert roll.pause(known.id, None, NOW)  # ends nothing that waits
        assert roll.resume(known.id, NOW)
    assert move(roll, known, nonce)
    found = roll.by_id(known.id)
    assert found
    assert found == replace(known, address=OTHER[0], key=OTHER[1], nonce=found.nonce)
    assert found.nonce not in (known.nonce, nonce)
    assert roll.find(known.key) is None
    assert (roll.suppression(b"old"), roll.suppression(b"new")) == ("unsubscribed", None)
    assert not move(roll, known, nonce)


def test_an_address_that_waits_is_forgotten_and_ended_by_leaving(store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    nonce = roll.ask_move(known.id, *OTHER, NOW)
    assert roll.forget_unconfirmed(NOW + timedelta(seconds=1)) == 1
    assert not move(roll, known, nonce)
    assert roll.by_id(known.id) == known
    nonce = roll.ask_move(known.id, *OTHER, NOW)
    roll.leave(known.id, b"old", NOW)
    assert not move(roll, known, nonce)
    assert roll.ask_move(known.id, *OTHER, NOW) == ""


def test_a_dead_old_address_makes_no_sign_up_of_what_waits(store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    nonce = roll.ask_move(known.id, *OTHER, NOW)
    assert roll.bounced(known.id, NOW, hard=True) == "bounced"
    assert roll.asked(known.id) is None
    assert not roll.confirm(known.id, nonce, Consent(NOW, "page"), NOW)
    assert not move(roll, known, nonce)


def test_another_reader_keeps_the_address_and_who_was_one_hands_it_on(store: Store) -> None:
    roll, comments = SignUps(store), Comments(store)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    other = roll.subscribe(Subscriber(*OTHER, "active"), NOW)
    about = Subject("t-1", NOW.date(), "Dam holds")
    comments.add(Comment(other.id, about, "The ministry says ten.", "", "page", "published"), NOW)
    nonce = roll.ask_move(known.id, *OTHER, NOW)
    assert not move(roll, known, nonce)
    assert roll.by_id(other.id) == other
    roll.leave(other.id, b"new", NOW)
    assert move(roll, known, nonce)
    assert [reader.id for reader in roll.all()] == [known.id]
    assert [said.reader for said in comments.published("t-1")] == [known.id]


def test_a_letter_on_the_wire_to_the_old_address_does_not_bounce_the_reader(store: Store) -> None:
    roll = SignUps(store)
    known = roll.subscribe(replace(WANTED, state="active"), NOW)
    for state in ("active", "bounced"):
        with open_ledger(store, NOW.date(), state) as ledger:
            ledger.queue_readers([known.id], NOW)
            (due,) = ledger.due(NOW, 1)
            ledger.turn([], [due.id], NOW)
            if state == "active":
                assert move(roll, known, roll.ask_move(known.id, *OTHER, NOW))
            refused = Mark(due.id, "bounced", 1, NOW, 550, "no such user", hard=True)
            ledger.turn([refused], [], NOW)
            assert ledger.counts() == {"bounced": 1}
        found = roll.by_id(known.id)
        assert found
        assert found.state == state


def test_a_pause_that_is_over_is_ended(store: Store) -> None:
    roll = SignUps(store)
    ends = {"over": NOW, "longer": NOW + timedelta(seconds=1), "open": None}
    for name, until in ends.items():
        key = f"{name}@inbox.example"
        wanted = replace(WANTED, address=key, key=key, state="paused", paused_until=until)
        roll.subscribe(wanted, NOW - timedelta(days=7))
    assert SignUps(store, "weekly").end_pauses(NOW) == 0
    assert roll.end_pauses(NOW) == 1
    assert roll.end_pauses(NOW) == 0
    found = {reader.key.partition("@")[0]: reader for reader in roll.all()}
    assert (found["over"].state, found["over"].paused_until) == ("active", None)
    assert {found["longer"].state, found["open"].state} == {"paused"}


def test_whom_the_operator_takes_in_is_no_sign_up(store: Store) -> None:
    roll = SignUps(store)
    roll.ask(WANTED, NOW)
    roll.subscribe(WANTED, NOW)  # `subscribers add --pending`, of an address that was asked
    roll.take_in([(replace(WANTED, address="b@x.example", key="b@x.example"), b"h" * 32)], NOW)
    assert roll.forget_unconfirmed(NOW + timedelta(days=8)) == 0
    assert roll.counts() == {"pending": 2}


class Overtaken(SignUps):
    """Just after it has looked for an address, another process adds it."""

    def __init__(self, store: Store, other: Callable[[], object]) -> None:
        super().__init__(store)
        self._others = [other]

    def _locked(self, connection: Connection, key: str) -> Subscriber | None:
        known = super()._locked(connection, key)
        if self._others:
            self._others.pop()()
        return known


@pytest.mark.system
@pytest.mark.parametrize("act", ["ask", "subscribe", "guest", "take_in"])
def test_two_at_once_are_one_reader(act: str, postgresql_database: str) -> None:
    """On PostgreSQL; SQLite has one writer."""
    wanted = replace(WANTED, state="active")
    with open_store(postgresql_database) as store, open_store(postgresql_database) as other:
        roll = Overtaken(store, lambda: SignUps(other).ask(WANTED, NOW))
        done: dict[str, Callable[[], object]] = {
            "ask": lambda: roll.ask(WANTED, NOW),
            "subscribe": lambda: roll.subscribe(wanted, NOW),
            "guest": lambda: roll.guest(WANTED.address, WANTED.key, NOW),
            "take_in": lambda: roll.take_in([(wanted, b"h")], NOW),
        }
        done[act]()
        (reader,) = roll.all()
        assert reader.state == ("pending" if act in ("ask", "guest") else "active")
