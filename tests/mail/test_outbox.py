"""The outbox over the real ledger: what each outcome means, limits, patience, and stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from digest.address import parse_address
from digest.delivery import Due, Mark
from digest.errors import MailError, StoreError, UsageError
from digest.mail import outbox
from digest.mail.limits import Backoff, Limit, Limits, Window, parse_limit
from digest.mail.outbox import Outbox, Policy, Summary, couriers, is_hard
from digest.mail.outcome import Envelope, Outcome, Stage
from digest.store import Ledger

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
DAY = date(2026, 4, 14)
ACCEPTED = Outcome("accepted", "end", 250, "taken")
Answer = Callable[[str], Outcome | BaseException]


class Clock:
    """Time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Scripted:
    """A sender that answers by script, and notes what it was given."""

    def __init__(self, answer: Answer, sent: list[str], clock: Clock) -> None:
        self.answer = answer
        self.sent = sent
        self.times: list[datetime] = []
        self.clock = clock
        self.closed = False

    def send(self, envelope: Envelope, letter: bytes) -> Outcome:
        self.times.append(self.clock())
        outcome = self.answer(str(envelope.recipient))
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome.verdict == "accepted":
            self.sent.append(str(envelope.recipient))
        return outcome

    def close(self) -> None:
        self.closed = True


def compose(due: Due) -> tuple[Envelope, bytes]:
    return Envelope("b@harbour.example", parse_address(due.address)), b"letter\r\n"


class Run:
    """What a run needs, with usual values; `go` runs it."""

    def __init__(self, ledger: Ledger, answer: Answer = lambda to: ACCEPTED) -> None:
        self.ledger = ledger
        self.clock = Clock()
        self.sent: list[str] = []
        self.senders = [Scripted(answer, self.sent, self.clock) for _ in range(2)]
        self.marks: list[Mark] = []

    def go(self, policy: Policy | None = None, limits: Limits | None = None) -> Summary:
        with ThreadPoolExecutor(len(self.senders)) as executor:
            return Outbox(
                self.ledger,
                couriers(compose, self.senders),
                executor,
                clock=self.clock,
                sleep=self.clock.sleep,
                rng=Random(7),
                policy=policy or Policy(),
                limits=limits,
                progress=self.marks.append,
            ).run()

    @property
    def states(self) -> dict[str, int]:
        return {str(k): v for k, v in self.ledger.counts().items()}


def test_everybody_once(ledger: Ledger) -> None:
    run = Run(ledger)
    assert run.go() == Summary({"sent": 10}, "")  # type: ignore[arg-type]
    assert sorted(run.sent) == sorted(f"r{n}@d{n % 2}.example" for n in range(10))
    assert run.states == {"sent": 10}
    assert all(sender.closed for sender in run.senders)
    again = Run(ledger)
    again.go()
    assert again.sent == []


def test_a_4xx_is_tried_again_after_growing_pauses_and_given_up(ledger: Ledger) -> None:
    tries: list[str] = []

    def answer(to: str) -> Outcome:
        if to != "r3@d1.example":
            return ACCEPTED
        tries.append(to)
        return Outcome("deferred", "rcpt", 450, "4.2.0 greylisted")

    run = Run(ledger, answer)
    policy = Policy(max_attempts=4, patience=timedelta(hours=3))
    run.go(policy)
    assert len(tries) == 4
    assert run.states == {"sent": 9, "failed": 1}
    assert run.ledger.rows(["failed"])[0].reply == "given up after 4 attempts: 4.2.0 greylisted"
    assert len(run.clock.slept) == 3
    first, second, third = run.clock.slept
    assert 30 <= first <= 60
    assert 120 <= second <= 240
    assert 480 <= third <= 960


def test_without_patience_deferred_rows_wait_for_the_next_run(ledger: Ledger) -> None:
    later = Outcome("deferred", "end", 452, "disk full")
    run = Run(ledger, lambda to: later if to.startswith("r1@") else ACCEPTED)
    assert run.go().stopped == ""
    assert run.states == {"sent": 9, "deferred": 1}
    assert run.clock.slept == []
    again = Run(ledger)
    again.go()
    assert again.sent == []  # not due yet
    again.clock.now = NOW + timedelta(minutes=5)
    again.go()
    assert again.sent == ["r1@d1.example"]


