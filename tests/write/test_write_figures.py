"""What the figures of a sentence are, and how outlets' figures stand to each other."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import report

from digest.write.figures import extract
from digest.write.headlines import ranged
from digest.write.languages import all_languages
from digest.write.quantities import Quantity, parse
from digest.write.tallies import tally

DATA = Path(__file__).parent.parent / "data" / "write"
FLOOR = 0.95


def cases() -> list[tuple[str, str, list[dict[str, object]]]]:
    lines = (DATA / "figures.txt").read_text("utf-8").splitlines()
    expected = json.loads((DATA / "figures.json").read_text("utf-8"))
    return [(*line.split("\t"), e) for line, e in zip(lines, expected, strict=True)]


def read(text: str, lang: str) -> list[tuple[str, float | None, float | None, str]]:
    return sorted(
        ((f.label, f.quantity.low, f.quantity.high, f.printed) for f in extract(text, lang)),
        key=str,
    )


def test_invented_sentences_are_read_right() -> None:
    wrong = []
    for lang, text, expected in cases():
        want = sorted(((f["label"], f["low"], f["high"], f["printed"]) for f in expected), key=str)
        if read(text, lang) != want:
            wrong.append((text, read(text, lang), want))
    assert len(cases()) >= 60
    assert len(wrong) <= (1 - FLOOR) * len(cases()), wrong


@pytest.mark.parametrize(
    ("printed", "lang", "low", "high"),
    [
        ("at least 12", "en", 12, None),
        ("up to 1,200", "en", None, 1200),
        ("2 to 3 million", "en", 2e6, 3e6),
        ("two dozen", "en", 24, 24),
        ("forty-one", "en", 41, 41),
        ("1.200", "de", 1200, 1200),
        ("1.2", "en", 1.2, 1.2),
        ("1,5 Millionen", "de", 1.5e6, 1.5e6),
        ("1\u202f200", "fr", 1200, 1200),
        ("plus d’une centaine", "fr", 100, None),
        ("12,5 mln", "pl", 12.5e6, 12.5e6),
        ("at least 3 500", "en", 3500, None),
        ("12\u2009000", "en", 12000, 12000),
    ],
)
def test_quantities(printed: str, lang: str, low: float | None, high: float | None) -> None:
    assert parse(printed, lang) == Quantity(low, high)


@pytest.mark.parametrize(
    "printed", ["", "twelveteen", "15 to 10", "a few", "--", "FİVE", "2 mıllıon", "9" * 310]
)
def test_no_quantity(printed: str) -> None:
    assert parse(printed) is None


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
@pytest.mark.parametrize(
    ("text", "lang", "counted"),
    [
        ("Floods killed 3_500 people.", "en", {"killed": 3500}),
        ("At least 12_000 people were displaced.", "en", {"displaced": 12000}),
        ("Floods kill 3_500, injuring 1_012_000", "en", {"killed": 3500, "injured": 1012000}),
        ("In 2024 300 people were killed.", "en", {"killed": 300}),
        ("At 10:30_300 people were killed.", "en", {}),
        ("On May 12_300 people were killed.", "en", {}),
        ("Some 1,200_300 people were killed.", "en", {}),
        ("Thieves stole 12_500 million dollars.", "en", {"money (theft), $": 12.5e9}),
        ("Thieves stole in 2024 20 million dollars.", "en", {"money (theft), $": 20e6}),
        ("Thieves stole $12_500_000.", "en", {"money (theft), $": 12.5e6}),
        ("Bei dem Angriff wurden 3_500 Menschen getötet.", "de", {"killed": 3500}),
    ],
)
def test_a_number_with_spaces_is_read_whole_or_not_at_all(
    text: str, lang: str, counted: dict[str, float], space: str
) -> None:
    found = extract(text.replace("_", space), lang)
    assert {f.label: f.quantity.low for f in found} == counted


WORDS = [
    "killed", "ATTACK KILLED", "people", "wounded", "death toll rises to", "at least", "more than",
    "FİVE", "fıve", "five", "dozens", "DOZENſ", "2", "mıllıon", "million", "May", "of", "between",
    "to", "²", "٣", "9" * 310, "0" * 4_400 + "5", "a ransom of $" + "9" * 310, "$99,999",
    "magnitude", "7,5", "Tote", "getötet", "morts", "убиты", "миллион",
]  # fmt: skip


@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)),
    st.sampled_from([*all_languages(), "tr"]),
)
def test_whatever_a_text_says_its_figures_are_finite_and_stand_in_it(text: str, lang: str) -> None:
    for figure in extract(text, lang):
        assert figure.printed in text[figure.start : figure.end]
        bounds = (figure.quantity.low, figure.quantity.high)
        assert all(bound is None or math.isfinite(bound) for bound in bounds)


@pytest.mark.parametrize(
    ("printed", "size"),
    [
        ("Rs 20,000 crore", 2e11),
        ("₹5 lakh", 5e5),
        ("1.5 lakh crore rupees", 1.5e12),
        ("200 billion rupees", 2e11),
    ],
)
def test_crore_and_lakh_are_counted(printed: str, size: float) -> None:
    (found,) = extract(f"Thieves stole {printed} from a bank.", "en")
    assert (found.printed, found.quantity) == (printed, Quantity(size, size))
    assert extract("Some 2 lakh people got relief.", "en") == []


def test_others_are_part_of_the_dead_and_all_of_the_injured() -> None:
    told = read("The blast in Kesten killed eight people and injured 19 others.", "en")
    assert told == [("injured", 19.0, 19.0, "19"), ("killed", 8.0, 8.0, "eight")]
    assert read("Three others were killed in Odra.", "en") == []
    assert read("15 others are still missing.", "en") == [("missing", 15.0, 15.0, "15")]


def test_who_is_ordered_to_leave_is_not_yet_displaced() -> None:
    assert read("The army ordered the forced evacuation of up to 1,000 people.", "en") == []
    told = read("The evacuation of 1,000 people took a night.", "en")
    assert told == [("displaced", 1000.0, 1000.0, "1,000")]
    told = read("Evacuation orders displaced 1,000 people.", "en")
    assert told == [("displaced", 1000.0, 1000.0, "1,000")]


def test_who_was_shot_and_wounded_is_injured() -> None:
    told = read("In the attack five other people were shot and wounded.", "en")
    assert told == [("injured", 5.0, 5.0, "five")]
    assert read("Four men were stabbed and killed.", "en") == [("killed", 4.0, 4.0, "Four")]


def test_a_verb_in_quotation_marks_counts() -> None:
    told = read("Gunmen ‘summarily executed’ 127 people in Kesten.", "en")
    assert told == [("killed", 127.0, 127.0, "127")]
    assert read("Police executed 12 search warrants in Kesten.", "en") == []


def test_a_hospitals_patients_are_not_the_injured() -> None:
    assert read("Lantern Relief has treated 31 people injured in the strike.", "en") == []
    assert read("The hospital admitted the 12 wounded.", "en") == []
    assert read("The strike left 31 people injured.", "en") == [("injured", 31.0, 31.0, "31")]


@pytest.mark.parametrize(
    ("text", "lang", "counted"),
    [
        ("Vingt et un morts à Karun.", "fr", {"killed": 21}),
        ("Vingt-trois morts à Karun.", "fr", {"killed": 23}),  # not "is morts", of one
        ("L’attaque a fait deux cents morts.", "fr", {"killed": 200}),
        ("L’attaque a fait quatre-vingt-douze morts.", "fr", {"killed": 92}),
        ("L’attaque a fait cent douze morts.", "fr", {}),  # whole or not at all
        ("Treinta y cinco muertos en Karun.", "es", {"killed": 35}),
        ("El ataque dejó seis muertos y dieciséis heridos.", "es", {"killed": 6, "injured": 16}),
        ("Ciento doce muertos en Karun.", "es", {}),
        ("Dabei wurden dreizehn Menschen getötet.", "de", {"killed": 13}),
        ("Zwei Dutzend Tote in Karun.", "de", {"killed": 24}),
        ("Einundzwanzig Tote in Karun.", "de", {"killed": 21}),
        ("قُتل 12 شخصًا في هجوم.", "ar", {"killed": 12}),
        ("مقتل شخصين وإصابة خمسة بجروح.", "ar", {"killed": 2, "injured": 5}),
        ("ارتفع عدد القتلى في الهجوم إلى 14 قتيلا.", "ar", {"killed": 14}),
        ("قتل ما لا يقل عن خمسة وعشرين مدنيا.", "ar", {"killed": 25}),
        ("مقتل مئة واثني عشر شخصا.", "ar", {}),
        ("أصبح نحو 2500 شخص بلا مأوى.", "ar", {"displaced": 2500}),
        ("سقط 12 شخصا بين قتيل وجريح.", "ar", {}),
        ("إسقاط 40 طائرة مسيرة.", "ar", {}),
    ],
)
def test_spelled_numbers_are_read_whole(text: str, lang: str, counted: dict[str, int]) -> None:
    assert {label: low for label, low, _, _ in read(text, lang)} == counted


def test_arabic_says_at_least_behind_the_people() -> None:
    assert read("قتلت قنبلة في السوق وأصيب 13 شخصًا على الأقل.", "ar") == [
        ("injured", 13, None, "13")
    ]
    first = report("a", "مقتل 13 شخصا على الأقل في كارون", outlet="جريدة", lang="ar")
    other = report("b", "مقتل 16 شخصا في كارون", outlet="صحيفة", lang="ar")
    figures = tally([first, other])
    assert [(v.low, v.high) for v in figures[0].values] == [(13, None), (16, 16)]
    assert ranged(first, figures, "ar") is None


@pytest.mark.parametrize(
    "text",
    [
        "Five skilled workers joined them, and two studies of the drug disagreed.",
        "A general said that 150 people would likely die.",
        "He ordered more than 1,500 villagers to be evacuated.",
        "No certainty over man arrested by police",
        "The names of six men and one woman killed in the crash were released.",
        "Seven officers and at least four villagers were killed.",
        "The other three people killed have been named.",
        "Odra has the highest toll after 2,000 deaths in a day",
        "In Odra 2,108 people died of the fever in the past 24 hours.",
    ],
)
def test_what_did_not_happen_or_is_a_part_counts_nobody(text: str) -> None:
    assert read(text, "en") == []


def test_what_a_page_runs_into_its_report_counts_nothing() -> None:
    text = (
        "Varga met Odra Elin OdraThree dead in Senn: report Ferry held MORE to speak of the port."
    )
    assert tally([report("Port Gazette", "Varga meets Odra", text)]) == ()


def test_two_counts_side_by_side_keep_their_own_verbs() -> None:
    text = "It killed two guards and 12 people were injured, while three drivers could have died"
    assert [(f.label, f.printed) for f in extract(text, "en")] == [
        ("killed", "two"),
        ("injured", "12"),
        ("killed", "three"),
    ]
    assert [f.printed for f in extract("12 killed, a day after a first blast", "en")] == ["12"]
    assert [f.printed for f in extract("No one was killed.", "en")] == ["No one"]
    assert [f.printed for f in extract("Eight people die and several injured", "en")] == [
        "Eight",
        "several",
    ]
