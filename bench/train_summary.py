"""Learns how sentences are chosen: `python -m bench.train_summary TRAIN.jsonl`.

Writes digest/write/data/weights.json. TRAIN.jsonl holds one set a line (`{documents, references}`).
The same file gives the same weights to the byte, in about six minutes of one core: features are
measured by the program's own code, the loss is smooth and starts from zero, and weights are
rounded before they are written.

The loss (a policy's expected reward, as in Paulus et al. 2018, here in closed form): a softmax over
a set's sentences, or over its choices of sentences near 56 words, should draw what has the highest
mean of ROUGE-1, -2 and -L.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from digest.write.weights import Scale

    Floats = NDArray[np.float64]

WORDS = 56
"""Length of the choices learned from; features hold lengths relative to the one wanted."""
RIDGE = 1.0
"""Weight decay: of .3, 1 and 2 the best in five folds of neus.train (November 2026): R1 .4065."""
STEPS = 300
DIGITS = 6
DIRECTIONS = 32
"""Of 0, 16, 32, 64 and 128, what did best in five folds."""
TARGET = Path(__file__).parent.parent / "digest" / "write" / "data" / "weights.json"


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence, bits for positions (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for i, word in enumerate(b):
        places[word] = places.get(word, 0) | (1 << i)
    full = (1 << len(b)) - 1
    row = full
    for word in a:
        hit = row & places.get(word, 0)
        row = ((row + hit) | (row - hit)) & full
    return len(b) - row.bit_count()


def _f1(shared: int, a: int, b: int) -> float:
    return 2.0 * shared / (a + b) if shared else 0.0


def reward(ours: Sequence[str], reference: Sequence[str]) -> float:
    """Mean F1 of ROUGE-1, -2 and -L of two lists of stems."""
    words = (Counter(ours) & Counter(reference)).total()
    runs = (Counter(pairwise(ours)) & Counter(pairwise(reference))).total()
    longest = longest_common(ours, reference)
    a, b = len(ours), len(reference)
    return (_f1(words, a, b) + _f1(runs, max(1, a - 1), max(1, b - 1)) + _f1(longest, a, b)) / 3


def fit(tables: Sequence[Floats], rewards: Sequence[Floats]) -> Floats:
    """Weights of the linear softmax policy with the highest expected reward over all sets."""
    import numpy as np
    from scipy.optimize import minimize

    sizes = [len(t) for t in tables]
    starts = np.cumsum([0, *sizes])[:-1]
    of_set = np.repeat(np.arange(len(sizes)), sizes)
    x = np.vstack(tables)
    y = np.concatenate([r - r.mean() for r in rewards])

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        e = np.exp(z - np.maximum.reduceat(z, starts)[of_set])
        p = e / np.add.reduceat(e, starts)[of_set]
        expected = np.add.reduceat(p * y, starts)
        slope = p * (y - expected[of_set])
        return float(-expected.sum() + RIDGE * w @ w), -(x.T @ slope) + 2 * RIDGE * w

    found = minimize(
        loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    weights: Floats = found.x
    return weights


def scale_of(tables: Sequence[Floats]) -> Scale:
    import numpy as np

    from digest.write.weights import Scale

    rows = np.vstack(tables)
    spread = rows.std(axis=0)
    return Scale(
        rows.mean(axis=0).round(DIGITS), np.where(spread > 1e-4, spread, 1.0).round(DIGITS)
    )


def learn(tables: Sequence[Floats], rewards: Sequence[Floats]) -> dict[str, list[float]]:
    """A model's entry in weights.json."""
    scale = scale_of(tables)
    weights = fit([scale.standard(t) for t in tables], rewards).round(DIGITS)
    return {
        "mean": scale.mean.tolist(),
        "spread": scale.spread.tolist(),
        "weights": [w + 0.0 for w in weights.tolist()],
    }


