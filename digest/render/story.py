"""Brief → StoryView: one story as it is shown."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from datetime import date as Date
from typing import Literal

from digest.model import Brief, Change, Edition, Editorial, Photo, Quote, Story
from digest.render.figures import figure_box
from digest.render.pictures import figure_over_time, lanes, reports_per_hour
from digest.render.safe import first_strong_is_rtl, link, plain
from digest.render.sources import Numbers, Sources, foreign
from digest.render.view import Block, Line, Note, OriginLine, Picture, Quoted, StoryView
from digest.render.words import Words
from digest.tracking import without_tracking

BYLINE_OUTLETS = 7
"""Outlets that the byline names; the rest is counted. Two lines of the page's measure."""
ORIGINS_NAMED = 8
LANGUAGES_NAMED = 4


def show_story(brief: Brief, edition: Edition, words: Words, numbers: Numbers) -> StoryView:
    """The view of one story; the first in rank bears the edition's own label, and tells why."""
    story = brief.story
    sources = Sources(brief, words, numbers)
    labels = {section.id: section.label for section in edition.editorial.sections}
    headline = sources.line(brief.headline)
    written = headline
    if brief.editor_headline:
        headline = Line(plain(brief.editor_headline), ())
    if not headline.text:  # nothing in it that can be seen
        headline = replace(headline, text=words.phrase("untitled"))
    dek = sources.line(brief.dek) if brief.dek else None
    blocks = _blocks(brief, sources)
    background = tuple(map(sources.line, brief.background))
    developments = tuple(map(sources.line, brief.developments))
    figures = tuple(figure_box(figure, sources, words) for figure in brief.figures if figure.values)
    changes = (*_by_the_editor(brief, written, words), *_changes(brief, sources, words))
    origins, axis = _origins(story, words, drawn=story.rank == 1)
    unnamed = len(story.origins) - len(origins)
    more = words.phrase("other_origins", n=unnamed) if unnamed else ""
    tally, copied = _tally(story, words)
    # Where each origin is an outlet that tells what the headline does, the standing counts it.
    same = not copied and len(brief.tellers) in (0, len(story.origins))
    basis = tally[1:] if same and brief.standing else tally
    return StoryView(
        rank=story.rank,
        anchor=f"story-{story.rank}",
        section=plain(
            edition.editorial.label if story.rank == 1 else labels.get(story.section, story.section)
        ),
        day=_day(story.earlier, edition, words),
        url=_own_page("story", story.thread, edition.editorial),
        comment_url=_own_page("comment", story.thread, edition.editorial),
        headline=headline,
        dek=dek,
        byline=_byline(brief, edition, words),
        tally=" · ".join(tally),
        picture=_picture(brief, edition.photo, words),
        blocks=blocks,
        background=background,
        developments=developments,
        figures=figures,
        changes=changes,
        basis=" · ".join(filter(None, [*basis, words.label(brief.standing)])),
        origins=origins,
        origins_more=more,
        axis=axis,
        hours=reports_per_hour(story, words) if story.rank == 1 else None,
        development=figure_over_time(brief.figures, words) if story.rank == 1 else None,
        notes=tuple(_notes(brief, words, origins, more)),
        sources=sources.listed(),
    )


def _own_page(kind: Literal["story", "comment"], thread: str, editorial: Editorial) -> str:
    """The running story's page in the published archive, or where readers comment on it; "" where
    there is none."""
    site = link(editorial.site_url.rstrip("/"))
    if not site or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", thread):
        return ""
    if kind == "comment":
        return f"{site}/comment/{thread}" if editorial.comments else ""
    return f"{site}/story/{thread}/"


def _blocks(brief: Brief, sources: Sources) -> tuple[Block, ...]:
    """Paragraphs with the quotations between them: after the second, the fourth, and so on."""
    quotes = list(brief.quotes)
    blocks: list[Block] = []
    for number, paragraph in enumerate(brief.paragraphs, start=1):
        blocks.append(Block("paragraph", tuple(map(sources.line, paragraph))))
        if quotes and number % 2 == 0:
            blocks.append(_quote(quotes.pop(0), sources))
    blocks.extend(_quote(quote, sources) for quote in quotes)
    return tuple(blocks)


def _quote(quote: Quote, sources: Sources) -> Block:
    # “… in their hands,” she said: the comma belongs to the sentence around the words.
    text = plain(quote.text).rstrip(",،、")
    source = sources.of(quote.citation)
    variants = tuple(
        variant for variant in sources.of_all(quote.variants) if variant.number != source.number
    )
    quoted = Quoted(
        text, plain(quote.speaker), source, variants, source.lang, first_strong_is_rtl(text)
    )
    return Block("quote", quote=quoted)


def _day(earlier: tuple[str, ...], edition: Edition, words: Words) -> str:
    """ "day 3" of a running story, counted from the first edition that carried it. Where all have,
    three or more, it may have run for years: "ongoing"."""
    days = [Date.fromisoformat(date) for date in earlier]
    if not days:
        return ""
    if edition.number and len(days) >= max(3, edition.number - 1):  # a special one has none
        return words.phrase("ongoing")
    return words.phrase("day", n=(edition.date - min(days)).days + 1)


