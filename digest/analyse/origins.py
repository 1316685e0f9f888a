"""How many newsrooms really stand behind a story's reports.

Two reports share an origin when one repeats the other's work: the same agency is credited (in the
dateline, the byline, the credit, the `<source>`), the outlets belong to one owner, the text is
reused (word shingles), or headline or opening run on in the same words (feeds carry
little more than those). Every merge keeps its reason in words, because "14 outlets" means nothing
until a reader knows how many of them are copies of one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from digest.analyse.outlets import UNNAMED
from digest.analyse.packaged import rows
from digest.model import Item, Origin, Outlet, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHINGLE = 5
"""Words per shingle."""
MIN_SHINGLES = 8
"""Below this a text is too short for reuse to show: two flashes agree by chance."""
REUSED = 0.35
"""Share of both texts' shingles (Jaccard's index) from which one is the other's: a few lines in a
long text are a quotation."""
SAME_RUN = 12
"""Words in a row that two headlines, or two openings, have in common only where one desk copied the
other. Over the cross-outlet pairs of bench/labels/origins.json (eight days, labelled in November
2026) the longest run of two desks that wrote for themselves is 11: a court's "for now" ruling."""
WIRE_RUN = 10
"""The same where one of the two is an agency's own report: its headline comes with its copy."""
QUOTE = "¶"
"""Stands for a quoted span; no run crosses it."""
OPENING = 40
"""Words of the text that count as its opening; deeper down two outlets may quote one speech."""
_REMEMBERED = 2_000
"""Reports whose words are kept: those of a running story are asked for by event, then together."""
_AP_PAGES = re.compile(r"//abcnews\.go\.com/(?:[^?#]*/)?wireStory/", re.IGNORECASE)
"""ABC News keeps the Associated Press's stories under an address of their own."""
_DATELINE_SPAN = 120
_TAIL_SPAN = 160
_STATEMENT_KINDS = frozenset({"government", "international"})
Where = Literal["dateline", "byline", "credit", "source", "address", "text", "outlet"]


@dataclass(frozen=True, slots=True)
class Agency:
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Credited:
    """An agency named as a report's origin, and where it is named."""

    agency: Agency
    where: Where


@cache
def _agencies() -> tuple[Mapping[str, Agency], str, str]:
    """(spelling → agency, pattern of sure spellings, pattern of all spellings)."""
    by_spelling: dict[str, Agency] = {}
    sure: list[str] = []
    every: list[str] = []
    for name, owner, spellings in rows("agencies", 3):
        agency = Agency(name, owner)
        for spelling in spellings.split("|"):
            plain = spelling.removesuffix("^")
            by_spelling[_folded(plain)] = agency
            every.append(re.escape(plain))
            if plain == spelling:
                sure.append(re.escape(plain))
    longest = sorted(every, key=len, reverse=True)
    return by_spelling, "|".join(sorted(sure, key=len, reverse=True)), "|".join(longest)


def _folded(spelling: str) -> str:
    """Without case, as patterns ignore it: for them "Ajansı" is "AJANSI", and "Xİnhua" Xinhua."""
    return spelling.casefold().replace("i\u0307", "i").replace("ı", "i")


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    _, sure, every = _agencies()
    # "CITY, May 3 (Reuters) -", "CITY (dpa/AFP) –", "CITY, 3 мая. /ТАСС/", "Reuters -"; between the
    # brackets agencies alone, so that "(AP students only)" is none.
    dateline = re.compile(
        rf"^[^()\n]{{0,90}}?[(（【\[/]\s*({every})(?:\s*[/,;&+-]\s*\w[\w. ]{{1,24}})?\s*[)）】\]/]"
        rf"|^\W*({sure})\s*[-–—:]\s|^[A-ZÀ-Þ][^\n]{{2,60}}?[,.]\s*({sure})\s*[-–—]\s"
    )
    byline = re.compile(
        rf"(?:^|\b(?:by|with|from|via|and|von|par|por|di)\s+|[/,;|(·-]\s*)({every})\b"
    )
    tail = re.compile(
        rf"(?:[(\[/–—-]\s*({every})\s*[)\]/]?|"
        rf"(?:source|quelle|fuente|fonte|bron|kilde)\s*:\s*({every}))\W*$",
        re.IGNORECASE,
    )
    told = re.compile(
        rf"\b(?:with|using) (?:input|reporting|material|content)s? from (?:the )?({sure})\b|"
        rf"\bby the ({sure})\b(?=\W*$)",
        re.IGNORECASE,
    )
    return dateline, byline, tail, told


