"""DKIM signatures (RFC 6376) with RSA and Ed25519 (RFC 8463) keys, relaxed/relaxed.

From, To and Subject are signed once more than they occur ("oversigned"), so that a relay or an
attacker cannot add a second one to a signed letter. List-Unsubscribe and List-Unsubscribe-Post are
covered, as RFC 8058 section 4 demands of one-click unsubscribing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.errors import MailError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-archive",
    "list-help",
    "auto-submitted",
    "feedback-id",
)
"""Headers signed where a letter has them: all that a reader's program shows or acts on."""
OVERSIGNED = ("from", "to", "subject")
RSA_BITS = 2048
"""1024 is refused by large receivers; 4096 does not fit one TXT string and slows signing 6×."""
MIN_RSA_BITS = 1024

_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*\Z")


def relaxed_header(line: bytes) -> tuple[str, bytes]:
    """(name, canonical line with its CRLF) of one whole header, RFC 6376 section 3.4.2."""
    name, _, value = line.partition(b":")
    name = name.rstrip(b" \t").lower()
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.decode("ascii"), name + b":" + value + b"\r\n"


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key, published at `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if hasattr(self.private, "key_size") else "ed25519-sha256"

    def signature(self, data: bytes) -> bytes:
        """Over `data`; Ed25519 signs its SHA-256 (RFC 8463 section 3)."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(data).digest())

    def dns_record(self) -> tuple[str, str]:
        """(name, value) of the TXT record to publish."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self.private.public_key()
        if self.algorithm == "rsa-sha256":
            kind = "rsa"
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind = "ed25519"
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        value = f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"
        return f"{self.selector}._domainkey.{self.domain}", value


class Signer:
    """Signs letters with every key it holds. Stateless after its making: threads may share it."""

    def __init__(self, keys: Sequence[Key]) -> None:
        for key in keys:
            if not _SELECTOR.match(key.selector) or not _SELECTOR.match(key.domain):
                raise MailError(
                    f"{key.selector!r} of {key.domain!r} is no DKIM selector and domain; use "
                    "letters, digits and hyphens"
                )
        self.keys = tuple(keys)

    def headers(self, canonical: Mapping[str, bytes], body_sha256: bytes, at: int) -> bytes:
        """The DKIM-Signature headers of a letter, to stand before its others.

        `canonical`: name → `relaxed_header` line, of a letter that has each header once.
        `body_sha256`: of the relaxed body. `at`: seconds since 1970.
        """
        names = [name for name in SIGNED if name in canonical]
        signed = b"".join(canonical[name] for name in names)
        listed = ":".join((*names, *OVERSIGNED))
        body_hash = base64.b64encode(body_sha256).decode()
        return b"".join(self._header(key, listed, signed, body_hash, at) for key in self.keys)

    def _header(self, key: Key, listed: str, signed: bytes, body_hash: str, at: int) -> bytes:
        unsigned = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
            f" d={key.domain}; s={key.selector}; t={at};\r\n"
            f" h={_folded(listed)};\r\n bh={body_hash};\r\n b="
        ).encode()
        own = relaxed_header(unsigned)[1].removesuffix(b"\r\n")
        value = base64.b64encode(key.signature(signed + own)).decode()
        rows = [value[:72], *(value[at : at + 75] for at in range(72, len(value), 75))]
        return unsigned + "\r\n ".join(rows).encode() + b"\r\n"


@lru_cache(maxsize=64)
def _folded(listed: str) -> str:
    """A header list folded before colons, in lines under 76."""
    rows = [""]
    for name in listed.split(":"):
        piece = name if not rows[-1] and len(rows) == 1 else ":" + name
        if len(rows[-1]) + len(piece) > 70:
            rows.append("")
        rows[-1] += piece
    return "\r\n ".join(rows)


# --- Keys ----------------------------------------------------------------------------------


def new_private_keys() -> dict[str, bytes]:
    """Fresh keys as PEM (PKCS #8, not encrypted): {"rsa": …, "ed25519": …}."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    made: dict[str, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    return {
        kind: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for kind, key in made.items()
    }


def read_key(pem: bytes, *, domain: str, selector: str) -> Key:
    """A signing key from PEM. Raises MailError where it is none, encrypted, weak or of another
    kind; the message never holds any of it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    where = f"the DKIM key {selector} of {domain}"
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MailError(f"{where} is no unencrypted private key in PEM form") from None
    if not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise MailError(f"{where} is neither an RSA nor an Ed25519 key")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < MIN_RSA_BITS:
        raise MailError(f"{where} has {private.key_size} bits; receivers want {RSA_BITS}")
    return Key(domain, selector, private)