def directions_of(vectors: Sequence[Floats]) -> Floats:
    """The directions in which sentences of one set differ most (principal components)."""
    import numpy as np

    around = np.vstack([v - v.mean(axis=0) for v in vectors])
    _, found = np.linalg.eigh(around.T @ around)
    rows = found[:, ::-1][:, :DIRECTIONS].T
    # A component's sign is the library's whim: the largest entry is made positive.
    largest = np.abs(rows).argmax(axis=1)
    made: Floats = rows * np.sign(rows[np.arange(len(rows)), largest])[:, None]
    return made.round(4)


def train(sets: Sequence[dict[str, Any]], *, vectors: bool) -> dict[str, Any]:
    """Both models, of sentences and of choices."""
    import numpy as np
    from rouge_score.tokenizers import DefaultTokenizer

    from bench.summary import Usem
    from digest.write import features, subsets
    from digest.write.summary import candidates_of
    from digest.write.vectors import Remembered
    from digest.write.weights import Model, Scale

    stems = DefaultTokenizer(True).tokenize
    model = Usem() if vectors else None
    measured, rewards = [], []
    for number, s in enumerate(sets, 1):
        documents = s["documents"]
        candidates, lengths = candidates_of([d["text"] or "" for d in documents])
        if len(candidates) < 2:
            continue
        titles = [d["title"] or "" for d in documents]
        embedder = Remembered(model) if model else None
        m = features.matrix(titles, candidates, lengths, embedder)
        ours = [stems(c.text) for c in candidates]
        references = [stems(r) for r in s["references"]]
        rewards.append(np.array([np.mean([reward(o, r) for r in references]) for o in ours]))
        measured.append((titles, candidates, m, ours, references))
        if number % 500 == 0:
            print(f"  {number} of {len(sets)} sets measured", flush=True)
    name = "" if vectors else "_lexical"
    sentence = learn([m.table for _, _, m, _, _ in measured], rewards)
    judge = Model(
        Scale(np.array(sentence["mean"]), np.array(sentence["spread"])),
        np.array(sentence["weights"]),
    )
    rows = [m.vectors for _, _, m, _, _ in measured if m.vectors is not None]
    directions = directions_of(rows) if rows else None
    tables, rewards = [], []
    for titles, candidates, m, ours, references in measured:
        best = [int(i) for i in np.argsort(-judge.scores(m.table), kind="stable")]
        chosen = subsets.choices([len(c.text.split()) for c in candidates], best, WORDS)
        if len(chosen) < 2:
            continue
        tables.append(
            subsets.matrix(subsets.Pool(titles, candidates, m), chosen, WORDS, directions)
        )
        # As it is printed: first sentences first, then in the order of the documents.
        order = sorted(
            range(len(candidates)), key=lambda i: (candidates[i].order, candidates[i].document)
        )
        made = [[w for i in order if i in c for w in ours[i]] for c in chosen]
        rewards.append(np.array([np.mean([reward(t, r) for r in references]) for t in made]))
    print(f"  {sum(map(len, tables))} choices of {len(tables)} sets", flush=True)
    choice: dict[str, Any] = learn(tables, rewards)
    if directions is not None:
        choice["directions"] = directions.tolist()
    return {f"sentence{name}": sentence, f"choice{name}": choice}


def main() -> None:
    from bench.summary import read_sets
    from digest.write import features, subsets

    parser = argparse.ArgumentParser(prog="python -m bench.train_summary")
    parser.add_argument("file", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    sets = read_sets(options.file)
    models: dict[str, Any] = {}
    for vectors in (True, False):
        print("with vectors" if vectors else "without vectors", flush=True)
        models |= train(sets, vectors=vectors)
    made = {
        "trained_on": {"file": options.file.name, "sets": len(sets)},
        "features": {
            "sentence": list(features.NAMES),
            "choice": [*subsets.NAMES, *subsets.VECTOR_NAMES],
        },
        "models": models,
    }
    text = json.dumps(made, sort_keys=True) + "\n"
    options.output.write_text(text, "utf-8")
    print(f"{options.output} sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
