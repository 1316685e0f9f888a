"""What of an edition is drawn, and how it is told to those who do not see it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.model import Brief, Edition, Figure, FigureValue, Origin, Story
from digest.render import charts, worldmap
from digest.render.charts import Dot
from digest.render.safe import plain
from digest.render.svg import Caption
from digest.render.view import ChartView, MapView, Place, VolumeRow
from digest.render.words import Words

HOUR = timedelta(hours=1)
FEWEST_REPORTS, FEWEST_HOURS = 6, 3
"""Under which a chart of reports per hour says less than the list of sources."""
LONGEST = 72
"""Hours that such a chart goes back from the last report; a bar must be wider than its gap."""
FEWEST_VALUES = 3
"""Printed numbers that make a development; two stand in the table as clearly."""
FORTNIGHT = 14
FEWEST_EDITIONS = 3
"""Earlier editions that make the fortnight's volumes worth a look."""


# --- Where -----------------------------------------------------------------------------------


def story_map(edition: Edition, words: Words) -> MapView | None:
    """The locator map; None where no story's country is known."""
    located = worldmap.locate([(brief.story.rank, brief.story.places) for brief in edition.briefs])
    if located is None:
        return None
    places = tuple(
        Place(plain(words.country(pin.code, pin.country)), pin.ranks) for pin in located.pins
    )
    told = words.listing([f"{place.name} ({place.numbers})" for place in places])
    seen = words.phrase("map_seen", places=told)
    caption = Caption("map", words.phrase("map"), seen)
    svg = worldmap.draw(located, caption)
    return MapView(caption.title, seen, svg, places, located)


# --- When ------------------------------------------------------------------------------------


