"""`digest summarise`: whole sentences of the documents, about as many words as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.write import select, sentences
from digest.write.features import Candidate
from digest.write.vectors import Remembered, Vectors


class Document(Protocol):
    """What a summary needs of a document."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A sentence as document `d` prints it: `documents[d].text[start:end]`, for each citation."""

    text: str
    citations: tuple[tuple[int, int, int], ...]
    """(document, start, end); the first is where the text was taken from."""


@dataclass(frozen=True, slots=True)
class _Plain:
    title: str
    text: str


def _plain(document: Document | Mapping[str, object]) -> _Plain:
    if isinstance(document, Mapping):
        return _Plain(str(document.get("title") or ""), str(document.get("text") or ""))
    return _Plain(document.title, document.text)


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
    documents: Sequence[Document | Mapping[str, object]],
    words: int,
    embedder: Vectors | None = None,
) -> list[SummarySentence]:
    """About `words` words of whole sentences from `documents` (title and text each).

    Sentences come to the letter, in the order of the documents, none twice; the same sentence in
    another document becomes a further citation. Nothing is said where there is no sentence.
    """
    plain = [_plain(d) for d in documents]
    candidates, lengths = candidates_of([d.text for d in plain])
    if not candidates or words <= 0:
        return []
    if embedder is not None:
        embedder = Remembered(embedder)
    titles = [d.title for d in plain]
    value, measured = select.scores(titles, candidates, lengths, embedder)
    chosen = select.best_choice(titles, candidates, value, measured, words)
    chosen.sort(key=lambda i: (candidates[i].order, candidates[i].document))
    return [_sentence(candidates, i) for i in chosen]


def _sentence(candidates: Sequence[Candidate], index: int) -> SummarySentence:
    first = candidates[index]
    also = [
        c
        for i, c in enumerate(candidates)
        if i != index and c.text == first.text and c.document != first.document
    ]
    seen = {first.document}
    cited = [first]
    for c in also:
        if c.document not in seen:
            seen.add(c.document)
            cited.append(c)
    return SummarySentence(first.text, tuple((c.document, c.start, c.end) for c in cited))
