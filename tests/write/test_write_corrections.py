"""What of an earlier edition is to be corrected, and what is news or mere rewording."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as Date
from typing import Any

import pytest
from newsroom import report

from digest.write.corrections import cited_items, corrections, is_correction, new_version

TEXT = (
    "A ferry with 80 people aboard ran aground off Kesten on Monday. "
    "Nine people were killed, coast guard captain Jan Orlo said. "
    "The harbour was not closed."
)


def _record(*sentences: str, told: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {
        "date": "2026-04-13",
        "corrections": list(told),
        "stories": [
            {
                "headline": "Ferry aground off Kesten",
                "sentences": [
                    {
                        "text": sentence,
                        "role": "body",
                        "edits": [],
                        "citations": [
                            {
                                "item": "a",
                                "outlet": "Odra Courier",
                                "url": "https://odra.example/a",
                                "part": "text",
                            }
                        ],
                    }
                    for sentence in sentences
                ],
            }
        ],
    }


def _now(text: str) -> dict[str, Any]:
    return {"a": replace(report("a", "Ferry aground", text).item, id="a")}


NINE = "Nine people were killed, coast guard captain Jan Orlo said."


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (NINE, "Two people were killed, coast guard captain Jan Orlo said."),
        (NINE, "Nine people were killed, coast guard captain Per Lund said."),
        ("The harbour was not closed.", "The harbour was closed."),
        ("The army denied firing the missile.", "The army fired the missile."),
        (
            "A ferry with 80 people aboard ran aground off Kesten on Monday.",
            "A ferry with 80 people aboard ran aground off Tamber on Monday.",
        ),
        ("They stole $90 million in Odra.", "They stole 100 million yen in Odra."),
        (
            "The fine of 2.5 million was the largest yet, the court said.",
            "The fine of 25 million was the largest yet, the court said.",
        ),
    ],
)
def test_another_number_name_or_not_is_a_correction(was: str, now: str) -> None:
    assert new_version(was, f"It rained. {now} More follows.", "en") == now
    assert is_correction(was, now, "en")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (NINE, "Twelve people were killed, coast guard captain Jan Orlo said."),
        (NINE, "Nine people were killed, the coast guard captain Jan Orlo told reporters."),
        (NINE, "At least nine people were killed, coast guard captain Jan Orlo said."),
        ("The harbour was not closed.", "The harbour wasn't closed."),
    ],
)
def test_a_risen_toll_and_rewording_are_none(was: str, now: str) -> None:
    assert not is_correction(was, now, "en")


@pytest.mark.parametrize(
    ("lang", "was", "now"),
    [
        ("en", "The army cannot enter the old city.", "The army can't enter the old city."),
        ("en", "Nobody was hurt in the blast.", "No one was hurt in the blast."),
        ("en", "None of the crew was hurt.", "No member of the crew was hurt."),
        ("en", "The talks did not end the strike.", "The talks failed to end the strike."),
        (
            "en",
            "The harbour was closed.",
            "The harbour was closed; nobody there was hurt, he said.",
        ),
        ("en", "12 Killed in Kesten Market Blast", "12 Killed in Kesten Market Explosion"),
        ("en", "Police Arrest Suspect in Odra Heist", "Police Arrest Man in Odra Heist"),
        ("en", "A court in the US said so.", "A court in the U.S. said so."),
        ("en", "A court in the United States said so.", "A court in the US said so."),
        ("en", "It was said by President Varga.", "It was said by Mr Varga."),
        ("en", "Rebels of Al-Odra took Kesten.", "Rebels of al-Odra took the town of Kesten."),
        ("en", "The strike came at 10.30 on Monday.", "The strike came at 10:30 on Monday."),
        ("en", "Some 1,200 people fled Kesten.", "Some 1200 people fled Kesten."),
        ("en", "They stole $1.5 million in Odra.", "They stole $1,500,000 in Odra."),
        ("de", "Die Polizei nahm drei Männer fest.", "Die Polizei nahm drei Verdächtige fest."),
    ],
)
def test_mere_rewording_is_no_correction(lang: str, was: str, now: str) -> None:
    assert not is_correction(was, now, lang)
    assert not is_correction(now, was, lang)


@pytest.mark.parametrize(
    ("lang", "was", "now"),
    [
        ("en", "The army did not take the town.", "The army took the town."),
        ("de", "Die Armee hat Kesten nicht eingenommen.", "Die Armee hat Kesten eingenommen."),
        ("fr", "L'armée n'a pas pris la ville lundi.", "L'armée a pris la ville lundi."),
        ("es", "El ejército no tomó la ciudad.", "El ejército tomó la ciudad."),
        ("ar", "لم يقتل 12 شخصا في الهجوم", "يقتل 12 شخصا في الهجوم"),
    ],
)
def test_the_opposite_is_a_correction_in_every_language(lang: str, was: str, now: str) -> None:
    assert is_correction(was, now, lang)
    assert is_correction(now, was, lang)


@pytest.mark.parametrize(
    ("lang", "was", "now"),
    [
        ("en", "12 people were killed in Kesten.", "19 people were killed in Kesten."),
        ("de", "In Kesten wurden 12 Menschen getötet.", "In Kesten wurden 19 Menschen getötet."),
        ("fr", "La frappe a fait 12 morts à Kesten.", "La frappe a fait 19 morts à Kesten."),
    ],
)
def test_a_toll_has_risen_in_the_reports_own_language(lang: str, was: str, now: str) -> None:
    for later, told in [(now, []), (was.replace("12", "9"), ["changed"])]:
        reports = {"a": replace(_now(later)["a"], lang=lang)}
        assert [one.kind for one in corrections([_record(was)], reports, ())] == told


def test_a_sentence_that_stands_or_has_no_successor_is_none() -> None:
    assert new_version(NINE, TEXT, "en") == ""
    assert new_version(NINE, "The weather will be fine at the coast all week.", "en") == ""


def test_a_changed_report_is_told_once() -> None:
    record = _record(NINE)
    later = _now(TEXT.replace("Nine", "Two"))
    (found,) = corrections([record], later, ())
    assert (found.kind, found.was) == ("changed", NINE)
    assert found.now == NINE.replace("Nine", "Two")
    assert found.edition == Date(2026, 4, 13)
    told = _record(told=({"item": "a", "was": NINE},))
    assert corrections([told, record], later, ()) == ()


def test_a_withdrawn_report_is_told_once_however_much_was_cited() -> None:
    record = _record("The harbour was not closed.", NINE)
    (found,) = corrections([record], _now(TEXT), {"a"})
    assert (found.kind, found.was, found.now) == ("withdrawn", "The harbour was not closed.", "")


def test_an_unchanged_report_or_one_no_longer_kept_needs_none() -> None:
    record = _record(NINE)
    assert cited_items([record]) == {"a"}
    assert corrections([record], _now(TEXT), ()) == ()
    assert corrections([record], {}, ()) == ()
