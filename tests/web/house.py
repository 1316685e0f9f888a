"""A whole installation on loopback: real pages (uvicorn), a real relay (aiosmtpd), SQLite."""

from __future__ import annotations

import email
import email.policy
import http.client
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiosmtpd.controller import Controller
from databases import migrated
from sqlalchemy import text

from digest.comment import Comment, Subject
from digest.delivery import Subscriber
from digest.desk import Desk, DeskSettings, open_desk
from digest.mailsettings import MailSettings, load_mail_settings
from digest.model import Breaking, Edition, Editorial, LeftOut
from digest.readers.gate import Gate, Rates
from digest.readers.tokens import Purpose
from digest.store import Readers, Store, open_store
from digest.store.comments import Comments
from digest.timetable import WEEKDAYS, Weekday
from digest.web.app import Site, make_app

EDITORIAL = Editorial(title="Harbour Security Daily", zone="Europe/Berlin", hour=6)
COMMENTED = replace(EDITORIAL, comments=True, breaking=Breaking(per_day=2))
"""A list whose readers may comment, and be told at once of what cannot wait."""
THREAD = "t-0123456789ab"
STORIES: list[dict[str, Any]] = [
    {"rank": 1, "thread": THREAD, "headline": "Ceasefire holds", "section": "conflict"},
    {"rank": 2, "thread": "t-2", "headline": "Port reopens", "section": "disaster"},
]
DAY = date(2026, 4, 14)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
READER = "reader@inbox.example"
INBOX = "digest@harbour.example"
PAGE = (
    b"<!DOCTYPE html><html lang=en><head><title>14 April</title><style>p { color: red }</style>"
    b"</head><body><p style='margin:0'>Ceasefire holds &amp; talks go on\xe2\x80\xa6</p>"
    + b"<p>Words of the day.</p>" * 100
    + b"</body></html>\n"
)
_NETWORKS = count(1)


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        sockets: Any = getattr(self.server, "sockets", ())
        self.port = sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Relay:
    """A mail server that takes everything, or what `answers` says first."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.answers: list[str] = []
        self._door = _AnyPort(self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.raw.append(envelope.content)
        self.senders.append(envelope.mail_from)
        return "250 OK"

    def start(self) -> int:
        self._door.start()
        return int(self._door.port)

    def stop(self) -> None:
        self._door.stop()


@dataclass
class Clock:
    now: datetime = datetime(2026, 4, 14, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def link(self, page: str) -> str:
        """The first link to /page/TOKEN in it."""
        found = re.search(rf"/{page}/[A-Za-z0-9._-]{{20,}}", self.text)
        assert found, self.text
        return found.group()


class BrowserForm(HTMLParser):
    """What a browser sends of a page's forms as they stand: of a list in which nothing is selected,
    the first."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._list = ""
        self._first = True
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._list, self._first = given["name"], True
        elif tag == "option":
            if self._first or "selected" in given:
                self.fields[self._list] = [given["value"]]
            self._first = False
        elif tag == "input" and "name" in given:
            ticked = given["type"] not in ("checkbox", "radio") or "checked" in given
            if ticked:
                self.fields.setdefault(given["name"], []).append(given.get("value", "on"))


