"""Who may ask how often, and which addresses are not taken at all.

Sliding windows (the `limits` library), in the memory of one process: a restart forgets them, which
costs at most one more letter per address.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal, get_args

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from digest.address import Address

What = Literal[
    "address", "network", "list", "answers", "letters", "links", "guesses", "comments", "remarks"
]

ROLES = frozenset(
    {
        "abuse",
        "admin",
        "administrator",
        "bounce",
        "bounces",
        "hostmaster",
        "listserv",
        "mailer-daemon",
        "majordomo",
        "no-reply",
        "noc",
        "nobody",
        "noreply",
        "postmaster",
        "root",
        "security",
        "spam",
        "subscribe",
        "unsubscribe",
        "webmaster",
        "www",
    }
)
"""Local parts that are a machine or an office, not a reader (RFC 2142 and list software's own);
signing these up is what abuse of sign-up forms mostly does."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits of each `What`, in the notation of `limits`, several separated by ";"."""

    address: str = "1 per 10 minute; 3 per day"
    """Letters to one address that any stranger's act may cause."""
    network: str = "10 per hour; 30 per day"
    """Sign-ups from one IPv4 /24 or IPv6 /64: enough for an office behind one address, while a
    thousand a minute come to thirty a day."""
    list: str = "600 per hour"
    """Sign-ups of one list in all, so that many networks together make no flood of letters."""
    answers: str = "10 per day"
    """Letters in answer to one address's own letters (RFC 3834 section 2: loops)."""
    letters: str = "300 per hour"
    """Letters that we write because of letters nobody vouches for: a flood of those has forged
    senders, and each answer goes to somebody who did not write."""
    comments: str = "5 per hour; 15 per day"
    """Comments of one address: a conversation, but no flood for the operator to read."""
    remarks: str = "20 per hour; 60 per day"
    """Comments typed into pages from one network, whatever addresses they name."""
    guesses: str = "5 per minute; 30 per hour"
    """Passwords tried from one network."""
    links: str = "120 per minute"
    """Signed links tried from one network: nobody guesses 256 bits, but each try costs work."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Which addresses may subscribe."""

    roles: bool = False
    """Whether postmaster@ and the like may."""
    disposable: frozenset[str] = field(default_factory=frozenset)
    """Domains of throw-away mailboxes, lower case; their subdomains are meant too."""

    def refuses(self, address: Address) -> Literal["", "role", "disposable"]:
        """Why this address is not taken; "" when it is."""
        if not self.roles and address.local.casefold().partition("+")[0] in ROLES:
            return "role"
        labels = address.domain.split(".")
        names = (".".join(labels[n:]) for n in range(len(labels) - 1))
        return "disposable" if any(name in self.disposable for name in names) else ""


class Gate:
    """Counts. Threads may share it."""

    def __init__(self, rates: Rates = Rates()) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items: dict[What, list[RateLimitItem]] = {
            what: parse_many(getattr(rates, what)) for what in get_args(What)
        }

    def admits(self, what: What, who: str = "") -> bool:
        """Count one more, and say whether it is within the limits."""
        items = self._items[what]
        # Asked first: what one window refuses must not use up the others.
        if not all(self._limiter.test(item, what, who) for item in items):
            return False
        for item in items:
            self._limiter.hit(item, what, who)
        return True


def network(host: str) -> str:
    """The network that counts as one visitor: IPv4 /24, IPv6 /64; "?" for what is no address."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    length = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, length), strict=False))
