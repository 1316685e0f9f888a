"""The ledger: one edition, one reader, one row; what is written stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import make_url, text, update

from digest.delivery import Consent, Mark, Subscriber
from digest.errors import StoreError
from digest.store import Ledger, Readers, Store, open_ledger, open_store
from digest.store.mail_tables import deliveries
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
DAY = date(2026, 4, 14)
LATER = NOW + timedelta(hours=1)


def reader(name: str, **fields: object) -> Subscriber:
    address = f"{name}@inbox.example"
    return Subscriber(address, address, **{"state": "active", **fields})  # type: ignore[arg-type]


def fill(store: Store, count: int) -> list[Subscriber]:
    readers = Readers(store)
    return [readers.subscribe(reader(f"r{n:03}"), NOW) for n in range(count)]


def states(ledger: Ledger) -> dict[str, int]:
    return {str(state): count for state, count in sorted(ledger.counts().items())}


def test_each_reader_has_one_row_however_often_queued(store: Store) -> None:
    everyone = fill(store, 3)
    with open_ledger(store, DAY) as ledger:
        assert ledger.first_queued() is None
        assert ledger.queue_subscribers(NOW) == 3
        assert ledger.queue_subscribers(LATER) == 0
        assert ledger.queue_readers([everyone[0].id], LATER) == 0
        assert ledger.first_queued() == NOW
        assert states(ledger) == {"queued": 3}
        due = ledger.due(NOW, 10)
    assert [d.address for d in due] == [
        "r000@inbox.example",
        "r001@inbox.example",
        "r002@inbox.example",
    ]
    assert due[0].nonce == everyone[0].nonce
    with open_ledger(store, DAY + timedelta(days=1)) as ledger:
        assert ledger.queue_subscribers(NOW) == 3


def test_only_who_wants_it_that_day_is_queued(store: Store) -> None:
    readers = Readers(store)
    for other in ("pending", "unsubscribed", "bounced", "guest"):
        readers.subscribe(reader(other, state=other), NOW)
    readers.subscribe(reader("mondays", days=0b1), NOW)
    readers.subscribe(reader("tuesdays", days=0b10), NOW)
    readers.subscribe(reader("away", state="paused", paused_until=LATER), NOW)
    readers.subscribe(reader("back", state="paused", paused_until=NOW), NOW)
    readers.subscribe(reader("gone", state="paused"), NOW)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        assert [d.address for d in ledger.due(NOW, 10)] == [
            "tuesdays@inbox.example",
            "back@inbox.example",
        ]


def test_what_cannot_wait_is_queued_for_whom_it_concerns(store: Store) -> None:
    for wanted in (
        reader("unasked"),
        reader("paused", state="paused", breaking=True),
        reader("all", breaking=True),
        reader("both", sections=("cyber", "conflict"), regions=("europe",), breaking=True),
        reader("other", sections=("cyber",), regions=("europe",), breaking=True),
        reader("far", sections=("conflict",), regions=("oceania",), breaking=True),
    ):
        Readers(store).subscribe(wanted, NOW)
    asked: list[tuple[object, ...]] = []

    def concerns(sections: tuple[str, ...], regions: tuple[str, ...]) -> bool:
        asked.append((sections, regions))
        return (not sections or "conflict" in sections) and (not regions or "europe" in regions)

    with open_ledger(store, DAY, "main breaking 1") as ledger:
        assert ledger.queue_told_at_once(NOW, concerns) == 2
        assert ledger.queue_told_at_once(LATER, concerns) == 0
        assert {due.address.partition("@")[0] for due in ledger.due(NOW, 9)} == {"all", "both"}
    assert len(asked) == 2 * 4, "once for each choice"


def test_mornings_come_by_zone(store: Store) -> None:
    readers = Readers(store)
    readers.subscribe(reader("west", zone="America/Lima", hour=7), NOW)
    readers.subscribe(reader("east", zone="Asia/Tokyo", hour=7), NOW)
    with open_ledger(store, DAY) as ledger:
        times = {"America/Lima": LATER, "Asia/Tokyo": NOW}
        assert ledger.queue_subscribers(NOW, lambda zone, hour: times[zone]) == 2
        assert [d.address for d in ledger.due(NOW, 10)] == ["east@inbox.example"]
        assert ledger.next_due() == NOW
        assert len(ledger.due(LATER, 10)) == 2


def test_whose_pause_is_over_in_the_morning_gets_that_mornings_letter(store: Store) -> None:
    readers = Readers(store)
    west = {"zone": "America/Lima", "state": "paused"}
    for name, until in (("over", LATER), ("longer", LATER + timedelta(seconds=1)), ("open", None)):
        readers.subscribe(reader(name, paused_until=until, **west), NOW)
    early = {"zone": "Asia/Tokyo", "state": "paused"}  # whose morning was before the edition
    readers.subscribe(reader("back", paused_until=NOW, **early), NOW)
    times = {"America/Lima": LATER, "Asia/Tokyo": NOW - timedelta(hours=1)}
    with open_ledger(store, DAY) as ledger:
        assert ledger.queue_subscribers(NOW, lambda zone, hour: times[zone]) == 2
        found = ledger.due(LATER, 10)
        assert [d.address for d in found] == ["back@inbox.example", "over@inbox.example"]
        assert ledger.turn((), [d.id for d in found], LATER) == {d.id for d in found}


def test_a_turn_writes_marks_and_begins_only_what_waits(store: Store) -> None:
    fill(store, 4)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        a, b, c, d = (due.id for due in ledger.due(NOW, 10))
        assert ledger.turn([], [a, b], NOW) == {a, b}
        assert ledger.turn([], [a, c], NOW) == {c}  # a is on the wire already
        marks = [
            Mark(a, "sent", 1, NOW, 250, "taken"),
            Mark(b, "deferred", 1, LATER, 451, "later"),
            Mark(c, "uncertain", 1, NOW, 0, "no answer"),
        ]
        assert ledger.turn(marks, [d, a, b], NOW) == {d, b}
        assert states(ledger) == {"sending": 2, "sent": 1, "uncertain": 1}
        assert ledger.turn([Mark(a, "failed", 2, NOW)], [], NOW) == set()
        assert ledger.rows(["sent"])[0].reply == "taken"
        ledger.turn([Mark(b, "deferred", 2, LATER), Mark(d, "sent", 1, NOW)], [], NOW)
        assert ledger.due(NOW, 10) == []
        assert ledger.next_due() == LATER
        assert ledger.hasten(NOW) == 1
        assert [(due.id, due.attempts) for due in ledger.due(NOW, 10)] == [(b, 2)]


def test_after_a_crash_rows_on_the_wire_are_uncertain_until_the_operator_says(url: str) -> None:
    with open_store(url) as store:
        fill(store, 3)
        with open_ledger(store, DAY) as ledger:
            ledger.queue_subscribers(NOW)
            first, second, _ = ledger.due(NOW, 10)
            ledger.turn([], [first.id, second.id], NOW)
    with open_store(url) as store, open_ledger(store, DAY) as ledger:
        assert ledger.recover(LATER) == 2
        assert ledger.recover(LATER) == 0
        assert states(ledger) == {"queued": 1, "uncertain": 2}
        assert [row.address for row in ledger.rows(["uncertain"])] == [
            first.address,
            second.address,
        ]
        assert ledger.requeue(["uncertain"], LATER) == 2
        assert states(ledger) == {"queued": 3}


def test_a_hard_bounce_ends_the_reader_too(store: Store) -> None:
    fill(store, 2)
    with open_ledger(store, DAY + timedelta(days=1)) as tomorrow:
        tomorrow.queue_subscribers(NOW)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        a, b = ledger.due(NOW, 10)
        ledger.turn([], [a.id, b.id], NOW)
        ledger.turn(
            [
                Mark(a.id, "bounced", 1, NOW, 550, "5.1.1 no such user", hard=True),
                Mark(b.id, "bounced", 1, NOW, 550, "5.7.1 policy"),
            ],
            [],
            NOW,
        )
    readers = Readers(store)
    found = [readers.by_id(a.reader), readers.by_id(b.reader)]
    assert [r and r.state for r in found] == ["bounced", "active"]
    with open_ledger(store, DAY + timedelta(days=1)) as tomorrow:
        assert states(tomorrow) == {"failed": 1, "queued": 1}


def test_who_leaves_gets_no_letter_that_still_waits(store: Store) -> None:
    (left,) = fill(store, 1)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        (due,) = ledger.due(NOW, 1)
    assert Readers(store).leave(left.id, b"hash", NOW)
    with open_ledger(store, DAY) as ledger:
        assert ledger.turn([], [due.id], NOW) == set()
        assert ledger.rows(["failed"])[0].reply == "unsubscribed"


@pytest.mark.parametrize("how", ["left", "paused", "bounced", "asked anew"])
def test_who_is_no_longer_mailed_gets_no_letter_again(store: Store, how: str) -> None:
    """Not by the operator's retry, nor where their letter was on the wire and is put off."""
    gone, waiting, stays = fill(store, 3)
    with open_ledger(store, DAY) as ledger:
        ledger.queue_subscribers(NOW)
        ids = [due.id for due in ledger.due(NOW, 10)]
        ledger.turn([], [ids[0], ids[2]], NOW)
        end(SignUps(store), (gone, waiting), how)
        ledger.turn([Mark(ids[n], "deferred", 1, LATER, 451, "later") for n in (0, 2)], [], NOW)
        begun = ledger.turn([], ids, LATER)
        assert begun == {ids[2]}
        assert ledger.next_due() is None  # or a run would wait for it, again and again
        ledger.turn([Mark(ids[2], "failed", 2, LATER, 554, "no")], [], LATER)
        assert states(ledger) == {"failed": 3}
        assert ledger.requeue(["failed"], LATER) == 1
        assert [due.reader for due in ledger.due(LATER, 10)] == [stays.id]


