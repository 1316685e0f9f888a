"""An edition as a letter: built once, its personal parts spliced in for each reader.

RFC 5322, 2045–2047 and 6532; List-* headers by RFC 2919, 2369 and 8058. The letter's lines never
begin with a dot and end with CRLF, so what is built here goes over SMTP as it stands.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from email.utils import format_datetime

from digest.address import Address
from digest.delivery import Format
from digest.errors import MailError
from digest.mail.dkim import Signer, relaxed_header
from digest.mail.encode import (
    Body,
    Segments,
    base64_lines,
    checked,
    cut,
    encode_body,
    fill_checked,
    header,
    mailbox,
    structured,
)
from digest.mail.headers import MESSAGE_ID

_FILE_NAME = re.compile(r"[a-z0-9-]{1,40}\.(?:png|jpg)\Z")
LIST_ID = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")


@dataclass(frozen=True, slots=True)
class Masthead:
    """What all letters of a list have in common."""

    title: str
    list_id: str
    """RFC 2919: `daily.example.org`, under a domain of the operator's own."""
    sender: Address
    sender_name: str = ""
    reply_to: Address | None = None
    archive: str = ""
    """Where editions are published; "" where they are not."""
    help: str = ""
    """A mailto: or https: link of RFC 2369."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What differs from reader to reader."""

    to: Address
    message_id: str
    """With its angle brackets."""
    unsubscribe: str = ""
    """The signed page link. With https: one POST to it unsubscribes (RFC 8058)."""
    unsubscribe_mail: str = ""
    """The signed mailto: link, for installations without a web page and for mail programs."""
    preferences: str = ""


@dataclass(frozen=True, slots=True)
class EditionIds:
    """Message-IDs of editions: the same for the same edition and reader, so that a mail program
    that gets a letter twice shows it once. Keyed: they tell nobody the reader's number, and who
    names one has had the letter."""

    list_id: str
    domain: str
    secret: str

    def make(self, date: Date, reader: int, special: str = "") -> str:
        """`special` names an edition outside the series, of which a day may have several."""
        return f"<{date:%Y%m%d}.{self.check(date, reader, special)}@{self.domain}>"

    def check(self, date: Date, reader: int, special: str = "") -> str:
        """The keyed part: 24 hexadecimal digits."""
        what = f"{self.list_id}\0{date}\0{reader}".encode()
        if special:
            what += f"\0{special}".encode()
        digest = hmac.digest(self.secret.encode(), b"digest.message-id\0" + what, "sha256")
        return digest[:12].hex()

    def is_from(self, check: str, date: Date, reader: int) -> bool:
        """Whether `check` is that of the letter to this reader."""
        return hmac.compare_digest(check, self.check(date, reader))


@dataclass(frozen=True, slots=True)
class Layout:
    """One form of the letter: its own headers, and what of the body is common."""

    common: bytes
    canonical: Mapping[str, bytes]
    body: tuple[bytes | Body, ...]
    relaxed: tuple[bytes | Body, ...]
    """The same body in DKIM's relaxed form; the same object where they do not differ."""

    def letter(
        self, own: list[bytes], links: Mapping[bytes, bytes], signer: Signer | None, at: int
    ) -> bytes:
        """The whole letter as it goes over the wire: with its `own` headers, signed."""
        body = b"".join(_filled(self.body, links))
        signature = b""
        if signer:
            same = self.relaxed is self.body
            seen = body if same else b"".join(_filled(self.relaxed, links))
            canonical = {**self.canonical, **dict(map(relaxed_header, own))}
            signature = signer.headers(canonical, hashlib.sha256(seen).digest(), at)
        return b"".join((signature, *own, self.common, b"\r\n", body))


