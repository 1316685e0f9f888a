"""Tagged addresses: who a bounce or a reply is about, told by the address it comes back to (VERP).

    bounces+b1f4-9c03e7a1d25b@harbour.example
            │└┬─┘ └────┬─────┘
            │ number  check: keyed, so that nobody can make up bounces of others
            kind

Kinds: `b` a bounce of a delivery, `u` a reader's wish to leave by mail. Everything is in small
letters and digits: some mail systems change the case of what stands before the @.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Literal

from digest.address import Address, parse_address
from digest.delivery import base36
from digest.errors import UsageError

Kind = Literal["b", "u"]
_TAG = re.compile(r"(?P<kind>[bu])(?P<number>[0-9a-z]{1,12})-(?P<check>[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tag:
    kind: Kind
    number: int
    """b: the delivery's; u: the reader's."""


class Verp:
    """Makes and reads the tagged addresses of a template such as `bounces+{}@harbour.example`."""

    def __init__(self, template: str, secret: str) -> None:
        """Raises UsageError where `template` cannot hold a tag."""
        before, hole, after = template.partition("{}")
        try:
            # The longest tag there can be, so that no letter fails for its number.
            whole = parse_address(template.format("b" + "z" * 12 + "-" + "f" * 12))
        except (UsageError, IndexError, KeyError, ValueError) as error:
            raise UsageError(
                f"{template!r} is no address for returned mail. Write it like "
                "bounces+{}@example.org, with {} where the tag goes"
            ) from error
        if not hole or "@" in before:
            raise UsageError(f"{template!r} has no {{}} before its @ for the tag")
        self._before, self._after = before, after.partition("@")[0]
        self.domain = whole.domain
        """In A-labels, as the DNS has it."""
        self._key = secret.encode()

    def address(self, kind: Kind, number: int) -> Address:
        """The address that mail about `number` comes back to."""
        body = f"{kind}{base36(number)}"
        # Not parsed again: the template has been, and a tag is letters, digits and a hyphen.
        return Address(f"{self._before}{body}-{self._check(body)}{self._after}", self.domain)

    def read(self, text: str, kind: Kind | None = None) -> Tag | None:
        """The first genuine tag in `text` (an address, or a header with several), of that `kind`
        where one is named; None for none."""
        for found in _TAG.finditer(text.lower()):
            body = f"{found['kind']}{found['number']}"
            if kind in (None, found["kind"]) and hmac.compare_digest(
                found["check"], self._check(body)
            ):
                return Tag("b" if found["kind"] == "b" else "u", int(found["number"], 36))
        return None

    def _check(self, body: str) -> str:
        # 48 bits: a guess a second for ten years finds one with a chance of one in a million.
        digest = hmac.digest(self._key, b"digest.verp\0" + body.encode(), "sha256")
        return digest[:6].hex()
