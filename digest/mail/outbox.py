"""The outbox: an edition to each of its readers exactly once, by the ledger.

One row per edition and reader. A row becomes `sending` in the ledger before its letter touches the
wire, and what came of it is written before the same connection takes the next one; both are one
commit. So after a crash at any moment at most as many rows as there are connections stand at
`sending`: these are uncertain, named, and handled by the operator's rule. All others are known.

    queued ─→ sending ─→ sent
                ├──────→ deferred ─→ sending …   4xx, or the relay was away
                ├──────→ bounced                 5xx to this reader
                ├──────→ failed                  5xx to the letter, or given up
                └──────→ uncertain               whole letter out, no answer; or a crash
"""

from __future__ import annotations

import queue
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from digest.delivery import DeliveryState, Due, Mark
from digest.errors import DigestError
from digest.mail.limits import Backoff, Limits
from digest.mail.outcome import (
    Envelope,
    Outcome,
    is_of_address,
    of_sender,
    one_line,
    status_in,
)

BATCH = 500
"""Rows read ahead. They stay `queued` in the ledger until their turn, so a crash costs nothing."""
MOST_AHEAD = 20 * BATCH
"""Rows read ahead where all of them wait for full domains, and others may go past them."""

LIMITED_SECONDS = 0.05
"""How often a free connection looks whether a limit's window has moved on."""
LOOK_AGAIN = timedelta(seconds=5)
"""How often the ledger is asked for others while all that is read ahead waits."""
LEFT_EARLY = "the program was told to end; the rest waits"


class Ledger(Protocol):
    """The rows of one edition. Each call is one transaction, on disk when it returns."""

    def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[Due]:
        """Rows that are queued or deferred and due, in the order they should go; none to the
        domains `without`."""

    def next_due(self, without: Collection[str] = ()) -> datetime | None:
        """When the next queued or deferred row is due; None when there is none."""

    def turn(self, marks: Sequence[Mark], begin: Sequence[int], now: datetime) -> Collection[int]:
        """Write `marks`, and make the rows `begin` `sending`: those that still are queued or
        deferred, to readers still mailed, whose ids it returns. Others have been sent, cancelled
        or taken meanwhile."""


class Sender(Protocol):
    """One connection to a relay."""

    def send(self, envelope: Envelope, letter: bytes) -> Outcome:
        """Hand over one letter; a failure is a value."""

    def close(self) -> None: ...


Compose = Callable[[Due], tuple[Envelope, bytes]]
"""A reader's letter. Called in couriers' threads; raises DigestError where there can be none."""


class Courier(Protocol):
    """One connection to a relay, and what composes the letters that go over it."""

    def deliver(self, due: Due) -> Outcome:
        """Compose and hand over one letter; a failure is a value, what is raised is a bug."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Here:
    """A courier in this process."""

    compose: Compose
    sender: Sender

    def deliver(self, due: Due) -> Outcome:
        try:
            envelope, letter = self.compose(due)
        except DigestError as error:
            return Outcome("refused", "data", 0, one_line(str(error)))
        return self.sender.send(envelope, letter)

    def close(self) -> None:
        self.sender.close()


def couriers(compose: Compose, senders: Sequence[Sender]) -> list[Courier]:
    """A courier in this process for each sender."""
    return [Here(compose, sender) for sender in senders]


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules."""

    max_attempts: int = 6
    backoff: Backoff = field(default_factory=Backoff)
    away: timedelta = timedelta(seconds=5)
    """How long a row waits whose relay could not be reached."""
    stop_after: int = 25
    """Letters in a row that the relay did not take, before the run stops."""
    patience: timedelta = timedelta(0)
    """How long a run waits for the next row to become due, before it ends with rows left."""
    limit_patience: timedelta | None = None
    """How long a run waits for a limit's window, before it ends so; None: however long."""
    stale_at: datetime | None = None
    """From when the edition is too old to be sent."""
    until: datetime | None = None
    """From when no other letter is begun, as when told to leave. A relay that takes none is found
    out first: the run ends by `stop_after` then."""
    resend_uncertain: bool = False
    """Letters that may have arrived are sent again, rather than left for the operator."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did."""

    marks: Counter[DeliveryState]
    """Attempts by what they came to."""
    stopped: str = ""
    """Why it ended before all rows were final; "" when they are, or wait for later."""
    limited_until: datetime | None = None
    """When the next letter may go, where a limit ended the run."""


