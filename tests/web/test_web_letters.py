"""Subscribing by letter, through the real door (LMTP) and a real relay."""

from __future__ import annotations

import email.utils
import logging
import smtplib
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from house import INBOX, House, open_house

from digest.address import parse_address
from digest.delivery import Subscriber
from digest.desk import DeskSettings
from digest.desk.settings import Listen
from digest.mail.verp import Verp
from digest.store import Readers
from digest.store.returned import ReturnedMail

READER = "reader@inbox.example"
SERVER = "mx.harbour.example"
VOUCHED = f"{SERVER}; dmarc=pass (p=none) header.from=inbox.example"
"""What this machine's mail server says of a letter that is from where it says."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    listen = Listen("lmtp", "127.0.0.1", 0)
    desk = DeskSettings(inbox=parse_address(INBOX), listen=listen, authserv=SERVER)
    with open_house(tmp_path, desk) as opened:
        yield opened


def write(
    house: House,
    subject: str,
    text: str = "",
    *,
    sender: str = READER,
    to: str = INBOX,
    path: str | None = None,
    found: str = VOUCHED,
    **headers: str,
) -> None:
    """A letter handed over by the mail server of this machine, which has `found` this of it."""
    letter = EmailMessage()
    if found:
        letter["Authentication-Results"] = found
    letter["From"], letter["To"], letter["Subject"] = f"A Reader <{sender}>", to, subject
    letter["Message-ID"] = email.utils.make_msgid(domain="inbox.example")
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    assert house.desk.door
    with smtplib.LMTP("127.0.0.1", house.desk.door.port) as lmtp:
        lmtp.sendmail(sender if path is None else path, [to], letter.as_bytes())


def test_subscribe_and_confirm_by_answering(house: House) -> None:
    write(house, "subscribe", "My name is buy-pills.example")
    (asked,) = house.letters()
    assert asked["Auto-Submitted"] == "auto-replied"
    assert asked["Reply-To"] == INBOX
    assert "inbox.example" in str(asked["In-Reply-To"])
    assert "pills" not in asked.as_string()
    assert house.reader().state == "pending"
    write(
        house,
        f"Re: {asked['Subject']}",
        "Yes, please.\n> Confirm",
        In_Reply_To=str(asked["Message-ID"]),
    )
    reader = house.reader()
    assert reader.state == "active"
    assert reader.consent
    assert reader.consent.how == "letter"
    (welcome,) = house.letters()
    assert "You are a reader" in welcome.get_content()
    assert INBOX in welcome.get_content()


@pytest.mark.parametrize(
    ("id", "answered"),
    [
        ("<000001d9$4f8c!a#%&'*/=?^`{|}~@inbox.example>", True),  # such as Outlook's
        ('<"quoted"@inbox.example>', False),
        ("<no-at-sign>", False),
    ],
)
def test_every_message_id_gets_its_answer(house: House, id: str, answered: bool) -> None:
    raw = f"From: {READER}\r\nTo: {INBOX}\r\nSubject: subscribe\r\nMessage-ID: {id}\r\n\r\n"
    assert house.desk.door
    with smtplib.LMTP("127.0.0.1", house.desk.door.port) as lmtp:
        lmtp.sendmail(READER, [INBOX], raw)
    (asked,) = house.letters()
    assert (str(asked["In-Reply-To"]) == id) is answered
    assert house.reader().state == "pending"


def test_a_vacation_reply_confirms_nothing(house: House) -> None:
    write(house, "subscribe")
    (asked,) = house.letters()
    answer = {"In_Reply_To": str(asked["Message-ID"]), "Auto_Submitted": "auto-replied"}
    write(house, f"Re: {asked['Subject']}", "I am away.", **answer)
    write(house, f"Out of office: Re: {asked['Subject']}", In_Reply_To=answer["In_Reply_To"])
    assert house.reader().state == "pending"
    assert house.letters() == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("No! I never asked for this. Who are you?", ""),
        ("Nein, bitte nicht.", ""),
        ("Please remove me from your list.", "this was not understood"),
        ("I did not sign up. Do not send me anything.", "this was not understood"),
    ],
)
def test_a_protest_confirms_nothing(house: House, said: str, told: str) -> None:
    house.sign_up()
    (asked,) = house.letters()
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    write(house, f"Re: {asked['Subject']}", f"{said}\n> Somebody", **answer)
    assert house.reader().state == "pending"
    assert [told in str(letter["Subject"]) for letter in house.letters()] == [True] * bool(told)
    kept = ReturnedMail(house.store).recent(unmatched=True)
    assert [letter.kind for letter in kept] == ["letter"] * (not told)


def test_a_protest_does_not_do_what_was_asked_back(house: House) -> None:
    house.become_reader()
    house.forget_limits()
    write(house, "unsubscribe", found="")
    (asked,) = house.letters()
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    write(house, f"Re: {asked['Subject']}", "No, that was not me!\n> A letter", **answer)
    assert house.reader().state == "active"
    assert house.letters() == []


def test_who_was_not_understood_may_say_yes(house: House) -> None:
    house.sign_up()
    (asked,) = house.letters()
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    write(house, f"Re: {asked['Subject']}", "Looking forward to it\n> Somebody", **answer)
    (unclear,) = house.letters()
    assert house.reader().state == "pending"
    assert 'the one word "yes"' in unclear.get_content()
    answer = {"In_Reply_To": str(unclear["Message-ID"])}
    write(house, f"Re: {unclear['Subject']}", "Yes\n> Your letter", **answer)
    assert house.reader().state == "active"


def test_a_forged_answer_confirms_nothing(house: House) -> None:
    write(house, "subscribe")
    (asked,) = house.letters()
    real = str(asked["Message-ID"])
    write(house, "Re: Confirm", In_Reply_To=real.replace("@", "x@"))
    write(house, "Re: Confirm", In_Reply_To=f"<confirm.{'1.abc.zzzzzz.' + 'A' * 43}@x.example>")
    assert house.reader().state == "pending"
    assert {str(letter["Subject"]) for letter in house.letters()} == {
        "Harbour Security Daily: this was not understood"
    }


def test_leaving_by_letter(house: House) -> None:
    house.become_reader()
    write(house, "unsubscribe")
    assert house.reader().state == "unsubscribed"
    (farewell,) = house.letters()
    assert "/preferences/" in farewell.get_content()
    write(house, "unsubscribe")
    assert house.letters() == []


def test_leaving_by_the_letters_own_address(house: House) -> None:
    reader = house.become_reader()
    own = leaving_address(house, reader)
    write(house, "", sender="other@inbox.example", to=own)  # forwarded mail, another From
    assert house.reader().state == "unsubscribed"


def leaving_address(house: House, reader: Subscriber) -> str:
    """As it stands in the List-Unsubscribe of the reader's letters."""
    return str(Verp(house.mail.unsubscribe, house.mail.secret).address("u", reader.id))


