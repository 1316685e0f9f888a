"""Countries found in reports."""

from __future__ import annotations

import pytest

from digest.analyse.places import find_places, places_of, scene_of


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Haitian police clash with gangs in Port-au-Prince", ["Haiti", "Haiti"]),
        ("Strikes hit Kharkiv, says Kyiv", ["Ukraine", "Ukraine"]),
        ("South Korean workers held in Georgia", ["South Korea", "Georgia"]),
        ("Hyundai workers held in Georgia", ["United States"]),
        ("Georgia's governor speaks", ["United States"]),
        ("Séisme en Allemagne et en Italie", ["Germany", "Italy"]),
        ("Терроризм: Россия и Германия", ["Russia", "Germany"]),
        ("日本とフランスの首脳", ["Japan", "France"]),
        ("We ate turkey and a chad was found by a nice lima bean", []),
        ("The Washington Post and Iran International reported", []),
        ("Nigeria and Niger", ["Nigeria", "Niger"]),
        ("Angriff auf Charkiw, sagt Kiew", ["Ukraine", "Ukraine"]),
        ("Explosion à Damas", ["Syria"]),
        ("وقف إطلاق النار في غزة", ["Palestinian Territories"]),
        ("A Roma family and Riad Vale", []),
        ("Gunmen seize village in Niger State", ["Nigeria"]),
        ("Fire on Long Island; a Rhode Island court", ["United States", "United States"]),
        ("Grenade attack on an island bar, says Maurice Vale", []),
        ("Bodies found near Moscow, Idaho", ["United States"]),
        ("Bodies found near Birmingham, Mich., in Ohio", ["United States"]),
        ("Alexandria Ocasio-Cortez speaks of Ohio's camps", ["United States"]),
        ("Bodies found near Alexandria", ["Egypt"]),
        ("Court hears of the state of Georgia's law on voting", ["United States"]),
        ("Crash in Athens, Georgia", ["United States"]),
        ("Rally in Tbilisi, Georgia", ["Georgia", "Georgia"]),
        ("Talks of Moscow, Georgia and Abkhazia", ["Russia", "Georgia", "Georgia"]),
        ("Lok Sabha passes bill", ["India"]),
        ("Airport of Sabha in ruins", ["Libya"]),
        ("Talks in Paris, London and Rome", ["France", "United Kingdom", "Italy"]),
        ("Pakistan’s Punjab under water", ["Pakistan"]),
        ("N. Korea fires missile into Sea of Japan", ["North Korea"]),
        ("Ship rammed in South China Sea off Palawan", ["Philippines"]),
        ("Boat lost in Indian Ocean", []),
        ("Samoan leader ousted; Tonga looks on", ["Samoa", "Tonga"]),
        ("Georgia judge drops racketeering charges", ["United States"]),
        ("Uselandia is no country", []),
        ("", []),
    ],
)
def test_find_places(text: str, countries: list[str]) -> None:
    assert [place.country for place in find_places(text)] == countries


def test_spans_are_the_names_themselves() -> None:
    text = "Talks in Doha between Israel and Hamas"
    assert [text[p.start : p.end] for p in find_places(text)] == ["Doha", "Israel"]


def test_the_headline_outweighs_the_text() -> None:
    assert places_of("Coup in Benin", "France spoke of Niger.") == ("Benin", "France", "Niger")


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Israeli strikes kill five in Lebanon", "Lebanon"),
        ("Russian troops advance on Pokrovsk", "Ukraine"),
        ("Russian drones cause blackouts in two regions of Ukraine", "Ukraine"),
        ("Ukrainian drones hit refinery in Russia", "Russia"),
        ("Ukrainian woman killed on train in Chicago", "United States"),
        ("Drone hits Gaza-bound boat in port of Tunisia", "Tunisia"),
        ("Pakistan officer killed at pro-Palestinian march", "Pakistan"),
        ("Israel launches strikes on Iranian nuclear sites", "Iran"),
        ("Ukraine attacks Russian refinery", "Russia"),
        ("Pakistan launches air strikes on Afghan province", "Afghanistan"),
        ("Attack on Israeli tourists in Egypt", "Egypt"),
        ("Attack on Israeli embassy in Athens foiled", "Greece"),
        ("Poland sees threat from Russia growing", "Poland"),
        ("British soldier charged with spying for Iran", "United Kingdom"),
        ("Qatar digs through rubble of Israel's attack", "Qatar"),
        ("Hamas says it accepts", "Palestinian Territories"),
        ("Hamas envoys meet in Cairo", "Egypt"),
        ("FBI takes down hackers' forum", "United States"),
        ("Trump hails truce in Sudan", "Sudan"),
        ("RSF detains hundreds", "Sudan"),
        ("Democrats walk out over shutdown", "United States"),
        ("Liberal Democrats walk out over asylum", None),
        ("Africa CDC says outbreak is over", None),
        ("Police search for missing ices", None),
        ("Israel greift Dörfer im Libanon an", "Lebanon"),
        ("Venezuela prepares forces in case of US attack", "Venezuela"),
        ("US carrier heads for Venezuela, off Latin America", "Venezuela"),
        ("South Korean leader asks China's Xi to mediate on North Korea issues", "South Korea"),
        ("Spain lays embargo on Israel", "Spain"),
        ("Leaders gather in Egypt for signing of Gaza ceasefire deal", "Egypt"),
        ("Boat hit off Tunisia's coast", "Tunisia"),
        ("Russian video shows battle for Novoselka, Ukraine", "Ukraine"),
        ("Iran, Israel trade strikes", "Iran"),
        ("Palestine Action strikers near death", None),
        ("Nobody went anywhere", None),
    ],
)
def test_where_it_happens_comes_before_who_does_it(title: str, first: str | None) -> None:
    assert next(iter(scene_of(title, "")), None) == first
