"""An edition as the record that edition.json holds (docs/edition.schema.json).

The record is the edition for programs: nothing is shortened, translated or made safe for a
screen in it, because `digest verify` compares its sentences with the stored reports to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from digest.model import (
    Brief,
    Change,
    Citation,
    Correction,
    Edit,
    Edition,
    FeedHealth,
    Figure,
    FigureValue,
    LeftOut,
    Origin,
    Quote,
    Sentence,
    Wording,
)

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
        "feeds": [_feed(feed) for feed in edition.feeds],
        "recent": [{"date": r.date.isoformat(), "headline": r.headline} for r in edition.recent],
        "reports": edition.reports,
        "security_reports": edition.security_reports,
        "outlets": edition.outlets,
        "corrections": [_correction(one) for one in edition.corrections],
        "edits": {
            "first": list(edition.edits.first),
            "dropped": list(edition.edits.dropped),
            "headlines": dict(edition.edits.headlines),
            "notes": dict(edition.edits.notes),
        },
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
        "origins": [_origin(origin) for origin in story.lead_origins],
        "development_origins": [_origin(origin) for origin in story.development_origins],
        "sentences": _sentences(brief),
        "quotes": [_quote(quote) for quote in brief.quotes],
        "figures": [_figure(figure) for figure in brief.figures],
        "changes": [_change(change) for change in brief.changes],
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
    return {
        "text": sentence.text,
        "citations": [_citation(citation) for citation in sentence.citations],
        "edits": [_edit(edit) for edit in sentence.edits],
        "role": role,
        "paragraph": paragraph,
    }


def _citation(citation: Citation) -> Record:
    return {
        "item": citation.item,
        "outlet": citation.outlet,
        "url": citation.url,
        "part": citation.part,
        "start": citation.start,
        "end": citation.end,
        "sha256": citation.sha256,
    }


def _edit(edit: Edit) -> Record:
    return {"kind": edit.kind, "start": edit.start, "end": edit.end, "was": edit.was}


def _origin(origin: Origin) -> Record:
    return {
        "name": origin.name,
        "kind": origin.kind,
        "items": list(origin.items),
        "why": origin.why,
    }


def _quote(quote: Quote) -> Record:
    return {
        "text": quote.text,
        "speaker": quote.speaker,
        "citation": _citation(quote.citation),
        "variants": [_citation(variant) for variant in quote.variants],
    }


def _figure(figure: Figure) -> Record:
    return {
        "label": figure.label,
        "state": figure.state,
        "values": [_value(value) for value in figure.values],
    }


def _value(value: FigureValue) -> Record:
    return {
        "outlet": value.outlet,
        "at": value.at.isoformat(),
        "low": value.low,
        "high": value.high,
        "printed": value.printed,
        "citation": _citation(value.citation),
    }


def _change(change: Change) -> Record:
    return {
        "kind": change.kind,
        "text": change.text,
        "since": change.since.isoformat() if change.since else None,
        "citations": [_citation(citation) for citation in change.citations],
    }


def _correction(one: Correction) -> Record:
    return {
        "edition": one.edition.isoformat(),
        "headline": one.headline,
        "item": one.item,
        "outlet": one.outlet,
        "url": one.url,
        "kind": one.kind,
        "was": one.was,
        "now": one.now,
    }


def _left_out(left_out: LeftOut) -> Record:
    return {
        "outside_brief": left_out.outside_brief,
        "other_sections": left_out.other_sections,
        "outside_window": left_out.outside_window,
        "below_the_cut": [
            {"title": title, "reports": reports} for title, reports in left_out.below_the_cut
        ],
        "dropped": [{"where": drop.where, "why": drop.why} for drop in left_out.dropped],
        "undated": left_out.undated,
    }


def _feed(feed: FeedHealth) -> Record:
    return {
        "name": feed.name,
        "url": feed.url,
        "outcome": feed.outcome,
        "entries": feed.entries,
        "new": feed.new,
        "problem": feed.problem,
    }
