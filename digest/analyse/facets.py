"""What of a report is compared with others: its vectors, words, names, figures and places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from digest.analyse import words
from digest.analyse.places import find_places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.model import Item

SHOWN = 250
"""Characters of the text beside the title: more dilutes the event (labelled 2025-09-10)."""
LONG = 1500
"""Where a full text is there, this much of it is compared by its words."""
_NAMES, _PLACES = 600, 400


@dataclass(frozen=True, slots=True)
class Openings:
    """Title and beginning of a batch's reports side by side; row i of everything is report i."""

    vectors: Packed
    by_batch: csr_array
    by_background: csr_array
    shared_words: csr_array
    """Pattern only: 1 where the word occurs."""

    @property
    def count(self) -> int:
        return int(self.vectors.shape[0])


@dataclass(frozen=True, slots=True)
class Facets(Openings):
    """All that two reports are compared by when they first meet."""

    titles: Packed
    title_words: csr_array
    long_by_batch: csr_array
    long_by_background: csr_array
    names: csr_array
    figures: csr_array
    countries: csr_array
    towns: csr_array
    lengths: NDArray[np.float64]
    sources: NDArray[np.int64]
    """Number of the outlet; negative numbers are distinct unknowns."""

    def openings(self) -> Openings:
        """Without the rest, which is half of what a large day holds."""
        return Openings(self.vectors, self.by_batch, self.by_background, self.shared_words)


def shown(item: Item) -> str:
    """The text that stands for a report: headline and beginning."""
    return f"{item.title}. {item.text[:SHOWN]}"


def _numbered(sets: Sequence[tuple[str, ...]]) -> csr_array:
    """Sets, as tuples, as binary sparse rows; columns in the order of their sorted names."""
    import numpy as np
    from scipy.sparse import csr_array

    names = sorted(set().union(*sets)) if sets else []
    at = {name: i for i, name in enumerate(names)}
    columns = [sorted(at[name] for name in one) for one in sets]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in columns])]).astype(np.int32)
    flat = np.array([column for one in columns for column in one], dtype=np.int32)
    return csr_array(
        (np.ones(len(flat), dtype=np.float32), flat, starts), shape=(len(sets), max(1, len(names)))
    )


def facets_of(
    items: Sequence[Item],
    outlets: Sequence[str],
    vectors: Packed,
    titles: Packed,
) -> Facets:
    """Facets of `items`; `vectors` of `shown(item)` and `titles` of their headlines."""
    return read(items, outlets)(vectors, titles)


def read(items: Sequence[Item], outlets: Sequence[str]) -> Callable[[Packed, Packed], Facets]:
    """All but the vectors: what is answered takes them and gives the facets. So the words can be
    read while other processes make the vectors."""
    import numpy as np
    from scipy.sparse import csr_array

    brief, head, long, names = (words.Rows() for _ in range(4))
    # Tuples, for an empty set takes 216 bytes.
    figures: list[tuple[str, ...]] = []
    countries: list[tuple[str, ...]] = []
    towns: list[tuple[str, ...]] = []
    for item in items:
        title = words.words_of(item.title)
        head.add(words.counted(title))
        opened = words.words_of(item.text[:SHOWN])
        more = opened if len(item.text) <= SHOWN else words.words_of(item.text[:LONG])
        brief.add(words.counted([*title, *title, *opened]))
        long.add(words.counted([*title, *more]))
        names.add(words.counted(words.names_of(item.title, item.text[:_NAMES])))
        opening = f"{item.title}. {item.text[:_PLACES]}"
        figures.append(tuple(words.figures_of(opening)))
        found = find_places(opening)
        countries.append(tuple({place.country for place in found}))
        towns.append(tuple({place.town for place in found if place.town}))
    background = words.background_idf()
    brief_rows, long_rows = brief.matrix(), long.matrix()
    ones = np.ones(brief_rows.nnz, dtype=np.int8)
    pattern = csr_array((ones, brief_rows.indices, brief_rows.indptr), shape=brief_rows.shape)
    known = partial(
        Facets,
        by_batch=words.weighted(brief_rows, words.batch_idf(brief_rows)),
        by_background=words.weighted(brief_rows, background),
        title_words=words.weighted(head.matrix(), background),
        long_by_batch=words.weighted(long_rows, words.batch_idf(long_rows)),
        long_by_background=words.weighted(long_rows, background),
        shared_words=pattern,
        names=words.weighted(names.matrix(), background),
        figures=_numbered(figures),
        countries=_numbered(countries),
        towns=_numbered(towns),
        lengths=np.array([len(item.text) for item in items], dtype=np.float64),
        sources=_source_numbers(outlets),
    )
    return lambda vectors, titles: known(vectors=vectors, titles=titles)


def _source_numbers(outlets: Sequence[str]) -> NDArray[np.int64]:
    import numpy as np

    at: Mapping[str, int] = {name: i for i, name in enumerate(sorted(set(outlets) - {""}))}
    return np.array([at.get(name, -1 - i) for i, name in enumerate(outlets)], dtype=np.int64)
