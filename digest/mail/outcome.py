"""What an attempt to hand one letter to a relay came to. Failures are values here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from digest.address import Address

Verdict = Literal["accepted", "deferred", "refused", "uncertain", "unreachable"]
"""accepted     the relay answered 2xx to the whole letter
deferred     it said 4xx: later
refused      it said 5xx: never
uncertain    the whole letter was out when the connection broke; nobody knows
unreachable  the connection broke, or never stood, before the letter was whole: not delivered
"""
Stage = Literal["connect", "mail", "rcpt", "data", "end"]
"""How far it got: MAIL FROM, RCPT TO, DATA (or a break within the letter), the answer to the final
dot."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who the relay is told the letter comes from and goes to."""

    sender: str
    """The VERP address that bounces come back to, checked; "" for the null sender."""
    recipient: Address


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    stage: Stage
    code: int = 0
    """The SMTP reply code; 0 where there was none."""
    reply: str = ""
    """What the relay said, on one line and at most REPLY_KEPT characters."""
    relay: str = ""
    """`host:port`."""

    @property
    def about_recipient(self) -> bool:
        """Whether it says something of this one reader, rather than of the relay, the letter or our
        own address: many servers judge that only when the reader is named."""
        answered = self.stage == "rcpt" and self.verdict in ("deferred", "refused")
        return answered and not of_sender(self.reply)

    @property
    def as_if_not_tried(self) -> bool:
        """Whether nothing was said about this reader or letter. A relay that hangs up later than at
        MAIL FROM may do so for what is in the letter, each time."""
        if self.stage in ("connect", "mail"):
            return self.verdict in ("unreachable", "refused")
        return self.verdict == "refused" and self.stage == "rcpt" and not self.about_recipient


REPLY_KEPT = 300
_STATUS = re.compile(r"(?<![\d./])([245])\.\d{1,3}\.\d{1,3}(?![\d.])")
"""Within no address of a machine and no program's version."""
_SENDER = re.compile(
    r"(?<!to )(?<!to the )\bsender\b|\bmail from\b|\breturn[- ]path\b", re.IGNORECASE
)


def status_in(said: str, classes: str = "245") -> str:
    """The first enhanced status code (RFC 3463) of these classes that a mail system names, such as
    5.1.1; "" for none."""
    return next((found[0] for found in _STATUS.finditer(said) if found[1] in classes), "")


def is_of_address(status: str) -> bool:
    """Whether the code says that the reader's address itself is no good: 5.1.x and 5.2.1. 5.7.x
    (policy), 5.2.2 (full) and all others say nothing of whether it exists."""
    return status.startswith("5.1.") or status == "5.2.1"


def of_sender(said: str) -> bool:
    """Whether a refusal speaks of the sender's address: RFC 3463's X.1.7 and X.1.8, or words to
    that effect where the code is vague or there is none."""
    detail = status_in(said)[2:]
    if detail not in ("", "0.0", "1.0"):
        return detail in ("1.7", "1.8")
    return _SENDER.search(said) is not None


def one_line(text: str | bytes) -> str:
    """A relay's words fit for a log and a table: printable, one line, short."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())[:REPLY_KEPT]
