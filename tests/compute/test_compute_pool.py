"""Threads for arithmetic: one a core, and none of them spreads a product over the others' cores."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from digest.compute import thread_pool


def _threads_of_a_product() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_a_product_keeps_to_its_thread_meanwhile() -> None:
    rows = np.ones((8, 8), dtype=np.float32)
    with threadpool_limits(2, "blas"):
        with thread_pool() as pool:
            assert _threads_of_a_product() == {1}
            products = list(pool.map(rows.__matmul__, [rows, 2 * rows]))
            assert [float(made[0, 0]) for made in products] == [8.0, 16.0]
        assert _threads_of_a_product() == {2}
