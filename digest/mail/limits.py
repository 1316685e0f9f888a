"""How fast and how often: sliding windows, and when to try again. Pure: times are passed in."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from digest.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `letters` in any `window`, sliding."""

    letters: int
    window: timedelta = timedelta(minutes=1)


_LIMIT = re.compile(r"(\d{1,9})/(second|minute|hour|day)")
_WINDOWS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def parse_limit(text: str) -> Limit:
    """Read "20/minute". Raises UsageError."""
    found = _LIMIT.fullmatch(text.strip().lower())
    if not found or int(found[1]) < 1:
        raise UsageError(f"{text!r} is no limit. Write it like 20/minute, 500/hour or 9000/day")
    return Limit(int(found[1]), _WINDOWS[found[2]])


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
    """The windows of a run as a whole, of each relay, and of every receiving domain.

    `relays`: by `Relay.name`, the preferred one first. `domains` names domains of their own limit;
    `domain` holds for each of the others. None, or no entry: no limit.
    """

    def __init__(
        self,
        run: Limit | None = None,
        domain: Limit | None = None,
        domains: Mapping[str, Limit] | None = None,
        relays: Mapping[str, Limit | None] | None = None,
    ) -> None:
        self._run = Window(run) if run else None
        self._each = domain
        self._windows = {name: Window(limit) for name, limit in (domains or {}).items()}
        self._relays = {
            name: Window(limit) if limit else None for name, limit in (relays or {}).items()
        }
        self._in_use = next(iter(self._relays), "")

    @property
    def longest(self) -> timedelta:
        """The longest window: what was sent before that is of no account."""
        known = [w.limit for w in (self._run, *self._relays.values(), *self._windows.values()) if w]
        return max((limit.window for limit in (*known, self._each) if limit), default=timedelta(0))

    def relay(self, name: str) -> None:
        """Letters go by this relay now, as the last one did. The few that are on the wire while one
        stands in for another are counted for the one before."""
        if name in self._relays:
            self._in_use = name

    def free_at(self, domain: str, now: datetime) -> datetime:
        """When a letter to `domain` may go: `now` or later."""
        return max((w.free_at(now) for w in self._of(domain)), default=now)

    def take(self, domain: str, now: datetime) -> None:
        """A letter to `domain` goes now."""
        for window in self._of(domain):
            window.take(now)

    def _of(self, domain: str) -> list[Window]:
        if domain not in self._windows and self._each:
            self._windows[domain] = Window(self._each)
        found = (self._run, self._relays.get(self._in_use), self._windows.get(domain))
        return [window for window in found if window]


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
