"""The mailroom: settings and keys → an edition's letters, on their way by the ledger.

The composition root of mail, as services.py is of the rest: it alone knows that the outbox's ledger
is the store's, and that the links in a letter are the readers' tokens.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date as Date
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from digest.address import Address, stored_address
from digest.couriers import courier_processes
from digest.delivery import UNMAILED, DeliveryState, Due, Mark
from digest.errors import EditionError, UsageError
from digest.folder import MANIFEST, read_bundle, read_edition, read_record, read_rendered
from digest.mail import preflight
from digest.mail.limits import Limits
from digest.mail.message import EditionIds, Letter, Masthead, Personal
from digest.mail.outbox import Compose, Courier, Outbox, Policy, Sender, couriers
from digest.mail.outcome import Envelope
from digest.mail.smtp import SmtpSender
from digest.mail.verp import Verp
from digest.mailsettings import MailSettings, dkim_keys
from digest.model import Edition, Editorial, Rendered
from digest.readers.tokens import Tokens
from digest.readers.wishes import FORMATS
from digest.render import render
from digest.render.cut import cut
from digest.render.personal import with_holes
from digest.render.preflight import problems
from digest.render.safe import plain
from digest.store import Readers, Store, open_ledger
from digest.store.deliveries import Row
from digest.timetable import SEND_WITHIN

SUBJECT = 110
"""Characters. Programs show 40 to 70; a longer headline is cut at a word."""
_JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ are shown by what they do: Persian, Indic scripts and emoji are spelt with them."""
TROUBLE: tuple[DeliveryState, ...] = ("uncertain", "failed", "bounced", "deferred", "sending")
LETTERS_KEPT = 200
"""Letters of different choices kept ready, each of some 150 KB; making one takes a tenth of a
second."""
WORTH_A_PROCESS = 1_000
"""Letters: a process of couriers takes about two seconds to be ready."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What one run is to do."""

    to: tuple[Address, ...] = ()
    """These addresses; none: the subscribers."""
    ledger: str = ""
    """The ledger's name, where it is not the list's own: a special edition of a date is another
    than the daily one."""
    policy: Policy = field(default_factory=Policy)
    limits: Limits | None = None
    """None: those of the settings."""
    retry: tuple[DeliveryState, ...] = ()
    """States whose rows are sent again first."""
    hasten: bool = True
    """Deferred rows are tried at once: the operator has asked for it."""
    however_old: bool = False
    queue: bool = True
    """Subscribers who have no row yet get one; False goes on with the rows that there are."""
    told_at_once: bool = False
    """Breaking news: for the subscribers who want to be told at once."""
    morning: Callable[[str, int], datetime] | None = None
    """(zone, hour) of a reader → when the letter may leave; without it, all leave now."""
    leaving: Callable[[], bool] = lambda: False
    """Whether to end after the letters on the wire."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found and did."""

    queued: int
    """New rows."""
    before: Mapping[DeliveryState, int]
    after: Mapping[DeliveryState, int]
    attempts: Counter[DeliveryState]
    trouble: tuple[Row, ...]
    refused: tuple[tuple[str, str], ...]
    """(address, why) of `to` addresses that are not mailed at all."""
    stopped: str
    recovered: int
    """Rows that the last run left on the wire."""
    limited_until: datetime | None = None
    """When the next letter may go, where a limit ended the run."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do."""

    letters: int
    already: Mapping[DeliveryState, int]
    refused: tuple[tuple[str, str], ...]
    bytes: int
    """Of one letter."""


@dataclass(frozen=True, slots=True)
class Mailable:
    """What an edition's letters are made of, all of one making."""

    folder: Path
    record: dict[str, Any]
    editorial: Editorial
    rendered: Rendered
    edition: Edition | None
    """As it was composed; None in a folder that was written without it."""


