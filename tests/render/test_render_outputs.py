"""Page, letter and text of a whole edition: their parts, and that they tell the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html  # type: ignore[import-untyped]
from sample import ROOT, full_edition, templates

from digest.model import Edit, Edition, Editorial, LeftOut, Rendered, Sentence
from digest.render import render
from digest.render.columns import COLUMNS, width
from digest.render.personal import with_holes
from digest.render.pictures import reports_per_hour
from digest.render.preflight import problems
from digest.render.words import Words

TWIN = Path(__file__).parents[1] / "data" / "render" / "sample-day.txt"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return full_edition()


@pytest.fixture(scope="module")
def rendered(edition: Edition) -> Rendered:
    return render(edition, templates())


@pytest.fixture(scope="module")
def page(rendered: Rendered) -> Any:
    return lxml_html.document_fromstring(rendered.html.decode())


@pytest.fixture(scope="module")
def letter(rendered: Rendered) -> Any:
    return lxml_html.document_fromstring(rendered.email.decode())


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


# --- What all three tell --------------------------------------------------------------------


def test_every_story_is_in_all_three(
    edition: Edition, rendered: Rendered, page: Any, letter: Any
) -> None:
    page_text, letter_text = text_of(page), text_of(letter)
    plain_text = " ".join(rendered.text.decode().split())
    for brief in edition.briefs:
        for printed in (page_text, letter_text, plain_text):
            assert brief.headline.text in printed
        url = brief.headline.citations[0].url
        assert f'href="{url}"' in rendered.html.decode()
        assert f'href="{url}"' in rendered.email.decode()
        assert url in rendered.text.decode()


def test_every_sentence_is_followed_by_its_numbers(edition: Edition, page: Any) -> None:
    for brief in edition.briefs:
        for paragraph in brief.paragraphs:
            for sentence in paragraph:
                assert re.search(re.escape(sentence.text) + r"\d", text_of(page)), sentence.text


def test_numbers_mean_the_same_report_everywhere(rendered: Rendered, page: Any) -> None:
    text = rendered.text.decode()
    letter = rendered.email.decode()
    listed = page.xpath("//ol[@class='sources']/li")
    assert [int(li.get("value")) for li in listed] == list(range(1, len(listed) + 1))
    for li in listed:
        number, url = li.get("value"), li.xpath(".//a/@href")[0]
        assert re.search(rf"\[{number}\][^\[]*\s{re.escape(url)}", text)
        assert re.search(rf'{number}&nbsp;<a href="{re.escape(url)}"|>{number}</a>', letter)


def test_the_models_parts_are_there(page: Any, letter: Any, rendered: Rendered) -> None:
    for printed in (text_of(page), text_of(letter), " ".join(rendered.text.decode().split())):
        for part in (
            "A daily summary of global reports on security issues",
            "Tuesday, 14 April 2026",
            "No. 412",
            "61 outlets",
            "1,284 reports",
            "214 on security",
            "20 stories",
            "17 new · 2 moved on · 1 with no new reporting",
            "Compiled from Continental Press, Radio Meridian, Harbour Wire, Tarn Ministry of "
            "Defence and Northern Gazette by the Daily Security Digest",
            "4 independent origins in 8 outlets · 4 more reports in Polish, Arabic and German",
            "I. Holt / Continental Press",
            "“We are going to Kelby to stop counting ferries”",
            "Aino Terve, Osmark’s foreign minister",
            "accounts differ, 16 to 19",
            "confirmed by 3 independent origins",
            "first truce talks in five years",
            "The two countries last met across a table",
            "Coast guard of Brill tows a drifting barge back to harbour",
            "8 feeds asked · 3 failed · 1 silent",
            "Pell Observer: could not be read",
            "Der Seebote: answered; a remark on it stands in edition.json",
            "Osmark recalls its envoy as mines drift ashore",
            "Times are Europe/Berlin.",
        ):
            assert part in printed or part.upper() in printed, part


def test_readers_are_spared_what_only_the_operator_can_mend(edition: Edition) -> None:
    told = "gone for good (410): remove it from feeds.yaml"
    made = render(
        replace(edition, feeds=tuple(replace(feed, problem=told) for feed in edition.feeds)),
        templates(),
    )
    for printed in (made.html, made.email, made.text):
        assert "feeds.yaml" not in printed.decode()
    assert told in made.json.decode()


def test_the_same_bytes_under_another_clock_locale_zone_and_seed(rendered: Rendered) -> None:
    program = (
        "import sys, hashlib; sys.path.insert(0, 'tests/render'); from sample import *;"
        "from digest.render import render; r = render(full_edition(), templates());"
        "print(hashlib.sha256(r.html + r.email + r.text + r.json).hexdigest())"
    )
    made = set()
    for seed, zone, locale in (("1", "Asia/Tokyo", "de_DE.UTF-8"), ("77", "America/Lima", "C")):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, check=True
        )
        made.add(done.stdout)
    assert len(made) == 1


def test_a_quiet_day_without_stories(edition: Edition) -> None:
    quiet = replace(
        edition, briefs=(), status="quiet", status_notes=(), feeds=(), recent=(), left_out=LeftOut()
    )
    made = render(quiet, templates())
    for printed in (made.html, made.email, made.text):
        assert "Nothing in today’s reports met the brief." in " ".join(printed.decode().split())
        assert "quiet day" in printed.decode().lower()


def test_an_edition_with_nothing_earlier_says_nothing_of_yesterday(edition: Edition) -> None:
    first = replace(edition, briefs=edition.briefs[3:5])
    made = render(first, templates())
    for printed in (made.html, made.email, made.text):
        assert "since yesterday" not in printed.decode().lower().replace('aria-label="since', "")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (5, "· day 4"),
        (4, "· ongoing"),  # all three before it had the story
        (0, "· day 4"),  # a special edition stands in no row
    ],
)
def test_a_story_that_every_edition_had_is_ongoing(
    edition: Edition, number: int, told: str
) -> None:
    brief = edition.briefs[0]
    days = tuple((edition.date - timedelta(days=n)).isoformat() for n in (1, 2, 3))
    running = replace(brief, story=replace(brief.story, earlier=days))
    made = render(replace(edition, number=number, briefs=(running,)), templates())
    for printed in (made.html, made.email, made.text):
        assert (
            told
            in " ".join(text_of(lxml_html.document_fromstring(printed.decode())).split()).lower()
        )


def test_a_dead_archive_is_not_linked(edition: Edition) -> None:
    made = render(replace(edition, editorial=Editorial(site_url="")), templates())
    for printed in (made.html, made.email, made.text):
        assert "Read in a browser" not in printed.decode()
        assert "Archive" not in printed.decode()


def test_whoever_comes_by_a_link_finds_the_other_days(page: Any) -> None:
    doors = page.xpath("//header//a[not(starts-with(@href, '#'))]")
    assert [(text_of(a), a.get("href")) for a in doors] == [
        ("Archive", "https://digest.example/archive/")
    ]
    assert page.xpath("//section[@aria-labelledby='recent']//a/@href")[0] == (
        "https://digest.example/2026-04-13/"
    )


# --- The page -------------------------------------------------------------------------------


def test_page_needs_nothing_from_elsewhere(page: Any, rendered: Rendered) -> None:
    assert not page.xpath("//script|//img|//iframe|//object|//link[@rel!='canonical']")
    assert "url(" not in rendered.html.decode()
    assert "@import" not in rendered.html.decode()
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")


def test_page_is_sound(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for target in page.xpath("//a[starts-with(@href, '#')]/@href"):
        assert target[1:] in ids
    for labels in page.xpath("//@aria-labelledby"):
        assert set(labels.split()) <= set(ids)
    assert len(page.xpath("//h1")) == 1
    assert len(page.xpath("//main")) == 1
    assert len(page.xpath("//h3")) == 19
    assert page.get("lang") == "en"


def test_a_photo_is_pointed_to_with_its_credit_and_never_loaded(page: Any, letter: Any) -> None:
    for document in (page, letter):
        shown = document.xpath("//a[contains(@href, 'ferry-1400.jpg')]")
        assert [text_of(a) for a in shown] == ["Photo, linked: I. Holt / Continental Press"]


def test_foreign_words_say_their_language(page: Any) -> None:
    arabic = page.xpath("//h3/span[@lang='ar']")
    assert [span.get("dir") for span in arabic] == ["rtl"]
    assert page.xpath("//ol[@class='sources']//span[@lang='ja']")


def test_an_arabic_letter_keeps_its_direction_where_only_its_body_is_shown(
    edition: Edition,
) -> None:
    """Webmail drops what stands on html and body."""
    arabic = replace(edition, editorial=replace(edition.editorial, language="ar"))
    letter = lxml_html.document_fromstring(render(arabic, templates()).email.decode())
    assert {one.get("dir") for one in letter.xpath("//div[@role='article']")} == {"rtl"}
    assert {one.get("dir") for one in letter.xpath("//table[@class='sheet']")} == {"rtl"}
    assert {"letter-spacing:0"} == {
        rule.replace(" ", "")
        for style in letter.xpath("//@style")
        for rule in style.split(";")
        if "letter-spacing" in rule
    }


def test_numbers_and_latin_names_keep_their_place_in_an_arabic_edition(edition: Edition) -> None:
    """A number after a Latin name's full stop is read before the name where it is not isolated."""
    arabic = replace(edition, editorial=replace(edition.editorial, language="ar"))
    made = render(arabic, templates())
    for document in (made.html, made.email):
        marks = lxml_html.document_fromstring(document.decode()).xpath("//sup")
        assert {mark.get("dir") for mark in marks} == {"auto"}
    letter = lxml_html.document_fromstring(made.email.decode())
    named = letter.xpath("//p[@class='s']//a[starts-with(., '1')]")
    assert [span.get("dir") for a in named for span in a.xpath("span")] == ["auto"] * len(named)


