"""Sending, as the schedule sees it: an edition's letters in its readers' mornings.

The ledger says whose letter left; this says when the next may. An edition made too late is for the
archive, unless its mailing had begun.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date as Date
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.alerts import Alert, alerts_since, ledger_name
from digest.delivery import DeliveryState
from digest.errors import EditionError
from digest.lease import Clock, real_clock
from digest.mail.outbox import LEFT_EARLY, Policy
from digest.mailroom import Mailroom, Orders, Report, edition_folder
from digest.mailsettings import MailSettings
from digest.mornings import morning
from digest.schedule.clockwork import Result, Turn
from digest.schedule.logs import say
from digest.settings import Settings
from digest.store import Ledger, Store, open_ledger
from digest.timetable import A_DAY, ALERT_WITHIN, LATE_AFTER, SEND_WITHIN

PATIENCE = timedelta(seconds=30)
"""How long one turn waits for a relay that is away; then the schedule waits, ever longer."""
A_TURN = timedelta(minutes=5)
"""How long one turn sends: a list or a relay that takes hours would keep breaking news, the next
edition and gathering waiting as long."""
PAUSE = timedelta(seconds=1)
"""After a turn that was not enough: what else is due goes first."""
LEFT: tuple[DeliveryState, ...] = ("queued", "deferred", "uncertain", "failed", "bounced")


class EditionPost:
    """`work.Post` over the mailroom."""

    def __init__(
        self,
        settings: Settings,
        mail: MailSettings,
        store: Store,
        *,
        clock: Clock = real_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._store = store
        self._mail = mail
        self._clock = clock
        self._sleep = sleep
        self._paused_until: dict[Path, datetime] = {}
        """Edition's folder → when its next letter may go, by a limit or after a turn."""

    def unsent(self, now: datetime) -> Mapping[Date, datetime]:
        """Edition → when its next letter may leave; without those that are done, late or stale."""
        oldest = self._settings.timetable.date_at(now - SEND_WITHIN) - A_DAY
        waiting: dict[Date, datetime] = {}
        for date, made in self._store.editions_since(oldest).items():
            hour = self._settings.timetable.hour_of(date)
            if hour is None or now - hour > SEND_WITHIN:
                continue
            with open_ledger(self._store, date, to_send=False) as ledger:
                begun = ledger.first_queued() is not None
                due = ledger.next_due()
            # A letter left waiting by hand does not make a late edition due to all.
            if not begun and not self._late(date, made):
                due = min(due or max(hour, made), max(hour, made))
            if due is not None:
                folder = self._settings.out / date.isoformat()
                waiting[date] = max(due, self._paused_until.get(folder, due))
        return waiting

    def send(self, turn: Turn) -> Result:
        """Queue the readers at the first turn, and send what may leave by now."""
        date = turn.task.date
        with open_ledger(self._store, date, to_send=False) as ledger:
            begun = ledger.first_queued() is not None
        made = self._store.editions_since(date).get(date)
        orders = Orders(
            queue=not begun and made is not None and not self._late(date, made),
            morning=lambda zone, hour: self.morning(date, zone, hour),
        )
        return self._sent(edition_folder(self._settings.out, date), orders, turn)

    def alerts(self, now: datetime) -> Mapping[tuple[Date, str], datetime]:
        """Breaking news → when its next letter may leave; without what is done or old."""
        waiting: dict[tuple[Date, str], datetime] = {}
        for alert in self._alerts(now):
            if now - alert.made > ALERT_WITHIN:
                continue
            with self._ledger(alert) as ledger:
                begun, due = ledger.first_queued() is not None, ledger.next_due()
            if due is None and not begun:
                due = alert.made
            if due is not None:
                paused = self._paused_until.get(alert.folder, due)
                waiting[alert.date, alert.name] = max(due, paused)
        return waiting

    def alert(self, turn: Turn) -> Result:
        """Send the breaking news of the task to whoever wants it at once."""
        key = turn.task.date, turn.task.name
        found = [one for one in self._alerts(turn.now) if (one.date, one.name) == key]
        if not found:
            return Result("done", "it is no longer there")
        ledger = ledger_name(self._store.list_name, turn.task.name)
        return self._sent(found[0].folder, Orders(ledger=ledger, told_at_once=True), turn)

    def _sent(self, folder: Path, orders: Orders, turn: Turn) -> Result:
        """What one turn at the letters of the edition in `folder` came to; the rest is for the
        next one."""
        orders = replace(
            orders,
            policy=Policy(patience=PATIENCE, limit_patience=PATIENCE, until=turn.now + A_TURN),
            hasten=False,
            leaving=turn.leaving,
        )
        room = Mailroom(self._mail, self._store)
        report = room.send(folder, orders, clock=self._clock, sleep=self._sleep)
        if report.stopped == LEFT_EARLY:
            self._paused_until[folder] = self._clock() + PAUSE
        elif report.limited_until:
            self._paused_until[folder] = report.limited_until
        return _result(report)

    def _alerts(self, now: datetime) -> list[Alert]:
        if self._settings.editorial.breaking is None:
            return []
        since = self._settings.timetable.date_at(now - ALERT_WITHIN)
        try:
            return alerts_since(self._settings.out, since)
        except EditionError as error:  # editions go on to leave; each gathering tells of it
            say(logging.WARNING, "breaking-unreadable", why=str(error))
            return []

    def _ledger(self, alert: Alert) -> AbstractContextManager[Ledger]:
        name = ledger_name(self._store.list_name, alert.name)
        return open_ledger(self._store, alert.date, name, to_send=False)

    def _late(self, date: Date, made: datetime) -> bool:
        """Whether the edition was made for the archive only."""
        hour = self._settings.timetable.hour_of(date)
        return hour is None or made - hour > LATE_AFTER

    def morning(self, date: Date, zone: str, hour: int) -> datetime:
        """When a reader's letter of `date`'s edition may leave: at the reader's own `hour` there;
        with the edition where the reader's zone is none that is known (any more)."""
        made_in, made_at = ZoneInfo(self._settings.editorial.zone), self._settings.editorial.hour
        try:
            there = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            there, hour = made_in, made_at
        return morning(date, there, hour, made_in=made_in, at=made_at)


def _result(report: Report) -> Result:
    after = report.after
    parts = [f"{report.attempts['sent']} letters sent"]
    parts += [f"{after[state]} {state}" for state in LEFT if after.get(state)]
    if report.recovered:
        parts.append(f"{report.recovered} were on the wire when the program ended before")
    note = ", ".join(parts)
    if report.stopped and report.stopped != LEFT_EARLY:
        return Result("failed", f"{report.stopped}; {note}")
    return Result("done", note)
