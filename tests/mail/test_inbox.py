"""Letters coming in: what they are and what their writers want."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery import Command
from digest.mail.inbox import (
    OWN_READ,
    Answer,
    Ignored,
    Ours,
    Read,
    Returned,
    own_words,
    read_letter,
)
from digest.mail.verp import Verp

SECRET = "s3cr3t-of-this-installation-0123456789"


BOUNCES = Verp("bounces+{}@harbour.example", SECRET)


LEAVING = Verp("leave+{}@harbour.example", SECRET)


INBOX = "digest@harbour.example"


TOKEN = "1.bZGflJb4.tpdtw4.CuePS2LAv36SRFELok9qBpfEQlQCnJlfJxE1Lridi-I"


def letter(text: str = "", **headers: str) -> bytes:
    head = {
        "From": "A Reader <reader@inbox.example>",
        "To": INBOX,
        "Message-ID": "<abc.123@inbox.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\r\n".join([*lines, "", text]).encode()


def read(
    raw: bytes,
    recipient: str = INBOX,
    path: str | None = "reader@inbox.example",
    *,
    comments: bool = False,
) -> Read:
    ours = Ours(
        BOUNCES,
        wanted=lambda address: address.endswith("@harbour.example"),
        senders=frozenset({INBOX, "desk@harbour.example"}),
        comments=comments,
    )
    return read_letter(raw, ours, recipient=recipient, envelope_sender=path)


def command(raw: bytes, recipient: str = INBOX) -> Command:
    found = read(raw, recipient)
    assert isinstance(found, Command), found
    return found


@pytest.mark.parametrize(
    ("subject", "text", "verb", "words"),
    [
        ("subscribe", "", "subscribe", ()),
        ("Subscribe!", "Dear all,", "subscribe", ()),
        ("", "\r\n  subscribe\r\n-- \r\nA Reader", "subscribe", ()),
        ("UNSUBSCRIBE", "", "unsubscribe", ()),
        ("Re: Ceasefire holds", "unsubscribe\r\n\r\n> Ceasefire holds", "unsubscribe", ()),
        ("AW: WG: stop", "", "unsubscribe", ()),
        ("help", "", "help", ()),
        ("sections cyber, conflict", "", "sections", ("cyber", "conflict")),
        ("hello", "sections all", "sections", ("all",)),
        ("pause 2 weeks", "", "pause", ("2", "weeks")),
        ("=?utf-8?b?cGF1c2UgMiB3ZWVrcw==?=", "", "pause", ("2", "weeks")),
        ("Pause until 2026-05-01", "", "pause", ("until", "2026-05-01")),
        ("resume", "", "resume", ()),
        ("text", "", "format", ("text",)),
        ("preferences", "", "links", ()),
        ("Abmelden", "", "unsubscribe", ()),
        ("=?utf-8?q?D=C3=A9sabonnement?=", "", "unsubscribe", ()),
        ("=?utf-8?b?a?=", "unsubscribe", "unsubscribe", ()),  # no base64
        ("", "إلغاء الاشتراك", "unsubscribe", ("الاشتراك",)),
    ],
)
def test_commands(subject: str, text: str, verb: str, words: tuple[str, ...]) -> None:
    found = command(letter(text, Subject=subject))
    assert (found.verb, found.words) == (verb, words)
    assert str(found.sender) == "reader@inbox.example"
    assert found.message_id == "<abc.123@inbox.example>"


@pytest.mark.parametrize(
    ("recipient", "verb"),
    [
        ("digest+subscribe@harbour.example", "subscribe"),
        ("digest-unsubscribe@harbour.example", "unsubscribe"),
        ("subscribe@harbour.example", "subscribe"),
        ("digest+help@harbour.example", "help"),
    ],
)
def test_the_address_written_to_is_a_command(recipient: str, verb: str) -> None:
    assert command(letter("whatever", Subject="hello"), recipient).verb == verb


@pytest.mark.parametrize(
    ("cc", "verb"),
    [
        ("help@work.example", "pause"),
        ("Others <other-list-unsubscribe@lists.example>", "pause"),
        ("digest+help@harbour.example", "help"),
    ],
)
def test_only_an_address_of_ours_is_a_command(cc: str, verb: str) -> None:
    """A mailbox that is polled knows all to whom a letter went."""
    assert command(letter("", Subject="pause 2 weeks", Cc=cc), "").verb == verb


def test_the_unsubscribe_address_of_a_letter_names_the_reader() -> None:
    to = str(LEAVING.address("u", 4711))
    found = command(letter("", Subject="unsubscribe"), to)
    assert (found.verb, found.reader) == ("unsubscribe", 4711)
    forged = to.replace("-", "-a", 1)[:-1]
    assert read(letter("", Subject="hello"), forged) == Ignored("no command")


def test_an_answer_to_the_confirmation_letter() -> None:
    ours = f"<confirm.{TOKEN}@harbour.example>"
    answered = letter("Yes!\r\n> Confirm", Subject="Re: Confirm: Daily by mail", In_Reply_To=ours)
    found = command(answered)
    assert (found.verb, found.tokens) == ("confirm", (TOKEN,))
    quoted = f"ok\r\n\r\n> https://digest.example/confirm/{TOKEN}\r\n"
    found = command(letter(quoted, Subject="Re: Confirm: Daily by mail"))
    assert (found.verb, found.tokens) == ("confirm", (TOKEN,))
    no = letter("unsubscribe\r\n> Confirm", Subject="Re: Confirm: Daily", In_Reply_To=ours)
    found = command(no)
    assert (found.verb, found.tokens) == ("unsubscribe", (TOKEN,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes, please.",
        "Ja, gerne",
        "D’accord.",
        "si",
        "نعم",
        "confirm",
        "Subscribe",
        "On 14/04/2026 08:00, Daily wrote:\n> Somebody\n\n-- \nAda",
        "On Tue, Apr 14, 2026 at 8:00 AM Daily <desk@harbour.example>\nwrote:\n\n> Somebody",
        "Daily <desk@harbour.example> schrieb am Di., 14. Apr. 2026,\n08:00:\n\n> Jemand",
        "Sent from my iPhone\n\n> On 14 Apr 2026, at 08:00, Daily wrote:",
        "Von meinem iPhone gesendet\n\n> Am 14.04.2026 um 08:00 schrieb Daily:",
        "\n________________________________\nFrom: Daily\nSent: Tuesday\n\nSomebody",
        "De : Daily <desk@harbour.example>\nEnvoyé : mardi\n\nQuelqu'un",
        "> Somebody\n> wants\n\nYes",
    ],
)
def test_an_answer_as_it_is_or_with_a_yes_confirms(text: str) -> None:
    ours = f"<confirm.{TOKEN}@harbour.example>"
    assert command(letter(text, Subject="Re: Confirm", In_Reply_To=ours)).verb == "confirm"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("I never asked for this.", "unclear"),
        ("Ada Lovelace", "unclear"),
        ("Yes, remove me", "unclear"),
        ("Yes?", "unclear"),
        ("Ja, das war ich nicht", "unclear"),
        ("Si vous continuez, je porte plainte", "unclear"),
        ("On 14 April at 8:00 I did not ask for this", "unclear"),
        ("On 14 April at 8:00 you wrote to me, why?", "unclear"),
        ("Do not unsubscribe me", "unclear"),
        ("Please unsubscribe me", "unsubscribe"),
        ("Stop this!", "unsubscribe"),
        ("help", "help"),
        ("No", ""),
        ("Nein, bitte nicht.", ""),
        ("> Somebody\n> wants\n\nNo, I never did", ""),
        ("لا", ""),
    ],
)
def test_an_answer_that_says_anything_else_confirms_nothing(text: str, verb: str) -> None:
    ours = f"<confirm.{TOKEN}@harbour.example>"
    found = read(letter(text, Subject="Re: Confirm", In_Reply_To=ours))
    if verb:
        assert isinstance(found, Command)
        assert found.verb == verb
    else:
        assert found == Ignored("no command")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "Automatic reply: Confirm: Daily by mail"},
        {"Subject": "Out of the office until Monday"},
        {"Subject": "Abwesenheitsnotiz: Confirm"},
        {"Subject": "Please verify your message"},
        {"From": "noreply@inbox.example"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
        {"List_Id": "<friends.inbox.example>"},
    ],
)
def test_what_machines_write_does_nothing(headers: dict[str, str]) -> None:
    """Even as an answer to the confirmation letter (RFC 3834, vacation replies, challenges)."""
    subject = {"Subject": "subscribe", "In_Reply_To": f"<confirm.{TOKEN}@harbour.example>"}
    assert isinstance(read(letter("subscribe", **(subject | headers))), Ignored)


def test_auto_submitted_no_is_a_person() -> None:
    assert command(letter("", Subject="help", Auto_Submitted="no")).verb == "help"


@pytest.mark.parametrize(
    ("raw", "recipient", "path"),
    [
        (letter("", Subject="Undelivered"), str(BOUNCES.address("b", 7)), "x@inbox.example"),
        (letter("", Subject="subscribe"), INBOX, ""),
        (letter("", Subject="subscribe"), INBOX, "<>"),
        (letter("", Content_Type="multipart/report; boundary=x"), INBOX, "x@inbox.example"),
        (letter("", From="MAILER-DAEMON@inbox.example"), INBOX, "x@inbox.example"),
        (letter("", Return_Path="<>", Subject="subscribe"), "", None),
        (letter("", To=str(BOUNCES.address("b", 7))), "", None),
    ],
)
def test_returned_mail_is_told_apart(raw: bytes, recipient: str, path: str | None) -> None:
    assert read(raw, recipient, path) == Returned()


@pytest.mark.parametrize(
    "from_",
    [
        "",
        "a@inbox.example, b@inbox.example",
        '"x <y@z.example>" <nonsense>',
        "reader@inbox.example <other@inbox.example> third@inbox.example",
        "reader@[127.0.0.1]",
    ],
)
def test_a_sender_that_is_unclear_is_nobody(from_: str) -> None:
    found = read(letter("", Subject="subscribe", From=from_))
    assert found in (Ignored("sender unclear"), Ignored("broken"))


def test_our_own_letters_are_not_answered() -> None:
    assert read(letter("", Subject="subscribe", From=INBOX)) == Ignored("our own")
    assert read(letter("", Subject="hi", From="Desk <DESK@harbour.example>")) == Ignored("our own")


def test_two_from_lines_are_unclear() -> None:
    raw = b"From: b@inbox.example\r\n" + letter("", Subject="subscribe")
    assert read(raw) == Ignored("sender unclear")


@pytest.mark.parametrize(
    "subject",
    ["Good morning", "", "Re: Ceasefire holds in the strait", "Why I subscribe to so many letters"],
)
def test_no_command(subject: str) -> None:
    assert read(letter("I liked today's lead.", Subject=subject)) == Ignored("no command")


def test_utf8_letters_and_html_alone() -> None:
    found = command(letter("", From="Jörg <jörg@inbox.example>", Subject="subscribe"))
    assert str(found.sender) == "jörg@inbox.example"
    html = letter(
        "<html><body><div>pause 2 weeks</div></body></html>",
        Subject="hello",
        Content_Type="text/html; charset=no-such-thing",
    )
    assert command(html).words == ("2", "weeks")


def test_a_message_id_that_could_break_a_header_is_not_answered_to() -> None:
    raw = letter("", Subject="help", Message_ID="<a b\tc@x>")
    assert command(raw).message_id == ""


EDITION = "<20260414.0123456789abcdef01234567@harbour.example>"


@pytest.mark.parametrize(
    "text",
    [
        "Stop the war, please.\nAnd soon.",
        "Stop the war",
        "Help is on its way, one hopes.",
        "The figures of the ministry are higher.\n\nOn Tue, 14 Apr 2026, Daily wrote:\n> Nine",
        "Remove the blockade\n-- \nA Reader",
        "Stop.\n\nNine people were killed by the last one, and the ministry says none.",
        "The ministry asked people to unsubscribe from the service after the breach.",
        "Help me understand why it denies that.",
        "Sections of the wall still stand.\nI was there on Monday and saw three of them myself.",
    ],
)
def test_an_answer_to_an_edition_is_a_comment(text: str) -> None:
    raw = letter(text, Subject="Re: Ceasefire holds", In_Reply_To=EDITION)
    found = read(raw, comments=True)
    assert isinstance(found, Answer)
    assert (found.date.isoformat(), found.check) == ("2026-04-14", EDITION[10:34])
    assert (found.subject, found.sender.key) == ("Ceasefire holds", "reader@inbox.example")
    assert found.text.splitlines()[0] == text.splitlines()[0]
    assert ">" not in found.text
    assert "A Reader" not in found.text
    assert not isinstance(read(raw), Answer)  # a list that takes none


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("unsubscribe", "unsubscribe"),
        ("Stop.\n> You get this because", "unsubscribe"),
        ("unsubscribe me, please", "unsubscribe"),
        ("pause 2 weeks", "pause"),
        ("help", "help"),
        ("Unsubscribe\n\nThanks,\nA Reader", "unsubscribe"),
        ("unsubscribe\n\nSent from my telephone", "unsubscribe"),
        (
            "Unsubscribe.\n\nThis letter is confidential and for nobody but its one receiver.",
            "unsubscribe",
        ),
        ("Please unsubscribe me.\n\nA Reader", "unsubscribe"),
        ("Remove me from this list, please", "unsubscribe"),
        ("Bitte abmelden\n\nGruß\nLeser", "unsubscribe"),
        ("sections cyber\nThanks", "sections"),
    ],
)
def test_an_answer_that_asks_for_something_is_no_comment(text: str, verb: str) -> None:
    raw = letter(text, Subject="Re: Ceasefire holds", References=f"<a@b.example> {EDITION}")
    found = read(raw, comments=True)
    assert isinstance(found, Command)
    assert found.verb == verb


@pytest.mark.parametrize(
    "headline", ["Stop-gap, stop work: dam order upheld", "Help arrives", "Leave campaign fined",
                 "Pause in fighting holds", "Remove the mines first, engineers say"],
)  # fmt: skip
@pytest.mark.parametrize("comments", [True, False])
def test_a_headline_asks_for_nothing(headline: str, comments: bool) -> None:
    for text in ("The figures are too low.", "> quoted alone"):
        raw = letter(text, Subject=f"Re: {headline}", In_Reply_To=EDITION)
        found = read(raw, comments=comments)
        assert isinstance(found, Answer) if comments else found == Ignored("no command")
    raw = letter("", Subject="Re: unsubscribe", In_Reply_To=EDITION)
    assert command(raw).verb == "unsubscribe"


@pytest.mark.parametrize("id", ["<20261341.0123456789abcdef01234567@x.example>", "<20260414.x@y>"])
def test_an_answer_to_what_is_no_edition(id: str) -> None:
    found = read(letter("Well said.", Subject="Re: x", In_Reply_To=id), comments=True)
    assert found == Ignored("no command")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes.\n\n-----Original Message-----\nFrom: Daily\n\nNine", "Yes."),
        ("Ja, so ist es.\n\nAm 14.04.2026 um 08:00 schrieb Daily:\n> Neun", "Ja, so ist es."),
        ("Bien dit.\n\nLe mar. 14 avr. 2026 à 08:00, Daily a écrit :\n> Neuf", "Bien dit."),
        ("Así es.\n\nEl mar, 14 abr 2026 a las 8:00, Daily escribió:\n> Nueve", "Así es."),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree."),
        ("> only what was quoted", ""),
    ],
)
def test_a_writers_own_words(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize("empty", ["\n", "\r\n", " \n", "\x0b"])
def test_a_letter_of_empty_lines_is_read_at_once(empty: str) -> None:
    own_words("The parser is imported and has its patterns.")
    begun = time.process_time()
    assert own_words(empty * (OWN_READ // len(empty))) == ""
    assert own_words(f"One.{empty * 3}Two.").split() == ["One.", "Two."]
    assert time.process_time() - begun < 0.3


@given(st.binary(max_size=2000) | st.text(max_size=500).map(str.encode))
def test_no_letter_breaks_the_reader(raw: bytes) -> None:
    read(raw)
    read(raw, "", None)


@given(
    st.sampled_from(["From", "Subject", "To", "Content-Type", "In-Reply-To", "Auto-Submitted"]),
    st.text(max_size=200),
)
def test_no_header_breaks_the_reader(name: str, value: str) -> None:
    found = read(letter("help", **{"Subject": "help", name.replace("-", "_"): value}))
    if isinstance(found, Command):
        assert all("\n" not in word and "\r" not in word for word in found.words)
        assert "\n" not in found.message_id
