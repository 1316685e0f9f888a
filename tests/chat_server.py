"""A real HTTP server that speaks /v1/chat/completions, with a model that does as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Model = Callable[[list[str]], object]
"""Sentences → what the model says: a str as it is, anything else as a JSON object's sentences."""


@dataclass
class ChatServer:
    """Its address, and what it was asked."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def chat_server(
    model: Model,
    *,
    status: int = 200,
    location: str = "",
    json_mode: bool = True,
    usage: object = None,
    raw: bytes | None = None,
    head: Sequence[tuple[str, str]] = (),
    hang: threading.Event | None = None,
) -> Iterator[ChatServer]:
    """Serve `model`. `status`, `location`, `raw` and `hang` make it fail, `head` are more headers
    of its own; without `json_mode` it refuses response_format as older servers do."""
    server = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.keys.append(self.headers.get("Authorization", ""))
            if self.path != "/v1/chat/completions":
                self.answer(404, b"{}")
            elif hang is not None:
                hang.wait(30)
            elif status != 200:
                self.answer(status, b'{"error": {"message": "no"}}')
            elif "response_format" in body and not json_mode:
                self.answer(400, b'{"error": {"message": "unknown field response_format"}}')
            elif raw is not None:
                self.answer(200, raw)
            else:
                said = model(json.loads(body["messages"][1]["content"])["sentences"])
                content = said if isinstance(said, str) else json.dumps({"sentences": said})
                whole = {
                    "object": "chat.completion",
                    "model": body["model"],
                    "choices": [
                        {
                            "index": 0,
                            "finish_reason": "stop",
                            "message": {"role": "assistant", "content": content},
                        }
                    ],
                }
                whole |= {"usage": usage} if usage is not None else {}
                self.answer(200, json.dumps(whole).encode())

        def answer(self, code: int, content: bytes) -> None:
            self.send_response(code)
            if location:
                self.send_header("Location", location)
            for name, value in head:
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_port}/v1"
    try:
        yield server
    finally:
        if hang is not None:
            hang.set()
        http.shutdown()
        http.server_close()
        thread.join()
