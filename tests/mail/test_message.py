"""A letter read back by the standard library's strict parser, and verified by dkimpy."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.address import Address, parse_address
from digest.delivery import HOLES, Format
from digest.errors import MailError
from digest.mail.dkim import Key, Signer, new_private_keys, read_key
from digest.mail.encode import (
    Base64,
    QuotedPrintable,
    cut,
    encode_body,
    header,
    mailbox,
    quoted_printable,
)
from digest.mail.message import Letter, Masthead, Personal, service_letter

WHEN = datetime(2026, 4, 14, 5, 30, tzinfo=UTC)
MASTHEAD = Masthead(
    title="Harbour Security Daily",
    list_id="daily.harbour.example",
    sender=parse_address("desk@harbour.example"),
    archive="https://harbour.example/archive",
    help="mailto:help@harbour.example?subject=help",
)
PERSONAL = Personal(
    to=parse_address("reader@inbox.example"),
    message_id="<20260414.abc@harbour.example>",
    unsubscribe="https://harbour.example/u/eyJyIjo0Mn0.Zk_3-sig",
    unsubscribe_mail="mailto:unsubscribe+x1@harbour.example?subject=unsubscribe",
    preferences="https://harbour.example/p/tok=en." + "x" * 120,
)
PLACES = {
    "https://unsubscribe.invalid/": "unsubscribe",
    "https://preferences.invalid/": "preferences",
}
TEXT = """Ceasefire holds in the strait

.a line that begins with a dot
From here it looks like an mbox line
two  blanks, a tab\tand trailing blanks
   indented; Übung, “quotes”, naïve
Leave: https://unsubscribe.invalid/
Change: https://preferences.invalid/ (or reply).
https://unsubscribe.invalid/"""
HTML = (
    "<!doctype html><html><body>"
    + "<p>Ceasefire &amp; talks = news…</p>" * 60
    + '<a href="https://unsubscribe.invalid/">Leave</a><a href="https://preferences.invalid/">'
    + "Change</a></body></html>"
)


@pytest.fixture(scope="module")
def keys() -> list[Key]:
    return [
        read_key(pem, domain="harbour.example", selector=f"d26-{kind}")
        for kind, pem in new_private_keys().items()
    ]


def dns_of(keys: list[Key]) -> Callable[..., bytes]:
    records = dict(key.dns_record() for key in keys)
    return lambda name, timeout=5: records[name.decode().rstrip(".")].encode()


def verifies(raw: bytes, keys: list[Key], place: int = 0) -> bool:
    try:
        return bool(dkim.DKIM(raw).verify(idx=place, dnsfunc=dns_of(keys)))
    except dkim.DKIMException:
        return False


def make(
    text: str = TEXT,
    html: str = HTML,
    subject: str = "Ceasefire holds — talks on Friday",
    signer: Signer | None = None,
    masthead: Masthead = MASTHEAD,
) -> Letter:
    return Letter(
        masthead,
        subject=subject,
        html=html,
        text=text,
        date=WHEN,
        edition="2026-04-14",
        placeholders=PLACES,
        signer=signer,
    )


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects, part.defects
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 78  # RFC 5322 section 2.1.1
    return message


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def filled(text: str, personal: Personal) -> str:
    text = text.replace("https://unsubscribe.invalid/", personal.unsubscribe)
    return text.replace("https://preferences.invalid/", personal.preferences)


def test_bodies_arrive_as_they_were_rendered_with_the_personal_links() -> None:
    message = read(make().for_reader(PERSONAL))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert content(message, "plain") == filled(TEXT, PERSONAL)
    assert content(message, "html") == filled(HTML, PERSONAL)


def test_from_stays_masked_after_a_soft_break() -> None:
    lines = quoted_printable(b"=" * 25 + b"From here").split(b"\r\n")
    assert lines == [b"=3D" * 25 + b"=", b"=46rom here"]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
