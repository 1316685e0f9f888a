"""A page of the archive, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

HTML = "text/html; charset=utf-8"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be made."""

    path: str
    """From the root, "/story/t-1/"; what ends with a slash is an index.html."""
    kind: str
    needs: tuple[object, ...]
    """What it is made of: of equal needs, under an equal design, equal bytes are made."""
    make: Callable[[str], bytes]
    """Given the site's address without a trailing slash; "" where it is not known."""
    modified: datetime | None = None
    """Of what stands as it was stored. What is filled from templates changes with more than its
    editions: the settings, the year, a page beside it, a comment."""

    @property
    def stored(self) -> bool:
        """Whether it stands as it was stored; else it is filled from templates."""
        return self.modified is not None