def test_the_address_to_leave_by_of_one_erased_unsubscribes_nobody_else(house: House) -> None:
    house.become_reader()
    other = house.become_reader("other@inbox.example")
    house.desk.service.erase(other, house.clock())
    write(house, "x", to=leaving_address(house, other), path=other.address, found="")
    assert house.reader().state == "active"
    assert house.letters() == []
    (kept,) = ReturnedMail(house.store).recent(unmatched=True)
    assert kept.kind == "leave"


def test_the_address_to_leave_by_of_another_list_leaves_that_one(house: House) -> None:
    house.become_reader()
    cyber = Readers(house.store, "cyber")
    there = cyber.subscribe(Subscriber(READER, READER, "active"), house.clock())
    write(house, "unsubscribe", to=leaving_address(house, there))
    left = cyber.find(READER)
    assert left
    assert left.state == "unsubscribed"
    assert house.reader().state == "active"


def test_choices_by_letter(house: House) -> None:
    house.become_reader()
    write(house, "sections health disaster")
    assert house.reader().sections == ("disaster", "health")
    write(house, "sections all")
    assert house.reader().sections == ()
    write(house, "html")
    assert house.reader().format == "html"
    write(house, "regions europe middle east")
    assert house.reader().regions == ("europe", "middle-east")
    write(house, "pause 2 weeks")
    reader = house.reader()
    assert reader.state == "paused"
    assert reader.paused_until == datetime.fromisoformat("2026-04-27T15:00:00+00:00")  # Tokyo's
    write(house, "resume")
    assert house.reader().state == "active"
    before = house.reader()
    for unclear in ("sections astrology", "pause 99 years", "pause until 2020-01-01", "sections"):
        write(house, unclear)
    assert house.reader() == before
    letters = [letter.get_content() for letter in house.letters()]
    assert len(letters) == 10
    assert "Health Security" in letters[0]
    assert "28 April 2026" in letters[4]
    assert all("could not be understood" in text for text in letters[6:])
    assert all("/preferences/" in text for text in letters)


