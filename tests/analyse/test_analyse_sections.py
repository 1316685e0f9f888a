"""The security filter's doubts, and the plain signs that settle them."""

from __future__ import annotations

import pytest
from newsroom_items import report_item

from digest.analyse import sections
from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import shown
from digest.analyse.sections import SECURITY, Labels, label, read, with_signs
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
    ("title", "section"),
    [
        ("Bank in Kesten says data of 2.1 million customers was stolen by hackers", "cyber"),
        ("Hackerangriff legt Klinik in Tamsk lahm", "cyber"),
        ("Bank says data of 2.1 million customers stolen", "cyber"),
        ("Hackerangriff legt eine Klinik lahm", "cyber"),
        ("Two held over suicide bomb in Tamsk", "terrorism"),
        ("Mass shooting at a Kesten bar leaves 4 dead", "crime"),
        ("Missile sets a fuel depot on fire", "conflict"),
        ("Attacks on the power grid leave Tamsk without light", "conflict"),
        ("Earthquake near Tamsk, where rebels attacked in May", "disaster"),
        ("Thousands protest in Bracova", "unrest"),
        ("Two stabbed to death in Kesten, police arrest a neighbour", "crime"),
        ("Inspectors find undeclared uranium traces at Zuhran site", "diplomacy"),
        ("Ostmark's president meets envoys of Velmora for talks on sanctions", "diplomacy"),
        ("Jihadist gunmen kill 14 worshippers at a mosque in Tamsk", "terrorism"),
        ("Missiles hit power station in Velmora, army says", "conflict"),
        ("Earthquake near Tamsk kills 31 and destroys villages", "disaster"),
        ("Cholera outbreak kills 14 in Tamsk, health ministry says", "health"),
        ("Thousands protest in Bracova against the government, police fire tear gas", "unrest"),
    ],
)
def test_what_happened_decides_the_section(title: str, section: Section) -> None:
    assert labelled(title).section == section


def test_what_is_no_matter_stays_outside() -> None:
    assert labelled("Singer wins song contest in Kesten").section is None
    assert labelled("Shares in Ostmark rise as phone maker shows new model").section is None


def test_a_day_in_parts_is_labelled_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = ("Missiles hit Velmora", "Ferry sinks off Kelby, 12 dead", "Film opens in Kesten")
    whole = [(found.category, found.section) for found in map(labelled, titles)]
    monkeypatch.setattr(sections, "_AT_ONCE", 2)
    assert [(found.category, found.section) for found in labels_of(*titles)] == whole
    assert labels_of() == []


def labelled(title: str) -> Labels:
    (found,) = labels_of(title)
    return found


def labels_of(*titles: str) -> list[Labels]:
    items = [report_item(title, title) for title in titles]
    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(item) for item in items])()
    return label(items, read(items), vectors, embedder.begin(titles)())
