"""The letter keeps under its limit whatever the edition holds, and leaves room for its reader."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from lxml import html as lxml_html  # type: ignore[import-untyped]
from sample import full_edition, report_of, simple_brief, templates

from digest.model import Edition, Outlet, Rendered
from digest.render import render
from digest.render.letter import EMAIL_LIMIT, PERSONAL_FOOT, PERSONAL_TOP
from digest.render.personal import with_holes
from digest.render.preflight import problems
from digest.render.theme import tokens

HEIGHT = r"line-height:(\d+)px"
OUTLET = Outlet("Long Gazette", "long.example")


def long_edition(stories: int, *, words: int, sentences: int = 4, url: int = 120) -> Edition:
    """An edition of stories with as many words per sentence, and addresses of `url` characters."""
    briefs = []
    for rank in range(1, stories + 1):
        said = [f"Sentence {rank}/{n} " + "word " * words + "ends." for n in range(sentences)]
        address = f"https://long.example/{rank}/".ljust(url, "a")
        title = f"Headline {rank} of a long day"
        report = report_of(f"l{rank}", OUTLET, title=title, text=" ".join(said), url=address)
        briefs.append(simple_brief(rank, report, said, ", the Long Gazette reports"))
    return replace(full_edition(), briefs=tuple(briefs))


@cache
def long_letter(stories: int, *, words: int, sentences: int, url: int) -> Rendered:
    edition = long_edition(stories, words=words, sentences=sentences, url=url)
    return render(edition, templates())


def parse(email: bytes) -> Any:
    return lxml_html.document_fromstring(email.decode())


def test_an_ordinary_edition_is_whole() -> None:
    email = render(full_edition(), templates()).email.decode()
    assert "To keep this letter whole" not in email
    assert len(email.encode()) <= EMAIL_LIMIT


@pytest.mark.parametrize(
    ("stories", "words", "sentences", "url"),
    [(20, 60, 6, 300), (30, 100, 8, 600), (20, 8000, 2, 100), (200, 30, 4, 1900), (900, 5, 1, 60)],
)
def test_a_letter_never_grows_over_its_limit(
    stories: int, words: int, sentences: int, url: int
) -> None:
    rendered = long_letter(stories, words=words, sentences=sentences, url=url)
    assert len(rendered.email) <= EMAIL_LIMIT
    holed = with_holes(rendered, full_edition().editorial, templates())
    filled = holed.html
    for placeholder in holed.placeholders:
        filled = filled.replace(placeholder, "https://digest.example/" + "t" * 400)
    assert len(filled.encode()) <= EMAIL_LIMIT


def test_the_tail_is_shortened_first_and_every_headline_stays() -> None:
    edition = long_edition(30, words=100, sentences=8)
    document = parse(render(edition, templates()).email)
    text = " ".join(document.text_content().split())
    assert [f"Headline {rank} of a long day" in text for rank in range(1, 31)] == [True] * 30
    assert "Sentence 1/7" in text
    assert "Sentence 30/0" not in text
    told = re.search(r"the last (\d+) stories are given as headline and summary", text)
    assert told
    whole = 30 - int(told.group(1))
    assert f"Sentence {whole}/7" in text
    assert f"Sentence {whole + 1}/0" not in text


def test_a_letter_of_headlines_says_what_is_missing() -> None:
    document = parse(long_letter(900, words=5, sentences=1, url=60).email)
    text = document.text_content()
    shown = len(document.xpath("//td/p[@class='o']"))
    assert 150 < shown < 900
    assert f"{900 - shown} more stories are not shown in this letter." in text


def test_letter_loads_nothing() -> None:
    rendered = render(full_edition(), templates())
    email = rendered.email.decode()
    document = parse(email.encode())
    # The map alone is shown, and it comes with the letter.
    assert document.xpath("//img/@src") == ["map.png"]
    assert rendered.map.startswith(b"\x89PNG")
    assert not document.xpath("//link|//script|//iframe|//form|//input|//svg")
    assert "url(" not in email
    assert "@import" not in email
    assert "@font-face" not in email


def test_with_pictures_off_the_map_is_told_in_words() -> None:
    document = parse(render(full_edition(), templates()).email)
    (picture,) = document.xpath("//img")
    assert "Israel (3, 11, 16)" in picture.get("alt")
    assert "Israel" in picture.getparent().text_content()


def test_one_story_has_its_map_in_page_letter_and_text() -> None:
    edition = full_edition()
    lead = replace(edition.briefs[0], story=replace(edition.briefs[0].story, places=("Israel",)))
    rendered = render(replace(edition, briefs=(lead,)), templates())
    assert parse(rendered.html).xpath("//main//*[@class='places']//a/@href") == ["#story-1"]
    assert rendered.map
    assert "Israel" in parse(rendered.email).text_content()
    assert "WHERE THE STORIES ARE\n  Israel 1\n" in rendered.text.decode()


def test_an_edition_without_places_has_no_map() -> None:
    edition = full_edition()
    briefs = tuple(replace(b, story=replace(b.story, places=())) for b in edition.briefs)
    rendered = render(replace(edition, briefs=briefs), templates())
    assert rendered.map == b""
    assert b"<img" not in rendered.email
    assert problems(rendered) == ()


def test_numbers_are_of_one_font_and_sources_a_line_each() -> None:
    letter = parse(render(full_edition(), templates()).email)
    assert {sup.get("style") for sup in letter.iter("sup")} == {"font:11px/0 sans-serif"}
    named = [a for a in letter.iter("a") if re.match(r"\d+\xa0", a.text_content())]
    assert len(named) > 20
    for link in named:
        assert link.getnext() is None or link.getnext().tag == "br"
    heights = {height for a in named for height in re.findall(HEIGHT, a.getparent().get("style"))}
    assert heights == {"26"}, "WCAG 2.2, 2.5.8: 24 pixels for a thumb"


def test_the_lead_comes_before_the_map() -> None:
    email = render(full_edition(), templates()).email.decode()
    assert email.index("<h2") < email.index("Where the stories are") < email.index("<h3")


def test_styles_are_inline_and_media_queries_stay() -> None:
    document = parse(render(full_edition(), templates()).email)
    kept = document.xpath("string(//style)")
    assert "@media (prefers-color-scheme: dark)" in kept
    assert "@media (max-width: 520px)" in kept
    assert all(h.get("style") for h in document.xpath("//h1|//h2|//h3"))
    assert all(td.get("style") for td in document.xpath("//td[contains(@class, 'sm')]"))
    assert not re.search(r"var\(|--[a-z]", kept)


def test_layout_tables_are_no_data_tables() -> None:
    document = parse(render(full_edition(), templates()).email)
    data = document.xpath("//table[not(@role='presentation')]")
    assert data
    assert all(table.xpath(".//th[@scope]") for table in data)


def test_preheader_tells_the_day() -> None:
    document = parse(render(full_edition(), templates()).email)
    (preheader,) = document.xpath("//div[@class='pre']")
    text = " ".join(preheader.text_content().split())
    assert text.startswith("The announcement came nine hours after a shell hit")
    assert "Also: Second Velland grid operator shuts substations after break-in ·" in text
    assert "display:none" in preheader.get("style")


def test_personal_links_stand_at_the_top_and_at_the_foot() -> None:
    edition = full_edition()
    rendered = render(edition, templates())
    assert rendered.email.decode().count(PERSONAL_TOP) == 1
    assert rendered.email.decode().count(PERSONAL_FOOT) == 1
    assert "nsubscribe" not in rendered.email.decode()
    assert "nsubscribe" not in rendered.text.decode()
    holed = with_holes(rendered, edition.editorial, templates())
    unsubscribe, preferences = holed.placeholders
    document = parse(holed.html.encode())
    links = [a.get("href") for a in document.iter("a")]
    assert links[1] == unsubscribe
    page = "https://digest.example/2026-04-14/"
    assert links[0] == page
    assert links[-4:] == [unsubscribe, preferences, page, "https://digest.example/"]
    lines = holed.text.split("\n")
    assert lines.index(f"Unsubscribe: {unsubscribe}") < lines.index("-" * 72)
    assert lines[-3:] == [f"Unsubscribe: {unsubscribe}", f"Preferences: {preferences}", ""]
    assert PERSONAL_TOP not in holed.html


def test_no_report_can_hold_a_readers_own_links() -> None:
    edition = full_edition()
    empty = with_holes(render(edition, templates()), edition.editorial, templates())
    unsubscribe, preferences = empty.placeholders
    said = f"Leave at {preferences} if you dare."
    planted = report_of("p1", OUTLET, title=f"Read {unsubscribe} today", text=said, url=unsubscribe)
    brief = simple_brief(1, planted, [said], ", the Long Gazette reports")
    edition = replace(edition, briefs=(brief, *edition.briefs[1:]))
    rendered = render(edition, templates())
    assert unsubscribe.encode() in rendered.email
    assert unsubscribe.encode() in rendered.text
    holed = with_holes(rendered, edition.editorial, templates())
    for before, now, own in zip(empty.placeholders, holed.placeholders, (2, 1), strict=True):
        assert empty.html.count(before) == holed.html.count(now) == own
        assert empty.text.count(before) == holed.text.count(now) == own


def test_tokens_are_read_from_one_file() -> None:
    light, dark = tokens(templates()["tokens.css"])
    assert set(light) == set(dark)
    assert light["paper"] != dark["paper"]
    assert light["serif"] == dark["serif"]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_ink_is_legible_on_every_ground() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    for scheme in tokens(templates()["tokens.css"]):
        for ink in ("ink", "soft", "accent", "correction"):
            for ground in ("paper", "tint", "ground"):
                bright, dim = sorted(
                    (_luminance(scheme[ink]), _luminance(scheme[ground])), reverse=True
                )
                assert (bright + 0.05) / (dim + 0.05) >= 4.5, (ink, ground)
