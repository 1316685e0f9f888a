"""The desk put together, and its life: the postman's thread, the inbox's door and poll."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.archive.design import web_words
from digest.desk.incoming import Incoming
from digest.desk.postman import MailPostman
from digest.desk.settings import DeskSettings, Listen
from digest.desk.stationery import Stationery
from digest.desk.told import Told
from digest.errors import DigestError, UsageError
from digest.mail.inbox_imap import Mailbox, poll
from digest.mail.smtp import SmtpSender
from digest.mailroom import masthead
from digest.mailsettings import MailSettings
from digest.model import Editorial
from digest.readers.comments import CommentDesk
from digest.readers.front import Front
from digest.readers.gate import Gate
from digest.readers.letters import LetterDesk
from digest.readers.service import ReaderService
from digest.readers.tokens import Tokens
from digest.readers.wishes import Offer, Wishes
from digest.render.words import FALLBACK
from digest.resources import templates
from digest.returns import Returns
from digest.schedule.logs import say
from digest.store import Store
from digest.store.comments import Comments
from digest.store.signups import SignUps
from digest.tags import primary
from digest.timetable import WEEKDAYS, Weekday, day_bits

if TYPE_CHECKING:
    from digest.mail.inbox_lmtp import Door

POLL_SECONDS = 60.0
CONFIRM = "service/confirm."


@dataclass(frozen=True, slots=True)
class Desk(Front):
    """What pages need of it, and its own parts."""

    postman: MailPostman
    incoming: Incoming | None
    door: Door | None


@contextmanager
def open_desk(
    editorial: Editorial,
    mail: MailSettings,
    desk: DeskSettings,
    store: Store,
    *,
    pages: str = "",
    days: Sequence[Weekday] = WEEKDAYS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    gate: Gate | None = None,
    unprinted: Callable[[], None] = lambda: None,
) -> Iterator[Desk]:
    """The desk, at work until the end of the context.

    `pages`: where the web pages are, when DIGEST_MAIL_PAGES does not say; `days`: those that have
    an edition; `unprinted` is called when printed comments are erased with their reader. Raises
    UsageError where letters cannot leave, because no relay is named.
    """
    if not mail.relays:
        raise UsageError("no relay is named, so no confirmation can be mailed; set DIGEST_SMTP")
    offer = offer_of(editorial, days)
    inbox = str(desk.inbox or "")
    consent = web_words(editorial, templates()).phrase("consent", title=editorial.title)
    stationery = Stationery(
        editorial,
        pages=mail.pages or pages,
        inbox=inbox,
        offer=offer,
        consent=consent,
    )
    postman = _postman(editorial, mail, desk, stationery, clock)
    # The proof of consent names the words' version by their hash.
    version = hashlib.sha256(consent.encode()).hexdigest()[:12]
    tokens = Tokens(mail.secret)
    service = ReaderService(SignUps(store), tokens, postman, version, gate or Gate(), unprinted)
    comments = None
    if editorial.comments:
        told = Told(store)
        comments = CommentDesk(service, Comments(store), told.named, told.answered)
    incoming = None
    if desk.inbox:
        incoming = Incoming(
            LetterDesk(service, offer, desk.taken),
            Returns(mail, store),
            mail,
            desk.inbox,
            clock=clock,
            authserv=desk.authserv,
            comments=comments,
        )
    with ExitStack() as at_work:
        postman.start()
        at_work.callback(postman.stop)
        door = None
        if incoming and desk.listen:
            door = _listen(incoming, desk.listen)
            at_work.callback(door.stop)
        if incoming and desk.imap:
            at_work.enter_context(_polled(desk.imap, incoming))
        yield Desk(
            service,
            offer,
            desk.taken,
            inbox,
            bool(inbox and desk.authserv),
            comments,
            postman,
            incoming,
            door,
        )


def _postman(
    editorial: Editorial,
    mail: MailSettings,
    desk: DeskSettings,
    stationery: Stationery,
    clock: Callable[[], datetime],
) -> MailPostman:
    head = masthead(mail, editorial)
    if desk.inbox:
        head = replace(head, reply_to=desk.inbox, help=desk.inbox.mailto("help"))
    sender = SmtpSender(mail.relays, helo=mail.helo, command_seconds=60.0)
    return MailPostman(sender, stationery, head, mail.signer, clock=clock)


def offer_of(editorial: Editorial, days: Sequence[Weekday] = WEEKDAYS) -> Offer:
    """What a list of these settings lets its readers choose from: the languages are those that its
    own letters are written in, and the usual one is among them; the days are the editions'."""
    languages = sorted(name.split(".")[1] for name in templates() if name.startswith(CONFIRM))
    own = primary(editorial.language)
    language = own if own in languages else FALLBACK
    return Offer(
        tuple((section.id, section.label) for section in editorial.sections),
        Wishes(hour=editorial.hour, zone=editorial.zone, language=language),
        tuple(languages),
        editorial.breaking.per_day if editorial.breaking else 0,
        day_bits(days),
    )


def _listen(incoming: Incoming, at: Listen) -> Door:
    from digest.mail.inbox_lmtp import Door

    door = Door(incoming.deal, incoming.wanted, host=at.host, port=at.port, protocol=at.protocol)
    try:
        door.start()
    except OSError as error:
        raise UsageError(
            f"letters cannot be taken at {at.host}:{at.port} ({error.strerror}); name another port "
            "in DIGEST_INBOX_LISTEN"
        ) from error
    say(logging.INFO, "inbox-open", protocol=at.protocol, host=at.host, port=at.port)
    return door


@contextmanager
def _polled(mailbox: Mailbox, incoming: Incoming) -> Iterator[None]:
    """The mailbox is asked for letters until the end of the context."""
    over = threading.Event()
    poller = threading.Thread(
        target=_poll, args=(mailbox, incoming, over), name="imap", daemon=True
    )
    poller.start()
    try:
        yield
    finally:
        over.set()
        poller.join(5)


def _poll(mailbox: Mailbox, incoming: Incoming, over: threading.Event) -> None:
    while not over.is_set():
        try:
            poll(mailbox, incoming.deal)
        except DigestError as error:
            say(logging.WARNING, "inbox-unread", why=error)
        except Exception:
            logging.getLogger("digest").exception("event=inbox-bug")
        over.wait(POLL_SECONDS)
