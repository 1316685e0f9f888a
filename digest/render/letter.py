"""The edition as an email's HTML part: tables for Outlook, styles inlined, never over the limit."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import css_inline

from digest.model import LOGO, MAP, PHOTO
from digest.render.environment import environment
from digest.render.theme import tokens
from digest.render.view import EditionView, StoryView
from digest.render.words import Words

EMAIL_LIMIT = 90_000
"""Bytes of the HTML part, personal links included. Gmail cuts a message off at 102 KB (its own
help pages; measured by many senders as 102,400 bytes after quoted-printable is undone)."""
PERSONAL_RESERVE = 2_000
"""Room for a reader's own links (`render.personal`): three of about 400 signed characters each."""

LOGO_WIDTH, LOGO_HEIGHT = 192, 80
"""Pixels it is shown in at most."""
MAP_LIMIT = 40_000
"""Bytes of the map; with the HTML's limit it keeps a letter under what a phone loads at once."""
COLUMN, MAP_DRAWN = 568, 440
"""Pixels: the letter's column, which pictures fill; and the width that the map is drawn for,
between that and a phone's, so that its figures are 9 pixels tall here and 15 there."""

PERSONAL_TOP = "<!--personal:top-->"
PERSONAL_FOOT = "<!--personal:foot-->"
"""Where `render.personal` puts a reader's own links: comments, so that a letter that is only looked
at shows nothing dead."""

HEADLINES_SHOWN = 7
"""Headlines listed above the lead; the fold of a phone at this size, the strip included."""
CLIP = 240
"""Characters of a headline, and of its address, in a letter that had to be cut to headlines."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of the edition the letter shows."""

    whole: int
    """Stories shown in full, from the first; the others as headline and dek."""
    shown: int
    """Stories shown at all."""
    linked: bool = True
    """Numbers in the running text are links, not only the names in the list of sources."""
    bare: bool = False
    """Headlines only, clipped."""


def letter(view: EditionView, words: Words, templates: Mapping[str, str]) -> bytes:
    """The HTML part, UTF-8, at most EMAIL_LIMIT - PERSONAL_RESERVE bytes.

    When all of it does not fit, the numbers after the lead stop being links (the sources under each
    story stay links), then the tail is shortened: as many stories as fit stay whole, the others
    keep headline and dek, and a line says so.
    """
    count = len(view.stories)
    room = EMAIL_LIMIT - PERSONAL_RESERVE
    for linked in (True, False):
        whole = _print(view, words, templates, Fit(count, count, linked))
        if len(whole) <= room:
            return whole

    def shortened(whole: int) -> bytes:
        return _print(view, words, templates, Fit(whole, count, linked=False))

    def headlines(shown: int) -> bytes:
        return _print(view, words, templates, Fit(0, shown, linked=False, bare=True))

    return _longest(shortened, count - 1, room) or _longest(headlines, count, room)


def map_picture(view: EditionView, templates: Mapping[str, str]) -> bytes:
    """The letter's map as a PNG; b"" where the edition has none."""
    if view.map is None:
        return b""
    from digest.render.mappng import draw_png

    light, _ = tokens(templates["tokens.css"])
    return draw_png(view.map.located, light, MAP_DRAWN)


def _longest(made: Callable[[int], bytes], most: int, room: int) -> bytes:
    """`made(n)` for the largest n of 0..most that is no longer than `room`; b"" where none is.
    What is made grows with n, so the search halves."""
    best = b""
    low, high = 0, most
    while low <= high:
        middle = (low + high + 1) // 2
        tried = made(middle)
        if len(tried) <= room:
            best, low = tried, middle + 1
        else:
            high = middle - 1
    return best


def _print(view: EditionView, words: Words, templates: Mapping[str, str], fit: Fit) -> bytes:
    light, dark = tokens(templates["tokens.css"])
    if fit.bare:
        view = _bare(view)
    html = (
        environment(templates)
        .get_template("email.html")
        .render(
            edition=view,
            t=words.phrase,
            words=words,
            fit=fit,
            light=light,
            dark=dark,
            headlines_shown=HEADLINES_SHOWN,
            logo_name=LOGO,
            logo_size=_shown_size(b64decode(view.logo)),
            map_name=MAP,
            column=COLUMN,
            photo_name=PHOTO,
            personal_top=PERSONAL_TOP,
            personal_foot=PERSONAL_FOOT,
        )
    )
    return _inliner().inline(html).encode("utf-8")


def _shown_size(png: bytes) -> tuple[int, int]:
    """Width and height that the picture is shown in: its own, made to fit. Outlook wants both.

    They stand in a PNG's first chunk (RFC 2083, 4.1.1); (0, 0) where that is not there.
    """
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    if png[12:16] != b"IHDR" or not width or not height:
        return 0, 0
    scale = min(1.0, LOGO_WIDTH / width, LOGO_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # No remote style sheets: rendering does no I/O whatever a template says.
    return css_inline.CSSInliner(
        keep_style_tags=True,
        keep_at_rules=True,
        remove_inlined_selectors=True,
        minify_css=True,
        load_remote_stylesheets=False,
    )


def _bare(view: EditionView) -> EditionView:
    return replace(
        view,
        since=None,
        status_notes=(),
        preheader=_clip(view.preheader),
        stories=tuple(_bare_story(story) for story in view.stories),
        cut=(),
        feeds=(),
        recent=(),
        map=None,
    )


def _bare_story(story: StoryView) -> StoryView:
    sources = tuple(s for s in story.headline.sources[:1] if 0 < len(s.url) <= CLIP)
    headline = replace(story.headline, text=_clip(story.headline.text), sources=sources)
    return replace(story, headline=headline, dek=None)


def _clip(text: str) -> str:
    return text if len(text) <= CLIP else text[: CLIP - 1].rstrip() + "…"