WITH_MAP = HTML.replace("<body>", '<body><img src="map.png" alt="Map">')


def with_map(signer: Signer | None = None) -> Letter:
    return Letter(
        MASTHEAD,
        subject="Ceasefire",
        html=WITH_MAP,
        text=TEXT,
        date=WHEN,
        edition="2026-04-14",
        placeholders=PLACES,
        signer=signer,
        pictures={"map.png": PNG},
    )


def test_a_picture_travels_with_the_html(keys: list[Key]) -> None:
    raw = with_map(Signer(keys)).for_reader(PERSONAL)
    message = read(raw)
    plain, related = message.iter_parts()
    assert (plain.get_content_type(), related.get_content_type()) == (
        "text/plain",
        "multipart/related",
    )
    html, picture = related.iter_parts()
    assert picture.get_content() == PNG
    assert picture.get_content_disposition() == "inline"
    cid = picture["Content-ID"]
    assert cid.endswith("@daily.harbour.example>")
    assert f'src="cid:{cid[1:-1]}"' in html.get_content()
    assert verifies(raw, keys)
    assert verifies(raw, keys, 1)


def test_text_readers_get_no_picture() -> None:
    assert read(with_map().for_reader(PERSONAL, "text")).get_content_type() == "text/plain"


@pytest.mark.parametrize("name", ["../map.png", 'a".png', "a\r\nX: y.png", "map.gif", ".png"])
def test_a_picture_with_an_odd_name_is_refused(name: str) -> None:
    with pytest.raises(MailError):
        Letter(
            MASTHEAD,
            subject="Ceasefire",
            html=HTML,
            text=TEXT,
            date=WHEN,
            edition="2026-04-14",
            placeholders=PLACES,
            pictures={name: PNG},
        )


def test_text_readers_get_one_plain_part() -> None:
    message = read(make().for_reader(PERSONAL, "text"))
    assert message.get_content_type() == "text/plain"
    assert content(message, "plain") == filled(TEXT, PERSONAL) + "\n"


def test_headers_say_which_list_and_how_to_leave() -> None:
    message = read(make().for_reader(PERSONAL))
    assert message["Subject"] == "Ceasefire holds — talks on Friday"
    assert message["From"].addresses[0].addr_spec == "desk@harbour.example"
    assert message["From"].addresses[0].display_name == "Harbour Security Daily"
    assert message["To"] == "reader@inbox.example"
    assert message["Date"].datetime == WHEN
    assert message["Message-ID"] == PERSONAL.message_id
    assert message["List-Id"] == "Harbour Security Daily <daily.harbour.example>"
    assert message["List-Archive"] == "<https://harbour.example/archive>"
    assert message["List-Help"] == "<mailto:help@harbour.example?subject=help>"
    assert message["List-Unsubscribe"] == (
        f"<{PERSONAL.unsubscribe}>, <{PERSONAL.unsubscribe_mail}>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "2026-04-14:daily.harbour.example:digest:harbour.example"
    assert "Auto-Submitted" not in message
    names = [name.lower() for name in message]
    assert len(names) == len(set(names))


def test_one_click_is_promised_only_over_https() -> None:
    page = replace(PERSONAL, unsubscribe="http://localhost:8080/u/x", unsubscribe_mail="")
    assert "List-Unsubscribe-Post" not in read(make().for_reader(page))
    mail = replace(PERSONAL, unsubscribe="", unsubscribe_mail="mailto:u+x@harbour.example")
    message = read(make().for_reader(mail))
    assert "List-Unsubscribe-Post" not in message
    assert content(message, "plain").count("mailto:u+x@harbour.example") == 2


def test_no_link_to_choose_is_one_to_leave() -> None:
    with pytest.raises(MailError, match="the preferences link cannot stand"):
        make().for_reader(replace(PERSONAL, preferences=""))


@pytest.mark.parametrize("form", ["html", "text"])
def test_the_wire_form_is_clean(form: Format, keys: list[Key]) -> None:
    raw = make(signer=Signer(keys)).for_reader(PERSONAL, form)
    assert raw.isascii()
    assert b"\0" not in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "bare CR or LF"
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 78 for line in body.split(b"\r\n"))
    assert not any(line.startswith((b".", b"From ")) for line in raw.split(b"\r\n"))
    assert not any(line.endswith((b" ", b"\t")) for line in body.split(b"\r\n"))
    assert body.endswith(b"\r\n")
    assert not body.endswith(b"\r\n\r\n")


