"""What subscribing by page needs: the readers' desk has it, and hands itself to the pages."""

from __future__ import annotations

from dataclasses import dataclass

from digest.readers.comments import CommentDesk
from digest.readers.gate import Taken
from digest.readers.service import ReaderService
from digest.readers.wishes import Offer


@dataclass(frozen=True, slots=True)
class Front:
    """Threads may share it."""

    service: ReaderService
    offer: Offer
    taken: Taken
    inbox: str
    """Where readers may write to; "" for nowhere."""
    believes: bool
    """Whether a letter is ever believed to come from its From: then an address that is on the
    suppression list may come back by writing."""
    comments: CommentDesk | None
    """None where the list takes no comments."""
