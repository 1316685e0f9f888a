"""An edition from beginning to end: the one place that knows the order of the stages.

intake   gather → clean → save: the reports in an edition's window
past     what the last editions' records tell the next one
make     draft (analyse → write → render) → write the folder → save
"""

from __future__ import annotations

from digest.edition.breaking import urgencies
from digest.edition.intake import (
    A_MOMENT,
    Archive,
    Gatherer,
    Gathering,
    Intake,
    Saved,
    gather_and_save,
    intake_from_archive,
    intake_from_feeds,
    intake_from_items,
    window,
)
from digest.edition.make import (
    Draft,
    Made,
    Press,
    Stopwatch,
    archived,
    compose,
    draft_edition,
    publish,
    window_of,
)
from digest.edition.past import corrections_before, items_cited_before
from digest.edition.photo import PhotoFetcher
from digest.edition.wording import Writer

__all__ = [
    "A_MOMENT",
    "Archive",
    "Draft",
    "Gatherer",
    "Gathering",
    "Intake",
    "Made",
    "PhotoFetcher",
    "Press",
    "Saved",
    "Stopwatch",
    "Writer",
    "archived",
    "compose",
    "corrections_before",
    "draft_edition",
    "gather_and_save",
    "intake_from_archive",
    "intake_from_feeds",
    "intake_from_items",
    "items_cited_before",
    "publish",
    "urgencies",
    "window",
    "window_of",
]
