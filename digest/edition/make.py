"""An edition from beginning to end: the one place that knows the order of the stages.

draft_edition  freeze the bundle → compose; nothing is published yet
compose        analyse → write → render, pure: the same bundle gives the same bytes
archived       write the folder → save
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from digest.analyse.day import analyse_day
from digest.analyse.outlets import Outlets
from digest.compute import thread_pool
from digest.edition import past
from digest.edition.intake import Archive, Intake, window
from digest.edition.photo import PhotoFetcher, photo_of
from digest.edition.wording import Writer, worded_by
from digest.errors import NothingToPublish
from digest.folder import Bundle, write_edition
from digest.model import (
    Analysis,
    Brief,
    EarlierStory,
    Edition,
    EditionStatus,
    Editorial,
    Edits,
    Feed,
    LeftOut,
    Rendered,
    Story,
    Window,
)
from digest.render import render
from digest.render.preflight import problems
from digest.resources import templates
from digest.timetable import CORRECTED_EDITIONS, EARLIER_DAYS
from digest.write.brief import write_brief
from digest.write.rewording import applied
from digest.write.standfirst import habits
from digest.write.style import title_as_printed

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder

RECENT_EDITIONS = 5
DEGRADED_SHARE = 1 / 3
"""Share of the feeds asked that may fail before the edition says that it is degraded. About 11 % of
any news feed list is dead at any time (koala73/worldmonitor#4920), so a tenth is a normal day."""
QUIET_STORIES = 3
"""Fewer stories than this make a quiet day, printed short and labelled so, never filled."""
SPECIAL = 0
"""The number of an edition outside the series."""


class Stopwatch:
    """How long each stage of making an edition takes, in seconds, for `digest status`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        began = perf_counter()
        try:
            yield
        finally:
            took = self.seconds.get(stage, 0.0) + perf_counter() - began
            self.seconds[stage] = round(took, 3)


@dataclass(frozen=True, slots=True)
class Press:
    """What editions are made with, whatever their date."""

    feeds: Sequence[Feed]
    editorial: Editorial
    archive: Archive
    embedder: Embedder
    program: str
    writer: Writer | None = None
    photos: PhotoFetcher | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition composed but not published."""

    bundle: Bundle
    edition: Edition
    rendered: Rendered
    new_items: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Stage → how long it took."""


@dataclass(frozen=True, slots=True)
class Made:
    """An edition that lies in its folder, and what making it took."""

    edition: Edition
    folder: Path
    new_items: int
    unfit: tuple[str, ...] = ()
    """Why it must not be sent, by the last look at its bytes; see render.preflight."""
    seconds: Mapping[str, float] = field(default_factory=dict)


def window_of(bundle: Bundle) -> Window:
    """The window that the bundle's edition was made for."""
    return bundle.span or window(bundle.date, bundle.now, bundle.editorial)


def archived(draft: Draft, archive: Archive, out: Path) -> Made:
    """Write the draft's folder under `out`, then save it in the archive.

    In this order: whoever sees an edition in the archive may mail it from its folder, at once or
    after a crash between the two. One that lies in its folder alone is made again.
    """
    made = publish(draft, out)
    archive.save_edition(draft.edition, draft.rendered.json)
    return made


def publish(draft: Draft, out: Path) -> Made:
    """Write the draft's folder under `out`."""
    folder = write_edition(out, draft.rendered, draft.bundle, draft.edition)
    unfit = problems(draft.rendered)
    return Made(draft.edition, folder, draft.new_items, unfit, draft.seconds)


def draft_edition(
    date: Date,
    now: datetime,
    intake: Intake,
    press: Press,
    *,
    span: Window | None = None,
    breaking: str = "",
    told: Sequence[EarlierStory] = (),
) -> Draft:
    """Freeze what the edition depends on, and compose it. Nothing is saved.

    With a `span` of one's own it is a special edition, which has no number in the series; of one
    thread alone where that is `breaking`. `told`: what was told besides the archive's earlier
    editions, newest first. What the press's `writer` makes of the chosen sentences is frozen, too,
    and the lead's photo: both are asked for once. Raises NothingToPublish when no report lies in
    the window or none is a security matter.
    """
    archive = press.archive
    records = past.records_before(date, archive, EARLIER_DAYS)
    # A special edition tells its span's story anew, and corrects nothing.
    last = records[:CORRECTED_EDITIONS] if span is None else []
    before = past.with_printed(archive.earlier_stories(date, EARLIER_DAYS), last)
    bundle = Bundle(
        date=date,
        now=now,
        program=press.program,
        number=archive.number_for(date) if span is None else SPECIAL,
        span=span,
        editorial=press.editorial,
        feeds=tuple(press.feeds),
        items=tuple(sorted(intake.reports, key=lambda item: (item.when, item.id))),
        outside_window=intake.outside_window,
        dropped=intake.dropped,
        health=intake.health,
        earlier=(*told, *before),
        recent=tuple(archive.recent_editions(date, RECENT_EDITIONS)),
        corrections=past.corrections_of(last, archive),
        volumes=past.volumes(records),
        breaking=breaking,
    )
    watch = Stopwatch()
    edition = _written(bundle, press.embedder, watch)
    if press.writer is not None:
        with watch("word"):
            wording = worded_by(press.writer, edition.briefs, press.editorial.language)
            bundle = replace(bundle, wording=wording)
    if press.photos is not None and edition.briefs:
        with watch("photo"):
            photo = photo_of(edition.briefs[0], bundle.feeds, press.photos)
            bundle = replace(bundle, photo=photo)
    edition, rendered = _printed(edition, bundle, watch)
    return Draft(bundle, edition, rendered, intake.new, watch.seconds)


def compose(bundle: Bundle, embedder: Embedder) -> tuple[Edition, Rendered]:
    """Analyse, write and render what a bundle holds, by the program's own templates. Pure: it can
    be replayed at any time."""
    watch = Stopwatch()
    return _printed(_written(bundle, embedder, watch), bundle, watch)


def _printed(edition: Edition, bundle: Bundle, watch: Stopwatch) -> tuple[Edition, Rendered]:
    """The edition with its photo and what a writer was allowed (each wording is judged again here),
    rendered."""
    edition = replace(edition, photo=bundle.photo)
    if bundle.wording is not None:
        wordings = bundle.wording.sentences
        briefs = tuple(applied(brief, wordings) for brief in edition.briefs)
        edition = replace(edition, briefs=briefs, wording=bundle.wording)
    with watch("render"):
        return edition, render(edition, templates())


def _written(bundle: Bundle, embedder: Embedder, watch: Stopwatch) -> Edition:
    """The edition as its sources have it."""
    _refuse_emptiness(bundle)
    editorial = bundle.editorial
    as_of = window_of(bundle).end
    with watch("analyse"), thread_pool() as pool:
        analysis = analyse_day(
            bundle.items,
            outlets=Outlets.of(bundle.feeds),
            embedder=embedder,
            editorial=editorial,
            now=as_of,
            earlier=bundle.earlier,
            pool=pool,
        )
    if not analysis.stories:
        raise NothingToPublish(
            f"none of the {len(bundle.items)} reports in the window is a security matter"
        )
    stories = arranged(analysis.stories, bundle.edits)
    if bundle.breaking:
        told = (story for story in analysis.stories if story.thread == bundle.breaking)
        stories = tuple(replace(story, rank=1) for story in told)
    chosen, below = stories[: editorial.max_stories], stories[editorial.max_stories :]
    with watch("write"):
        endings = habits(analysis.reports)
        briefs = tuple(
            _edited(
                write_brief(
                    story,
                    lead=story.rank == 1,
                    editorial=editorial,
                    earlier=bundle.earlier,
                    embedder=embedder,
                    habits=endings,
                ),
                bundle.edits,
            )
            for story in chosen
        )
    titles = [title_as_printed(story.reports[0].item.title, editorial.language) for story in below]
    cut = tuple((title, len(s.reports)) for title, s in zip(titles, below, strict=True))
    following = [(title, story.score) for title, story in zip(titles, below, strict=True)]
    left_out = replace(
        analysis.left_out,
        outside_window=bundle.outside_window,
        below_the_cut=cut,
        dropped=bundle.dropped,
    )
    return _edition(bundle, analysis, with_runners_up(briefs, following), left_out)


def arranged(stories: Sequence[Story], edits: Edits) -> tuple[Story, ...]:
    """The stories in the order that the editor gave them, ranked anew."""
    place = {thread: number for number, thread in enumerate(edits.first)}
    kept = [story for story in stories if story.thread not in edits.dropped]
    ordered = sorted(kept, key=lambda story: place.get(story.thread, len(place)))
    return tuple(replace(story, rank=rank) for rank, story in enumerate(ordered, 1))


def with_runners_up(
    briefs: Sequence[Brief], below: Sequence[tuple[str, float]]
) -> tuple[Brief, ...]:
    """Each brief with the story after it among its reasons, by the headline that is printed for it:
    the last one's is the first `below` the cut, whose titles and scores these are."""
    after = [(brief.title, brief.story.score) for brief in briefs[1:]]
    after += below[:1]
    told = []
    for brief, (title, score) in zip(briefs, after, strict=False):
        share = f" ({score / own:.0%} of this story's score)" if (own := brief.story.score) else ""
        reason = f"runner-up: {title}{share}"
        story = replace(brief.story, reasons=(*brief.story.reasons, reason))
        told.append(replace(brief, story=story))
    return (*told, *briefs[len(told) :])


def _edited(brief: Brief, edits: Edits) -> Brief:
    thread = brief.story.thread
    return replace(
        brief,
        editor_headline=edits.headlines.get(thread, ""),
        editor_note=edits.notes.get(thread, ""),
    )


def _refuse_emptiness(bundle: Bundle) -> None:
    if bundle.items:
        return
    failed = sum(feed.outcome == "failed" for feed in bundle.health)
    if bundle.health and failed == len(bundle.health):
        raise NothingToPublish(f"all {failed} feeds failed and the archive holds nothing recent")
    if bundle.outside_window:
        span = window_of(bundle)
        raise NothingToPublish(
            f"all {bundle.outside_window} reports are dated outside the window of the edition of "
            f"{bundle.date} ({span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC); "
            "name their day with --date"
        )
    raise NothingToPublish("there is no report at all: no feed had entries and no item was given")


def _edition(
    bundle: Bundle, analysis: Analysis, briefs: tuple[Brief, ...], left_out: LeftOut
) -> Edition:
    status, notes = _status(bundle, len(briefs))
    if bundle.breaking:  # of one story: the day's account is the next edition's
        left_out = LeftOut()
        bundle = replace(bundle, recent=(), volumes=())
    return Edition(
        date=bundle.date,
        number=bundle.number,
        generated_at=bundle.now,
        program=bundle.program,
        status=status,
        status_notes=notes,
        editorial=bundle.editorial,
        briefs=briefs,
        left_out=left_out,
        feeds=bundle.health,
        recent=bundle.recent,
        volumes=bundle.volumes,
        reports=len(analysis.reports),
        security_reports=sum(report.section is not None for report in analysis.reports),
        outlets=len({report.outlet.name for report in analysis.reports}),
        edits=bundle.edits,
        corrections=bundle.corrections,
        breaking=bool(bundle.breaking),
    )


def _status(bundle: Bundle, stories: int) -> tuple[EditionStatus, tuple[str, ...]]:
    asked = [feed for feed in bundle.health if feed.outcome != "skipped"]
    failed = sum(feed.outcome == "failed" for feed in asked)
    if asked and failed > DEGRADED_SHARE * len(asked):
        return "degraded", (f"{failed} of {len(asked)} feeds could not be read.",)
    if stories < QUIET_STORIES and not bundle.breaking:
        return "quiet", ("Few security reports came in; this edition is short, and not filled up.",)
    return "complete", ()
