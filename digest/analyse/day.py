"""A day's items into ranked stories. The steps of `analyse_day` read top to bottom.

Pure: no I/O beyond packaged data, no clock. The order of `items` does not matter: they are put in
one canonical order first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.analyse import copies, forms, sections, threads
from digest.analyse import facets as facets_module
from digest.analyse.embed import unpacked
from digest.analyse.events import events_of, first_look
from digest.analyse.facets import shown
from digest.analyse.language import language_of
from digest.analyse.origins import credited
from digest.analyse.outlets import UNNAMED
from digest.analyse.places import places_of
from digest.analyse.sections import Labels, label
from digest.analyse.stories import Event, Running, Stories
from digest.model import Analysis, LeftOut, Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from datetime import datetime

    from digest.analyse.embed import Embedder, Packed
    from digest.analyse.facets import Facets
    from digest.analyse.outlets import Outlets
    from digest.model import EarlierStory, Editorial, Item

_SECURE = 0.3
"""How much a report's security probability counts beside its nearness to the event's centre."""


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
    reports, labels, asked, speaker, facets = _read(kept, outlets, embedder)
    likely, first = first_look(facets, pool)
    openings = facets.openings()
    del facets
    groups, akin = events_of(openings, likely, first, pool)
    vectors, words = openings.vectors, openings.by_background
    del likely, first, openings
    events = [
        _event(group, reports, vectors[[speaker[i] for i in group]], labels)
        for group in copies.with_the_others(groups, speaker)
    ]
    joined = threads.join_events(
        [[speaker[i] for i in event.members] for event in events],
        vectors,
        words,
        [reports[i].places for i in asked],
        pool,
    )
    running = _running(joined, events, kept, earlier, embedder)
    made = Stories(events, akin, reports, labels, editorial, now)
    stories, others = made.ranked(running)
    return Analysis(
        reports=tuple(reports),
        story_of={kept[i].id: event.id for event in events for i in event.members},
        thread_of={
            kept[i].id: thread.id
            for thread in running
            for number in thread.events
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


def _read(
    kept: Sequence[Item], outlets: Outlets, embedder: Embedder
) -> tuple[list[Report], list[Labels], list[int], list[int], Facets]:
    """The reports labelled, their labels; which of them are compared, and for each the one of these
    that speaks for it (copies); and what these are compared by."""
    # Begun first: other processes make the vectors while this one reads the words.
    texts = [shown(item) for item in kept]
    vectors_of = embedder.begin(texts)
    titles_of = embedder.begin([item.title for item in kept])
    published = [outlets.of_item(item) for item in kept]
    languages = [language_of(i, o) for i, o in zip(kept, published, strict=True)]
    named = ["" if outlet.name == UNNAMED else outlet.name for outlet in published]
    places = [places_of(item.title, item.text) for item in kept]
    by_words = sections.read(kept)
    asked, speaker = copies.spoken_for(texts)
    compared = facets_module.read([kept[i] for i in asked], [named[i] for i in asked])
    vectors, titles = vectors_of(), titles_of()
    del texts, vectors_of, titles_of  # of a million reports they are 400 MB
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
    return reports, labels, asked, speaker, compared(vectors, titles)


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
) -> Event:
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
    return Event(members, threads.stable_id("s-", items[first].id))


def _running(
    joined: Sequence[Sequence[int]],
    events: Sequence[Event],
    items: Sequence[Item],
    earlier: Sequence[EarlierStory],
    embedder: Embedder,
) -> list[Running]:
    """The threads of events with their ids, kept from earlier days where a story goes on, and those
    days' stories.

    Where two of today's go on from one, the nearest keeps its id: the story has split.
    """
    members = [[i for number in group for i in events[number].members] for group in joined]
    titles = [[items[i].title for i in group] for group in members]
    found: list[tuple[EarlierStory, float] | None] = [None] * len(joined)
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
    running = []
    for number, (group, match) in enumerate(zip(members, found, strict=True)):
        if match and heirs[match[0].thread] == number:
            thread = match[0].thread
        else:
            first = items[min(group, key=lambda i: (items[i].when, items[i].id))].id
            # The report that the old thread is named after may be in the part that split off.
            named = (first, match[0].thread) if match else (first,)
            thread = threads.stable_id("t-", *named)
        before = tuple(s for s in earlier if match and s.thread == match[0].thread)
        running.append(Running(thread, joined[number], before))
    return running


def _origin_name(report: Report) -> str:
    credit = credited(report.item, report.outlet)
    return credit.agency.name if credit else report.outlet.name
