"""Running stories: which events of a day belong together, and to which story of earlier days.

A thread is coarser than an event: a war, an uprising, a trial. Events join a thread when their
centres are near in meaning and they share their rarest words; a thread keeps its id from the
earlier editions whose titles are near it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from digest.analyse.cluster import Edges, average_link, pair_ends, pair_numbers, steps
from digest.analyse.embed import packed, unpacked
from digest.analyse.near import Measure, nearest
from digest.analyse.places import places_of
from digest.analyse.words import unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.model import EarlierStory

THREAD = 0.43
"""Combined nearness of two events' centres from which they are one running story."""
PLACES = 0.20
"""What wholly shared countries add to it."""
WIDELY = 0.10
"""What each doubling of the smaller one's reports beyond two takes from it: two great events of one
war are two stories, a lone report is a development.

All three from 216 events that .40, .24 and 0 put under another one on the eight real days. Two
readers, each for themselves, found 120 of them to be another matter (they agree on all but one).
These keep 88 % of the others and 28 % of those, 8 % where they have four reports or more (30
November 2026)."""
CONTINUED = 0.545
"""Nearness of a thread to an earlier story, both as centres of their titles, from which it goes on:
the mean of vector and word cosine, plus SAME_COUNTRY times the cosine of their countries."""
SAME_COUNTRY = 0.1
"""Less than PLACES: on other days a country has other news, and half of all news is the United
States'."""
OWN_WORDS = 0.2
"""The word cosine without which it does not, however near in meaning: two shootings are two.
All three read on five days in a row (8 to 12 September 2025, 80 stories, 35 of which go on): 32 of
35 found, and 1 more that belongs to the same war; by the likest titles alone it was 22."""

_NEIGHBOURS, _LEAST, _UNRELATED = 20, 0.15, 0.12
_CENTRES_AT_ONCE = 2_000
_COUNTRIES = 3


def stable_id(prefix: str, *parts: str) -> str:
    """A short id that depends on nothing but `parts`."""
    return prefix + hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def join_events(
    events: Sequence[Sequence[int]],
    vectors: Packed,
    words: csr_array,
    places: Sequence[Sequence[str]],
    pool: Executor | None = None,
) -> list[list[int]]:
    """Threads as lists of event numbers: average link over the events' centres.

    `words` are unit rows per report, `places` each report's countries, most prominent first. Two
    centres are compared by the mean of vector and word cosine, plus PLACES times the cosine of
    their countries: one war's events share their countries more than their words.
    """
    import numpy as np

    if len(events) < 2:
        return [[number] for number in range(len(events))]
    centres, centre_words, centre_places = _centres(events, vectors, words, places)
    near = Measure(centres, (centre_words, centre_places), (0.5, 0.5, PLACES))
    doublings = np.log2([max(2, len(event)) for event in events]).astype(np.float32) - 1
    keys, scores = [], []
    for found in nearest(near, min(_NEIGHBOURS, len(events) - 1), pool):
        row, column = np.nonzero(found.values >= _LEAST)
        mine, other = found.rows[row], found.others[row, column]
        keys.append(pair_numbers(mine, other, len(events)))
        both_widely = np.minimum(doublings[mine], doublings[other])
        scores.append(found.values[row, column] - WIDELY * both_widely)
    key, at = np.unique(np.concatenate(keys), return_index=True)
    edges = Edges(*pair_ends(key, len(events)), steps(np.concatenate(scores)[at]))
    return average_link(len(events), edges, threshold=THREAD, missing=_UNRELATED, lone=0.0)


def _centres(
    groups: Sequence[Sequence[int]],
    vectors: Packed,
    words: csr_array,
    places: Sequence[Sequence[str]],
) -> tuple[Packed, csr_array, csr_array]:
    """Unit centres of groups of reports by vector, by word and by country, a row a group."""
    import numpy as np
    from scipy.sparse import csr_array as sparse

    sizes = np.array([len(group) for group in groups])
    rows = np.repeat(np.arange(len(groups)), sizes)
    columns = np.array([i for group in groups for i in group])
    share = np.repeat(1.0 / np.maximum(sizes, 1), sizes).astype(np.float32)
    mean = sparse((share, (rows, columns)), shape=(len(groups), vectors.shape[0]))
    starts = np.cumsum(sizes) - sizes
    centres = np.empty((len(groups), vectors.shape[1]), dtype=np.int8)
    for start in range(0, len(groups), _CENTRES_AT_ONCE):
        own = slice(starts[start], starts[start] + sizes[start : start + _CENTRES_AT_ONCE].sum())
        sums = np.add.reduceat(
            unpacked(vectors[columns[own]]), starts[start : start + _CENTRES_AT_ONCE] - own.start
        )
        lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        centres[start : start + _CENTRES_AT_ONCE] = packed(sums / lengths)
    return centres, unit_rows(mean @ words), unit_rows(mean @ _place_rows(places))


