"""The dead that a report gives its event."""

from __future__ import annotations

import pytest

from digest.analyse.dead import deaths, killed_in


@pytest.mark.parametrize(
    ("text", "killed"),
    [
        ("Missiles killed at least 14 people", 14),
        ("14 people were killed in the blast", 14),
        ("Fourteen hurt, six dead", 6),
        ("Forty-two dead in bus crash", 42),
        ("Thirteen people were killed", 13),
        ("A legislator is accused of threatening to kill three others", 0),
        ("death toll rises to 1,204", 1204),
        ("Floods killed 3 500 people", 3500),
        ("At least 12\u202f000 people were killed", 12000),
        ("On May 12 300 people were killed", 300),
        ("The flood left 3 villagers dead", 3),
        ("Gunmen ‘summarily executed’ 127 people", 127),
        ("127 villagers executed", 127),
        ("Police executed 12 search warrants", 0),
        ("reopened 48 years after he was killed", 0),
        ("dozens killed in raid", 24),
        ("a law of 1998 killed the plan", 0),
        ("killed in 2024 by his brother", 0),
        ("Nobody was hurt", 0),
        ("At least 425 killed in attacks since the October ceasefire, the ministry says", 0),
        ("Since the truce a month ago, attacks have killed at least 242 people", 0),
        ("Since Monday, attacks have killed at least 12 people", 12),
        ("An attack killed three. Some 425 were killed since October", 3),
        ("Gunfire killed 11-year-old Hamsa Hosou, her family says", 0),
        ("A 14-year-old boy was killed by a bus", 0),
        ("12 killed in the worst attack since 2008", 12),
        ("19 people have been killed since Monday", 19),
        ("Strike kills nine. Talks have stalled since October", 9),
        ("Thousands killed in floods", 2000),
        ("Rebels executed more than 2,000 villagers", 2000),
        ("Two air strikes killed 30 people", 30),
        ("Five were wounded and two killed in a stabbing", 2),
        ("Nine people, including three children, killed in raid", 9),
        ("Four ‘drug-runners’ killed at sea", 4),
        ("14 of the 60 on board died", 14),
        ("A dozen dead after bus falls into gorge", 12),
        ("At least 16 bodies found in pit", 16),
        ("Rescuers pulled 14 bodies from the rubble", 14),
        ("Talks on the bodies of four hostages", 0),
        ("27 migrants drown as boat sinks", 27),
        ("Three shot to death in bar", 3),
        ("Three sentenced to death", 0),
        ("The storm claimed seven lives", 7),
        ("At least 22 deaths in clashes", 22),
        ("He is blamed for the deaths of at least 19 marchers", 19),
        ("Death toll in Velmora rises from 51 to 66", 66),
        ("Death toll from fire in a tower block of the old town reaches 146", 146),
        ("Death toll from collapse of 12 floors climbs to 30", 30),
        ("Death toll now 41", 41),
        ("Toll rises to 31 in school crash", 31),
        ("Velmora declares emergency as toll passes 330", 330),
        ("Bridge toll rises to 12 crowns", 0),
        ("Rebels behead 70 villagers", 70),
        ("An attack on May 12 killed 300 people", 300),
        ("July 4 flood deaths", 0),
        ("Cholera could kill 10,000 children", 0),
        ("Hundreds could have died in foiled attack", 0),
        ("At least 200 may have died in landslide", 200),
        ("Woman killed 30 years ago is named", 0),
        ("Virus kills 3 in 10 and 70% of the old", 0),
        ("Tariffs are killing 20,000 jobs", 0),
        ("None of the 12 was killed", 0),
        ("Velmora remembers the 290 people killed in the harbour", 0),
        ("Velmora marks 10 years since attacks that killed 130", 0),
        ("On first anniversary of attack that killed 26", 0),
        ("150,000 people have been killed in the civil war", 0),
        ("The rebels' campaign has killed at least nine sailors", 0),
        ("Trial opens of man accused of killing six at fair", 0),
        ("Families sue over 27 deaths in camp", 0),
        ("15 killed in deadliest attack this year", 15),
    ],
)
def test_killed_in(text: str, killed: int) -> None:
    assert killed_in(text) == killed


@pytest.mark.parametrize(
    ("title", "text", "dead"),
    [
        ("Typhoon leaves 10 dead", "Days before another typhoon killed 232 people.", "10"),
        ("27 inmates killed by smoke", "A riot left 31 inmates dead.", "31"),
        ("Raid kills dozens", "The death toll of the siege tops 69,000.", "dozens"),
        ("Ferry sinks", "At least 12 people died.", "12"),
    ],
)
def test_the_headline_tells_whose_dead_are_counted(title: str, text: str, dead: str) -> None:
    assert deaths(title, text)[1] == dead


@pytest.mark.parametrize(
    ("text", "killed"),
    [
        ("Zwei Tote und 30 Verletzte bei Brand", 2),
        ("30 Verletzte und zwei Tote bei Brand", 2),
        ("Erdbeben: Zahl der Toten steigt auf 1.200", 1200),
        ("Mann tötet sechs Menschen", 6),
        ("Er wollte 20 Menschen töten", 0),
        ("Zehn Jahre nach den Anschlägen mit 130 Toten", 0),
        ("Seit Kriegsbeginn mehr als 65.000 Tote", 0),
        ("Séisme : le bilan s’alourdit à 1 400 morts", 1400),
        ("Une frappe tue au moins 14 personnes", 14),
        ("Douze blessés dans une explosion", 0),
        ("Dix ans après les attentats qui ont fait 130 morts", 0),
        ("Mueren al menos siete migrantes en un naufragio", 7),
        ("Un ataque mata a 23 personas", 23),
        ("Asciende a 31 la cifra de muertos", 31),
        ("Quattro morti e dodici feriti", 4),
        ("Drie doden bij schietpartij", 3),
        ("30 человек погибли при взрыве", 30),
        ("مقتل 12 شخصا في هجوم", 12),
        ("إصابة 12 شخصا في انفجار", 0),
        ("Tuesday: 5 tote bags", 0),
    ],
)
def test_killed_in_other_languages(text: str, killed: int) -> None:
    assert killed_in(text) == killed


def test_vague_counts_are_labelled_alike_in_all_languages() -> None:
    assert deaths("Dutzende Tote bei Überschwemmungen") == (24, "dozens")
    assert deaths("Des centaines de morts") == (200, "hundreds")
