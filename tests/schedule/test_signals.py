"""Signals that arrive at the worst moment, in processes that have the main thread for them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

from news_server import write_settings

TO_ANOTHER_THREAD = """
import signal, threading
from digest.schedule.signals import coming

over = threading.Event()
other = threading.Thread(target=over.wait)
other.start()
signal.signal(signal.SIGUSR1, lambda number, frame: None)
before = signal.getsignal(signal.SIGTERM)
with coming(signal.SIGTERM, signal.SIGHUP) as following:
    for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGTERM):
        signal.pthread_kill(other.ident, number)
    print(sorted((following(), following())) == sorted((signal.SIGHUP, signal.SIGTERM)))
over.set()
print(following() == 0, signal.getsignal(signal.SIGTERM) == before, signal.set_wakeup_fd(-1) == -1)
"""


def test_a_signal_that_another_thread_gets_reaches_who_waits() -> None:
    told = subprocess.run(
        [sys.executable, "-c", TO_ANOTHER_THREAD],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert told.stdout.split() == ["True"] * 4


def test_a_second_signal_ends_the_service_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it keeps the task in hand
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        write_settings(tmp_path / "feeds.yaml", address)
        with subprocess.Popen(
            [sys.executable, "-m", "digest", "run", "--no-web"],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        ) as service:  # fmt: skip
            assert service.stderr is not None
            for line in service.stderr:
                if "event=task-begun" in line or "event=stopping" in line:
                    service.send_signal(signal.SIGTERM)
                if "event=left-at-once" in line:
                    break
            else:
                service.kill()
            assert service.wait(20) == 128 + signal.SIGTERM
