"""Corrections to earlier editions, as they are shown: they stand before the lead."""

from __future__ import annotations

from datetime import timedelta

from digest.model import Edition
from digest.render.safe import plain
from digest.render.view import Note
from digest.render.words import Words

SHOWN = 6


def show_corrections(edition: Edition, words: Words) -> tuple[Note, ...]:
    """A note each: which edition is corrected, and what the outlet changed."""
    notes = []
    for one in edition.corrections[:SHOWN]:
        parts = {
            "headline": plain(one.headline),
            "outlet": plain(one.outlet),
            "was": plain(one.was),
            "now": plain(one.now),
        }
        if one.kind == "withdrawn":
            said = words.phrase("correction_withdrawn", **parts)
        else:
            said = words.phrase("correction_changed", **parts)
        if one.edition == edition.date - timedelta(days=1):
            label = words.phrase("correction_yesterday")
        else:
            label = words.phrase("correction", date=words.short_date(one.edition))
        notes.append(Note(label, said, one.kind))
    return tuple(notes)


def more_corrections(edition: Edition, words: Words) -> str:
    """How many are not shown; "" for none. edition.json holds them all."""
    more = len(edition.corrections) - SHOWN
    return words.phrase("corrections_more", n=more) if more > 0 else ""
