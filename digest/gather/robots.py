"""robots.txt (RFC 9309), asked before article pages: feeds are made for programs, pages are not.

Python's own urllib.robotparser takes the first rule that fits instead of the longest and knows no
wildcards, so it refuses and allows other pages than sites mean.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from digest.gather.charset import decode
from digest.gather.trouble import Trouble

if TYPE_CHECKING:
    from digest.gather.http import Client

_MOST = 512_000
"""Bytes that are read of it (RFC 9309 section 2.5 asks for at least 500 KiB)."""
_TOKEN = re.compile(r"[A-Za-z_-]+|[^/\s]+")
"""A product token (section 2.2.1); `*`, or what somebody calls himself against the standard."""


class Robots:
    """What each host's robots.txt allows `agent`, asked once a run."""

    def __init__(self, client: Client, agent: str) -> None:
        self._client = client
        self._agent = _token(agent)
        self._files: dict[str, asyncio.Task[str | None]] = {}

    async def allow(self, url: str, *, private_place: str = "") -> bool:
        """Whether the page at `url` may be read."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            self._files[origin] = asyncio.create_task(self._file(origin, private_place))
        text = await asyncio.shield(self._files[origin])
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return text is not None and allowed(text, self._agent, path)

    async def _file(self, origin: str, private_place: str) -> str | None:
        """The file's text; "" where there is none, None where it cannot be had (section 2.3.1)."""
        try:
            answer = await self._client.get(f"{origin}/robots.txt", private_place=private_place)
        except Trouble as trouble:
            return "" if 400 <= trouble.status < 500 and trouble.status != 429 else None
        return decode(answer.body[:_MOST], answer.content_type).text


def allowed(robots: str, agent: str, path: str) -> bool:
    """Whether `robots` lets `agent` read `path` (with its query)."""
    path = unquote(path)
    best = (0, True)
    for pattern, allows in _rules(robots, _token(agent)):
        if _fits(unquote(pattern), path):
            best = max(best, (len(pattern), allows))  # the longest rule; of equals the allowing one
    return best[1]


def _rules(robots: str, agent: str) -> list[tuple[str, bool]]:
    """(pattern, allows) of the groups that name `agent`, else of those for everybody."""
    own: list[tuple[str, bool]] = []
    common: list[tuple[str, bool]] = []
    named = False
    agents: set[str] = set()
    in_rules = False
    for key, value in _lines(robots):
        if key == "user-agent":
            if in_rules:
                agents, in_rules = set(), False
            agents.add(_token(value))
            named = named or _token(value) == agent
        elif key in ("allow", "disallow"):
            in_rules = True
            rule = (value, key == "allow")
            if agent in agents:
                own.append(rule)
            if "*" in agents:
                common.append(rule)
    return [rule for rule in (own if named else common) if rule[0]]


def _token(agent: str) -> str:
    found = _TOKEN.match(agent.strip())
    return found[0].lower() if found else ""


def _lines(robots: str) -> Iterator[tuple[str, str]]:
    for line in robots.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _fits(pattern: str, path: str) -> bool:
    """Whether `pattern`, with `*` for anything and `$` for the end, fits the start of `path`."""
    to_end = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not to_end or path == first
    at = len(first)
    for part in rest[:-1]:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    last = rest[-1]
    if to_end:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0
