"""`kill -9` at any moment, resumed each time: nothing lost, nothing doubled but what is uncertain.

The moments are seeded: a number of steps of the sink's conversations, and then at once (before the
sink goes on) or up to a few milliseconds later, so that kills fall into the ledger's commits too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from crash_sender import CONNECTIONS, DAY, DISK_FULL
from raw_sink import Fault, Moment, RawSink

from digest.delivery import Subscriber
from digest.store import Readers, open_ledger, open_store

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)


class Killed:
    """A database of readers, a sender that is killed, and a sink that knows when."""

    def __init__(self, url: str, readers: int, rng: Random, faults: float) -> None:
        self.url = url
        self.rng = rng
        self.faults = faults
        self.sink = RawSink(self._plan)
        self.addresses = {f"r{n}@d{n % 7}.example" for n in range(readers)}
        self.uncertain: set[str] = set()
        self.most_uncertain = 0
        self.fallen = 0
        """Faults drawn. What they leave behind depends on which letter they hit: a deferred one is
        sent in the end."""
        self._lock = threading.Lock()
        self._pid = 0
        self._steps = 0
        self._timer: threading.Timer | None = None
        with open_store(self.url) as store:
            Readers(store).take_in(
                [(Subscriber(a, a, "active"), a.encode()) for a in sorted(self.addresses)], NOW
            )
            with open_ledger(store, DAY) as ledger:
                ledger.queue_subscribers(NOW)

    def _plan(self, moment: Moment, recipient: str) -> Fault:
        with self._lock:
            self._steps -= 1
            if self._steps == 0 and self._pid:
                if self.rng.random() < 0.5:
                    os.kill(self._pid, signal.SIGKILL)
                else:
                    delay = self.rng.random() * 0.004
                    self._timer = threading.Timer(delay, os.kill, (self._pid, signal.SIGKILL))
                    self._timer.start()
            chance = self.rng.random()
        if chance >= self.faults or moment == "answered":
            return "go on"
        self.fallen += 1
        kind = int(chance / self.faults * 10)
        if kind < 3:
            return "drop"
        if kind == 3:
            return "hang"
        if moment in ("mail", "rcpt", "data", "end"):
            if kind == 4 and moment in ("rcpt", "end"):
                return b"554 5.7.1 no"
            return b"451 4.3.0 later"
        return "go on"

    def run(
        self, sender: subprocess.Popen[str], *, steps: int, resend: bool = False, disk: int = 0
    ) -> int:
        """One run, killed after `steps` steps of the sink (0: never); how it ended."""
        order = {"db": self.url, "relay": self.sink.url, "resend": resend, "disk": disk}
        order["relay"] += f"?connections={CONNECTIONS}"  # type: ignore[operator]
        assert sender.stdin is not None
        assert sender.stdout is not None
        with self._lock:
            sender.stdin.write(json.dumps(order) + "\n")
            sender.stdin.flush()
            self._pid = int(sender.stdout.readline())
            self._steps = steps
        ended = int(sender.stdout.readline())
        with self._lock:
            self._pid = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._timer = None
        self._look()
        return ended

    def _look(self) -> None:
        """What stands on the wire or is uncertain now."""
        with open_store(self.url) as store, open_ledger(store, DAY) as ledger:
            sending = ledger.rows(["sending"])
            self.most_uncertain = max(self.most_uncertain, len(sending))
            found = ledger.rows(["sending", "uncertain"], limit=10_000)
            self.uncertain |= {row.address for row in found}

    def states(self) -> dict[str, set[str]]:
        with open_store(self.url) as store, open_ledger(store, DAY) as ledger:
            return {
                str(state): {row.address for row in ledger.rows([state], limit=10_000)}
                for state in ledger.counts()
            }

    def check(self, *, resend: bool) -> None:
        """Nothing lost, nothing doubled but the uncertain, and all of those listed."""
        assert self.most_uncertain <= CONNECTIONS
        times = Counter(t.recipient for t in self.sink.taken)
        states = self.states()
        assert set(states) <= {"sent", "uncertain", "bounced", "failed"}
        assert set().union(*states.values()) == self.addresses
        assert {to for to, count in times.items() if count > 1} <= self.uncertain
        assert states["sent"] <= set(times)
        if resend:
            assert "uncertain" not in states
        else:
            assert max(times.values()) == 1
        lost = self.addresses - set(times)
        refused = states.get("bounced", set()) | states.get("failed", set())
        assert lost <= refused | states.get("uncertain", set())


@pytest.fixture
def sender() -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("crash_sender.py")
    process = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(script.parent.parent.parent)},
    )
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/digest.sqlite3"
    return str(request.getfixturevalue("postgresql_database"))


@pytest.mark.parametrize(
    ("readers", "kills", "resend", "faults", "seed"),
    [
        (100, 10, False, 0.0, 1),
        (60, 5, True, 0.01, 2),
        pytest.param(2000, 200, False, 0.0, 3, marks=pytest.mark.system),
        pytest.param(2000, 200, True, 0.0, 4, marks=pytest.mark.system),
        pytest.param(2000, 200, False, 0.003, 5, marks=pytest.mark.system),
    ],
)
def test_killed_at_random_moments(
    url: str,
    sender: subprocess.Popen[str],
    readers: int,
    kills: int,
    resend: bool,
    faults: float,
    seed: int,
) -> None:
    killed = Killed(url, readers, Random(seed), faults)
    count = 0
    with killed.sink:
        while count < kills:
            steps = killed.rng.randrange(1, readers * 8 // kills)
            ended = killed.run(sender, steps=steps, resend=resend)
            if ended != -signal.SIGKILL:
                assert ended == 0
                break
            count += 1
        assert count >= kills * 0.8, "it was done before enough kills fell"
        assert killed.run(sender, steps=0, resend=resend) == 0
    killed.check(resend=resend)


@pytest.mark.system
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_killed_at_random_moments_over_postgresql(url: str, sender: subprocess.Popen[str]) -> None:
    test_killed_at_random_moments(url, sender, 2000, 200, False, 0.003, 9)


@pytest.mark.parametrize(
    ("readers", "seed"), [(60, 6), pytest.param(2000, 7, marks=pytest.mark.system)]
)
def test_a_relay_that_drops_refuses_and_hangs_at_random(
    url: str, sender: subprocess.Popen[str], readers: int, seed: int
) -> None:
    killed = Killed(url, readers, Random(seed), faults=0.02)
    with killed.sink:
        for _ in range(20):
            assert killed.run(sender, steps=0) == 0
            if set(killed.states()) <= {"sent", "uncertain", "bounced", "failed"}:
                break
    killed.check(resend=False)
    assert killed.fallen >= readers / 30, "too few faults have fallen"


@pytest.mark.parametrize("readers", [300, pytest.param(2000, marks=pytest.mark.system)])
def test_a_full_disk_stops_the_run_and_the_next_one_resumes(
    tmp_path: Path, url: str, sender: subprocess.Popen[str], readers: int
) -> None:
    killed = Killed(url, readers, Random(8), faults=0.0)
    size = max(file.stat().st_size for file in tmp_path.iterdir())
    with killed.sink:
        ends = [killed.run(sender, steps=0, disk=size + extra * 1024) for extra in (8, 64, 200)]
        assert DISK_FULL in ends
        assert killed.run(sender, steps=0) == 0
    killed.check(resend=False)
