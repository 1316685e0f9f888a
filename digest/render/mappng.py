"""The map as a PNG, for letters: drawn by Pillow, with no browser and no font of the machine.

Two ramps of sixteen colours hold all of it, paper to land and paper to accent, because every pin
has a rim of paper; so a fine screen's map is some ten kilobytes.
"""

from __future__ import annotations

import io
import math
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from digest.render.worldmap import FIGURES, TALL, Located, Pin, outline, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

FINE = 2
"""Pixels of the picture per pixel of the letter."""
_STEPS = 16
_SMOOTH = 4
"""Pins are drawn so many times larger and then reduced, for round edges."""
_RIM = 1.2
"""Of paper around a pin, in pixels of the letter."""


def draw_png(located: Located, colours: Mapping[str, str], width: int) -> bytes:
    """The map, `width` pixels of a letter wide, as the bytes of a PNG. `colours` as `theme.tokens`
    gives them, #rrggbb. The same map gives the same bytes with the same Pillow."""
    from PIL import Image

    wide = width * FINE
    picture = Image.new("P", (wide, round(wide * world().height / world().width)), 0)
    picture.putpalette(
        [
            *_ramp(colours["paper"], colours["rule"]),
            *_ramp(colours["paper"], colours["accent"]),
        ]
    )
    picture.paste(_land(located, *picture.size))
    for pin in reversed(located.pins):
        _stalk(picture, pin)
        _pin(picture, pin)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=7, bits=8)
    return out.getvalue()


def _ramp(start: str, end: str) -> list[int]:
    colours = []
    for step in range(_STEPS):
        share = step / (_STEPS - 1)
        for at in (1, 3, 5):
            one, other = int(start[at : at + 2], 16), int(end[at : at + 2], 16)
            colours.append(round(one + (other - one) * share))
    return colours


def _land(located: Located, wide: int, tall: int) -> Image:
    from PIL import Image, ImageDraw

    scale = 2 * wide / located.frame.width
    large = Image.new("L", (2 * wide, 2 * tall), 0)
    pen = ImageDraw.Draw(large)
    for ring in map(outline, world().land):
        pen.polygon(
            [((x - located.frame.left) * scale, (y - located.frame.top) * scale) for x, y in ring],
            fill=_STEPS - 1,
        )
    return large.resize((wide, tall), Image.Resampling.BOX)


def _stalk(picture: Image, pin: Pin) -> None:
    from PIL import ImageDraw

    if math.hypot(pin.dx, pin.dy) <= 1:
        return
    x, y = pin.x * picture.width, pin.y * picture.height
    pen = ImageDraw.Draw(picture)
    accent = 2 * _STEPS - 1
    pen.line((x, y, x + pin.dx * FINE, y + pin.dy * FINE), fill=accent, width=FINE)
    dot = 2.5 * FINE
    pen.ellipse((x - dot, y - dot, x + dot, y + dot), fill=accent)


def _pin(picture: Image, pin: Pin) -> None:
    from PIL import Image, ImageDraw

    # One tile holds how much of each pixel is pin, another how much of it is pin and no figure.
    wide, tall = math.ceil(pin.wide + 2 * _RIM) * FINE, math.ceil(TALL + 2 * _RIM) * FINE
    size = wide * _SMOOTH, tall * _SMOOTH
    rim = _RIM * FINE * _SMOOTH
    body, fill = Image.new("L", size, 0), Image.new("L", size, 0)
    whole = (0, 0, size[0] - 1, size[1] - 1)
    ImageDraw.Draw(body).rounded_rectangle(whole, size[1] / 2, fill=255)
    pen = ImageDraw.Draw(fill)
    inner = (rim, rim, size[0] - 1 - rim, size[1] - 1 - rim)
    pen.rounded_rectangle(inner, size[1] / 2 - rim, fill=255)
    middle = (size[0] / 2, size[1] / 2)
    pen.text(middle, pin.label, fill=0, font=_font(FIGURES * FINE * _SMOOTH), anchor="mm")
    body, fill = (tile.resize((wide, tall), Image.Resampling.BOX) for tile in (body, fill))
    x = round(pin.x * picture.width + pin.dx * FINE - wide / 2)
    y = round(pin.y * picture.height + pin.dy * FINE - tall / 2)
    steps = fill.point([_STEPS + value * (_STEPS - 1) // 255 for value in range(256)])
    picture.paste(steps, (x, y), body.point([255 if value > 127 else 0 for value in range(256)]))


@cache
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    with as_file(files("digest.render").joinpath("data", "digits.ttf")) as path:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
