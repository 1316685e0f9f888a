"""What `digest run` does when a task's time has come: the schedule's Work, done by Services.

The service lives for years in one light process; gathering and building happen each time in a child
of their own (compute.in_a_child), and what they load goes with it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from digest.alerts import ledgers_since
from digest.compute import in_a_child
from digest.errors import ChildLost, DigestError, StoreError
from digest.folder import held_dates
from digest.lease import Lease
from digest.schedule.clockwork import Result, Turn, outcome_of
from digest.schedule.logs import log, set_up
from digest.settings import Settings
from digest.timetable import (
    A_DAY,
    ALERT_WITHIN,
    CORRECTED_EDITIONS,
    EARLIER_DAYS,
    Done,
    FinishedTask,
    Outcome,
    Task,
    Timetable,
    done_from,
    owed_after,
)

if TYPE_CHECKING:
    from digest.edition import Gathering, Made
    from digest.services import Services
    from digest.store import Store

AT_MOST = timedelta(hours=1)
"""A gathering or a build that takes longer hangs: 1,000 feeds of 20 s each, 64 at once, are over in
six minutes, and a build of 20,000 reports sooner."""
BACKUP_NAME = "digest-{date}.sqlite3"
BACKUPS = "digest-????-??-??.sqlite3"
VECTORS_KEPT = timedelta(days=7)
"""As long as the window of a late edition may reach back. A thousand reports have 1 MB of them.
Earlier editions' titles are asked for twice as long: a day, those of one edition are made again,
which costs less than to keep what every report has."""
SPARE = 200_000_000
"""Bytes that stay free: with less, nothing is gathered, so that what there is can still be built,
sent and backed up."""


class Post(Protocol):
    """Sending, as far as the schedule needs to know: the outbox's adapter fits this."""

    def unsent(self, now: datetime) -> Mapping[Date, datetime]:
        """Edition → when its next letter may leave; without the late ones and the done ones."""

    def send(self, turn: Turn) -> Result:
        """Send what may leave by now of the task's edition, each letter once by the ledger."""

    def alerts(self, now: datetime) -> Mapping[tuple[Date, str], datetime]:
        """Breaking news → when its next letter may leave; without the old ones and the done."""

    def alert(self, turn: Turn) -> Result:
        """Send the task's breaking news, each letter once by its ledger."""


class Operator(Protocol):
    """Who is told how things stand: `operatordesk.OperatorDesk` fits this."""

    def look(self, now: datetime) -> None:
        """Write to the operator, where there is something new to tell."""


