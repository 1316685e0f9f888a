"""What changed since the last editions: a count revised, a thread that goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from newsroom import (
    EDITORIAL,
    MONDAY,
    items,
    record,
    report,
    story,
)

from digest.model import EarlierStory
from digest.write.brief import write_brief
from digest.write.verify import problems


@pytest.mark.parametrize(
    ("before", "today", "revised"),
    [
        ("Strike on Kesten hospital kills 6", "Strike on Kesten hospital kills 9", ["6 → 9"]),
        ("Strikes kill 70 in the south", "Funeral held for six killed in Kesten strike", []),
        ("Strike on Kesten hospital kills dozens", "Strike on Kesten hospital kills 31", []),
        ("Strike on Kesten hospital kills 90", "Strike on Kesten hospital kills 9", []),
    ],
)
def test_a_count_is_revised_where_both_count_the_same(
    before: str, today: str, revised: list[str]
) -> None:
    s = story([report("a", today)])
    earlier = EarlierStory(date(2026, 4, 12), s.thread, before, (before,), ("old",))
    brief = write_brief(s, lead=False, editorial=EDITORIAL, earlier=[earlier])
    told = [change.text for change in brief.changes if change.kind == "revised"]
    assert told == [f"killed: {text}" for text in revised]


def test_a_count_is_revised_where_any_sentence_of_the_figure_tells_of_the_same() -> None:
    told = [
        report("a", "Floods in Kesten leave at least 15 dead", outlet="A"),
        report("b", "Worst floods on the Odra kill 14", outlet="B", at=MONDAY.replace(hour=19)),
    ]
    before = "Flash floods in Kesten leave at least 11 dead"
    s = story(told)
    earlier = EarlierStory(date(2026, 4, 12), s.thread, before, (before,), ("old",))
    brief = write_brief(s, lead=False, editorial=EDITORIAL, earlier=[earlier])
    (revised,) = [change.text for change in brief.changes if change.kind == "revised"]
    assert revised == "killed: at least 11 → 14 to at least 15"


def test_a_count_is_revised_in_the_editions_language() -> None:
    today = "Zwölf Menschen in Kesten getötet"
    s = story([report("a", today, lang="de")])
    before = "Neun Menschen in Kesten getötet"
    earlier = EarlierStory(date(2026, 4, 12), s.thread, before, (before,), ("old",))
    for language, told in [("de", ["update", "revised"]), ("en", ["update"])]:
        editorial = replace(EDITORIAL, language=language)
        brief = write_brief(s, lead=False, editorial=editorial, earlier=[earlier])
        assert [change.kind for change in brief.changes] == told


def test_a_thread_goes_on() -> None:
    today = story(
        [report("b1", "Blast in Kesten kills 19", "The blast killed 19 people in Kesten.")],
        earlier=("2026-04-12",),
    )
    before = EarlierStory(date(2026, 4, 12), "t1", "Blast in Kesten kills 12", (), ("a1",))
    brief = write_brief(today, lead=False, editorial=EDITORIAL, earlier=[before])
    assert [(c.kind, c.text) for c in brief.changes] == [
        ("update", "update, day 2"),
        ("revised", "killed: 12 → 19"),
    ]
    assert problems(record(brief), items(brief)) == []
    silent = replace(before, items=("b1",))
    brief = write_brief(today, lead=False, editorial=EDITORIAL, earlier=[silent])
    assert [c.kind for c in brief.changes] == ["silent"]