def test_reports_of_long_ago_make_no_picture_of_hours(edition: Edition) -> None:
    story = edition.briefs[0].story
    words = Words(edition.editorial, templates())
    assert reports_per_hour(story, words)
    old = [
        replace(r, item=replace(r.item, date=r.item.when - timedelta(days=9 * (n > 1))))
        for n, r in enumerate(sorted(story.reports, key=lambda r: r.item.when, reverse=True))
    ]
    assert reports_per_hour(replace(story, reports=tuple(old)), words) is None


def test_the_source_s_words_stand_beside_what_was_changed(edition: Edition) -> None:
    brief = edition.briefs[3]
    sentence = brief.paragraphs[0][1]
    trimmed = replace(
        sentence,
        text="The road to Ashmere is blocked in three places.",
        edits=(Edit("trim", 12, 12, "the town of "),),
    )
    end = len(sentence.text)
    other_mark = replace(
        sentence, text=sentence.text[:-1] + "…", edits=(Edit("punctuation", end - 1, end, "."),)
    )

    def quoted(told: Sentence) -> list[str]:
        changed = replace(brief, paragraphs=((told,),))
        made = render(replace(edition, briefs=(changed,)), templates())
        return [text_of(q) for q in lxml_html.document_fromstring(made.html.decode()).xpath("//q")]

    assert quoted(trimmed) == ["The road to the town of Ashmere is blocked in three places."]
    assert quoted(other_mark) == []


