"""Letters coming in by LMTP or SMTP on loopback: the operator's mail server hands them over.

The server is told 250 only after a letter has been dealt with; while that fails, be it by a bug, it
hears 451 and keeps the letter. One recipient a transaction, so that every answer is about one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.errors import DigestError, UsageError
from digest.loopback import is_loopback

Deal = Callable[[bytes, str, str], None]
"""(letter, recipient, envelope sender); raises DigestError where it should come again later."""
LARGEST = 10_000_000
SECONDS = 60.0
"""A client that says nothing for so long is left."""

_LATER = "451 4.3.0 Not now, try again later"


class Handler:
    """What aiosmtpd calls."""

    def __init__(self, deal: Deal, wanted: Callable[[str], bool]) -> None:
        self._deal = deal
        self._wanted = wanted

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        if len(address) > 320 or not self._wanted(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        loop = asyncio.get_running_loop()
        sender = envelope.mail_from or ""
        try:
            await loop.run_in_executor(None, self._deal, raw, envelope.rcpt_tos[0], sender)
        except DigestError:
            return _LATER
        except Exception:  # aiosmtpd would say 500, and the server would drop the letter
            logging.getLogger("digest").exception("event=inbox-bug")
            return _LATER
        return "250 2.0.0 OK"


class Door(Controller):
    """A listener in a thread of its own; `start()` and `stop()` are aiosmtpd's."""

    def __init__(
        self,
        deal: Deal,
        wanted: Callable[[str], bool],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        protocol: Literal["lmtp", "smtp"] = "lmtp",
    ) -> None:
        """`wanted`: whether letters to this address are ours. Raises UsageError for a `host` that
        is not loopback: nobody but this machine's mail server should speak to it."""
        if not is_loopback(host):
            raise UsageError(
                f"{host}: letters are taken on loopback only. Name 127.0.0.1 or ::1, and let the "
                "mail server of this machine hand them over"
            )
        self._protocol = protocol
        # aiosmtpd tells every command at INFO, addresses and all.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        super().__init__(
            Handler(deal, wanted),
            hostname=host,
            port=port,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            timeout=SECONDS,
            ready_timeout=10,
            ident="digest",
        )

    def _trigger_server(self) -> None:
        # aiosmtpd makes the session by a first connection, to the port it was given: 0 is none.
        sockets = getattr(self.server, "sockets", ())
        if not self.port and sockets:
            self.port = sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

    def factory(self) -> SMTP:
        make: type[SMTP] = LMTP if self._protocol == "lmtp" else SMTP
        made: SMTP = make(self.handler, **self.SMTP_kwargs)
        return made