def _byline(brief: Brief, edition: Edition, words: Words) -> str:
    """ "Compiled from AP, Reuters and CNN by …": the outlets cited, most cited first."""
    sentences = [brief.headline, *(s for paragraph in brief.paragraphs for s in paragraph)]
    sentences += [brief.dek] if brief.dek else []
    cited = Counter(
        plain(sentence.citations[0].outlet) for sentence in sentences if sentence.citations
    )
    others = {
        plain(citation.outlet): None
        for sentence in [*sentences, *brief.background]
        for citation in sentence.citations
    }
    names = [name for name, _ in cited.most_common()] + [n for n in others if n not in cited]
    shown = names[:BYLINE_OUTLETS]
    if len(names) > len(shown):
        shown.append(words.phrase("other_outlets", n=len(names) - len(shown)))
    compiler = plain(edition.editorial.compiler)
    if not shown:
        return words.phrase("compiled_by", compiler=compiler)
    return words.phrase("compiled", outlets=words.listing(shown), compiler=compiler)


def _tally(story: Story, words: Words) -> tuple[list[str], bool]:
    """How many origins in how many outlets, and in what languages; and whether any is copied. Over
    all events that are told, as its reasons count; whom the headline rests on its standing says."""
    outlets = len({report.outlet.name for report in story.told_reports})
    tally = words.phrase(
        "tally",
        origins=words.phrase("origins", n=len(story.origins)),
        outlets=words.phrase("outlets", n=outlets),
    )
    languages = Counter(
        code
        for report in story.told_reports
        if (code := foreign(report.lang, words)) and code != "und"
    )
    copied = outlets > len(story.origins)
    if not languages:
        return [tally], copied
    ordered = sorted(languages, key=lambda code: (-languages[code], words.language_name(code)))
    names = [plain(words.language_name(code)) for code in ordered]
    if len(names) > LANGUAGES_NAMED:
        names = [
            *names[: LANGUAGES_NAMED - 1],
            words.phrase("other_languages", n=len(names) - LANGUAGES_NAMED + 1),
        ]
    key = "in_languages" if languages.total() < len(story.told_reports) else "only_in_languages"
    more = words.phrase(key, n=languages.total(), languages=words.listing(names))
    return [tally, more], copied


def _picture(brief: Brief, photo: Photo | None, words: Words) -> Picture | None:
    """The copied photo, where it is one of the story's; else the first that can be credited."""
    found = None
    for report in brief.story.reports:
        item = report.item
        url, credit = link(item.image), plain(item.credit)
        if not url or not credit:
            continue
        outlet, title = plain(report.outlet.name), plain(item.title)
        picture = Picture(url, credit, outlet, title, link(without_tracking(item.url)))
        if photo is not None and photo.item == item.id:
            return replace(
                picture,
                copy=b64encode(photo.jpeg).decode(),
                width=photo.width,
                height=photo.height,
                alt=words.phrase("photo_alt", outlet=outlet, title=title),
            )
        found = found or picture
    return found


def told(brief: Brief) -> list[Change]:
    """The changes that say more than that there is one."""
    return [change for change in brief.changes if says_more(change.kind)]


def says_more(kind: str) -> bool:
    """Of a change: "killed: 12 → 19" does; "update, day 3" is said by the story's label already."""
    return kind not in ("new", "update")


def _changes(brief: Brief, sources: Sources, words: Words) -> list[Note]:
    notes = []
    for change in told(brief):
        date = words.short_date(change.since) if change.since else ""
        label = words.phrase("change_since" if date else "change_since_undated", date=date)
        cited = sources.of_all(change.citations)
        notes.append(Note(label, words.label(change.text), change.kind, cited))
    return notes


def _by_the_editor(brief: Brief, headline: Line, words: Words) -> list[Note]:
    """What an editor wrote, marked as the editor's: every other word is a source's."""
    notes = []
    if brief.editor_headline:
        said = words.phrase("editor_headline_was", headline=headline.text)
        notes.append(Note(words.phrase("editor_headline"), said, "editor", headline.sources))
    if note := plain(brief.editor_note):
        notes.append(Note(words.phrase("editor_note"), note, "editor"))
    return notes


def _notes(brief: Brief, words: Words, origins: tuple[OriginLine, ...], more: str) -> list[Note]:
    notes = []
    if brief.standing:
        notes.append(Note(words.phrase("status"), words.label(brief.standing), "status"))
    if origins:
        lines = [
            words.phrase(
                "labelled",
                label=f"{origin.name}{words.phrase('comma')}{origin.reports}",
                text=origin.why,
            )
            if origin.why
            else origin.name
            for origin in origins
        ]
        text = " · ".join([*lines, more] if more else lines)
        notes.append(Note(words.phrase("origins_label"), text, "origins"))
    if brief.story.reasons:
        label = words.phrase("why_leads" if brief.story.rank == 1 else "why_here")
        reasons = " · ".join(map(words.label, brief.story.reasons))
        notes.append(Note(label, reasons, "reasons"))
    return notes


def _origins(story: Story, words: Words, *, drawn: bool) -> tuple[tuple[OriginLine, ...], str]:
    """(the origins with the widest spread, the time line under their lanes, where `drawn`)."""
    ordered = sorted(story.origins, key=lambda origin: -len(origin.items))[:ORIGINS_NAMED]
    lane, axis = lanes(story, ordered, words) if drawn else ((), "")
    lines = tuple(
        OriginLine(
            plain(origin.name),
            words.phrase("reports", n=len(origin.items)),
            len(origin.items),
            words.label(origin.why) if len(origin.items) > 1 else "",
            lane[place] if lane else "",
        )
        for place, origin in enumerate(ordered)
    )
    return lines, axis