def _place_rows(places: Sequence[Sequence[str]]) -> csr_array:
    """Countries per report as rows: the first weighs most, and a country that half of the feed
    is about (the readers' own) weighs little."""
    import numpy as np
    from scipy.sparse import csr_array as sparse

    at = {name: i for i, name in enumerate(sorted({p for one in places for p in one}))}
    rows = [row for row, one in enumerate(places) for _ in one[:_COUNTRIES]]
    columns = [at[name] for one in places for name in one[:_COUNTRIES]]
    weights = [1.0 / (1 + i) for one in places for i in range(len(one[:_COUNTRIES]))]
    rarity = np.log((2 + len(places)) / (1 + np.bincount(columns, minlength=max(1, len(at)))))
    data = (np.array(weights) * rarity[np.array(columns, dtype=int)]).astype(np.float32)
    shape = (len(places), max(1, len(at)))
    return sparse((data, (np.array(rows, dtype=int), np.array(columns, dtype=int))), shape=shape)


def continued(
    titles: Sequence[Sequence[str]],
    items: Sequence[frozenset[str]],
    earlier: Sequence[EarlierStory],
    vector_of: Mapping[str, Packed],
) -> list[tuple[EarlierStory, float] | None]:
    """For each thread the earlier story it goes on from, with how near it is, or None.

    `titles` and `items` per thread; `vector_of` holds the vector of every title, earlier ones
    included. A shared item settles it; otherwise their titles must be near; see CONTINUED.
    """
    if not titles or not earlier:
        return [None] * len(titles)
    import numpy as np

    near = _nearness([*titles, *(story.titles for story in earlier)], len(titles), vector_of)
    told: dict[str, list[int]] = {}
    for number, story in enumerate(earlier):
        for item in frozenset(story.items):
            told.setdefault(item, []).append(number)
    found: list[tuple[EarlierStory, float] | None] = []
    for row, ids in zip(near, items, strict=True):
        close = np.flatnonzero(row > CONTINUED - 1e-4).tolist()  # as near, maybe, when rounded
        scores = {number: round(float(row[number]), 4) for number in close}
        shared = Counter(number for item in ids for number in told.get(item, ()))
        scores |= {number: count + CONTINUED for number, count in shared.items()}
        near_enough = [
            (score, earlier[number].date, -number)
            for number, score in scores.items()
            if score >= CONTINUED
        ]
        if near_enough:
            score, _, before = max(near_enough)
            found.append((earlier[-before], score))
        else:
            found.append(None)
    return found


def _nearness(
    groups: Sequence[Sequence[str]], first: int, vector_of: Mapping[str, Packed]
) -> NDArray[np.float32]:
    """Of the `first` groups of titles (rows) to the others (columns); see CONTINUED."""
    import numpy as np

    from digest.analyse import words

    flat = [title for group in groups for title in group]
    ends = np.cumsum([len(group) for group in groups]).tolist()
    counts = words.rows(words.counted(words.words_of(title)) for title in flat)
    centres, by_word, by_country = _centres(
        [range(end - len(group), end) for group, end in zip(groups, ends, strict=True)],
        np.stack([vector_of[title] for title in flat]),
        words.weighted(counts, words.background_idf()),
        [places_of(title, "") for title in flat],
    )
    shared = (by_word[:first] @ by_word[first:].T).toarray()
    near = (unpacked(centres[:first]) @ unpacked(centres[first:]).T + shared) / 2
    near += SAME_COUNTRY * (by_country[:first] @ by_country[first:].T).toarray()
    near[shared < OWN_WORDS] = 0.0
    return np.asarray(near, dtype=np.float32)