@dataclass(frozen=True, slots=True)
class _Inline:
    """A picture that travels with the letter: RFC 2387 and 2392."""

    name: str
    cid: str
    body: bytes

    @classmethod
    def of(cls, name: str, picture: bytes, masthead: Masthead) -> _Inline:
        if not _FILE_NAME.match(name):
            raise MailError(f"{name[:60]!r} is no plain file name for a picture")
        cid = f"{hashlib.sha256(picture).hexdigest()[:24]}@{masthead.list_id}"
        return cls(name, cid, base64_lines(picture))

    def part(self) -> bytes:
        kind = "jpeg" if self.name.endswith(".jpg") else "png"
        head = (
            f'Content-Type: image/{kind}; name="{self.name}"',
            "Content-Transfer-Encoding: base64",
            f"Content-ID: <{self.cid}>",
            f'Content-Disposition: inline; filename="{self.name}"',
            "",
            "",
        )
        return "\r\n".join(head).encode() + self.body


class Letter:
    """An edition's letter in both forms. Immutable after its making: threads may share it.

    `html` and `text` are the rendered bodies with `placeholders` (placeholder → one of
    `delivery.HOLES`) where the personal links go; `pictures` (name → PNG or, named .jpg, JPEG)
    travel with the HTML, which shows each by `src="name"`; `date` is the Date header and the
    signatures' time; `edition` names the edition in Feedback-ID.
    """

    def __init__(
        self,
        masthead: Masthead,
        *,
        subject: str,
        html: str,
        text: str,
        date: datetime,
        edition: str,
        placeholders: Mapping[str, str],
        signer: Signer | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> None:
        self._at = int(date.timestamp())
        self._signer = signer
        head = _list_headers(masthead, subject, date)
        head.append(structured("Feedback-ID", _feedback(masthead, edition)))
        inline = [_Inline.of(name, one, masthead) for name, one in (pictures or {}).items()]
        for picture in inline:
            html = html.replace(f'src="{picture.name}"', f'src="cid:{picture.cid}"')
        text_cut, html_cut = cut(text, placeholders), cut(html, placeholders)
        self._needs = {s for s in (*text_cut, *html_cut) if isinstance(s, bytes)}
        self._layouts: dict[Format, Layout] = {
            "text": _text_layout(head, text_cut),
            "html": _html_layout(head, text_cut, html_cut, inline),
        }

    def for_reader(self, personal: Personal, format: Format = "html") -> bytes:
        """The whole letter as it goes over the wire, signed. Raises MailError where a personal
        part could break the letter."""
        own, links = _personal_headers(personal), self._links(personal)
        return self._layouts[format].letter(own, links, self._signer, self._at)

    def _links(self, personal: Personal) -> dict[bytes, bytes]:
        values = {
            # Without a web page the mail link stands in the body too: no reader is left without.
            b"unsubscribe": personal.unsubscribe or personal.unsubscribe_mail,
            b"preferences": personal.preferences,
        }
        return {name: fill_checked(name.decode(), values[name]) for name in self._needs}


def service_letter(
    masthead: Masthead,
    *,
    to: Address,
    message_id: str,
    subject: str,
    text: str,
    date: datetime,
    signer: Signer | None = None,
    in_reply_to: str = "",
) -> bytes:
    """A letter of the machine to one person (confirm, help): plain text, Auto-Submitted (RFC 3834).

    It carries no unsubscribe headers: it answers an act of the person's own.
    """
    head = _list_headers(masthead, subject, date)
    head.append(structured("Auto-Submitted", "auto-replied" if in_reply_to else "auto-generated"))
    own = [mailbox("To", "", str(to)), _message_id_header(message_id)]
    if in_reply_to:
        if not MESSAGE_ID.fullmatch(in_reply_to):
            raise MailError(f"{in_reply_to[:80]!r} is no Message-ID to answer")
        own += [structured("In-Reply-To", in_reply_to), structured("References", in_reply_to)]
    return _text_layout(head, cut(text, {})).letter(own, {}, signer, int(date.timestamp()))


# --- Headers -------------------------------------------------------------------------------


def _list_headers(masthead: Masthead, subject: str, date: datetime) -> list[bytes]:
    if date.utcoffset() is None:
        raise ValueError("a letter's date needs its zone")
    if not LIST_ID.match(masthead.list_id):
        raise MailError(f"{masthead.list_id!r} is no List-Id; write it like daily.example.org")
    head = [
        mailbox("From", masthead.sender_name or masthead.title, str(masthead.sender)),
        header("Subject", subject),
        structured("Date", format_datetime(date)),
        structured("MIME-Version", "1.0"),
        mailbox("List-Id", masthead.title, masthead.list_id),
    ]
    if masthead.reply_to:
        head.append(mailbox("Reply-To", "", str(masthead.reply_to)))
    if masthead.archive:
        head.append(structured("List-Archive", f"<{_link('List-Archive', masthead.archive)}>"))
    if masthead.help:
        head.append(structured("List-Help", f"<{_link('List-Help', masthead.help)}>"))
    return head


def _personal_headers(personal: Personal) -> list[bytes]:
    own = [mailbox("To", "", str(personal.to)), _message_id_header(personal.message_id)]
    ways = [
        f"<{_link('List-Unsubscribe', way)}>"
        for way in (personal.unsubscribe, personal.unsubscribe_mail)
        if way
    ]
    if ways:
        own.append(("List-Unsubscribe: " + ",\r\n ".join(ways) + "\r\n").encode())
    if personal.unsubscribe.startswith("https://"):
        own.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    return own


def _message_id_header(message_id: str) -> bytes:
    if not MESSAGE_ID.fullmatch(message_id):
        raise MailError(f"{message_id[:80]!r} is no Message-ID")
    return structured("Message-ID", message_id)


def _link(name: str, link: str) -> str:
    return fill_checked(name, link).decode()


def _feedback(masthead: Masthead, edition: str) -> str:
    """`edition:list:kind:sender`, the form that large receivers report complaints by."""
    parts = (edition, masthead.list_id, "digest", masthead.sender.domain)
    return ":".join(checked("Feedback-ID", part).replace(":", "-") for part in parts)


# --- Bodies --------------------------------------------------------------------------------


def _part(kind: str, body: Body) -> tuple[bytes, bytes]:
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'.encode(),
        f"Content-Transfer-Encoding: {body.encoding}\r\n".encode(),
    )


