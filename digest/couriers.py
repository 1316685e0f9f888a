"""Couriers in processes of their own: a letter is composed, signed and handed over on another core.

The ledger stays with the one process that holds it, so nothing changes in what a crash leaves: a
courier's death makes the letters that it had in hand uncertain, and no others: what waited for one
that never was ready has not left.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING

from digest.compute.child import portable
from digest.delivery import Due
from digest.mail.outbox import Compose, Courier, Here, Sender
from digest.mail.outcome import Outcome

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LOST = "the process that handed the letters over died"
GOODBYE = 10.0
"""Seconds that a process gets to close its connections."""
_NOT_BEGUN = Outcome("unreachable", "connect", 0, LOST)
_IN_HAND = Outcome("uncertain", "end", 0, LOST)
"""Whether its letter was out when it died, nobody knows."""
LIVES = 3
"""Processes that take one another's place, before what kills them is taken to be the letters."""

Equip = Callable[[], tuple[Compose, Callable[[], Sender]]]
"""What composes the letters, and what opens a connection; called in the new process, so it can be
pickled."""


@contextmanager
def courier_processes(equip: Equip, processes: int, connections: int) -> Iterator[list[Courier]]:
    """`connections` couriers, spread over so many `processes`."""
    with ExitStack() as opened:
        found: list[Courier] = []
        for number in range(processes):
            share = connections // processes + (number < connections % processes)
            if share:
                process = _Process(equip, share)
                opened.callback(process.end)
                found += [process] * share
        yield found


class _Process:
    """A process of couriers, as one `Courier` to the outbox; if it dies, it has heirs."""

    def __init__(self, equip: Equip, connections: int) -> None:
        self._equip = equip
        self._connections = connections
        self._lock = threading.Lock()
        self._tickets = count()
        self._lives = LIVES
        self._life: _Life | None = None

    def deliver(self, due: Due) -> Outcome:
        with self._lock:
            if self._life is None or self._life.over:
                if self._lives == 0:
                    return _NOT_BEGUN
                self._lives -= 1
                self.end()
                self._life = _Life(self._equip, self._connections)
            answer = self._life.send(next(self._tickets), due)
        return answer.result()

    def close(self) -> None:
        """One of its couriers is done; their connections are closed when the process ends."""

    def end(self) -> None:
        if self._life is not None:
            self._life.end()


class _Life:
    """One child process: from its start to its death."""

    def __init__(self, equip: Equip, connections: int) -> None:
        import multiprocessing

        # Spawned, not forked: the parent holds threads.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=_work, args=(theirs, equip, connections))
        self._child.start()
        theirs.close()
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Outcome]] = {}
        self._lost = _NOT_BEGUN
        self.over = False
        self._reader = threading.Thread(target=self._read, name="couriers", daemon=True)
        self._reader.start()

    def send(self, ticket: int, due: Due) -> Future[Outcome]:
        answer: Future[Outcome] = Future()
        with self._lock:
            if self.over:
                answer.set_result(_NOT_BEGUN)
                return answer
            self._waiting[ticket] = answer
            with suppress(OSError):  # it has just died: the reader gives the answer
                self._pipe.send((ticket, due))
        return answer

    def end(self) -> None:
        """Have it close its connections, and wait until it is gone."""
        with suppress(OSError):
            self._pipe.send(None)
        self._child.join(GOODBYE)
        if self._child.is_alive():
            self._child.kill()
            self._child.join()
        self._reader.join()
        self._child.close()
        self._pipe.close()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            self._pipe.recv()  # it is ready
            self._lost = _IN_HAND
            while True:
                ticket, outcome, error = self._pipe.recv()
                with self._lock:
                    answer = self._waiting.pop(ticket)
                if error is not None:
                    answer.set_exception(error)
                else:
                    answer.set_result(outcome)
        self._give_up()

    def _give_up(self) -> None:
        with self._lock:
            self.over = True
            lost, self._waiting = self._waiting, {}
        for answer in lost.values():
            answer.set_result(self._lost)


def _work(pipe: Connection, equip: Equip, connections: int) -> None:
    """A process's life: it ends when it is told to, or with the process that holds the ledger."""
    # The terminal's and the service manager's signals are the parent's: it ends what is in hand.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    compose, connect = equip()
    with suppress(OSError):  # nobody listens any more
        pipe.send(None)  # ready: before this no letter has left
    tasks: SimpleQueue[tuple[int, Due] | None] = SimpleQueue()
    lock = threading.Lock()

    def carry() -> None:
        courier = Here(compose, connect())
        while (task := tasks.get()) is not None:
            ticket, due = task
            try:
                answer: Sequence[object] = (ticket, courier.deliver(due), None)
            except BaseException as bug:  # handed to the run, which raises it
                answer = (ticket, None, portable(bug))
            with lock, suppress(OSError):  # nobody listens any more
                pipe.send(answer)
        courier.close()

    threads = [threading.Thread(target=carry) for _ in range(connections)]
    for thread in threads:
        thread.start()
    with suppress(EOFError, OSError):
        while (task := pipe.recv()) is not None:
            tasks.put(task)
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        thread.join()
    pipe.close()
