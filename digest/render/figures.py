"""A quantity as a small table: each printed number once, and who prints it."""

from __future__ import annotations

import re

from digest.model import Figure, FigureValue
from digest.render.safe import RTL_MARK, plain, right_to_left
from digest.render.sources import Sources
from digest.render.view import FigureBox, FigureRow, Source
from digest.render.words import Words

_TITLE_WORD = re.compile(
    r"\b(?!Dutzend|Hundert|Tausend|Zehntausend|Millionen|Milliarde)[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+\b"
)
"""Headlines in capitals print "At Least Six"; a table has no use for them. In German they
are nouns' own."""
_ABOVE = re.compile(r"(?:more than|over|in excess of|upwards of)\b", re.IGNORECASE)
BY_SHOWN = 3
"""Outlets named per number: three lines of the table on a phone; the rest is counted."""


def figure_box(figure: Figure, sources: Sources, words: Words) -> FigureBox:
    """The table of `figure`: one row per number, in the order in which they were first printed.

    "at least 17", "au moins 17" and "mindestens 17" are one number: the row shows it in the
    edition's language where anybody prints it so, and names all who print it.
    """
    rows: dict[tuple[object, ...], list[tuple[FigureValue, Source]]] = {}
    for value in figure.values:
        rows.setdefault(_number(value), []).append((value, sources.of(value.citation)))
    return FigureBox(
        label=words.figure(figure.label),
        state=figure.state,
        note=_note(figure, words),
        rows=tuple(_row(said, words) for said in rows.values()),
    )


def _number(value: FigureValue) -> tuple[object, ...]:
    """What makes two printed numbers the same; words without a number are their own."""
    if value.vague or (value.low is None and value.high is None):
        return (plain(value.printed).casefold(),)
    # Of "more than 20" and "at least 20" each is its outlets' own word.
    return value.low, value.high, bool(_ABOVE.match(plain(value.printed)))


def _row(said: list[tuple[FigureValue, Source]], words: Words) -> FigureRow:
    printed = next((value for value, source in said if not source.lang), said[0][0]).printed
    by: dict[str, tuple[str, Source]] = {}
    for value, source in said:
        outlet = plain(value.outlet)
        # A Latin name would turn the date beside it round.
        name = f"{RTL_MARK}{outlet}{RTL_MARK}" if right_to_left(words.language) else outlet
        when = words.published(value.at, dated=source.dated)
        by.setdefault(outlet, (f"{name}{words.phrase('comma')}{when}", source))
    more = len(by) - BY_SHOWN
    return FigureRow(
        _TITLE_WORD.sub(lambda word: word.group().lower(), plain(printed)),
        tuple(by.values())[:BY_SHOWN],
        words.phrase("figure_more", n=more) if more > 0 else "",
    )


def _note(figure: Figure, words: Words) -> str:
    if figure.state == "single" or len({value.outlet for value in figure.values}) == 1:
        return ""  # an outlet that says it twice agrees with nobody
    low, high = _span(figure.latest if figure.state == "disagree" else figure.values)
    if figure.state == "agree" and len({v.low or v.high for v in figure.values if not v.vague}) > 1:
        return ""  # "at least 14" and "at least 15" do not contradict, but are not the same
    if figure.state == "risen":  # one that lags behind is no beginning
        low = next((v.low or v.high for v in figure.values if not v.vague), None)
    if figure.state == "agree" or low is None or high is None or low == high:
        return words.phrase(f"figure_is_{figure.state}")
    return words.phrase(
        f"figure_span_{figure.state}", low=words.quantity(low), high=words.quantity(high)
    )


def _span(values: tuple[FigureValue, ...]) -> tuple[float | None, float | None]:
    """Lowest and highest bound that anyone prints; "dozens" prints none."""
    said = [(value.low, value.high) for value in values if not value.vague]
    bounds = [bound for both in said for bound in both if bound is not None]
    return (min(bounds), max(bounds)) if bounds else (None, None)
