from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sample import MADE, cite, report_of, simple_brief, templates

from digest.model import Editorial, Figure, FigureValue, Outlet
from digest.render.figures import figure_box
from digest.render.sources import Numbers, Sources
from digest.render.view import FigureBox
from digest.render.words import Words

VAGUE = {"several", "dozens"}


def box(
    state: Any, *said: tuple[str, str, str, float | None, float | None], language: str = "en"
) -> FigureBox:
    """The box of (outlet, language, printed, low, high), an hour apart."""
    words = Words(Editorial(language=language), templates())
    values, reports = [], []
    for n, (outlet, lang, printed, low, high) in enumerate(said):
        report = report_of(
            f"r{n}", Outlet(outlet, "x.example"), title=f"{printed} dead", text=printed, lang=lang
        )
        reports.append(report)
        at = MADE + timedelta(hours=n)
        values.append(
            FigureValue(outlet, at, low, high, printed, cite(report, printed), printed in VAGUE)
        )
    brief = simple_brief(1, reports[0], [reports[0].item.text])
    brief = replace(brief, story=replace(brief.story, reports=tuple(reports)))
    return figure_box(
        Figure("killed", tuple(values), state), Sources(brief, words, Numbers()), words
    )


def test_one_number_is_one_row_whatever_its_language() -> None:
    made = box(
        "risen",
        ("A", "en", "nine", 9, 9),
        ("B", "fr", "au moins 17", 17, None),
        ("C", "en", "At least 17", 17, None),
        ("D", "de", "mindestens 17", 17, None),
        ("E", "en", "at least 17", 17, None),
    )
    assert [row.printed for row in made.rows] == ["nine", "at least 17"]
    assert [told.split(",")[0] for told, _ in made.rows[1].by] == ["B", "C", "D"]
    assert made.rows[1].more == "and 1 other"
    assert made.note == "rose from 9 to 17"


def test_more_than_twenty_is_not_at_least_twenty() -> None:
    made = box("agree", ("A", "en", "more than 20", 20, None), ("B", "en", "at least 20", 20, None))
    assert [row.printed for row in made.rows] == ["more than 20", "at least 20"]
    assert made.note == "all agree"


def test_unlike_counts_that_do_not_contradict_do_not_agree() -> None:
    made = box("agree", ("A", "en", "at least 14", 14, None), ("B", "en", "at least 15", 15, None))
    assert made.note == ""


def test_a_count_rises_from_the_first_not_from_one_that_lags() -> None:
    made = box(
        "risen", ("A", "en", "13", 13, 13), ("B", "en", "6", 6, 6), ("A", "en", "19", 19, 19)
    )
    assert made.note == "rose from 13 to 19"


def test_words_without_a_number_stand_for_themselves() -> None:
    made = box(
        "disagree",
        ("A", "en", "several", None, None),
        ("B", "en", "Several", None, None),
        ("C", "en", "some", None, None),
    )
    assert [row.printed for row in made.rows] == ["several", "some"]
    assert made.note == "accounts differ"


def test_a_vague_word_gives_no_number() -> None:
    made = box(
        "disagree",
        ("A", "en", "several", 3, None),
        ("B", "en", "At Least Nine", 9, None),
        ("C", "en", "6", 6, 6),
        ("D", "en", "dozens", 24, None),
    )
    assert [row.printed for row in made.rows] == ["several", "at least nine", "6", "dozens"]
    assert made.note == "accounts differ, 6 to 9"


def test_an_outlet_is_named_once_per_number() -> None:
    made = box("agree", ("A", "en", "12", 12, 12), ("A", "en", "12", 12, 12))
    assert len(made.rows[0].by) == 1
    assert made.note == ""  # it agrees with nobody


def test_a_single_number_needs_no_note() -> None:
    assert box("single", ("A", "en", "6.4", 6.4, 6.4)).note == ""


def test_a_latin_name_does_not_turn_an_arabic_date_round() -> None:
    made = box("single", ("Radio Odra", "ar", "17", 17, 17), language="ar")
    told, _ = made.rows[0].by[0]
    assert told.startswith("\u200fRadio Odra\u200f، ")


def test_a_number_loses_the_capital_of_its_title_and_no_german_noun() -> None:
    said = ("Zwölf", "Mindestens zwei Dutzend", "2,5 Millionen", "Hunderte", "Cent", "Égale")
    made = box("disagree", *((w, "de", w, float(n), float(n)) for n, w in enumerate(said)))
    printed = [row.printed for row in made.rows]
    assert printed[:4] == ["zwölf", "mindestens zwei Dutzend", "2,5 Millionen", "Hunderte"]
    assert printed[4:] == ["cent", "égale"]