def agency_named(text: str) -> Agency | None:
    """The agency whose name or spelling `text` is, such as a `<source>` or an outlet."""
    name = re.sub(r"^the\s+", "", " ".join(_folded(text).split()))
    return _agencies()[0].get(name)


def credited(item: Item, outlet: Outlet) -> Credited | None:
    """The agency that the report itself credits, or None; an agency's own page credits itself."""
    own = agency_named(outlet.name)
    if own is not None or outlet.kind == "agency":
        return Credited(own or Agency(outlet.name, outlet.owner), "outlet")
    dateline, byline, tail, told = _patterns()
    fields: tuple[tuple[str, Where], ...] = ((item.via, "source"), (item.credit, "credit"))
    for text, where in fields:
        found = agency_named(text) if text else None
        if found is not None and (where == "source" or not item.image):
            return Credited(found, where)
    if _AP_PAGES.search(item.url) and (found := agency_named("Associated Press")):
        return Credited(found, "address")
    match = dateline.match(item.text[: _DATELINE_SPAN + 60])
    if match:
        return Credited(_first(match), "dateline")
    if item.author:
        match = byline.search(item.author)
        if match:
            return Credited(_first(match), "byline")
    match = tail.search(item.text[-_TAIL_SPAN:]) if len(item.text) > 200 else None
    if match:
        return Credited(_first(match), "text")
    match = told.search(item.text[-400:])
    return Credited(_first(match), "text") if match else None


def _first(match: re.Match[str]) -> Agency:
    spelling = next(group for group in match.groups() if group)
    return _agencies()[0][_folded(spelling)]


@lru_cache(_REMEMBERED)
def _shingles(title: str, text: str) -> frozenset[str]:
    """The runs of SHINGLE words of a report; none where it is too short to tell."""
    words = _plain_words(f"{title} {text}")
    runs = (words[i : i + SHINGLE] for i in range(len(words) - SHINGLE + 1))
    shingles = frozenset(" ".join(run) for run in runs if QUOTE not in run)
    return shingles if len(shingles) >= MIN_SHINGLES else frozenset()


@lru_cache(_REMEMBERED)
def _plain_words(text: str) -> list[str]:
    """The words of `text`, each quoted span one QUOTE: a speaker's sentence is printed by all."""
    text = re.sub(r"[\"“«„][^\"“”«»„]*[\"”»“]", f" {QUOTE} ", text)
    return re.findall(rf"\w+|{QUOTE}", re.sub(r"(?<=\w)[’'](?=\w)", "", text.casefold()))


def reuse(items: Sequence[Item]) -> dict[tuple[int, int], float]:
    """Pairs a < b where b's text is a's, and the share of the shorter one's shingles that it has.

    Each text is compared with the first that has one of its shingles, not with all: a wire's ten
    thousand copies are all copies of the first.
    """
    found: dict[tuple[int, int], float] = {}
    runs = [_shingles(item.title, item.text) for item in items]
    first: dict[str, int] = {}
    for later, own in enumerate(runs):
        for earlier in {first.setdefault(run, later) for run in own} - {later}:
            shared = len(own & runs[earlier])
            if shared >= REUSED * len(own | runs[earlier]):
                found[earlier, later] = round(shared / min(len(own), len(runs[earlier])), 2)
    return found


