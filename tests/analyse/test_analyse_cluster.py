"""Average link: what merges, what does not, and that order does not matter."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digest.analyse.cluster import LONE, MISSING, SAME, Edges, average_link


def test_a_strong_pair_merges_and_a_weak_one_does_not() -> None:
    links = Edges.of([(0, 1, 4.0), (2, 3, -2.0)])
    assert average_link(4, links) == [[0, 1], [2], [3]]


def test_one_odd_pair_does_not_chain_two_events() -> None:
    """Single link would glue all six: 2 and 3 resemble each other, the others do not."""
    inside = [
        (a, b, 4.0) for group in ((0, 1, 2), (3, 4, 5)) for a in group for b in group if a < b
    ]
    links = [*inside, (2, 3, 3.0)]
    assert average_link(6, Edges.of(links)) == [[0, 1, 2], [3, 4, 5]]


def test_a_lone_pair_needs_a_firmer_tie_than_a_large_event() -> None:
    faint = 0.4
    assert average_link(2, Edges.of([(0, 1, faint)]), threshold=0.0, lone=1.0) == [[0], [1]]
    inside = [(a, b, 4.0) for g in ((0, 1, 2), (3, 4, 5)) for a in g for b in g if a < b]
    across = [(a, b, faint) for a in (0, 1, 2) for b in (3, 4, 5)]
    together = Edges.of([*inside, *across])
    assert average_link(6, together, threshold=0.0, lone=1.0) == [[0, 1, 2, 3, 4, 5]]


def test_no_items_and_no_edges() -> None:
    assert average_link(0, Edges.of([])) == []
    assert average_link(2, Edges.of([])) == [[0], [1]]


def by_the_book(count: int, scores: dict[tuple[int, int], float]) -> list[list[int]]:
    """The best two clusters of all are merged, until no two may be."""
    clusters = [[i] for i in range(count)]
    while True:
        able = []
        for i, one in enumerate(clusters):
            for other in clusters[i + 1 :]:
                ties = [scores.get((min(a, b), max(a, b)), MISSING) for a in one for b in other]
                better = sum(round(10_000 * tie) for tie in ties) - round(10_000 * LONE)
                if better >= round(10_000 * SAME) * len(ties):
                    able.append((Fraction(-better, len(ties)), min(one), min(other), one, other))
        if not able:
            return sorted(sorted(cluster) for cluster in clusters)
        *_, one, other = min(able)
        clusters.remove(other)
        one += other


edges_of_eight = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-6, 6).map(lambda score: round(score, 1)),
)


@given(edges_of_eight)
def test_it_merges_as_the_book_says(scores: dict[tuple[int, int], float]) -> None:
    links = Edges.of((a, b, score) for (a, b), score in scores.items())
    assert average_link(8, links) == by_the_book(8, scores)


@given(edges_of_eight, st.randoms(use_true_random=False))
def test_the_result_is_a_partition_whatever_the_order_of_the_edges(
    scores: dict[tuple[int, int], float], chance: Random
) -> None:
    links = [(a, b, score) for (a, b), score in scores.items()]
    clusters = average_link(8, Edges.of(links))
    assert sorted(i for cluster in clusters for i in cluster) == list(range(8))
    chance.shuffle(links)
    assert average_link(8, Edges.of(links)) == clusters
