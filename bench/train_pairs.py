"""Learns the scorer of pairs, digest/analyse/data/pairs.npz, and the background of word rarity.

    python -m bench.train_pairs CLUSTERING_DIR DAYS_DIR SUMMARIES_DIR SECTIONS_DIR

Trained on: ecbplus.train, gold_standard, google_news (CLUSTERING_DIR) and two real days whose
events are labelled by item id in bench/labels/. Never on the files that `bench cluster` judges by.
bench/train_company.py then learns the second look at pairs.

Each set also stands thinned (one or two reports per event), so that the nearest report in a thin
batch is not taken for the same event, and with half of its reports under another language's words,
which teaches what vectors, names, figures and places are worth when no word is shared.

The same command gives the same bytes: all sampling is seeded, the trees are scikit-learn's
HistGradientBoostingClassifier, which is deterministic on one version. That holds of one state of
the code: the trees that stand in data/ were learned on 29 November 2026, and places are read
better since. Learned anew on 30 November they were no better: 2025-09-10 .858 instead of .871,
ecbplus.dev .946, en_train_pool .886 instead of .857, news_cluster.legacy .862 instead of .940.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.cluster import Labelled, items_of, labelled
from digest.analyse import facets as facets_module
from digest.analyse import pairs, words
from digest.analyse.embed import UsemEmbedder, packed
from digest.analyse.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from numpy.typing import NDArray

    from digest.model import Item

HERE = Path(__file__).parent
DATA = HERE.parent / "digest" / "analyse" / "data"
SETS = ("ecbplus.train", "gold_standard", "google_news")
DAYS = ("2025-10-13", "2026-01-08")
SCALE = 20.0
"""The background keeps idf × SCALE in a byte: steps of .05."""
TREES, DEPTH, RATE, LEAF, RIDGE = 200, 6, 0.04, 150, 5.0
NEIGHBOURS, LEAST = 40, 0.08
"""More candidates than in use: the trees must know what surely different events look like."""
NOISE = 0.014
"""Per dimension, added to vectors of the foreign variants: a translation stands a little apart."""
THINNED, THIN_WEIGHT = 4, 0.17
FOREIGN, FOREIGN_WEIGHT = 2, 0.25
"""How many such variants of each set, and what each weighs beside the set itself."""


@dataclass(frozen=True)
class Variant:
    items: list[Item]
    events: list[str | None]
    weight: float


def background(sections: Path, summaries: Path) -> None:
    """Document frequencies of 45,000 short news texts → data/background.npz (counts, no text)."""
    seen = np.zeros(words.BUCKETS)
    texts = [json.loads(line)["event"] for line in _lines(sections / "portal_events.jsonl")]
    for line in _lines(summaries / "neus.train.jsonl"):
        for document in json.loads(line)["documents"]:
            texts.append(f"{document['title']}. {document['text']}")
    for text in texts:
        for bucket in set(words.counted(words.words_of(text))):
            seen[bucket] += 1
    idf = np.log((len(texts) + 1) / (seen + 1))
    np.savez_compressed(
        DATA / "background.npz", idf=np.round(idf * SCALE).astype(np.uint8), scale=SCALE
    )
    words.background_idf.cache_clear()


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def labelled_day(days: Path, day: str) -> Labelled:
    """A real day with the events of bench/labels/events-DAY.json."""
    labels = json.loads((HERE / "labels" / f"events-{day}.json").read_text("utf-8"))
    event_of = {i: event for event, ids in labels["events"].items() for i in ids}
    items, unsure = items_of(days / day), set(labels["ambiguous"])
    events = [
        None if one.id in unsure else event_of.get(one.id, f"single-{one.id}") for one in items
    ]
    return Labelled(day, items, events, [])


def thinned(data: Labelled, chance: random.Random) -> Variant:
    """One or two reports of each event: most nearest neighbours are now another event's."""
    members: dict[str, list[int]] = defaultdict(list)
    for at, event in enumerate(data.events):
        if event is not None:
            members[event].append(at)
    kept = []
    for group in members.values():
        kept += chance.sample(group, min(len(group), chance.choice([1, 1, 2])))
    kept.sort()
    return Variant([data.items[i] for i in kept], [data.events[i] for i in kept], THIN_WEIGHT)


_LETTER_WORD = re.compile(r"[^\W\d_]{2,}")


def foreign(made: Item, chance: random.Random) -> Item:
    """The report as another language would have it to the word counts: every common word changed,
    most names kept. The vector still comes from the words as they were."""

    def changed(match: re.Match[str]) -> str:
        word = match.group()
        if word[0].isupper() and chance.random() < 0.6:
            return word
        return f"x{word}x" if word[0].islower() else f"X{word[1:]}x"

    return replace(
        made,
        title=_LETTER_WORD.sub(changed, made.title),
        text=_LETTER_WORD.sub(changed, made.text[: facets_module.LONG]),
    )