def same_run(reports: Sequence[Report], wire: Sequence[bool]) -> dict[tuple[int, int], str]:
    """Pairs a < b whose headlines or openings share a run of words too long for chance, and the
    reason. `wire` tells which reports are an agency's own.

    Of many that share one run each is paired with one of them alone: joined they are all the same.
    """
    found: dict[tuple[int, int], str] = {}
    parts = [
        (_plain_words(report.item.title), _plain_words(report.item.text)[:OPENING])
        for report in reports
    ]
    for length in (SAME_RUN, WIRE_RUN) if any(wire) else (SAME_RUN,):
        for which, what in enumerate(("headline", "opening")):
            where: dict[tuple[str, ...], list[int]] = {}
            for i, part in enumerate(parts):
                words = part[which]
                for run in {tuple(words[k : k + length]) for k in range(len(words) - length + 1)}:
                    if QUOTE not in run:
                        where.setdefault(run, []).append(i)
            reason = f"same {what} ({length} words in a row)"
            for holders in where.values():
                able = holders if length == SAME_RUN else [i for i in holders if wire[i]]
                for i in holders if able else ():
                    if i != able[0]:
                        found.setdefault((min(i, able[0]), max(i, able[0])), reason)
    return found


def origins_of(reports: Sequence[Report]) -> tuple[Origin, ...]:
    """The independent origins of a story's reports, the largest first.

    `reports` in any order; items of an origin come earliest first.
    """
    order = sorted(reports, key=lambda r: (r.item.when, r.item.id))
    credits = [credited(report.item, report.outlet) for report in order]
    parent = list(range(len(order)))
    why: list[list[str]] = [[] for _ in order]

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(i: int, j: int, reason: str) -> None:
        a, b = root(i), root(j)
        if a != b:
            parent[max(a, b)] = min(a, b)
            why[j].append(reason)

    if len(order) > 1:
        _join_alike(order, credits, join)
        for (i, j), share in sorted(reuse([report.item for report in order]).items()):
            join(i, j, f"{share:.0%} the same text")
        own = [credit is not None and credit.where == "outlet" for credit in credits]
        for (i, j), reason in sorted(same_run(order, own).items()):
            join(i, j, reason)
    groups: dict[int, list[int]] = {}
    for i in range(len(order)):
        groups.setdefault(root(i), []).append(i)
    found = [_origin(members, order, credits, why) for members in groups.values()]
    return tuple(sorted(found, key=lambda o: (-len(o.items), o.kind != "wire", o.name, o.items)))


def _join_alike(
    order: Sequence[Report],
    credits: Sequence[Credited | None],
    join: Callable[[int, int, str], None],
) -> None:
    first_of: dict[tuple[str, str], int] = {}
    for i, (report, credit) in enumerate(zip(order, credits, strict=True)):
        owner = report.outlet.owner or report.outlet.domain or report.outlet.name
        if credit is not None:
            key = "wire", credit.agency.owner or credit.agency.name
            reason = f"credited to {credit.agency.name} ({credit.where})"
        elif owner != UNNAMED:
            key, reason = ("owner", owner), f"one publisher ({owner})"
        else:
            continue
        earlier = first_of.setdefault(key, i)
        if earlier != i:
            join(earlier, i, reason)


def _origin(
    members: Sequence[int],
    order: Sequence[Report],
    credits: Sequence[Credited | None],
    why: Sequence[Sequence[str]],
) -> Origin:
    wires = Counter(credit.agency.name for i in members if (credit := credits[i]) is not None)
    items = tuple(order[i].item.id for i in members)
    reasons = Counter(reason for i in members for reason in why[i])
    if wires:
        name = min(wires, key=lambda wire: (-wires[wire], wire))
        own = next(
            (i for i in members if (c := credits[i]) is not None and c.where == "outlet"), None
        )
        count = sum(wires.values())
        copies = f"{len(members)} reports" if len(members) > 1 else "1 report"
        text = (
            f"credited to {name} in {count} of {copies}" if own is None else f"{name}'s own report"
        )
        extra = [reason for reason in sorted(reasons) if reason.startswith("same ")]
        if own is not None and len(members) > 1:
            text += " and what credits or repeats it"
        return Origin(name, "wire", items, "; ".join([text, *extra[:1]]))
    first = order[members[0]]
    kind: Literal["own", "statement"] = (
        "statement" if first.outlet.kind in _STATEMENT_KINDS else "own"
    )
    if not reasons or len({order[i].outlet.name for i in members}) == 1:
        text = "own reporting" if kind == "own" else "its own statement"
    else:
        text = "; ".join(reason for reason, _ in sorted(reasons.items())[:2])
    return Origin(first.outlet.name, kind, items, text)
