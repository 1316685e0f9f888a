"""Edition → EditionView: the one place that decides what is shown, in which words and order."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date as Date

from digest.model import Brief, Cut, Edition, Editorial, FeedHealth
from digest.render.corrections import more_corrections, show_corrections
from digest.render.pictures import fortnight, story_map
from digest.render.record import worded_sentences
from digest.render.safe import link, plain, right_to_left
from digest.render.sources import Numbers
from digest.render.story import show_story, told
from digest.render.view import (
    BelowCut,
    EditionView,
    FeedLine,
    Moved,
    Recent,
    SinceYesterday,
    StoryView,
)
from digest.render.words import Words

WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction: the mean of 190 studies (Brysbaert 2019, JML 109)."""
CUT_SHOWN = 12
"""Titles below the cut that are printed; the rest is counted."""
REASONS_SHOWN = 4
"""Reasons for dropping reports that are told, the most frequent first."""


def show(edition: Edition, words: Words) -> EditionView:
    """The view of `edition`. Raises KeyError for a phrase that the strings file lacks."""
    editorial = edition.editorial
    numbers = Numbers()
    stories = tuple(show_story(brief, edition, words, numbers) for brief in edition.briefs)
    site = link(editorial.site_url).rstrip("/")
    left_out = edition.left_out
    return EditionView(
        title=plain(editorial.title),
        logo=editorial.logo,
        tagline=plain(editorial.tagline),
        label=plain(editorial.label),
        language=words.language,
        rtl=right_to_left(words.language),
        date=words.long_date(edition.date),
        iso_date=edition.date.isoformat(),
        number=_series(edition, words),
        counts=_counts(edition, words, stories),
        status=edition.status,
        status_title=words.phrase(f"status_{edition.status}"),
        status_notes=tuple(map(words.label, edition.status_notes)),
        voice=_voice(edition, words),
        corrections=show_corrections(edition, words),
        corrections_more=more_corrections(edition, words),
        nothing=_nothing(edition, words),
        preheader=_preheader(stories, words) if stories else _nothing(edition, words),
        since=_since(edition, words, stories),
        map=story_map(edition, words),
        fortnight=fortnight(edition, words),
        stories=stories,
        left_out=_left_out(edition, words),
        cut=tuple(
            BelowCut(plain(title), words.phrase("reports", n=reports))
            for title, reports in left_out.below_the_cut[:CUT_SHOWN]
        ),
        cut_more=(
            words.phrase("cut_more", n=len(left_out.below_the_cut) - CUT_SHOWN)
            if len(left_out.below_the_cut) > CUT_SHOWN
            else ""
        ),
        feeds_summary=_feeds_summary(edition.feeds, words),
        feeds=_feeds(edition.feeds, words),
        recent=tuple(
            Recent(
                date=words.short_date(recent.date),
                iso=recent.date.isoformat(),
                headline=plain(recent.headline),
                url=f"{site}/{recent.date.isoformat()}/" if site else "",
            )
            for recent in edition.recent
        ),
        footer=plain(editorial.footer),
        made=words.phrase(
            "made", program=plain(edition.program), time=words.full_time(edition.generated_at)
        ),
        page_url=f"{site}/{edition.date.isoformat()}/" if site else "",
        archive_url=f"{site}/" if site else "",
    )


def _series(edition: Edition, words: Words) -> str:
    """Which edition it is."""
    if edition.number:
        return words.phrase("number", n=edition.number)
    return words.phrase("breaking") if edition.breaking else words.phrase("special")


def _counts(edition: Edition, words: Words, stories: tuple[StoryView, ...]) -> tuple[str, ...]:
    if edition.cut is not None:
        chosen = _chosen(edition.cut, edition.editorial, words)
        return (chosen, *_counted(edition, words, stories)[-1:]) if stories else (chosen,)
    return _counted(edition, words, stories)


def _counted(edition: Edition, words: Words, stories: tuple[StoryView, ...]) -> tuple[str, ...]:
    counts = [
        words.phrase("outlets", n=edition.outlets),
        words.phrase("reports", n=edition.reports),
        words.phrase("on_security", n=edition.security_reports),
        words.phrase("stories", n=len(stories)),
    ]
    if stories:
        read = sum(len(text.split()) for story in stories for text in _running(story))
        counts.append(words.phrase("minutes", n=max(1, math.ceil(read / WORDS_PER_MINUTE))))
    return tuple(map(_unbroken, counts))


def _unbroken(text: str) -> str:
    """A count and its noun on one line."""
    return text.replace(" ", "\u00a0")


def _running(story: StoryView) -> Iterable[str]:
    yield story.headline.text
    if story.dek:
        yield story.dek.text
    for block in story.blocks:
        yield from (line.text for line in block.lines)
        if block.quote:
            yield block.quote.text
    yield from (line.text for line in story.background)
    yield from (line.text for line in story.developments)


PREHEADER_ALSO = 2
"""Headlines after the lead's own that the preheader names; inboxes show about 90 characters."""


def _nothing(edition: Edition, words: Words) -> str:
    cut = edition.cut
    if cut is None or not cut.of:
        return words.phrase("nothing_long")
    return words.phrase("nothing_chosen", n=cut.of, headline=plain(cut.lead))


def _chosen(cut: Cut, editorial: Editorial, words: Words) -> str:
    """ "Cyber, Health Security; Europe: 3 of 17 stories"."""
    sections = [plain(one.label) for one in editorial.sections if one.id in cut.sections]
    regions = [words.region(id) for id in cut.regions]
    what = words.phrase("semicolon").join(
        words.listing(names) for names in (sections, regions) if names
    )
    what = what[:1].upper() + what[1:]  # "the Middle East" stands first, too
    return words.phrase("chosen", what=what, n=cut.stories, of=cut.of)


