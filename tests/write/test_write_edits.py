"""Edits can always be undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.write import edits
from digest.write.edits import Change


@st.composite
def spans_and_changes(draw: st.DrawFn) -> tuple[str, list[Change]]:
    span = draw(st.text(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(span)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    changes = [Change("trim", start, end, draw(st.text(max_size=6))) for start, end in pairs]
    return span, draw(st.permutations(changes))


@given(spans_and_changes())
def test_every_edit_is_undone_to_the_letter(case: tuple[str, list[Change]]) -> None:
    span, changes = case
    text, made = edits.apply(span, changes)
    assert edits.undo(text, made) == span
    for edit, change in zip(made, sorted(changes, key=lambda c: (c.start, c.end)), strict=True):
        assert text[edit.start : edit.end] == change.text
        assert edit.was == span[change.start : change.end]


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        edits.apply("the strait", [Change("trim", 0, 5, ""), Change("case", 4, 6, "S")])
