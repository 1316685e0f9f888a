"""The nearest of each row: the cells of a large day miss next to nothing, and end on any day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array

from digest.analyse import near as near_module
from digest.analyse.embed import STEP, packed
from digest.analyse.near import Measure, nearest

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

KEEP = 8


def day(events: int, reports: int, spread: float) -> Measure:
    """`events` invented centres, each with `reports` around it: a vector and three words."""
    draw = np.random.default_rng(7)
    centres = np.repeat(draw.standard_normal((events, 32)), reports, axis=0)
    vectors = (centres + spread * draw.standard_normal(centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = np.repeat(draw.integers(0, 500, (events, 3)), reports, axis=0)
    rows = np.repeat(np.arange(len(words)), 3)
    said = csr_array(
        (np.full(rows.size, 3**-0.5, dtype=np.float32), (rows, words.ravel())),
        shape=(len(words), 500),
    )
    order = draw.permutation(len(words))
    return Measure(vectors[order] / np.float32(STEP), (said[order],), (0.5, 0.5))


def values(measure: Measure, exact: int, seen: float) -> NDArray[np.float32]:
    """Of each row, its nearest first; every row comes once."""
    made = np.full((measure.count, KEEP), np.nan, dtype=np.float32)
    for near in nearest(measure, KEEP, exact=exact, seen=seen):
        assert np.isnan(made[near.rows]).all()
        assert (near.rows[:, None] != near.others).all()
        made[near.rows] = -np.sort(-near.values, axis=1)
    assert not np.isnan(made).any()
    return made


def test_cells_find_what_comparing_all_finds() -> None:
    measure = day(events=300, reports=10, spread=0.6)
    exact = values(measure, exact=measure.count, seen=0)
    found = values(measure, exact=0, seen=5.5)
    assert (found <= exact + 1e-5).all()
    assert float((found >= exact - 1e-5).mean()) >= 0.99


@pytest.mark.parametrize("side", [9, 100, 1_000])
@pytest.mark.parametrize("keep", [1, 8, 120])
def test_blocks_give_what_sorting_all_gives(
    side: int, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their size, to the last bit, and of many equally near ones the first: a third of the
    rows are copies of each other."""
    monkeypatch.setattr(near_module, "_SIDE", side)
    measure = day(events=15, reports=12, spread=0.6)
    kept = np.arange(measure.count)
    kept[::3] = 0
    measure = replace(measure, dense=packed(measure.dense * np.float32(STEP))).of(kept)
    every = measure.between(measure)
    np.fill_diagonal(every, -1.0)
    order = np.argsort(-every, axis=1, kind="stable")[:, :keep]
    found = list(nearest(measure, keep))
    assert np.concatenate([near.rows for near in found]).tolist() == list(range(measure.count))
    assert np.concatenate([near.others for near in found]).tolist() == order.tolist()
    values = np.concatenate([near.values for near in found])
    assert values.tolist() == np.take_along_axis(every, order, axis=1).tolist()


def test_threads_find_the_same() -> None:
    measure = day(events=60, reports=10, spread=0.6)

    def found(exact: int, pool: Executor | None) -> list[list[object]]:
        every = nearest(measure, KEEP, pool, exact=exact, seen=2.0)
        return [[n.rows.tolist(), n.others.tolist(), n.values.tolist()] for n in every]

    with ThreadPoolExecutor(3) as pool:
        for exact in (0, measure.count):
            assert found(exact, pool) == found(exact, None)


def test_who_shares_a_rare_word_is_found_wherever_the_vectors_lie() -> None:
    draw = np.random.default_rng(3)
    count = 2_000
    vectors = draw.standard_normal((count, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    # Every four rows share a word of their own, and lie far apart in the order and in the vectors.
    words = np.arange(count) % (count // 4)
    ones = np.ones(count, dtype=np.float32)
    said = csr_array((ones, (np.arange(count), words)), shape=(count, count // 4))
    measure = Measure(packed(vectors), (said,), (0.5, 0.5))
    sharing = sum(
        int((words[near.others] == words[near.rows][:, None]).sum())
        for near in nearest(measure, KEEP, exact=0, seen=1.0)
    )
    assert sharing == 3 * count


def test_the_few_and_the_many_are_multiplied_alike() -> None:
    measure = day(events=40, reports=5, spread=0.6)
    few = measure.of(np.arange(7))
    whole = few.dense @ measure.dense.T * (0.5 * STEP * STEP)
    whole += 0.5 * (few.sparse[0] @ measure.sparse[0].T).toarray()
    assert np.allclose(few.between(measure), whole, atol=1e-6)
    assert np.allclose(measure.between(few), whole.T, atol=1e-6)


def test_one_text_in_thousands_of_copies_is_never_compared_whole() -> None:
    measure = day(events=1, reports=3_000, spread=0.0)
    sizes = [len(near.rows) for near in nearest(measure, KEEP, exact=0, seen=4.0)]
    assert max(sizes) <= 4.0 * 3_000**0.5
    assert float(values(measure, exact=0, seen=4.0).min()) > 0.999


def test_the_same_rows_give_the_same_bytes() -> None:
    measure = day(events=100, reports=10, spread=0.6)
    assert values(measure, 0, 6.0).tobytes() == values(measure, 0, 6.0).tobytes()
