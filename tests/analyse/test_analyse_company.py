"""Pairs looked at again: what the company of two reports says, against the same by plain loops."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from newsroom_items import a_day
from scipy.sparse import csr_array

from digest.analyse import company, events, words
from digest.analyse.cluster import Edges
from digest.analyse.embed import DIMENSIONS, UsemEmbedder, packed
from digest.analyse.facets import Openings, facets_of, shown

COUNT = 9
COMPANIES = [[0, 1, 2, 3], [4, 5], [6], [7], [8]]
FIRST = np.array([0, 0, 0, 0, 4, 4, 6, 7, 8], dtype=np.int32)


def made_up() -> Openings:
    """Nine reports with vectors and words drawn at random, eight words each out of 40."""
    draw = np.random.default_rng(7)
    vectors = draw.standard_normal((COUNT, DIMENSIONS)).astype(np.float32)
    vectors += 2 * vectors[FIRST]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    counts = words.rows(
        {int(word): 1 for word in draw.choice(40, size=8, replace=False)} for _ in range(COUNT)
    )
    ones = csr_array((np.ones(counts.nnz, np.int8), counts.indices, counts.indptr), counts.shape)
    of_day = words.weighted(counts, words.batch_idf(counts))
    return Openings(packed(vectors), by_batch=of_day, by_background=of_day, shared_words=ones)


def links(least: float = -3.0) -> Edges:
    draw = np.random.default_rng(8)
    pairs = [pair for pair in combinations(range(COUNT), 2) if draw.random() < 0.7]
    return Edges.of((a, b, draw.uniform(least, 4)) for a, b in pairs)


def column(name: str) -> tuple[Edges, list[float]]:
    likely = links()
    rows = company.evidence(made_up(), likely, FIRST)(slice(None))
    return likely, rows[:, company.FEATURES.index(name)].tolist()


def companions(report: int) -> list[int]:
    return next(group for group in COMPANIES if report in group)


def log_odds(a: int, b: int) -> float:
    likely = links()
    asked = (likely.a == min(a, b)) & (likely.b == max(a, b))
    return sum(likely.log_odds[asked].tolist()) if asked.any() else company.LEAST


def to_others(report: int, other: int) -> float:
    others = [x for x in companions(other) if x not in (report, other)]
    return float(np.mean([log_odds(report, x) for x in others or [other]]))


def to_centre(report: int, other: int) -> float:
    rows = made_up().vectors.astype(float)
    centre = sum(rows[x] / np.linalg.norm(rows[x]) for x in companions(other) if x != report)
    return float(rows[report] @ centre / np.linalg.norm(rows[report]) / np.linalg.norm(centre))


@pytest.mark.parametrize(("said", "near"), [("to_others", to_others), ("centre", to_centre)])
def test_how_near_each_is_to_the_others_company(
    said: str, near: Callable[[int, int], float]
) -> None:
    likely, less = column(f"{said}_less")
    _, more = column(f"{said}_more")
    for a, b, low, high in zip(likely.a.tolist(), likely.b.tolist(), less, more, strict=True):
        assert (low, high) == pytest.approx(sorted([near(a, b), near(b, a)]), abs=0.01)


def test_two_companies_by_all_their_pairs() -> None:
    likely, between = column("between")
    for a, b, found in zip(likely.a.tolist(), likely.b.tolist(), between, strict=True):
        one, other = companions(a), companions(b)
        across = [(x, y) for x in one for y in other if x != y]
        assert found == pytest.approx(np.mean([log_odds(x, y) for x, y in across]), abs=1e-4)


def test_a_rival_takes_the_lead() -> None:
    """Ahead of its nearest rival is what one report is in its own company alone."""
    likely, less = column("ahead_less")
    _, more = column("ahead_more")
    for a, b, low, high in zip(likely.a.tolist(), likely.b.tolist(), less, more, strict=True):
        assert low <= high
        if companions(a) == companions(b) and len(companions(a)) > 2:
            assert high > 0


def test_a_word_that_is_their_own() -> None:
    told = made_up()
    likely, found = column("own_words")
    held = told.shared_words.toarray() > 0
    for a, b, value in zip(likely.a.tolist(), likely.b.tolist(), found, strict=True):
        both = np.flatnonzero(held[a] & held[b])
        theirs = held[sorted({*companions(a), *companions(b)})][:, both].sum(axis=0)
        own = theirs / held[:, both].sum(axis=0) * words.background_idf()[both]
        assert value == pytest.approx(np.sort(own)[-3:].sum(), rel=1e-4)


def test_surely_different_pairs_are_not_looked_at_again() -> None:
    known = links(least=-6.0)
    likely = company.likely_ones(known)
    assert len(likely) == sum(known.log_odds >= company.LEAST) < len(known)
    assert len(company.again(made_up(), likely, FIRST)) == len(likely)
    none = company.likely_ones(Edges.of([(0, 1, -5.0)]))
    assert len(company.again(made_up(), none, FIRST)) == 0


def test_a_day_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    items = a_day()
    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(item) for item in items])()
    titles = embedder.begin([item.title for item in items])()
    told = facets_of(items, [item.source for item in items], vectors, titles)
    likely, first = events.first_look(told)
    whole = company.again(told, likely, first)
    assert len(whole)
    assert np.isfinite(whole.log_odds).all()
    monkeypatch.setattr(company, "_AT_ONCE", 3)
    assert company.again(told, likely, first).score.tolist() == whole.score.tolist()