def test_a_5xx_is_not_tried_again(ledger: Ledger) -> None:
    answers = {
        "r0@d0.example": Outcome("refused", "rcpt", 550, "5.1.1 no such user"),
        "r1@d1.example": Outcome("refused", "rcpt", 550, "5.7.1 not welcome"),
        "r2@d0.example": Outcome("refused", "end", 554, "5.6.0 looks odd"),
    }
    run = Run(ledger, lambda to: answers.get(to, ACCEPTED))
    run.go()
    assert run.states == {"sent": 7, "bounced": 2, "failed": 1}
    assert [mark.hard for mark in run.marks if mark.state == "bounced"].count(True) == 1


def test_uncertain_letters_are_left_or_sent_again_by_the_rule(ledger: Ledger) -> None:
    lost = [Outcome("uncertain", "end", 0, "no answer")]
    run = Run(ledger, lambda to: lost.pop() if lost else ACCEPTED)
    run.go()
    assert run.states == {"sent": 9, "uncertain": 1}
    lost.append(Outcome("uncertain", "end", 0, "no answer"))
    ledger.requeue(["uncertain"], NOW)
    run = Run(ledger, lambda to: lost.pop() if lost else ACCEPTED)
    run.go(Policy(resend_uncertain=True, patience=timedelta(hours=1)))
    assert run.states == {"sent": 10}


def test_a_relay_that_is_away_costs_nobody_an_attempt_and_stops_the_run(ledger: Ledger) -> None:
    away = Outcome("unreachable", "connect", 0, "Connection refused", "127.0.0.1:9")
    run = Run(ledger, lambda to: away)
    summary = run.go(Policy(stop_after=4, patience=timedelta(hours=1)))
    assert summary.stopped == (
        "4 letters in a row were not taken; the last answer: 127.0.0.1:9  Connection refused"
    )
    assert run.states["deferred"] >= 3
    assert set(run.states) <= {"deferred", "queued"}
    again = Run(ledger)
    ledger.hasten(NOW)
    again.go()
    assert [mark.attempts for mark in again.marks] == [1] * 10


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_letter_at_which_the_relay_hangs_up_is_given_up(ledger: Ledger, stage: Stage) -> None:
    broken = Outcome("unreachable", stage, 0, "Connection unexpectedly closed")
    run = Run(ledger, lambda to: broken if to.startswith("r3@") else ACCEPTED)
    assert run.go(Policy(max_attempts=4, patience=timedelta(hours=3))).stopped == ""
    assert run.states == {"sent": 9, "failed": 1}
    assert "given up after 4 attempts" in ledger.rows(["failed"])[0].reply
    assert run.clock.slept[-1] >= 480  # ever longer, as after a 4xx


def test_a_sender_that_the_relay_refuses_loses_no_reader(ledger: Ledger) -> None:
    run = Run(ledger, lambda to: Outcome("refused", "mail", 550, "sender not allowed"))
    assert "sender not allowed" in run.go(Policy(stop_after=3)).stopped
    assert run.states["deferred"] >= 3
    assert set(run.states) <= {"deferred", "queued"}


@pytest.mark.parametrize(
    "reply",
    [
        "5.1.8 <desk@x>: Sender address rejected: Domain not found",
        "5.1.7 <desk@x>: Sender address rejected: undeliverable address",
        "5.1.0 <desk@x> sender rejected",
        "Sender address rejected: not allowed",
        "<desk@x>... Domain of sender address desk@x does not exist",
    ],
)
def test_a_sender_that_is_refused_when_the_reader_is_named_loses_none(
    ledger: Ledger, reply: str
) -> None:
    """Postfix waits with it, as it comes."""
    run = Run(ledger, lambda to: Outcome("refused", "rcpt", 550, reply))
    assert reply in run.go(Policy(stop_after=3)).stopped
    assert set(run.states) <= {"deferred", "queued"}
    assert not is_hard(550, reply)


def test_refused_readers_in_a_row_are_no_reason_to_stop(ledger: Ledger) -> None:
    run = Run(ledger, lambda to: Outcome("refused", "rcpt", 550, "5.1.1 no such user"))
    assert run.go(Policy(stop_after=3)).stopped == ""
    assert run.states == {"bounced": 10}


def test_a_stale_edition_is_not_sent(ledger: Ledger) -> None:
    run = Run(ledger)
    assert run.go(Policy(stale_at=NOW)).stopped == "the edition is too old to be sent"
    assert run.sent == []


