"""Asking the optional writer, story by story; what it may change is write.rewording's to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from digest.errors import WriterError
from digest.model import Brief, Wording
from digest.write.rewording import fault, sentences_of
from digest.write.style import marked

FAILURES = 2
"""Stories in a row without an answer after which no more is asked: the edition waits for nobody."""


class Writer(Protocol):
    """A model that words sentences anew; `write.llm.Chat` is one."""

    @property
    def model(self) -> str: ...

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """One wording for each sentence, "" for none; raises WriterError."""
        ...


def worded_by(writer: Writer, briefs: Sequence[Brief], language: str) -> Wording:
    """What `writer` makes of the briefs' sentences, with the house's marks in an edition in
    `language`, and why others stay as they are."""
    accepted: dict[str, str] = {}
    refused: Counter[str] = Counter()
    asked = failed = 0
    note = ""
    for sentences in sentences_of(briefs):
        if not sentences:
            continue
        asked += len(sentences)
        if failed >= FAILURES:
            refused["no answer"] += len(sentences)
            continue
        try:
            answers = writer(sentences)
            failed = 0
        except WriterError as error:
            note = note or str(error)
            failed = FAILURES if error.over else failed + 1
            refused["no answer"] += len(sentences)
            continue
        for was, answer in zip(sentences, answers, strict=True):
            new = marked(answer, language)
            if refusal := fault(was, new):
                refused[refusal] += 1
            elif new != was:
                accepted[was] = new
    return Wording(writer.model, accepted, asked, dict(sorted(refused.items())), note)
