"""Summaries as wholes: what is measured of a choice of sentences, and the choices to compare.

A summary is more than its sentences: two good ones may say the same. So every choice of whole
sentences that comes near the wanted length is scored as one (after Zhong et al. 2020, "Extractive
Summarization as Text Matching", with measured features in the place of a network).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from digest.write import features, tokens
from digest.write.features import Candidate, Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SLACK = 0.35
"""How far a choice may be from the wanted number of words: whole sentences run to 25 words, so a
summary of 56 cannot always come nearer. On neus.val the mean is 60 words of 56 wanted."""
MOST_SENTENCES = 5
POOL = 14
"""Sentences that choices are made of: the best by their own score (5 of 14 give 3,472 choices)."""
LEAD_WORDS = 65
COMPARED = 8
"""Documents whose opening words a choice is compared with."""
NAMES = (
    *(f"mean_{name}" for name in features.NAMES[: features.LEXICAL]),
    "length",
    "length_squared",
    "sentences",
    "nearest_pair",
    "mean_pair",
    "shared_words",
    "shared_runs",
    "title_words",
    "fresh_words",
    "documents_of_words",
    "documents",
    "own_documents",
    "earliest",
    "opens_a_document",
    "lead_words",
    "lead_runs",
    "other_leads_words",
    "other_leads_runs",
    "least_lead_words",
    "least_lead_runs",
    "all_titles_words",
    "all_titles_runs",
)
VECTOR_NAMES = (
    *(f"mean_{name}" for name in features.NAMES[features.LEXICAL :]),
    "v_centroid_of_all",
    "v_titles_of_all",
    "v_least_title",
    "v_mean_sentence",
    "v_nearest_pair",
)


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one set of documents and what is known of each."""

    titles: Sequence[str]
    candidates: Sequence[Candidate]
    measured: Measured


def choices(word_counts: Sequence[int], best: Sequence[int], words: int) -> list[tuple[int, ...]]:
    """Choices of sentences near `words` words, made of the `POOL` best; the nearest one at least.

    `best` are all candidates by their own score, best first. Each choice is in rising order.
    """
    pool = sorted(best[:POOL])
    found: list[tuple[int, ...]] = []
    nearest: tuple[float, tuple[int, ...]] | None = None
    for size in range(1, MOST_SENTENCES + 1):
        for choice in combinations(pool, size):
            length = sum(word_counts[i] for i in choice)
            if abs(length - words) <= SLACK * words:
                found.append(choice)
            elif not found and (nearest is None or abs(length - words) < nearest[0]):
                nearest = abs(length - words), choice
    return found or ([nearest[1]] if nearest else [])


def _overlap(ours: Floats, theirs: Floats) -> Floats:
    """F1 of clipped counts, choices × texts: ROUGE-1 for words, ROUGE-2 for runs of two."""
    import numpy as np

    shared = np.stack([np.minimum(ours, t).sum(axis=1) for t in theirs], axis=1)
    sizes = ours.sum(axis=1)[:, None] + theirs.sum(axis=1)[None, :]
    found: Floats = 2.0 * shared / np.maximum(1.0, sizes)
    return found


def _pairs(choice: tuple[int, ...], likeness: Floats) -> tuple[float, float]:
    values = [float(likeness[a, b]) for a, b in combinations(choice, 2)]
    return (max(values), sum(values) / len(values)) if values else (0.0, 0.0)