def test_a_letter_that_cannot_be_made_fails_alone(ledger: Ledger) -> None:
    run = Run(ledger)

    def picky(due: Due) -> tuple[Envelope, bytes]:
        if due.address == "r4@d0.example":
            raise MailError("no link")
        return compose(due)

    with ThreadPoolExecutor(2) as executor:
        Outbox(
            ledger, couriers(picky, run.senders), executor, clock=run.clock, sleep=run.clock.sleep,
            rng=Random(1), policy=Policy(),
        ).run()  # fmt: skip
    assert run.states == {"sent": 9, "failed": 1}
    assert ledger.rows(["failed"])[0].reply == "no link"


def test_a_bug_in_a_sender_is_raised_after_the_others_have_ended(ledger: Ledger) -> None:
    run = Run(ledger, lambda to: ZeroDivisionError("bug") if to[1] == "5" else ACCEPTED)
    with pytest.raises(ZeroDivisionError, match="bug"):
        run.go()
    assert run.states["sending"] == 1
    assert run.states["sent"] == len(run.sent)


def test_at_most_one_letter_per_connection_is_on_the_wire(ledger: Ledger) -> None:
    """The sender holds each letter until it has seen what the ledger says of the others."""
    most: list[int] = []
    lock = threading.Lock()
    flying = [0]

    def answer(to: str) -> Outcome:
        with lock:
            flying[0] += 1
            most.append(flying[0])
        with lock:
            flying[0] -= 1
        return ACCEPTED

    class Watched:
        def __init__(self) -> None:
            self.sending = 0

        def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[Due]:
            return ledger.due(now, limit)

        def next_due(self, without: Collection[str] = ()) -> datetime | None:
            return ledger.next_due(without)

        def turn(
            self, marks: Sequence[Mark], begin: Sequence[int], now: datetime
        ) -> Collection[int]:
            claimed = ledger.turn(marks, begin, now)
            self.sending = max(self.sending, ledger.counts().get("sending", 0))
            return claimed

    run = Run(ledger, answer)
    watched = Watched()
    run.ledger = watched  # type: ignore[assignment]
    run.go()
    assert watched.sending <= 2
    assert max(most) <= 2


@pytest.mark.parametrize("after", [0, 1, 2, 4])
def test_a_ledger_that_refuses_stops_everything_and_leaves_few_uncertain(
    ledger: Ledger, after: int
) -> None:
    """A full disk: what was on the wire is uncertain, nothing else, and nobody is mailed twice."""
    turns = [0]

    class Full:
        due = staticmethod(ledger.due)
        next_due = staticmethod(ledger.next_due)

        def turn(
            self, marks: Sequence[Mark], begin: Sequence[int], now: datetime
        ) -> Collection[int]:
            turns[0] += 1
            if turns[0] > after:
                raise StoreError("database or disk is full", url="sqlite:///d")
            return ledger.turn(marks, begin, now)

    run = Run(ledger)
    first = run.sent
    run.ledger = Full()  # type: ignore[assignment]
    with pytest.raises(StoreError, match="disk is full"):
        run.go()
    assert ledger.recover(NOW) <= 2
    uncertain = {row.address for row in ledger.rows(["uncertain"])}
    again = Run(ledger)
    again.go()
    assert not set(first) & set(again.sent)
    assert set(first) | set(again.sent) | uncertain == {f"r{n}@d{n % 2}.example" for n in range(10)}


# --- Limits ---------------------------------------------------------------------------------


def test_a_window_slides() -> None:
    window = Window(Limit(2, timedelta(seconds=10)))
    second = timedelta(seconds=1)
    window.take(NOW)
    assert window.free_at(NOW + second) == NOW + second
    window.take(NOW + 4 * second)
    assert window.free_at(NOW + 5 * second) == NOW + 10 * second
    assert window.free_at(NOW + 10 * second) == NOW + 10 * second
    window.take(NOW + 10 * second)
    assert window.free_at(NOW + 11 * second) == NOW + 14 * second


def test_a_full_domain_does_not_hold_up_the_others(ledger: Ledger) -> None:
    run = Run(ledger)
    limits = Limits(domains={"d1.example": Limit(2, timedelta(seconds=60))})
    run.go(limits=limits)
    assert run.states == {"sent": 10}
    assert {to.partition("@")[2] for to in run.sent[-3:]} == {"d1.example"}
    assert sum(run.clock.slept) == pytest.approx(120)