def _preheader(stories: tuple[StoryView, ...], words: Words) -> str:
    others = [story.headline.text for story in stories[1 : 1 + PREHEADER_ALSO]]
    lead = stories[0].dek.text if stories[0].dek else stories[0].headline.text
    if not others:
        return lead
    return words.phrase("preheader", lead=lead, others=" · ".join(others))


# --- Since yesterday -----------------------------------------------------------------------

MOVED_SHOWN = 8
_SUMMARY = ("new", "moved", "silent", "going_on")


def _since(edition: Edition, words: Words, stories: tuple[StoryView, ...]) -> SinceYesterday | None:
    """The strip, where an earlier edition carried one of today's threads; else nothing moved."""
    kinds = [_kind(brief) for brief in edition.briefs]
    if all(kind == "new" for kind in kinds):
        return None
    counts = Counter(kinds)
    moved = [
        Moved(
            story.anchor,
            story.rank,
            " · ".join(words.label(change.text) for change in told(brief)),
            story.headline.text,
        )
        for brief, story in zip(edition.briefs, stories, strict=True)
        if told(brief)
    ]
    more = len(moved) - MOVED_SHOWN
    return SinceYesterday(
        title=_since_when(edition, words),
        summary=" · ".join(
            _unbroken(words.phrase(f"since_{kind}", n=counts[kind]))
            for kind in _SUMMARY
            if counts[kind]
        ),
        moved=tuple(moved[:MOVED_SHOWN]),
        more=words.phrase("since_more", n=more) if more > 0 else "",
    )


def _since_when(edition: Edition, words: Words) -> str:
    dates = [Date.fromisoformat(date) for brief in edition.briefs for date in brief.story.earlier]
    last = max([*dates, *(recent.date for recent in edition.recent)], default=None)
    if last is None or (edition.date - last).days == 1:
        return words.phrase("since_yesterday")
    return words.phrase("since_date", date=words.short_date(last))


def _kind(brief: Brief) -> str:
    """How a story counts in the strip: by the most telling of its changes."""
    kinds = {change.kind for change in brief.changes}
    if kinds & {"update", "revised"}:
        return "moved"
    if "silent" in kinds:
        return "silent"
    return "going_on" if brief.story.earlier else "new"


# --- What is not in it ---------------------------------------------------------------------


def _left_out(edition: Edition, words: Words) -> tuple[str, ...]:
    left_out = edition.left_out
    below = sum(reports for _, reports in left_out.below_the_cut)
    parts = [
        ("left_outside_brief", left_out.outside_brief),
        ("left_other_sections", left_out.other_sections),
        ("left_outside_window", left_out.outside_window),
        ("left_below_cut", len(left_out.below_the_cut)),
        ("left_undated", left_out.undated),
    ]
    lines = [
        words.phrase(key, n=n, reports=words.phrase("reports", n=below)) for key, n in parts if n
    ]
    if dropped_by_hand := len(edition.edits.dropped):
        lines.append(words.phrase("left_by_editor", n=dropped_by_hand))
    if moved := len(edition.edits.first):
        lines.append(words.phrase("moved_by_editor", n=moved))
    if left_out.dropped:
        # An address makes every reason its own; without it they can be counted.
        reasons = Counter(
            _ADDRESS.sub("…", plain(drop.why)).removesuffix(": …") for drop in left_out.dropped
        )
        listed = [
            f"{why} ({words.number(n)})"
            for why, n in sorted(reasons.items(), key=_most)[:REASONS_SHOWN]
        ]
        dropped = words.phrase("left_dropped", n=len(left_out.dropped))
        lines.append(
            words.phrase(
                "left_why", dropped=dropped, reasons=words.phrase("semicolon").join(listed)
            )
        )
    return tuple(lines)


_ADDRESS = re.compile(r"https?://\S+")


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _feeds_summary(feeds: tuple[FeedHealth, ...], words: Words) -> str:
    if not feeds:
        return ""
    failed = sum(feed.outcome in ("failed", "retired") for feed in feeds)
    silent = sum(_is_silent(feed) for feed in feeds)
    parts = [words.phrase("feeds_asked", n=len(feeds))]
    parts.append(words.phrase("feeds_failed", n=failed) if failed else words.phrase("feeds_fine"))
    if silent:
        parts.append(words.phrase("feeds_silent", n=silent))
    return " · ".join(parts)


def _is_silent(feed: FeedHealth) -> bool:
    return feed.outcome == "entries" and feed.entries == 0


def _feeds(feeds: tuple[FeedHealth, ...], words: Words) -> tuple[FeedLine, ...]:
    """Feeds that brought nothing or had a problem, failures first: what it means for the edition.
    The cause, which only the operator can mend, stands in the record."""
    order: Mapping[str, int] = {"failed": 0, "retired": 1, "skipped": 2}
    lines: list[tuple[int, FeedLine]] = []
    for feed in feeds:
        name = plain(feed.name) or plain(feed.url)
        if feed.outcome in order:
            said = words.phrase(f"feed_{feed.outcome}")
            lines.append((order[feed.outcome], FeedLine(name, said)))
        elif _is_silent(feed):
            lines.append((4, FeedLine(name, words.phrase("feed_silent"))))
        elif feed.problem:
            lines.append((3, FeedLine(name, words.phrase("feed_partly"))))
    return tuple(line for _, line in sorted(lines, key=lambda pair: (pair[0], pair[1].name)))


def _voice(edition: Edition, words: Words) -> str:
    n = worded_sentences(edition.briefs)
    if edition.wording is None or not n:
        return words.phrase("machine_voice")
    return words.phrase("worded_voice", n=n, model=plain(edition.wording.model))
