"""Running stories: which events of a day belong together, and to which story of earlier days.

A thread is coarser than an event: a war, an uprising, a trial. Events join a thread when their
centres are near in meaning and they share their rarest words; a thread keeps its id from the
earlier editions whose titles are near it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.model import EarlierStory

THREAD = 0.42
"""Combined nearness of two events' centres from which they are one running story."""
CONTINUED = 0.62
"""Nearness of a thread to an earlier story's titles from which it goes on."""


_NEIGHBOURS, _LEAST, _UNRELATED, _BLOCK = 20, 0.12, 0.10, 1024


def stable_id(prefix: str, *parts: str) -> str:
    """A short id that depends on nothing but `parts`."""
    return prefix + hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def join_events(
    events: Sequence[Sequence[int]], vectors: NDArray[np.float32], words: csr_array
) -> list[list[int]]:
    """Threads as lists of event numbers; average link over the events' centres.

    `words` are unit rows per report. Two centres are compared by the mean of vector and word
    cosine, each event against its nearest.
    """
    import numpy as np
    from scipy.sparse import csr_array as sparse

    from digest.analyse.cluster import Edge, average_link

    if not events:
        return []
    sizes = [len(event) for event in events]
    rows = np.repeat(np.arange(len(events)), sizes)
    columns = np.array([i for event in events for i in event])
    share = np.repeat(1.0 / np.array(sizes), sizes).astype(np.float32)
    mean = sparse((share, (rows, columns)), shape=(len(events), vectors.shape[0]))
    centres = np.asarray(mean @ vectors, dtype=np.float32)
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    centre_words = (mean @ words).tocsr()
    lengths = np.sqrt(np.asarray(centre_words.multiply(centre_words).sum(axis=1)).ravel())
    centre_words.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(centre_words.indptr))
    turned = centre_words.T.tocsr()
    links: list[Edge] = []
    keep = min(_NEIGHBOURS, len(events) - 1)
    for start in range(0, len(events) if keep > 0 else 0, _BLOCK):
        stop = min(start + _BLOCK, len(events))
        block = centres[start:stop] @ centres.T + (centre_words[start:stop] @ turned).toarray()
        block *= 0.5
        nearest = np.argpartition(-block, keep, axis=1)[:, : keep + 1]
        for row, near in enumerate(nearest.tolist()):
            for column in near:
                score = round(float(block[row, column]), 4)
                if start + row < column and score >= _LEAST:
                    links.append(Edge(start + row, column, score))
                elif column < start + row and score >= _LEAST:
                    links.append(Edge(column, start + row, score))
    distinct = list({(link.a, link.b): link for link in links}.values())
    distinct.sort(key=lambda link: (link.a, link.b))
    return average_link(len(events), distinct, threshold=THREAD, missing=_UNRELATED, lone=0.0)


def continued(
    titles: Sequence[Sequence[str]],
    items: Sequence[frozenset[str]],
    earlier: Sequence[EarlierStory],
    vector_of: Mapping[str, NDArray[np.float32]],
) -> list[EarlierStory | None]:
    """For each thread the earlier story it goes on from, or None.

    `titles` and `items` per thread; `vector_of` holds the vector of every title, earlier ones
    included. A shared item settles it; otherwise the mean of the best titles must be near.
    """
    import numpy as np

    found: list[EarlierStory | None] = []
    for names, ids in zip(titles, items, strict=True):
        best: tuple[float, str, EarlierStory] | None = None
        mine = np.stack([vector_of[name] for name in names[:8]]) if names else None
        for story in earlier:
            score = 1.0 if ids & set(story.items) else 0.0
            if not score and mine is not None and story.titles:
                theirs = np.stack([vector_of[title] for title in story.titles[:8]])
                score = round(float((mine @ theirs.T).max(axis=1).mean()), 6)
            key = (score, story.date.isoformat(), story)
            if score >= CONTINUED and (best is None or key[:2] > best[:2]):
                best = key
        found.append(best[2] if best else None)
    return found
