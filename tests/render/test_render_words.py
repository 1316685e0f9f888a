from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import html as lxml_html  # type: ignore[import-untyped]
from sample import ROOT, full_edition, templates

from digest.model import Editorial
from digest.render import render
from digest.render.words import Words
from digest.resources import templates as every_template

LANGUAGES = sorted(
    name.split(".")[1] for name in templates() if re.fullmatch(r"strings\.\w+\.json", name)
)
# Phrases whose key is put together: change_update, status_quiet, figure_killed …
MADE = r"(region|status|since|change|feed|figure|figure_is|figure_span)_[a-z_]+"


def words(language: str = "en", zone: str = "UTC") -> Words:
    return Words(Editorial(language=language, zone=zone), templates())


def asked_for() -> set[str]:
    """Keys that templates and code ask for by name."""
    keys = set()
    for name in ("page.html", "macros.html", "email.html", "digest.txt"):
        source = templates()[name]
        keys |= set(re.findall(r"\bt\(\"([a-z_]+)\"", source))
    for path in Path(ROOT / "digest" / "render").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        keys |= set(re.findall(r"phrase\(\s*\"([a-z_]+)\"", source))
        keys |= set(re.findall(r"\"((?:left|date|time|why|in|only)_[a-z_]+)\"", source))
    return keys


def test_no_phrase_is_missing_and_none_is_left_over() -> None:
    phrases = set(json.loads(templates()["strings.en.json"]))
    asked = asked_for() - {"date_year"}  # the site's pages ask for it, of their own strings
    assert asked - phrases == set()
    left = {key for key in phrases - asked if not re.fullmatch(MADE, key)}
    assert left == {"unsubscribe", "preferences"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_same_phrases_and_parts(language: str) -> None:
    english = json.loads(templates()["strings.en.json"])
    translated = json.loads(templates()[f"strings.{language}.json"])
    assert set(translated) == set(english)
    for key, phrase in translated.items():
        parts = _parts(english[key])
        assert _parts(phrase) <= parts, key
        if not isinstance(phrase, dict):
            assert _parts(phrase) == parts, key
        else:
            assert "other" in phrase


def _parts(phrase: str | dict[str, str]) -> set[str]:
    texts = phrase.values() if isinstance(phrase, dict) else [phrase]
    return {part for text in texts for part in re.findall(r"\{(\w+)\}", text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_in_each_language(language: str) -> None:
    made = render(full_edition(Editorial(language=language)), templates())
    assert f'<html lang="{language}"'.encode() in made.html
    assert b"Tarn and Osmark agree" in made.text


@pytest.mark.parametrize(
    ("language", "quoted", "between"),
    [
        ("en", "“It rained”", "; "),
        ("de", "„It rained“", "; "),
        ("fr", "«\u202fIt rained\u202f»", "\u202f; "),
        ("es", "«It rained»", "; "),
        ("ar", "«It rained»", "؛ "),
    ],
)
def test_quotation_marks_and_stops_are_the_languages_own(
    language: str, quoted: str, between: str
) -> None:
    assert words(language).phrase("quoted", text="It rained") == quoted
    said = words(language).label("new today; running story")
    assert said == between.join(map(words(language).label, ("new today", "running story")))
    made = render(full_edition(Editorial(language=language)), templates())
    for document in (made.html, made.email):
        found = lxml_html.document_fromstring(document.decode())
        quotes = found.xpath("//blockquote/p | //td[@class='q']")
        assert {quote.text_content()[0] for quote in quotes} == {quoted[0]}


def test_french_marks_never_begin_a_line() -> None:
    for name, source in every_template().items():
        if ".fr." in name:
            assert not re.search(r" [;!?»]|[^ ] :(?:\s|\"|$)|« ", source), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_machines_labels_have_the_houses_apostrophes(language: str) -> None:
    for label in ("Senn Wire's own report", "runner-up: Odra (98% of this story's score)"):
        assert "'" not in words(language).label(label)


def test_counts_choose_their_plural_form() -> None:
    assert words().phrase("outlets", n=1) == "1 outlet"
    assert words().phrase("outlets", n=1284) == "1,284 outlets"


def test_a_choice_of_one_story_reads_as_one() -> None:
    def chosen(language: str, n: int) -> str:
        return words(language).phrase("chosen", what="Cyber", n=n, of=18)

    assert chosen("en", 1) == "Cyber: 1 story of 18"
    assert chosen("en", 3) == "Cyber: 3 of 18 stories"
    assert chosen("fr", 1) == "Cyber\u00a0: 1 sujet sur 18"
    assert chosen("ar", 1) == "Cyber: موضوع واحد من أصل 18"
    assert chosen("ar", 3) == "Cyber: 3 مواضيع من أصل 18"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["nothing_chosen", "worded_voice"])
def test_one_story_and_one_sentence_have_words_of_their_own(language: str, key: str) -> None:
    one, two = (
        words(language).phrase(key, n=n, headline="Tarn", model="a model").replace(str(n), "")
        for n in (1, 2)
    )
    assert one != two


def test_arabic_counts_by_its_six_forms() -> None:
    def counted(key: str) -> list[str]:
        return [words("ar").phrase(key, n=n) for n in (1, 2, 3, 11, 100, 102)]

    assert counted("reports") == ["خبر واحد", "خبران", "3 أخبار", "11 خبرًا", "100 خبر", "102 خبر"]
    assert counted("since_new")[1:4] == ["موضوعان جديدان", "3 مواضيع جديدة", "11 موضوعًا جديدًا"]
    assert counted("figure_more")[:3] == ["ووسيلة أخرى", "ووسيلتان أخريان", "و3 وسائل أخرى"]
    assert counted("origins")[-2:] == ["100 مصدر أصلي مستقل", "102 مصدر أصلي مستقل"]


@pytest.mark.parametrize("name", ["strings.ar.json", "web/strings.ar.json"])
def test_what_arabic_counts_in_few_has_a_form_for_many(name: str) -> None:
    for key, phrase in json.loads(templates()[name]).items():
        if isinstance(phrase, dict) and "few" in phrase:
            assert "many" in phrase, key


def test_dates_and_times_are_in_the_zone() -> None:
    at = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    assert words(zone="Europe/Berlin").time(at) == "30\u00a0Mar\u00a001:30"
    assert words().time(at) == "29\u00a0Mar\u00a023:30"
    assert words().long_date(date(2026, 3, 29)) == "Sunday, 29 March 2026"
    winter = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
    assert words("de", "Europe/Berlin").full_time(winter) == "16. Januar 2026, 00:30 MEZ"
    assert words("fr", "Europe/Paris").full_time(winter) == "16 janvier 2026, 00:30 UTC+1"
    assert words("ar", "Asia/Kolkata").full_time(winter).endswith("05:00 UTC+5:30")


def test_lists_and_languages_read_as_prose() -> None:
    assert words().listing(["AP", "Reuters", "CNN"]) == "AP, Reuters and CNN"
    assert words().language_name("pl") == "Polish"
    assert words().language_name("qqq") == "qqq"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert words("tlh").language == "en"
    assert words("pt-BR").listing(["A", "B", "C"]) == "A, B and C"
    assert words("en-US").phrase("stories", n=2) == "2 stories"
