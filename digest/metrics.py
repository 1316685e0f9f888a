"""The picture of `digest status` as Prometheus metrics: read from the archive at each scrape.

No counter lives in the process, so a restart loses none, and `digest serve` tells the same as
`digest run`. Nothing here names a reader or an address of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from digest.delivery import DELIVERY_STATES
from digest.status import Picture

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(found: Picture) -> bytes:
    """The metrics of `found` in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    class Collector:
        def collect(self) -> Iterable[Metric]:
            return _metrics(found)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return generate_latest(registry)


def _metrics(found: Picture) -> Iterable[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    def gauge(name: str, text: str, value: float) -> Metric:
        made = GaugeMetricFamily(f"digest_{name}", text)
        made.add_metric([], value)
        return made

    def by(label: str, name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
        made = GaugeMetricFamily(f"digest_{name}", text, labels=[label])
        for key, value in values:
            made.add_metric([key], value)
        return made

    if found.last is not None:
        made = found.last.made.timestamp()
        yield gauge("last_edition_timestamp_seconds", "When the last edition was made.", made)
        yield gauge("last_edition_number", "Its number.", found.last.number)
        degraded = float(found.last.status == "degraded")
        yield gauge("last_edition_degraded", "Whether it is degraded.", degraded)
    due = found.next_edition.due.timestamp()
    yield gauge("next_edition_timestamp_seconds", "When the next one is due.", due)
    yield gauge("editions", "Editions in the archive.", found.editions)
    yield gauge("reports", "Reports in the archive.", found.reports)
    yield gauge("database_bytes", "Size of the database.", found.bytes)
    feeds = [("dead", len(found.dead)), ("silent", len(found.silent))]
    rest = found.feeds - sum(count for _, count in feeds)
    yield by("state", "feeds", "Feeds by their health.", [*feeds, ("well", rest)])
    yield gauge("matters", "What `digest status` asks to be looked at.", len(found.attention))
    failing = [(key, failure.count) for key, failure, _ in found.failing]
    yield by("task", "task_failures", "Failures in a row of tasks that fail now.", failing)
    yield from _durations(found, by)
    states = [(state, found.letters.get(state, 0)) for state in DELIVERY_STATES]
    yield by("state", "letters", "Letters of the last edition by state.", states)
    returned = sorted(found.returned.items())
    yield by("kind", "returned_letters", "Mail that came back within a week.", returned)
    unused = sorted(found.unused.items())
    yield by("why", "unused_reports", "Reports not used for the last edition.", unused)


def _durations(found: Picture, by: Callable[..., Metric]) -> Iterable[Metric]:
    last = sorted(found.last_of.items())
    took = [(kind, (task.finished - task.started).total_seconds()) for kind, task in last]
    yield by("kind", "task_seconds", "How long the last task of a kind took.", took)
    ended = [(kind, task.finished.timestamp()) for kind, task in last]
    yield by("kind", "task_timestamp_seconds", "When it ended.", ended)
    stages = sorted(found.stages.items())
    yield by("stage", "stage_seconds", "Stages of the last edition.", stages)
