"""`digest breaking`: what could not wait for the next edition, by the marks of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from digest.cli import show
from digest.cli.options import AsJson, Database, FeedsFile, Now, OutFolder, clock, settings_for

if TYPE_CHECKING:
    from digest.analyse.breaking import Urgency

SHOWN = 10


def breaking(
    feeds: FeedsFile = None,
    db: Database = None,
    out: OutFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Look which story would be told at once, and what the others lack. Sends and keeps nothing."""
    from digest.model import Breaking
    from digest.services import open_services

    settings, at = settings_for(feeds, db, out), clock(now)
    marks = settings.editorial.breaking or Breaking()
    with open_services(settings) as services:
        found = services.urgencies(at, marks)[:SHOWN]
    if as_json:
        show.document([_record(one) for one in found])
        return
    rows = [
        (
            str(one.origins),
            f"{one.severity:.2f}",
            f"{one.hours:.1f}",
            one.story.reports[0].item.title,
            "; ".join(one.waits) or "cannot wait",
        )
        for one in found
    ]
    show.table("Breaking", ("origins", "severity", "hours", "story", "because"), rows)
    if settings.editorial.breaking is None:
        typer.echo("It is off: nobody is told before the next edition (edition.breaking).")


def _record(one: Urgency) -> dict[str, Any]:
    return {
        "thread": one.story.thread,
        "title": one.story.reports[0].item.title,
        "origins": one.origins,
        "severity": one.severity,
        "hours": round(one.hours, 2),
        "waits": list(one.waits),
    }