FORGED = [
    "",
    f"{SERVER}; dmarc=fail header.from=inbox.example; spf=pass smtp.mailfrom=x@evil.example",
    "mx.evil.example; dmarc=pass header.from=inbox.example",
]


@pytest.mark.parametrize("found", FORGED)
@pytest.mark.parametrize(
    ("subject", "asks"),
    [
        ("unsubscribe", "to mail you no further edition"),
        ("sections health", "to change your sections: Health Security."),
        ("sections all", "to change your sections: all."),
        ("pause until 2026-05-01", "to pause your letters until 1 May 2026."),
        ("pause", "to pause your letters."),
        ("html", "to send you the designed letter"),
    ],
)
def test_a_letter_nobody_vouches_for_only_asks(
    house: House, subject: str, asks: str, found: str
) -> None:
    before = house.become_reader()
    house.forget_limits()
    write(house, subject, found=found)
    (asked,) = house.letters()
    assert house.reader() == before
    assert asks in asked.get_content()
    assert asked["Message-ID"].startswith("<confirm.")
    write(house, f"Re: {asked['Subject']}", In_Reply_To=str(asked["Message-ID"]), found=found)
    assert house.reader() != before
    (told,) = house.letters()
    assert "/preferences/" in told.get_content()


def test_what_was_asked_back_is_what_is_done(house: House) -> None:
    house.become_reader()
    house.forget_limits()
    write(house, "sections health", found="")
    (asked,) = house.letters()
    write(house, "Re: did you", In_Reply_To=str(asked["Message-ID"]), found="")
    assert house.reader().sections == ("health",)
    house.forget_limits()
    write(house, "pause 2 weeks", found="")
    (_, asked) = house.letters()
    # Words of their own above the question: known to be theirs, so these are done.
    answer = {"In_Reply_To": str(asked["Message-ID"])}
    write(house, "Re: did you", "unsubscribe\n> A letter", found="", **answer)
    assert house.reader().state == "unsubscribed"
    write(house, "Re: did you", found="", **answer)  # the question has ended with that
    assert house.reader().state == "unsubscribed"


@pytest.mark.parametrize("subject", ["unsubscribe", "preferences", "sections nonsense"])
def test_letters_to_one_reader_that_anybody_may_cause_are_few(house: House, subject: str) -> None:
    house.become_reader()
    house.forget_limits()
    for _ in range(5):
        write(house, subject, found="")
    assert len(house.letters()) == 1
    assert house.reader().state == "active"


def test_answers_are_limited_but_leaving_is_not(house: House) -> None:
    house.become_reader()
    for _ in range(14):
        write(house, "help")
    assert len(house.letters()) == 10
    write(house, "unsubscribe")
    assert house.reader().state == "unsubscribed"


