"""Who vouches for a letter's From: the operator's own mail server, in Authentication-Results. Pure.

RFC 8601. The header is anybody's to write, so only the topmost one is read, and only when it bears
the name (authserv-id) that the operator's server signs with; a server strips what others forged in
its name (section 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
"""Mostly what the sender chose: a local part may hold anything. No domain needs it."""
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)")
_PROPERTY = re.compile(r"([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*([^\s;]+)")


def vouched(headers: Sequence[str], authserv: str, domain: str) -> bool:
    """Whether the server `authserv` found that `domain` (the From's, in A-labels) wrote the letter.

    `headers`: the Authentication-Results, topmost first. DMARC's own word counts; where it has not
    failed, DKIM's or SPF's pass, where the name that passed is the From's domain or one above it. A
    name below it does not: without a list of public suffixes, who holds it need not hold the other.
    """
    if not headers or not authserv:
        return False
    text = _QUOTED.sub("_", headers[0].casefold())
    while (bare := _COMMENT.sub(" ", text)) != text:  # comments may nest
        text = bare
    first, *results = text.split(";")
    if first.split()[:1] != [authserv.casefold()] or re.search(r"[\"()]", text):
        return False  # with a quote or a comment that has no end nobody knows who wrote the rest
    said = [_of_domain(result.strip(), domain) for result in results]
    return any(said) and False not in said


def _of_domain(result: str, domain: str) -> bool | None:
    """Whether one result says that the domain wrote the letter; None where it says neither."""
    method = _RESULT.match(result)
    if not method:
        return None
    found = {f"{kind}.{name}": value for kind, name, value in _PROPERTY.findall(result)}
    if method[1] == "dmarc":
        if found.get("header.from") != domain or method[2] not in ("pass", "fail"):
            return None
        return method[2] == "pass"
    passed = {
        "dkim": found.get("header.d", ""),
        "spf": found.get("smtp.mailfrom", "").rpartition("@")[2],
    }.get(method[1], "")
    return True if method[2] == "pass" and _covers(passed, domain) else None


def _covers(passed: str, domain: str) -> bool:
    return "." in passed and (domain == passed or domain.endswith(f".{passed}"))
