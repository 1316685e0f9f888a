"""Where the day's stories are: a crop of the world with a numbered pin per country.

The world is drawn beforehand (bench/draw_world.py): projected, reduced, with the middle of each
country. Here pins are put on it so that none hides another, at any width from a phone's to a desk's
column: anchors are in per cent of the frame, what hangs on them in pixels.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from importlib.resources import files

from digest.render.svg import FONT, PAPER, RULE, SERIES, Caption, px

WIDTHS = (296, 335, 400, 480, 568)
"""Widths that a map may take, in pixels: a side column, a phone, and so on to a letter's column.
No two pins touch at any of them."""
TALL = 17.0
"""A pin's height, pixels."""
FIGURES = 12
"""Size of a pin's figures, pixels."""
_LETTER, _PAD = 6.6, 5.0
"""The advance of a figure, and the room beside them."""
NUMBERS = 4
"""On a pin; with more it would cover a continent. All of them stand in the list under the map."""
_GAP = 1.5
"""Between two pins."""
WORTH_A_MAP = 1 / 4
"""Share of the stories: one pin for twenty tells nothing of where the day is."""
_MARGIN = 0.07
"""Of the world's width, kept around the outermost pins."""
_CLOSEST = 0.34
"""Of the world's width that a crop shows at the least: a continent, so that the place is known."""


Box = tuple[float, float, float, float]
"""Left, top, right, foot, in pixels."""


@dataclass(frozen=True, slots=True)
class World:
    width: int
    height: int
    land: tuple[str, ...]
    """SVG paths, an island or a continent each, in units of `width` × `height`."""
    countries: Mapping[str, tuple[str, int, int]]
    """English name → (ISO code, x, y)."""


@dataclass(frozen=True, slots=True)
class Pin:
    """The stories of one country, on the map."""

    country: str
    code: str
    """ISO 3166-1 alpha-2, to name it in the reader's language."""
    ranks: tuple[int, ...]
    x: float
    y: float
    """Of the country's middle: shares of the frame, 0 to 1."""
    dx: float = 0.0
    dy: float = 0.0
    """From there to the middle of the pin, in pixels."""

    @property
    def label(self) -> str:
        """ "1, 4", or "1, 4, 6 +9" where a country has most of the day."""
        if len(self.ranks) <= NUMBERS:
            return ", ".join(map(str, self.ranks))
        shown = self.ranks[: NUMBERS - 1]
        return f"{', '.join(map(str, shown))} +{len(self.ranks) - len(shown)}"

    @property
    def wide(self) -> float:
        narrow = self.label.count(",") * _LETTER  # a comma and its space are half as wide
        return max(TALL, len(self.label) * _LETTER - narrow + 2 * _PAD)


@dataclass(frozen=True, slots=True)
class Frame:
    """The crop of the world that is shown, in the world's units."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Located:
    frame: Frame
    pins: tuple[Pin, ...]


@cache
def world() -> World:
    """The drawn world; see bench/draw_world.py."""
    text = files("digest.render").joinpath("data", "world.json").read_text("utf-8")
    drawn = json.loads(text)
    width, height = drawn["size"]
    named = {name: (code, x, y) for name, (code, x, y) in drawn["countries"].items()}
    land = tuple(f"M{part}" for part in drawn["land"].split("M")[1:])
    return World(width, height, land, named)


def codes_of(countries: Iterable[str]) -> frozenset[str]:
    """ISO codes of countries by their English names, of those that the map knows."""
    known = world().countries
    return frozenset(known[country][0] for country in countries if country in known)


def locate(stories: Sequence[tuple[int, Sequence[str]]]) -> Located | None:
    """Pins for `stories`, each (rank, its countries in English, most prominent first); the first
    country that the map knows counts. None where fewer than WORTH_A_MAP of them are on it."""
    ranks: dict[str, list[int]] = {}
    for rank, countries in stories:
        known = next((country for country in countries if country in world().countries), None)
        if known:
            ranks.setdefault(known, []).append(rank)
    if not ranks or sum(map(len, ranks.values())) < WORTH_A_MAP * len(stories):
        return None
    at = {country: world().countries[country] for country in ranks}
    frame = _frame([(x, y) for _, x, y in at.values()])
    pins: list[Pin] = []
    for country, numbers in ranks.items():
        code, x, y = at[country]
        pin = Pin(
            country,
            code,
            tuple(numbers),
            (x - frame.left) / frame.width,
            (y - frame.top) / frame.height,
        )
        pins.append(_placed(pin, pins))
    return Located(frame, tuple(pins))


def _frame(points: Sequence[tuple[float, float]]) -> Frame:
    """The smallest crop of the world's own shape that holds `points` with a margin."""
    whole = world()
    margin = _MARGIN * whole.width
    left, right = min(x for x, _ in points) - margin, max(x for x, _ in points) + margin
    top, foot = min(y for _, y in points) - margin, max(y for _, y in points) + margin
    shape = whole.height / whole.width
    width = min(float(whole.width), max(right - left, (foot - top) / shape, _CLOSEST * whole.width))
    height = width * shape
    return Frame(
        _within((left + right - width) / 2, whole.width - width),
        _within((top + foot - height) / 2, whole.height - height),
        width,
        height,
    )