@dataclass(frozen=True, slots=True)
class HouseWork:
    """`schedule.Work` over a store and its settings."""

    settings: Settings
    store: Store
    post: Post | None = None
    """None: this installation sends no mail."""
    operator: Operator | None = None
    """None: nobody is written to when something is wrong."""

    def done(self, now: datetime) -> Done:
        table = self.settings.timetable
        first = self.store.first_start()
        earliest = owed_after(now, table, table.date_at(first or now))
        return done_from(
            self.store.tasks_since(now - table.catch_up - 2 * A_DAY),
            editions={*self.store.editions_since(earliest), *held_dates(self.settings.out)},
            first_start=first,
            unsent=self.post.unsent(now) if self.post else {},
            alerts=self.post.alerts(now) if self.post else {},
            now=now,
            table=table,
        )

    def do(self, turn: Turn) -> Result:
        kind = turn.task.kind
        if kind == "night":
            return self._night(turn)
        if kind == "send":
            return self.post.send(turn) if self.post else Result()
        if kind == "alert":
            return self.post.alert(turn) if self.post else Result()
        if kind == "gather" and (shortage := _shortage(self.settings)):
            return Result("failed", shortage)
        lease = turn.lease
        return in_a_child(
            AT_MOST, perform, self.settings, turn.task, turn.now, lease.name, lease.holder
        )

    def record(self, finished: FinishedTask) -> None:
        self.store.record_task(finished)
        if self.operator is not None:
            self.operator.look(finished.finished)

    def _night(self, turn: Turn) -> Result:
        """What was promised to readers first; then the backup, so that the reports that go are in
        one more; then the rest, whatever became of the backup."""
        from digest.readers.comments import REFUSED_KEPT
        from digest.readers.service import UNCONFIRMED_FOR
        from digest.store.comments import Comments
        from digest.store.returned import KEPT_FOR, ReturnedMail
        from digest.store.signups import SignUps

        schedule = self.settings.schedule
        notes = []
        roll = SignUps(self.store)
        if forgotten := roll.forget_unconfirmed(turn.now - UNCONFIRMED_FOR):
            notes.append(f"{forgotten} sign-ups forgotten that nobody confirmed")
        if ended := roll.end_pauses(turn.now):
            notes.append(f"{ended} pauses ended that were over")
        comments = Comments(self.store)
        if gone := comments.prune(turn.now - UNCONFIRMED_FOR, turn.now - REFUSED_KEPT):
            notes.append(f"{gone} comments forgotten that nobody confirmed, or were refused")
        if old := ReturnedMail(self.store).prune(turn.now - KEPT_FOR):
            notes.append(f"{old} returned letters forgotten")
        outcome: Outcome = "done"
        if schedule.keep_backups:
            try:
                notes.append(self._backup(turn.task.date))
            except (StoreError, OSError) as error:
                outcome = "failed"
                notes.insert(0, f"no backup: {error}")
        kept = timedelta(days=schedule.keep_days)
        pruned = self.store.prune(turn.now - kept, turn.now - min(kept, VECTORS_KEPT))
        notes.append(f"{pruned} old reports deleted")
        notes += self._rechecked(turn)
        if self.store.vacuum():
            notes.append("database vacuumed")
        return Result(outcome, "; ".join(notes))

    def _rechecked(self, turn: Turn) -> list[str]:
        """Whether the pages that the last editions cite are still there, asked once at most however
        often the night is tried; no failure of its other work."""
        if any(past.key == turn.task.key for past in self.store.tasks_since(turn.now - A_DAY)):
            return []
        tomorrow = turn.task.date + A_DAY
        records = self.store.records_before(tomorrow, EARLIER_DAYS, CORRECTED_EDITIONS)
        if not any(json.loads(record).get("stories") for record in records):
            return []  # a child of its own costs a second
        try:
            return [in_a_child(AT_MOST, recheck, self.settings, tomorrow, turn.now)]
        except ChildLost as lost:
            return [f"cited pages not looked at: {lost}"]

    def _backup(self, date: Date) -> str:
        folder = backup_folder(self.settings)
        if folder is None:
            return "no backup: a server's database is backed up by its own tool"
        target = folder / BACKUP_NAME.format(date=date)
        # Those of days to come first: a clock that was ahead made them, and they are no newer.
        others = sorted({*folder.glob(BACKUPS)} - {target}, key=lambda file: (file < target, file))
        surplus = max(len(others) - self.settings.schedule.keep_backups + 1, 0)
        # Beforehand, or a disk too full for one more would stay so; but the last only afterwards.
        for file in others[:-1][:surplus]:
            file.unlink(missing_ok=True)
        self.store.backup(target)
        for file in others[:surplus]:
            file.unlink(missing_ok=True)
        return f"backup {target.name} ({target.stat().st_size / 1e6:.1f} MB)"


def may_have_left(settings: Settings, store: Store, now: datetime) -> list[tuple[str, Date]]:
    """(ledger, date) of what may have been mailed since the archive's last task: the editions of
    past mornings, and the breaking news that is young enough to leave."""
    editions = past_mornings(store, settings.timetable, now)
    since = settings.timetable.date_at(now - ALERT_WITHIN)
    alerts = ledgers_since(settings.out, since, store.list_name)
    return [*((store.list_name, date) for date in editions), *alerts]


def past_mornings(store: Store, table: Timetable, now: datetime) -> list[Date]:
    """The dates whose edition may have been mailed since the archive's last task: theirs and later
    ones, as far as their hour is over."""
    tasks = store.tasks_since(now - table.catch_up)
    last = max((task.finished for task in tasks), default=now - table.catch_up)
    date, today = table.date_at(last), table.date_at(now)
    days = [date + n * A_DAY for n in range((today - date).days + 1)]
    hours = ((day, table.hour_of(day)) for day in days)
    return [day for day, hour in hours if hour is not None and last <= hour <= now]


def backup_folder(settings: Settings) -> Path | None:
    """Where nightly backups go; None for a database that is no file."""
    database = database_file(settings)
    if settings.schedule.backup_dir:
        return Path(settings.schedule.backup_dir) if database else None
    return database.parent / "backups" if database else None


def database_file(settings: Settings) -> Path | None:
    """The SQLite database's file; None for a server's or one in memory."""
    scheme, _, rest = str(settings.db).partition(":///")
    if not scheme.startswith("sqlite") or rest in ("", ":memory:"):
        return None
    return Path(rest.partition("?")[0])


def room(settings: Settings) -> dict[Path, int]:
    """Bytes free where the editions lie, and the database, be it on another disk; a server's looks
    after its own. Raises OSError."""
    database = database_file(settings)
    folders = [settings.out.absolute(), *([database.parent.absolute()] if database else [])]
    there = (next(one for one in (folder, *folder.parents) if one.is_dir()) for folder in folders)
    return {place: shutil.disk_usage(place).free for place in there}


