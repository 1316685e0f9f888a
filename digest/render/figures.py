"""A quantity as a small table: each printed number once, and who prints it."""

from __future__ import annotations

from digest.model import Figure, FigureValue
from digest.render.safe import plain
from digest.render.sources import Sources
from digest.render.view import FigureBox, FigureRow, Source
from digest.render.words import Words

BY_SHOWN = 3
"""Outlets named per number: three lines of the table on a phone; the rest is counted."""


def figure_box(figure: Figure, sources: Sources, words: Words) -> FigureBox:
    """The table of `figure`: numbers in the order in which they were first printed."""
    rows: dict[str, dict[str, tuple[str, Source]]] = {}
    for value in figure.values:
        source = sources.of(value.citation)
        outlet = plain(value.outlet)
        told = f"{outlet}, {words.time(value.at)}"
        rows.setdefault(plain(value.printed), {}).setdefault(outlet, (told, source))
    return FigureBox(
        label=_label(figure.label, words),
        state=figure.state,
        note=_note(figure, words),
        rows=tuple(
            FigureRow(
                printed,
                tuple(by.values())[:BY_SHOWN],
                words.phrase("figure_more", n=len(by) - BY_SHOWN) if len(by) > BY_SHOWN else "",
            )
            for printed, by in rows.items()
        ),
    )


def _label(label: str, words: Words) -> str:
    key = f"figure_{label}"
    return words.phrase(key) if words.has(key) else plain(label)


def _note(figure: Figure, words: Words) -> str:
    if figure.state == "single":
        return ""
    low, high = _span(figure.values)
    if figure.state == "agree" or low is None or high is None or low == high:
        return words.phrase(f"figure_is_{figure.state}")
    return words.phrase(
        f"figure_span_{figure.state}", low=words.quantity(low), high=words.quantity(high)
    )


def _span(values: tuple[FigureValue, ...]) -> tuple[float | None, float | None]:
    """Lowest and highest bound that anyone prints."""
    bounds = [bound for value in values for bound in (value.low, value.high) if bound is not None]
    return (min(bounds), max(bounds)) if bounds else (None, None)
