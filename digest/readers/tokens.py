"""What a link may do: signed, expiring tokens, each for one purpose and one reader (itsdangerous).

A token names the reader and holds the nonce of the state it was made for. The store renews the
nonce whenever a reader confirms, moves, leaves or comes back, so a token is used once where that
matters; a sign-up or another address that waits has a nonce of its own, which `SignUps` compares in
the transaction that makes it count. To leave, the signature is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from itsdangerous import Signer

from digest.delivery import base36
from digest.errors import TokenError

Purpose = Literal["confirm", "unsubscribe", "preferences", "act", "comment", "address"]
LIFETIMES: dict[Purpose, timedelta] = {
    # A week: long enough for a weekend and a holiday, and the sign-up is then forgotten.
    "confirm": timedelta(days=7),
    # Letters are kept; whoever finds an old one must still be able to leave by it.
    "unsubscribe": timedelta(days=800),
    "preferences": timedelta(days=60),
    # What a letter asked for and its answer is to confirm.
    "act": timedelta(days=7),
    "comment": timedelta(days=7),
    "address": timedelta(days=7),
}
MOST_ACT = 110
"""Characters of what an "act" token says: the token stands in a Message-ID, whose line is short."""
_PAYLOAD = re.compile(
    r"([0-9a-z]{1,13})\.([A-Za-z0-9_-]{1,32})\.([0-9a-z]{1,9})"
    rf"(?:\.([a-z0-9_-]{{1,{MOST_ACT}}}))?\Z",
    re.ASCII,
)
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token that counts says."""

    reader: int
    nonce: str
    act: str = ""
    """act: what is to be done; comment: its number."""


def signer(secret: str | bytes, use: str) -> Signer:
    """By HMAC-SHA-256. The use is part of the key, so that what is signed for one never passes for
    another."""
    return Signer(secret, salt=use, key_derivation="hmac", digest_method=hashlib.sha256)


class Tokens:
    """Makes and reads tokens with the installation's secret (at least 32 random characters)."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 32:
            raise ValueError("a secret of fewer than 32 characters can be guessed")
        self._secret = secret
        self._signers = {
            purpose: signer(secret, f"digest.token.{purpose}") for purpose in LIFETIMES
        }

    def make(self, purpose: Purpose, reader: int, nonce: str, now: datetime, act: str = "") -> str:
        """A token of letters, digits, `.`, `_` and `-`, fit for an address in a letter."""
        expires = int((now + LIFETIMES[purpose]).timestamp())
        payload = f"{base36(reader)}.{nonce}.{base36(expires)}" + (f".{act}" if act else "")
        parts = _PAYLOAD.match(payload)
        if parts is None or (parts[2], parts[4] or "") != (nonce, act):
            raise ValueError(f"reader {reader} with nonce {nonce!r} cannot stand in a token")
        return self._signers[purpose].sign(payload).decode("ascii")

    def read(self, purpose: Purpose, token: str, now: datetime) -> Claim:
        """What `token` says. Raises TokenError: forged (also truncated, or of another purpose) or
        expired."""
        if len(token) > _LONGEST or not token.isascii():
            raise TokenError("forged")
        payload = token.rpartition(".")[0]
        # Signed anew, as base64 has several ways to write one signature.
        if not hmac.compare_digest(self._signers[purpose].sign(payload), token.encode("ascii")):
            raise TokenError("forged")
        parts = _PAYLOAD.match(payload)
        if parts is None:  # signed by us, so this cannot be; better safe
            raise TokenError("forged")
        if now >= datetime.fromtimestamp(int(parts[3], 36), UTC):
            raise TokenError("expired")
        return Claim(int(parts[1], 36), parts[2], parts[4] or "")

    def address_hash(self, key: str) -> bytes:
        """An address (`Address.key`) as the suppression list knows it: keyed, so that a copy of the
        database does not tell which addresses are on it."""
        return hmac.digest(self._secret.encode(), b"digest.suppressed\0" + key.encode(), "sha256")
