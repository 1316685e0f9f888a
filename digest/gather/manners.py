"""How long a feed that works would like to be left alone: by its own words and its server's.

RSS 2.0's `<ttl>` in minutes; `updatePeriod` and `updateFrequency` of RSS 1.0's syndication module;
`Cache-Control: max-age` (RFC 9111 section 5.2.2.1). A wish, not an order as Retry-After is: rounds
between editions heed it, an edition asks nonetheless.
"""

from __future__ import annotations

import re
from datetime import timedelta

from digest.gather.pace import LONGEST

_HEAD = 20_000
"""Bytes searched: the channel's own elements stand before its items."""
_FIRST_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>")
_PERIOD = re.compile(rb"<(?:\w+:)?updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*<")
_FREQUENCY = re.compile(rb"<(?:\w+:)?updateFrequency>\s*(\d{1,4})\s*<")
_PERIODS = {
    b"hourly": timedelta(hours=1),
    b"daily": timedelta(days=1),
    b"weekly": timedelta(days=7),
    b"monthly": timedelta(days=30),
    b"yearly": timedelta(days=365),
}
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def wish(body: bytes, cache_control: str) -> timedelta:
    """The longest that document and headers ask for, at most LONGEST; zero where they do not."""
    head = body[:_HEAD]
    first = _FIRST_ENTRY.search(head)
    head = head[: first.start()] if first else head
    wishes = [timedelta(0)]
    if ttl := _TTL.search(head):
        wishes.append(timedelta(minutes=int(ttl[1])))
    if period := _PERIOD.search(head):
        frequency = _FREQUENCY.search(head)
        times = int(frequency[1]) if frequency else 1
        wishes.append(_PERIODS[period[1]] / max(times, 1))
    if age := _MAX_AGE.search(cache_control):
        wishes.append(timedelta(seconds=int(age[1])))
    return min(max(wishes), LONGEST)