def test_by_hand_a_paused_reader_is_mailed(store: Store) -> None:
    (reader,) = fill(store, 1)
    Readers(store).pause(reader.id, None, NOW)
    with open_ledger(store, DAY, only=[reader.id]) as ledger:
        ledger.queue_readers([reader.id], NOW)
        (due,) = ledger.due(NOW, 10)
        assert ledger.turn([], [due.id], NOW) == {due.id}


def test_a_letter_by_hand_that_was_put_off_goes_with_the_next_run(store: Store) -> None:
    (reader,) = fill(store, 1)
    Readers(store).pause(reader.id, None, NOW)
    with open_ledger(store, DAY, only=[reader.id]) as ledger:
        ledger.queue_readers([reader.id], NOW)
        (due,) = ledger.due(NOW, 10)
        ledger.turn([], [due.id], NOW)
        ledger.turn([Mark(due.id, "deferred", 1, LATER, 450, "later")], [], NOW)
    with open_ledger(store, DAY) as ledger:
        assert ledger.turn([], [due.id], LATER) == {due.id}


def end(readers: SignUps, who: Sequence[Subscriber], how: str) -> None:
    for one in who:
        if how == "paused":
            readers.pause(one.id, None, NOW)
        elif how == "bounced":
            readers.bounced(one.id, NOW, hard=True)
        else:
            readers.leave(one.id, one.key.encode(), NOW)
            if how == "asked anew":
                readers.ask(one, NOW)