@dataclass
class House:
    """What the tests hold in hand."""

    site: Site
    desk: Desk
    store: Store
    relay: Relay
    clock: Clock
    out: Path
    mail: MailSettings
    network: str = field(default_factory=lambda: f"10.{next(_NETWORKS) % 250}.0.1")

    @property
    def readers(self) -> Readers:
        return Readers(self.store)

    def reader(self, address: str = "reader@inbox.example") -> Subscriber:
        found = self.readers.find(address)
        assert found
        return found

    def forget_limits(self) -> None:
        """As if a day had passed: the limits keep the real clock."""
        self.desk.service.gate._limiter.storage.reset()

    # --- the browser

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(self.site.address[7:], timeout=20)
        sent = {"X-Forwarded-For": self.network, **(headers or {})}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            kept = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, kept, response.read())
        finally:
            connection.close()

    def post(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields or {}, doseq=True).encode()
        return self.ask(path, "POST", body, {**kind, **(headers or {})})

    def made(self, page: str = "/subscribe") -> str:
        """The signed time of a form fetched now; then a reader takes three seconds."""
        found = re.search(r'name="made" value="([^"]+)"', self.ask(page).text)
        assert found
        self.clock.pass_by(seconds=3)
        return found[1]

    def sign_up(self, address: str = "reader@inbox.example", **more: Any) -> Answer:
        fields: dict[str, Any] = {
            "made": self.made(),
            "address": address,
            "website": "",
            "choices": "1",
            "section": ["cyber", "conflict"],
            "day": ["mon", "wed"],
            "hour": "7",
            "zone": "Asia/Tokyo",
            "format": "text",
        }
        return self.post("/subscribe", fields | more)

    def become_reader(self, address: str = "reader@inbox.example") -> Subscriber:
        """Signed up, confirmed, and the letters taken away."""
        assert self.sign_up(address).status == 303
        assert self.post(self.letter().link("confirm")).status == 200
        self.letters()
        return self.reader(address.lower())

    # --- the mailbox

    def letters(self) -> list[EmailMessage]:
        """The letters that have come since the last look."""
        assert self.desk.postman.settle(10)
        taken, self.relay.raw[:] = list(self.relay.raw), []
        return [
            email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
            for raw in taken
        ]

    def letter(self) -> Answer:
        """The one letter that has come, its text as an answer to look for links in."""
        letters = self.letters()
        assert len(letters) == 1
        return Answer(250, {k.lower(): str(v) for k, v in letters[0].items()}, text_of(letters[0]))


def text_of(letter: EmailMessage) -> bytes:
    part = letter.get_body(("plain",))
    assert part
    content: str = part.get_content()
    return content.encode()


def write_edition(out: Path, day: date, headline: str = "Ceasefire holds", **more: Any) -> Path:
    """A folder of an edition as the pages need it."""
    folder = out / day.isoformat()
    (folder / "bundle").mkdir(parents=True)
    record = {
        "date": day.isoformat(),
        "number": 7,
        "generated_at": f"{day}T04:00:00+00:00",
        "status": "complete",
        "title": EDITORIAL.title,
        "language": "en",
        "zone": "Europe/Berlin",
        "sections": [{"id": "conflict", "label": "Conflict & Defence"}],
        "stories": [
            {"rank": 1, "headline": headline, "dek": "Talks go on.", "section": "conflict"},
            {"rank": 2, "headline": "Port reopens", "dek": None, "section": "disaster"},
        ],
        "reports": 40,
        "outlets": 12,
        "unknown": [1],
    }
    (folder / "edition.json").write_bytes(msgspec.json.encode(record | more))
    (folder / "index.html").write_bytes(PAGE)
    (folder / "digest.txt").write_bytes("Ceasefire holds…\n".encode())
    (folder / "bundle" / "items.jsonl").write_bytes(b"{}\n")
    return folder


def tell(house: House) -> None:
    """An edition on disk and in the store."""
    write_edition(house.out, DAY, stories=STORIES)
    edition = Edition(
        date=DAY, number=1, generated_at=datetime(2026, 4, 14, 4, tzinfo=UTC), program="p",
        status="complete", status_notes=(), editorial=EDITORIAL, briefs=(), left_out=LeftOut(),
        feeds=(), recent=(), reports=0, security_reports=0, outlets=0,
    )  # fmt: skip
    house.store.save_edition(edition, msgspec.json.encode({"stories": STORIES}))


def comment(house: House, reader: Subscriber, text: str, name: str = "") -> None:
    """A published comment of `reader` on the first story."""
    comments = Comments(house.store)
    about = Subject(THREAD, DAY, "Ceasefire holds")
    kept = comments.add(Comment(reader.id, about, text, name, "page", "waiting"), house.clock())
    assert kept
    assert comments.decide(kept.id, "published", house.clock())


