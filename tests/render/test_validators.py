"""The page and the letter judged by html-validate, the letter by caniemail's tables too.

Both are npm packages: npm ci --prefix tests/render/node
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hostile import hostile, hostile_edition
from judges import judged
from sample import full_edition, photographed, templates

from digest.model import Editorial
from digest.render import render
from digest.render.letter import EMAIL_LIMIT

pytestmark = pytest.mark.system

FALLBACKS = {
    "<body> element": "the outermost cell carries the ground's colour too",
    "<style> element": "every style but the media queries is inline as well",
    "@media": "the inline styles are those of a desk by daylight, and fit a phone",
    "Class selector": "in the style element only: see there",
    "Type selector": "in the style element only: see there",
    "aria-label attribute": "names the letter for screen readers; its heading says the same",
    "role attribute": "tables that only lay out are then read as tables of one cell",
    "color-scheme meta tag": "the letter is shown by daylight",
    "display:none": "the preheader is then one pixel tall",
    "max-height property": "the preheader is hidden by mso-hide",
    "height property": "the map's width attribute keeps its proportions",
    "word-break": "no address is printed, so no word is longer than the column",
}
"""Feature that one of the mail programs does not know → what its readers see instead."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("judged")
    site = "https://digest.example"
    editions = {
        "full": photographed(full_edition()),
        "quiet": replace(full_edition(), briefs=(), status="quiet"),
        "arabic": full_edition(Editorial(language="ar", site_url=site)),
        "hostile": hostile_edition(hostile()["texts"], hostile()["urls"]),
    }
    for name, edition in editions.items():
        rendered = render(edition, templates())
        (made / f"{name}-page.html").write_bytes(rendered.html)
        (made / f"{name}-letter.html").write_bytes(rendered.email)
    return made


def test_pages_are_valid(folder: Path) -> None:
    assert judged("page", *sorted(folder.glob("*-page.html"))) == []


def test_letters_are_valid(folder: Path) -> None:
    found = judged("letter", *sorted(folder.glob("*-letter.html")))
    assert [told for told in found if told["rule"] != "caniemail"] == []


def test_what_a_mail_program_does_not_know_has_a_fallback(folder: Path) -> None:
    found = judged("letter", *sorted(folder.glob("*-letter.html")))
    unknown = {told["message"] for told in found if told["rule"] == "caniemail"}
    assert unknown == FALLBACKS.keys()


def test_the_fallbacks_are_there(folder: Path) -> None:
    letter = (folder / "full-letter.html").read_text(encoding="utf-8")
    ground = letter.partition('class="out"')[2].partition(">")[0]
    assert "background:#f3f0e9" in ground.replace(": ", ":")
    preheader = letter.partition('<div class="pre"')[2].partition(">")[0].replace(": ", ":")
    assert "mso-hide:all" in preheader
    assert "font-size:1px" in preheader
    assert 'width="568"' in letter.partition("<img")[2].partition(">")[0]
    assert len(letter) < EMAIL_LIMIT
