"""What the records of the last editions tell the next one: what was printed, and what of it changed
since."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date as Date

from digest.edition.intake import Archive
from digest.model import Correction, DayVolume, EarlierStory
from digest.timetable import CORRECTED_EDITIONS, EARLIER_DAYS
from digest.write.corrections import Record, cited_items, corrections


def records_before(date: Date, archive: Archive, most: int) -> list[Record]:
    """Of the fortnight's editions before `date` the newest `most`, newest first."""
    return [json.loads(record) for record in archive.records_before(date, EARLIER_DAYS, most)]


def corrections_before(date: Date, archive: Archive) -> tuple[Correction, ...]:
    """What outlets changed or withdrew of what the last editions before `date` printed."""
    return corrections_of(records_before(date, archive, CORRECTED_EDITIONS), archive)


def corrections_of(records: Sequence[Record], archive: Archive) -> tuple[Correction, ...]:
    """The same, of the editions with these records."""
    ids = cited_items(records)
    return corrections(records, archive.items_by_id(ids), archive.gone_items(ids))


def items_cited_before(date: Date, archive: Archive) -> frozenset[str]:
    """The reports that the last editions before `date` were made from."""
    return cited_items(records_before(date, archive, CORRECTED_EDITIONS))


def volumes(records: Sequence[Record]) -> tuple[DayVolume, ...]:
    """How many reports the editions had in each section."""
    return tuple(
        DayVolume(Date.fromisoformat(record["date"]), _volume(record)) for record in records
    )


def _volume(record: Record) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for story in record["stories"]:
        counts[story["section"]] += len(story["items"])
    return tuple(sorted(counts.items()))


def with_printed(stories: Sequence[EarlierStory], records: Sequence[Record]) -> list[EarlierStory]:
    """The stories; those of the editions with these records with the hashes of what was printed."""
    printed = {
        (record["date"], story["thread"]): tuple(
            sentence["citations"][0]["sha256"]
            for sentence in story["sentences"]
            if sentence["citations"]
        )
        for record in records
        for story in record["stories"]
    }
    return [
        replace(story, printed=printed.get((story.date.isoformat(), story.thread), ()))
        for story in stories
    ]