def test_the_same_input_gives_the_same_bytes() -> None:
    assert make().for_reader(PERSONAL) == make().for_reader(PERSONAL)


@pytest.mark.parametrize("form", ["html", "text"])
@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_dkimpy_verifies_each_signature(kind: str, form: Format, keys: list[Key]) -> None:
    raw = make(signer=Signer(keys)).for_reader(PERSONAL, form)
    place = [key.algorithm.startswith(kind) for key in keys].index(True)
    assert verifies(raw, keys, place)
    fields = dkim.DKIM(raw)
    assert fields.verify(idx=place, dnsfunc=dns_of(keys))
    for name in (b"list-unsubscribe", b"list-unsubscribe-post", b"message-id", b"date"):
        assert name in fields.include_headers


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"To: reader@inbox.example", b"To: other@inbox.example"),
        (b"Subject: ", b"Subject: Re: "),
        (b"From: ", b"From: forged@evil.example\r\nFrom: "),
        (b"One-Click", b"Two-Click"),
        (b"/u/eyJyIjo0Mn0", b"/u/eyJyIjo0M10"),
        (b"Ceasefire &amp; talks", b"Ceasefire &amp; walks"),
    ],
)
def test_a_changed_letter_no_longer_verifies(was: bytes, now: bytes, keys: list[Key]) -> None:
    raw = make(signer=Signer(keys)).for_reader(PERSONAL)
    assert was in raw
    assert verifies(raw, keys, 0)
    assert verifies(raw, keys, 1)
    changed = raw.replace(was, now)
    assert not verifies(changed, keys, 0)
    assert not verifies(changed, keys, 1)


