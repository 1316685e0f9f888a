"""Text vectors by model and text, so that no text is embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, select

from digest.store.dialect import upsert, upsert_all
from digest.store.items import IDS_PER_QUERY, _chunks
from digest.store.schema import vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from digest.store.facade import Store


def get_many(store: Store, model: str, keys: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The stored vectors of `keys`, hashes of their texts, of the dtype they were stored with and
    equal to the bit; read-only.

    A cached vector must not differ from a fresh one in the least, or an edition would depend on
    what was built before it; so nothing is rounded here.
    """
    import numpy as np

    found: dict[str, NDArray[Any]] = {}
    chosen = select(vectors.c.text_sha256, vectors.c.dtype, vectors.c.vector)
    with store._reading() as connection:
        for some in _chunks(list(dict.fromkeys(keys)), IDS_PER_QUERY):
            query = chosen.where(vectors.c.model == model, vectors.c.text_sha256.in_(some))
            for text_sha256, dtype, blob in connection.execute(query):
                found[text_sha256] = np.frombuffer(blob, dtype=np.dtype(dtype))
    return found


def put_many(store: Store, model: str, new: Mapping[str, NDArray[Any]], now: datetime) -> None:
    """Store vectors by their texts' hash. `model` must name whatever changes them: one stored
    before stays, as the same model gives the same again."""
    rows = [
        {
            "model": model,
            "text_sha256": text_sha256,
            "dtype": new[text_sha256].dtype.str,
            "vector": new[text_sha256].tobytes(),
            "saved_at": now,
        }
        for text_sha256 in sorted(new)
    ]
    if rows:
        with store._writing() as connection:
            upsert_all(connection, upsert(connection, vectors).on_conflict_do_nothing(), rows)


def prune(connection: Connection, before: datetime) -> int:
    """Delete the vectors stored before `before`."""
    return connection.execute(delete(vectors).where(vectors.c.saved_at < before)).rowcount
