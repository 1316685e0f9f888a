"""`systemctl`, as far as docs/install.md uses it, where no systemd runs: it reads the unit, starts
its ExecStart in its Environment, listens to what the service notifies, and sends its signals.

SHIM names a folder of its own: `units` beside the unit files, `environment` to add to theirs.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHIM = Path(os.environ["SHIM"])
SECONDS = 60.0


def unit(name: str) -> dict[str, list[str]]:
    """The unit's keys with all their values: configparser would keep the last one alone."""
    found: dict[str, list[str]] = {}
    for line in (SHIM / "units" / f"{name}.service").read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(key, []).append(value)
    return found


@contextmanager
def listening() -> Iterator[socket.socket]:
    path = SHIM / "notify"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(SECONDS)
        yield listener


def hear(listener: socket.socket, state: str) -> str:
    while not (message := listener.recv(4096).decode()).startswith(state):
        pass
    return message.partition("STATUS=")[2]


def start(name: str) -> None:
    told = unit(name)
    env = {"PATH": os.defpath, "NOTIFY_SOCKET": str(SHIM / "notify")}
    env["WATCHDOG_USEC"] = str(int(told["WatchdogSec"][0]) * 1_000_000)
    env |= dict(pair.split("=", 1) for pair in told["Environment"])
    with listening() as listener, (SHIM / "journal").open("ab") as journal:
        process = subprocess.Popen(
            shlex.split(told["ExecStart"][0]),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=journal,
            start_new_session=True,
        )
        (SHIM / "pid").write_text(str(process.pid))
        print(f"{name}: ready, {hear(listener, 'READY=1')}")  # noqa: T201


def main_pid() -> int:
    return int((SHIM / "pid").read_text())


def alive() -> bool:
    try:
        state = Path(f"/proc/{main_pid()}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def reload(name: str) -> None:
    with listening() as listener:
        command = unit(name)["ExecReload"][0].replace("$MAINPID", str(main_pid()))
        subprocess.run(shlex.split(command), check=True)
        hear(listener, "RELOADING=1")
        hear(listener, "READY=1")


def stop() -> None:
    with listening() as listener:
        os.kill(main_pid(), signal.SIGTERM)
        hear(listener, "STOPPING=1")
    give_up = time.monotonic() + SECONDS
    while alive():
        if time.monotonic() > give_up:
            sys.exit("the service does not stop")
        time.sleep(0.05)


match sys.argv[1:]:
    case ["daemon-reload"]:
        pass
    case ["enable", "--now", service]:
        start(service)
    case ["status", _]:
        print("active" if alive() else "inactive")  # noqa: T201
        sys.exit(0 if alive() else 3)
    case ["reload", service]:
        reload(service)
    case ["stop", _]:
        stop()
    case other:
        sys.exit(f"not known here: {other}")
