"""A mailbox that is polled by IMAP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from test_inbox import letter

from digest.errors import MailError, StoreError, UsageError
from digest.mail.inbox_imap import Mailbox, parse_mailbox, poll


class Imap(threading.Thread):
    """As much of RFC 3501 as a poll uses, over one mailbox in memory."""

    def __init__(self, letters: dict[int, bytes]) -> None:
        super().__init__(daemon=True)
        self.letters, self.seen, self.said = letters, set[int](), list[str]()
        self.refuse = ""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join(5)

    def _talk(self, stream) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"* OK ready")
        for line in stream:
            tag, _, rest = line.strip().partition(b" ")
            words = rest.split()
            self.said.append(rest.decode())
            if self.refuse and self.refuse in rest.decode():
                say(tag + b" NO not now")
            elif words[:2] == [b"UID", b"SEARCH"]:
                unseen = [uid for uid in self.letters if uid not in self.seen]
                say(b"* SEARCH " + " ".join(map(str, reversed(unseen))).encode())
                say(tag + b" OK done")
            elif words[:2] == [b"UID", b"FETCH"]:
                raw = self.letters[int(words[2])]
                head = f"* 1 FETCH (UID {int(words[2])} BODY[]<0> {{{len(raw)}}}\r\n".encode()
                stream.write(head + raw)
                say(b")")
                say(tag + b" OK done")
            elif words[:2] == [b"UID", b"STORE"]:
                self.seen.add(int(words[2]))
                say(tag + b" OK done")
            elif words[0] == b"CAPABILITY":
                say(b"* CAPABILITY IMAP4rev1")
                say(tag + b" OK done")
            elif words[0] == b"SELECT":
                say(b"* 2 EXISTS")
                say(tag + b" OK [READ-WRITE]")
            elif words[0] == b"LOGOUT":
                say(b"* BYE")
                say(tag + b" OK done")
                return
            else:
                say(tag + b" OK done")


@contextmanager
def mailbox(letters: dict[int, bytes]) -> Iterator[tuple[Imap, Mailbox]]:
    server = Imap(letters)
    server.start()
    try:
        yield server, parse_mailbox(f"imap://us%40er:pa%2Fss@127.0.0.1:{server.port}/In%22box")
    finally:
        server.stop()


def test_a_mailbox_is_polled() -> None:
    came = []
    with mailbox({3: letter("one"), 12: letter("two")}) as (server, box):
        assert poll(box, lambda raw, to, path: came.append((raw, to, path))) == 2
        assert poll(box, lambda *_: pytest.fail("came twice")) == 0
        assert server.seen == {3, 12}
        assert 'SELECT "In\\"box"' in server.said
        assert not any("DELETE" in line.replace("UNDELETED", "") for line in server.said)
    assert came == [(letter("one"), "", None), (letter("two"), "", None)]


def test_a_letter_not_dealt_with_comes_again() -> None:
    def refuse(raw: bytes, to: str, path: str | None) -> None:
        if b"two" in raw:
            raise StoreError("database is locked", url="sqlite:///x")

    with mailbox({3: letter("one"), 12: letter("two"), 13: letter("three")}) as (server, box):
        with pytest.raises(StoreError):
            poll(box, refuse)
        assert server.seen == {3}
        assert poll(box, lambda *_: None) == 2


@pytest.mark.parametrize("bug", [ZeroDivisionError("a bug"), ValueError("a bug")])
def test_a_bug_sets_one_letter_aside(bug: Exception, caplog: pytest.LogCaptureFixture) -> None:
    came = []

    def deal(raw: bytes, to: str, path: str | None) -> None:
        if b"two" in raw:
            raise bug
        came.append(raw)

    with mailbox({3: letter("one"), 12: letter("two"), 13: letter("three")}) as (server, box):
        assert poll(box, deal) == 2
        assert server.seen == {3, 12, 13}
        assert [line for line in server.said if "Flagged" in line] == [
            r"UID STORE 12 +FLAGS.SILENT (\Seen \Flagged)"
        ]
    assert came == [letter("one"), letter("three")]
    assert [record.getMessage() for record in caplog.records] == ["event=inbox-bug"]


def test_a_mailbox_that_refuses_is_told_without_the_password() -> None:
    with mailbox({3: letter("one")}) as (server, box):
        for refused in ("LOGIN", "SELECT", "UID FETCH", "UID STORE"):
            server.refuse = refused
            with pytest.raises(MailError) as told:
                poll(box, lambda *_: None)
            assert "pa/ss" not in str(told.value)
    with pytest.raises(MailError, match="cannot be read"):
        poll(box, lambda *_: None)
    assert "pa/ss" not in repr(box)


@pytest.mark.parametrize(
    "url", ["", "imap.example.org", "https://a:b@x/", "imaps://imap.example.org", "imaps://a@x:y/"]
)
def test_a_mailbox_needs_an_address(url: str) -> None:
    with pytest.raises(UsageError, match="Write it like"):
        parse_mailbox(url)


def test_a_password_does_not_go_in_clear() -> None:
    with pytest.raises(UsageError, match="in clear") as told:
        parse_mailbox("imap://reader:hunter2@imap.example.org/")
    assert "hunter2" not in str(told.value)
    assert parse_mailbox("imaps://a:b@imap.example.org").port == 993
