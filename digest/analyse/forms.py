"""What form a report has: news, comment on it, a running page, or a round-up of everything.

A round-up ("Morning news brief") is about many events and belongs to none; comment, background and
pages of pictures ride on an event but are not its news, so they neither lead a story nor carry it.

Some are known by how their title begins or by where on the site they stand. The others are learned
(bench/train_forms.py makes data/forms.npz): logistic regression on the vectors of text and headline
and on the headline's own words, the small ones and the marks among them, for they tell a feature
("What life is like in …") from news.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.analyse import words
from digest.analyse.embed import unpacked
from digest.analyse.packaged import weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.model import Item

COMMENT = 0.6
"""Probability from which a report counts as comment. Of the reports of a day that training did not
see .95 of those above it are, and .62 of all comment is above it; by title and site alone .78 and
.24 (eight real days, 30 November 2026)."""
_AT_ONCE = 5_000
_TITLE_PARTS = re.compile(r"[^\W_]+|[^\w\s]")

_ROUND_UP = re.compile(
    r"^(?:the )?(?:morning|evening|daily|weekly|weekend|nightly) (?:news )?"
    r"(?:brief(?:ing)?|bulletin|digest|round-?up|rundown|headlines)\b"
    r"|\b(?:news round-?up|news (?:&|and) notes|week in (?:pictures|review|photos)|"
    r"photos? of the (?:day|week)|top photos of the day|"
    r"what to (?:watch|stream|read) (?:this|next)|today in history|news quiz)\b"
    r"|^latest (?:\w+ ){1,2}news\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^(?:opinion|comment|analysis|editorial|column|perspective|explainer|fact focus|podcast|"
    r"listen|photos?|in pictures|video|watch|map|maps|quiz|letters?|review|meinung|kommentar|"
    r"opini[oó]n|tribune|analyse|analisi|commento)\s*[|:–—-]"
    r"|^(?:how|why|inside)\b",
    re.IGNORECASE,
)
_COMMENT_PAGES = re.compile(
    r"//[^/?#]+/(?:[^?#]*/)?(?:opinions?|commentisfree|commentary|editorials?|op-?eds?|columnists?|"
    r"meinung|kommentare?|podcasts?|quotable|tribunes?)/",
    re.IGNORECASE,
)
_RUNNING = re.compile(r"^live\b|\blive updates?\b|\blive blog\b|^the latest\b", re.IGNORECASE)


def title_parts(titles: Sequence[str]) -> csr_array:
    """Each title's words and marks, and which stand first and last, as unit rows of hashed columns,
    shape (titles, words.BUCKETS)."""
    import numpy as np
    from scipy.sparse import csr_array

    made = words.Rows()
    for title in titles:
        parts = _TITLE_PARTS.findall(title.casefold())
        ends = [f"^{parts[0]}", f"{parts[-1]}$"] if parts else []
        made.add(words.counted([*parts, *ends]))
    counts = made.matrix()
    ones = np.ones(counts.nnz, dtype=np.float32)
    return words.unit_rows(csr_array((ones, counts.indices, counts.indptr), shape=counts.shape))


def comment_probabilities(
    titles: Sequence[str], vectors: NDArray[np.float32], title_vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How likely each report is comment, by what it says; shape (reports,)."""
    import numpy as np

    stored = weights("forms")
    of_text, of_title = np.split(stored["vectors"], 2)
    scores = vectors @ of_text + title_vectors @ of_title + stored["bias"]
    scores += title_parts(titles) @ stored["parts"] / stored["parts_scale"]
    return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float32)


def comments(items: Sequence[Item], vectors: Packed, titles: Packed) -> list[bool]:
    """Which of the reports comment on an event, or cover many, instead of reporting one; `vectors`
    of what facets.shown, `titles` of their headlines."""
    found: list[bool] = []
    for start in range(0, len(items), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        some = items[part]
        likely = comment_probabilities(
            [item.title for item in some], unpacked(vectors[part]), unpacked(titles[part])
        )
        found += [
            chance >= COMMENT or is_comment(item.title, item.url) or is_round_up(item.title)
            for item, chance in zip(some, likely.tolist(), strict=True)
        ]
    return found


def is_round_up(title: str) -> bool:
    """Whether a report covers many events at once."""
    return bool(_ROUND_UP.search(title.strip()))


def is_comment(title: str, url: str = "") -> bool:
    """Whether a report comments on or illustrates an event instead of reporting it, by its title or
    the part of the site it stands in."""
    return bool(_COMMENT.search(title.strip()) or _COMMENT_PAGES.search(url))


def stands_back(title: str, *, comment: bool) -> float:
    """How far a report should stand back from leading its story: 0 for plain news."""
    if comment:
        return 0.3
    if _RUNNING.search(title):
        return 0.15
    return 0.1 if title.rstrip().endswith("?") else 0.0
