"""Service letters out: a queue, one thread, one connection; tried again while the relay is away.

They are few and each answers somebody's act, so they wait in memory: a confirmation letter lost in
a crash is asked for again by the page, while the letters of an edition have a ledger.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from digest.desk.stationery import Stationery
from digest.errors import MailError
from digest.mail.dkim import Signer
from digest.mail.message import Masthead, service_letter
from digest.mail.outbox import Sender
from digest.mail.outcome import Envelope
from digest.readers.service import Note
from digest.schedule.logs import say

WAITING = 2000
"""Letters in the queue; more is a flood that the limits let through, and is dropped and logged."""
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180))
"""After each failed try; then the letter is given up. Greylisting lets the second or third pass."""
DRAIN_SECONDS = 10.0


class MailPostman:
    """`readers.service.Postman` over SMTP. `start()` before use, `stop()` at the end."""

    def __init__(
        self,
        sender: Sender,
        stationery: Stationery,
        masthead: Masthead,
        signer: Signer | None,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._sender = sender
        self._stationery = stationery
        self._masthead = masthead
        self._signer = signer
        self._clock = clock
        self._heap: list[tuple[datetime, int, int, Note, bytes]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._busy = False
        self._over = False
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what can be sent within ten seconds, then end."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join(DRAIN_SECONDS)
        if self._heap:
            say(logging.WARNING, "letters-unsent", count=len(self._heap))

    def send(self, note: Note) -> None:
        """Take a letter; it is written here, so that a bad template shows at once."""
        letter = self.compose(note)
        with self._changed:
            if len(self._heap) >= WAITING:
                say(logging.ERROR, "letter-dropped", kind=note.kind, why="too many are waiting")
                return
            self._put(self._clock(), 0, note, letter)

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is in hand that is due by now; whether that came to be in time."""
        with self._changed:
            self._changed.notify_all()  # the thread waits for what was due when it last looked
            return self._changed.wait_for(self._idle, seconds)

    def compose(self, note: Note) -> bytes:
        """The letter as it goes over the wire. Raises MailError."""
        written = self._stationery.write(note)
        domain = self._masthead.sender.domain
        # The token stands in the Message-ID, so that an answer brings it back (In-Reply-To).
        name = f"confirm.{note.confirm}" if note.confirm else f"service.{secrets.token_hex(12)}"
        return service_letter(
            self._masthead,
            to=note.to,
            message_id=f"<{name}@{domain}>",
            subject=written.subject,
            text=written.text,
            date=self._clock(),
            signer=self._signer,
            in_reply_to=note.in_reply_to,
        )

    # --- the thread

    def _put(self, due: datetime, tries: int, note: Note, letter: bytes) -> None:
        heapq.heappush(self._heap, (due, next(self._order), tries, note, letter))
        self._changed.notify_all()

    def _idle(self) -> bool:
        return not self._busy and not (self._heap and self._heap[0][0] <= self._clock())

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                while not self._heap or self._heap[0][0] > self._clock():
                    if self._over:
                        self._sender.close()
                        return
                    left = (self._heap[0][0] - self._clock()) if self._heap else None
                    self._changed.wait(min(left.total_seconds(), 60.0) if left else 60.0)
                _, _, tries, note, letter = heapq.heappop(self._heap)
                self._busy = True
            self._deliver(note, letter, tries)
            if not self._heap:
                self._sender.close()

    def _deliver(self, note: Note, letter: bytes, tries: int) -> None:
        try:
            # The null sender: an automatic letter must not be answered by another (RFC 3834).
            outcome = self._sender.send(Envelope("", note.to), letter)
        except MailError as error:
            say(logging.ERROR, "letter-failed", kind=note.kind, why=error)
            return
        except Exception:
            logging.getLogger("digest").exception("event=postman-bug kind=%s", note.kind)
            return
        again = outcome.verdict in ("deferred", "unreachable") and tries < len(PAUSES)
        say(
            logging.INFO if outcome.verdict == "accepted" else logging.WARNING,
            "letter",
            kind=note.kind,
            verdict=outcome.verdict,
            code=outcome.code,
            again=again,
        )
        if again:
            with self._changed:
                self._put(self._clock() + PAUSES[tries], tries + 1, note, letter)
