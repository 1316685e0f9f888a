"""Where letters are handed over: a relay's address, as the operator writes it.

    smtp://host:25                       plain, for a relay on this machine or network
    smtp+starttls://user:pass@host:587   STARTTLS, refused where the relay does not offer it
    smtps://user:pass@host:465           TLS from the first byte

`?connections=4` says how many connections may be open at once, `?limit=500/hour` how many letters
it takes, `?ca=FILE` names a certificate authority of one's own; with `&` between them. Several
relays are separated by spaces or commas; the later ones are for when the earlier ones are away. A
password with special characters is percent-encoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from digest.errors import UsageError
from digest.loopback import is_loopback
from digest.mail.limits import Limit, parse_limit

Security = Literal["plain", "starttls", "tls"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
DEFAULT_CONNECTIONS = 8
"""The ledger is on disk before each letter goes, once for all connections that wait: on a disk that
takes 4 ms for it, 8 connections give twice what 4 do (November 2026). Large providers refuse more
than about 10 from one address."""
MAX_CONNECTIONS = 64
_MEND = "Write it like smtp+starttls://user:password@mail.example.org:587"


@dataclass(frozen=True, slots=True)
class Relay:
    host: str
    port: int
    security: Security = "plain"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    connections: int = DEFAULT_CONNECTIONS
    limit: Limit | None = None

    @property
    def name(self) -> str:
        """Fit for a log."""
        return f"{self.host}:{self.port}"


def parse_relays(text: str) -> tuple[Relay, ...]:
    """The relays in order of preference. Raises UsageError, without the password."""
    relays = tuple(_parse(part) for part in re.split(r"[\s,]+", text.strip()) if part)
    if not relays:
        raise UsageError(f"no relay is named. {_MEND}")
    return relays


def _shown(text: str) -> str:
    """`text` without its password, one too that nobody escaped: it may hold a / or an @, and be cut
    at a blank or a comma."""
    *scheme, rest = re.split(r"\A([a-z+]+://)", text, maxsplit=1)
    if "@" in rest:
        rest = "…@" + rest.rpartition("@")[2]
    elif "]" not in rest:
        rest = re.sub(r":(?!\d+(?:[/?]|\Z)).*", ":…", rest)
    return "".join((*scheme, rest))


def _parse(text: str) -> Relay:
    shown = _shown(text)
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise UsageError(f"{shown!r} is no relay. {_MEND}") from None
    if url.scheme not in _SCHEMES or not url.hostname or url.path not in ("", "/"):
        raise UsageError(f"{shown!r} is no relay. {_MEND}")
    security, usual = _SCHEMES[url.scheme]
    options = parse_qs(url.query)
    if unknown := sorted(set(options) - {"connections", "ca", "limit"}):
        raise UsageError(f"{shown!r}: the option {unknown[0]!r} is not known")
    try:
        connections = int(options.get("connections", [str(DEFAULT_CONNECTIONS)])[-1])
    except ValueError:
        connections = 0
    if not 1 <= connections <= MAX_CONNECTIONS:
        raise UsageError(f"{shown!r}: connections is a number from 1 to {MAX_CONNECTIONS}")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if user and security == "plain" and not is_loopback(url.hostname):
        raise UsageError(
            f"{shown!r} would send the password in clear; use smtp+starttls:// or smtps://"
        )
    ca = options.get("ca", [""])[-1]
    limit = parse_limit(options["limit"][-1]) if "limit" in options else None
    return Relay(url.hostname, port or usual, security, user, password, ca, connections, limit)
