"""Nothing that a feed prints acts, wherever it is shown."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hostile import hostile, hostile_edition
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html  # type: ignore[import-untyped]
from sample import full_edition, report_of, simple_brief, templates

from digest.model import Edition, Outlet, Rendered
from digest.render import render
from digest.render.preflight import problems
from digest.render.safe import link, plain

OWN = "\u200f["  # keeps a number of ours in its place
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
TAGS = """html head meta title style link body a div header main nav section article footer p
h1 h2 h3 ol ul li span sup small b bdi br blockquote table caption colgroup col thead tbody tr th
td dl dt dd q time details summary figure figcaption svg desc path circle rect line text img"""
DRAWN = """width height x y x1 y1 x2 y2 cx cy r rx d fill stroke stroke-width stroke-linecap
text-anchor font-family font-size font-weight paint-order viewbox direction overflow unicode-bidi"""
"""Of the pictures: numbers, tokens and lists of them, never a function but var()."""
ATTRIBUTES = """open lang dir class id href title rel value scope rowspan datetime role style align
valign content name charset http-equiv aria-label
aria-labelledby aria-hidden aria-roledescription alt src"""


@pytest.fixture(scope="module")
def edition() -> Edition:
    return hostile_edition(hostile()["texts"], hostile()["urls"])


@pytest.fixture(scope="module")
def rendered(edition: Edition) -> Rendered:
    return render(edition, templates())


def check_markup(source: bytes) -> None:
    """Only elements and attributes that the templates themselves write, and only real links."""
    text = source.decode("utf-8")
    assert not STEERING.search(text.replace("\n", "").replace(OWN, "["))
    document = lxml_html.document_fromstring(text)
    for element in document.iter():
        if not isinstance(element.tag, str):  # a comment
            assert element.text.startswith(("[if mso]", "[endif]", "personal:", "<![endif]"))
            continue
        assert element.tag in TAGS.split(), lxml_html.tostring(element)[:300]
        assert set(element.attrib) <= {*ATTRIBUTES.split(), *DRAWN.split()}, element.attrib
        for name in DRAWN.split():
            assert re.fullmatch(r"[\w\s.%#-]*|var\(--\w+\)", element.get(name, "")), name
        assert element.get("src") in (None, "map.png")
        if href := element.get("href"):
            assert href.startswith("#") or urlsplit(href).scheme in ("http", "https"), href
        if style := element.get("style"):
            assert "url(" not in style
            assert "expression" not in style


def test_the_list_is_long() -> None:
    assert len(hostile()["texts"]) >= 150
    assert len(hostile()["urls"]) >= 70


def test_page_holds_only_its_own_markup(rendered: Rendered) -> None:
    check_markup(rendered.html)


def test_letter_holds_only_its_own_markup(rendered: Rendered) -> None:
    check_markup(rendered.email)


@pytest.mark.parametrize("start", range(0, len(hostile()["texts"]), 6))
def test_whole_letters_hold_only_their_own_markup(start: int) -> None:
    """So few stories at a time that the letter need not be shortened."""
    texts = [text[:400] for text in hostile()["texts"][start : start + 6]]
    padded = [*texts, *hostile()["texts"][:9]][:9]
    made = render(hostile_edition(padded, hostile()["urls"][start // 3 :]), templates())
    assert b"are given as headlines" not in made.email
    check_markup(made.email)
    check_markup(made.html)


def test_headings_stay_in_order(rendered: Rendered, edition: Edition) -> None:
    document = lxml_html.document_fromstring(rendered.html.decode())
    levels = [int(h.tag[1]) for h in document.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(3) == len(edition.briefs) - 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_text_is_shown_as_text(edition: Edition) -> None:
    """What is printed is what was written, less what cannot be seen."""
    visible = render(edition, templates()).html.decode()
    document = lxml_html.document_fromstring(visible)
    headings = [
        h3.find("span").text or "" for h3 in document.iter("h3") if h3.find("span") is not None
    ]
    shown = [plain(brief.headline.text) or "(without a title)" for brief in edition.briefs[1:]]
    assert headings == shown


def test_text_steers_no_terminal(rendered: Rendered) -> None:
    text = rendered.text.decode("utf-8")
    assert not STEERING.search(text.replace("\n", "").replace(OWN, "["))
    for line in text.split("\n"):
        assert line == line.rstrip()
        assert not line.startswith((">", "From "))


def test_no_template_language_runs(rendered: Rendered) -> None:
    assert b"{{ 7*7 }}" in rendered.html
    assert b"{{ 7*7 }}" in rendered.text


@pytest.mark.parametrize("url", hostile()["urls"])
def test_a_link_is_http_and_ascii_or_nothing(url: str) -> None:
    made = link(url)
    if made:
        parts = urlsplit(made)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert "@" not in parts.netloc
        assert re.fullmatch(r"[!-~]+", made)
        assert not re.search(r"[\"'<>\\`{}|^]", made)
        assert link(made) == made


@given(st.text(max_size=200))
def test_plain_is_one_quiet_line_and_settles(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not STEERING.search(once)
    assert "\n" not in once
    assert once == once.strip()
    once.encode("utf-8")


@given(st.text(alphabet=st.sampled_from("htps:/\\@#?.[]%aé\u202e\t\n \"'<>0"), max_size=40))
def test_link_never_leaves_http(text: str) -> None:
    for url in (text, "https://" + text, "http://ok.example/" + text):
        made = link(url)
        assert not made or re.fullmatch(r"https?://[!#-&(-;=?-\[\]_a-z~]+", made, re.I)


@given(
    st.sampled_from(("https://ok.example/", "https://ok.example/?", "http://[::1]/#", "https://")),
    st.text(alphabet="abé/?#%[]:;=& خ・", max_size=30),
    st.integers(1, 200),
)
def test_a_link_is_a_link_however_often_it_is_asked(host: str, path: str, times: int) -> None:
    made = link(host + path * times)
    assert link(made) == made


def test_one_address_that_grows_too_long_costs_its_link_alone() -> None:
    """340 Arabic letters are an address of 2,061 characters."""
    outlet = Outlet("Gazette", "gazette.example")
    url = "https://gazette.example/" + "خ" * 340
    report = report_of("a", outlet, title="A dam broke in Brill", text="It broke.", url=url)
    edition = replace(full_edition(), briefs=(simple_brief(1, report, ["It broke."]),))
    made = render(edition, templates())
    assert problems(made) == ()
    assert b"A dam broke in Brill" in made.html
    assert b"%D8%AE" not in made.html + made.email + made.text


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
@settings(max_examples=settings().max_examples // 4)
@example("قُتل خمسة.", "x")
def test_any_text_keeps_the_markup(text: str, url: str) -> None:
    report = report_of("a", Outlet(text, "ok.example"), title=text, text=text, url=url or "x")
    edition = replace(full_edition(), briefs=(simple_brief(1, report, [text]),))
    made = render(edition, templates())
    check_markup(made.html)
    check_markup(made.email)
    assert not STEERING.search(made.text.decode().replace("\n", "").replace(OWN, "["))
