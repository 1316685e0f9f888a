"""How the service stands: one picture for `digest status`, the web pages and monitoring.

Read from settings and archive alone, so it can be asked while the service runs, hangs or is away.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as Date
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from digest.folder import held_dates
from digest.model import Feed, FeedState
from digest.settings import Settings
from digest.store.comments import Comments
from digest.timetable import (
    A_DAY,
    LETTER,
    MADE,
    Done,
    Failure,
    FinishedTask,
    Task,
    day_bits,
    next_edition,
    next_task,
)

if TYPE_CHECKING:
    from digest.store import Held, Store

SILENT_AFTER = timedelta(days=14)
"""A feed that works but has carried nothing new for so long has probably been given up;
`digest feeds check` calls it stale."""
DEAD_AFTER = 5
"""Failures in a row; with an hour between the first four and doubled after, about a working day."""
EDITION_LATE = timedelta(hours=1)
"""After its hour, an edition that is still missing is a problem."""
RECENT = timedelta(days=2)
A_WEEK = timedelta(days=7)
SHOWN = 12
"""Finished tasks in the picture."""


@dataclass(frozen=True, slots=True)
class SickFeed:
    name: str
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Matter:
    """Something the operator should know of."""

    key: str
    """What it is about, whatever its counts: by it a matter is told once."""
    text: str
    """A sentence."""
    grave: bool = True
    """False: worth a line in a letter, but no alarm, such as one dead feed of hundreds."""


@dataclass(frozen=True, slots=True)
class LastEdition:
    date: Date
    number: int
    status: str
    headline: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """All that `digest status` tells."""

    now: datetime
    database: str
    """Its password masked."""
    last: LastEdition | None
    next_edition: Task
    next_task: Task
    in_hand: tuple[Held, ...]
    started: datetime | None
    """When the service was last started."""
    recent: tuple[FinishedTask, ...]
    """The last finished tasks, newest first."""
    last_of: Mapping[str, FinishedTask]
    """Kind → the last such task that was finished, within a week at least."""
    stages: Mapping[str, float]
    """Stage of making the last edition → seconds."""
    failing: tuple[tuple[str, Failure, str], ...]
    """(task, how often and when, what it said last) of the tasks that fail at present."""
    feeds: int
    dead: tuple[SickFeed, ...]
    silent: tuple[SickFeed, ...]
    reports: int
    editions: int
    bytes: int
    matters: tuple[Matter, ...]
    letters: Mapping[str, int] = field(default_factory=dict)
    """The last edition's letters by state; queued and deferred ones are still to leave."""
    returned: Mapping[str, int] = field(default_factory=dict)
    """Mail that came back within a week, by kind."""
    comments: Mapping[str, int] = field(default_factory=dict)
    """What readers say of stories, by state; the waiting ones wait for the operator."""
    unused: Mapping[str, int] = field(default_factory=dict)
    """Reports that were not used for the last edition, by why."""
    dayless: int = 0
    """Readers whose days have no edition any more: no letter comes to them."""

    @property
    def attention(self) -> tuple[str, ...]:
        """What the operator should look at, in sentences; () when all is well."""
        return tuple(matter.text for matter in self.matters if matter.grave)


class TellsDone(Protocol):
    def done(self, now: datetime) -> Done: ...


def picture(settings: Settings, store: Store, work: TellsDone, now: datetime) -> Picture:
    """How things stand at `now`. Raises StoreError."""
    done = work.done(now)
    counts = store.status(check=False)
    tasks = store.tasks_since(now - max(settings.timetable.catch_up, A_WEEK) - A_DAY)
    lately = [
        task for task in reversed(tasks) if task.finished >= now - RECENT and task.kind != LETTER
    ]
    failing = tuple(
        (key, failure, _said(tasks, key))
        for key, failure in sorted(done.failed.items())
        if _still_matters(key, failure, done, now)
    )
    dead, silent = sick_feeds(settings.feeds, store.feed_states(), now)
    last, unused = _last_edition(store, settings.timetable.date_at(now))
    edition = next_edition(now, settings.timetable, done)
    found = Picture(
        now=now,
        database=store.url,
        last=last,
        next_edition=edition,
        next_task=next_task(now, settings.timetable, done),
        in_hand=tuple(store.leases_held(now)),
        started=store.last_start() or store.first_start(),
        recent=tuple(lately[:SHOWN]),
        last_of={task.kind: task for task in tasks if task.kind != LETTER},
        stages=next((t.seconds for t in reversed(tasks) if t.kind == "build" and t.seconds), {}),
        failing=failing,
        feeds=len(settings.feeds),
        dead=dead,
        silent=silent,
        reports=counts.items,
        editions=counts.editions,
        bytes=counts.bytes,
        matters=(),
        letters=store.letters(last.date) if last else {},
        returned=store.returned_since(now - A_WEEK),
        comments=_comments(store) if settings.editorial.comments else {},
        unused=unused,
        dayless=store.without_day(day_bits(settings.schedule.days)),
    )
    return replace(found, matters=tuple(_matters(found, done, settings)))


