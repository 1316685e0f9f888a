"""The pages' words in every language."""

from __future__ import annotations

import json
import re

import pytest

from digest.archive.design import web_words
from digest.model import Editorial
from digest.resources import templates
from digest.web.look import Look

WORDS = templates()
ENGLISH = json.loads(WORDS["web/strings.en.json"])
LANGUAGES = ("ar", "de", "es", "fr")


def holes(phrase: str | dict[str, str]) -> set[str]:
    """The parts that a phrase has places for; of plural forms, of all together."""
    forms = phrase.values() if isinstance(phrase, dict) else [phrase]
    return {hole for form in forms for hole in re.findall(r"\{\w+\}", form)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_phrases_of_the_pages_alone_with_their_parts(language: str) -> None:
    translated = json.loads(WORDS[f"web/strings.{language}.json"])
    assert set(translated) <= set(ENGLISH)
    for key, phrase in translated.items():
        assert isinstance(phrase, dict) == isinstance(ENGLISH[key], dict), key
        assert holes(phrase) == holes(ENGLISH[key]), key
        if isinstance(phrase, dict):
            assert "other" in phrase, key


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_the_most_letters_of_breaking_news_are_counted_in_words_that_agree(language: str) -> None:
    words = web_words(Editorial(language=language), WORDS)
    one, two = (words.phrase("breaking_hint", n=n) for n in (1, 2))
    assert one.replace("1", "") != two.replace("2", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_and_consent_are_in_the_lists_language(language: str) -> None:
    editorial = Editorial(title="Harbour Security Daily", language=language)
    translated = json.loads(WORDS[f"web/strings.{language}.json"])
    page = bytes(Look(editorial, WORDS).told("missing", 404).body).decode()
    assert f'<html lang="{language}"' in page
    assert ('dir="rtl"' in page) == (language == "ar")
    assert translated["missing_text"] in page
    words = web_words(editorial, WORDS)
    assert words.phrase("consent", title=editorial.title) == translated["consent"].format(
        title=editorial.title
    )


def test_a_mail_address_is_written_left_to_right() -> None:
    """In a field that runs to the left a half-typed address jumps about."""
    assert '<input type="email" dir="ltr"' in WORDS["web/pieces.html"]