def _within(value: float, most: float) -> float:
    return min(max(0.0, value), most)


# --- Pins that do not hide each other --------------------------------------------------------


def _placed(pin: Pin, others: Sequence[Pin]) -> Pin:
    """`pin` as near to its country as it can stand clear of `others` and inside the frame."""
    taken = [(width, [_box(other, width) for other in others]) for width in WIDTHS]
    best, least = pin, math.inf
    for dx, dy in _offsets():
        tried = replace(pin, dx=dx, dy=dy)
        crowded = 0.0
        for width, boxes in taken:
            box = _box(tried, width)
            crowded += _outside(box, width) + _hidden(box, boxes)
            if crowded >= least:
                break
        if crowded < least:
            best, least = tried, crowded
        if crowded == 0:
            break
    return best


def _offsets() -> Iterator[tuple[float, float]]:
    """Where a pin may go, the nearest first."""
    yield 0.0, 0.0
    for ring in range(1, 18):
        for turn in range(16):
            angle = math.tau * turn / 16
            yield ring * 7 * math.cos(angle), ring * 6 * math.sin(angle)


def _box(pin: Pin, width: float) -> Box:
    height = width * world().height / world().width
    x, y = pin.x * width + pin.dx, pin.y * height + pin.dy
    return x - pin.wide / 2, y - TALL / 2, x + pin.wide / 2, y + TALL / 2


def _outside(box: Box, width: float) -> float:
    left, top, right, foot = box
    height = width * world().height / world().width
    return max(0.0, -left) + max(0.0, -top) + max(0.0, right - width) + max(0.0, foot - height)


def _hidden(box: Box, others: Sequence[Box]) -> float:
    """Square pixels that `box` would share with `others`, the gap between them included."""
    left, top, right, foot = box
    shared = 0.0
    for l2, t2, r2, f2 in others:
        across = (right if right < r2 else r2) - (left if left > l2 else l2) + _GAP
        if across > 0:
            down = (foot if foot < f2 else f2) - (top if top > t2 else t2) + _GAP
            if down > 0:
                shared += across * down
    return shared


# --- SVG -------------------------------------------------------------------------------------


def draw(located: Located, caption: Caption) -> str:
    """The map as SVG for the page; its style (`.map`) gives it the world's proportions."""
    frame = located.frame
    name = escape(caption.name)
    box = " ".join(f"{value:.0f}" for value in (frame.left, frame.top, frame.width, frame.height))
    # The first story's pin is drawn last, above all others' lines.
    pins = "".join(_pin(pin) for pin in reversed(located.pins))
    return (
        f'<svg class="map" role="img" aria-labelledby="{name}-t {name}-d" width="100%" '
        f'direction="ltr" font-size="{FIGURES}" font-weight="600" text-anchor="middle" '
        f'font-family="{FONT}"><title id="{name}-t">{escape(caption.title)}</title>'
        f'<desc id="{name}-d">{escape(caption.seen)}</desc>'
        f'<svg width="100%" height="100%" viewBox="{box}"><path d="{_land(frame)}" '
        f'fill="{RULE}"/></svg>{pins}</svg>'
    )


def _land(frame: Frame) -> str:
    """The land that the crop may show: what lies wholly beside it is left out."""
    return "".join(
        path
        for path, (left, top, right, foot) in zip(world().land, _extents(), strict=True)
        if right > frame.left
        and left < frame.left + frame.width
        and foot > frame.top
        and top < frame.top + frame.height
    )


def outline(path: str) -> list[tuple[int, int]]:
    """The points of one of the world's paths."""
    numbers = [int(number) for number in re.findall(r"-?\d+", path)]
    x = y = 0
    points = []
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


@cache
def _extents() -> tuple[Box, ...]:
    around = []
    for path in world().land:
        points = outline(path)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        around.append((min(xs), min(ys), max(xs), max(ys)))
    return tuple(around)


def _pin(pin: Pin) -> str:
    colour = SERIES[0]
    stalk = ""
    if math.hypot(pin.dx, pin.dy) > 1:
        stalk = (
            f'<line x2="{px(pin.dx)}" y2="{px(pin.dy)}" stroke="{colour}"/>'
            f'<circle r="2.5" fill="{colour}"/>'
        )
    return (
        f'<svg x="{pin.x:.1%}" y="{pin.y:.1%}" overflow="visible">{stalk}'
        f'<rect x="{px(pin.dx - pin.wide / 2)}" y="{px(pin.dy - TALL / 2)}" '
        f'width="{px(pin.wide)}" height="{px(TALL)}" rx="{px(TALL / 2)}" fill="{colour}" '
        f'stroke="{PAPER}"/><text x="{px(pin.dx)}" y="{px(pin.dy + 4.2)}" '
        f'fill="{PAPER}">{pin.label}</text></svg>'
    )