class Outbox:
    """One run over one edition's rows. Reads the clock; sleeps when only time can help."""

    def __init__(
        self,
        ledger: Ledger,
        couriers: Sequence[Courier],
        executor: Executor,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        rng: Random,
        policy: Policy,
        limits: Limits | None = None,
        progress: Callable[[Mark], None] = lambda mark: None,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        """`executor` runs one long task per courier, in threads. When `leaving` says so, the
        letters on the wire come to their end and no other is begun."""
        self._ledger = ledger
        self._couriers = couriers
        self._executor = executor
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        if policy.max_attempts < 1 or policy.stop_after < 1 or not couriers:
            raise ValueError("an outbox needs a courier, and at least one attempt and one error")
        self._policy = policy
        self._limits = limits or Limits()
        self._progress = progress
        self._leaving = leaving
        self._tasks: queue.SimpleQueue[Due | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Due, Outcome | BaseException]] = queue.SimpleQueue()
        self._ahead: deque[Due] = deque()
        self._flying: set[int] = set()
        self._marks: list[Mark] = []
        self._done: Counter[DeliveryState] = Counter()
        self._failures = 0
        self._stopped = ""
        self._limited_until: datetime | None = None
        self._look_again: datetime | None = None
        self._bug: BaseException | None = None

    def run(self) -> Summary:
        """Send what is due until nothing is. Raises what the ledger raises, after the letters that
        are on the wire have come to their end."""
        workers = [self._executor.submit(self._work, courier) for courier in self._couriers]
        try:
            self._loop()
        finally:
            self._end(workers)
        if self._bug is not None:
            raise self._bug
        return Summary(self._done, self._stopped, self._limited_until)

    # --- the couriers' threads

    def _work(self, courier: Courier) -> None:
        try:
            while (due := self._tasks.get()) is not None:
                self._results.put((due, self._attempt(courier, due)))
        finally:
            courier.close()

    def _attempt(self, courier: Courier, due: Due) -> Outcome | BaseException:
        try:
            return courier.deliver(due)
        except BaseException as bug:  # handed to the run, which raises it
            return bug

    # --- the run's own thread

    def _loop(self) -> None:
        while True:
            now = self._clock()
            if self._policy.stale_at is not None and now >= self._policy.stale_at:
                self._stopped = self._stopped or "the edition is too old to be sent"
            had_its_time = self._policy.until is not None and now >= self._policy.until
            if self._leaving() or (had_its_time and not self._failures):
                self._stopped = self._stopped or LEFT_EARLY
            begin = [] if self._stopped or self._bug else self._choose(now)
            if begin or self._marks:
                self._turn(begin, now)
            if self._flying:
                room = len(self._flying) < len(self._couriers)
                self._collect(LIMITED_SECONDS if room and self._ahead else None)
            elif self._stopped or self._bug or not self._wait(now):
                return

    def _choose(self, now: datetime) -> list[Due]:
        """Rows for the free connections, within the limits; none for a domain that is full."""
        chosen: list[Due] = []
        free = len(self._couriers) - len(self._flying)
        if free:
            self._read_ahead(now)
        for _ in range(len(self._ahead)):
            if len(chosen) == free:
                break
            due = self._ahead.popleft()
            if due.id in self._flying:
                continue
            if self._limits.free_at(due.domain, now) > now:
                self._ahead.append(due)
                continue
            self._limits.take(due.domain, now)
            chosen.append(due)
        return chosen

    def _read_ahead(self, now: datetime) -> None:
        """Rows to choose from; where all that are read wait for full domains, those of others."""
        if not self._ahead:
            self._ahead.extend(self._ledger.due(now, BATCH))
        if not self._ahead or self._limits.free_at("", now) > now:
            return  # nothing is due; or the run's limit or the relay's lets nobody go
        while len(self._ahead) < MOST_AHEAD and (not self._look_again or now >= self._look_again):
            if any(self._limits.free_at(due.domain, now) <= now for due in self._ahead):
                return
            others = self._ledger.due(now, BATCH, self._full(now))
            self._ahead.extend(others)
            self._look_again = None if others else now + LOOK_AGAIN

    def _full(self, now: datetime) -> set[str]:
        """The domains of what is read ahead that may get none now."""
        domains = {due.domain for due in self._ahead}
        return {domain for domain in domains if self._limits.free_at(domain, now) > now}

    def _turn(self, begin: Sequence[Due], now: datetime) -> None:
        claimed = self._ledger.turn(self._marks, [due.id for due in begin], now)
        self._marks = []  # only now: a ledger that refused gets them once more at the end
        for due in begin:
            if due.id in claimed:
                self._flying.add(due.id)
                self._tasks.put(due)

    def _collect(self, seconds: float | None) -> None:
        """Wait for a letter's end (at most `seconds`), and take all that have ended."""
        try:
            ended = [self._results.get(timeout=seconds)]
        except queue.Empty:
            return
        while not self._results.empty():
            ended.append(self._results.get())
        now = self._clock()
        for due, outcome in ended:
            self._flying.discard(due.id)
            if isinstance(outcome, BaseException):
                self._bug = outcome
                continue
            if outcome.stage != "connect":
                self._limits.relay(outcome.relay)
            mark = self._judge(due, outcome, now)
            self._marks.append(mark)
            self._done[mark.state] += 1
            self._progress(mark)

    def _judge(self, due: Due, outcome: Outcome, now: datetime) -> Mark:
        """What an outcome means for its row, and whether the relay still does its work."""
        if outcome.verdict == "accepted" or outcome.about_recipient:
            self._failures = 0
        else:
            self._failures += 1
            if self._failures >= self._policy.stop_after and not self._stopped:
                self._stopped = (
                    f"{self._failures} letters in a row were not taken; the last answer: "
                    f"{outcome.relay} {outcome.code or ''} {outcome.reply}"
                )
        attempts = due.attempts + 1
        state: DeliveryState = "deferred"
        due_at = now + self._policy.backoff.after(attempts, self._rng)
        reply = outcome.reply
        if outcome.verdict == "accepted":
            state = "sent"
        elif outcome.as_if_not_tried:
            attempts = due.attempts
            due_at = now + self._policy.away * (0.5 + self._rng.random())
        elif outcome.verdict == "uncertain" and not self._policy.resend_uncertain:
            state = "uncertain"
        elif outcome.verdict == "refused":
            state = "bounced" if outcome.stage == "rcpt" else "failed"
        elif attempts >= self._policy.max_attempts:
            state = "failed"
            reply = f"given up after {attempts} attempts: {reply}"
        hard = state == "bounced" and is_hard(outcome.code, outcome.reply)
        return Mark(due.id, state, attempts, due_at, outcome.code, reply, hard)

    def _wait(self, now: datetime) -> bool:
        """Sleep until a row may go; False when none is left or none within the patience."""
        if self._ahead:
            until = min(self._limits.free_at(due.domain, now) for due in self._ahead)
            if self._look_again is not None:  # others were asked for, and none was due
                others = self._ledger.next_due(self._full(now))
                until = min(until, max(others, self._look_again)) if others else until
            patience = self._policy.limit_patience
            if patience is not None and until - now > patience:
                self._limited_until = until
                return False
        else:
            next_due = self._ledger.next_due()
            if next_due is None:
                return False
            until = next_due
            if until - now > self._policy.patience:
                return False
        self._sleep(max((until - now).total_seconds(), 0.0))
        return True

    def _end(self, workers: Sequence[Future[None]]) -> None:
        """Let the letters on the wire come to their end, and write down what came of them."""
        for _ in workers:
            self._tasks.put(None)
        while self._flying and not all(worker.done() for worker in workers):
            self._collect(LIMITED_SECONDS)
        for worker in workers:
            worker.result()
        while not self._results.empty():
            self._collect(0)
        if self._marks:
            self._turn([], self._clock())


def is_hard(code: int, reply: str) -> bool:
    """Whether a 5xx says that the address itself is no good, and not that the letter, the sender or
    the moment was: by its enhanced status code, or in words where there is none.

    A bare 550 is not enough: whoever is put on a block list gets it for every reader at once.
    """
    if of_sender(reply):
        return False
    if status := status_in(reply, "5"):
        return is_of_address(status)
    return code in (550, 551, 553) and _NO_SUCH_ADDRESS.search(reply) is not None


_NO_SUCH_ADDRESS = re.compile(
    r"no such|unknown (?:user|recipient|address|mailbox)|does(?: not|n't) exist|no mailbox"
    r"|(?:user|recipient|address|mailbox|account)\S* (?:is )?(?:unknown|not found|invalid|disabled"
    r"|unavailable|rejected)|(?:invalid|bad) (?:recipient|address|mailbox)",
    re.IGNORECASE,
)
