"""The process around the clockwork: signals, the heartbeat, settings read again.

The main thread stays free: `run` waits there for signals; whoever hosts the web pages in it uses
`start` and `stop` instead.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from digest.errors import DigestError
from digest.lease import Leases, real_clock
from digest.schedule.clockwork import CLOCK_JUMP, Clockwork, Work
from digest.schedule.logs import log, say
from digest.schedule.notify import Notifier
from digest.schedule.signals import coming
from digest.settings import Settings
from digest.timetable import FinishedTask, forget_zones

HEARTBEAT = timedelta(seconds=20)
"""How long a clock that was set, a laptop that woke or changed settings may go unnoticed."""


Print = tuple[int, int, int]


class Service:
    """A clockwork with a heartbeat.

    `load` reads the settings anew, raising DigestError where they cannot be used; then the old
    ones stay. `work_of` makes the work that they describe.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        load: Callable[[], Settings],
        work_of: Callable[[Settings], Work],
        leases: Leases,
        notifier: Notifier | None = None,
    ) -> None:
        self.settings = settings
        """Those in use."""
        self._load = load
        self._work_of = work_of
        self._work = work_of(settings)
        self._notifier = notifier or Notifier()
        self._seen = _print(settings.file)
        self._over = threading.Event()
        self._wake = threading.Event()
        self._reload = False
        self._thread: threading.Thread | None = None
        self._clocks = (time.monotonic(), real_clock())
        self._status = ""
        self.settings_problem = ""
        """Why the changed settings are not used; "" when they are."""
        self.clockwork = Clockwork(
            self._work, settings.timetable, leases, list_name=settings.editorial.list
        )

    def not_ready(self) -> str:
        """Why the service cannot do its work at present; "" when it can. Of the inside, so
        not for strangers."""
        if self.clockwork.ready():
            return ""
        return self.clockwork.problem or self._summary()

    # --- life

    def start(self) -> None:
        """Begin, in threads of its own."""
        say(logging.INFO, "started", pid=os.getpid(), settings=self.settings.file)
        now = real_clock()
        self._note("start", "done", "the service was started", now)
        self.clockwork.start()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()
        self._notifier.ready(self._summary())

    def stop(self) -> None:
        """Finish the task in hand and end."""
        task = self.clockwork.in_hand
        say(logging.INFO, "stopping", in_hand=task.key if task else "nothing")
        self._notifier.stopping(f"finishing {task.key}" if task else "")
        # The heartbeat goes on meanwhile: it renews the lease of the task in hand.
        self.clockwork.stop()
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        say(logging.INFO, "stopped")

    def run(self) -> None:
        """Start, and return when SIGTERM or SIGINT came and the task in hand is done.

        A second such signal ends the process at once. SIGHUP reads the settings again.
        """
        with coming(*_END, *_AGAIN) as following:
            self.start()
            while following() in _AGAIN:
                self.reload_soon()
            threading.Thread(target=_leave_at_once, args=(following,), daemon=True).start()
            self.stop()

    def reload_soon(self) -> None:
        """Read the settings again within a moment."""
        self._reload = True
        self._wake.set()

    # --- heartbeat

    def _beat(self) -> None:
        every = HEARTBEAT
        if self._notifier.watchdog is not None:
            every = min(every, self._notifier.watchdog / 3)
        while not self._over.is_set():
            self._wake.wait(every.total_seconds())
            self._wake.clear()
            try:
                self.beat()
            except Exception:
                log.exception("event=heartbeat-bug")

    def beat(self) -> None:
        """One heartbeat."""
        self._look_at_the_clock()
        self._look_at_the_settings()
        self.clockwork.heartbeat()
        if self.clockwork.alive():
            self._notifier.alive()
        status = self._summary()
        if status != self._status:
            self._status = status
            self._notifier.status(status)

    def _look_at_the_clock(self) -> None:
        before, self._clocks = self._clocks, (time.monotonic(), real_clock())
        real = timedelta(seconds=self._clocks[0] - before[0])
        jumped = (self._clocks[1] - before[1]) - real
        if abs(jumped) > CLOCK_JUMP:
            say(logging.WARNING, "clock-jumped", seconds=jumped.total_seconds())

    def _look_at_the_settings(self) -> None:
        found = _print(self.settings.file)
        if found == self._seen and not self._reload:
            return
        self._seen, self._reload = found, False
        self._notifier.reloading()
        forget_zones()
        now = real_clock()
        try:
            settings = self._load()
            self._work = self._work_of(settings)
        except Exception as error:  # a bug, too, leaves the service ready with the old ones
            if not isinstance(error, DigestError):
                log.exception("event=settings-bug")
            self.settings_problem = str(error) or type(error).__name__
            say(logging.ERROR, "settings-refused", problem=error, kept="the old ones")
            note = f"the old settings are kept: {self.settings_problem}"
            self._note("reload", "failed", note, now)
        else:
            self.settings, self.settings_problem = settings, ""
            self.clockwork.change(self._work, settings.timetable)
            say(logging.INFO, "settings-read", file=settings.file)
            self._note("reload", "done", "settings were read again", now)
        self._notifier.ready(self._summary())

    def _note(
        self, kind: str, outcome: Literal["done", "failed"], note: str, now: datetime
    ) -> None:
        try:
            self._work.record(
                FinishedTask(kind, kind, now.date(), now, real_clock(), outcome, note)
            )
        except DigestError as error:
            say(logging.ERROR, "not-recorded", task=kind, problem=error)

    def _summary(self) -> str:
        """One line for `systemctl status`."""
        clockwork = self.clockwork
        if clockwork.problem:
            return f"cannot tell what is due: {clockwork.problem}"
        notes = "; settings refused, the old ones are used" if self.settings_problem else ""
        if clockwork.in_hand:
            return f"doing {clockwork.in_hand.key}{notes}"
        if clockwork.planned:
            return (
                f"next: {clockwork.planned.key} at {clockwork.planned.due:%Y-%m-%d %H:%MZ}{notes}"
            )
        return f"starting{notes}"


_END = (signal.SIGTERM, signal.SIGINT)
_AGAIN = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()


def _leave_at_once(following: Callable[[], int]) -> None:
    """For who asks a second time; SIGHUP changes nothing for a service that ends."""
    while (number := following()) in _AGAIN:
        pass
    if number:
        say(logging.WARNING, "left-at-once", signal=signal.Signals(number).name)
        os._exit(128 + number)


def _print(file: Path) -> Print | None:
    """What changes when a file is written or replaced; None while it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
