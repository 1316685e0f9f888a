"""A report's photo, for feeds whose licence lets it be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.gather.http import Client
from digest.gather.trouble import Trouble

if TYPE_CHECKING:
    from datetime import datetime

    from digest.model import FetchLimits


async def fetch_photo(
    url: str, *, limits: FetchLimits, now: datetime, private_place: str = ""
) -> bytes:
    """What lies at `url`, whole; b"" where it cannot be had: no edition waits for a photo.

    `private_place`: see `Client.get`.
    """
    async with Client(limits, now) as client:
        try:
            answer = await client.get(url, private_place=private_place)
        except Trouble:
            return b""
    return b"" if answer.cut else answer.body
