"""Learns which section a report belongs to, or none: digest/analyse/data/matters.npz.

    python -m bench.train_matters DAYS_DIR

Multinomial logistic regression on the vectors of text and headline, the category's margins, plain
signs and hashed words, over the reports of real days that are labelled by item id in
bench/labels/section-DAY.json (the rule stands there); one day is left out, which `bench sections`
is scored on. First each of the others is judged by what the rest teach. It reads
data/sections.npz: train that first. Deterministic: the same data and scikit-learn give the same
bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack
from sklearn.linear_model import LogisticRegression

from bench.cluster import items_of
from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import shown
from digest.analyse.sections import (
    MATTERS,
    category_margins,
    category_words,
    evidence,
    hashed_words,
    opening,
)
from digest.model import Item

HERE = Path(__file__).parent
OUT = HERE.parent / "digest" / "analyse" / "data" / "matters.npz"
HELD_OUT = "2025-09-10"
C = 2.0
WORD_SCALE = 40.0
"""Word weights are kept in a byte each: steps of .025."""
NONE = len(MATTERS) - 1


def main(argv: list[str]) -> int:
    (days,) = map(Path, argv)
    embedder = UsemEmbedder()
    rows, truth, day_of, wide = [], [], [], 0
    for number, path in enumerate(sorted((HERE / "labels").glob("section-*.json"))):
        day = path.stem.removeprefix("section-")
        if day == HELD_OUT:
            continue
        labels = json.loads(path.read_text("utf-8"))
        known = {one: at for at, matter in enumerate(MATTERS) for one in labels[matter or "out"]}
        items = [one for one in items_of(days / day) if one.id in known]
        dense, words = features(items, embedder)
        rows.append(hstack([csr_array(dense), words]))
        wide = dense.shape[1]
        truth += [known[one.id] for one in items]
        day_of += [number] * len(items)
    seen, matters, day_numbers = vstack(rows).tocsr(), np.array(truth), np.array(day_of)
    judge(seen, matters, day_numbers)
    learned = LogisticRegression(C=C, max_iter=3000).fit(seen, matters)
    np.savez_compressed(
        OUT,
        dense=learned.coef_[:, :wide].T.astype(np.float16),
        words=np.round(learned.coef_[:, wide:].T * WORD_SCALE).clip(-127, 127).astype(np.int8),
        words_scale=np.float32(WORD_SCALE),
        bias=learned.intercept_.astype(np.float32),
    )
    return 0


def features(items: list[Item], embedder: UsemEmbedder) -> tuple[NDArray[np.float32], csr_array]:
    """`evidence` of the reports, and their hashed words."""
    hashed = hashed_words([opening(one) for one in items])
    vectors = embedder.vectors([shown(one) for one in items])
    titles = embedder.vectors([one.title for one in items])
    margins = category_margins(vectors, category_words(hashed))
    return evidence(items, vectors, titles, margins), hashed


def judge(seen: csr_array, matters: NDArray[np.int64], day: NDArray[np.int64]) -> None:
    """Print how each day is told by what the others teach."""
    found = np.zeros((len(matters), len(MATTERS)))
    for number in set(day.tolist()):
        taught = LogisticRegression(C=C, max_iter=3000).fit(
            seen[day != number], matters[day != number]
        )
        found[day == number] = taught.predict_proba(seen[day == number])
    inside, left = matters != NONE, found[:, NONE] >= 0.5
    right = found[inside, :NONE].argmax(axis=1) == matters[inside]
    print(
        f"{len(matters)} reports: section {right.mean():.3f}; none {left.sum()}, "
        f"rightly {(~inside)[left].mean():.3f}, of those that are none {left[~inside].mean():.3f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
