"""/search: the stories of all editions by their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.archive.catalogue import address_part
from digest.render.safe import plain
from digest.store.search import MOST_CHARACTERS, Found, Hit, fold, marked, words_of
from digest.web.look import Look

ON_A_PAGE = 20
MOST_PAGES = 500


class Search(Protocol):
    """`Store.search` fits this."""

    def __call__(self, query: str, *, offset: int, limit: int) -> Found: ...


@dataclass(frozen=True)
class Searching:
    search: Search
    look: Look

    def routes(self) -> list[Route]:
        return [Route("/search", self.page)]

    def page(self, request: Request) -> Response:
        query = plain(request.query_params.get("q", "")[:MOST_CHARACTERS])
        page = _number(request.query_params.get("page", ""))
        found = self.search(query, offset=(page - 1) * ON_A_PAGE, limit=ON_A_PAGE)
        response = self.look.page(
            "search",
            query=query,
            asked=bool(found.words),
            total=found.total,
            hits=[_shown(hit, found.words) for hit in found.hits],
            newer=page - 1 if page > 1 else 0,
            older=page + 1 if page * ON_A_PAGE < found.total and page < MOST_PAGES else 0,
        )
        # What a reader looks for is kept by nobody else's cache.
        response.headers["Cache-Control"] = "private, no-cache"
        return response


def _number(text: str) -> int:
    """The page asked for, from 1; 1 for what is no number."""
    if text.isascii() and text.isdigit() and len(text) < 6:
        return min(max(1, int(text)), MOST_PAGES)
    return 1


def _shown(hit: Hit, words: Sequence[str]) -> dict[str, object]:
    return {
        "iso": hit.date.isoformat(),
        "date": hit.date,
        "rank": hit.rank,
        "thread": address_part(hit.thread),
        "headline": plain(hit.headline),
        "pieces": marked(plain(_telling(hit, words)), words),
    }


def _telling(hit: Hit, words: Sequence[str]) -> str:
    """The sentence with most of the words that the headline lacks; else the dek."""
    lacking = set(words) - set(words_of(hit.headline))
    sentences = [hit.dek, *hit.sentences]
    return max(sentences, key=lambda sentence: len(lacking & set(words_of(fold(sentence)))))
