"""Words, facets, candidate pairs, and the forest that judges them."""

from __future__ import annotations

import numpy as np
from newsroom_items import a_day

from digest.analyse import pairs, words
from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import Facets, facets_of, shown
from digest.analyse.forest import CERTAIN, Forest


def facets() -> Facets:
    items = a_day()
    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(item) for item in items])()
    titles = embedder.begin([item.title for item in items])()
    return facets_of(items, [item.source for item in items], vectors, titles)


def test_words_fold_and_drop_what_is_common() -> None:
    assert words.words_of("The Minister’s troops, and NATO's") == ["minister", "troops", "nato"]
    assert words.words_of("政府発表") == ["政府", "府発", "発表"]


def test_figures_leave_years_out() -> None:
    assert words.figures_of("In 2024, 1,200 fled and six died") == {"1200", "6"}


def test_weighted_rows_have_unit_length_and_empty_ones_stay_empty() -> None:
    made = words.weighted(words.rows([words.counted(["a1", "b2", "b2"]), {}]), np.ones(1 << 16))
    squares = np.asarray(made.multiply(made).sum(axis=1)).ravel()
    assert np.allclose(squares, [1.0, 0.0])


def test_candidates_are_sorted_pairs_without_repeats() -> None:
    found = pairs.candidates(facets())
    keys = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert all(a < b for a, b in keys)


def test_evidence_has_a_finite_value_for_every_feature() -> None:
    made = facets()
    rows = pairs.evidence(made, pairs.candidates(made))
    assert rows.shape[1] == len(pairs.FEATURES)
    assert np.isfinite(rows).all()


def test_the_forest_walks_to_the_right_leaf() -> None:
    """One tree: feature 1 ≤ .5 → leaf 1 (+2), else feature 0 ≤ 0 → leaf 3 (-1) or leaf 4 (+9)."""
    tree = Forest(
        feature=np.array([1, 0, 0, 0, 0], dtype=np.int16),
        threshold=np.array([0.5, 0, 0, 0, 0], dtype=np.float32),
        left=np.array([1, 1, 3, 3, 4], dtype=np.int32),
        right=np.array([2, 1, 4, 3, 4], dtype=np.int32),
        value=np.array([0, 2, 0, -1, 9], dtype=np.float32),
        roots=np.array([0], dtype=np.int32),
        depth=2,
        base=0.25,
    )
    rows = np.array([[5, 0.5], [0, 0.6], [1, 0.6]], dtype=np.float32)
    assert tree.log_odds(rows).tolist() == [2.25, -0.75, CERTAIN]
