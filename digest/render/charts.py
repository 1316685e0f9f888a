"""Charts as SVG strings: pure, no dependency, readable at any width.

x is in per cent and y in pixels, so a chart put at `width="100%"` fills a phone and a desk alike
while its letters keep their size. Every chart carries a title, and a description of what is seen in
it, for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from digest.render import svg
from digest.render.svg import Caption


@dataclass(frozen=True, slots=True)
class Layer:
    """One quantity over the chart's steps."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """A printed number at its time; `low` and `high` differ where a span was printed."""

    at: float
    """Place on the time line, 0 to 1."""
    low: float
    high: float
    label: str = ""


Show = Callable[[float], str]
"""How a number on the scale is printed, in the reader's language."""

_TOP, _FOOT = 16, 20
"""Room for the letters over the highest mark and under the base line."""
_PHONE = 335
"""Pixels of the narrowest chart: a phone of 375 within the page's margins."""
_LETTER = 6.4
"""Pixels of a letter's mean advance at svg.SIZE, digits and capitals included."""


def _plainly(value: float) -> str:
    return f"{value:g}"


# --- What is drawn ---------------------------------------------------------------------------


def bars(
    caption: Caption,
    values: Sequence[float],
    labels: Sequence[str],
    height: int = 130,
) -> str:
    """A bar per value. `labels`: one per value, of which a few are printed; "" prints none."""
    return stacked(caption, [Layer(caption.title, tuple(values))], labels, height)


def stacked(
    caption: Caption, layers: Sequence[Layer], labels: Sequence[str], height: int = 160
) -> str:
    """Bars in layers, the first at the foot; `legend` names them. Negative values count as 0."""
    steps = len(labels)
    totals = [sum(max(0, layer.values[step]) for layer in layers) for step in range(steps)]
    scale = _Scale.of(max(totals, default=0), height)
    drawn = []
    slot = 100 / max(1, steps)
    gap = slot * 0.18
    for step in range(steps):
        foot = 0.0
        for number, layer in enumerate(layers):
            value = max(0, layer.values[step])
            if not value:
                continue
            top = scale.y(foot + value)
            drawn.append(
                svg.rect(
                    step * slot + gap / 2,
                    top,
                    slot - gap,
                    scale.y(foot) - top,
                    _colour(number),
                )
            )
            foot += value
    return _by_steps(caption, scale, drawn, labels)


def lines(
    caption: Caption, series: Sequence[Layer], labels: Sequence[str], height: int = 160
) -> str:
    """A line per series over the steps; a value that is NaN leaves a gap. `legend` names them."""
    known = [v for layer in series for v in layer.values if not math.isnan(v)]
    scale = _Scale.of(max(known, default=0), height)
    slot = 100 / max(1, len(labels))
    drawn = []
    for number, layer in enumerate(series):
        points = [(step * slot + slot / 2, value) for step, value in enumerate(layer.values)]
        colour = _colour(number)
        drawn.append(_strokes(points, scale, colour))
        drawn += [svg.circle(x, scale.y(value), 2.5, colour) for x, value in _alone(points)]
    return _by_steps(caption, scale, drawn, labels)


def _by_steps(caption: Caption, scale: _Scale, drawn: Sequence[str], labels: Sequence[str]) -> str:
    """The chart whose marks are `drawn`, a label under the middle of each step."""
    slot = 100 / max(1, len(labels))
    middles = [(step * slot + slot / 2, label) for step, label in enumerate(labels)]
    parts = [_grid(scale), *drawn, _numbers(scale), _axis(middles, scale.height)]
    return svg.document(caption, parts, scale.height)


def over_time(
    caption: Caption,
    dots: Sequence[Dot],
    ticks: Sequence[tuple[float, str]],
    *,
    height: int = 150,
    show: Show = _plainly,
) -> str:
    """Printed numbers at their times, a span as an upright stroke; the line is the highest so far.
    A label that would lie on an earlier one is left away.

    `ticks`: (place on the time line, 0 to 1; what is printed under it).
    """
    scale = _Scale.of(max((dot.high for dot in dots), default=0), height)
    left = _beside([show(mark) for mark in scale.marks], [dot.label for dot in dots])
    drawn = [_grid(scale)]
    highest = 0.0
    steps: list[tuple[float, float]] = []
    for dot in sorted(dots, key=lambda dot: dot.at):
        if steps:
            steps.append((_inside(dot.at, left), highest))
        highest = max(highest, dot.high)
        steps.append((_inside(dot.at, left), highest))
    drawn.append(_strokes(steps, scale, svg.SOFT, 1.5))
    told: list[tuple[float, float, float]] = []
    for dot in dots:
        x, top, foot = _inside(dot.at, left), scale.y(dot.high), scale.y(dot.low)
        if foot - top > 1:
            drawn.append(svg.line(x, top, x, foot, svg.SERIES[0], 2))
        drawn += [svg.circle(x, y, 4, svg.SERIES[0]) for y in dict.fromkeys((top, foot))]
        half = _half(dot.label)
        x = min(x, 100 - half)
        if dot.label and not any(
            abs(x - at) < half + its and abs(top - y) < svg.SIZE for at, its, y in told
        ):
            told.append((x, half, top))
            drawn.append(svg.text(x, top - 8, dot.label, colour=svg.INK, bold=True))
    drawn.append(_numbers(scale, show))
    drawn.append(_axis([(_inside(at, left), label) for at, label in ticks], height))
    return svg.document(caption, drawn, height)


