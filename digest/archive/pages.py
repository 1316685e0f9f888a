"""What each kind of page shows: texts made safe, addresses checked, numbers given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date as Date
from datetime import datetime
from functools import cache
from typing import Any

from digest.analyse.places import country_codes
from digest.archive.catalogue import Day, Entry, address_part, slug
from digest.archive.records import Cited, Quote, Story, StoryLine
from digest.comment import Comment
from digest.model import Outlet
from digest.render.safe import link, plain
from digest.render.story import says_more
from digest.render.words import FALLBACK, Words
from digest.tracking import without_tracking

LISTED = 60
"""Entries on a list's page: one that only grows would be no page for a phone."""

Shown = dict[str, Any]


def edition_line(day: Day) -> Shown:
    """An edition in a list."""
    return {
        "date": day.date,
        "iso": day.date.isoformat(),
        "number": day.number,
        "headline": plain(day.headline),
        "dek": plain(day.dek),
        "quiet": day.status == "quiet",
        "degraded": day.status == "degraded",
        "count": len(day.stories),
        "reports": day.reports,
        "outlets": day.outlets,
        "language": day.language,
        "updated": rfc3339(day.generated_at),
    }


def story_line(entry: Entry) -> Shown:
    """A story in a list: where its edition tells it, and its own page."""
    day, story = entry.day, entry.story
    return {
        "iso": day.date.isoformat(),
        "date": day.date,
        "language": day.language,
        "headline": plain(story.headline),
        "dek": plain(story.dek),
        "section": plain(day.labels.get(story.section, story.section)),
        "section_id": address_part(story.section),
        "rank": story.rank,
        "thread": address_part(story.thread),
        "updated": rfc3339(day.generated_at),
    }


def edition_stories(day: Day, most: int = 1_000) -> list[Shown]:
    """The first of an edition's stories."""
    return [story_line(Entry(day, at)) for at in range(min(most, len(day.stories)))]


def outlet_facts(outlet: Outlet | None, feeds: Sequence[tuple[int, int]], words: Words) -> Shown:
    """Who an outlet is. `feeds`: (answered, asked) of each of its feeds, of the last editions."""
    country = outlet.country if outlet else ""
    return {
        "kind": outlet.kind.replace(" ", "_") if outlet else "",
        "owner": plain(outlet.owner) if outlet else "",
        "country": country and words.country(country, country_codes().get(country, country)),
        "answered": sum(answered for answered, _ in feeds),
        "asked": sum(asked for _, asked in feeds),
    }


def reports_of(story: StoryLine) -> dict[str, list[str]]:
    """An outlet's slug → the addresses of its reports that `story` cites."""
    found: dict[str, list[str]] = {}
    for cited in story.cited:
        if url := link(without_tracking(cited.url)):
            found.setdefault(slug(cited.outlet), []).append(url)
    return found


def story_page(
    days: Sequence[tuple[Day, Story]], words: Words, mark: Callable[[int], str]
) -> Shown:
    """The thread over its days, newest first; sources are numbered through the page, and `mark` is
    how a number is printed after what its source says."""
    known: dict[Cited, Shown] = {}

    def cite(cited: Cited) -> Shown:
        if cited not in known:
            number = len(known) + 1
            known[cited] = {
                "number": number,
                "mark": mark(number),
                "outlet": plain(cited.outlet),
                "url": link(without_tracking(cited.url)),
                "slug": slug(cited.outlet) if cited.outlet else "",
            }
        return known[cited]

    told = []
    for edition, story in days:
        before = len(known)
        day = _day(edition, story, cite, words)
        # A report that two days cite is linked to where it stands first.
        day["sources"] = [one | {"fresh": one["number"] > before} for one in day["sources"]]
        told.append(day)
    newest = days[0][1]
    return {
        "headline": plain(newest.headline),
        "dek": plain(newest.dek or ""),
        "section_id": address_part(newest.section),
        "section": plain(days[0][0].labels.get(newest.section, newest.section)),
        "language": days[0][0].language,
        "places": [
            {"slug": slug(place), "name": country(place, words)}
            for place in dict.fromkeys(p for _, story in days for p in story.places if p)
        ][:12],
        "days": told,
        "first": days[-1][0].date,
        "last": days[0][0].date,
        "count": len({edition.date for edition, _ in days}),
        "outlets": len({cited.outlet for cited in known}),
        "figures": _figures(days, cite, words),
    }


def comment_view(comment: Comment, words: Words) -> Shown:
    """What a reader says of a story, as pages print it, dated in the list's zone."""
    came = comment.came
    day = words.local(came).date() if came else None
    return {
        "id": comment.id,
        "state": comment.state,
        "how": comment.how,
        "thread": comment.about.thread,
        "headline": plain(comment.about.headline),
        "name": plain(comment.name),
        "iso": day.isoformat() if day else "",
        "date": words.long_date(day) if day else "",
        "came": f"{came:%Y-%m-%d %H:%M:%S} UTC" if came else "",
        "paragraphs": [plain(paragraph) for paragraph in comment.paragraphs],
    }


