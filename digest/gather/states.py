"""What one fetch teaches about a feed, kept for the next: pure steps from state to state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.gather.http import sendable
from digest.gather.manners import wish
from digest.gather.pace import LONGEST_DEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.gather.http import Answer
    from digest.gather.trouble import Trouble
    from digest.model import FeedState

ASK_LATER = timedelta(minutes=15)
"""After 429 without a Retry-After: the usual window of rate limiters."""
_FORGET_MOVE_AFTER = 3
"""Failures in a row at a remembered new address before the one in feeds.yaml is asked again."""


def validators(state: FeedState) -> dict[str, str]:
    """The headers of a conditional GET (RFC 9110 section 13.1).

    States kept by earlier versions may hold what the client refuses to send.
    """
    given = {
        "If-None-Match": sendable(state.etag),
        "If-Modified-Since": sendable(state.last_modified),
    }
    return {name: value for name, value in given.items() if value}


def unchanged(state: FeedState, answer: Answer, now: datetime) -> FeedState:
    """304: all as it was, the document's own wish to be left alone, too."""
    wished = max(wish(b"", answer.cache_control), state.wish)
    return replace(
        state,
        moved_to=answer.moved_to or state.moved_to,
        not_before=now + wished if wished else None,
        retired=False,
        last_success=now,
        failures=0,
    )


def succeeded(
    state: FeedState,
    answer: Answer,
    now: datetime,
    *,
    newest: datetime | None,
    whole: bool,
    pages: Mapping[str, int],
) -> FeedState:
    """Entries came. `whole` is False where some of them, or of their pages, may be missing, so that
    all is asked for again."""
    known = [moment for moment in (newest, state.newest) if moment is not None]
    wished = wish(answer.body, answer.cache_control)
    return replace(
        state,
        moved_to=answer.moved_to or state.moved_to,
        etag=answer.etag if whole else None,
        last_modified=answer.last_modified if whole else None,
        not_before=now + wished if wished else None,
        retired=False,
        last_success=now,
        newest=max(known, default=None),
        failures=0,
        pages=pages,
    )


def failed(state: FeedState, trouble: Trouble, now: datetime) -> FeedState:
    """Nothing came. A server's wish to be asked later is kept; 410 retires the feed, but at a
    remembered new address it says only that the move no longer holds."""
    failures = state.failures + 1
    retired = state.retired or (trouble.gone and state.moved_to is None)
    wait = trouble.retry_after
    if retired:
        wait = now + LONGEST_DEAD
    elif wait is None and trouble.status == 429:
        wait = now + ASK_LATER
    return replace(
        state,
        moved_to=None if trouble.gone or failures >= _FORGET_MOVE_AFTER else state.moved_to,
        not_before=wait,
        retired=retired,
        failures=failures,
    )
