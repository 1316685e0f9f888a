"""A run over an edition's letters: whom they go to, and what came of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from digest.address import Address
from digest.couriers import courier_processes
from digest.delivery import UNMAILED, DeliveryState, Due, Mark
from digest.errors import UsageError
from digest.mail.limits import Limits
from digest.mail.outbox import Compose, Courier, Outbox, Policy, Sender, Summary, couriers
from digest.mail.smtp import SmtpSender
from digest.mailroom.letters import EditionMail, Mailable, read_mailable
from digest.mailsettings import MailSettings, dkim_keys
from digest.model import Edition
from digest.render.cut import cut
from digest.store import Ledger, Readers, Store, open_ledger
from digest.store.deliveries import Row
from digest.timetable import SEND_WITHIN

TROUBLE: tuple[DeliveryState, ...] = ("uncertain", "failed", "bounced", "deferred", "sending")
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
    """Breaking news: for the subscribers who want to be told at once, and whose sections and
    regions it concerns."""
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


class Mailroom:
    """Sends stored editions to readers."""

    def __init__(self, mail: MailSettings, store: Store) -> None:
        self._mail = mail
        self._store = store
        self._readers = Readers(store)

    def forecast(self, folder: Path, to: Sequence[Address], now: datetime) -> Forecast:
        """What `send` would do. Nothing is written and no relay is asked."""
        edition = EditionMail(self._mail, read_mailable(folder), now)
        due = Due(1, 1, "reader@example.org", "html", "nonce", 0)
        size = len(edition.compose(due)[1])
        refused: list[tuple[str, str]] = []
        fresh = 0
        already: Counter[DeliveryState] = Counter()
        with open_ledger(self._store, edition.date, to_send=False) as ledger:
            if not to:
                already.update(ledger.counts())
                fresh = ledger.would_queue(now)
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
        edition = EditionMail(self._mail, stored, now, orders.ledger)
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
            queued = _queued(ledger, orders, ids, stored.edition, now)
            waiting = Counter(ledger.counts())
            total = waiting["queued"] + waiting["deferred"]
            summary = Summary(Counter())
            if total:
                limits = self._limits(ledger, orders, now)
                with self._couriers(edition, stored, orders.ledger, total) as (found, executor):
                    summary = Outbox(
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
                    ).run()
            return Report(
                queued,
                before,
                ledger.counts(),
                summary.marks,
                tuple(ledger.rows(TROUBLE)),
                refused,
                summary.stopped,
                recovered,
                summary.limited_until,
            )

    def _limits(self, ledger: Ledger, orders: Orders, now: datetime) -> Limits:
        """The windows of a run; what the last one has sent counts, too."""
        limits = orders.limits or self._mail.limits()
        if limits.longest:
            for at, address in ledger.sent_since(now - limits.longest):
                limits.take(address.rpartition("@")[2], at)
        return limits

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
                equip = partial(_equip, unsigned, stored, edition.now, special)
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


def _queued(
    ledger: Ledger,
    orders: Orders,
    ids: Sequence[int],
    edition: Edition | None,
    now: datetime,
) -> int:
    """Queue whom the orders name, `ids` being the readers of their addresses, and what is to be
    sent again or at once; the number of new rows."""
    queued = 0
    if orders.to:
        queued = ledger.queue_readers(ids, now)
    elif orders.queue and orders.told_at_once:
        queued = ledger.queue_told_at_once(now, partial(_concerns, edition))
    elif orders.queue:
        queued = ledger.queue_subscribers(now, orders.morning)
    if orders.retry:
        ledger.requeue(orders.retry, now)
    if orders.hasten:
        ledger.hasten(now)
    return queued


def _concerns(edition: Edition | None, sections: tuple[str, ...], regions: tuple[str, ...]) -> bool:
    """Whether a letter of that choice holds a story: that there is none is no news."""
    return edition is None or bool(cut(edition, sections, regions).briefs)


def _sender(mail: MailSettings) -> SmtpSender:
    return SmtpSender(mail.relays, helo=mail.helo)


def _equip(
    mail: MailSettings, stored: Mailable, now: datetime, special: str
) -> tuple[Compose, Callable[[], Sender]]:
    """A `couriers.Equip`: the edition's letters, in a process that has just been started. It gets
    what was read: by now another edition may stand in the folder."""
    mail = replace(mail, keys=dkim_keys(mail.keys_folder, mail.sender.domain))
    return EditionMail(mail, stored, now, special).compose, partial(_sender, mail)
