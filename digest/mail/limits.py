"""How fast and how often: sliding windows, and when to try again. Pure: times are passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `letters` in any `window`, sliding."""

    letters: int
    window: timedelta = timedelta(minutes=1)


@dataclass(slots=True)
class Window:
    """The letters of the last `limit.window`."""

    limit: Limit
    _times: deque[datetime] = field(default_factory=deque)

    def free_at(self, now: datetime) -> datetime:
        """When the next letter may go: `now` or later."""
        while self._times and self._times[0] <= now - self.limit.window:
            self._times.popleft()
        if len(self._times) < self.limit.letters:
            return now
        return self._times[-self.limit.letters] + self.limit.window

    def take(self, now: datetime) -> None:
        """A letter goes now."""
        self._times.append(now)


class Limits:
    """The windows of the relay and of every receiving domain.

    `domains` names domains of their own limit; `domain` holds for each of the others. None: no
    limit.
    """

    def __init__(
        self,
        relay: Limit | None = None,
        domain: Limit | None = None,
        domains: Mapping[str, Limit] | None = None,
    ) -> None:
        self._relay = Window(relay) if relay else None
        self._each = domain
        self._windows = {name: Window(limit) for name, limit in (domains or {}).items()}

    def free_at(self, domain: str, now: datetime) -> datetime:
        """When a letter to `domain` may go: `now` or later."""
        windows = [self._relay, self._of(domain)]
        return max((window.free_at(now) for window in windows if window), default=now)

    def take(self, domain: str, now: datetime) -> None:
        """A letter to `domain` goes now."""
        for window in (self._relay, self._of(domain)):
            if window:
                window.take(now)

    def _of(self, domain: str) -> Window | None:
        if domain not in self._windows and self._each:
            self._windows[domain] = Window(self._each)
        return self._windows.get(domain)


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to try again after a 4xx: `first`, then `factor` times longer each time, at most `most`.

    Half of it is chance, so that letters deferred together do not come back together.
    """

    first: timedelta = timedelta(minutes=1)
    factor: float = 4.0
    most: timedelta = timedelta(hours=2)

    def after(self, attempts: int, rng: Random) -> timedelta:
        """The pause after `attempts` (≥ 1) attempts."""
        whole = min(self.first * self.factor ** (attempts - 1), self.most)
        return whole * (0.5 + rng.random() / 2)
