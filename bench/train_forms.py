"""Learns which reports are comment, background or features: digest/analyse/data/forms.npz.

    python -m bench.train_forms DAYS_DIR

Logistic regression on the vectors of text and headline and on the headline's words and marks, over
the reports of real days that are labelled by item id in bench/labels/form-DAY.json (the rule stands
there). What is unsure is left out. First each day is judged by what the others teach, and precision
and recall at forms.COMMENT are printed. Deterministic: the same data and scikit-learn give the same
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
from digest.analyse.embed import DIMENSIONS, UsemEmbedder
from digest.analyse.facets import shown
from digest.analyse.forms import COMMENT, title_parts
from digest.model import Item

HERE = Path(__file__).parent
OUT = HERE.parent / "digest" / "analyse" / "data" / "forms.npz"
C = 4.0
PARTS_SCALE = 20.0
"""Weights of the headline's parts are kept in a byte each: steps of .05."""


def main(argv: list[str]) -> int:
    (days,) = map(Path, argv)
    embedder = UsemEmbedder()
    rows, truth, day_of = [], [], []
    for number, path in enumerate(sorted((HERE / "labels").glob("form-*.json"))):
        labels = json.loads(path.read_text("utf-8"))
        known = dict.fromkeys(labels["news"], False) | dict.fromkeys(labels["comment"], True)
        day = path.stem.removeprefix("form-")
        items = [one for one in items_of(days / day) if one.id in known]
        rows.append(evidence(items, embedder))
        truth += [known[one.id] for one in items]
        day_of += [number] * len(items)
    features, comment, day_numbers = vstack(rows).tocsr(), np.array(truth), np.array(day_of)
    judge(features, comment, day_numbers)
    learned = fitted(features, comment)
    weights = learned.coef_[0]
    np.savez_compressed(
        OUT,
        vectors=weights[: 2 * DIMENSIONS].astype(np.float16),
        parts=np.round(weights[2 * DIMENSIONS :] * PARTS_SCALE).clip(-127, 127).astype(np.int8),
        parts_scale=np.float32(PARTS_SCALE),
        bias=learned.intercept_.astype(np.float32),
    )
    return 0


def evidence(items: list[Item], embedder: UsemEmbedder) -> csr_array:
    """A row for each report: both vectors, then the headline's parts."""
    titles = [one.title for one in items]
    vectors = [embedder.vectors([shown(one) for one in items]), embedder.vectors(titles)]
    return hstack([csr_array(np.hstack(vectors)), title_parts(titles)]).tocsr()


def fitted(features: csr_array, comment: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=C, max_iter=2000).fit(features, comment)


def judge(features: csr_array, comment: NDArray[np.bool_], day: NDArray[np.int64]) -> None:
    """Print how each day is told by what the others teach."""
    said = np.zeros(len(comment), dtype=bool)
    for number in range(day.max() + 1):
        taught = fitted(features[day != number], comment[day != number])
        said[day == number] = taught.predict_proba(features[day == number])[:, 1] >= COMMENT
    right = (said & comment).sum()
    print(
        f"{len(comment)} reports: precision {right / said.sum():.3f}, "
        f"recall {right / comment.sum():.3f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
