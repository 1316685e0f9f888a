"""A local server with invented news of this very hour, for services that go by the real clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

OUTLETS = ("Harbour Times", "Odra Courier", "Selwyn Herald", "Marrow Gazette")
STORIES = (
    ("Gunmen kill nine soldiers at Marrow border post",
     "Gunmen killed nine soldiers at a border post near Marrow on {day}, the ministry said. "
     "The attackers arrived in three trucks and fled into the hills. Two suspects were arrested."),
    ("Ransomware halts trams in Port Selwyn",
     "A ransomware attack halted all trams in Port Selwyn on {day}, the city council said. Police "
     "said that the attackers had asked for two million crowns. Hospitals were not affected."),
    ("Missile strike on Odra depot injures fourteen",
     "A missile struck a fuel depot on the Odra on {day} and injured fourteen people, the governor "
     "said. The army blamed rebels for the strike. Fire crews fought the blaze for six hours."),
    ("Court sentences six over Harbour bombing plot",
     "A court sentenced six men to prison on {day} for plotting to bomb the Harbour ferry. "
     "Prosecutors said that the group had bought explosives abroad. The men denied the charges."),
)  # fmt: skip


def feed(outlet: str, now: datetime) -> bytes:
    """The outlet's RSS: each story told once, an hour or more ago."""
    items = "".join(
        f"<item><title>{title}</title><link>https://{outlet.split()[0].lower()}.example/{n}</link>"
        f"<guid>{outlet}-{n}</guid><description>{text.format(day=f'{now:%A}')}</description>"
        f"<pubDate>{format_datetime(now - timedelta(hours=n + 1))}</pubDate></item>"
        for n, (title, text) in enumerate(STORIES)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{outlet}</title>'
        f"<language>en</language>{items}</channel></rss>"
    ).encode()


@contextmanager
def news_server() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths it was asked for so far."""
    now = datetime.now(UTC)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = feed(OUTLETS[int(self.path.strip("/"))], now)
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def write_settings(file: Path, address: str, more: str = "edition: {hour: 0}\n") -> None:
    feeds = "".join(
        f"  - {{name: {outlet}, url: '{address}/{number}', language: en, allow_private: true}}\n"
        for number, outlet in enumerate(OUTLETS)
    )
    file.write_text(f"{more}feeds:\n{feeds}", "utf-8")


def noon_somewhere(now: datetime) -> tuple[str, int]:
    """A zone where it is about noon, so that no date ends within a test, and the hour there."""
    ahead = 12 - now.hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"  # POSIX: the sign is turned around
    return zone, now.astimezone(ZoneInfo(zone)).hour
