"""A photo made small enough to travel with a page and a letter (Pillow)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PHOTO_LIMIT = 40_000
"""Bytes of the copy: the page holds it itself, and a phone loads it with the text."""
WIDEST, TALLEST = 960, 640
"""Pixels; the page's measure is 640, and phones' screens are fine."""
NARROWEST, FLATTEST = 320, 160
"""Pixels below which it is a logo or a thumbnail, no photo to print."""
MOST_PIXELS = 30_000_000
"""Of what came; as RGB some 90 MB of memory, and more than news photos have."""
_QUALITIES = (82, 74, 66, 58, 50, 42)
_SHRINKS = (1.0, 0.8, 0.64, 0.5)


def reduced(data: bytes) -> tuple[bytes, int, int] | None:
    """A JPEG of at most PHOTO_LIMIT bytes, with its width and height in pixels, of a JPEG, PNG or
    WebP; None where `data` is none, or no photo to print.

    Place, time and camera (EXIF) stay behind. The same bytes with the same Pillow.
    """
    from PIL import Image, ImageOps

    if not data:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as came:
            if came.width * came.height > MOST_PIXELS:
                return None
            came.draft("RGB", (2 * WIDEST, 2 * TALLEST))  # a JPEG is read at a fraction of its size
            photo = _on_paper(ImageOps.exif_transpose(came))
    except Exception:  # a stranger's bytes: decoders raise whatever they stumble over
        return None
    if photo.width < NARROWEST or photo.height < FLATTEST:
        return None
    for shrink in _SHRINKS:
        small = photo.copy()
        small.thumbnail((round(WIDEST * shrink), round(TALLEST * shrink)))
        for quality in _QUALITIES:
            jpeg = _jpeg(small, quality)
            if len(jpeg) <= PHOTO_LIMIT:
                return jpeg, small.width, small.height
    return None


def _on_paper(picture: Image) -> Image:
    """Without transparency, which a JPEG does not have."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("RGB")


def _jpeg(picture: Image, quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
    return written.getvalue()
