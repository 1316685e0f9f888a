"""Letters over the wire: one connection, kept open, to the first relay that answers.

Everything that smtplib, the socket and TLS can raise becomes an `Outcome` here. The one moment that
matters is the final dot: before it is sent nothing has been delivered, after it only the relay's
answer tells.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digest.mail.outcome import Envelope, Outcome, Stage, Verdict, one_line
from digest.mail.relay import Relay

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
"""RFC 5321 section 4.5.3.2: five minutes for MAIL and RCPT."""
END_SECONDS = 600.0
"""RFC 5321 section 4.5.3.2.6: ten minutes for the final dot, because a sender that gives up sooner
sends twice."""
AWAY_SECONDS = 60.0
"""How long a relay that could not be reached, or broke off, is passed over: where there are others.
"""
LETTERS_PER_CONNECTION = 500
"""Then a fresh one: Postfix's default smtpd_per_record_deadline and most providers end them at
between 100 and 1,000 letters."""

FOREIGN = (smtplib.SMTPException, OSError, UnicodeError)
"""All that can come out of a conversation: ssl.SSLError, timeouts and DNS errors are OSErrors."""


class SmtpSender:
    """`outbox.Sender` over SMTP. One connection, one thread at a time."""

    def __init__(
        self,
        relays: Sequence[Relay],
        *,
        helo: str,
        command_seconds: float = COMMAND_SECONDS,
        end_seconds: float = END_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`helo`: the name this machine says it has; resolving it would cost a DNS lookup."""
        self._relays = tuple(relays)
        self._helo = helo
        self._command_seconds = command_seconds
        self._end_seconds = end_seconds
        self._monotonic = monotonic
        self._away_until: dict[Relay, float] = {}
        self._smtp: smtplib.SMTP | None = None
        self._relay = self._relays[0]
        self._letters = 0
        self._stage: Stage = "mail"
        """How far the letter in hand has got."""

    def send(self, envelope: Envelope, letter: bytes) -> Outcome:
        """Hand over one letter. `letter` is whole, with CRLF line ends. Never raises for what the
        network or the relay does."""
        if self._letters >= LETTERS_PER_CONNECTION:
            self.close()
        fresh = self._smtp is None
        outcome = self._attempt(envelope, letter)
        # A kept connection that the relay has closed meanwhile says nothing about the relay.
        gone = outcome.verdict == "unreachable" and outcome.stage == "mail"
        if gone and not fresh:
            outcome = self._attempt(envelope, letter)
        if outcome.verdict in ("unreachable", "uncertain") or outcome.code == 421:
            self._away_until[self._relay] = self._monotonic() + AWAY_SECONDS
        return replace(outcome, relay=self._relay.name)

    def close(self) -> None:
        """End the conversation politely, if it stands."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                if smtp.sock is not None:
                    smtp.sock.settimeout(5)
                smtp.quit()
            except FOREIGN:
                smtp.close()

    def _attempt(self, envelope: Envelope, letter: bytes) -> Outcome:
        smtp = self._connected()
        if isinstance(smtp, Outcome):
            return smtp
        if envelope.recipient.needs_utf8 and not smtp.has_extn("smtputf8"):
            return Outcome("refused", "rcpt", 553, "5.6.7 the relay does not offer SMTPUTF8")
        self._letters += 1
        self._stage = "mail"
        try:
            self._timeout(smtp, self._command_seconds)
            refusal = self._begun(smtp, envelope, len(letter))
            if refusal is not None:
                return self._answered(smtp, *refusal)
            smtp.send(_dots_doubled(letter))
            self._timeout(smtp, self._end_seconds)
            self._stage = "end"  # from here on the letter may have been taken
            smtp.send(b".\r\n")
            return self._answered(smtp, *smtp.getreply())
        except FOREIGN as error:
            self._drop()
            lost: Verdict = "uncertain" if self._stage == "end" else "unreachable"
            return Outcome(lost, self._stage, 0, _words(error))

    def _begun(self, smtp: smtplib.SMTP, envelope: Envelope, size: int) -> tuple[int, bytes] | None:
        """MAIL, RCPT and DATA, in one write where the relay takes that (RFC 2920).

        Returns the answer that ended it, at the stage that it was to; None when the letter may go.
        """
        options = f" SIZE={size}" if smtp.has_extn("size") else ""
        if envelope.recipient.needs_utf8:
            options += " SMTPUTF8 BODY=8BITMIME"
        mail = f"MAIL FROM:<{envelope.sender}>{options}\r\n".encode()
        rcpt = f"RCPT TO:<{envelope.recipient}>\r\n".encode()
        data = b"DATA\r\n"
        piped = smtp.has_extn("pipelining")
        if piped:
            smtp.send(mail + rcpt + data)
        refusal: tuple[int, bytes] | None = None
        steps: tuple[tuple[Stage, bytes, int], ...] = (
            ("mail", mail, 250),
            ("rcpt", rcpt, 250),
            ("data", data, 354),
        )
        for stage, command, wanted in steps:
            if refusal is None:
                self._stage = stage
            try:
                if not piped:
                    smtp.send(command)
                code, said = smtp.getreply()
            except FOREIGN:
                # Who refuses may hang up after it. 421 says no more than that it is hung up.
                if refusal is None or refusal[0] == 421:
                    raise
                break
            if stage == "rcpt" and code in (251, 252):
                code = 250
            if refusal is not None and code == 354:
                # It waits for a letter to nobody. RFC 2920 would send an empty one; none is safer.
                smtp.close()
            if refusal is None and code != wanted:
                refusal = (code, said)
                if not piped:
                    break
        return refusal

    def _answered(self, smtp: smtplib.SMTP, code: int, said: bytes) -> Outcome:
        stage, reply = self._stage, one_line(said)
        if stage == "end" and 200 <= code < 300:
            return Outcome("accepted", stage, code, reply)
        if not 400 <= code < 600:  # no SMTP at all: the conversation is out of step
            self._drop()
            lost: Verdict = "uncertain" if stage == "end" else "unreachable"
            return Outcome(lost, stage, max(code, 0), reply)
        if code == 421:  # RFC 5321 section 3.8: the relay is closing the connection
            self._drop()
        elif stage != "end":
            try:
                if smtp.rset()[0] != 250:
                    self._drop()
            except FOREIGN:
                self._drop()
        return Outcome("deferred" if code < 500 else "refused", stage, code, reply)

    # --- the connection

    def _connected(self) -> smtplib.SMTP | Outcome:
        """The connection that stands or a new one; the last relay's problem when all are away."""
        if self._smtp is not None:
            return self._smtp
        now = self._monotonic()
        order = sorted(self._relays, key=lambda relay: self._away_until.get(relay, 0.0) > now)
        problem = Outcome("unreachable", "connect")
        for relay in order:
            self._relay = relay
            try:
                self._smtp = self._opened(relay)
            except FOREIGN as error:
                self._away_until[relay] = now + AWAY_SECONDS
                code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
                problem = Outcome("unreachable", "connect", max(code, 0), _words(error))
                continue
            self._letters = 0
            self._away_until.pop(relay, None)
            return self._smtp
        return problem

    def _opened(self, relay: Relay) -> smtplib.SMTP:
        limit = min(CONNECT_SECONDS, self._command_seconds)
        smtp = (
            smtplib.SMTP_SSL(
                relay.host,
                relay.port,
                local_hostname=self._helo,
                timeout=limit,
                context=_tls(relay),
            )
            if relay.security == "tls"
            else smtplib.SMTP(relay.host, relay.port, local_hostname=self._helo, timeout=limit)
        )
        try:
            # The dot is a small write after a large one: Nagle's algorithm would hold it back until
            # the peer's delayed acknowledgement, 40 ms for every letter.
            if smtp.sock is not None:
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if relay.security == "starttls":
                smtp.starttls(context=_tls(relay))
                smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    @staticmethod
    def _timeout(smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a relay says of itself."""

    relay: str
    problem: str
    """Why it cannot be used; "" when it can."""
    tls: str = ""
    """Such as TLSv1.3; "" for a plain connection."""
    extensions: tuple[str, ...] = ()


def probe(relay: Relay, helo: str) -> Probe:
    """Connect as for sending (TLS and log-in included), and look. No letter is begun."""
    sender = SmtpSender((relay,), helo=helo, command_seconds=CONNECT_SECONDS)
    smtp = sender._connected()
    if isinstance(smtp, Outcome):
        return Probe(relay.name, f"{smtp.code or ''} {smtp.reply}".strip())
    version = smtp.sock.version() if isinstance(smtp.sock, ssl.SSLSocket) else ""
    extensions = tuple(sorted(name.upper() for name in smtp.esmtp_features))
    sender.close()
    return Probe(relay.name, "", version or "", extensions)


def _dots_doubled(letter: bytes) -> bytes:
    """RFC 5321 section 4.5.2. Our own letters have no line that begins with a dot."""
    if letter.startswith(b".") or b"\n." in letter:
        letter = re.sub(rb"(?m)^\.", b"..", letter)
    return letter if letter.endswith(b"\r\n") else letter + b"\r\n"


def _tls(relay: Relay) -> ssl.SSLContext:
    """Verified against the system's authorities, or the operator's own."""
    return ssl.create_default_context(cafile=relay.ca or None)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # Some servers quote what was sent; the code alone tells enough.
        return f"the relay refused user or password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return one_line(error.smtp_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line(str(error)) or type(error).__name__
