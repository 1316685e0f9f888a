"""What leads: every story's score is a sum of terms that a reader can check.

    score = section weight × (matter + severity + origins + reach + novelty + recency)

Each term is the operator's weight times a value in 0…1 times its calibration below; `matter` is how
surely and how squarely the reports are a security matter. One story per
thread: the thread's gravest event stands for it, its other events of the day are its developments.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.analyse.sections import PASTIMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from digest.analyse.severity import Severity
    from digest.model import Editorial, Origin, Report, Section

MATTER, SEVERITY, ORIGINS, REACH, NOVELTY, RECENCY = 0.8, 1.0, 0.5, 1.0, 0.3, 0.15
"""What a full term is worth beside the others: from a sweep over the eight real days (2026-11),
scored by how many of the editors' security events the top ten cover; the optimum is flat."""
PRIOR: Mapping[Section, float] = {
    "conflict": 1.0,
    "terrorism": 0.9,
    "unrest": 0.9,
    "diplomacy": 0.85,
    "disaster": 0.65,
    "health": 0.7,
    "cyber": 0.6,
    "crime": 0.45,
}
"""How much of a security matter a section's ordinary story is: a murder trial is one, a war
more so. Swept over the eight real days with sections as they are learned (30 November 2026); the
optimum is flat. The operator's section weights come on top."""
ASIDE = 0.4
"""What is left of the matter of a story that nobody reports and somebody comments on, or of
which half is sport or culture: a song contest that a war is argued over."""
RUNNING = 0.4
"""What a running story keeps of its novelty, by the share of its reports that no edition had: the
second day of a war is news. Five days in a row (8 to 12 September 2025) read by eye: with nothing
left, a cleared building stood before a new government; with more than half, yesterday's attack led
before today's."""
VARIETY = 0.12
"""What a story gives up of its score for each one on the same country that stands before it, as a
front page has more than one war. From the eight days: at .10 and below, as without it, the top ten
cover one of the editors' 53 events less (30 November 2026)."""
_FULL_ORIGINS = 12
_FULL_REPORTS = 30
_FULL_COUNTRIES = 10
_HALF_LIFE_HOURS = 18.0
FRESH_LEAD_HOURS = 4.0
"""A single origin's report this young is not marked down for standing alone."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A story's score, and the reasons in words."""

    score: float
    reasons: tuple[str, ...]


def score(
    reports: Sequence[Report],
    origins: Sequence[Origin],
    *,
    section: Section,
    matter: float,
    gravity: Severity,
    seen_before: bool,
    fresh: float = 1.0,
    editorial: Editorial,
    now: datetime,
) -> Scored:
    """Score of one story; `matter` the mean probability that its reports are security, `fresh` the
    share of them that no earlier edition had."""
    outlets = {report.outlet.name for report in reports}
    languages = {report.lang for report in reports if report.lang}
    countries = {report.outlet.country for report in reports if report.outlet.country}
    newest = max(report.item.when for report in reports)
    hours = max(0.0, (now - newest).total_seconds() / 3600)
    standing = min(1.0, math.log2(1 + len(origins)) / math.log2(1 + _FULL_ORIGINS))
    if len(origins) == 1 and hours <= FRESH_LEAD_HOURS:
        standing = max(standing, 0.45)
    told = math.log2(1 + 0.5 * (len(outlets) + len(reports)))
    abroad = len(countries) + 2 * max(0, len(languages) - 1)
    reach = 0.8 * min(1.0, told / math.log2(1 + _FULL_REPORTS)) + 0.2 * min(
        1.0, (abroad - 1) / _FULL_COUNTRIES if abroad else 0.0
    )
    weights = editorial.weights
    if all(report.comment for report in reports) or 2 * sum(
        report.category in PASTIMES for report in reports
    ) >= len(reports):
        matter *= ASIDE
    terms = (
        MATTER * matter * PRIOR[section],
        SEVERITY * weights.severity * gravity.value,
        ORIGINS * weights.origins * standing,
        REACH * weights.reach * reach,
        NOVELTY * weights.novelty * (RUNNING if seen_before else 1.0) * fresh,
        RECENCY * weights.recency * 0.5 ** (hours / _HALF_LIFE_HOURS),
    )
    factor = next((s.weight for s in editorial.sections if s.id == section), 1.0)
    total = round(factor * sum(terms), 6)
    reasons = [
        f"{_count(len(outlets), 'outlet')}, {_count(len(origins), 'independent origin')}",
        *gravity.signs,
    ]
    if len(countries) > 1:
        reasons.append(f"reported from {len(countries)} countries")
    if len(languages) > 1:
        reasons.append(f"in {len(languages)} languages")
    reasons.append("running story" if seen_before else "in no earlier edition")
    return Scored(total, tuple(reasons))


def varied(
    scores: Sequence[float], subjects: Sequence[str], last: Collection[int] = ()
) -> list[tuple[int, float, int]]:
    """Stories by number, best first, with the score that is left of each and how many on its
    subject stand before it; see VARIETY. "" is no subject, and equal scores keep their order.

    Those in `last` stand behind all others, whatever their score, and take nothing from them.
    """
    before: Counter[str] = Counter()
    queue = [(number in last, -score, number, 0) for number, score in enumerate(scores)]
    heapq.heapify(queue)
    found = []
    while queue:
        behind, less, number, counted = heapq.heappop(queue)
        subject = subjects[number]
        if counted < before[subject]:
            counted = before[subject]
            left = round(scores[number] * (1 - VARIETY) ** counted, 6)
            heapq.heappush(queue, (behind, -left, number, counted))
            continue
        found.append((number, -less, counted))
        if subject:
            before[subject] += 1
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