def read_mailable(folder: Path) -> Mailable:
    """What letters are made of, read again where the edition was made again meanwhile: its folder
    is replaced as a whole, and its manifest with it. Raises EditionError as `read_bundle` does."""
    while True:
        before = _manifest(folder)
        try:
            found = Mailable(
                folder,
                read_record(folder),
                read_bundle(folder).editorial,
                read_rendered(folder),
                read_edition(folder),
            )
        except EditionError:
            if _manifest(folder) == before:
                raise
        else:
            if _manifest(folder) == before:
                return found


def _manifest(folder: Path) -> bytes:
    """b"" where there is none to read; `read_bundle` says so."""
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        return b""


class EditionMail:
    """One stored edition as letters. Threads may share it."""

    def __init__(
        self,
        mail: MailSettings,
        stored: Mailable,
        templates: Mapping[str, str],
        now: datetime,
        special: str = "",
    ) -> None:
        """`special`: its ledger's name, where that is not the list's own.

        Raises EditionError where what is `stored` cannot be mailed.
        """
        folder, record, editorial = stored.folder, stored.record, stored.editorial
        self._mail = mail
        self._tokens = Tokens(mail.secret)
        self.now = now
        self.date: Date = Date.fromisoformat(record["date"])
        if wrong := problems(stored.rendered):
            raise EditionError(f"{folder}: not fit to be sent: " + "; ".join(wrong))
        self.masthead = masthead(mail, editorial)
        self._ids = edition_ids(mail)
        self._special = special
        self._bounces = Verp(mail.bounces, mail.secret)
        self._leaving = Verp(mail.unsubscribe, mail.secret)
        self._editorial = editorial
        self._templates = templates
        self._edition = stored.edition
        self._whole = self._letter(stored.rendered, subject_of(record, editorial))
        self._cut = lru_cache(maxsize=LETTERS_KEPT)(self._made_cut)
        for form in FORMATS.values():
            _, letter = self.compose(Due(1, 1, "reader@example.org", form, "nonce", 0))
            if wrong := preflight.problems(letter):
                raise EditionError(f"{folder}: not fit to be sent: " + "; ".join(wrong))

    def _letter(self, rendered: Rendered, subject: str) -> Letter:
        answers = self._editorial.comments and self.masthead.reply_to is not None
        holed = with_holes(rendered, self._editorial, self._templates, answers=answers)
        return Letter(
            self.masthead,
            subject=subject,
            html=holed.html,
            text=holed.text,
            date=self.now,
            edition=self.date.isoformat(),
            placeholders=holed.placeholders,
            signer=self._mail.signer,
            pictures=rendered.pictures,
        )

    def _made_cut(self, sections: tuple[str, ...], regions: tuple[str, ...]) -> Letter:
        """The letter of what a reader chose; the whole one where that cannot be made."""
        if self._edition is None:
            return self._whole
        chosen = cut(self._edition, sections, regions)
        if chosen is self._edition:
            return self._whole
        made = render(chosen, self._templates)
        if problems(made):
            return self._whole
        return self._letter(made, subject_of(json.loads(made.json), self._editorial))

    def compose(self, due: Due) -> tuple[Envelope, bytes]:
        """A reader's own letter."""
        to = stored_address(due.address)
        page = preferences = ""
        if self._mail.pages:
            token = self._tokens.make("unsubscribe", due.reader, due.nonce, self.now)
            page = f"{self._mail.pages}/unsubscribe/{token}"
            token = self._tokens.make("preferences", due.reader, due.nonce, self.now)
            preferences = f"{self._mail.pages}/preferences/{token}"
        leave = self._leaving.address("u", due.reader)
        personal = Personal(
            to=to,
            message_id=self._ids.make(self.date, due.reader, self._special),
            unsubscribe=page,
            unsubscribe_mail=f"mailto:{leave}?subject=unsubscribe",
            preferences=preferences,
        )
        envelope = Envelope(str(self._bounces.address("b", due.id)), to)
        letter = self._whole
        if due.sections or due.regions:
            letter = self._cut(due.sections, due.regions)
        return envelope, letter.for_reader(personal, due.format)


