"""Learns category and security filter, digest/analyse/data/sections.npz.

    python -m bench.train_sections SECTIONS_DIR DAYS_DIR

`category`: linear classifiers on the text's vector and its hashed words and word pairs, over 38,000
dated events with their editors' heading (portal_events.jsonl), all but the last 2,000, which `bench
sections` is scored on. Later years weigh more, because the editors' habits drift (a protest was
"politics" in 2012 and "crime" in 2020), and rare headings are balanced. Security or not:
logistic regression on the vectors of text and headline, over two real
days labelled by item id in bench/labels/security-DAY.json, and lightly over the dated events, so
that kinds of event which those two days did not see are known too. The vectors are multilingual, so
both hold in every language of the encoder without a word of it in the training data.

Deterministic: the same data and scikit-learn give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bench.cluster import items_of
from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import shown
from digest.analyse.sections import CATEGORIES, hashed_words

HERE = Path(__file__).parent
OUT = HERE.parent / "digest" / "analyse" / "data" / "sections.npz"
DAYS = ("2025-10-13", "2026-01-08")
HELD_OUT = 2000
"""The last dated events, never trained on."""
CATEGORY_C, SECURITY_C = 0.3, 4.0
HALF_LIFE_YEARS = 3.0
PORTAL_WEIGHT = 0.002
"""A dated event beside a labelled report, in the security filter: there are fifty times as many."""
WORD_SCALE = 40.0
"""Word weights are kept in a byte each: steps of .025."""
_SECURITY = {"conflict", "crime", "disaster", "diplomacy"}
_OUTSIDE = {"business", "culture", "sport", "science"}


def main(argv: list[str]) -> int:
    sections, days = map(Path, argv)
    embedder = UsemEmbedder()
    events = dated_events(sections / "portal_events.jsonl")[:-HELD_OUT]
    vectors = embedder.vectors([str(event["event"]) for event in events])
    headings = np.array([str(event["category"]) for event in events])
    texts = [str(event["event"]) for event in events]
    features = hstack([csr_array(vectors), hashed_words(texts)]).tocsr()
    years = np.array([_year(str(event["date"])) for event in events])
    category = LinearSVC(C=CATEGORY_C, class_weight="balanced", random_state=0).fit(
        features, headings, sample_weight=0.5 ** ((years.max() - years) / HALF_LIFE_YEARS)
    )
    if tuple(category.classes_.tolist()) != CATEGORIES:
        raise SystemExit("the headings are not the ten categories of sections.CATEGORIES")

    rows, truth, weights = [], [], []
    for day in DAYS:
        labels = json.loads((HERE / "labels" / f"security-{day}.json").read_text("utf-8"))
        secure, unsure = set(labels["security"]), set(labels["unsure"])
        items = [one for one in items_of(days / day) if one.id not in unsure]
        rows.append(
            np.hstack(
                [
                    embedder.vectors([shown(one) for one in items]),
                    embedder.vectors([one.title for one in items]),
                ]
            )
        )
        truth += [one.id in secure for one in items]
        weights += [1.0] * len(items)
    clear = np.array([heading in _SECURITY | _OUTSIDE for heading in headings.tolist()])
    rows.append(np.hstack([vectors[clear], vectors[clear]]))
    truth += [heading in _SECURITY for heading in headings[clear].tolist()]
    weights += [PORTAL_WEIGHT] * int(clear.sum())
    security = LogisticRegression(C=SECURITY_C, max_iter=1000).fit(
        np.concatenate(rows), np.array(truth), sample_weight=np.array(weights)
    )
    np.savez_compressed(
        OUT,
        category=category.coef_[:, :512].T.astype(np.float16),
        category_words=np.round(category.coef_[:, 512:].T * WORD_SCALE)
        .clip(-127, 127)
        .astype(np.int8),
        category_words_scale=np.float32(WORD_SCALE),
        category_bias=category.intercept_.astype(np.float32),
        security=security.coef_[0].astype(np.float16),
        security_bias=security.intercept_.astype(np.float32),
    )
    return 0


def _year(date: str) -> float:
    return int(date[:4]) + int(date[5:7]) / 12


def dated_events(path: Path) -> list[dict[str, object]]:
    """The events by date, in the file's order within a day."""
    lines = path.read_text("utf-8").splitlines()
    return sorted((json.loads(line) for line in lines), key=lambda event: str(event["date"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
