"""A lease on one task: who holds it may do it, so that two processes never do it at once.

The schedule, a manual `digest build`, `edit`, `approve` and `night` take the same leases, by name;
who sends letters holds the list's own lock besides (`store.open_ledger`). A lease ends by itself
`TTL` after it was last renewed, so that a killed holder does not block its work for ever.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

TTL = timedelta(minutes=3)
"""How long work rests after its holder was killed. Renewed every minute, so two renewals may be
missed (a laptop's lid, a busy disk) before another process takes over."""
RENEW_EVERY = timedelta(minutes=1)

Clock = Callable[[], datetime]


class Leases(Protocol):
    """What a lease needs of the store."""

    def take_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool: ...
    def renew_lease(self, name: str, holder: str, ttl: timedelta, now: datetime) -> bool: ...
    def release_lease(self, name: str, holder: str) -> bool: ...


def real_clock() -> datetime:
    return datetime.now(UTC)


def lease_name(task_key: str, list_name: str = "main") -> str:
    """What a task's lease is called: one for each list and task, such as main/build:2026-04-14."""
    return f"{list_name}/{task_key}"


def new_holder() -> str:
    """A name for this holder, like no other's: host, process, and eight random digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Lease:
    """One lease in one holder's hands. Raises StoreError when the database refuses."""

    def __init__(self, leases: Leases, name: str, holder: str, clock: Clock = real_clock) -> None:
        self._leases = leases
        self._clock = clock
        self.name = name
        self.holder = holder

    def take(self) -> bool:
        """Take it; False while another holds it."""
        return self._leases.take_lease(self.name, self.holder, TTL, self._clock())

    def renew(self) -> bool:
        """Keep it; False once another has taken it, even if that one is done by now: what this
        holder has in hand is no longer its own."""
        return self._leases.renew_lease(self.name, self.holder, TTL, self._clock())

    def release(self) -> None:
        self._leases.release_lease(self.name, self.holder)


@contextmanager
def renewed(lease: Lease) -> Iterator[None]:
    """Keep a lease that was taken until the block is left, then give it back."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_EVERY.total_seconds()):
            try:
                if not lease.renew():
                    return
            except Exception:  # noqa: S112  (the next try, or the check before saving, will tell)
                continue

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        lease.release()