def lane(caption: Caption, times: Sequence[float]) -> str:
    """One origin on the time line: its first report large, what repeated it small, joined.

    `times`: places on the time line, 0 to 1.
    """
    height = 12
    middle = height / 2
    ordered = [_inside(at) for at in sorted(times)]
    colour = svg.SERIES[0]
    drawn = [svg.line(0, middle, 100, middle, svg.RULE)]
    if ordered:
        drawn.append(svg.line(ordered[0], middle, ordered[-1], middle, colour))
        drawn += [svg.circle(x, middle, 2.5, colour) for x in ordered[1:]]
        drawn.append(svg.circle(ordered[0], middle, 4.5, colour))
    return svg.document(caption, drawn, height)


def time_axis(ticks: Sequence[tuple[float, str]]) -> str:
    """The labels under a stack of lanes; it says nothing that the lanes' descriptions do not."""
    drawn = _axis([(_inside(at), label) for at, label in ticks], _FOOT)
    return (
        f'<svg class="chart" width="100%" height="{_FOOT}" direction="ltr" aria-hidden="true" '
        f'font-family="{svg.FONT}" font-size="{svg.SIZE}">'
        f"{drawn}</svg>"
    )


def spark(caption: Caption, values: Sequence[float]) -> str:
    """A row of small bars, the last one in the accent: a fortnight in a line of text."""
    height, most = 22, max([*values, 1])
    slot = 100 / max(1, len(values))
    drawn = []
    for step, value in enumerate(values):
        tall = max(1.0, max(0, value) / most * (height - 1))
        last = step == len(values) - 1
        colour = svg.SERIES[0] if last else svg.FAINT
        x = step * slot + slot * 0.1
        drawn.append(svg.rect(x, height - tall, slot * 0.8, tall, colour))
    return svg.document(caption, drawn, height)


def legend(names: Sequence[str]) -> str:
    """HTML: the layers' names beside their colours, in the layers' order."""
    rows = "".join(
        '<li><svg width="10" height="10" aria-hidden="true">'
        f'<rect width="10" height="10" fill="{_colour(number)}"/></svg> '
        f"{escape(name)}</li>"
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{rows}</ul>'


_MOST = 1e15
"""The largest number a scale goes to; a source may print any."""


# --- The scale -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scale:
    top: float
    step: float
    height: int

    @classmethod
    def of(cls, most: float, height: int) -> _Scale:
        most = min(most, _MOST)
        step = _round_step(most)
        return cls(max(step, math.ceil(most / step) * step), step, height)

    def y(self, value: float) -> float:
        room = self.height - _TOP - _FOOT
        return self.height - _FOOT - min(1.0, value / self.top) * room

    @property
    def marks(self) -> list[float]:
        return [self.step * n for n in range(1, round(self.top / self.step) + 1)]


def _round_step(most: float) -> float:
    """The step of 1, 2 or 5 × a power of ten that cuts 0..most in two or three; 1 at the least."""
    if most <= 2:
        return 1
    power = 10.0 ** math.floor(math.log10(most))
    steps = [factor * power / 10 for factor in (1, 2, 5, 10, 20, 50)]
    return max(1, next(step for step in steps if math.ceil(most / step) <= 3))


def _grid(scale: _Scale) -> str:
    return "".join(svg.line(0, scale.y(mark), 100, scale.y(mark), svg.RULE) for mark in scale.marks)


def _numbers(scale: _Scale, show: Show = _plainly) -> str:
    """The scale's numbers and base line, over what is drawn."""
    base = svg.line(0, scale.y(0), 100, scale.y(0), svg.SOFT)
    return base + "".join(
        svg.text(0, scale.y(mark) - 4, show(mark), anchor="start") for mark in scale.marks
    )


def _axis(labels: Sequence[tuple[float, str]], height: int) -> str:
    """Of the labels, as many as a phone holds; the outer ones lean inwards, so none leaves."""
    said = [(x, label) for x, label in labels if label]
    widest = max((len(label) for _, label in said), default=1) * _LETTER
    every = math.ceil(len(said) / max(2, int(_PHONE // (widest + 2 * _LETTER)))) or 1
    drawn = []
    for x, label in said[::every]:
        half = _half(label)
        anchor = "start" if x < half else "end" if x > 100 - half else "middle"
        drawn.append(svg.text(x, height - 5, label, anchor=anchor))
    return "".join(drawn)


def _strokes(
    points: Sequence[tuple[float, float]], scale: _Scale, colour: str, width: float = 2
) -> str:
    return "".join(
        svg.line(x1, scale.y(one), x2, scale.y(other), colour, width)
        for (x1, one), (x2, other) in pairwise(points)
        if not math.isnan(one) and not math.isnan(other)
    )


def _alone(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points with a gap on both sides, which no stroke would show."""
    gaps = [True, *(math.isnan(value) for _, value in points), True]
    return [
        point
        for n, point in enumerate(points, start=1)
        if not gaps[n] and gaps[n - 1] and gaps[n + 1]
    ]


def _inside(at: float, left: float = 2) -> float:
    """Per cent of the width, a dot's radius away from either end; `left`: where the line begins."""
    return left + (98 - left) * min(1.0, max(0.0, at))


def _beside(numbers: Sequence[str], labels: Sequence[str]) -> float:
    """Per cent of a phone's width at which a dot's label stands clear of the scale's numbers."""
    number, label = (max(map(_half, said), default=0) for said in (numbers, labels))
    return min(50.0, 2 * number + label + 2)


def _half(label: str) -> float:
    """Per cent of a phone's width that half of `label` takes."""
    return len(label) * _LETTER / 2 / _PHONE * 100


def _colour(number: int) -> str:
    return svg.SERIES[number % len(svg.SERIES)]
