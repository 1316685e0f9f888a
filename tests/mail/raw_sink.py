"""A raw SMTP sink with faults: it speaks just enough, keeps what it took, and breaks when told.

`plan` is asked at every moment of every conversation and answers what to do there.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Moment = Literal["connect", "ehlo", "mail", "rcpt", "data", "body", "end", "answered"]
"""body: some of the letter has come; end: all of it, not answered; answered: 250 is out."""
Fault = Literal["go on", "drop", "hang"] | bytes
"""bytes: this reply instead of the usual one."""


@dataclass(slots=True)
class Taken:
    sender: str
    recipient: str
    letter: bytes


@dataclass(slots=True)
class RawSink:
    plan: Callable[[Moment, str], Fault] = lambda moment, recipient: "go on"
    extensions: tuple[bytes, ...] = (b"PIPELINING", b"SMTPUTF8", b"SIZE 10000000")
    taken: list[Taken] = field(default_factory=list)
    """Letters answered with 250, in order."""
    whole: list[Taken] = field(default_factory=list)
    """Letters that came in whole, answered or not."""
    connections: int = 0
    most_open: int = 0
    commands: list[bytes] = field(default_factory=list)
    port: int = 0
    _open: int = 0
    _server: socket.socket | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> RawSink:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._server.getsockname()[1]
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        assert self._server is not None
        # A listening socket that is closed does not wake its accept(); a last caller does.
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._server.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def names(self) -> list[str]:
        """Who got a letter, by what stands before the @."""
        return sorted(one.recipient.partition("@")[0] for one in self.taken)

    def _accept(self) -> None:
        assert self._server is not None
        while True:
            connection, _ = self._server.accept()
            if self._stopped.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open += 1
            self.most_open = max(self.most_open, self._open)
        try:
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)
        except (_Dropped, OSError):
            pass
        finally:
            with self._lock:
                self._open -= 1

    def _do(self, connection: socket.socket, moment: Moment, recipient: str, usual: bytes) -> bytes:
        fault = self.plan(moment, recipient)
        if fault == "drop":
            raise _Dropped
        if fault == "hang":
            self._stopped.wait()
            raise _Dropped
        reply = fault if isinstance(fault, bytes) else usual
        if reply:
            connection.sendall(reply + b"\r\n")
        return reply

    def _talk(self, connection: socket.socket, lines: object) -> None:
        readline = lines.readline  # type: ignore[attr-defined]
        if not self._do(connection, "connect", "", b"220 sink").startswith(b"2"):
            return
        sender = recipient = ""
        while line := readline():
            self.commands.append(line.rstrip(b"\r\n"))
            verb = line[:4].upper()
            if verb == b"EHLO":
                rows = [b"sink", *self.extensions]
                reply = b"\r\n".join(
                    b"250" + (b"-" if row is not rows[-1] else b" ") + row for row in rows
                )
                self._do(connection, "ehlo", "", reply)
            elif verb == b"MAIL":
                sender = line[11:].split(b">")[0].decode()
                if not self._do(connection, "mail", "", b"250 ok").startswith(b"250"):
                    sender = ""
                recipient = ""
            elif verb == b"RCPT":
                recipient = line[9:].split(b">")[0].decode()
                if not self._do(connection, "rcpt", recipient, b"250 ok").startswith(b"250"):
                    recipient = ""
            elif verb == b"DATA":
                if not recipient:
                    connection.sendall(b"554 no recipient\r\n")
                elif self._do(connection, "data", recipient, b"354 go").startswith(b"354"):
                    self._letter(connection, readline, sender, recipient)
            elif verb == b"RSET":
                sender = recipient = ""
                connection.sendall(b"250 ok\r\n")
            elif verb == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"500 what\r\n")

    def _letter(
        self,
        connection: socket.socket,
        readline: Callable[[], bytes],
        sender: str,
        recipient: str,
    ) -> None:
        rows: list[bytes] = []
        while True:
            line = readline()
            if not line:
                raise _Dropped
            if line == b".\r\n":
                break
            rows.append(line[1:] if line.startswith(b".") else line)
            if len(rows) == 10:
                self._do(connection, "body", recipient, b"")
        letter = Taken(sender, recipient, b"".join(rows))
        with self._lock:
            self.whole.append(letter)
        fault = self.plan("end", recipient)
        if fault == "drop":
            raise _Dropped
        if fault == "hang":
            self._stopped.wait()
            raise _Dropped
        reply = fault if isinstance(fault, bytes) else b"250 taken"
        if reply.startswith(b"250"):
            with self._lock:
                self.taken.append(letter)
        connection.sendall(reply + b"\r\n")
        if self.plan("answered", recipient) == "drop":
            raise _Dropped


class _Dropped(Exception):
    """The sink ends the conversation."""