def test_what_is_read_ahead_for_a_full_domain_does_not_either(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    run = Run(ledger)
    limits = Limits(domains={"d1.example": Limit(1, timedelta(hours=1))})
    run.go(Policy(limit_patience=timedelta(minutes=1)), limits)
    assert run.states == {"sent": 6, "queued": 4}
    assert [to for to in run.sent if "d1" in to] == ["r1@d1.example"]
    assert run.clock.slept == []


def test_a_domain_that_is_full_from_the_start_does_not_either(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 1)
    limits = Limits(domains={"d0.example": Limit(1, timedelta(hours=1))})
    limits.take("d0.example", NOW)
    run = Run(ledger)
    run.go(Policy(limit_patience=timedelta(minutes=1)), limits)
    assert run.states == {"sent": 5, "queued": 5}


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        (Limits(Limit(3)), 3),
        (Limits(domain=Limit(3)), 6),
        (Limits(relays={"one:25": Limit(3), "two:25": None}), 3),
    ],
)
def test_no_window_ever_holds_more_than_its_limit(
    ledger: Ledger, limits: Limits, allowed: int
) -> None:
    run = Run(ledger)
    run.go(limits=limits)
    times = sorted(time for sender in run.senders for time in sender.times)
    for start in times:
        inside = [time for time in times if start <= time < start + timedelta(minutes=1)]
        assert len(inside) <= allowed
    assert len(times) == 10


def test_the_relay_that_stands_in_has_its_own_limit(ledger: Ledger) -> None:
    run = Run(ledger, lambda to: replace(ACCEPTED, relay="two:25"))
    run.go(limits=Limits(relays={"one:25": Limit(2), "two:25": None}))
    assert run.states == {"sent": 10}
    assert run.clock.slept == []


def test_a_run_may_end_rather_than_wait_for_a_limit(ledger: Ledger) -> None:
    run = Run(ledger)
    policy = Policy(limit_patience=timedelta(minutes=5))
    summary = run.go(policy, Limits(Limit(4, timedelta(hours=1))))
    assert run.states == {"sent": 4, "queued": 6}
    assert summary.limited_until == NOW + timedelta(hours=1)
    assert summary.stopped == ""
    assert run.clock.slept == []


@pytest.mark.parametrize(
    "text", ["", "20", "0/minute", "20/week", "-1/day", "x/hour", "1/hour/day"]
)
def test_a_limit_that_is_none_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="20/minute"):
        parse_limit(text)


def test_a_limit_is_read() -> None:
    assert parse_limit(" 500/Hour ") == Limit(500, timedelta(hours=1))


def test_backoff_grows_within_its_bounds() -> None:
    backoff = Backoff(timedelta(seconds=10), 3.0, timedelta(seconds=100))
    rng = Random(3)
    for attempts, whole in ((1, 10), (2, 30), (3, 90), (4, 100), (9, 100)):
        for _ in range(50):
            assert whole / 2 <= backoff.after(attempts, rng).total_seconds() <= whole


@pytest.mark.parametrize(
    ("code", "reply", "hard"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.1.10 null MX", True),
        (550, "#5.1.1 bad address", True),
        (550, "5.2.1 mailbox disabled", True),
        (552, "5.2.2 mailbox full", False),
        (550, "5.7.1 not allowed", False),
        (550, "User unknown", True),
        (550, "5.1.1 no such user; the sender is told", True),
        (554, "rejected", False),
        (550, "Requested action not taken: mailbox unavailable", True),
        (550, "The email account that you tried to reach does not exist", True),
        (550, "blocked, see https://relay.example/5.1.1", False),
        (550, "JunkMail rejected, 192.0.2.5 is on a list", False),
        (450, "User unknown", False),
    ],
)
def test_only_what_is_said_of_the_address_is_hard(code: int, reply: str, hard: bool) -> None:
    assert is_hard(code, reply) is hard


def test_an_outbox_needs_a_sender(ledger: Ledger) -> None:
    run = Run(ledger)
    run.senders = []
    with pytest.raises(ValueError, match="courier"), ThreadPoolExecutor(1) as executor:
        Outbox(
            ledger, [], executor, clock=run.clock, sleep=run.clock.sleep, rng=Random(1),
            policy=replace(Policy()),
        )  # fmt: skip