@given(
    text=st.lists(
        st.one_of(st.text(max_size=90), st.sampled_from([*PLACES, " ", ".", "From ", "=", "\n"])),
        max_size=12,
    ).map("".join),
    token=st.text("abcXYZ019_-=.~", max_size=170),
)
def test_any_text_comes_back_from_both_encodings_and_verifies(text: str, token: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    segments = cut(text, PLACES)
    link = b"https://h.example/" + token.encode()
    links = {name.encode(): link for name in HOLES}
    expected = b"".join(s.encode() if isinstance(s, str) else links[s] for s in segments)
    for body, name in ((QuotedPrintable.of(segments), "quopri"), (Base64.of(segments), "base64")):
        raw = b"".join(body.fill(links))
        assert all(len(line) <= 76 for line in raw.split(b"\r\n"))
        assert not any(line.startswith((b".", b"From ")) for line in raw.split(b"\r\n"))
        assert _decoded(raw, name) == expected
        relaxed = b"".join(body.relaxed().fill(links))
        assert relaxed == _relaxed_by_the_rules(raw)


def _decoded(raw: bytes, encoding: str) -> bytes:
    import base64
    import quopri

    return quopri.decodestring(raw) if encoding == "quopri" else base64.b64decode(raw)


def _relaxed_by_the_rules(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"\r\n".join(lines) + b"\r\n" if lines else b"\r\n"


def test_scripts_that_are_not_latin_take_base64() -> None:
    cyrillic = make(text="Переговоры в пятницу. " * 40 + "https://unsubscribe.invalid/")
    message = read(cyrillic.for_reader(PERSONAL, "text"))
    assert message["Content-Transfer-Encoding"] == "base64"
    assert content(message, "plain").rstrip() == (
        "Переговоры в пятницу. " * 40 + PERSONAL.unsubscribe
    )
    assert encode_body(cut("plain words", {})).encoding == "quoted-printable"


# --- What strangers wrote never breaks out -------------------------------------------------

EVIL = ["a\r\nBcc: x@evil.example", "a\nX: y", "a\rX: y", "a\0b", "a\u2028b", "a\x0bb"]


@pytest.mark.parametrize("evil", EVIL)
def test_header_injection_is_refused_in_every_field(evil: str) -> None:
    with pytest.raises(MailError):
        make(subject=evil)
    with pytest.raises(MailError):
        make(masthead=Masthead(evil, "d.example.org", parse_address("a@b.example")))
    with pytest.raises(MailError):
        make(masthead=Masthead("T", evil, parse_address("a@b.example")))
    for field in ("archive", "help", "sender_name"):
        with pytest.raises(MailError):
            make(masthead=replace(MASTHEAD, **{field: evil}))  # type: ignore[arg-type]
    letter = make()
    for personal in (
        replace(PERSONAL, to=Address(evil, "b.example")),
        replace(PERSONAL, message_id=f"<{evil}@b.example>"),
        replace(PERSONAL, unsubscribe=f"https://b.example/{evil}"),
        replace(PERSONAL, unsubscribe_mail=f"mailto:{evil}"),
        replace(PERSONAL, preferences=f"https://b/{evil}"),
    ):
        with pytest.raises(MailError):
            letter.for_reader(personal)


@pytest.mark.parametrize("link", ["https://b.example/?a=1&b=2", 'https://b/"', "https://b/<x>"])
def test_links_that_html_would_read_differently_are_refused(link: str) -> None:
    with pytest.raises(MailError):
        make().for_reader(replace(PERSONAL, unsubscribe=link))


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200))
def test_any_subject_comes_back(subject: str) -> None:
    raw = header("Subject", subject)
    message = read(raw + b"\r\nbody\r\n")
    assert re.sub(r"\s+", " ", message["Subject"]).strip() == re.sub(r"\s+", " ", subject).strip()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    "name",
    [
        "Plain Desk",
        'The "Quoted", Desk; (ltd)',
        "Bureau de sécurité",
        "安全日报",
        "Ω" * 70,
        "a" * 90,
        "a.b@c",
        "",
    ],
)
def test_any_display_name_comes_back(name: str) -> None:
    raw = mailbox("From", name, "desk@harbour.example")
    box = read(raw + b"\r\n")["From"].addresses[0]
    # The parser keeps the blanks between encoded words that RFC 2047 section 6.2 says to drop.
    shown = box.display_name if name.isascii() else box.display_name.replace(" ", "")
    expected = name if name.isascii() else name.replace(" ", "")
    assert (shown, box.addr_spec) == (expected, "desk@harbour.example")


def test_service_letters_mark_themselves_as_automatic(keys: list[Key]) -> None:
    raw = service_letter(
        MASTHEAD,
        to=PERSONAL.to,
        message_id="<c1@harbour.example>",
        subject="Please confirm",
        text="One click: https://harbour.example/c/tok",
        date=WHEN,
        signer=Signer(keys[:1]),
        in_reply_to="<theirs@inbox.example>",
    )
    message = read(raw)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == "<theirs@inbox.example>"
    assert "List-Unsubscribe" not in message
    assert verifies(raw, keys)
    with pytest.raises(MailError):
        service_letter(
            MASTHEAD, to=PERSONAL.to, message_id="<c1@harbour.example>", subject="x", text="x",
            date=WHEN, in_reply_to="<a\r\nBcc: x@y>",
        )  # fmt: skip


def test_utf8_addresses_stand_as_they_are() -> None:
    personal = replace(PERSONAL, to=parse_address("jörg@bücher.example"))
    raw = make().for_reader(personal)
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in raw
