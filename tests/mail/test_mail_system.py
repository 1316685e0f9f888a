"""One run through a real mail system: Postfix, Dovecot, the pages, the desk, the mailroom.

Letters come in by LMTP in one installation and by polling a mailbox over IMAP in the other. The
clock is ours, the servers are Debian's.
"""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import dkim
import pytest
from house import Clock, House, open_house
from post_office import PostOffice, missing, open_post_office

from digest.address import parse_address
from digest.delivery import ReaderState, Subscriber
from digest.desk import DeskSettings
from digest.desk.settings import Listen
from digest.lease import Lease
from digest.mail.dkim import new_private_keys
from digest.mail.inbox_imap import parse_mailbox, poll
from digest.mail.verp import Verp
from digest.mailsettings import write_private
from digest.model import Edition, Editorial, LeftOut
from digest.post import EditionPost
from digest.schedule import Turn
from digest.settings import load_settings
from digest.store import open_ledger
from digest.timetable import Task

pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(missing()), reason=missing())]

DAY = date(2026, 4, 14)
EVENING = datetime(2026, 4, 13, 16, tzinfo=UTC)
SIX_IN_BERLIN = datetime(2026, 4, 14, 4, tzinfo=UTC)
SEVEN_IN_TOKYO = datetime(2026, 4, 14, 22, tzinfo=UTC)
"""Of the 15th there: on the 14th it was past before the edition was made."""
SETTINGS = (
    "edition: {zone: Europe/Berlin, hour: 6}\nfeeds: [{name: A, url: 'https://a.example/f'}]\n"
)
DOMAINS = {"lmtp": "harbour.example", "imap": "strand.example"}
ADA, BO, REST, GRUMP = (f"{name}@inbox.example" for name in ("ada", "bo", "rest", "grump"))
FULL, GONE, AWAY = "full@inbox.example", "gone@inbox.example", "reader@away.example"
MAILBOXES = (ADA, BO, REST, GRUMP, FULL, "digest@strand.example")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office(MAILBOXES) as opened:
        yield opened


@dataclass
class Town:
    """An installation and the mail system around it."""

    office: PostOffice
    house: House
    domain: str
    records: Mapping[str, str]
    """The DNS records that it publishes."""
    post: EditionPost
    polls: bool

    def settle(self) -> None:
        """Until every letter that is under way has arrived and been dealt with."""
        assert self.house.desk.postman.settle(10)
        self.office.settle()
        if self.polls:
            incoming = self.house.desk.incoming
            assert incoming
            mailbox = parse_mailbox(self.office.mailbox(f"digest@{self.domain}"))
            while poll(mailbox, incoming.deal):
                assert self.house.desk.postman.settle(10)
                self.office.settle()
        assert self.house.desk.postman.settle(10)
        self.office.settle()

    def inbox(self, address: str) -> list[EmailMessage]:
        """A reader's mailbox."""
        self.settle()
        return [read(raw) for raw in self.office.fetch(address)]

    def writes(self, sender: str, to: str, subject: str, text: str = "", **more: str) -> None:
        """Somebody writes a letter."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, to, subject
        letter["Message-ID"] = make_msgid(domain="inbox.example")
        for name, value in more.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(text)
        self.office.post(sender, to, letter.as_bytes())
        self.settle()

    def state(self, address: str) -> ReaderState:
        return self.house.reader(address).state

    def sends_until(self, moment: datetime) -> None:
        """What the schedule does: each letter in its reader's morning, until `moment`."""
        clock = self.house.clock
        while (due := self.post.unsent(clock.now).get(DAY)) is not None:
            if due > moment:
                break
            clock.now = max(clock.now, due)
            lease = Lease(self.house.store, "main/send", "test", clock)
            task = Task("send", f"send:{DAY}", clock.now, DAY)
            assert self.post.send(Turn(task, clock.now, lease, lambda: False)).outcome == "done"
        self.settle()