def _day(edition: Day, story: Story, cite: Callable[[Cited], Shown], words: Words) -> Shown:
    sources: dict[int, Shown] = {}

    def cited(citations: Iterable[Cited]) -> list[Shown]:
        found = [cite(one) for one in dict.fromkeys(citations)]
        for one in found:
            sources.setdefault(one["number"], one)
        return found

    def quoted(quote: Quote, citation: Cited) -> Shown:
        source = cited([citation])[0]
        return {
            "text": plain(quote.text),
            "speaker": plain(quote.speaker),
            "by": source,
            "variants": [one for one in cited(quote.variants) if one is not source],
        }

    sentences = _sentences(story, cited)
    quotes = [quoted(quote, quote.citation) for quote in story.quotes if quote.citation]
    cited(value.cited for figure in story.figures for value in figure.values)
    return {
        "iso": edition.date.isoformat(),
        "date": words.long_date(edition.date),
        "language": edition.language,
        "rank": story.rank,
        "headline": plain(story.headline),
        "dek": plain(story.dek or ""),
        **sentences,
        "quotes": quotes,
        "standing": words.label(story.standing),
        "editor": _by_the_editor(story, words),
        "changes": [
            words.label(change.text)
            for change in story.changes
            if change.text and says_more(change.kind)
        ],
        "origins": [
            {"name": plain(origin.name), "reports": len(origin.items)} for origin in story.origins
        ],
        "sources": [sources[number] for number in sorted(sources)],
    }


def _sentences(story: Story, cited: Callable[[Iterable[Cited]], list[Shown]]) -> Shown:
    """The story's sentences where they stand on the page, with who said them."""
    paragraphs: dict[int, list[Shown]] = {}
    lists: dict[str, list[Shown]] = {"background": [], "development": []}
    by_whom: dict[str, list[Shown]] = {"headline": [], "dek": []}
    for sentence in story.sentences:
        by = cited(sentence.citations)
        line = {"text": plain(sentence.text), "by": by}
        if sentence.role in by_whom:
            by_whom[sentence.role] = by
        elif sentence.role in lists:
            lists[sentence.role].append(line)
        else:
            paragraphs.setdefault(sentence.paragraph, []).append(line)
    return {
        # An editor's own headline is no source's.
        "headline_by": [] if story.editor.headline else by_whom["headline"],
        "dek_by": by_whom["dek"],
        "paragraphs": [paragraphs[number] for number in sorted(paragraphs)],
        "background": lists["background"],
        "developments": lists["development"],
    }


def _by_the_editor(story: Story, words: Words) -> list[str]:
    """What an editor changed and added."""
    notes = []
    if story.editor.headline:
        notes += [
            words.phrase("editor_headline_was", headline=plain(sentence.text))
            for sentence in story.sentences
            if sentence.role == "headline"
        ]
    if note := plain(story.editor.note):
        notes.append(f"{words.phrase('editor_note')}: {note}")
    return notes


def _figures(
    days: Sequence[tuple[Day, Story]], cite: Callable[[Cited], Shown], words: Words
) -> list[Shown]:
    """Each printed number once a day, oldest first: (what, day, number, whose)."""
    rows: dict[tuple[str, Date, str], list[Shown]] = {}
    for edition, story in reversed(days):
        for figure in story.figures:
            for value in figure.values:
                row = rows.setdefault((figure.label, edition.date, value.printed), [])
                source = cite(value.cited)
                if source not in row:
                    row.append(source)
    kinds = Counter(label for label, _, _ in rows)
    order = {label: number for number, label in enumerate(kinds)}
    return [
        {
            "what": words.figure(label),
            "date": words.short_date(date),
            "iso": date.isoformat(),
            "printed": plain(printed),
            "by": by[:3],
            "more": max(0, len(by) - 3),
        }
        for (label, date, printed), by in sorted(
            rows.items(), key=lambda row: (order[row[0][0]], row[0][1])
        )
    ]


def country(name: str, words: Words) -> str:
    """A place by its name in the pages' language, where it is a country's English name."""
    if words.language == FALLBACK:  # the gazetteer's names are English, and a tenth of a second
        return plain(name)
    return plain(words.country(_codes().get(name, ""), name))


@cache
def _codes() -> Mapping[str, str]:
    return {name: code for code, name in country_codes().items()}


def months_of(days: Iterable[Day], month: Callable[[Date], str]) -> Mapping[str, Any]:
    """Month's name → its editions."""
    months: dict[str, list[Shown]] = {}
    for day in days:
        months.setdefault(month(day.date), []).append(edition_line(day))
    return months


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
