"""The machine's labels in five languages: all that analysis and writing say is known."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample import templates

from digest.model import Editorial
from digest.render.words import Words

LANGUAGES = ("de", "fr", "es", "ar")
ROOT = Path(__file__).parents[2]


def words(language: str) -> Words:
    return Words(Editorial(language=language), templates())


def table(language: str) -> dict[str, str | dict[str, str]]:
    read: dict[str, str | dict[str, str]] = json.loads(templates()[f"labels.{language}.json"])
    return read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("confirmed by 7 origins", "bestätigt von 7 Quellen"),  # of old records
        (
            "3 events of one running story: 5 outlets, 1 independent origin",
            "3 Ereignisse eines fortlaufenden Themas: 5 Medien, 1 unabhängige Quelle",
        ),
        ("confirmed by 7 independent origins", "bestätigt von 7 unabhängigen Quellen"),
        (
            "carried by 2 origins; denied by Marrow's navy",
            "verbreitet von 2 Quellen; bestritten von Marrow’s navy",
        ),
        ("12 outlets, 1 independent origin", "12 Medien, 1 unabhängige Quelle"),
        ("killed: 12 → 12 to 19", "Tote: 12 → 12 bis 19"),
        ("killed: at least 9 → 12", "Tote: mindestens 9 → 12"),
        ("killed: 9 → 14 to at least 15", "Tote: 9 → 14 bis mindestens 15"),
        (
            "Associated Press's own report and 3 more that credit or repeat it; same text (0.92)",
            "eigener Bericht von Associated Press und 3 weitere, die ihn nennen oder wiederholen; "
            "gleicher Text (0.92)",  # of old records
        ),
        ("92% the same text", "zu 92\u00a0% gleicher Text"),
        ("same opening (12 words in a row)", "gleicher Anfang (12 Wörter in Folge)"),
        (
            "runner-up: 9% of all (or so) (98% of this story's score)",
            "an zweiter Stelle: 9% of all (or so) (98\u00a0% der Punkte dieses Themas)",
        ),
        (
            "runner-up: Who gave 3 to 4 (and why) (2.70 to 2.75)",
            "an zweiter Stelle: Who gave 3 to 4 (and why) (2.70 zu 2.75)",
        ),
        (
            "Few security reports came in; this edition is short, and not filled up.",
            "Es kamen nur wenige Berichte zur Sicherheit; diese Ausgabe ist kurz und nicht "
            "aufgefüllt.",
        ),
        ("something that nobody has translated", "something that nobody has translated"),
    ],
)
def test_labels_are_said_in_german(text: str, said: str) -> None:
    assert words("de").label(text) == said
    assert words("en").label(text) == text.replace("'", "’")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_labels_with_all_their_parts(language: str) -> None:
    assert table(language).keys() == table("de").keys()
    for label, said in table(language).items():
        known = set(re.findall(r"\{(\w+)\}", label))
        for form in [said] if isinstance(said, str) else [said["other"], *said.values()]:
            assert set(re.findall(r"\{(\w+)\}", form)) <= known, label


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "1 killed", "1 Toter"),
        ("fr", "1 killed", "1 mort"),
        ("es", "2 killed", "2 muertos"),
        ("ar", "2 killed", "قتيلان"),
        ("ar", "7 killed", "7 قتلى"),
        ("ar", "12 killed", "12 قتيلًا"),
        ("ar", "confirmed by 2 independent origins", "أكده مصدران مستقلان"),
        ("ar", "confirmed by 3 independent origins", "أكدته 3 مصادر مستقلة"),
        ("ar", "1 outlet, 4 independent origins", "وسيلة إعلام واحدة، 4 مصادر مستقلة"),
    ],
)
def test_labels_choose_their_plural_form(language: str, text: str, said: str) -> None:
    assert words(language).label(text) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_sample_day_says_is_known(language: str) -> None:
    """The record of an edition holds the labels in English; here, of the sample day's twin."""
    record = json.loads((ROOT / "tests/data/render/sample-labels.json").read_text("utf-8"))
    unknown = [text for text in record if words(language).label(text) == text]
    assert unknown == []


@given(st.text(max_size=500))
def test_any_text_comes_through(text: str) -> None:
    assert isinstance(words("ar").label(text), str)