def sick_feeds(
    feeds: Sequence[Feed], states: dict[str, FeedState], now: datetime
) -> tuple[tuple[SickFeed, ...], tuple[SickFeed, ...]]:
    """The feeds that fail and those that work but have fallen silent, in their order."""
    dead, silent = [], []
    for feed in feeds:
        state = states.get(feed.url)
        if state is None:
            continue
        if state.retired:
            dead.append(SickFeed(feed.name, feed.url, "gone for good (410): remove it"))
        elif state.failures >= DEAD_AFTER:
            worked = f"{state.last_success:%Y-%m-%d}" if state.last_success else "never"
            why = f"failed {state.failures} times in a row; last worked: {worked}"
            dead.append(SickFeed(feed.name, feed.url, why))
        elif state.newest is not None and now - state.newest > SILENT_AFTER:
            silent.append(
                SickFeed(feed.name, feed.url, f"nothing new since {state.newest:%Y-%m-%d}")
            )
    return tuple(dead), tuple(silent)


def _matters(found: Picture, done: Done, settings: Settings) -> Iterator[Matter]:
    if found.started is None:
        yield Matter("start", "`digest run` was never started on this database.")
        return
    now, edition = found.now, found.next_edition
    if now - edition.due > EDITION_LATE or edition.key in done.failed:
        yield Matter(f"late:{edition.date}", f"The edition of {edition.date} is not made yet.")
    for date in held_dates(settings.out):
        yield Matter(
            f"held:{date}",
            f"The edition of {date} waits for an editor: see `digest held {date}`.",
        )
    overdue = 2 * settings.timetable.gather_every + EDITION_LATE
    gathered = done.last_gather or found.started
    if now - gathered > overdue:
        yield Matter(
            "gather-overdue",
            f"Nothing was gathered since {gathered:%Y-%m-%d %H:%M} UTC: is `digest run` running, "
            "and is there a network?",
        )
    for key, failure, said in found.failing:
        yield Matter(
            f"failed:{key}",
            f"{key} failed {failure.count} times, last at {failure.last:%Y-%m-%d %H:%M} UTC: "
            f"{said}",
        )
    if found.last is not None and found.last.status == "degraded":
        yield Matter(
            f"degraded:{found.last.date}",
            f"The edition of {found.last.date} is degraded; its page says why.",
        )
    if found.feeds and len(found.dead) > found.feeds / 3:
        yield Matter("feeds", f"{len(found.dead)} of {found.feeds} feeds are dead.")
    if found.last is not None and (uncertain := found.letters.get("uncertain", 0)):
        yield Matter(
            f"uncertain:{found.last.date}",
            f"{uncertain} letters of {found.last.date} were on the wire when something broke, and "
            f"may have arrived: see `digest send --date {found.last.date} --dry-run`.",
            grave=False,
        )
    if waiting := found.comments.get("waiting", 0):
        # A new day, a new line in the letter: the queue is to be looked at daily.
        yield Matter(
            f"comments:{now:%Y-%m-%d}",
            f"{waiting} comments of readers wait: see `digest comments`.",
            grave=False,
        )
    if found.dayless:
        yield Matter(
            "dayless",
            f"{found.dayless} readers get no letter: `schedule.days` has none of the days that "
            "they chose.",
            grave=False,
        )
    for feed in found.dead:
        yield Matter(f"feed:{feed.url}", f"{feed.name} is dead: {feed.why}.", grave=False)


def _comments(store: Store) -> dict[str, int]:
    return {str(state): count for state, count in Comments(store).counts().items()}


def _still_matters(key: str, failure: Failure, done: Done, now: datetime) -> bool:
    """A failure counts until the task succeeds, its edition is made, or two days are over."""
    kind, _, date = key.partition(":")
    if kind == "build" and Date.fromisoformat(date) in done.editions:
        return False
    return now - failure.last <= RECENT


def _said(tasks: Sequence[FinishedTask], key: str) -> str:
    said = [task.note for task in tasks if task.key == key and task.outcome not in MADE]
    return said[-1] if said else ""


def _last_edition(store: Store, today: Date) -> tuple[LastEdition | None, dict[str, int]]:
    """The last edition of a day that has come, and the reports that it could not use, by why."""
    recent = store.recent_editions(today + A_DAY, 1)
    edition = store.edition(recent[0].date) if recent else None
    if edition is None:
        return None, {}
    last = LastEdition(
        edition.date, edition.number, edition.status, edition.headline, edition.generated_at
    )
    return last, _unused(json.loads(edition.record).get("left_out", {}))


def _unused(left_out: Mapping[str, Any]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    counts["dated outside the window"] = left_out.get("outside_window", 0)
    counts["no security matter"] = left_out.get("outside_brief", 0)
    counts.update(dropped["why"] for dropped in left_out.get("dropped", ()))
    return {why: count for why, count in counts.most_common() if count}