@pytest.fixture(params=DOMAINS)
def town(
    request: pytest.FixtureRequest, office: PostOffice, edition: Path, tmp_path: Path
) -> Iterator[Town]:
    domain = DOMAINS[request.param]
    inbox = parse_address(f"digest@{domain}")
    listen = Listen("lmtp", "127.0.0.1", office.desk) if request.param == "lmtp" else None
    env = {
        "DIGEST_SMTP": office.relay,
        "DIGEST_MAIL_FROM": f"Harbour Desk <desk@{domain}>",
        "DIGEST_MAIL_BOUNCES": f"digest+{{}}@{domain}",
        "DIGEST_MAIL_UNSUBSCRIBE": f"digest+{{}}@{domain}",
    }
    (tmp_path / "keys").mkdir()
    for kind, pem in new_private_keys().items():
        write_private(tmp_path / "keys" / f"dkim-a26-{kind}.pem", pem)
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    settings = load_settings(
        tmp_path / "feeds.yaml",
        env={
            "DIGEST_OUT": str(tmp_path / "out"),
            "DIGEST_DB": f"sqlite:///{tmp_path}/digest.sqlite3",
        },
    )
    shutil.copytree(edition, tmp_path / "out")
    desk = DeskSettings(inbox=inbox, listen=listen)
    with open_house(tmp_path, desk, clock=Clock(EVENING), env=env) as house:
        post = EditionPost(settings, house.mail, house.store, clock=house.clock)
        records = dict(key.dns_record() for key in house.mail.keys)
        yield Town(office, house, domain, records, post, polls=listen is None)


def test_one_run_through(town: Town) -> None:
    subscribes_by_page(town)
    subscribes_by_letter(town)
    for address in (REST, GRUMP, FULL, GONE, AWAY):  # readers of long standing
        reader = Subscriber(address, address, "active", zone="Europe/Berlin", hour=6)
        town.house.readers.subscribe(reader, EVENING)
    an_edition_is_made(town)
    town.sends_until(SEVEN_IN_TOKYO - timedelta(minutes=1))
    assert len(town.inbox(ADA)) == 2  # the confirmation and the welcome
    returned_mail_is_understood(town)
    the_letter_arrives_at_the_local_hour(town)
    machines_that_answer_change_nothing(town)
    a_complaint_is_as_good_as_leaving(town)
    leaves_by_one_click(town)
    leaves_by_the_letters_own_address(town)
    assert town.post.unsent(town.house.clock.now) == {}
    with open_ledger(town.house.store, DAY, to_send=False) as ledger:
        assert ledger.counts() == {"sent": 4, "bounced": 3}
    assert town.house.readers.counts() == {"active": 3, "bounced": 1, "unsubscribed": 3}


def subscribes_by_page(town: Town) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert town.house.sign_up(ADA, day=days, format="html").status == 303
    (asked,) = town.inbox(ADA)
    assert asked["Return-Path"] == "<>"  # an automatic letter must not be answered by another
    link = link_in(asked, "confirm")
    for _ in range(3):  # scanners open links
        assert town.house.ask(link).status == 200
    assert town.state(ADA) == "pending"
    assert town.house.post(link).status == 200
    assert town.state(ADA) == "active"
    _, welcome = town.inbox(ADA)
    assert "You are a reader" in welcome.get_content()


def subscribes_by_letter(town: Town) -> None:
    town.writes(BO, f"digest@{town.domain}", "subscribe")
    (asked,) = town.inbox(BO)
    assert town.state(BO) == "pending"
    assert asked["Reply-To"] == f"digest@{town.domain}"
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    town.writes(BO, str(asked["Reply-To"]), f"Re: {asked['Subject']}", "Yes!", **answer)
    assert town.state(BO) == "active"
    consent = town.house.reader(BO).consent
    assert consent
    assert consent.how == "letter"


def an_edition_is_made(town: Town) -> None:
    town.house.clock.now = SIX_IN_BERLIN + timedelta(minutes=2)
    made = Edition(
        DAY,
        1,
        town.house.clock.now,
        "test",
        "quiet",
        (),
        Editorial(),
        (),
        LeftOut(),
        (),
        (),
        0,
        0,
        0,
    )
    town.house.store.save_edition(made, b"{}")


def returned_mail_is_understood(town: Town) -> None:
    """Postfix has returned three letters: no such user, a full mailbox, a server that is away."""
    assert town.state(GONE) == "bounced"
    assert (town.state(FULL), town.state(AWAY)) == ("active", "active")
    with open_ledger(town.house.store, DAY, to_send=False) as ledger:
        bounced = {row.address: row.reply for row in ledger.rows(["bounced"])}
    assert set(bounced) == {GONE, FULL, AWAY}
    assert "doesn't exist" in bounced[GONE]
    assert "Quota exceeded" in bounced[FULL]
    assert "Connection refused" in bounced[AWAY]


