"""How often a feed is worth asking: pure, from what its fetches taught.

Asking a feed that prints one report a day every hour brings 23 empty answers; asking one that has
been dead for a month brings none at all. Both cost their publishers something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.model import FeedState

LONGEST = timedelta(hours=6)
"""A feed that works is asked at least this often: a morning's edition must not miss its evening."""
LONGEST_DEAD = timedelta(days=7)
"""A dead feed still gets its chance once a week: outlets come back."""
PATIENCE = 3
"""Failures in a row that are taken for bad luck: the feed is asked as if it worked."""
PER_REPORT = 2
"""Askings for each report that a feed prints on average: most reports are then read within half
of the time between two of them."""
EARLY = 0.25
"""Share of its interval by which a feed may be asked early, so that a round that comes a minute
too soon does not put it off by a whole round."""
WEEK = timedelta(days=7)
"""How far back the reports are counted that tell a feed's rate."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What the archive knows of a feed beside its state."""

    asked: datetime | None = None
    """When it was last asked."""
    weekly: int = 0
    """Reports of the last seven days."""


def interval(state: FeedState, habit: Habit, shortest: timedelta) -> timedelta:
    """How long the feed is to be left alone after it was asked; never less than `shortest`."""
    if state.failures > PATIENCE:
        doubled = shortest * (1 << min(state.failures - PATIENCE, 16))
        return min(max(doubled, shortest), max(LONGEST_DEAD, shortest))
    if habit.weekly == 0:
        return max(LONGEST, shortest)
    wanted = WEEK / (PER_REPORT * habit.weekly)
    return max(shortest, min(wanted, LONGEST))


def told_to_wait(state: FeedState, now: datetime) -> datetime | None:
    """Until when server or feed asked to be left alone; None where that is over.

    Nobody is heeded for longer than `LONGEST_DEAD`: what lies farther ahead was told to a clock
    that has since been set back, and would come in years.
    """
    until = state.not_before
    return until if until is not None and now < until <= now + LONGEST_DEAD else None


def rests_until(
    state: FeedState,
    habit: Habit,
    now: datetime,
    shortest: timedelta,
    *,
    for_edition: bool = False,
) -> datetime | None:
    """Until when the feed is to be left alone; None when it may be asked now.

    For an edition only a feed that has failed too often is left alone. Otherwise what server and
    feed ask for (Retry-After, caching time, TTL) counts before all else. A feed that was never
    asked, or was last asked by a clock that has since been set back, is asked.
    """
    if for_edition and state.failures <= PATIENCE:
        return None
    early = EARLY * state.wish
    wait = told_to_wait(state, now)
    if wait is not None and wait - early > now:
        return wait - early
    if habit.asked is None or habit.asked > now:
        return None
    due = habit.asked + interval(state, habit, shortest) * (1 - EARLY)
    return due if due > now else None
