"""Whether an event can wait for the next edition: by what is known of it, in figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.analyse.severity import severity
from digest.model import Breaking, Story


@dataclass(frozen=True, slots=True)
class Urgency:
    """A story beside the marks that it has to pass."""

    story: Story
    origins: int
    severity: float
    hours: float
    """Since the first report on it."""
    waits: tuple[str, ...]
    """Why it waits for the next edition; () when it does not."""


def urgency(story: Story, marks: Breaking, now: datetime) -> Urgency:
    """`story` of an analysis that knows the editions and the letters before it."""
    reports = story.lead_reports
    origins = len(story.lead_origins)
    gravity = severity(reports).value
    age = max(now - min(report.item.when for report in reports), timedelta(0))
    waits = []
    if story.earlier:
        waits.append(f"told before, on {story.earlier[0]}")
    if origins < marks.origins:
        waits.append(f"{origins} of {marks.origins} origins")
    if gravity < marks.severity:
        waits.append(f"severity {gravity:.2f} of {marks.severity:.2f}")
    if age > timedelta(hours=marks.hours):
        waits.append(f"first reported {age.total_seconds() / 3600:.0f} hours ago")
    return Urgency(story, origins, gravity, age.total_seconds() / 3600, tuple(waits))
