"""`python -m bench idle`: what `digest run` costs while it waits, and how long it takes to start.

The service is the command itself with pages, a relay and readers, over feeds that this machine
serves; measured from /proc after its first gathering, edition and night.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.machine import memory_mb, processor_seconds
from bench.sink import running

FEEDS = 30
STORY = (
    "Gunmen killed nine soldiers at a border post near Marrow, the ministry said. The attackers "
    "arrived in three trucks and fled into the hills."
)


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench idle")
    parser.add_argument("--seconds", type=float, default=65.0)
    seconds = parser.parse_args(argv).seconds
    with tempfile.TemporaryDirectory() as name, _news() as address, running() as sink:
        folder = Path(name)
        feeds = "".join(
            f"  - {{name: Outlet {n}, url: '{address}/{n}', language: en, allow_private: true}}\n"
            for n in range(FEEDS)
        )
        (folder / "feeds.yaml").write_text(f"edition: {{hour: 0}}\nfeeds:\n{feeds}", "utf-8")
        env = {
            **os.environ,
            "DIGEST_KEYS": str(folder / "keys"),
            "DIGEST_SMTP": f"smtp://127.0.0.1:{sink.port}",
        }
        env |= {"DIGEST_MAIL_FROM": "desk@marrow.example", "OMP_NUM_THREADS": "1"}
        helped = min(_timed([sys.executable, "-m", "digest", "--help"]) for _ in range(7))
        _digest(folder, env, "migrate")
        _digest(folder, env, "subscribers", "add", "anna@inbox.example", "--consent", "bench")
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "digest", "run", "--port", "0"],
            cwd=folder, env=env, stderr=subprocess.PIPE, text=True,
        ) as service:  # fmt: skip
            try:
                _until(service, "event=started")
                ready = time.perf_counter() - began
                _until(service, "event=task-done task=night")
                time.sleep(5)
                before, at = processor_seconds(service.pid), time.perf_counter()
                time.sleep(seconds)
                used = processor_seconds(service.pid) - before
                share = used / (time.perf_counter() - at)
                resident = memory_mb(service.pid, "VmRSS")
            finally:
                service.kill()
    print(f"--help {helped:.2f} s · ready after {ready:.2f} s")
    print(f"idle: {resident:.0f} MB resident, {share:.3%} of a core")
    return {
        "help_seconds": round(helped, 3),
        "ready_seconds": round(ready, 2),
        "resident_mb": round(resident),
        "core_percent": round(100 * share, 3),
    }


def _digest(folder: Path, env: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "digest", *words]
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _until(service: subprocess.Popen[str], event: str) -> None:
    assert service.stderr is not None
    for line in service.stderr:
        if event in line:
            return
    raise RuntimeError(f"the service ended before {event}")


@contextmanager
def _news() -> Iterator[str]:
    now = datetime.now(UTC)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.strip("/")
            body = (
                '<?xml version="1.0"?><rss version="2.0"><channel><title>O</title><item>'
                f"<title>Gunmen kill nine soldiers at border post {number}</title>"
                f"<link>https://outlet{number}.example/1</link><description>{STORY}</description>"
                f"<pubDate>{format_datetime(now)}</pubDate></item></channel></rss>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.5,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
