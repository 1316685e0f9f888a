"""Who vouches for a letter's From: the operator's own mail server, in Authentication-Results. Pure.

RFC 8601. The header is anybody's to write, so only the topmost one is read, and only when it bears
the name (authserv-id) that the operator's server signs with; a server strips what others forged in
its name (section 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)")
_PROPERTY = re.compile(r"([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*(\"[^\"]*\"|[^\s;]+)")


def vouched(headers: Sequence[str], authserv: str, domain: str) -> bool:
    """Whether the server `authserv` found that `domain` (the From's, in A-labels) wrote the letter.

    `headers`: the Authentication-Results, topmost first. DMARC's own pass counts; else DKIM's or
    SPF's, where the name that passed is the From's domain or one above it. A name below it does
    not: without a list of public suffixes, who holds it need not hold the other.
    """
    if not headers or not authserv:
        return False
    text = headers[0].casefold()
    while (bare := _COMMENT.sub(" ", text)) != text:  # comments may nest
        text = bare
    first, *results = text.split(";")
    if not first.split() or first.split()[0] != authserv.casefold():
        return False
    return any(_passes(result.strip(), domain) for result in results)


def _passes(result: str, domain: str) -> bool:
    method = _RESULT.match(result)
    if not method or method[2] != "pass":
        return False
    found = {f"{kind}.{name}": value.strip('"') for kind, name, value in _PROPERTY.findall(result)}
    if method[1] == "dmarc":
        return found.get("header.from") == domain
    if method[1] == "dkim":
        return _covers(found.get("header.d", ""), domain)
    if method[1] == "spf":
        return _covers(found.get("smtp.mailfrom", "").rpartition("@")[2], domain)
    return False


def _covers(passed: str, domain: str) -> bool:
    return "." in passed and (domain == passed or domain.endswith(f".{passed}"))
