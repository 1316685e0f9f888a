"""Headlines: which source's title heads a story."""

from __future__ import annotations

from datetime import timedelta

import pytest
from newsroom import MONDAY, report, story

from digest.model import Editorial
from digest.write.brief import write_brief

GATHER = "Leaders of the isles gather in Odra for signing of Kesten truce"
SIGNED = "Marrow, Senn and Lower Isles sign Kesten truce text"
VOTES = "Senn court forms a majority to convict ex-president Odra of a coup"
CONVICTED = "Former president Odra convicted of plotting the coup in Senn"


@pytest.mark.parametrize(
    ("planned", "done", "minutes", "head"),
    [
        (GATHER, SIGNED, 0, SIGNED),
        (VOTES, CONVICTED, 0, CONVICTED),
        # What was done the day before may be done again.
        (GATHER, SIGNED, -600, GATHER),
        # Nothing came about: another title waits for the same.
        (GATHER, "Marrow, Senn and Lower Isles to sign Kesten truce text", 0, GATHER),
        # The title itself tells that it did.
        (f"{GATHER} and sign it", SIGNED, 0, f"{GATHER} and sign it"),
    ],
)
def test_a_plan_that_has_come_about_does_not_head_the_story(
    planned: str, done: str, minutes: int, head: str
) -> None:
    told = [
        report("a", planned, outlet="Gazette"),
        report("b", done, outlet="Courier", at=MONDAY + timedelta(minutes=minutes)),
    ]
    brief = write_brief(story(told), lead=False, editorial=Editorial())
    assert brief.headline.text == head
