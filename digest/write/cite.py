"""Citations: a span of a stored report, with the hash of its bytes."""

from __future__ import annotations

import hashlib

from digest.model import Citation, Item, Part, Report


def sha256(text: str) -> str:
    """Hex digest of the text's UTF-8 bytes; a lone surrogate cannot occur in cleaned text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def part_of(item: Item, part: str) -> str:
    return item.title if part == "title" else item.text


def cite(report: Report, part: Part, start: int, end: int) -> Citation:
    item = report.item
    return Citation(
        item=item.id,
        outlet=report.publisher,
        url=item.url,
        part=part,
        start=start,
        end=end,
        sha256=sha256(part_of(item, part)[start:end]),
    )
