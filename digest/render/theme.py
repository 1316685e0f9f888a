"""The operator's colours in the design's place, and whether they can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from digest.model import Editorial

_TOKEN = re.compile(r"(--([a-z-]+):\s*)([^;]+);")
_DARK = "@media (prefers-color-scheme: dark)"
READABLE, SEEN = 4.5, 3.0
"""Contrast of text and of drawings against what they stand on: WCAG 2.2, 1.4.3 and 1.4.11."""
_TEXT = ("ink", "soft", "accent", "correction")
_DRAWN = ("two", "three", "four", "five")


def themed(editorial: Editorial, templates: Mapping[str, str]) -> Mapping[str, str]:
    """`templates` with the operator's colours in tokens.css, whence all that is printed has them:
    page, site and letter."""
    theme = editorial.theme
    if not theme.light and not theme.dark:
        return templates
    css = templates["tokens.css"]
    light, mark, dark = css.partition(_DARK)
    css = _put(light, theme.light) + mark + _put(dark, theme.dark)
    return {**templates, "tokens.css": css}


def _put(css: str, colours: Mapping[str, str]) -> str:
    return _TOKEN.sub(lambda found: f"{found[1]}{colours.get(found[2], found[3])};", css)


def tokens(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """The design's values, light and dark, read from tokens.css or a page that holds it.

    The page uses them as custom properties; mail programs know none, so the letter prints them.
    """
    first, _, after = css.partition(_DARK)
    light = {name.replace("-", "_"): value.strip() for _, name, value in _TOKEN.findall(first)}
    dark = {name.replace("-", "_"): value.strip() for _, name, value in _TOKEN.findall(after)}
    return light, light | dark


def unreadable(css: str) -> list[str]:
    """Colours that cannot be told from what they stand on, one line each."""
    found = []
    for scheme, values in zip(("light", "dark"), tokens(css), strict=True):
        for ground in ("paper", "tint"):
            pairs = [(name, READABLE) for name in _TEXT]
            pairs += [(name, SEEN) for name in _DRAWN] if ground == "paper" else []
            for name, least in pairs:
                one, other = values.get(name, ""), values.get(ground, "")
                if not (_COLOUR.fullmatch(one) and _COLOUR.fullmatch(other)):
                    continue
                ratio = contrast(one, other)
                if ratio < least:
                    found.append(
                        f"the {scheme} colour {name} ({one}) on {ground} ({other}) has a contrast "
                        f"of {ratio:.1f}:1, {least:g}:1 is the least: change edition.theme"
                    )
    return found


_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def contrast(one: str, other: str) -> float:
    """Of two colours #rrggbb, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