def _text_layout(head: list[bytes], text: Segments) -> Layout:
    body = encode_body(text)
    return _layout([*head, *_part("plain", body)], (body,))


def _html_layout(
    head: list[bytes], text: Segments, html: Segments, inline: list[_Inline]
) -> Layout:
    """multipart/alternative of the text and the HTML; the HTML in a multipart/related where
    pictures travel with it."""
    plain, rich = encode_body(text), encode_body(html)
    # "=_" cannot occur in quoted-printable nor in base64, so no body can hold a boundary.
    digest = hashlib.sha256(repr((text, html)).encode()).hexdigest()[:24]
    outer, inner = f"=_{digest}", f"=_related_{digest}"
    kind = structured("Content-Type", f'multipart/alternative; boundary="{outer}"')
    mark = f"--{outer}".encode()
    shown: tuple[bytes | Body, ...] = (b"".join((*_part("html", rich), b"\r\n")), rich)
    if inline:
        within = f"--{inner}".encode()
        opening = (
            'Content-Type: multipart/related; type="text/html";\r\n'
            f' boundary="{inner}"\r\n'  # folded: 78 characters a line
        ).encode()
        pictures = b"".join(b"".join((within, b"\r\n", one.part())) for one in inline)
        shown = (
            b"".join((opening, b"\r\n", within, b"\r\n")),
            *shown,
            b"".join((pictures, within, b"--\r\n")),
        )
    return _layout(
        [*head, kind],
        (
            b"".join((mark, b"\r\n", *_part("plain", plain), b"\r\n")),
            plain,
            b"".join((mark, b"\r\n")),
            *shown,
            mark + b"--\r\n",
        ),
    )


def _layout(head: list[bytes], body: tuple[bytes | Body, ...]) -> Layout:
    relaxed = tuple(part if isinstance(part, bytes) else part.relaxed() for part in body)
    return Layout(
        common=b"".join(head),
        canonical=dict(map(relaxed_header, head)),
        body=body,
        relaxed=body if relaxed == body else relaxed,
    )


def _filled(parts: tuple[bytes | Body, ...], links: Mapping[bytes, bytes]) -> list[bytes]:
    out: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            out.append(part)
        else:
            out += part.fill(links)
    return out
