"""`digest summarise`: whole sentences of the documents, about as many words as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.write import select, sentences
from digest.write.features import Candidate
from digest.write.vectors import Remembered, Vectors


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A sentence as document `d` prints it: `documents[d].text[start:end]`, for each citation."""

    text: str
    citations: tuple[tuple[int, int, int], ...]
    """(document, start, end); the first is where the text was taken from."""


def candidates_of(texts: Sequence[str]) -> tuple[list[Candidate], list[int]]:
    """The sentences of each text that may be printed, and each text's number of sentences.

    Where a set has none that is whole and well formed, every sentence is a candidate.
    """
    good: list[Candidate] = []
    every: list[Candidate] = []
    lengths = []
    for d, text in enumerate(texts):
        spans = sentences.spans(text, "en")
        lengths.append(len(spans))
        for order, (start, end) in enumerate(spans):
            candidate = Candidate(d, order, start, end, text[start:end])
            every.append(candidate)
            if not sentences.fault(candidate.text, whole_text=len(spans) == 1):
                good.append(candidate)
    return good or every, lengths


def summarise(
    documents: Sequence[Mapping[str, object]],
    words: int,
    embedder: Vectors | None = None,
) -> list[SummarySentence]:
    """About `words` words of whole sentences from `documents` (title and text each).

    Sentences come to the letter, in the order of the documents, none twice; the same sentence in
    another document becomes a further citation. Nothing is said where there is no sentence.
    """
    titles, texts = ([str(d.get(part) or "") for d in documents] for part in ("title", "text"))
    candidates, lengths = candidates_of(texts)
    if not candidates or words <= 0:
        return []
    if embedder is not None:
        embedder = Remembered(embedder)
    value, measured = select.scores(titles, candidates, lengths, embedder)
    chosen = select.best_choice(titles, candidates, value, measured, words)
    chosen.sort(key=lambda i: (candidates[i].order, candidates[i].document))
    return [_sentence(candidates, i) for i in chosen]


def _sentence(candidates: Sequence[Candidate], index: int) -> SummarySentence:
    first = candidates[index]
    cited = {first.document: first}
    for other in candidates:
        if other.text == first.text:
            cited.setdefault(other.document, other)
    return SummarySentence(first.text, tuple((c.document, c.start, c.end) for c in cited.values()))
