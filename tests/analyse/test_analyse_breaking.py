"""What cannot wait for the next edition, by its figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.analyse.breaking import urgency
from digest.model import Breaking, Item, Origin, Outlet, Report, Story

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
MARKS = Breaking(origins=3, severity=0.4, hours=6)


def report(number: int, title: str, hours: float = 1) -> Report:
    when = NOW - timedelta(hours=hours)
    item = Item(str(number), f"https://o{number}.example/", f"O{number}", title, "", when, when)
    outlet = Outlet(f"O{number}", f"o{number}.example")
    return Report(item, outlet, "en", "conflict", "conflict")


def story(*reports: Report, **more: object) -> Story:
    origins = tuple(Origin(r.outlet.name, "own", (r.item.id,), "") for r in reports)
    whole = Story("s", "t", 1, 1.0, reports, origins, "conflict", "conflict", (), ())
    return replace(whole, **more)  # type: ignore[arg-type]


GRAVE = [report(n, "Missile strike kills forty at the port") for n in range(3)]


def test_what_passes_every_mark_cannot_wait() -> None:
    found = urgency(story(*GRAVE), MARKS, NOW)
    assert found.waits == ()
    assert (found.origins, found.hours) == (3, 1.0)
    assert found.severity >= 0.4


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (story(*GRAVE, earlier=("2026-04-13",)), "told before, on 2026-04-13"),
        (story(*GRAVE[:2]), "2 of 3 origins"),
        (story(*(report(n, "Ministers meet at the port") for n in range(3))), "severity"),
        (story(*GRAVE, report(9, "Missile strike kills forty", 9)), "first reported 9 hours ago"),
    ],
)
def test_what_lacks_one_waits_and_says_why(told: Story, why: str) -> None:
    (said,) = urgency(told, MARKS, NOW).waits
    assert said.startswith(why)


def test_the_developments_of_a_story_do_not_make_it_urgent() -> None:
    others = [report(n, "Missile strike kills forty at the port") for n in range(5, 9)]
    quiet = report(1, "Ministers meet at the port")
    found = urgency(story(quiet, *others, lead=1), MARKS, NOW)
    assert found.origins == 1
    assert len(found.waits) == 2
