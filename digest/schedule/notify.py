"""What systemd wants to hear (sd_notify(3)): ready, still alive, reloading, stopping.

Without systemd there is no NOTIFY_SOCKET and nothing is said.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta


class Notifier:
    """Sends states to the service manager. A manager that does not listen is no error."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        env = os.environ if env is None else env
        address = env.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of Linux's abstract addresses.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = _watchdog(env)
        """How often the manager wants a sign of life at least; None when it wants none."""

    def ready(self, status: str = "") -> None:
        self._say("READY=1", f"STATUS={status}")

    def alive(self) -> None:
        self._say("WATCHDOG=1")

    def reloading(self) -> None:
        # The time lets systemd tell this reload's READY from an earlier one.
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, status: str = "") -> None:
        self._say("STOPPING=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        self._say(f"STATUS={status}")

    def _say(self, *lines: str) -> None:
        if not self._address:
            return
        message = "\n".join(" ".join(line.split()) for line in lines).encode()
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.sendto(message, self._address)


def _watchdog(env: Mapping[str, str]) -> timedelta | None:
    micros = env.get("WATCHDOG_USEC", "")
    for_us = env.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not (micros.isdigit() and int(micros) and for_us):
        return None
    return timedelta(microseconds=int(micros))
