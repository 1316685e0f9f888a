"""Allowed changes between a source's span and the printed sentence: named, listed, reversible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Edit, EditKind


@dataclass(frozen=True, slots=True)
class Change:
    """Replace `span[start:end]` of the source by `text`."""

    kind: EditKind
    start: int
    end: int
    text: str


def apply(span: str, changes: Sequence[Change]) -> tuple[str, tuple[Edit, ...]]:
    """The printed sentence and its edits, in the order of the text.

    Raises ValueError when changes overlap: an edit of an edit could not be undone safely.
    """
    printed: list[str] = []
    edits: list[Edit] = []
    at = length = 0
    for change in sorted(changes, key=lambda c: (c.start, c.end)):
        if change.start < at or change.end > len(span):
            raise ValueError(f"edit {change} overlaps another or leaves the span")
        kept = span[at : change.start]
        printed += [kept, change.text]
        length += len(kept)
        was = span[change.start : change.end]
        edits.append(Edit(change.kind, length, length + len(change.text), was))
        length += len(change.text)
        at = change.end
    printed.append(span[at:])
    return "".join(printed), tuple(edits)


def apart(new: Sequence[Change], made: Sequence[Change]) -> list[Change]:
    """Those of `new` that touch nothing of what `made` changes."""
    return [n for n in new if not any(c.start < n.end and n.start < c.end for c in made)]


def undo(text: str, edits: Sequence[Edit]) -> str:
    """The source's span again: every edit taken back, last first."""
    for edit in reversed(edits):
        text = text[: edit.start] + edit.was + text[edit.end :]
    return text