def _shortage(settings: Settings) -> str:
    """Why nothing should be gathered for lack of room; "" when there is enough."""
    try:
        there, free = min(room(settings).items(), key=lambda place: place[1])
    except OSError as error:
        return f"{error.filename} cannot be looked at: {error.strerror}"
    if free >= SPARE:
        return ""
    return (
        f"the disk is nearly full: {free / 1e6:.0f} MB free of at least {SPARE / 1e6:.0f} at "
        f"{there}; nothing is gathered until there is room"
    )


# --- In the child -----------------------------------------------------------------------------


def perform(settings: Settings, task: Task, now: datetime, lease: str, holder: str) -> Result:
    """Gather or build, in a fresh process. Bugs are logged here, where their traceback is."""
    from digest.services import open_services

    set_up()

    def done() -> Result:
        with open_services(settings) as services:
            held = Lease(services.store, lease, holder)
            if task.kind == "gather":
                return _gather(services, now, held)
            return _build(services, task, now, held)

    return outcome_of(task, done)


def _gather(services: Services, now: datetime, lease: Lease) -> Result:
    from digest.edition import Stopwatch

    watch = Stopwatch()
    with watch("gather"):
        came = services.gather_now(now)
    gathered = _gathered(came)
    with watch("breaking"):
        told = _told_at_once(services, now, lease) if came.new_ids else ""
    note = "; ".join(part for part in (gathered.note, told) if part)
    return replace(gathered, note=note, seconds=watch.seconds)


def _build(services: Services, task: Task, now: datetime, lease: Lease) -> Result:
    from digest.archive.open import site_refreshed
    from digest.edition import Stopwatch

    settings, watch = services.settings, Stopwatch()
    with watch("gather"):
        if task.date < settings.timetable.date_at(now):
            intake = services.from_archive(task.date, now)
        else:
            intake = services.from_feeds_paced(task.date, now)
    if settings.schedule.hold:
        made = services.hold_edition(task.date, now, intake, lease)
        result = Result("done", f"held for an editor: digest approve {task.date}")
    else:
        made = services.make_edition(task.date, now, intake, lease)
        result = _made(made, task, site_refreshed(settings))
    return replace(result, seconds={**watch.seconds, **made.seconds})


def _told_at_once(services: Services, now: datetime, lease: Lease) -> str:
    """What was told at once of what has come in; "" where all of it can wait."""
    if services.settings.schedule.hold:
        return ""
    try:
        made = services.tell_at_once(now, lease)
    except DigestError as error:  # what was gathered is kept all the same
        return f"breaking news not looked for: {error}"
    except Exception as error:  # and a bug here makes no failure of the gathering
        log.exception("event=breaking-bug")
        return f"breaking news not looked for: {type(error).__name__}: {error}"
    return f"breaking: {made.edition.briefs[0].title}" if made else ""


def recheck(settings: Settings, before: Date, now: datetime) -> str:
    """Ask again for the cited pages, in a fresh process; what came of it, in words."""
    from digest.services import open_services

    set_up()
    try:
        with open_services(settings) as services:
            found = services.recheck(before, now)
    except DigestError as error:
        return f"cited pages not looked at: {error}"
    except Exception as error:  # a bug here must not keep the night from its other work
        log.exception("event=recheck-bug")
        return f"cited pages not looked at: {type(error).__name__}: {error}"
    return f"{len(found)} cited pages looked at, {sum(found.values())} gone"


def _gathered(came: Gathering) -> Result:
    outcomes = Counter(answer.outcome for answer in came.fetched)
    note = (
        f"{outcomes['entries']} feeds read, {outcomes['unchanged']} unchanged, "
        f"{outcomes['failed']} failed, {outcomes['skipped'] + outcomes['retired']} not asked; "
        f"{len(came.new_ids)} new reports, {len(came.dropped)} dropped"
        + (f" ({_commonest(drop.why for drop in came.dropped)})" if came.dropped else "")
    )
    if outcomes["failed"] and not (outcomes["entries"] or outcomes["unchanged"]):
        why = _commonest(a.problem for a in came.fetched if a.outcome == "failed")
        return Result("failed", f"no feed could be read, is there a network? {note}; {why}")
    return Result("done", note)


def _made(made: Made, task: Task, more: Iterable[str]) -> Result:
    edition = made.edition
    notes = [
        f"no. {edition.number}, {edition.status}: {len(edition.briefs)} stories from "
        f"{edition.security_reports} of {edition.reports} reports",
        *edition.status_notes,
        *more,
    ]
    if task.late:
        notes.append("late: for the archive only, not mailed")
    return Result("degraded" if edition.status == "degraded" else "done", "; ".join(notes))


def _commonest(problems: Iterable[str]) -> str:
    return Counter(problems).most_common(1)[0][0]
