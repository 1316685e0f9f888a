"""A running story's other events: lines of their own, out of its headline's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from newsroom import (
    EDITORIAL,
    MONDAY,
    body,
    items,
    record,
    report,
    story,
    two_events,
)

from digest.model import Brief
from digest.write.brief import write_brief
from digest.write.verify import problems


def test_a_short_brief_tells_its_headlines_event_alone() -> None:
    brief = write_brief(two_events(), lead=False, editorial=EDITORIAL)
    assert brief.headline.text == "Teenager kills two officers at Kesten police station"
    assert brief.dek is None
    assert body(brief) == []
    assert brief.quotes == ()


def test_what_else_moved_is_a_line_under_the_story() -> None:
    told = two_events()
    brief = write_brief(told, lead=False, editorial=EDITORIAL)
    assert [line.text for line in brief.developments] == ["Police raid offices of Odra opposition"]
    assert problems(record(brief), items(brief)) == []
    # A lead tells of it itself; comment, and a title that says the same, are no line.
    assert write_brief(told, lead=True, editorial=EDITORIAL).developments == ()
    attack, raid = told.reports
    again = replace(raid.item, title="Two officers killed at Kesten police station")
    elsewhere = replace(raid.item, title="Train hits bus on the road to Senn")
    for other in (
        replace(raid, comment=True),
        replace(raid, item=again),
        replace(raid, item=elsewhere),
    ):
        of_two = replace(told, reports=(attack, other))
        assert write_brief(of_two, lead=False, editorial=EDITORIAL).developments == ()


def test_a_development_that_counts_what_the_headline_counts_is_its_own_event() -> None:
    """Its later count overtakes the headline's, and it confirms what happened."""

    def parted(title: str, *, place: str = "Senn", hours: int = 5) -> Brief:
        sunk = report("a", "21 dead after ferry sinks near Senn, search goes on", outlet="A")
        other = report("b", title, outlet="B", at=MONDAY + timedelta(hours=hours))
        crew = report("c", "Pilots of Senn strike over pay", "No ferry left port.", outlet="C")
        told = [
            replace(sunk, places=("Senn", "Marrow")),
            replace(other, places=(place,)),
            replace(crew, places=("Senn",)),
        ]
        of_three = replace(story(told), lead=1, sizes=(1, 1), related=("e2", "e3"))
        brief = write_brief(of_three, lead=False, editorial=EDITORIAL)
        assert len(brief.story.reports) == 3
        assert problems(record(brief), items(brief)) == []
        return brief

    climbs = "Toll of capsized ferry climbs to 26 dead as divers reach its cabins"
    brief = parted(climbs)
    assert brief.headline.text == climbs
    assert [(f.state, [v.printed for v in f.values]) for f in brief.figures] == [
        ("risen", ["21", "26"])
    ]
    assert brief.standing == "confirmed by 2 independent origins"
    assert [line.text for line in brief.developments] == ["Pilots of Senn strike over pay"]
    assert (brief.story.lead, brief.story.sizes, brief.story.related) == (2, (1,), ("e3",))
    # Another country's dead, another town's, many more, less later on, or injured: another event.
    for other in (
        parted(climbs, place="Brill"),
        parted("Storm off Kelby leaves 26 dead"),
        parted("Toll of the winter's storms climbs to 260 dead"),
        parted("Nine dead as ferry capsizes"),
        parted("Ferry fire leaves 26 injured"),
    ):
        assert [f.newest.printed for f in other.figures] == ["21"]
        assert other.story.lead == 1
    before = parted("Nine dead as ferry capsizes", hours=-5)
    assert [v.printed for f in before.figures for v in f.values] == ["Nine", "21"]
