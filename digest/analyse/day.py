"""A day's items into ranked stories. The steps of `analyse_day` read top to bottom.

Pure: no I/O beyond packaged data, no clock. The order of `items` does not matter: they are put in
one canonical order first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.analyse import copies, forms, sections, threads
from digest.analyse import facets as facets_module
from digest.analyse.embed import unpacked
from digest.analyse.events import Akin, events_of, first_look
from digest.analyse.facets import shown
from digest.analyse.language import language_of
from digest.analyse.origins import credited, origins_of
from digest.analyse.outlets import UNNAMED
from digest.analyse.places import places_of, scene_of
from digest.analyse.rank import Scored, score, varied
from digest.analyse.sections import Labels, label, most_common, of_event
from digest.analyse.severity import severity
from digest.model import Analysis, LeftOut, Report, Story

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import datetime

    from digest.analyse.embed import Embedder, Packed
    from digest.analyse.outlets import Outlets
    from digest.model import Category, EarlierStory, Editorial, Item, Origin, Section

SECURITY_SHARE = 0.5
"""A story is a security matter when at least this share of its reports is."""


_SECURE = 0.3
"""How much a report's security probability counts beside its nearness to the event's centre."""


_SQUARELY = 3.0
"""What a report must weigh for its places to count in full: a country that its headline names. One
that names but a "Ukrainian refugee" tells less of where she was killed than one that says where."""


@dataclass(frozen=True, slots=True)
class _Event:
    members: tuple[int, ...]
    """Indices of its reports, most central first."""
    id: str


def analyse_day(
    items: Sequence[Item],
    *,
    outlets: Outlets,
    embedder: Embedder,
    editorial: Editorial,
    now: datetime,
    earlier: Sequence[EarlierStory] = (),
    pool: Executor | None = None,
) -> Analysis:
    """All reports labelled, and the security stories in rank order.

    `items` are taken as they are: choosing the window is the caller's. Where two carry one id, the
    first seen counts. `earlier` are the stories of former editions: they give running stories
    their thread and take novelty from what was printed before. A `pool` of threads shares the
    arithmetic of comparing reports; without one the result is the same.
    """
    kept = canonical(items)
    # Begun first: other processes make the vectors while this one reads the words.
    texts = [shown(item) for item in kept]
    vectors_of = embedder.begin(texts)
    titles_of = embedder.begin([item.title for item in kept])
    published = [outlets.of_item(item) for item in kept]
    languages = [language_of(i, o) for i, o in zip(kept, published, strict=True)]
    named = ["" if outlet.name == UNNAMED else outlet.name for outlet in published]
    places = [places_of(item.title, item.text) for item in kept]
    by_words = sections.read(kept)
    # Events are found among `asked`; `speaker` says who of them stands for a report.
    asked, speaker = copies.spoken_for(texts)
    compared = facets_module.read([kept[i] for i in asked], [named[i] for i in asked])
    vectors, titles = vectors_of(), titles_of()
    del texts, vectors_of, titles_of
    embedder.rest()
    labels = label(kept, by_words, vectors, titles)
    comments = forms.comments(kept, vectors, titles)
    reports = [
        Report(item, outlet, lang, found.category, found.section, where, comment)
        for item, outlet, lang, found, where, comment in zip(
            kept, published, languages, labels, places, comments, strict=True
        )
    ]

    if len(asked) < len(kept):
        vectors, titles = vectors[asked], titles[asked]
    facets = compared(vectors, titles)
    likely, first = first_look(facets, pool)
    openings = facets.openings()
    del compared, facets, titles
    groups, akin = events_of(openings, likely, first, pool)
    words = openings.by_background
    del likely, first, openings
    events = [
        _event(group, reports, vectors[[speaker[i] for i in group]], labels)
        for group in copies.with_the_others(groups, speaker)
    ]
    running = threads.join_events(
        [[speaker[i] for i in event.members] for event in events],
        vectors,
        words,
        [reports[i].places for i in asked],
        pool,
    )
    thread_ids, before = _thread_ids(running, events, kept, earlier, embedder)

    wanted = {section.id for section in editorial.sections}
    stories, others = _stories(
        running, events, akin, reports, labels, thread_ids, before, wanted,
        editorial=editorial, now=now,
    )  # fmt: skip
    return Analysis(
        reports=tuple(reports),
        story_of={kept[i].id: event.id for event in events for i in event.members},
        thread_of={
            kept[i].id: thread_id
            for group, thread_id in zip(running, thread_ids, strict=True)
            for number in group
            for i in events[number].members
        },
        origin_of={report.item.id: _origin_name(report) for report in reports},
        stories=stories,
        left_out=LeftOut(
            outside_brief=sum(report.section is None for report in reports),
            other_sections=others,
            undated=sum(item.date is None for item in kept),
        ),
    )


def canonical(items: Sequence[Item]) -> list[Item]:
    """One item per id, sorted by what they say: nothing later depends on the order they came in,
    nor on how their ids were given."""
    by_id: dict[str, Item] = {}
    for item in sorted(items, key=lambda i: (i.id, i.first_seen, i.url, i.title, i.text)):
        by_id.setdefault(item.id, item)
    return sorted(by_id.values(), key=lambda i: (i.url, i.title, i.text, i.id))


def _event(
    group: Sequence[int],
    reports: Sequence[Report],
    vectors: Packed,
    labels: Sequence[Labels],
) -> _Event:
    """Members, whose `vectors` these are, by nearness to the event's centre; named after its
    earliest report.

    The first one stands for the event, so plain news comes before comment, and what is surely a
    security matter before a celebrity's word on it.
    """
    own = unpacked(vectors)
    near = own @ own.mean(axis=0)
    items = {i: reports[i].item for i in group}
    place = {
        i: round(
            close
            + _SECURE * labels[i].security
            - forms.stands_back(items[i].title, comment=reports[i].comment),
            4,
        )
        for i, close in zip(group, near.tolist(), strict=True)
    }
    members = tuple(sorted(group, key=lambda i: (-place[i], items[i].when, items[i].id)))
    first = min(group, key=lambda i: (items[i].when, items[i].id))
    return _Event(members, threads.stable_id("s-", items[first].id))


def _thread_ids(
    running: Sequence[Sequence[int]],
    events: Sequence[_Event],
    items: Sequence[Item],
    earlier: Sequence[EarlierStory],
    embedder: Embedder,
) -> tuple[list[str], list[tuple[EarlierStory, ...]]]:
    """Thread ids, kept from earlier days where a story goes on, and those days' stories.

    Where two of today's go on from one, the nearest keeps its id: the story has split.
    """
    members = [[i for number in group for i in events[number].members] for group in running]
    titles = [[items[i].title for i in group] for group in members]
    found: list[tuple[EarlierStory, float] | None] = [None] * len(running)
    if earlier:
        names = sorted(
            {t for group in titles for t in group} | {t for s in earlier for t in s.titles}
        )
        vector_of = dict(zip(names, embedder.begin(names)(), strict=True))
        embedder.rest()
        ids = [frozenset(items[i].id for i in group) for group in members]
        found = threads.continued(titles, ids, earlier, vector_of)
    matched = [(-match[1], n, match[0].thread) for n, match in enumerate(found) if match]
    heirs: dict[str, int] = {}
    for _, number, thread in sorted(matched):
        heirs.setdefault(thread, number)
    thread_ids, before = [], []
    for number, (group, match) in enumerate(zip(members, found, strict=True)):
        before.append(tuple(s for s in earlier if match and s.thread == match[0].thread))
        if match and heirs[match[0].thread] == number:
            thread_ids.append(match[0].thread)
            continue
        first = items[min(group, key=lambda i: (items[i].when, items[i].id))].id
        # The report that the old thread is named after may be in the part that split off.
        named = (first, match[0].thread) if match else (first,)
        thread_ids.append(threads.stable_id("t-", *named))
    return thread_ids, before


def _origin_name(report: Report) -> str:
    credit = credited(report.item, report.outlet)
    return credit.agency.name if credit else report.outlet.name


def _stories(
    running: Sequence[Sequence[int]],
    events: Sequence[_Event],
    akin: Akin,
    reports: Sequence[Report],
    labels: Sequence[Labels],
    thread_ids: Sequence[str],
    before: Sequence[tuple[EarlierStory, ...]],
    wanted: Collection[Section],
    *,
    editorial: Editorial,
    now: datetime,
) -> tuple[tuple[Story, ...], int]:
    """One story per thread of security events, in rank order; and how many events are of sections
    that are not wanted."""
    others = 0
    drafts = []
    for group, thread_id, past in zip(running, thread_ids, before, strict=True):
        matters = [n for n in group if _is_security(events[n], reports)]
        secure = [n for n in matters if _section(events[n].members, reports) in wanted]
        others += len(matters) - len(secure)
        if secure:
            drafts.append(
                _story(thread_id, {n: events[n] for n in secure}, akin, reports, labels, past,
                       editorial=editorial, now=now)
            )  # fmt: skip
    drafts.sort(key=lambda draft: draft.id)
    unread = {n for n, draft in enumerate(drafts) if not _can_be_read(draft, editorial.language)}
    places = [draft.places[0] if draft.places else "" for draft in drafts]
    ranked = []
    order = varied([draft.score for draft in drafts], places, last=unread)
    for rank, (number, left, ahead) in enumerate(order, 1):
        story = _behind(drafts[number], left, ahead)
        if number in unread:
            story = replace(story, reasons=(*story.reasons, "no report in the edition's language"))
        ranked.append(replace(story, rank=rank))
    return tuple(ranked), others


def _behind(story: Story, left: float, before: int) -> Story:
    """With the score that others on its country have left it."""
    if not before:
        return story
    reason = f"behind {before} more from the same country"
    return replace(story, score=left, reasons=(*story.reasons, reason))


def _can_be_read(story: Story, language: str) -> bool:
    """Whether any report is in the edition's language. Of others only a foreign headline can be
    printed, so they stand behind what readers can read, however grave."""
    return any(report.lang in (language, "") for report in story.reports)


def _is_security(event: _Event, reports: Sequence[Report]) -> bool:
    inside = sum(reports[i].section is not None for i in event.members)
    return inside >= SECURITY_SHARE * len(event.members)


def _story(
    thread_id: str,
    events: Mapping[int, _Event],
    akin: Akin,
    reports: Sequence[Report],
    labels: Sequence[Labels],
    printed: Sequence[EarlierStory],
    *,
    editorial: Editorial,
    now: datetime,
) -> Story:
    known = {item for story in printed for item in story.items}

    def judged(
        members: Sequence[int], worst: Sequence[int]
    ) -> tuple[Scored, Section, Category, tuple[Origin, ...]]:
        own = [reports[i] for i in members]
        origins = origins_of(own)
        section = _section(members, reports)
        matter = sum(labels[i].security for i in members) / len(members)
        found = score(
            own,
            origins,
            section=section,
            matter=matter,
            gravity=severity([reports[i] for i in worst]),
            seen_before=bool(printed),
            fresh=sum(report.item.id not in known for report in own) / len(own),
            editorial=editorial,
            now=now,
        )
        return found, section, most_common([r.category for r in own]), origins

    verdicts = {n: judged(event.members, event.members) for n, event in events.items()}
    first, *others = sorted(events, key=lambda n: (-verdicts[n][0].score, events[n].id))
    related = dict(zip(others, akin.to(first, others), strict=True))
    others.sort(key=lambda n: not related[n])
    lead = events[first]
    ordered = [lead, *(events[n] for n in others)]
    together = [i for event in ordered for i in event.members]
    lead_scored, section, category, origins = verdicts[first]
    scored, reasons = lead_scored, lead_scored.reasons
    told = [n for n in (first, *others) if n == first or related[n]]
    if len(ordered) > 1:
        # The dead of one event are not another's, which its reasons would say.
        scored = judged(together, lead.members)[0]
    if len(told) > 1:
        # How many tell of all of them is more than how many tell of the one above. What belongs to
        # the story more loosely adds to its score, but is not told.
        counted, _, _, origins = judged([i for n in told for i in events[n].members], lead.members)
        reasons = (
            f"{len(told)} events of one running story: {counted.reasons[0]}",
            *counted.reasons[1:],
        )
    return Story(
        id=lead.id,
        thread=thread_id,
        rank=0,
        score=scored.score,
        reports=tuple(reports[i] for i in together),
        origins=origins,
        section=section,
        category=category,
        places=_places([reports[i] for i in lead.members]),
        reasons=reasons,
        earlier=tuple(sorted({s.date.isoformat() for s in printed}, reverse=True)),
        related=tuple(event.id for event in ordered[1:]),
        lead=len(lead.members) if len(ordered) > 1 else 0,
        sizes=tuple(len(events[n].members) for n in others if related[n]),
    )


def _section(members: Sequence[int], reports: Sequence[Report]) -> Section:
    """The section of a security event."""
    return of_event([s for i in members if (s := reports[i].section) is not None])


def _places(reports: Sequence[Report]) -> tuple[str, ...]:
    """Where an event happens, the surest first; by its news, where that names a place."""
    news = [report for report in reports if not report.comment]
    weight: dict[str, float] = {}
    for report in [r for r in news if r.places] or reports:
        scene = scene_of(report.item.title, report.item.text)
        whole = max(sum(scene.values()), _SQUARELY)
        for place, squarely in scene.items():
            weight[place] = weight.get(place, 0.0) + squarely / whole
    least = 0.1 * sum(weight.values())
    kept = [place for place in weight if weight[place] >= least]
    return tuple(sorted(kept, key=lambda place: (-weight[place], place))[:6])
