"""The clockwork: one task at a time, decided anew each time, done under a lease.

APScheduler holds a single job, the next task's, in memory. So none of its five traps of 3.11 can
bite (docs/running.md lists them): there is no job store to share or to grow stale, no cron trigger
to misread a weekday or a clock change, no jitter, and nothing is dropped for being late.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from digest.errors import DigestError, NothingToPublish
from digest.lease import Clock, Lease, Leases, lease_name, new_holder, real_clock
from digest.schedule.logs import log, say
from digest.timetable import MADE, Done, Failure, FinishedTask, Outcome, Task, Timetable, next_task

if TYPE_CHECKING:
    from apscheduler.schedulers.base import BaseScheduler

LOOK_AGAIN = timedelta(minutes=1)
"""How soon a task is looked at again that another process has in hand."""
OVERDUE = timedelta(minutes=5)
"""A task that is due for so long and still not in hand: the clockwork hangs."""
CLOCK_JUMP = timedelta(minutes=1)
"""Between two heartbeats the wall clock and the monotonic one may drift apart by less than this;
what is more is a clock that was set, or a machine that slept."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a turn; `note` is one line for people, without readers' addresses."""

    outcome: Outcome = "done"
    note: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Stage → how long it took."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn at a task."""

    task: Task
    now: datetime
    lease: Lease
    """Held, and renewed while the turn lasts. Whoever is about to publish renews it once
    more first: False means that another process has taken over."""
    leaving: Callable[[], bool]
    """Whether the service wants to end: finish what is in hand, and begin nothing further."""


def outcome_of(task: Task, do: Callable[[], Result]) -> Result:
    """What `do` makes of the task, errors too; a bug is logged with its traceback."""
    try:
        return do()
    except NothingToPublish as error:
        return Result("empty", str(error))
    except DigestError as error:
        return Result("failed", str(error))
    except Exception as error:
        log.exception("event=task-bug task=%s", task.key)
        return Result("bug", f"{type(error).__name__}: {error}")


class Work(Protocol):
    """What there is to do, and what has been done."""

    def done(self, now: datetime) -> Done:
        """What the archive says has been done."""

    def do(self, turn: Turn) -> Result:
        """Do the task. A DigestError is a failure that will be tried again."""

    def record(self, finished: FinishedTask) -> None:
        """Keep what became of a task."""