def the_letter_arrives_at_the_local_hour(town: Town) -> None:
    town.sends_until(SEVEN_IN_TOKYO)
    assert town.house.clock.now == SEVEN_IN_TOKYO
    letter = town.inbox(ADA)[-1]
    assert letter["Subject"] == "Ceasefire holds in the strait — talks on Friday"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = letter.get_body(("html",))
    assert body
    assert "talks go on…" in body.get_content()
    raw = town.office.fetch(ADA)[-1]  # as it arrived, through Postfix and Dovecot
    for place in range(2):
        assert dkim.DKIM(raw).verify(
            idx=place, dnsfunc=lambda n, timeout=5: town.records[n.decode().rstrip(".")].encode()
        )


def machines_that_answer_change_nothing(town: Town) -> None:
    assert len(town.inbox(REST)) == 1  # Sieve's vacation does not answer letters of a list
    # Looked for in all of it: how much was said since depends on the polls.
    assert "discarding vacation response" in town.office.log(most=10_000_000)
    before = town.house.reader(REST)
    with open_ledger(town.house.store, DAY, to_send=False) as ledger:
        (delivery,) = (row.id for row in ledger.rows(["sent"]) if row.address == REST)
    bounces = str(Verp(town.house.mail.bounces, town.house.mail.secret).address("b", delivery))
    away = {"Auto_Submitted": "auto-replied (vacation)"}
    town.writes(REST, bounces, "Out of office: unsubscribe", "I am away.", **away)
    town.writes(REST, f"digest@{town.domain}", "unsubscribe", "I am away.", **away)
    assert town.house.reader(REST) == before
    assert len(town.inbox(REST)) == 1


def a_complaint_is_as_good_as_leaving(town: Town) -> None:
    """RFC 5965, as a provider's feedback loop sends it to the address that was named to it."""
    (letter,) = town.inbox(GRUMP)
    report = EmailMessage()
    report["From"], report["To"] = "fbl@inbox.example", f"digest@{town.domain}"
    report["Subject"] = "FW: " + str(letter["Subject"])
    report["MIME-Version"] = "1.0"
    report["Content-Type"] = 'multipart/report; report-type="feedback-report"'
    for kind, text in (
        ("text/plain", "This is an email abuse report."),
        ("message/feedback-report", "Feedback-Type: abuse\nUser-Agent: inbox/1\nVersion: 1\n"),
        ("message/rfc822", letter.as_string()),
    ):
        part = EmailMessage()
        part["Content-Type"] = kind
        part.set_payload(text)
        report.attach(part)
    town.office.post("fbl@inbox.example", f"digest@{town.domain}", report.as_bytes())
    town.settle()
    assert town.state(GRUMP) == "unsubscribed"


def leaves_by_one_click(town: Town) -> None:
    """As Gmail does it: a POST by a server of theirs, without cookie, Referer or Origin."""
    letter = town.inbox(ADA)[-1]
    page = str(letter["List-Unsubscribe"]).split(",")[0].strip(" <>")
    path = page.removeprefix("https://digest.harbour.example")
    town.house.network = "66.249.0.1"
    assert town.house.ask(path).status == 200
    assert town.state(ADA) == "active"
    for _ in range(2):
        answer = town.house.ask(
            path,
            "POST",
            b"List-Unsubscribe=One-Click",
            {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Gmail"},
        )
        assert answer.status == 200
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers  # RFC 8058 section 3.1: no redirect
        assert town.state(ADA) == "unsubscribed"
    assert len(town.inbox(ADA)) == 3  # no farewell to a button of the mail program's


def leaves_by_the_letters_own_address(town: Town) -> None:
    letter = town.inbox(BO)[-1]
    mailto = re.search(r"<mailto:([^?>]+)\?subject=unsubscribe>", str(letter["List-Unsubscribe"]))
    assert mailto
    town.writes(BO, mailto[1], "unsubscribe")
    assert town.state(BO) == "unsubscribed"
    assert "is mailed to this address any more" in town.inbox(BO)[-1].get_content()


def read(raw: bytes) -> EmailMessage:
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def link_in(letter: EmailMessage, page: str) -> str:
    found = re.search(rf"https://digest\.harbour\.example(/{page}/\S+)", letter.get_content())
    assert found
    return found[1]
