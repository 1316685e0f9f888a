"""The desk's settings, from the environment.

DIGEST_INBOX            digest@example.org: where readers write to; default: nowhere
DIGEST_INBOX_LISTEN     lmtp://127.0.0.1:8024 or smtp://127.0.0.1:8025, for this machine's server
DIGEST_INBOX_IMAP       imaps://user:password@host/INBOX, polled (or DIGEST_INBOX_IMAP_FILE)
DIGEST_INBOX_AUTHSERV   mx.example.org: the name in the Authentication-Results of your own server
DIGEST_ROLE_ADDRESSES   yes: postmaster@ and the like may subscribe
DIGEST_DISPOSABLE_FILE  domains of throw-away mailboxes that may not, one a line
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from digest.address import Address, parse_address
from digest.errors import AddressError, wrong_variable
from digest.mail.inbox_imap import Mailbox, parse_mailbox
from digest.readers.gate import Taken
from digest.settings import secret_from

_YES = {"yes": True, "true": True, "1": True, "": False, "no": False, "false": False, "0": False}
_Protocol = Literal["lmtp", "smtp"]
_PROTOCOLS: Mapping[str, _Protocol] = {"lmtp": "lmtp", "smtp": "smtp"}


@dataclass(frozen=True, slots=True)
class Listen:
    """Where this machine's mail server hands letters over."""

    protocol: _Protocol
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """All that the desk needs to know beside the mail's settings."""

    inbox: Address | None = None
    listen: Listen | None = None
    imap: Mailbox | None = None
    authserv: str = ""
    """Whose word on a letter's From is believed; "" for nobody's."""
    taken: Taken = field(default_factory=Taken)


def load_desk_settings(env: Mapping[str, str] | None = None) -> DeskSettings:
    """Raises SettingsError, UsageError."""
    env = os.environ if env is None else env
    imap = str(secret_from(env, "DIGEST_INBOX_IMAP", ""))
    return DeskSettings(
        inbox=_address(env),
        listen=_listen(env.get("DIGEST_INBOX_LISTEN", "").strip()),
        imap=parse_mailbox(imap) if imap.strip() else None,
        authserv=env.get("DIGEST_INBOX_AUTHSERV", "").strip(),
        taken=Taken(roles=_yes(env), disposable=_domains(env.get("DIGEST_DISPOSABLE_FILE", ""))),
    )


def _address(env: Mapping[str, str]) -> Address | None:
    given = env.get("DIGEST_INBOX", "").strip()
    try:
        return parse_address(given) if given else None
    except AddressError as error:
        raise wrong_variable(
            "DIGEST_INBOX", str(error), "Write it like digest@example.org"
        ) from error


def _listen(given: str) -> Listen | None:
    if not given:
        return None
    try:
        parts = urlsplit(given)
        protocol, host, port = _PROTOCOLS.get(parts.scheme), parts.hostname, parts.port
    except ValueError:  # [::1 without its bracket, a port of letters
        protocol = host = port = None
    if protocol is None or not host or port is None:
        raise wrong_variable(
            "DIGEST_INBOX_LISTEN", "cannot be used", "Write it like lmtp://127.0.0.1:8024"
        )
    return Listen(protocol, host, port)


def _yes(env: Mapping[str, str]) -> bool:
    given = env.get("DIGEST_ROLE_ADDRESSES", "").strip().lower()
    if given not in _YES:
        raise wrong_variable("DIGEST_ROLE_ADDRESSES", f"{given!r} is neither", "Write yes or no.")
    return _YES[given]


def _domains(file: str) -> frozenset[str]:
    if not file:
        return frozenset()
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong_variable(
            "DIGEST_DISPOSABLE_FILE", "cannot be read", "Name a text file, one domain a line."
        ) from error
    words = (line.partition("#")[0].strip().lower() for line in lines)
    return frozenset(word for word in words if word)
