"""The operator's colours and logo, wherever the design's own would stand."""

from __future__ import annotations

import base64

import pytest
from sample import full_edition, templates

from digest.model import Editorial, Theme
from digest.render import render
from digest.render.preflight import problems
from digest.render.theme import contrast, themed, tokens, unreadable

THEME = Theme({"accent": "#7a2e1f", "paper": "#ffffff"}, {"accent": "#e0937f"})
CSS = templates()["tokens.css"]


def test_page_letter_and_pictures_take_the_colours() -> None:
    rendered = render(full_edition(Editorial(theme=THEME)), templates())
    page, letter = rendered.html.decode(), rendered.email.decode()
    assert "--accent: #7a2e1f;" in page
    assert "--accent: #e0937f;" in page
    assert "#1f4a6b" not in page + letter
    assert "color: #7a2e1f" in letter or "color:#7a2e1f" in letter
    assert rendered.map != render(full_edition(), templates()).map
    assert problems(rendered) == ()


def test_only_the_named_colours_change() -> None:
    light, dark = tokens(themed(Editorial(theme=THEME), templates())["tokens.css"])
    own_light, own_dark = tokens(CSS)
    assert light == own_light | {"accent": "#7a2e1f", "paper": "#ffffff"}
    assert dark == own_dark | {"paper": own_dark["paper"], "accent": "#e0937f"}


def test_without_a_theme_the_templates_stay() -> None:
    assert themed(Editorial(), templates()) is templates()
    assert unreadable(CSS) == []


def test_colours_that_cannot_be_read_stop_the_edition() -> None:
    pale = Editorial(theme=Theme({"accent": "#ffeeaa"}))
    told = problems(render(full_edition(pale), templates()))
    assert any("light colour accent (#ffeeaa) on paper (#fffefb)" in line for line in told)
    assert any("4.5:1 is the least" in line for line in told)


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_a_logo_stands_over_the_title() -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()
    rendered = render(full_edition(Editorial(logo=png)), templates())
    page = rendered.html.decode()
    assert page.index(f"data:image/png;base64,{png}") < page.index("<h1>")
    assert "img-src data:;" in page
    assert b"data:" not in rendered.email
    assert b"logo.png" not in rendered.email  # no size stands in these bytes
    assert problems(rendered) == ()
    assert "img-src" not in render(full_edition(), templates()).html.decode()


def test_a_letter_carries_the_logo_in_its_size() -> None:
    size = (400).to_bytes(4, "big") + (100).to_bytes(4, "big")
    png = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + size + b"\x08\x06\0\0\0"
    rendered = render(full_edition(Editorial(logo=base64.b64encode(png).decode())), templates())
    letter = rendered.email.decode()
    assert '<img src="logo.png" alt="" width="192" height="48"' in letter
    assert letter.index("logo.png") < letter.index("<h1")
    assert rendered.logo == png
    assert problems(rendered) == ()
    assert b"logo.png" not in render(full_edition(), templates()).email