def test_only_one_process_sends_at_a_time(url: str) -> None:
    with open_store(url) as one, open_store(url) as two:
        with open_ledger(one, DAY):
            second = open_ledger(two, DAY)
            with pytest.raises(StoreError, match="another process is sending"):
                second.__enter__()
            fill(two, 1)  # everything else goes on
        with open_ledger(two, DAY) as ledger:
            assert ledger.queue_subscribers(NOW) == 1


def test_lists_are_apart(store: Store) -> None:
    Readers(store, "weekly").subscribe(reader("w"), NOW)
    fill(store, 1)
    with open_ledger(store, DAY, "weekly") as ledger:
        assert ledger.queue_subscribers(NOW) == 1
    with open_ledger(store, DAY) as ledger:
        assert states(ledger) == {}
    assert Consent(NOW, "page").text == ""


@pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.system)], indirect=True
)
def test_a_row_that_another_changes_is_not_waited_for(store: Store, url: str) -> None:
    """Two who hold rows and wait for each other's would be ended by PostgreSQL as a deadlock."""
    fill(store, 3)
    with store._writing() as connection:  # so that waiting fails, and does not hang
        name = make_url(url).database
        connection.execute(text(f"ALTER DATABASE {name} SET lock_timeout = '1s'"))
    with (
        open_store(url) as impatient,
        open_ledger(impatient, DAY) as ledger,
        store._writing() as other,
    ):
        ledger.queue_subscribers(NOW)
        ids = [due.id for due in ledger.due(NOW, 10)]
        change = update(deliveries).where(deliveries.c.id == ids[0]).values(attempts=1)
        other.execute(change)
        assert sorted(ledger.turn([], ids, NOW)) == ids[1:]
