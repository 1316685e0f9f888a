"""Mail addresses: one reading of them for the whole house.

RFC 5321 dot-atoms and RFC 6531 (UTF-8) local parts, with IDNA domains. Quoted local parts and
address literals are refused: no reader's address has them, and they are how headers are forged.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

import idna

from digest.errors import AddressError

MAX_LOCAL = 64
"""Bytes, RFC 5321 section 4.5.3.1.1."""
MAX_ADDRESS = 254
"""Bytes, RFC 5321 section 4.5.3.1.3 (a path of 256 with its brackets)."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_MEND = "Write it like reader@example.org"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `local` as its owner writes it, `domain` in A-labels (ASCII, lower case)."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """What makes two spellings one reader: no mail system in use tells local parts' case."""
        return f"{self.local.casefold()}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only servers with SMTPUTF8 (RFC 6531) can take mail for it."""
        return not self.local.isascii()

    def mailto(self, subject: str) -> str:
        """The link that begins a letter to it (RFC 6068)."""
        return f"mailto:{quote(self.local, safe='+=')}@{self.domain}?subject={quote(subject)}"


def stored_address(text: str) -> Address:
    """An address that `parse_address` has checked before, from the store."""
    local, _, domain = text.rpartition("@")
    return Address(local, domain)


def parse_address(text: str) -> Address:
    """Read `text` as one bare address (no display name), or raise AddressError."""
    plain = unicodedata.normalize("NFC", text.strip())
    if not plain or "@" not in plain:
        raise AddressError(f"{_shown(text)} is no mail address. {_MEND}")
    local, _, domain = plain.rpartition("@")
    if not _DOT_ATOM.match(local) or any(_forbidden(c) for c in local):
        raise AddressError(f"{_shown(text)}: the part before the @ cannot be used. {_MEND}")
    if len(local.encode()) > MAX_LOCAL:
        raise AddressError(f"{_shown(text)}: the part before the @ is too long")
    address = Address(local, _ascii_domain(domain, text))
    if len(str(address).encode()) > MAX_ADDRESS:
        raise AddressError(f"{_shown(text)} is longer than {MAX_ADDRESS} bytes")
    return address


def _ascii_domain(domain: str, whole: str) -> str:
    try:
        name = idna.encode(domain, uts46=True).decode() if not domain.isascii() else domain.lower()
        for label in name.split("."):
            if label.startswith("xn--"):
                idna.decode(label)
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(f"{_shown(whole)}: no such domain can exist. {_MEND}") from error
    labels = name.split(".")
    if not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit():
        raise AddressError(f"{_shown(whole)}: no such domain can exist. {_MEND}")
    return name


def _forbidden(char: str) -> bool:
    """Controls, separators, format characters and half characters have no place in an address."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zs", "Zl", "Zp")


def _shown(text: str) -> str:
    """The refused text, short and on one line, fit for a log."""
    short = text if len(text) <= 80 else text[:79] + "…"
    return repr(short)