def test_a_thousand_letters_with_forged_senders(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert house.desk.door
    with smtplib.LMTP("127.0.0.1", house.desk.door.port) as lmtp:
        for n in range(1000):
            victim = f"victim{n}@d{n % 50}.example"
            verb = ("subscribe", "help")[n % 2]
            text = f"From: {victim}\r\nTo: {INBOX}\r\nSubject: {verb}\r\n\r\n"
            lmtp.sendmail(victim, [INBOX], text.encode())
    assert len(house.letters()) == 300
    assert sum(house.readers.counts().values()) == 150
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name != "mail.log")
    assert "done=limited" in ours
    assert "victim" not in ours
    write(house, "subscribe")  # who is vouched for is served
    assert house.letter().headers["to"] == READER


def test_what_a_person_wrote_is_kept_for_the_operator(house: House) -> None:
    write(house, "A mistake in Tuesday's edition", "The bridge is in Marrow, not in Selwyn.")
    write(house, "Out of office: hello")
    assert house.letters() == []
    (kept,) = ReturnedMail(house.store).recent(unmatched=True)
    assert (kept.kind, kept.summary) == ("letter", "A mistake in Tuesday's edition")
    assert kept.raw
    assert b"The bridge is in Marrow" in kept.raw


def test_strangers_and_machines_get_no_answer(house: House) -> None:
    write(house, "sections cyber", sender="stranger@inbox.example")
    write(house, "unsubscribe", sender="stranger@inbox.example")
    write(house, "subscribe", sender="postmaster@inbox.example")
    write(house, "subscribe", sender="list@inbox.example", List_Id="<x.inbox.example>")
    write(house, "Good morning")
    assert house.letters() == []
    assert not house.readers.counts()


def test_a_bounce_goes_to_the_returns(house: House) -> None:
    house.become_reader()
    write(house, "Undelivered mail", to=INBOX, path="")
    assert house.letters() == []
    assert house.reader().state == "active"


def test_a_suppressed_address_comes_back_by_its_own_letter(house: House) -> None:
    digest = house.desk.service.tokens.address_hash(READER)
    house.readers.suppress(digest, "the operator", house.clock())
    assert house.sign_up().status == 303
    assert house.letters() == []
    house.forget_limits()
    write(house, "subscribe")
    assert house.post(house.letter().link("confirm")).status == 200
    assert not house.readers.is_suppressed(digest)


def test_a_suppressed_address_is_not_written_to_for_a_letter_that_may_be_forged(
    house: House,
) -> None:
    assert INBOX in house.ask("/subscribe/sent").text
    digest = house.desk.service.tokens.address_hash(READER)
    house.readers.suppress(digest, "the operator", house.clock())
    write(house, "subscribe", found="")
    assert house.letters() == []
    assert not house.readers.counts()


def test_where_no_letter_is_believed_none_is_asked_for(tmp_path: Path) -> None:
    desk = DeskSettings(inbox=parse_address(INBOX), listen=Listen("lmtp", "127.0.0.1", 0))
    with open_house(tmp_path, desk) as house:
        assert INBOX not in house.ask("/subscribe/sent").text


def test_letters_wait_while_the_relay_puts_them_off(house: House) -> None:
    house.relay.answers[:] = ["451 4.7.1 greylisted", "451 4.7.1 greylisted"]
    write(house, "subscribe")
    assert house.letters() == []
    for minutes in (1, 5):
        house.clock.pass_by(minutes=minutes)
        letters = house.letters()
    assert [str(letter["To"]) for letter in letters] == [READER]


def test_a_refused_letter_is_not_tried_again(house: House) -> None:
    house.relay.answers[:] = ["550 5.1.1 no such user"]
    write(house, "subscribe")
    assert house.letters() == []
    house.clock.pass_by(hours=1)
    assert house.letters() == []
