"""The sample day on a local server: real HTTP for `digest demo` and the tests, no network needed.

The folder holds the feeds as files, `feeds.yaml` with `{port}` where the server's port belongs, and
`day.yaml`: the day, its clock, and the answers that a plain file cannot give (410 Gone, a content
type of its own). A file that is not there is answered 404. Every answer carries an ETag, and a
conditional request gets 304 (RFC 9110, sections 8.8.3 and 13.1.2).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from digest.errors import InputError

_CONTENT_TYPES = {
    ".rss": "application/rss+xml",
    ".rdf": "application/rdf+xml",
    ".atom": "application/atom+xml",
    ".xml": "application/xml",
    ".json": "application/json",
    ".html": "text/html",
}
"""Without a charset: the files declare their own, and a reader has to heed that."""


@dataclass(frozen=True, slots=True)
class SampleDay:
    """A sample day being served."""

    feeds_file: Path
    """A feeds.yaml with the server's port filled in; it lives as long as the server."""
    base_url: str
    """Such as http://127.0.0.1:43121, without a slash at the end."""
    date: Date
    now: datetime
    """The day's clock: aware, in UTC."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_type: str
    body: bytes
    etag: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answers: Mapping[str, _Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        answer = self.server.answers.get(unquote(urlsplit(self.path).path).lstrip("/"))
        if answer is None:
            answer = _plain(HTTPStatus.NOT_FOUND)
        elif answer.etag and self.headers.get("If-None-Match") == answer.etag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", answer.etag)
            self.end_headers()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.etag:
            self.send_header("ETag", answer.etag)
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the gathering itself reports what became of each feed."""


def _plain(status: int) -> _Answer:
    phrase = HTTPStatus(status).phrase
    return _Answer(status, "text/plain; charset=utf-8", f"{phrase}\n".encode(), "")


def _answers(folder: Path, overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, _Answer]:
    answers: dict[str, _Answer] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in _CONTENT_TYPES and path.name != "expected.json":
            override = overrides.get(path.name, {})
            body = path.read_bytes()
            answers[path.name] = _Answer(
                HTTPStatus.OK,
                str(override.get("content_type", _CONTENT_TYPES[path.suffix])),
                body,
                f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            )
    for name, override in overrides.items():
        if "status" in override:
            answers[name] = _plain(int(override["status"]))
    return answers


def _day(folder: Path) -> tuple[Date, datetime, dict[str, dict[str, Any]]]:
    import yaml

    file = folder / "day.yaml"
    try:
        values = yaml.safe_load(file.read_text("utf-8"))
        now = datetime.fromisoformat(values["now"])
        if now.tzinfo is None:
            raise ValueError("'now' has no zone")
        return values["date"], now, dict(values.get("answers", {}))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"does not state the sample day: {error}", file=file) from error


@contextmanager
def serve_sample_day(folder: Path) -> Iterator[SampleDay]:
    """Serve `folder` on a free port of 127.0.0.1 until the block is left.

    Raises InputError when the folder lacks a usable day.yaml or feeds.yaml.
    """
    date, now, overrides = _day(folder)
    template = folder / "feeds.yaml"
    try:
        feeds = template.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=template) from error
    with _Server(_answers(folder, overrides)) as server, TemporaryDirectory() as scratch:
        port = server.server_address[1]
        feeds_file = Path(scratch) / "feeds.yaml"
        feeds_file.write_text(feeds.replace("{port}", str(port)), "utf-8")
        # The short poll lets shutdown() return at once; the default keeps it waiting half a second.
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield SampleDay(feeds_file, f"http://127.0.0.1:{port}", date, now)
        finally:
            server.shutdown()
            thread.join()
