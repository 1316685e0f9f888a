"""SVG, piece by piece: strings with x in per cent and y in pixels, in the custom properties of
templates/tokens.css, so that one drawing is right in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PAPER, INK, SOFT, RULE = "var(--paper)", "var(--ink)", "var(--soft)", "var(--rule)"
FAINT = "var(--faint)"
"""Of marks that stand behind the one that counts."""
SERIES = ("var(--accent)", "var(--two)", "var(--three)", "var(--four)", "var(--five)")
"""One colour per layer or line; the first is the accent."""
FONT = "var(--sans)"


@dataclass(frozen=True, slots=True)
class Caption:
    """What a chart says to those who do not see it."""

    name: str
    """Unique on its page: the chart's ids begin with it."""
    title: str
    seen: str
    """What is seen, in a sentence or two."""


SIZE = 11
"""Of letters, in pixels: the smallest that the page sets."""


def document(caption: Caption, drawn: Sequence[str], height: int) -> str:
    name = escape(caption.name)
    return (
        f'<svg class="chart" role="img" aria-labelledby="{name}-t {name}-d" width="100%" '
        f'height="{height}" direction="ltr" font-family="{FONT}" '
        f'font-size="{SIZE}"><title id="{name}-t">{escape(caption.title)}</title>'
        f'<desc id="{name}-d">{escape(caption.seen)}</desc>{"".join(drawn)}</svg>'
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    cap = ' stroke-linecap="round"' if width > 1 else ""
    return (
        f'<line x1="{pc(x1)}" y1="{px(y1)}" x2="{pc(x2)}" y2="{px(y2)}" stroke="{colour}" '
        f'stroke-width="{width:g}"{cap}/>'
    )


def rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{pc(x)}" y="{px(y)}" width="{pc(width)}" height="{px(height)}" fill="{colour}"/>'
    )


def circle(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{pc(x)}" cy="{px(y)}" r="{radius:g}" fill="{colour}"/>'


def text(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "middle",
    colour: str = SOFT,
    bold: bool = False,
) -> str:
    # The halo keeps a label readable where a bar or line passes behind it.
    return (
        f'<text x="{pc(x)}" y="{px(y)}" text-anchor="{anchor}" fill="{colour}" '
        f'stroke="{PAPER}" stroke-width="3" paint-order="stroke" '
        f'font-weight="{600 if bold else 400}" unicode-bidi="plaintext">{escape(said)}</text>'
    )


def pc(x: float) -> str:
    return f"{x:.2f}".rstrip("0").rstrip(".") + "%"


def px(y: float) -> str:
    return f"{y:.1f}".removesuffix(".0")