# --- The text -------------------------------------------------------------------------------


def test_text_keeps_to_its_columns(rendered: Rendered) -> None:
    for line in rendered.text.decode().split("\n"):
        assert width(line) <= COLUMNS or re.fullmatch(r"\s*https?://\S+", line), line
        assert line == line.rstrip()
        assert not line.startswith((">", "From "))


def test_text_is_as_its_twin(rendered: Rendered) -> None:
    """After a wanted change: `python tests/render/test_render_outputs.py` writes the twin anew."""
    assert rendered.text.decode() == TWIN.read_text(encoding="utf-8")


if __name__ == "__main__":
    TWIN.write_bytes(render(full_edition(), templates()).text)


def test_a_report_without_a_date_shows_when_it_was_seen(edition: Edition) -> None:
    brief = edition.briefs[1]
    undated = tuple(
        replace(report, item=replace(report.item, date=None, first_seen=report.item.when))
        for report in brief.story.reports
    )
    story = replace(brief.story, reports=undated)
    briefs = (edition.briefs[0], replace(brief, story=story), *edition.briefs[2:])
    was, now = (
        render(one, templates()).text.decode().count(", seen ")
        for one in (edition, replace(edition, briefs=briefs))
    )
    assert (was, now > 0) == (0, True)


def test_a_story_of_all_editions_may_have_run_for_years(edition: Edition) -> None:
    brief = edition.briefs[1]
    before = tuple((edition.date - timedelta(days=n)).isoformat() for n in (1, 2, 3))
    told = replace(brief, story=replace(brief.story, earlier=before))
    briefs = (edition.briefs[0], told, *edition.briefs[2:])

    def days(number: int) -> int:
        made = render(replace(edition, briefs=briefs, number=number), templates())
        return made.html.decode().count("day 4")

    assert days(5) > days(4)


