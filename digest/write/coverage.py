"""Long summaries: sentences that together cover what most documents say.

Concept coverage after Gillick & Favre 2009 ("A Scalable Global Model for Summarization"): runs of
two words are concepts, worth more the more documents hold them, and count once however often they
are said. Solved greedily, then by swaps, instead of by an integer programme.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from digest.write import tokens
from digest.write.features import Candidate

# multiling2011 (five sets of ten documents at 250 words, 24 November 2026): R1/R2 .529/.247 with
# these, .518 to .529 anywhere between half and twice OPENING; the interleaved lead has .493/.210.
SHARE_POWER = 1.5
OPENING = 0.063
"""Worth of a word of a first sentence, where a concept of every document is worth 1; a second
sentence's word is worth half of it, and so on."""
LEAST_DOCUMENTS = 2
MOST_SWAPS = 50
OVER, UNDER = 1.04, 0.9
"""Bounds of the length, relative to the one wanted."""

Concept = tuple[str, str]


def _concepts(
    candidates: Sequence[Candidate],
) -> tuple[list[frozenset[Concept]], dict[Concept, float]]:
    """The concepts of each candidate, and what each concept is worth."""
    held = []
    for c in candidates:
        plain = tokens.words(c.text)
        held.append(
            frozenset(
                (tokens.stem(a), tokens.stem(b))
                for a, b in pairwise(plain)
                if not (a in tokens.STOPWORDS and b in tokens.STOPWORDS)
            )
        )
    seen: dict[Concept, set[int]] = {}
    for c, concepts in zip(candidates, held, strict=True):
        for concept in concepts:
            seen.setdefault(concept, set()).add(c.document)
    count = len({c.document for c in candidates})
    worth = {
        concept: (len(documents) / count) ** SHARE_POWER
        for concept, documents in seen.items()
        if len(documents) >= min(count, LEAST_DOCUMENTS)
    }
    return held, worth


def choose(candidates: Sequence[Candidate], words: int) -> list[int]:
    """Indices of the candidates of a summary of about `words` words."""
    held, worth = _concepts(candidates)
    sizes = [max(1, len(c.text.split())) for c in candidates]
    opening = [OPENING * n / (1 + c.order) for n, c in zip(sizes, candidates, strict=True)]

    def total(chosen: Sequence[int]) -> float:
        # A sum over a sorted union: the order of a set must not reach the last bit.
        covered = sorted(set().union(*(held[i] for i in chosen)) & worth.keys())
        return sum(worth[c] for c in covered) + sum(opening[i] for i in chosen)

    chosen: list[int] = []
    used = 0
    covered: set[Concept] = set()
    while True:
        best: tuple[float, int] | None = None
        for i in range(len(candidates)):
            if i in chosen or (chosen and used + sizes[i] > OVER * words):
                continue
            new = sum(worth.get(c, 0.0) for c in sorted(held[i] - covered))
            gain = round((new + opening[i]) / sizes[i], 12)
            if best is None or gain > best[0]:
                best = gain, i
        if best is None:
            break
        chosen.append(best[1])
        used += sizes[best[1]]
        covered |= held[best[1]]
    return _swapped(chosen, sizes, words, total)


def _swapped(
    chosen: list[int], sizes: Sequence[int], words: int, total: Callable[[Sequence[int]], float]
) -> list[int]:
    """Exchange one sentence for another as long as that is worth more."""
    for _ in range(MOST_SWAPS):
        base, used = total(chosen), sum(sizes[i] for i in chosen)
        better = next(
            (
                swapped
                for a in chosen
                for b in range(len(sizes))
                if b not in chosen
                and UNDER * words <= used - sizes[a] + sizes[b] <= OVER * words
                and total(swapped := [*(i for i in chosen if i != a), b]) > base + 1e-9
            ),
            None,
        )
        if better is None:
            break
        chosen = better
    return chosen
