"""Severity read off words: the dead, the weapons, the states."""

from __future__ import annotations

from dataclasses import replace

import pytest
from newsroom_items import report_item, report_of

from digest.analyse.severity import severity
from digest.model import Section


def test_more_dead_is_graver_and_war_is_graver_than_a_quarrel() -> None:
    def value(title: str, places: tuple[str, ...] = ()) -> float:
        return severity([report_of(report_item("1", title), places=places)]).value

    assert value("200 killed in raid") > value("2 killed in raid") > value("Villagers quarrel")
    strike = "Air strikes hit capital after ultimatum"
    assert value(strike, ("Ostmark", "Velmora")) > value(strike)


def test_one_lurid_report_among_many_does_not_count() -> None:
    calm = [report_of(report_item(str(i), "Talks on grain go on in Velmora")) for i in range(9)]
    lurid = report_of(report_item("x", "Nuclear missiles kill 900 in Velmora"))
    assert severity([*calm, lurid]).signs == ()


def test_two_that_count_dead_among_many_do() -> None:
    calm = [report_of(report_item(str(i), "Search at sea off Velmora goes on")) for i in range(9)]
    counting = [report_of(report_item(n, "Ferry sinks, 12 dead off Velmora")) for n in "ab"]
    assert severity([*calm, *counting]).signs == ("12 killed",)
    assert severity([*calm[:3], counting[0]]).signs == ("12 killed",)


@pytest.mark.parametrize(
    ("tolls", "killed"),
    [("6 13 17 19", 19), ("44 41 64", 64), ("6 70", 6), ("13 dozens 14", 14)],
)
def test_a_toll_has_risen_where_it_has_not_doubled(tolls: str, killed: int) -> None:
    """Far more are a war's dead, and a word is no number."""
    told = [
        report_of(report_item(toll, f"Ferry sinks off Velmora, {toll} dead"))
        for toll in tolls.split()
    ]
    assert severity(told).signs == (f"{killed} killed",)


@pytest.mark.parametrize(
    "title",
    [
        "Velmora's government falls in confidence vote",
        "Prime minister of Velmora resigns over the flood",
        "Former judge named interim prime minister of Velmora",
        "Parliament is dissolved in Velmora",
    ],
)
def test_who_governs_is_a_turning_point(title: str) -> None:
    assert "turning point" in severity([report_of(report_item("1", title))]).signs


def test_a_minister_at_work_is_none() -> None:
    for title in ("Prime minister of Velmora visits a mill", "Premier opens bridge in Velmora"):
        assert severity([report_of(report_item("1", title))]).signs == ()


def signs_of(title: str, section: Section = "conflict") -> tuple[str, ...]:
    return severity([replace(report_of(report_item("1", title)), section=section)]).signs


@pytest.mark.parametrize(
    ("title", "sign"),
    [
        ("Court in Velmora weighs death penalty for spies", "deaths reported"),
        ("Man held over offer to kill ministers", "deaths reported"),
        ("Trial over attempted assassination of mayor", "deaths reported"),
        ("Minister trades fire over death threats", "deaths reported"),
        ("Die Regierung berät in Velmora", "deaths reported"),
        ("Het overleg duurt tot vrijdag", "deaths reported"),
        ("Inspectors of nuclear sites return to Velmora", "weapons involved"),
        ("Man held over kidnapping of his wife", "turning point"),
        ("Photos capture march in Velmora", "turning point"),
        ("Carmaker extends shutdown after breach", "turning point"),
        ("Dealer found guilty of violating terms of release", "turning point"),
        ("Villages evacuated as river rises", "turning point"),
        ("Dimitri Vale left destitute in Velmora", "turning point"),
    ],
)
def test_words_of_another_sense_are_no_signs(title: str, sign: str) -> None:
    assert sign not in signs_of(title)


@pytest.mark.parametrize(
    ("title", "sign"),
    [
        ("Guard shot to death in Velmora", "deaths reported"),
        ("Children die of hunger in Velmora", "deaths reported"),
        ("Tote nach Lawine in Velmora", "deaths reported"),
        ("Velmora tests nuclear weapon", "weapons involved"),
        ("Inspectors of nuclear sites return to Velmora", "a nuclear matter"),
        ("Rebels capture town in Velmora", "turning point"),
        ("Velmora says jets violated its airspace", "turning point"),
        ("Villages evacuated as river rises", "people evacuated"),
        ("More than 300 pupils abducted from school in Velmora", "turning point"),
        ("Rebels blockade Velmora's capital", "turning point"),
        ("Velmora declares national emergency", "turning point"),
        ("President flees country after mutiny", "turning point"),
        ("Waffenruhe in Velmora in Kraft", "turning point"),
        ("Cessez-le-feu à Velmora", "turning point"),
        ("Golpe de Estado en Velmora", "turning point"),
        ("انقلاب عسكري", "turning point"),
        ("Drohnenangriff auf Velmora", "weapons involved"),
        ("Manifestations meurtrières à Velmora", "deaths reported"),
    ],
)
def test_words_that_are_signs(title: str, sign: str) -> None:
    assert sign in signs_of(title)


@pytest.mark.parametrize(
    "title",
    ["Cyber attack halts carmaker's plants", "Flights disrupted at Velmora after cyber attack",
     "Cyberangriff legt Kliniken lahm", "Un ciberataque deja fuera de servicio los trenes"],
)  # fmt: skip
def test_an_attack_on_systems_is_grave_where_they_are_down(title: str) -> None:
    assert "systems down" in signs_of(title, "cyber")
    assert "systems down" not in signs_of(title, "crime")
    assert "systems down" not in signs_of("Data of two million users stolen", "cyber")


def test_an_explosion_that_befell_people_is_no_weapon() -> None:
    assert "weapons involved" in signs_of("Blast outside court in Velmora")
    assert "weapons involved" not in signs_of("Gas tanker explosion in Velmora", "disaster")