def every_kind(house: House, who: str) -> dict[str, str]:
    """The pages of a list with comments, by kind: a reader `who`, a sign-up and a comment are made
    for it."""
    house.forget_limits()
    house.sign_up(f"pending-{who}")
    confirm = house.letter().link("confirm")
    reader = house.become_reader(who)
    choosing, leaving = (token(house, purpose, who) for purpose in ("preferences", "unsubscribe"))
    comment(house, reader, "The ministry says ten.\n\nWho counts them?", "A. Reader")
    house.forget_limits()
    said = {"made": house.made(f"/comment/{THREAD}"), "address": who, "text": "Ten.", "name": ""}
    house.post(f"/comment/{THREAD}", said)
    return {
        "front": "/",
        "archive": "/archive/",
        "subscribe": "/subscribe",
        "sent": "/subscribe/sent",
        "confirm": confirm,
        "preferences": f"/preferences/{choosing}",
        "links": "/preferences",
        "unsubscribe": f"/unsubscribe/{leaving}",
        "forged": "/confirm/forged",
        "comment": f"/comment/{THREAD}",
        "comment-sent": "/comment/sent",
        "comment-confirm": house.letter().link("comment/confirm"),
        "commented": f"/story/{THREAD}/",
    }


@contextmanager
def open_house(
    folder: Path,
    desk_settings: DeskSettings | None = None,
    rates: Rates | None = None,
    clock: Clock | None = None,
    env: Mapping[str, str] | None = None,
    editorial: Editorial = EDITORIAL,
    days: Sequence[Weekday] = WEEKDAYS,
) -> Iterator[House]:
    """`env`: mail settings that differ from the house's own; `days`: those that have an edition."""
    out, clock, relay = folder / "out", clock or Clock(), Relay()
    out.mkdir(exist_ok=True)
    (folder / "digest.sqlite3").write_bytes(migrated())
    port = relay.start()
    env = {
        "DIGEST_KEYS": str(folder / "keys"),
        "DIGEST_MAIL_FROM": "Harbour Desk <desk@harbour.example>",
        "DIGEST_MAIL_PAGES": "https://digest.harbour.example",
        "DIGEST_SMTP": f"smtp://127.0.0.1:{port}",
        **(env or {}),
    }
    mail = load_mail_settings(editorial, env=env)
    try:
        with (
            open_store(f"sqlite:///{folder}/digest.sqlite3") as store,
            open_desk(
                editorial,
                mail,
                desk_settings or DeskSettings(),
                store,
                days=days,
                clock=clock,
                gate=Gate(rates or Rates()),
            ) as desk,
        ):
            app = make_app(
                out=out,
                editorial=editorial,
                secret=str(mail.secret),
                front=desk,
                pages=mail.pages,
                clock=clock,
                published=store.was_told,
                search=store.search,
                said=Comments(store) if editorial.comments else None,
            )
            site = Site(app, "127.0.0.1", 0)
            site.bind()
            site.start()
            try:
                yield House(site, desk, store, relay, clock, out, mail)
            finally:
                site.stop()
    finally:
        relay.stop()
        _timers_end()


def _timers_end() -> None:
    """`limits` counts down in threads of a hundredth of a second."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(1)


def everything(house: House) -> list[object]:
    """All rows about readers."""
    with house.store._reading() as connection:
        return [
            [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
            for table in ("readers", "suppressed", "deliveries")
        ]


def token(house: House, purpose: Purpose, address: str = READER) -> str:
    """Of a link as the reader's last letter has it."""
    reader = house.reader(address)
    return house.desk.service.tokens.make(purpose, reader.id, reader.nonce, house.clock())


def own_page(house: House, address: str = READER) -> str:
    """The reader's preferences, as their last letter leads there."""
    return f"/preferences/{token(house, 'preferences', address)}"
