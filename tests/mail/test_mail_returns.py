"""What comes back changes who is mailed: hard at once, soft in a row, a complaint as leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.delivery import Mark, ReaderState, Subscriber
from digest.mail.verp import Verp
from digest.mailsettings import MailSettings, load_mail_settings
from digest.model import Editorial
from digest.readers.tokens import Tokens
from digest.returns import Returns
from digest.store import Readers, Store, open_ledger, open_store
from digest.store.readers import SOFT_BOUNCES
from digest.store.returned import ReturnedMail
from digest.store.signups import SignUps

NOW = datetime(2026, 4, 14, 8, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data" / "mail"


class House:
    """An installation that has sent one edition to one reader a day."""

    def __init__(self, store: Store, mail: MailSettings) -> None:
        self.store = store
        self.mail = mail
        self.readers = Readers(store)
        self.returns = Returns(mail, store)
        address = "reader@inbox.example"
        self.reader = self.readers.subscribe(Subscriber(address, address, "active"), NOW)

    def sent(self, day: date, ledger_name: str = "") -> int:
        with open_ledger(self.store, day, ledger_name) as ledger:
            ledger.queue_readers([self.reader.id], NOW)
            (due,) = ledger.due(NOW, 9)
            ledger.turn([], [due.id], NOW)
            ledger.turn([Mark(due.id, "sent", 1, NOW, 250, "taken")], [], NOW)
            return due.id

    def comes(self, name: str, delivery: int = 0, now: datetime = NOW) -> None:
        verp = Verp(self.mail.bounces, self.mail.secret)
        text = (DATA / f"{name}.eml").read_text("utf-8")
        text = text.replace("@TAG@", str(verp.address("b", delivery)))
        leave = Verp(self.mail.unsubscribe, self.mail.secret).address("u", self.reader.id)
        self.returns.take(text.replace("@LEAVE@", str(leave)).encode(), now)

    @property
    def state(self) -> ReaderState:
        found = self.readers.by_id(self.reader.id)
        assert found is not None
        return found.state

    @property
    def stays_away(self) -> bool:
        digest = Tokens(self.mail.secret).address_hash(self.reader.key)
        return self.readers.is_suppressed(digest)


@pytest.fixture
def house(installation: Path) -> Iterator[House]:
    with open_store(f"sqlite:///{installation}/digest.sqlite3") as store:
        yield House(store, load_mail_settings(Editorial()))


def test_a_hard_bounce_ends_the_reader_at_once(house: House) -> None:
    delivery = house.sent(date(2026, 4, 14))
    house.comes("dsn-no-such-user", delivery)
    assert house.state == "bounced"
    assert house.stays_away
    with open_ledger(house.store, date(2026, 4, 14)) as ledger:
        assert ledger.counts() == {"bounced": 1}


def test_soft_bounces_do_in_a_row_and_each_counts_once(house: House) -> None:
    for n in range(SOFT_BOUNCES):
        assert house.state == "active"
        delivery = house.sent(date(2026, 4, 14) + timedelta(days=n))
        for _ in range(3):
            house.comes("dsn-full", delivery, NOW + timedelta(days=n))
    assert house.state == "bounced"


def test_a_letter_that_came_through_ends_the_row(house: House) -> None:
    day = date(2026, 4, 14)
    for n in range(4 * SOFT_BOUNCES):
        delivery = house.sent(day + timedelta(days=n))
        if n % 4 == 0:
            house.comes("dsn-full", delivery, NOW + timedelta(days=n))
    assert house.state == "active"


def test_bounces_that_come_days_after_their_letters_are_in_a_row(house: House) -> None:
    day = date(2026, 4, 14)
    deliveries = [house.sent(day + timedelta(days=n)) for n in range(SOFT_BOUNCES)]
    for n, delivery in enumerate(deliveries):
        house.comes("dsn-full", delivery, NOW + timedelta(days=5 + n))
    assert house.state == "bounced"


@pytest.mark.parametrize("ledger_name", ["main breaking 1", "one-off 0123456789abcdef"])
@pytest.mark.parametrize(
    ("name", "state"), [("complaint", "unsubscribed"), ("dsn-no-such-user", "bounced")]
)
def test_breaking_news_and_special_editions_come_back_to_the_readers_own_list(
    house: House, name: str, state: ReaderState, ledger_name: str
) -> None:
    house.comes(name, house.sent(date(2026, 4, 14), ledger_name))
    assert house.state == state
    assert house.stays_away


@pytest.mark.parametrize("name", ["complaint", "leave", "leave-by-machine"])
def test_a_complaint_is_as_good_as_leaving(house: House, name: str) -> None:
    house.comes(name, house.sent(date(2026, 4, 14)))
    assert house.state == "unsubscribed"
    assert house.stays_away


@pytest.mark.parametrize("name", ["complaint", "dsn-no-such-user"])
def test_what_comes_back_of_letters_to_an_address_that_was_left_does_not_count(
    house: House, name: str
) -> None:
    delivery, new = house.sent(date(2026, 4, 14)), "new@inbox.example"
    roll = SignUps(house.store)
    nonce = roll.ask_move(house.reader.id, new, new, NOW)
    digest = Tokens(house.mail.secret).address_hash
    assert roll.move(house.reader.id, nonce, digest(house.reader.key), digest(new), NOW)
    house.comes(name, delivery)
    assert house.state == "active"
    assert not house.readers.is_suppressed(digest(new))
    assert ReturnedMail(house.store).recent(unmatched=True) == []
    house.comes(name, house.sent(date(2026, 4, 15)))
    assert house.state in ("unsubscribed", "bounced")
    assert house.readers.is_suppressed(digest(new))


@pytest.mark.parametrize(
    "name",
    [
        "vacation",
        "vacation-unmarked",
        "vacation-to-leaving",
        "challenge",
        "read-receipt",
        "dsn-delayed",
        "dsn-delivered",
        "greylisted-in-words",
        "complaint-not-spam",
        "words-full-quoting-leave",
    ],
)
def test_machines_that_answer_change_nothing(house: House, name: str) -> None:
    house.comes(name, house.sent(date(2026, 4, 14)))
    assert house.state == "active"
    assert not house.stays_away
    assert ReturnedMail(house.store).recent(unmatched=True) == []


@pytest.mark.parametrize(
    "name", ["dsn-unmatched", "dsn-made-up", "spam", "answer", "vacation-quoting-leave"]
)
def test_what_matches_nobody_is_kept_to_be_seen(house: House, name: str) -> None:
    house.sent(date(2026, 4, 14))
    house.comes(name)
    assert house.state == "active"
    (kept,) = ReturnedMail(house.store).recent(unmatched=True)
    assert kept.raw
    assert kept.raw.splitlines()[:4] == (DATA / f"{name}.eml").read_bytes().splitlines()[:4]
    assert kept.summary
    assert ReturnedMail(house.store).prune(NOW + timedelta(days=1)) == 1


def test_a_bounce_of_an_erased_reader_is_nobodys(house: House) -> None:
    delivery = house.sent(date(2026, 4, 14))
    house.readers.erase(house.reader.key, b"h" * 32, NOW)
    house.comes("dsn-no-such-user", delivery)
    assert len(ReturnedMail(house.store).recent(unmatched=True)) == 1
