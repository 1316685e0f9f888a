"""How long a connection may take: to ask, and to take its answer.

uvicorn waits for ever for a request that was never begun or not ended, and for a reader who does
not read, and counts each among those it answers at once: some hundred silent connections would keep
all readers out.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""For a request's line and headers."""
ANSWER_SECONDS = 120.0
"""For what is asked to be sent and the answer to be taken: a megabyte at 70 kbit a second."""


class Impatient(H11Protocol):
    """uvicorn's protocol for one connection, which it ends where it takes too long. Between two
    requests uvicorn's own timeout counts."""

    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._within(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._within(ANSWER_SECONDS)
        elif self._end is None:
            self._within(HEAD_SECONDS)

    def on_response_complete(self) -> None:
        before = self.cycle
        if not self.transport.get_write_buffer_size():  # else it is still to be taken
            self._within(None)
        super().on_response_complete()
        if self.cycle is not before:  # the next request was there already
            self._within(ANSWER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        super().connection_lost(exc)

    def _within(self, seconds: float | None) -> None:
        """End the connection in so many seconds; None: not before it is asked again."""
        if self._end is not None:
            self._end.cancel()
        self._end = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)
