"""What leads: every story's score is a sum of terms that a reader can check.

    score = section weight × (severity + origins + reach + novelty + recency)

Each term is the operator's weight times a value in 0…1 times its calibration below. One story per
thread: the thread's gravest event stands for it, its other events of the day are its developments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.analyse.severity import Severity
    from digest.model import Editorial, Origin, Report, Section

SEVERITY, ORIGINS, REACH, NOVELTY, RECENCY, MATTER = 1.0, 0.55, 0.45, 0.30, 0.15, 0.9
"""How much a full term is worth beside the others; set on the eight real days, 2026-11."""
_FULL_ORIGINS = 12
_FULL_OUTLETS = 25
_FULL_LANGUAGES = 5
_HALF_LIFE_HOURS = 18.0
FRESH_LEAD_HOURS = 4.0
"""A single origin's report this young is not marked down for standing alone."""


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A story's score, its terms largest first, and the reasons in words."""

    score: float
    terms: tuple[Term, ...]
    reasons: tuple[str, ...]


def score(
    reports: Sequence[Report],
    origins: Sequence[Origin],
    *,
    section: Section,
    matter: float,
    gravity: Severity,
    seen_before: bool,
    editorial: Editorial,
    now: datetime,
) -> Scored:
    """Score of one story; `matter` is the mean probability that its reports are security matters."""
    outlets = {report.outlet.name for report in reports}
    languages = {report.lang for report in reports if report.lang}
    countries = {report.outlet.country for report in reports if report.outlet.country}
    newest = max(report.item.when for report in reports)
    hours = max(0.0, (now - newest).total_seconds() / 3600)
    standing = min(1.0, math.log2(1 + len(origins)) / math.log2(1 + _FULL_ORIGINS))
    if len(origins) == 1 and hours <= FRESH_LEAD_HOURS:
        standing = max(standing, 0.45)
    reach = 0.7 * min(1.0, math.log2(1 + len(outlets)) / math.log2(1 + _FULL_OUTLETS)) + 0.3 * min(
        1.0, (len(countries) + 2 * (len(languages) - 1)) / (2.0 * _FULL_LANGUAGES)
    )
    weights = editorial.weights
    terms = [
        Term("matter", MATTER * matter),
        Term("severity", SEVERITY * weights.severity * gravity.value),
        Term("origins", ORIGINS * weights.origins * standing),
        Term("reach", REACH * weights.reach * reach),
        Term("novelty", NOVELTY * weights.novelty * (0.0 if seen_before else 1.0)),
        Term("recency", RECENCY * weights.recency * 0.5 ** (hours / _HALF_LIFE_HOURS)),
    ]
    factor = next((s.weight for s in editorial.sections if s.id == section), 1.0)
    total = round(factor * sum(term.value for term in terms), 6)
    reasons = [
        f"{_count(len(outlets), 'outlet')}, {_count(len(origins), 'independent origin')}",
        *gravity.signs,
    ]
    if len(countries) > 1:
        reasons.append(f"reported from {len(countries)} countries")
    if len(languages) > 1:
        reasons.append(f"in {len(languages)} languages")
    reasons.append("running story" if seen_before else "new today")
    ordered = tuple(sorted(terms, key=lambda term: (-term.value, term.name)))
    return Scored(total, ordered, tuple(reasons))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
