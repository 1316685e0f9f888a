"""A story's figures over outlets and time: agreed, risen, or in disagreement now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from digest.model import Figure, FigureValue, Report
from digest.write import sentences
from digest.write.cite import Part, cite, part_of
from digest.write.figures import OTHER_EVENT, Found, extract

State = Literal["single", "agree", "risen", "disagree"]
# Two outlets that differ within this time contradict each other; later, the count may have moved.
SAME_TIME = timedelta(minutes=45)
# A value more than this many times the story's middle one counts something else (a war's dead
# beside a strike's).
OTHER_SCALE = 12.0
_ORDER = ("killed", "injured", "missing", "arrested", "displaced", "money", "magnitude")


def tally(reports: Sequence[Report]) -> tuple[Figure, ...]:
    """The figures that the story's reports print, each outlet's latest and earlier values."""
    found: dict[str, list[FigureValue]] = defaultdict(list)
    for report in sorted(reports, key=lambda r: (r.item.when, r.item.id)):
        best: dict[str, FigureValue] = {}
        for value_label, value in _values(report):
            # The title is the outlet's own pick; a text may hold a part ("five of them").
            best.setdefault(value_label, value)
        for label, value in best.items():
            found[label].append(value)
    figures = []
    for label in sorted(found, key=lambda name: (_rank(name), name)):
        values = _one_scale(_moved(found[label]))
        if values:
            figures.append(Figure(label, tuple(values), state(values)))
    return tuple(figures)


def _rank(label: str) -> int:
    return next((i for i, name in enumerate(_ORDER) if label.startswith(name)), len(_ORDER))


def _values(report: Report) -> list[tuple[str, FigureValue]]:
    values = []
    lang = report.lang or report.item.lang or "en"
    parts: tuple[Part, ...] = ("title", "text")
    for part in parts:
        whole = part_of(report.item, part)
        for start, end in sentences.spans(whole, lang) if part == "text" else [(0, len(whole))]:
            sentence = whole[start:end]
            if OTHER_EVENT.search(sentence):
                continue
            for f in extract(sentence, lang):
                values.append((f.label, _value(report, part, start, end, f)))
    return values


def _value(report: Report, part: Part, start: int, end: int, f: Found) -> FigureValue:
    # The whole sentence is cited: a reader who follows a number wants to see what it counts.
    citation = cite(report, part, start, end)
    return FigureValue(
        outlet=citation.outlet,
        at=report.item.when,
        low=f.quantity.low,
        high=f.quantity.high,
        printed=f.printed,
        citation=citation,
    )


def _moved(values: list[FigureValue]) -> list[FigureValue]:
    """Without an outlet's repetitions of the same value."""
    kept: list[FigureValue] = []
    last: dict[str, FigureValue] = {}
    for v in values:
        before = last.get(v.outlet)
        if before is None or (before.low, before.high) != (v.low, v.high):
            kept.append(v)
            last[v.outlet] = v
    return kept


def _size(v: FigureValue) -> float:
    return v.high if v.low is None else v.low  # type: ignore[return-value]


def _one_scale(values: list[FigureValue]) -> list[FigureValue]:
    sizes = sorted(_size(v) for v in values)
    middle = sizes[(len(sizes) - 1) // 2]
    if middle <= 0:
        return values
    return [
        v for v in values if _size(v) <= middle * OTHER_SCALE and _size(v) * OTHER_SCALE >= middle
    ]


def compatible(a: FigureValue, b: FigureValue) -> bool:
    """Whether both can be true of one count at one time."""
    low = max(a.low if a.low is not None else 0.0, b.low if b.low is not None else 0.0)
    high = min(
        a.high if a.high is not None else float("inf"),
        b.high if b.high is not None else float("inf"),
    )
    return low <= high


def state(values: Sequence[FigureValue]) -> State:
    """`values` oldest first. Risen: each contradiction is a later, higher count."""
    if len({v.outlet for v in values}) < 2 and len(values) < 2:
        return "single"
    risen = False
    for i, early in enumerate(values):
        for late in values[i + 1 :]:
            if compatible(early, late):
                continue
            same_outlet = early.outlet == late.outlet
            if _size(late) <= _size(early) or (not same_outlet and late.at - early.at < SAME_TIME):
                return "disagree"
            risen = True
    return "risen" if risen else "agree"


def span_of_values(figure: Figure) -> str:
    """The range in words for the machine's labels: "12", "12 to 19", "at least 12"."""
    lows = [v.low for v in figure.values if v.low is not None]
    highs = [v.high for v in figure.values if v.high is not None]
    if figure.state == "risen":
        return re.sub(r"\s+", " ", figure.values[-1].printed)
    bounds = [*lows, *highs]
    low, high = min(bounds), max(bounds)
    if low == high:
        plain = f"{low:,.0f}" if low == int(low) else f"{low:g}"
        return plain if lows and highs else (f"at least {plain}" if lows else f"up to {plain}")
    return f"{low:,.0f} to {high:,.0f}" if high >= 10 or low == int(low) else f"{low:g} to {high:g}"
