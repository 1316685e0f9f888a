"""WHEN: the service that keeps the timetable, day after day. The only home of APScheduler.

timetable.next_task  decides, purely, what is due next
clockwork.py         puts that one task on APScheduler, does it under its lease, decides anew
service.py           the process around it: signals, heartbeat, settings read again
notify.py            what systemd wants to hear
logs.py              one line an event
"""

from __future__ import annotations

from digest.schedule.clockwork import Clockwork, Result, Turn, Work
from digest.schedule.service import Service

__all__ = ["Clockwork", "Result", "Service", "Turn", "Work"]
