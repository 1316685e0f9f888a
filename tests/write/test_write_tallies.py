"""How outlets' figures stand to each other: agreed, risen, in disagreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from newsroom import MONDAY, report

from digest.model import Figure
from digest.write.tallies import in_words, range_of, tally


def tallied(*values: tuple[str, str, int]) -> str:
    """State of "killed" when outlets print the titles at minutes after noon."""
    reports = [
        report(f"r{i}", title, outlet=outlet, at=MONDAY + timedelta(minutes=minutes))
        for i, (outlet, title, minutes) in enumerate(values)
    ]
    figures = [f for f in tally(reports) if f.label == "killed"]
    return figures[0].state if figures else ""


def test_states() -> None:
    assert tallied(("A", "12 killed in Kesten blast", 0)) == "single"
    assert (
        tallied(("A", "12 killed in Kesten", 0), ("B", "At least 10 killed in Kesten", 5))
        == "agree"
    )
    assert tallied(("A", "12 killed in Kesten", 0), ("B", "19 killed in Kesten", 240)) == "risen"
    assert tallied(("A", "12 killed in Kesten", 0), ("B", "19 killed in Kesten", 5)) == "disagree"
    assert tallied(("A", "19 killed in Kesten", 0), ("B", "12 killed in Kesten", 240)) == "disagree"
    assert tallied(("A", "12 killed in Kesten", 0), ("A", "19 killed in Kesten", 10)) == "risen"


def test_a_page_without_a_full_stop_counts_nothing() -> None:
    text = "At least 12 people were killed in Kesten"
    said, endless = (report("r", "Kesten", text + end) for end in (".", " and more" * 4_000))
    assert [f.label for f in tally([said])] == ["killed"]
    assert tally([endless]) == ()


def test_what_an_outlet_has_since_raised_contradicts_no_other() -> None:
    """The Gazette's six came after the Courier's thirteen, and it has said nineteen since."""
    assert (
        tallied(
            ("Courier", "At least 13 killed in Kesten", 0),
            ("Gazette", "Six killed in Kesten", 20),
            ("Gazette", "At least 19 killed in Kesten", 400),
            ("Odra News", "At least 17 killed in Kesten", 400),
        )
        == "risen"
    )


def test_an_outlet_that_says_the_same_again_is_shown_once() -> None:
    told = [
        report("a", "At least 12 killed in Kesten", outlet="Courier"),
        report("b", "12 killed in Kesten", outlet="Courier", at=MONDAY + timedelta(minutes=60)),
        report("c", "14 killed in Kesten", outlet="Courier", at=MONDAY + timedelta(minutes=90)),
    ]
    (figure,) = tally(told)
    assert [value.printed for value in figure.values] == ["At least 12", "14"]


def test_figures_of_other_events_are_left_out() -> None:
    reports = [
        report("a", "Strike on Kesten kills 6", "The war has killed 64,000 people.", outlet="A"),
        report(
            "b", "Six killed in Kesten", "In 2019, 51 people were killed in Kesten.", outlet="B"
        ),
    ]
    (figure,) = tally(reports)
    assert [(v.outlet, v.printed) for v in figure.values] == [("A", "6"), ("B", "Six")]
    assert figure.state == "agree"


def test_what_stands_under_a_title_of_the_story_counts_by_one_of_its_words() -> None:
    def counted(title: str, text: str) -> list[str]:
        told = tally([report("a", title, text)], {"kesten", "port", "blast", "tanker"})
        return [f"{f.label} {v.printed}" for f in told for v in f.values]

    hurt = "Officials say more than 60 were injured in the blast, whose cause is not known."
    assert counted("Tanker blast shakes port", hurt) == ["injured more than 60"]
    assert counted("Port reopens", hurt) == []
    assert counted("Tanker blast shakes port", f"It was heard far away. {hurt}") == []


def test_what_the_headline_counts_is_what_the_story_is_about() -> None:
    heads = report("a", "War sends 300,000 people fleeing from Senn in 2026")
    assert tally([heads], {"senn", "war"}) == ()
    (figure,) = tally([heads], {"senn", "war"}, heads)
    assert (figure.label, figure.newest.printed) == ("displaced", "300,000")
    low = report("b", "Clash in Senn kills 4", at=MONDAY + timedelta(hours=2))
    high = report("c", "Raids in Senn kill 31")
    told = {head.item.id: tally([high, low], (), head)[0] for head in (high, low)}
    assert {at: [v.printed for v in f.values] for at, f in told.items()} == {
        "b": ["4"],
        "c": ["31"],
    }


def test_a_word_for_many_thousands_does_not_outweigh_a_number() -> None:
    told = [
        report("a", "Typhoon leaves 1.4 million displaced in Kesten", outlet="A"),
        report("b", "Thousands displaced as typhoon nears Kesten", outlet="B"),
    ]
    (figure,) = tally(told)
    assert [v.printed for v in figure.values] == ["1.4 million"]


def test_an_outlets_last_word_stands_where_it_takes_a_count_back() -> None:
    told = [
        report("a", "Raids kill 70 in Kesten"),
        report("b", "Funeral in Odra for six killed in raid", at=MONDAY + timedelta(hours=9)),
    ]
    (figure,) = tally(told)
    assert (figure.state, [v.printed for v in figure.values]) == ("single", ["six"])


def test_a_count_that_is_printed_again_after_a_word_is_shown_once() -> None:
    told = [
        report(name, f"Raid kills {count} in Kesten", at=MONDAY + timedelta(hours=hour))
        for hour, (name, count) in enumerate([("a", "three"), ("b", "hundreds"), ("c", "three")])
    ]
    (figure,) = tally(told)
    assert [v.printed for v in figure.values] == ["three"]


def test_money_for_different_things_never_disagrees() -> None:
    reports = [
        report(
            "a", "Odra operator hacked", "Hackers asked for a ransom of $5 million.", outlet="A"
        ),
        report("b", "Odra grid hit", "The storm caused $40 million in damage.", outlet="B"),
    ]
    assert {f.label: f.state for f in tally(reports)} == {
        "money (ransom), $": "single",
        "money (damage), $": "single",
    }


def stolen(*amounts: str) -> dict[str, tuple[str, list[str]]]:
    """Label → state and printed amounts, when outlets name them for one theft."""
    told = [
        report(
            f"r{i}", "Odra museum robbed", f"Thieves stole jewels worth {amount}.", outlet=f"{i}"
        )
        for i, amount in enumerate(amounts)
    ]
    return {f.label: (f.state, [v.printed for v in f.values]) for f in tally(told)}


def test_amounts_in_two_currencies_are_never_compared() -> None:
    assert stolen("$100 million", "100 million yen", "US$100 million", "100 million dollars") == {
        "money (theft), $": ("agree", ["$100 million", "US$100 million", "100 million dollars"]),
        "money (theft), yen": ("single", ["100 million yen"]),
    }
    assert stolen("$100 million", "£79 million", "A$150 million", "NT$3 billion") == {
        f"money (theft), {sign}": ("single", [amount])
        for sign, amount in [
            ("$", "$100 million"),
            ("£", "£79 million"),
            ("A$", "A$150 million"),
            ("NT$", "NT$3 billion"),
        ]
    }
    assert stolen("$100 million Canadian", "$100,000 (Australian)", "$2 million AUD") == {}


def test_a_range_of_amounts_keeps_its_currency() -> None:
    told = [
        report(f"r{i}", "Odra", f"Thieves stole ${i} million in Odra.", outlet=f"{i}")
        for i in (5, 7)
    ]
    (figure,) = tally(told)
    assert (figure.state, in_words(figure)) == ("disagree", "$5 million to $7 million")


def test_the_worst_in_decades_is_this_event() -> None:
    def counted(sentence: str) -> list[str]:
        figures = tally([report("a", "Unrest in Kesten", sentence)])
        return [value.printed for figure in figures for value in figure.values]

    assert counted("It is Kesten's worst unrest in decades, with 22 people killed.") == ["22"]
    assert counted("The unrest, the deadliest in a decade, killed 22 people.") == ["22"]
    assert counted("Unrest has killed 22 people in Kesten in recent decades.") == []


def test_of_one_report_a_number_goes_before_a_word_and_the_whole_before_its_part() -> None:
    def printed(title: str, text: str, label: str = "killed") -> list[str]:
        figures = tally([report("a", title, text)])
        return [v.printed for f in figures if f.label == label for v in f.values]

    assert printed("Dozens killed in Kesten", "The blast killed 41 people in Kesten.") == ["41"]
    assert printed("Blast kills 41 in Kesten", "It killed 3 people in Kesten's port.") == ["41"]
    cells = "Two clashes left at least 31 inmates dead in Kesten, including 27 who were choked."
    assert printed("At least 27 inmates killed in Kesten", cells) == ["at least 31"]


def test_words_and_sums_that_count_nothing_make_no_figure() -> None:
    assert tally([report("a", "Scores missing after flood in Kesten")]) == ()
    assert tally([report("a", "Kesten plans cuts of $52bn")]) == ()
    (reward,) = tally([report("a", "Kesten police offer reward of $100,000")])
    assert reward.label == "money (reward), $"


def test_a_count_of_nobody_knows_when_gives_way_to_a_later_one() -> None:
    def told(undated: str) -> list[str]:
        old = report("a", undated, outlet="A", at=MONDAY + timedelta(hours=3))
        old = replace(old, item=replace(old.item, date=None))
        new = report("b", "Kesten blast kills 19 people", outlet="B")
        return [v.printed for f in tally([old, new]) for v in f.values]

    assert told("Kesten blast kills 12 people") == ["19"]
    assert told("Kesten blast kills 23 people") == ["19", "23"]
    assert told("Kesten blast kills at least 12 people") == ["19", "at least 12"]


def test_a_word_of_known_time_outdates_no_number() -> None:
    copied = report("a", "Funeral in Kesten for six killed in raid", outlet="A")
    copied = replace(copied, item=replace(copied.item, date=None))
    war = report("b", "Raids kill dozens in Odra", outlet="B", at=MONDAY + timedelta(hours=1))
    (figure,) = tally([copied, war])
    assert [v.printed for v in figure.values] == ["six"]


def test_a_word_that_says_far_less_than_a_number_is_no_line() -> None:
    def printed(word: str, number: str) -> list[str]:
        told = [
            report("a", f"{word} killed in Kesten", outlet="A"),
            report("b", f"{number} killed in Kesten", outlet="B", at=MONDAY.replace(minute=5)),
        ]
        return [v.printed for figure in tally(told) for v in figure.values]

    assert printed("Several", "19") == ["19"]
    assert printed("Several", "Two") == ["Several", "Two"]
    assert printed("Dozens", "At least 60") == ["Dozens", "At least 60"]


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        ("Dozens of people were killed", "19 people were killed", "agree"),
        ("Several soldiers were killed", "Two soldiers were killed", "agree"),
        ("Dozens of people were killed", "Nine people were killed", "disagree"),
    ],
)
def test_vague_words_contradict_only_what_is_far_away(one: str, other: str, state: str) -> None:
    at = timedelta(minutes=5)
    reports = [
        report("a", f"{one} in Kesten", outlet="Odra Courier"),
        report("b", f"{other} in Kesten", outlet="Harbour Times", at=MONDAY + at),
    ]
    (figure,) = tally(reports)
    assert figure.state == state


def test_a_vague_word_does_not_stand_against_the_numbers_of_two_outlets() -> None:
    told = [("A", "Strike kills 6", 0), ("C", "War kills dozens", 20), ("B", "Strike kills 6", 90)]
    assert tallied(*told) == "agree"
    assert tallied(*told[:2]) == "disagree"
    # Nobody has counted since: it may have become dozens, where more than one says so.
    early = told[0], ("B", "Strike kills 6", 10)
    assert tallied(*early, told[1]) == "disagree"
    assert tallied(*early, ("C", "Strike kills dozens", 90)) == "agree"
    assert tallied(told[0], ("A", "War kills dozens", 20)) == "single"
    late = ("C", "Strike kills dozens", 90), ("D", "Dozens killed in strike", 95)
    assert tallied(*early, *late) == "risen"


def test_the_newest_of_counts_that_agree_is_the_one_that_says_most() -> None:
    told = [
        report("a", "Flood in Kesten kills at least 15", outlet="A"),
        report("b", "At Least 14 Killed in Kesten Flood", outlet="B", at=MONDAY.replace(hour=19)),
    ]
    (figure,) = tally(told)
    assert (figure.state, in_words(figure)) == ("agree", "at least 15")
    (lower,) = tally(told[1:])
    assert in_words(lower) == "at least 14"
    (differ,) = tally([told[0], report("c", "Flood in Kesten kills 14", outlet="C")])
    assert (differ.state, in_words(differ)) == ("disagree", "14 to at least 15")


def test_a_dispute_is_over_what_nobody_has_overtaken() -> None:
    """The Gazette's eight are of the evening before; the Courier takes back one of its thirteen."""
    told = [
        report(f"r{hour}", f"Blast in Kesten kills {count}", outlet=outlet, at=at)
        for outlet, count, hour in [("Gazette", 8, 0), ("Courier", 13, 6), ("Courier", 12, 15)]
        if (at := MONDAY + timedelta(hours=hour))
    ]
    (figure,) = tally(told)
    assert (figure.state, in_words(figure)) == ("disagree", "12")
    assert range_of(figure) is None
    later = report("d", "Blast in Kesten kills 10", outlet="Odra News", at=MONDAY.replace(day=14))
    (figure,) = tally([*told, later])
    assert in_words(figure) == "10 to 12"


def test_a_range_too_wide_is_no_headline() -> None:
    def figure(high: str) -> Figure:
        reports = [
            report("a", "Police arrest 30 in Kesten", outlet="Odra Courier"),
            report("b", f"Police arrest {high} in Kesten", outlet="Harbour Times"),
        ]
        return tally(reports)[0]

    assert range_of(figure("60")) is not None
    assert range_of(figure("120")) is None