def facets(
    items: list[Item], embedder: UsemEmbedder, mixed: random.Random | None = None
) -> facets_module.Facets:
    """Of the reports as they are, or with half of them `mixed` with another language's words."""
    vectors = embedder.vectors([facets_module.shown(i) for i in items])
    titles = embedder.vectors([i.title for i in items])
    if mixed is not None:
        items = [foreign(i, mixed) if mixed.random() < 0.5 else i for i in items]
        noise = np.random.default_rng(7).normal(0, NOISE, vectors.shape).astype(np.float32)
        vectors = vectors + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        titles = titles + noise
        titles /= np.linalg.norm(titles, axis=1, keepdims=True)
    outlets = [i.source for i in items]
    return facets_module.facets_of(items, outlets, packed(vectors), packed(titles))


@dataclass(frozen=True)
class Rows:
    """Evidence about pairs, whether each is of one event, and what each weighs."""

    evidence: NDArray[np.float32]
    truth: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        variant: Variant,
        ends: tuple[NDArray[np.int32], NDArray[np.int32]],
        evidence: NDArray[np.float32],
    ) -> Self:
        """The pairs between two labelled reports; a variant weighs as a whole."""
        one, other = ([variant.events[i] for i in end.tolist()] for end in ends)
        known = np.array([a is not None and b is not None for a, b in zip(one, other, strict=True)])
        truth = np.array([int(a == b) for a, b in zip(one, other, strict=True)])
        share = variant.weight / max(1, known.sum())
        return cls(evidence[known], truth[known], np.full(int(known.sum()), share))

    @classmethod
    def together(cls, many: Iterable[Rows]) -> Self:
        parts = [(rows.evidence, rows.truth, rows.weights) for rows in many]
        evidence, truth, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(evidence, truth, weights)


def training_sets(clustering: Path, days: Path, of_days: Iterable[str] = DAYS) -> list[Labelled]:
    """SETS and these days."""
    sets = [labelled(clustering / f"{name}.jsonl") for name in SETS]
    return sets + [labelled_day(days, day) for day in of_days]


def training_rows(data: Labelled, embedder: UsemEmbedder, chance: random.Random) -> Rows:
    """Of a set and its variants, which `chance` draws."""
    whole = Variant(data.items, data.events, 1.0)
    variants: list[tuple[Variant, random.Random | None]] = [(whole, None)]
    variants += [(thinned(data, chance), None) for _ in range(THINNED)]
    abroad = replace(whole, weight=FOREIGN_WEIGHT)
    variants += [(abroad, random.Random(11 + i)) for i in range(FOREIGN)]
    made = []
    for variant, mixed in variants:
        told = facets(variant.items, embedder, mixed)
        found = pairs.candidates(told, neighbours=NEIGHBOURS, least=LEAST)
        made.append(Rows.of(variant, (found.a, found.b), pairs.evidence(told, found)))
    return Rows.together(made)


def learn(
    rows: Rows, *, trees: int, depth: int, rate: float, leaf: int, columns: float = 1.0
) -> Forest:
    """Trees that tell pairs of one event from others; a split chooses among this share of the
    features."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_depth=depth,
        learning_rate=rate,
        l2_regularization=RIDGE,
        min_samples_leaf=leaf,
        max_features=columns,
        early_stopping=False,
        random_state=0,
    )
    weights = rows.weights / rows.weights.mean()
    return flattened(model.fit(rows.evidence, rows.truth, sample_weight=weights))


def first_look(sets: Iterable[Rows]) -> Forest:
    """The trees of pairs.npz, from these sets' rows."""
    return learn(Rows.together(sets), trees=TREES, depth=DEPTH, rate=RATE, leaf=LEAF)


def flattened(model: Any) -> Forest:  # noqa: ANN401 - scikit-learn is untyped
    """scikit-learn's trees as flat arrays; a leaf is its own child."""
    feature: list[int] = []
    threshold: list[float] = []
    left: list[int] = []
    right: list[int] = []
    value: list[float] = []
    roots: list[int] = []
    depth = 0
    for (tree,) in model._predictors:
        start = len(feature)
        roots.append(start)
        depth = max(depth, int(tree.nodes["depth"].max()))
        for at, node in enumerate(tree.nodes):
            leaf = bool(node["is_leaf"])
            feature.append(0 if leaf else int(node["feature_idx"]))
            threshold.append(0.0 if leaf else float(node["num_threshold"]))
            left.append(start + (at if leaf else int(node["left"])))
            right.append(start + (at if leaf else int(node["right"])))
            value.append(float(node["value"]) if leaf else 0.0)
    return Forest(
        feature=np.array(feature, dtype=np.int16),
        threshold=np.array(threshold, dtype=np.float32),
        left=np.array(left, dtype=np.int32),
        right=np.array(right, dtype=np.int32),
        value=np.array(value, dtype=np.float32),
        roots=np.array(roots, dtype=np.int32),
        depth=depth,
        base=float(model._baseline_prediction[0, 0]),
    )


def keep(name: str, features: tuple[str, ...], trees: Forest) -> None:
    """As data/NAME.npz, which forest.stored reads."""
    np.savez_compressed(DATA / f"{name}.npz", features=np.array(features), **asdict(trees))


def main(argv: list[str]) -> int:
    clustering, days, summaries, sections = map(Path, argv)
    background(sections, summaries)
    embedder, chance = UsemEmbedder(), random.Random(5)
    sets = training_sets(clustering, days)
    rows = [training_rows(data, embedder, chance) for data in sets]
    keep("pairs", pairs.FEATURES, first_look(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
