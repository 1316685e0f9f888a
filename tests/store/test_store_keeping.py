"""Cached vectors, leases, and what doctor is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from digest.model import Item
from digest.store import Store, open_store
from digest.store.migrate import HEAD

NOW = datetime(2026, 4, 14, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "<f8"])
def test_vectors_come_back_equal_to_the_bit(store: Store, dtype: str) -> None:
    drawn = np.random.default_rng(5).standard_normal((6, 32)).astype(dtype)
    given = {f"{row:064x}": drawn[row] for row in range(6)}
    store.put_vectors("m", given, NOW)
    found = store.get_vectors("m", [*given, "f" * 64, f"{1:064x}"])
    assert found.keys() == given.keys()
    for key, vector in found.items():
        assert vector.dtype == np.dtype(dtype)
        assert vector.tobytes() == given[key].tobytes()


def test_vectors_belong_to_a_model_and_stay(store: Store) -> None:
    key = "a" * 64
    store.put_vectors("m 1", {key: np.ones(4, np.float32)}, NOW)
    store.put_vectors("m 1", {key: np.zeros(4, np.float32)}, NOW)
    assert store.get_vectors("m 2", [key]) == {}
    assert store.get_vectors("m 1", [key])[key].tolist() == [1, 1, 1, 1]
    store.put_vectors("m 1", {}, NOW)
    assert store.get_vectors("m 1", []) == {}


def test_pruning_forgets_old_vectors(store: Store) -> None:
    old, new = "a" * 64, "b" * 64
    store.put_vectors("m", {old: np.ones(4, np.float32)}, NOW)
    store.put_vectors("m", {new: np.ones(4, np.float32)}, NOW + MINUTE)
    store.prune(NOW, NOW + MINUTE)
    assert store.get_vectors("m", [old, new]).keys() == {new}


def test_a_lease_keeps_others_out_until_it_ends(store: Store) -> None:
    assert store.take_lease("build main", "one", 10 * MINUTE, NOW)
    assert not store.take_lease("build main", "two", 10 * MINUTE, NOW + 9 * MINUTE)
    assert store.take_lease("build asia", "two", 10 * MINUTE, NOW)
    assert store.take_lease("build main", "two", 10 * MINUTE, NOW + 10 * MINUTE)
    assert not store.take_lease("build main", "one", 10 * MINUTE, NOW + 11 * MINUTE)


def test_a_lease_can_be_renewed_and_given_back(store: Store) -> None:
    assert store.take_lease("build", "one", 10 * MINUTE, NOW)
    assert store.take_lease("build", "one", 10 * MINUTE, NOW + 9 * MINUTE)
    assert not store.take_lease("build", "two", 10 * MINUTE, NOW + 15 * MINUTE)
    assert not store.release_lease("build", "two")
    assert store.release_lease("build", "one")
    assert not store.release_lease("build", "one")
    assert store.take_lease("build", "two", 10 * MINUTE, NOW + 15 * MINUTE)


def test_a_lease_that_another_took_is_not_renewed_even_once_that_one_is_done(store: Store) -> None:
    assert store.take_lease("build", "late", 3 * MINUTE, NOW)
    assert store.renew_lease("build", "late", 3 * MINUTE, NOW + 4 * MINUTE)  # nobody took it
    assert store.take_lease("build", "other", 3 * MINUTE, NOW + 8 * MINUTE)
    assert not store.renew_lease("build", "late", 3 * MINUTE, NOW + 9 * MINUTE)
    assert store.release_lease("build", "other")
    assert not store.renew_lease("build", "late", 3 * MINUTE, NOW + 9 * MINUTE)
    assert store.leases_held(NOW) == []


def test_of_many_at_once_one_gets_the_lease(url: str) -> None:
    open_store(url).close()

    def take(holder: str) -> bool:
        with open_store(url) as store:
            return store.take_lease("build", holder, MINUTE, NOW)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, "abcdefgh")) == 1


def test_status_counts_what_is_stored(store: Store) -> None:
    empty = store.status()
    assert (empty.items, empty.editions) == (0, 0)
    batch = [
        Item("1", "https://a.example/1", "A", "T", "", None, NOW),
        Item("2", "https://a.example/2", "A", "T", "", NOW - MINUTE, NOW),
    ]
    store.save_fetched([], batch, NOW)
    status = store.status()
    assert (status.items, status.editions, status.damage) == (2, 0, ())
    assert status.revision == HEAD
    assert status.bytes > 10_000
    assert status.url == store.url
