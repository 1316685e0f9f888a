"""Pairs between clusters: all of them, of two great ones an even sample."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.analyse.cluster import Edges
from digest.analyse.events import _PAIRS_AT_ONCE, AKIN, Akin, _between


@given(st.data())
def test_all_pairs_of_clusters_by_the_book(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    number = st.integers(0, len(sizes) - 1)
    asked = data.draw(st.lists(st.tuples(number, number).map(sorted), min_size=1, max_size=6))
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    held = [range(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    one, other = np.array(asked).T
    found = _between(one, other, np.array(starts), np.array(sizes))
    assert list(zip(*(side.tolist() for side in found), strict=True)) == [
        (i, *pair)
        for i, (a, b) in enumerate(asked)
        for pair in (combinations(held[a], 2) if a == b else product(held[a], held[b]))
    ]


def test_of_two_great_clusters_no_more_than_can_be_held() -> None:
    starts, size = np.array([0, 3_000]), np.array([3_000, 2_000])
    _, a, b = _between(np.array([0]), np.array([1]), starts, size)
    assert _PAIRS_AT_ONCE / 2 < len(a) <= _PAIRS_AT_ONCE
    assert len(set(zip(a.tolist(), b.tolist(), strict=True))) == len(a)
    assert (a.min(), a.max(), b.min()) == (0, 2_999, 3_000)


def test_events_are_akin_whose_reports_nearly_are_one_event() -> None:
    groups = [[0, 3], [1], [2, 5], [4]]
    links = Edges.of(
        [
            (0, 3, 2.0),  # of one event
            (1, 3, AKIN),
            (0, 5, AKIN - 0.1),
            (2, 4, 0.5),
            (4, 5, -3.0),
        ]
    )
    akin = Akin.of(groups, links)
    assert akin.to(0, [1, 2, 3]) == [True, False, False]
    assert akin.to(1, [0, 2, 3]) == [True, False, False]
    assert akin.to(3, [2, 1]) == [True, False]
    assert akin.to(3, []) == []


def test_where_nothing_is_linked_nothing_is_akin() -> None:
    assert Akin.of([[0], [1]], Edges.of([])).to(0, [1]) == [False]
