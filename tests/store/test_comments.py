"""Comments in the store: their states, once each, gone with their reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from digest.comment import Comment, Subject
from digest.delivery import Erased, Subscriber
from digest.store import Store, open_store
from digest.store.comments import Comments
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
ABOUT = Subject("t-1", date(2026, 4, 14), "Ceasefire holds")


def reader(store: Store, name: str = "reader") -> Subscriber:
    address = f"{name}@inbox.example"
    return SignUps(store).subscribe(Subscriber(address, address, "active"), NOW)


def said(by: Subscriber, text: str = "Well said.") -> Comment:
    return Comment(by.id, ABOUT, text, "A. Reader")


def test_from_the_form_to_the_page_and_back(store: Store) -> None:
    comments, by = Comments(store), reader(store)
    kept = comments.add(said(by), NOW)
    assert kept
    assert kept == replace(said(by), id=kept.id, came=NOW)
    assert comments.one(kept.id) == kept
    assert not comments.decide(kept.id, "published", NOW)  # nobody has confirmed it
    assert not comments.confirm(kept.id, by.id + 1)
    assert comments.confirm(kept.id, by.id)
    assert not comments.confirm(kept.id, by.id)
    assert [c.id for c in comments.of_state("waiting")] == [kept.id]
    assert comments.published("t-1") == []
    assert comments.printed() == {}
    assert comments.decide(kept.id, "published", NOW)
    (printed,) = comments.published("t-1")
    assert (printed.state, printed.decided, printed.text) == ("published", NOW, "Well said.")
    before = comments.printed()
    assert [*before] == ["t-1"]
    assert comments.counts() == {"published": 1}
    assert comments.decide(kept.id, "refused", NOW + timedelta(days=1))
    assert comments.published("t-1") == []
    comments.decide(kept.id, "published", NOW + timedelta(days=2))
    assert comments.printed() != before


def test_the_same_is_not_kept_twice(store: Store) -> None:
    comments, by, other = Comments(store), reader(store), reader(store, "other")
    assert comments.add(said(by), NOW)
    assert comments.add(said(by), NOW) is None
    assert comments.add(said(other), NOW)
    assert comments.add(replace(said(by), about=replace(ABOUT, thread="t-2")), NOW)


def test_lists_are_apart(store: Store, url: str) -> None:
    kept = Comments(store).add(said(reader(store)), NOW)
    assert kept
    with open_store(url, "weekly") as weeklys:
        weekly = Comments(weeklys)
        assert weekly.one(kept.id) is None
        assert not weekly.confirm(kept.id, kept.reader)
        assert weekly.counts() == {}


def test_a_reader_who_is_erased_takes_their_words_along(store: Store) -> None:
    comments, by = Comments(store), reader(store)
    kept = comments.add(said(by), NOW)
    assert kept
    record = SignUps(store).record(by.key)
    assert record
    assert [one["text"] for one in record["comments"]] == ["Well said."]
    assert SignUps(store).erase(by.key, b"h" * 32, NOW) == Erased(printed=False)
    assert comments.one(kept.id) is None
    assert SignUps(store).erase(by.key, b"h" * 32, NOW) is None


def test_erasing_tells_whether_something_was_printed(store: Store) -> None:
    comments, by, other = Comments(store), reader(store), reader(store, "other")
    for who in (by, other):
        kept = comments.add(said(who), NOW)
        assert kept
        assert comments.confirm(kept.id, who.id)
        assert comments.decide(kept.id, "published" if who is by else "refused", NOW)
    assert SignUps(store).erase(other.key, b"o" * 32, NOW) == Erased(printed=False)
    assert SignUps(store).erase(by.key, b"h" * 32, NOW) == Erased(printed=True)


def test_old_ones_are_forgotten(store: Store) -> None:
    comments, by = Comments(store), reader(store)
    kept = [comments.add(said(by, text), NOW) for text in ("one", "two", "three", "four")]
    numbers = [one.id for one in kept if one]
    for number in numbers[1:]:
        comments.confirm(number, by.id)
    comments.decide(numbers[2], "refused", NOW)
    comments.decide(numbers[3], "published", NOW)
    later = NOW + timedelta(days=1)
    assert comments.prune(NOW, NOW) == 0
    assert comments.prune(later, later) == 2
    assert comments.counts() == {"waiting": 1, "published": 1}
