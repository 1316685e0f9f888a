"""The security filter's doubts, and the plain signs that settle them."""

from __future__ import annotations

import pytest
from newsroom_items import report_item

from digest.analyse.sections import CATEGORIES, SECURITY, section_of, with_signs
from digest.model import Category, Section


def judged(security: float, category: Category, title: str, text: str = "") -> float:
    return with_signs(security, category, report_item("one", title, text=text))


@pytest.mark.parametrize(
    ("category", "title", "text"),
    [
        ("disaster", "Earthquake in the Sundara highlands kills at least 31", ""),
        ("disaster", "Dyke breaks in Oresta", "Some 5,000 people had to leave Valdoro."),
        ("disaster", "Digue rompue", "Environ 5 000 personnes ont été évacuées de Valdoro."),
        ("health", "Cholera in Tamsk", "Health officers said 14 people died in a week."),
        ("business", "Ransomware attack halts card payments at a Kesten bank", ""),
        ("business", "Datendiebstahl bei der Fjordbank", ""),
    ],
)
def test_a_plain_sign_settles_a_doubt(category: Category, title: str, text: str) -> None:
    assert judged(0.3, category, title, text) >= SECURITY
    assert judged(0.05, category, title, text) == 0.05  # what is no doubt stays


@pytest.mark.parametrize(
    ("category", "title", "text"),
    [
        ("business", "Shares of a Kesten bank fall", "Hackers were not to blame, it said."),
        ("culture", "Film on the quake that killed 31 opens", "It is a comedy."),
        ("disaster", "Rain expected over the Sundara highlands", "Two roads may be closed."),
        ("science", "Volcano that killed 4,000 was larger than thought", ""),
    ],
)
def test_without_one_the_filter_has_its_way(category: Category, title: str, text: str) -> None:
    assert judged(0.3, category, title, text) == 0.3


def test_what_is_sure_stays_as_it_is() -> None:
    assert judged(0.9, "disaster", "Earthquake kills 31") == 0.9


@pytest.mark.parametrize(
    ("likeliest", "text", "section"),
    [
        ("crime", "Bank says data of 2.1 million customers stolen", "cyber"),
        ("crime", "Hackerangriff legt eine Klinik lahm", "cyber"),
        ("crime", "Thieves steal paintings from a Kesten museum", "crime"),
        ("crime", "Inspectors find undeclared uranium traces at Zuhran site", "diplomacy"),
        ("crime", "Two held over suicide bomb in Tamsk", "terrorism"),
        ("crime", "Mass shooting at a Kesten bar leaves 4 dead", "crime"),
        ("disaster", "Missile sets a fuel depot on fire", "conflict"),
        ("disaster", "Attacks on the power grid leave Tamsk without light", "conflict"),
        ("disaster", "Earthquake near Tamsk, where rebels attacked in May", "disaster"),
        ("politics", "Thousands protest in Bracova", "unrest"),
    ],
)
def test_plain_words_decide_between_sections(
    likeliest: Category, text: str, section: Section
) -> None:
    weights: dict[Category, float] = dict.fromkeys(CATEGORIES, 0.05)
    assert section_of({**weights, likeliest: 0.5}, text) == section
