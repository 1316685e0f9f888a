"""An edition from beginning to end: the one place that knows the order of the stages.

make_edition   gather → clean → save → draft → save → write the folder
draft_edition  freeze the bundle → compose; nothing is published yet
compose        analyse → write → render, pure: the same bundle gives the same bytes
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from digest.analyse.clean import items_from
from digest.analyse.day import analyse_day
from digest.analyse.identity import latest_versions
from digest.analyse.outlets import Outlets
from digest.errors import NothingToPublish
from digest.folder import Bundle, write_edition
from digest.model import (
    Analysis,
    Brief,
    Dropped,
    EarlierStory,
    Edition,
    EditionStatus,
    Editorial,
    Edits,
    Feed,
    FeedHealth,
    FeedState,
    Fetched,
    Item,
    RecentEdition,
    Rendered,
    Story,
    Window,
)
from digest.render import render
from digest.render.preflight import problems
from digest.write.brief import write_brief

if TYPE_CHECKING:
    from digest.analyse.embed import Embedder

A_MOMENT = timedelta(seconds=1)
EARLIER_DAYS = 14
"""How far back threads are followed: a running story silent for a fortnight begins anew."""
RECENT_EDITIONS = 5
DEGRADED_SHARE = 1 / 3
"""Share of the feeds asked that may fail before the edition says that it is degraded. About 11 % of
any news feed list is dead at any time (koala73/worldmonitor#4920), so a tenth is a normal day."""
QUIET_STORIES = 3
"""Fewer stories than this make a quiet day, printed short and labelled so, never filled."""
SPECIAL = 0
"""The number of an edition outside the series."""


class Gatherer(Protocol):
    def __call__(
        self,
        feeds: Sequence[Feed],
        states: Mapping[str, FeedState],
        now: datetime,
        on_done: Callable[[Fetched], None] | None,
    ) -> list[Fetched]:
        """Ask every feed once; a feed's failure is a value in its result."""


class Saved(Protocol):
    @property
    def new_ids(self) -> frozenset[str]:
        """Ids of the items that were not in the archive before."""


class Archive(Protocol):
    """What an edition needs of the store."""

    def feed_states(self) -> Mapping[str, FeedState]: ...
    def save_fetched(
        self, states: Sequence[FeedState], items: Sequence[Item], now: datetime
    ) -> Saved: ...
    def items_between(self, start: datetime, end: datetime) -> list[Item]: ...
    def earlier_stories(self, before: Date, days: int) -> list[EarlierStory]: ...
    def recent_editions(self, before: Date, limit: int) -> list[RecentEdition]: ...
    def number_for(self, date: Date) -> int: ...
    def save_edition(self, edition: Edition, record: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Intake:
    """The reports that an edition is made of, and what became of the others."""

    reports: tuple[Item, ...]
    outside_window: int = 0
    dropped: tuple[Dropped, ...] = ()
    health: tuple[FeedHealth, ...] = ()
    new: int = 0
    """Reports that the archive did not hold before."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What a round over the feeds brought, saved."""

    fetched: tuple[Fetched, ...]
    incoming: tuple[Item, ...]
    """The reports that the feeds carry now, cleaned."""
    dropped: tuple[Dropped, ...]
    new_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition composed but not published."""

    bundle: Bundle
    edition: Edition
    rendered: Rendered
    new_items: int


@dataclass(frozen=True, slots=True)
class Made:
    """An edition that lies in its folder, and what making it took."""

    edition: Edition
    folder: Path
    new_items: int
    unfit: tuple[str, ...] = ()
    """Why it must not be sent, by the last look at its bytes; see render.preflight."""


def window(date: Date, now: datetime, editorial: Editorial) -> Window:
    """The edition's window: it ends now, or with the edition's day where that is over.

    So a morning's edition covers the hours before it, and one made later for a past date covers
    that whole day and the hours before it.
    """
    midnight = datetime.combine(date + timedelta(days=1), time(), ZoneInfo(editorial.zone))
    end = min(now, midnight.astimezone(now.tzinfo))
    # A report dated "now" to the second belongs to the edition being made.
    return Window(end - timedelta(hours=editorial.window_hours), end + A_MOMENT)


def window_of(bundle: Bundle) -> Window:
    """The window that the bundle's edition was made for."""
    return bundle.span or window(bundle.date, bundle.now, bundle.editorial)


def intake_from_feeds(
    span: Window,
    now: datetime,
    *,
    feeds: Sequence[Feed],
    archive: Archive,
    gather: Gatherer,
    on_fetched: Callable[[Fetched], None] | None = None,
) -> Intake:
    """Gather, clean and save; the reports are then all that the archive holds for the window.

    An entry without a date counts as first seen when the window ends, if that is over: for a past
    date nothing better is known.
    """
    came = gather_and_save(
        now,
        feeds=feeds,
        archive=archive,
        gather=gather,
        on_fetched=on_fetched,
        first_seen=min(now, span.end - A_MOMENT),
    )
    return Intake(
        reports=tuple(archive.items_between(span.start, span.end)),
        outside_window=sum(not span.holds(item) for item in came.incoming),
        dropped=came.dropped,
        health=tuple(_health(came.fetched, came.incoming, came.new_ids)),
        new=len(came.new_ids),
    )


def gather_and_save(
    now: datetime,
    *,
    feeds: Sequence[Feed],
    archive: Archive,
    gather: Gatherer,
    on_fetched: Callable[[Fetched], None] | None = None,
    first_seen: datetime | None = None,
) -> Gathering:
    """Gather, clean and save; `first_seen` (default: now) dates the entries without a date."""
    fetched = gather(feeds, archive.feed_states(), now, on_fetched)
    incoming, dropped = _cleaned(fetched, first_seen or now)
    saved = archive.save_fetched([f.state for f in fetched if f.state], incoming, now)
    return Gathering(tuple(fetched), tuple(incoming), tuple(dropped), saved.new_ids)


def intake_from_items(
    span: Window,
    now: datetime,
    items: Sequence[Item],
    dropped: Sequence[Dropped],
    archive: Archive,
) -> Intake:
    """`items` instead of the network: saved, and the only reports of the edition."""
    items, superseded = latest_versions(items)
    saved = archive.save_fetched([], items, now)
    inside = tuple(item for item in items if span.holds(item))
    return Intake(
        reports=inside,
        outside_window=len(items) - len(inside),
        dropped=(*dropped, *superseded),
        new=len(saved.new_ids),
    )


def intake_from_archive(span: Window, archive: Archive) -> Intake:
    """What was gathered before: for dates that are over."""
    return Intake(tuple(archive.items_between(span.start, span.end)))


def make_edition(
    date: Date,
    now: datetime,
    intake: Intake,
    *,
    feeds: Sequence[Feed],
    editorial: Editorial,
    archive: Archive,
    embedder: Embedder,
    templates: Mapping[str, str],
    out: Path,
    program: str,
    before_saving: Callable[[], None] | None = None,
) -> Made:
    """Compose `date`'s edition from the intake, save it, and write its folder.

    `before_saving` is called last of all before anything is published: it raises where another
    process has taken the edition over. Raises NothingToPublish when no report lies in the window or
    none is a security matter.
    """
    draft = draft_edition(
        date,
        now,
        intake,
        feeds=feeds,
        editorial=editorial,
        archive=archive,
        embedder=embedder,
        templates=templates,
        program=program,
    )
    if before_saving is not None:
        before_saving()
    archive.save_edition(draft.edition, draft.rendered.json)
    return publish(draft, out)


def publish(draft: Draft, out: Path) -> Made:
    """Write the draft's folder under `out`."""
    folder = write_edition(out, draft.rendered, draft.bundle)
    return Made(draft.edition, folder, draft.new_items, problems(draft.rendered))


def draft_edition(
    date: Date,
    now: datetime,
    intake: Intake,
    *,
    feeds: Sequence[Feed],
    editorial: Editorial,
    archive: Archive,
    embedder: Embedder,
    templates: Mapping[str, str],
    program: str,
    span: Window | None = None,
) -> Draft:
    """Freeze what the edition depends on, and compose it. Nothing is saved.

    With a `span` of one's own it is a special edition, which has no number in the series. Raises
    NothingToPublish as `make_edition` does.
    """
    bundle = Bundle(
        date=date,
        now=now,
        program=program,
        number=archive.number_for(date) if span is None else SPECIAL,
        span=span,
        editorial=editorial,
        feeds=tuple(feeds),
        items=tuple(sorted(intake.reports, key=lambda item: (item.when, item.id))),
        outside_window=intake.outside_window,
        dropped=intake.dropped,
        health=intake.health,
        earlier=tuple(archive.earlier_stories(date, EARLIER_DAYS)),
        recent=tuple(archive.recent_editions(date, RECENT_EDITIONS)),
    )
    edition, rendered = compose(bundle, embedder, templates)
    return Draft(bundle, edition, rendered, intake.new)


def compose(
    bundle: Bundle, embedder: Embedder, templates: Mapping[str, str]
) -> tuple[Edition, Rendered]:
    """Analyse, write and render what a bundle holds. Pure: it can be replayed at any time."""
    _refuse_emptiness(bundle)
    editorial = bundle.editorial
    as_of = window_of(bundle).end
    analysis = analyse_day(
        bundle.items,
        outlets=Outlets.of(bundle.feeds),
        embedder=embedder,
        editorial=editorial,
        now=as_of,
        earlier=bundle.earlier,
    )
    if not analysis.stories:
        raise NothingToPublish(
            f"none of the {len(bundle.items)} reports in the window is a security matter"
        )
    chosen = arranged(analysis.stories, bundle.edits)[: editorial.max_stories]
    briefs = tuple(
        _edited(
            write_brief(
                story,
                lead=story.rank == 1,
                editorial=editorial,
                earlier=bundle.earlier,
                embedder=embedder,
            ),
            bundle.edits,
        )
        for story in chosen
    )
    edition = _edition(bundle, analysis, briefs)
    return edition, render(edition, templates)


def arranged(stories: Sequence[Story], edits: Edits) -> tuple[Story, ...]:
    """The stories in the order that the editor gave them, ranked anew."""
    place = {thread: number for number, thread in enumerate(edits.first)}
    kept = [story for story in stories if story.thread not in edits.dropped]
    ordered = sorted(kept, key=lambda story: place.get(story.thread, len(place)))
    return tuple(replace(story, rank=rank) for rank, story in enumerate(ordered, 1))


def _edited(brief: Brief, edits: Edits) -> Brief:
    thread = brief.story.thread
    return replace(
        brief,
        editor_headline=edits.headlines.get(thread, ""),
        editor_note=edits.notes.get(thread, ""),
    )


def _cleaned(fetched: Iterable[Fetched], now: datetime) -> tuple[list[Item], list[Dropped]]:
    items: dict[str, Item] = {}
    dropped: list[Dropped] = []
    for answer in fetched:
        usable, unusable = items_from(answer, now)
        dropped += unusable
        for item in usable:  # one report in two feeds of an outlet is one item: the first wins
            items.setdefault(item.id, item)
    return list(items.values()), dropped


def _health(
    fetched: Iterable[Fetched], items: Iterable[Item], new_ids: frozenset[str]
) -> list[FeedHealth]:
    new = Counter(item.feed for item in items if item.id in new_ids)
    return [
        FeedHealth(
            answer.feed.name,
            answer.feed.url,
            answer.outcome,
            len(answer.entries),
            new[answer.feed.url],
            answer.problem,
        )
        for answer in fetched
    ]


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


def _edition(bundle: Bundle, analysis: Analysis, briefs: tuple[Brief, ...]) -> Edition:
    status, notes = _status(bundle, len(briefs))
    left_out = replace(
        analysis.left_out,
        outside_window=bundle.outside_window,
        dropped=bundle.dropped,
        undated=sum(item.date is None for item in bundle.items),
    )
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
        reports=len(analysis.reports),
        security_reports=sum(report.section is not None for report in analysis.reports),
        outlets=len({report.outlet.name for report in analysis.reports}),
        edits=bundle.edits,
    )


def _status(bundle: Bundle, stories: int) -> tuple[EditionStatus, tuple[str, ...]]:
    asked = [feed for feed in bundle.health if feed.outcome != "skipped"]
    failed = sum(feed.outcome == "failed" for feed in asked)
    if asked and failed > DEGRADED_SHARE * len(asked):
        return "degraded", (f"{failed} of {len(asked)} feeds could not be read.",)
    if stories < QUIET_STORIES:
        return "quiet", ("Few security reports came in; this edition is short, and not filled up.",)
    return "complete", ()
