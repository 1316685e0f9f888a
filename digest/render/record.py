"""An edition as the record that edition.json holds (docs/edition.schema.json).

The record is the edition for programs: nothing is shortened, translated or made safe for a
screen in it, because `digest verify` compares its sentences with the stored reports to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date as Date
from typing import Any

from digest.model import Brief, Edition, Figure, LeftOut, Sentence, Wording

Record = dict[str, Any]
"""A JSON object."""


def edition_record(edition: Edition) -> Record:
    """What edition.json holds: plain dicts, lists, strings and numbers, valid under the schema.

    Times are ISO 8601 in UTC, dates ISO 8601; `stories` stand in rank order, a story's `items`
    most central first, its `sentences` in reading order.
    """
    editorial = edition.editorial
    return {
        "date": edition.date.isoformat(),
        "number": edition.number,
        "generated_at": edition.generated_at.isoformat(),
        "program": edition.program,
        "status": edition.status,
        "status_notes": list(edition.status_notes),
        "title": editorial.title,
        "tagline": editorial.tagline,
        "label": editorial.label,
        "compiler": editorial.compiler,
        "language": editorial.language,
        "zone": editorial.zone,
        "site_url": editorial.site_url,
        "sections": [{"id": s.id, "label": s.label} for s in editorial.sections],
        "stories": [_story(brief) for brief in edition.briefs],
        "left_out": _left_out(edition.left_out),
        "feeds": as_json(edition.feeds),
        "recent": as_json(edition.recent),
        "reports": edition.reports,
        "security_reports": edition.security_reports,
        "outlets": edition.outlets,
        "corrections": as_json(edition.corrections),
        "edits": as_json(edition.edits),
        **({"breaking": True} if edition.breaking else {}),
        **({"writer": _writer(edition.wording, edition.briefs)} if edition.wording else {}),
    }


def _writer(wording: Wording, briefs: Sequence[Brief]) -> Record:
    return {
        "model": wording.model,
        "worded": worded_sentences(briefs),
        "asked": wording.asked,
        "refused": dict(wording.refused),
        "note": wording.note,
    }


def worded_sentences(briefs: Sequence[Brief]) -> int:
    """How many printed sentences a writer worded."""
    return sum(
        edit.kind == "wording" for brief in briefs for s in brief.running for edit in s.edits
    )


def record_bytes(record: Record) -> bytes:
    """The record as the bytes of edition.json: the same record, the same bytes."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    # A lone surrogate has no UTF-8 form; its escape \ud800 is what JSON itself would write.
    return (text + "\n").encode("utf-8", errors="backslashreplace")


def _story(brief: Brief) -> Record:
    story = brief.story
    return {
        "id": story.id,
        "rank": story.rank,
        "thread": story.thread,
        "headline": brief.title,
        "editor": {"headline": brief.editor_headline, "note": brief.editor_note},
        "dek": brief.dek.text if brief.dek else None,
        "section": story.section,
        "category": story.category,
        "score": story.score,
        "reasons": list(story.reasons),
        "places": list(story.places),
        "items": [report.item.id for report in story.reports],
        "origins": as_json(story.lead_origins),
        "development_origins": as_json(story.development_origins),
        "sentences": _sentences(brief),
        "quotes": as_json(brief.quotes),
        "figures": [_figure(figure) for figure in brief.figures],
        "changes": as_json(brief.changes),
        "standing": brief.standing,
        "told_by": [origin.name for origin in brief.tellers],
        "earlier": list(story.earlier),
        "related": list(story.related),
    }


def _sentences(brief: Brief) -> list[Record]:
    records = [_sentence(brief.headline, "headline", 0)]
    if brief.dek:
        records.append(_sentence(brief.dek, "dek", 0))
    for number, paragraph in enumerate(brief.paragraphs, start=1):
        records.extend(_sentence(sentence, "body", number) for sentence in paragraph)
    after = len(brief.paragraphs) + 1
    records.extend(_sentence(sentence, "background", after) for sentence in brief.background)
    for line, sentence in enumerate(brief.developments, start=after + 1):
        records.append(_sentence(sentence, "development", line))
    return records


def _sentence(sentence: Sentence, role: str, paragraph: int) -> Record:
    return {**as_json(sentence), "role": role, "paragraph": paragraph}


def _figure(figure: Figure) -> Record:
    values = [as_json(value) for value in figure.values]
    for value in values:
        del value["vague"]  # its bounds and its words say that
    return {"label": figure.label, "state": figure.state, "values": values}


def _left_out(left_out: LeftOut) -> Record:
    below = [{"title": title, "reports": reports} for title, reports in left_out.below_the_cut]
    return {**as_json(left_out), "below_the_cut": below}


def as_json(value: Any) -> Any:  # noqa: ANN401  (whatever an edition holds)
    """A type of the model as JSON has it: an object of its fields, times in ISO 8601."""
    if is_dataclass(value):
        return {part.name: as_json(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, Date) else value