def reports_per_hour(story: Story, words: Words) -> ChartView | None:
    """When the lead's reports came; None for few reports, or all at once."""
    times = sorted(report.item.when for report in story.reports)
    if not times:
        return None
    end = times[-1].replace(minute=0, second=0, microsecond=0)
    times = [at for at in times if at > end - LONGEST * HOUR]
    if len(times) < FEWEST_REPORTS:
        return None
    start = times[0].replace(minute=0, second=0, microsecond=0)
    hours = [start + n * HOUR for n in range((end - start) // HOUR + 1)]
    if len(hours) < FEWEST_HOURS:
        return None
    counts = [0] * len(hours)
    for at in times:
        counts[(at - start) // HOUR] += 1
    peak = max(counts)
    seen = words.phrase(
        "hours_seen",
        n=len(times),
        start=words.time(times[0]),
        end=words.time(times[-1]),
        peak=peak,
        at=words.time(hours[counts.index(peak)]),
    )
    caption = Caption("hours", words.phrase("hours"), seen)
    every = 6 if len(hours) > 12 else 2
    labels = [words.hour(at) if words.local(at).hour % every == 0 else "" for at in hours]
    return ChartView(caption.title, seen, charts.bars(caption, counts, labels, height=110))


def figure_over_time(figures: Sequence[Figure], words: Words) -> ChartView | None:
    """How the first figure that moved, or on which accounts differ, was printed over time."""
    moving = ((figure, _numbers(figure)) for figure in figures)
    figure, dots = next(((f, dots) for f, dots in moving if _develops(dots)), (None, []))
    if figure is None:
        return None
    start, end = dots[0][0].at, dots[-1][0].at
    top = max(range(len(dots)), key=lambda n: dots[n][2])
    labelled = {0, top, len(dots) - 1}
    drawn = [
        Dot(_share(value.at, start, end), low, high, _printed(low, high, words) * (n in labelled))
        for n, (value, low, high) in enumerate(dots)
    ]
    what = words.figure(figure.label)
    seen = words.phrase(
        "figure_chart_seen",
        first=_printed(*dots[0][1:], words),
        first_at=words.time(start),
        last=_printed(*dots[-1][1:], words),
        last_at=words.time(end),
        highest=_printed(*dots[top][1:], words),
    )
    caption = Caption("development", words.phrase("figure_chart", what=what), seen)
    ticks = [(0.0, words.time(start)), (1.0, words.time(end))]
    svg = charts.over_time(caption, drawn, ticks, height=130, show=words.quantity)
    return ChartView(caption.title, seen, svg, words.phrase("figure_chart_note"))


Number = tuple[FigureValue, float, float]
"""A printed value and the span at which it is drawn."""


def _numbers(figure: Figure) -> list[Number]:
    """The values that are numbers, oldest first: not "dozens", whose place is no one's word."""
    spans = [(value, *_bounds(value.low, value.high)) for value in figure.values if not value.vague]
    return [n for n in spans if math.isfinite(n[1]) and math.isfinite(n[2])]


def _develops(dots: Sequence[Number]) -> bool:
    return (
        len(dots) >= FEWEST_VALUES
        and dots[0][0].at < dots[-1][0].at
        and len({(low, high) for _, low, high in dots}) > 1
    )


def _bounds(low: float | None, high: float | None) -> tuple[float, float]:
    """A printed span; "at least 12" is drawn at 12, for no more was said."""
    known = [bound for bound in (low, high) if bound is not None]
    return (min(known), max(known)) if known else (math.nan, math.nan)


def _printed(low: float, high: float, words: Words) -> str:
    return words.quantity(low) if low == high else f"{words.quantity(low)}–{words.quantity(high)}"


def _share(at: datetime, start: datetime, end: datetime) -> float:
    return (at - start) / (end - start) if end > start else 0.0


# --- From whom -------------------------------------------------------------------------------


def lanes(story: Story, origins: Sequence[Origin], words: Words) -> tuple[tuple[str, ...], str]:
    """(a lane per origin, their common time axis): who came first, and who repeated whom.

    Empty where all came at one time.
    """
    times = {report.item.id: report.item.when for report in story.reports}
    every = [times[item] for origin in origins for item in origin.items if item in times]
    if not every or min(every) == max(every):
        return (), ""
    start, end = min(every), max(every)
    drawn = []
    for number, origin in enumerate(origins, start=1):
        own = sorted(times[item] for item in origin.items if item in times)
        seen = words.phrase(
            "lane_seen",
            n=len(own),
            start=words.time(own[0]) if own else "",
            end=words.time(own[-1]) if own else "",
        )
        caption = Caption(f"lane-{number}", plain(origin.name), seen)
        drawn.append(charts.lane(caption, [_share(at, start, end) for at in own]))
    axis = charts.time_axis([(0.0, words.time(start)), (1.0, words.time(end))])
    return tuple(drawn), axis


# --- How much --------------------------------------------------------------------------------


def fortnight(edition: Edition, words: Words) -> tuple[VolumeRow, ...]:
    """Each section's reports day by day, today last; empty where too few editions came before."""
    days = [edition.date - timedelta(days=n) for n in reversed(range(FORTNIGHT))]
    volumes = [v for v in edition.volumes if days[0] <= v.date < edition.date]
    if len(volumes) < FEWEST_EDITIONS:
        return ()
    counted = {volume.date: dict(volume.reports) for volume in volumes}
    counted[edition.date] = dict(volume_of(edition.briefs))
    rows = []
    for section in edition.editorial.sections:
        values = [counted.get(day, {}).get(section.id, 0) for day in days]
        if not any(values):
            continue
        label = plain(section.label)
        seen = words.phrase("fortnight_seen", n=values[-1], most=max(values[:-1]))
        caption = Caption(f"fortnight-{section.id}", label, seen)
        rows.append(VolumeRow(label, values[-1], seen, charts.spark(caption, values)))
    return tuple(rows)


def volume_of(briefs: Sequence[Brief]) -> tuple[tuple[str, int], ...]:
    """(section, reports of its stories), of an edition's briefs."""
    counts: dict[str, int] = {}
    for brief in briefs:
        section = brief.story.section
        counts[section] = counts.get(section, 0) + len(brief.story.reports)
    return tuple(sorted(counts.items()))