class Clockwork:
    """Runs the tasks of a timetable, each under its lease, in a thread of its own.

    `scheduler` is for tests that drive a real APScheduler by a clock of their own.
    """

    def __init__(
        self,
        work: Work,
        table: Timetable,
        leases: Leases,
        *,
        clock: Clock = real_clock,
        scheduler: BaseScheduler | None = None,
        list_name: str = "main",
    ) -> None:
        self._work = work
        self._table = table
        self._leases = leases
        self._clock = clock
        self._scheduler: Any = scheduler if scheduler is not None else _background()
        self._list = list_name
        self._holder = new_holder()
        self._lock = threading.RLock()
        self._numbers = count(1)
        self._job = ""
        self._planned: Task | None = None
        self._turn: Turn | None = None
        # A renewal that came after the release would hold the task for nobody.
        self._renewing = threading.Lock()
        self._changed: tuple[Work, Timetable] | None = None
        self._leaving = threading.Event()
        self._held: dict[str, datetime] = {}
        # Failures that could not be recorded: the database itself may be what fails.
        self._unrecorded: dict[str, Failure] = {}
        self._problem = ""

    # --- from outside

    @property
    def planned(self) -> Task | None:
        """The next task."""
        return self._planned

    @property
    def in_hand(self) -> Task | None:
        """The task that is being done."""
        turn = self._turn
        return turn.task if turn else None

    @property
    def problem(self) -> str:
        """Why nothing can be planned at present; "" when all is well."""
        return self._problem

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()
        self.plan()

    def stop(self) -> None:
        """Finish the task in hand, and begin no other."""
        # Under the lock: APScheduler waits for the task in hand while it holds its own locks, and
        # a task that plans the next one at that moment would wait for those for ever.
        with self._lock:
            self._leaving.set()
            # APScheduler's thread would die of what falls due between its stopping and its end.
            self._unschedule()
        self._scheduler.shutdown(wait=True)

    def change(self, work: Work, table: Timetable) -> None:
        """Go by other settings, from the next task on."""
        with self._lock:
            self._changed = (work, table)
        self.plan()

    def heartbeat(self) -> None:
        """To be called every half minute: renews the lease in hand, and looks at the clock anew."""
        with self._renewing:
            turn = self._turn
            if turn is not None:
                with suppress(DigestError):  # before it publishes, the turn itself asks again
                    turn.lease.renew()
        self.plan()
        # Its own waiting goes by the monotonic clock, which stands still while a laptop sleeps.
        if self._scheduler.running:
            self._scheduler.wakeup()

    def alive(self) -> bool:
        """Whether the clockwork itself turns: what is due is in hand, or known to be held up."""
        planned = self._planned
        if self._turn is not None or self._problem or planned is None:
            return True
        return bool(self._scheduler.running) and self._clock() - planned.due < OVERDUE

    def ready(self) -> bool:
        """Whether it is alive and can tell what is due."""
        return self.alive() and self._planned is not None and not self._problem

    # --- deciding

    def plan(self) -> None:
        """Put the next task, as of now, on the scheduler in place of the one that is there."""
        with self._lock:
            if self._turn is not None or self._leaving.is_set():
                return  # decided when the task in hand is over
            task = self._decide()
            if task is None or (self._job and task == self._planned):
                return
            self._unschedule()
            self._planned = task
            self._job = f"{task.key}#{next(self._numbers)}"
            self._scheduler.add_job(
                self._fire,
                trigger="date",
                run_date=max(task.due, self._clock()),
                timezone=UTC,
                args=(self._job,),
                id=self._job,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
            say(logging.DEBUG, "planned", task=task.key, due=task.due.isoformat())

    def _decide(self) -> Task | None:
        """The next task; None, and a problem that is told, when the archive cannot be asked."""
        if self._changed is not None:
            self._work, self._table = self._changed
            self._changed = None
        now = self._clock()
        try:
            done = self._work.done(now)
            task = next_task(now, self._table, self._with_memory(done))
        except DigestError as error:
            self._trouble(str(error))
            return None
        except Exception as error:
            if not self._problem:
                log.exception("event=planning-bug")
            self._trouble(f"{type(error).__name__}: {error}")
            return None
        if self._problem:
            say(logging.INFO, "planning-works-again")
            self._problem = ""
        return task

    def _with_memory(self, done: Done) -> Done:
        if not self._held and not self._unrecorded:
            return done
        return replace(done, held=self._held, failed={**done.failed, **self._unrecorded})

    def _trouble(self, problem: str) -> None:
        if problem != self._problem:
            say(logging.ERROR, "cannot-plan", problem=problem)
        self._problem = problem

    def _unschedule(self) -> None:
        from apscheduler.jobstores.base import JobLookupError

        if self._job:
            with suppress(JobLookupError):  # it has fired this moment, and will decide for itself
                self._scheduler.remove_job(self._job)
            self._job = ""

    # --- doing

    def _fire(self, job: str) -> None:
        """What the scheduler calls when the planned moment has come."""
        with self._lock:
            if self._job == job:
                self._job = ""
        try:
            if not self._leaving.is_set():
                self._do_what_is_due()
        except DigestError as error:
            self._trouble(str(error))
        finally:
            self._turn = None
            self.plan()

    def _do_what_is_due(self) -> None:
        task = self._due()
        if task is None:
            return
        lease = Lease(self._leases, lease_name(task.key, self._list), self._holder, self._clock)
        if not lease.take():
            self._held[task.key] = self._clock() + LOOK_AGAIN
            say(logging.INFO, "task-held-elsewhere", task=task.key)
            return
        self._held.pop(task.key, None)
        try:
            again = self._due()  # another process may have done it a moment before we got the lease
            if again is not None and again.key == task.key:
                self._turn = Turn(again, self._clock(), lease, self._leaving.is_set)
                self._perform(self._turn)
        finally:
            with self._renewing:
                self._turn = None
            with suppress(DigestError):  # it ends by itself
                lease.release()

    def _due(self) -> Task | None:
        with self._lock:
            task = self._decide()
        return task if task is not None and task.due <= self._clock() else None

    def _perform(self, turn: Turn) -> None:
        task = turn.task
        say(logging.INFO, "task-begun", task=task.key, late=task.late)
        result = outcome_of(task, partial(self._work.do, turn))
        finished = self._clock()
        say(
            logging.INFO if result.outcome in MADE else logging.ERROR,
            f"task-{result.outcome}",
            task=task.key,
            seconds=(finished - turn.now).total_seconds(),
            note=result.note,
        )
        self._record(
            FinishedTask(
                task.key,
                task.kind,
                task.date,
                turn.now,
                finished,
                result.outcome,
                result.note,
                result.seconds,
            )
        )

    def _record(self, finished: FinishedTask) -> None:
        try:
            self._work.record(finished)
        except DigestError as error:
            say(logging.ERROR, "not-recorded", task=finished.key, problem=error)
            if finished.outcome not in MADE or finished.kind != "build":
                # Tried again as after a failure: whether it was done will not be known later.
                before = self._unrecorded.get(finished.key)
                self._unrecorded[finished.key] = Failure(
                    finished.finished, before.count + 1 if before else 1
                )
        else:
            self._unrecorded.pop(finished.key, None)


def _background() -> BaseScheduler:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.memory import MemoryJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1)},
        timezone=UTC,
    )