def test_developments_are_lines_of_their_own(edition: Edition) -> None:
    brief = edition.briefs[1]
    line = replace(brief.headline, text="Pilots of Odra walk out")
    briefs = (edition.briefs[0], replace(brief, developments=(line,)), *edition.briefs[2:])
    made = render(replace(edition, briefs=briefs), templates())
    assert re.search(r"\n\nALSO\n  Pilots of Odra walk out \[\d+\]\n\n", made.text.decode())
    for page in (made.html.decode(), made.email.decode()):
        assert re.search(r">Also</p>\s*<p[^>]*>Pilots of Odra walk out", page)
    assert b">Also<" not in render(edition, templates()).html


@pytest.mark.parametrize("title", ["Blast in Washington D.C.", "A dam broke...", "It broke at 5."])
def test_a_headline_alone_keeps_its_last_stop(edition: Edition, title: str) -> None:
    """A letter of one story (breaking news, a reader's cut) has no list of headlines beside it."""
    first = edition.briefs[0]
    told = replace(first, headline=replace(first.headline, text=title, edits=()))
    made = render(replace(edition, briefs=(told,), breaking=True), templates())
    assert problems(made) == ()
    assert f"\n{title} [1]\n" in made.text.decode()


def test_where_each_origin_is_an_outlet_they_are_counted_once(rendered: Rendered) -> None:
    text = " ".join(rendered.text.decode().split())
    assert "4 independent origins in 8 outlets" in text
    assert "confirmed by 2 independent origins" in text
    assert "2 independent origins in 2 outlets" not in text
    assert "outlet · single source" not in text


def test_stories_lead_to_their_comments_where_the_list_takes_them(edition: Edition) -> None:
    taken = replace(edition, editorial=replace(edition.editorial, comments=True))
    with_comments, without = render(taken, templates()), render(edition, templates())
    for brief in edition.briefs:
        link = f'href="https://digest.example/comment/{brief.story.thread}"'.encode()
        assert with_comments.html.count(link) == 1
        assert f"  Comment: {link[6:-1].decode()}\n" in with_comments.text.decode()
        assert link not in without.html + without.email
        assert b"/comment/" not in without.text
    assert b"/comment/" in with_comments.email
    french = render(replace(taken, editorial=replace(taken.editorial, language="fr")), templates())
    assert b"\n  Commenter : https://digest.example/comment/" in french.text
    nowhere = replace(taken, editorial=replace(taken.editorial, site_url=""))
    assert b"/comment/" not in render(nowhere, templates()).html


def test_a_letter_says_that_it_may_be_answered(edition: Edition) -> None:
    rendered = render(edition, templates())
    asked = with_holes(rendered, edition.editorial, templates(), answers=True)
    plain = with_holes(rendered, edition.editorial, templates())
    sentence = Words(edition.editorial, templates()).phrase("comment_by_letter")
    assert sentence in " ".join(asked.text.split())
    assert sentence in " ".join(lxml_html.fromstring(asked.html).text_content().split())
    assert sentence not in " ".join(plain.text.split()) + plain.html
    told = {*asked.text.splitlines()} - {*plain.text.splitlines()}
    assert 1 < len(told) < 5
    assert max(map(width, told)) <= COLUMNS