def edition_ids(mail: MailSettings) -> EditionIds:
    """The Message-IDs of the list's editions."""
    return EditionIds(mail.list_id, mail.sender.domain, str(mail.secret))


def masthead(mail: MailSettings, editorial: Editorial) -> Masthead:
    """What all letters of the list have in common."""
    return Masthead(
        title=editorial.title,
        list_id=mail.list_id,
        sender=mail.sender,
        sender_name=mail.sender_name or editorial.title,
        reply_to=mail.reply_to,
        archive=editorial.site_url,
        help=f"mailto:{mail.reply_to or mail.sender}?subject=help",
    )


class Mailroom:
    """Sends stored editions to readers."""

    def __init__(self, mail: MailSettings, store: Store, templates: Mapping[str, str]) -> None:
        self._mail = mail
        self._store = store
        self._templates = templates
        self._readers = Readers(store)

    def forecast(self, folder: Path, to: Sequence[Address], now: datetime) -> Forecast:
        """What `send` would do. Nothing is written and no relay is asked."""
        edition = EditionMail(self._mail, read_mailable(folder), self._templates, now)
        due = Due(1, 1, "reader@example.org", "html", "nonce", 0)
        size = len(edition.compose(due)[1])
        refused: list[tuple[str, str]] = []
        fresh = 0
        already: Counter[DeliveryState] = Counter()
        with open_ledger(self._store, edition.date, to_send=False) as ledger:
            if not to:
                already.update(ledger.counts())
                fresh = ledger.would_queue(now, edition.date.weekday())
            for address in to:
                known = self._readers.find(address.key)
                state = ledger.state_of(known.id) if known else None
                if known and known.state in UNMAILED:
                    refused.append((str(address), f"the reader is {known.state}"))
                elif state:
                    already[state] += 1
                else:
                    fresh += 1
        waiting = already["queued"] + already["deferred"]
        return Forecast(fresh + waiting, already, tuple(refused), size)

    def send(
        self,
        folder: Path,
        orders: Orders,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        progress: Callable[[Mark, int], None] = lambda mark, total: None,
    ) -> Report:
        """Send the edition in `folder` to whom `orders` say; each gets it once, by the ledger.

        `progress(mark, total)` is called after each letter. Raises EditionError, StoreError, and
        UsageError where no relay is named.
        """
        if not self._mail.relays:
            raise UsageError("no relay is named; say --smtp smtp://localhost:25 or set DIGEST_SMTP")
        now = clock()
        stored = read_mailable(folder)
        edition = EditionMail(self._mail, stored, self._templates, now, orders.ledger)
        ids, refused = self._addressed(orders.to, now)
        if orders.to and not ids:
            return Report(0, {}, {}, Counter(), (), refused, "", 0)
        only = frozenset(ids) if orders.to else None
        with open_ledger(self._store, edition.date, orders.ledger, only=only) as ledger:
            recovered = ledger.recover(now)
            first = ledger.first_queued()
            before = ledger.counts()
            policy = orders.policy
            if first is not None and not orders.however_old and not orders.to:
                policy = replace(policy, stale_at=first + SEND_WITHIN)
            if orders.to:
                queued = ledger.queue_readers(ids, now)
            elif orders.queue and orders.told_at_once:
                queued = ledger.queue_told_at_once(now)
            elif orders.queue:
                queued = ledger.queue_subscribers(now, edition.date.weekday(), orders.morning)
            else:
                queued = 0
            if orders.retry:
                ledger.requeue(orders.retry, now)
            if orders.hasten:
                ledger.hasten(now)
            waiting = ledger.counts()
            total = waiting.get("queued", 0) + waiting.get("deferred", 0)
            attempts: Counter[DeliveryState] = Counter()
            stopped, limited_until = "", None
            if total:
                limits = orders.limits or self._mail.limits()
                if limits.longest:  # what the last run has sent counts too
                    for at, address in ledger.sent_since(now - limits.longest):
                        limits.take(address.rpartition("@")[2], at)
                with self._couriers(edition, stored, orders.ledger, total) as (found, executor):
                    outbox = Outbox(
                        ledger,
                        found,
                        executor,
                        clock=clock,
                        sleep=sleep,
                        rng=random.SystemRandom(),
                        policy=policy,
                        limits=limits,
                        progress=lambda mark: progress(mark, total),
                        leaving=orders.leaving,
                    )
                    summary = outbox.run()
                attempts, stopped = summary.marks, summary.stopped
                limited_until = summary.limited_until
            after = ledger.counts()
            trouble = tuple(ledger.rows(TROUBLE))
        return Report(
            queued, before, after, attempts, trouble, refused, stopped, recovered, limited_until
        )

    @contextmanager
    def _couriers(
        self, edition: EditionMail, stored: Mailable, special: str, letters: int
    ) -> Iterator[tuple[list[Courier], ThreadPoolExecutor]]:
        """Couriers for so many letters, and a thread for each."""
        mail = self._mail
        connections = min(mail.relays[0].connections, letters)
        processes = min(mail.processes, letters // WORTH_A_PROCESS)
        with ExitStack() as opened:
            if processes > 1:
                unsigned = replace(mail, keys=())  # private keys are read there, not sent
                equip = partial(_equip, unsigned, stored, self._templates, edition.now, special)
                there = courier_processes(equip, processes, connections)
                found = opened.enter_context(there)
            else:
                found = couriers(edition.compose, [_sender(mail) for _ in range(connections)])
            threads = ThreadPoolExecutor(connections, thread_name_prefix="smtp")
            yield found, opened.enter_context(threads)

    def _addressed(
        self, to: Sequence[Address], now: datetime
    ) -> tuple[list[int], tuple[tuple[str, str], ...]]:
        """The readers of these addresses, and which of them are not mailed and why."""
        ids: dict[int, None] = {}
        refused = []
        for address in to:
            reader = self._readers.guest(str(address), address.key, now)
            if reader.state in UNMAILED:
                refused.append((str(address), f"the reader is {reader.state}"))
            else:
                ids[reader.id] = None
        return list(ids), tuple(refused)


def _sender(mail: MailSettings) -> SmtpSender:
    return SmtpSender(mail.relays, helo=mail.helo)


def _equip(
    mail: MailSettings, stored: Mailable, templates: Mapping[str, str], now: datetime, special: str
) -> tuple[Compose, Callable[[], Sender]]:
    """A `couriers.Equip`: the edition's letters, in a process that has just been started. It gets
    what was read: by now another edition may stand in the folder."""
    mail = replace(mail, keys=dkim_keys(mail.keys_folder, mail.sender.domain))
    return EditionMail(mail, stored, templates, now, special).compose, partial(_sender, mail)


def edition_folder(out: Path, date: Date) -> Path:
    """Where `date`'s edition lies; EditionError where there is none."""
    folder = out / date.isoformat()
    if not (folder / "edition.json").is_file():
        raise EditionError(
            f"{folder}: there is no edition of that date; make it with: digest build --date {date}"
        )
    return folder


def subject_of(record: Mapping[str, object], editorial: Editorial) -> str:
    """An edition's Subject: the lead's headline, without what cannot be printed."""
    stories = record["stories"]
    if not isinstance(stories, list) or not stories:
        return f"{editorial.title}, {record['date']}"
    return subject_line(str(stories[0]["headline"]))


def subject_line(headline: str) -> str:
    """A headline as a letter's Subject prints it."""
    shown = (c if c.isprintable() or c in _JOINERS else " " for c in plain(headline))
    headline = " ".join("".join(shown).split())
    if len(headline) > SUBJECT:
        headline = headline[:SUBJECT].rsplit(" ", 1)[0].rstrip(",;:–—- ") + " …"
    return headline
