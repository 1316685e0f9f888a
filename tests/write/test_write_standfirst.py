"""What stands under a title: of the story where that tells of it."""

from __future__ import annotations

import pytest
from newsroom import (
    EDITORIAL,
    body,
    items,
    record,
    report,
    story,
    written,
)

from digest.model import Brief, Story
from digest.write.brief import write_brief
from digest.write.standfirst import Habits
from digest.write.verify import problems


def test_under_a_headline_stands_what_its_own_report_has_there() -> None:
    own = "A tanker burned out under a bridge in Kesten, where traffic was stopped for hours."
    other = "Windows broke in Odra, and firemen from three towns came to search the river."
    brief = written(
        story(
            [
                report("a", "Tanker blast under bridge in Kesten injures 70", own, outlet="A"),
                report("b", "Tanker blast under bridge in Kesten", other, outlet="B"),
                report("c", "Tanker blast in Kesten heard in Odra", other, outlet="C"),
            ]
        ),
        lead=False,
    )
    assert brief.dek is not None
    assert brief.dek.citations[0].item == brief.headline.citations[0].item


def test_what_stands_under_the_headlines_own_title_is_its_dek() -> None:
    own = "Forty people are missing, and the harbour has closed its gates for the night."
    sank = "A ferry with forty people on board sank in a storm near the port of Senn."
    told = [
        report("a", "Storm sinks ferry near Senn", own, outlet="A"),
        report("b", "Ferry lost in storm off the port of Senn", sank, outlet="B"),
        report("c", "Ferry sinks near Senn in a storm", outlet="C"),
    ]
    brief = written(story(told), lead=False)
    assert brief.headline.text == told[0].item.title
    assert brief.dek is not None
    assert brief.dek.text == own


FERRY = "Ferry sinks in a winter storm off the port of Senn"


def ferry(*more: tuple[str, str, str]) -> Story:
    """A headline whose standfirst shares no word with it, and others' titles and texts."""
    sunk = (FERRY, "Twelve crew members jumped before she went down.", "Gazette")
    reports = [
        report(f"r{n}", title, text, outlet=outlet)
        for n, (title, text, outlet) in enumerate([sunk, *more])
    ]
    return story(reports)


def test_what_stands_under_the_headline_in_its_report_is_of_the_story() -> None:
    brief = write_brief(ferry(), lead=False, editorial=EDITORIAL)
    assert brief.headline.text == FERRY
    assert brief.dek is not None
    assert brief.dek.text == "Twelve crew members jumped before she went down."


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("Ferry and cargo of engines lost off the port of Senn at night", True),
        ("Sailors fear for their future", False),  # says not what it is about
        ("Ferry sinks off Port Senn. And, the harbour's mayor resigns", False),
        ("What to know about the ferry that sank off Port Senn", False),
    ],
)
def test_what_stands_under_another_title_is_where_that_tells_of_it(
    title: str, printed: bool
) -> None:
    text = "Divers reached the wreck at dawn and found nobody alive."
    brief = write_brief(ferry((title, text, "Courier")), lead=False, editorial=EDITORIAL)
    assert brief.headline.text == FERRY
    assert any(text[:-1] in line for line in body(brief)) is printed
    assert brief.dek is None or brief.dek.text != text


def test_a_long_text_has_to_show_sentence_by_sentence_what_it_is_about() -> None:
    text = "Twelve crew members jumped before she went down. " + "The season was poor. " * 20
    long = report("a", FERRY, text, outlet="Gazette")
    brief = write_brief(story([long]), lead=False, editorial=EDITORIAL)
    assert brief.dek is None
    assert body(brief) == []


def test_the_name_of_its_desk_that_an_outlet_hangs_on_a_text_is_not_printed() -> None:
    def told(text: str) -> Brief:
        one = report("a", FERRY, text, outlet="Ledger")
        habit = Habits(labels={"Ledger": "Markets"})
        return write_brief(story([one]), lead=False, editorial=EDITORIAL, habits=habit)

    brief = told("Rescuers say that nobody aboard wore a vest Markets")
    assert brief.dek is not None
    assert brief.dek.text == "Rescuers say that nobody aboard wore a vest."
    assert problems(record(brief), items(brief)) == []
    assert told("Rescuers say that nobody aboard wore a vest The Long Read").dek is None