def matrix(
    pool: Pool,
    chosen: Sequence[tuple[int, ...]],
    words: int,
    directions: Floats | None = None,
) -> Floats:
    """Features of each choice: `NAMES`; with `directions` also `VECTOR_NAMES` and these.

    `directions` (number × dimensions of the vectors) are those in which sentences of one set differ
    most: what they are about, and in what manner.
    """
    import numpy as np

    n, count = len(pool.candidates), max(1, len(pool.titles))
    member = np.zeros((len(chosen), n))
    for row, choice in enumerate(chosen):
        member[row, list(choice)] = 1.0
    sizes = np.array([len(c.text.split()) for c in pool.candidates], dtype=float)
    total = member @ sizes
    weighted = member * sizes / total[:, None]
    documents = np.array([c.document for c in pool.candidates])
    own = np.stack([member[:, documents == d].sum(axis=1) > 0 for d in range(count)], axis=1)

    content = [tokens.content(c.text) for c in pool.candidates]
    plain = [[tokens.stem(w) for w in tokens.words(c.text)] for c in pool.candidates]
    runs = [list(pairwise(p)) for p in plain]
    title_content = [tokens.content(t) for t in pool.titles]

    first = features.counts([*content, *title_content])
    bag, title_bag = first[:n] > 0, first[n:] > 0
    shares = np.stack([bag[documents == d].any(axis=0) for d in range(count)]).sum(axis=0)
    covered = (member @ bag) > 0
    covered_size = np.maximum(1.0, covered.sum(axis=1))
    run_bag = features.counts(runs) > 0
    run_shares = np.stack([run_bag[documents == d].any(axis=0) for d in range(count)]).sum(axis=0)
    run_covered = (member @ run_bag) > 0
    in_titles = title_bag.sum(axis=0).astype(float)

    pairs = np.array([_pairs(c, pool.measured.likeness) for c in chosen])
    orders = np.array([c.order for c in pool.candidates], dtype=float)
    earliest = np.where(member > 0, orders, np.inf).min(axis=1)
    length = total / words
    columns = [
        *(weighted @ pool.measured.table[:, : features.LEXICAL]).T,
        length,
        length**2,
        member.sum(axis=1),
        pairs[:, 0],
        pairs[:, 1],
        covered @ np.maximum(0, shares - 1) / max(1, np.maximum(0, shares - 1).sum()),
        run_covered @ np.maximum(0, run_shares - 1) / max(1, np.maximum(0, run_shares - 1).sum()),
        covered @ in_titles / max(1.0, in_titles.sum()),
        covered_size / total,
        covered @ shares / covered_size / count,
        own.sum(axis=1) / count,
        own.sum(axis=1) / member.sum(axis=1),
        earliest,
        earliest == 0,
        *_beside_leads(pool, plain, runs, member, own),
    ]
    vectors, title_vectors = pool.measured.vectors, pool.measured.title_vectors
    if directions is not None and vectors is not None and title_vectors is not None:
        table = pool.measured.table[:, features.LEXICAL :]
        columns += _vector_columns(table, vectors, title_vectors, chosen, weighted)
        columns += [*(weighted @ vectors @ directions.T).T]
    return np.array(columns, dtype=float).T


def _beside_leads(
    pool: Pool,
    plain: Sequence[Sequence[str]],
    runs: Sequence[Sequence[tuple[str, str]]],
    member: Floats,
    own: NDArray[np.bool_],
) -> list[Floats]:
    """How much each choice says that documents' first words and all titles say: by words and by
    runs of two (`plain` and `runs`, of each candidate). `own`: the documents it is taken from."""
    import numpy as np

    n, count = len(pool.candidates), max(1, len(pool.titles))
    titles = [[tokens.stem(w) for w in tokens.words(t)] for t in pool.titles]
    leads = [
        [w for p, c in zip(plain, pool.candidates, strict=True) if c.document == d for w in p]
        for d in range(min(count, COMPARED))
    ]
    leads = [lead[:LEAD_WORDS] for lead in leads]
    every_title = [w for t in titles for w in t]
    word_counts = features.counts([*plain, *leads, every_title])
    run_counts = features.counts([*runs, *(list(pairwise(x)) for x in (*leads, every_title))])
    by_words = _overlap(member @ word_counts[:n], word_counts[n:])
    by_runs = _overlap(member @ run_counts[:n], run_counts[n:])
    with_text = np.array([bool(lead) for lead in leads])
    others = ~own[:, : len(leads)] & with_text

    def mean_where(values: Floats, where: NDArray[np.bool_]) -> Floats:
        counted = where.sum(axis=1)
        least = np.where(with_text, values, np.inf).min(axis=1)
        mean: Floats = np.where(
            counted > 0, (values * where).sum(axis=1) / np.maximum(1, counted), least
        )
        return mean

    lead_words, lead_runs = by_words[:, :-1], by_runs[:, :-1]
    everywhere = np.broadcast_to(with_text, lead_words.shape)
    return [
        mean_where(lead_words, everywhere),
        mean_where(lead_runs, everywhere),
        mean_where(lead_words, others),
        mean_where(lead_runs, others),
        np.where(with_text, lead_words, np.inf).min(axis=1),
        np.where(with_text, lead_runs, np.inf).min(axis=1),
        by_words[:, -1],
        by_runs[:, -1],
    ]


def _vector_columns(
    table: Floats, v: Floats, t: Floats, chosen: Sequence[tuple[int, ...]], weighted: Floats
) -> list[Floats]:
    import numpy as np

    whole = features.unit(weighted @ v)
    middle, of_titles = (features.unit(rows.sum(axis=0, keepdims=True))[0] for rows in (v, t))
    cosines = v @ v.T
    return [
        *(weighted @ table).T,
        whole @ middle,
        whole @ of_titles,
        (whole @ t.T).min(axis=1),
        (whole @ v.T).mean(axis=1),
        np.array([_pairs(c, cosines)[0] for c in chosen]),
    ]
