"""A raw SMTP sink in a process of its own: it takes every letter and keeps nothing.

`python -m bench.sink` prints its port, serves until its standard input ends, and then prints how
many letters it took. Threads would share its one core, so it polls its connections.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

GREETING = b"220 sink\r\n"
EHLO = b"250-sink\r\n250-SIZE 100000000\r\n250 PIPELINING\r\n"
END = b"\r\n.\r\n"


@dataclass(slots=True)
class Talk:
    """One conversation: what came in and is not done with, and whether it is a letter's body."""

    waiting: bytearray = field(default_factory=bytearray)
    body: bool = False


@dataclass(slots=True)
class Taken:
    letters: int = 0


def serve() -> None:
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(server.getsockname()[1], flush=True)
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    talks: dict[socket.socket, Talk] = {}
    taken = Taken()
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                connection, _ = server.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(GREETING)
                selector.register(connection, selectors.EVENT_READ)
                talks[connection] = Talk()
            elif key.fileobj is sys.stdin:
                print(taken.letters, flush=True)
                return
            else:
                connection = key.fileobj  # type: ignore[assignment]
                data = connection.recv(1 << 18)
                if not data:
                    selector.unregister(connection)
                    del talks[connection]
                    connection.close()
                    continue
                answer = _answer(talks[connection], data, taken)
                if answer:
                    connection.sendall(answer)


def _answer(talk: Talk, data: bytes, taken: Taken) -> bytes:
    talk.waiting += data
    out = b""
    while True:
        if talk.body:
            at = talk.waiting.find(END)
            if at < 0:
                del talk.waiting[: -len(END)]
                return out
            del talk.waiting[: at + len(END)]
            talk.body = False
            taken.letters += 1
            out += b"250 taken\r\n"
        line, found, rest = talk.waiting.partition(b"\r\n")
        if not found:
            return out
        talk.waiting = rest
        verb = bytes(line[:4]).upper()
        if verb == b"DATA":
            talk.body = True
            out += b"354 go\r\n"
        elif verb == b"EHLO":
            out += EHLO
        elif verb == b"QUIT":
            out += b"221 bye\r\n"
        else:
            out += b"250 ok\r\n"


@dataclass(slots=True)
class Running:
    port: int
    pid: int
    letters: int = 0


@contextmanager
def running() -> Iterator[Running]:
    """A sink in a process of its own; what it took is filled in at the end."""
    command = [sys.executable, "-m", "bench.sink"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    sink = Running(int(process.stdout.readline()), process.pid)
    try:
        yield sink
    finally:
        process.stdin.close()
        sink.letters = int(process.stdout.readline())
        process.stdout.close()
        process.wait(10)


if __name__ == "__main__":
    serve()
