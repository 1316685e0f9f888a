"""Page and letter in a real browser: Debian's Chromium, driven by Playwright.

The pictures lie in pytest's temporary folder, or where DIGEST_PICTURES says, to be looked at.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hostile import hostile, hostile_edition
from sample import full_edition, photographed, templates

from digest.model import MAP, PHOTO, Edition
from digest.render import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.system

WIDTHS = (375, 768, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# A letter is shown inside another page, whose landmarks are not its own.
PAGE_RULES = ("landmark-one-main", "region")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("DIGEST_PICTURES")
    made = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    made.mkdir(parents=True, exist_ok=True)
    edition = full_edition()
    quiet = replace(edition, briefs=(), status="quiet", status_notes=())
    bad = hostile_edition(hostile()["texts"], hostile()["urls"])
    shown_as = {
        "sample": edition, "photo": photographed(edition), "quiet": quiet, "hostile": bad,
        "wordy": _with_figures_in_words(edition), "arabic": _with_an_arabic_dek(edition),
    }  # fmt: skip
    for name, shown in shown_as.items():
        rendered = render(shown, templates())
        (made / f"{name}-page.html").write_bytes(rendered.html)
        (made / f"{name}-letter.html").write_bytes(rendered.email)
        if name == "photo":
            for file, picture in rendered.pictures.items():
                (made / file).write_bytes(picture)
    return made


def _with_figures_in_words(edition: Edition) -> Edition:
    lead = edition.briefs[0]
    said = ("une cinquantaine", "at least fourteen", "several hundred")
    figure = lead.figures[0]
    values = [
        replace(figure.values[0], printed=printed, low=None, high=None, vague=True)
        for printed in said
    ]
    lead = replace(lead, figures=(replace(figure, values=tuple(values), label="displaced"),))
    return replace(edition, briefs=(lead, *edition.briefs[1:]))


def _with_an_arabic_dek(edition: Edition) -> Edition:
    """Of the story whose headline is Arabic; the headline is a single word."""
    briefs = [
        replace(
            brief,
            dek=brief.headline,
            headline=replace(brief.headline, text=brief.headline.text.partition(" ")[0]),
        )
        if brief.headline.text > "\u0600"
        else brief
        for brief in edition.briefs
    ]
    return replace(edition, briefs=tuple(briefs))


@pytest.mark.parametrize("kind", ["page", "letter"])
def test_arabic_is_upright_and_stands_at_the_right(
    browser: Browser, folder: Path, kind: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 667})
    page = context.new_page()
    page.goto((folder / f"arabic-{kind}.html").as_uri())
    blocks = "h3:has([lang=ar]), h3:has([lang=ar]) ~ p:has([lang=ar]), li > div[dir=rtl]"
    looks = page.locator(blocks).evaluate_all(
        """blocks => blocks.map(block => {
          const range = document.createRange();
          range.selectNodeContents(block.querySelector("[lang=ar]"));
          const style = getComputedStyle(block);
          const right = Math.max(...[...range.getClientRects()].map(line => line.right));
          const room = block.parentElement.getBoundingClientRect().right - right;
          return [style.direction, style.fontStyle, room < 2];
        })"""
    )
    context.close()
    assert looks
    assert all(look == ["rtl", "normal", True] for look in looks)
    assert len(looks) >= 2, "headline and dek"


BROKEN_WORDS = """cells => cells.flatMap(cell => {
  const broken = [];
  const nodes = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    for (const word of nodes.currentNode.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(nodes.currentNode, word.index);
      range.setEnd(nodes.currentNode, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


@pytest.mark.parametrize("kind", ["page", "letter"])
def test_no_figure_breaks_in_a_word_on_a_phone(browser: Browser, folder: Path, kind: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 667})
    page = context.new_page()
    page.goto((folder / f"wordy-{kind}.html").as_uri())
    cells = page.locator("th[scope=rowgroup], th[scope=rowgroup] + td, td.printed")
    told = cells.all_inner_texts()
    broken = cells.evaluate_all(BROKEN_WORDS)
    scroll = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert "une cinquantaine" in " ".join(told).replace("\n", " ")
    assert broken == []
    assert scroll <= 375


class Seen:
    """What a page asked for and did while it was open."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.trouble: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: self.trouble.append(dialog.message))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda message: self.trouble.append(message.text))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["page", "letter"])
@pytest.mark.parametrize("name", ["sample", "photo", "quiet", "hostile"])
def test_it_fits_the_screen_and_asks_for_nothing(
    browser: Browser,
    folder: Path,
    name: str,
    kind: str,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    seen = Seen(page)
    url = (folder / f"{name}-{kind}.html").as_uri()
    page.goto(url)
    scroll, client = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if name != "hostile":
        page.screenshot(path=folder / f"{name}-{kind}-{width}-{scheme}.png", full_page=True)
    context.close()
    assert scroll <= client
    # Pictures travel with the letter; beside it, they are all that is asked for.
    pictures = {"sample": [MAP], "photo": [MAP, PHOTO]}.get(name, []) if kind == "letter" else []
    own = {url, *((folder / picture).as_uri() for picture in pictures)}
    assert {asked for asked in seen.requests if not asked.startswith("data:image/jpeg;")} == own
    assert seen.trouble == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", ["page", "letter"])
@pytest.mark.parametrize("name", ["sample", "photo", "quiet"])
def test_axe_finds_nothing(
    browser: Browser, folder: Path, name: str, kind: str, scheme: Literal["light", "dark"]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (375, 1280):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.goto((folder / f"{name}-{kind}.html").as_uri())
        rules = {rule: {"enabled": False} for rule in PAGE_RULES} if kind == "letter" else {}
        found = axe.Axe().run(page, options={"resultTypes": ["violations"], "rules": rules})
        context.close()
        assert found.violations_count == 0, found.generate_report()


def test_the_page_is_small(folder: Path) -> None:
    assert (folder / "sample-page.html").stat().st_size <= 100_000


def test_keyboard_reaches_the_lead_first(browser: Browser, folder: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "sample-page.html").as_uri())
    page.keyboard.press("Tab")
    skip = page.evaluate("[document.activeElement.className, document.activeElement.hash]")
    visible = page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    context.close()
    assert skip == ["skip", "#lead"]
    assert visible


def test_a_phone_reaches_the_lead_within_a_screen_and_a_half(
    browser: Browser, folder: Path
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 667})
    page = context.new_page()
    page.goto((folder / "sample-page.html").as_uri())
    lead = page.evaluate("document.getElementById('lead').getBoundingClientRect().top")
    page.click(".jump a")
    headlines = page.evaluate("document.getElementById('headlines').getBoundingClientRect().top")
    context.close()
    assert lead <= 1.5 * 667
    assert 0 <= headlines < 667, "what else the day holds is one touch away"
