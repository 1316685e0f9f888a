"""A story's figures over outlets and time: agreed, risen, or in disagreement now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from digest.model import SAME_TIME, Figure, FigureState, FigureValue, Part, Report
from digest.tags import primary
from digest.write import sentences, tokens
from digest.write.cite import cite, part_of
from digest.write.figures import MONEY, Found, extract, of_another_event
from digest.write.languages import FALLBACK
from digest.write.quantities import Quantity

# A value more than this many times the story's middle one counts something else (a war's dead
# beside a strike's).
OTHER_SCALE = 12.0
# A wider range than that is no headline: "30 to 120 arrested" are two nights or two towns.
WIDEST = 3.0
_ORDER = ("killed", "injured", "missing", "arrested", "displaced", MONEY, "magnitude")


def tally(
    reports: Sequence[Report], about: Collection[str] = (), head: Report | None = None
) -> tuple[Figure, ...]:
    """The figures that the story's reports print, each outlet's latest and earlier values.

    `about` holds the content words of the story: a sentence that shares fewer than two of them
    counts something else, or fewer than one right under a title that shares two. Without them every
    sentence counts, but for what is too long for one. What the title of `head` counts, the story
    is about.
    """
    found: dict[str, list[FigureValue]] = defaultdict(list)
    for report in sorted(reports, key=lambda r: (r.item.when, r.item.id)):
        said: dict[str, list[FigureValue]] = defaultdict(list)
        for label, value in _values(report, frozenset(about), heads=report is head):
            said[label].append(value)
        for label, values in said.items():
            found[label].append(_best(values, report))
    undated = {report.item.id for report in reports if report.item.date is None}
    figures = []
    for label in sorted(found, key=lambda name: (_rank(name), name)):
        own = [v for v in found[label] if head and v.citation.item == head.item.id]
        values = _unless_older(found[label], undated)
        values = _moved(_unless_outnumbered(_one_scale(values)))
        if label.startswith(f"{MONEY},") or all(value.vague for value in values):
            continue  # a sum of nobody knows what, and words that count nothing
        found_state = state(values)
        if found_state == "disagree" and len({v.outlet for v in values}) == 1:
            # One outlet does not contradict itself: it counted two things, or takes one back.
            values, found_state = own[:1] or values[-1:], "single"
        figures.append(Figure(label, tuple(values), found_state))
    return tuple(figures)


def _best(values: Sequence[FigureValue], report: Report) -> FigureValue:
    """What one report counts: the title is the outlet's own pick, and a text may hold a part ("five
    of them"). But a number goes before "dozens", and the whole before what it includes."""
    first = values[0]
    for value in values[1:]:
        if first.vague and not value.vague and compatible(first, value):
            return value
        c = value.citation
        sentence = part_of(report.item, c.part)[c.start : c.end]
        part = rf"\bincluding (?:the )?{re.escape(plain(_size(first)))}\b"
        if _size(value) > _size(first) and re.search(part, sentence):
            return value
    return first


def _unless_older(values: list[FigureValue], undated: Collection[str]) -> list[FigureValue]:
    """Without what reports of nobody knows when count, where a dated one gives a higher number."""
    dated = [v for v in values if v.citation.item not in undated and not v.vague]
    return [
        value
        for value in values
        if value.citation.item not in undated
        or not any(_size(value) < _size(d) and not compatible(value, d) for d in dated)
    ]


def _rank(label: str) -> int:
    return next((i for i, name in enumerate(_ORDER) if label.startswith(name)), len(_ORDER))


def _values(report: Report, about: frozenset[str], *, heads: bool) -> list[tuple[str, FigureValue]]:
    values = []
    lang = report.lang or report.item.lang or "en"
    parts: tuple[Part, ...] = ("title", "text")
    under = len(about & set(tokens.content(report.item.title))) >= 2
    for part in parts:
        whole = part_of(report.item, part)
        for start, end in sentences.spans(whole, lang) if part == "text" else [(0, len(whole))]:
            sentence = whole[start:end]
            if len(sentence) > sentences.MAX_LENGTH or sentences.furnished(sentence):
                continue
            least = 1 if under and part == "text" and not start else 2
            told = not about or len(about & set(tokens.content(sentence))) >= least
            if not (heads and part == "title") and (not told or of_another_event(sentence)):
                continue
            for f in extract(sentence, lang):
                values.append((f.label, _value(report, part, start, end, f)))
    return values


def _value(report: Report, part: Part, start: int, end: int, f: Found) -> FigureValue:
    # The whole sentence is cited: a reader who follows a number wants to see what it counts.
    citation = cite(report, part, start, end)
    return FigureValue(
        outlet=citation.outlet,
        at=report.item.when,
        low=f.quantity.low,
        high=f.quantity.high,
        printed=f.printed,
        citation=citation,
        vague=f.quantity.vague,
    )


def _moved(values: list[FigureValue]) -> list[FigureValue]:
    """Without an outlet's repetitions of the same count, be it "12" or "at least 12"."""
    kept: list[FigureValue] = []
    last: dict[str, FigureValue] = {}
    for v in values:
        before = last.get(v.outlet)
        if before is None or _size(before) != _size(v):
            kept.append(v)
            last[v.outlet] = v
    return kept


def _size(v: FigureValue | Quantity) -> float:
    return v.high if v.low is None else v.low  # type: ignore[return-value]


def _one_scale(values: list[FigureValue]) -> list[FigureValue]:
    """Without values that count something else: far from the middle one."""
    sizes = sorted(_size(v) for v in values if not v.vague) or sorted(map(_size, values))
    middle = sizes[(len(sizes) - 1) // 2]
    return [v for v in values if middle <= 0 or _near(_size(v), middle, OTHER_SCALE)]


def _unless_outnumbered(values: list[FigureValue]) -> list[FigureValue]:
    """Without words such as "several" that say far less than a number does; and such as "dozens"
    that fit none: of an outlet that gives numbers itself, where two do and one of them later, or
    where a single outlet's word would let a number rise. That counts another event's."""
    numbers = [value for value in values if not value.vague]
    outlets = {number.outlet for number in numbers}
    words_of = {value.outlet for value in values if value.vague}

    def stands(word: FigureValue) -> bool:
        if any(compatible(word, number) for number in numbers):
            return max(map(_size, numbers)) <= WIDEST * _size(word)
        if word.outlet in outlets:
            return False
        if all(number.at <= word.at - SAME_TIME for number in numbers):
            return len(words_of) > 1
        return len(outlets) < 2 or all(number.at < word.at for number in numbers)

    return [value for value in values if not value.vague or not numbers or stands(value)]


def _near(a: float, b: float, most: float) -> bool:
    return a <= b * most and b <= a * most


def _least(v: FigureValue | Quantity) -> float:
    """The least that `v` says. "Dozens" and "several" are said of half as many, too."""
    if v.low is None:
        return 0.0
    return v.low / 2 if v.vague else v.low


def counted(title: str, lang: str) -> list[Found]:
    """What a title counts of its own event."""
    return [] if of_another_event(title) else extract(title, lang or FALLBACK)


def goes_on(early: Sequence[Found], late: Sequence[Found]) -> bool:
    """Whether `late` may count what `early` did: some number contradicts it not, or is more, and
    both are of one size."""
    return any(
        a.label == b.label
        and _near(_size(a.quantity), _size(b.quantity), WIDEST)
        and (compatible(a.quantity, b.quantity) or _size(b.quantity) > _size(a.quantity))
        for a in early
        for b in late
    )


def compatible(a: FigureValue | Quantity, b: FigureValue | Quantity) -> bool:
    """Whether both can be true of one count at one time."""
    low = max(_least(a), _least(b))
    high = min(
        a.high if a.high is not None else float("inf"),
        b.high if b.high is not None else float("inf"),
    )
    return low <= high


def state(values: Sequence[FigureValue]) -> FigureState:
    """`values` oldest first. Risen: each contradiction is a later, higher count.

    What an outlet has since raised itself contradicts no other outlet: it was its word of then. An
    outlet that still says "at least 17" long after another's 19 does not take that over.
    """
    if len({v.outlet for v in values}) < 2 and len(values) < 2:
        return "single"
    last = {v.outlet: v for v in values}
    risen = False
    for i, early in enumerate(values):
        for late in values[i + 1 :]:
            if compatible(early, late):
                if late is last[late.outlet] and early is last[early.outlet] and _lags(early, late):
                    return "disagree"
                continue
            if early.outlet == late.outlet:
                contradicted = _size(late) <= _size(early)
            elif any(_size(v) < _size(last[v.outlet]) for v in (early, late)):
                contradicted = False
            else:
                contradicted = _size(late) <= _size(early) or late.at - early.at < SAME_TIME
            if contradicted:
                return "disagree"
            risen = True
    return "risen" if risen else "agree"


def _lags(early: FigureValue, late: FigureValue) -> bool:
    """Whether `late`, open upwards, stays below the number that `early` had long printed."""
    return (
        early.low is not None
        and early.low == early.high
        and late.low is not None
        and late.high is None
        and not late.vague
        and late.low < early.low
        and late.low % 10 != 0  # "more than 40" rounds another's 45
        and late.at - early.at >= SAME_TIME
    )


def plain(value: float) -> str:
    """A count or a magnitude as English prints it: "1,200", "6.1"."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def extremes(figure: Figure) -> tuple[FigureValue, FigureValue]:
    """The outlets' lowest and highest last words."""
    now = [v for v in figure.latest if not v.vague] or figure.latest
    return min(now, key=_size), max(now, key=_size)


def as_printed(label: str, printed: str) -> str:
    """A count without the capitals of the title that printed it; those of "A$" stay."""
    return printed if label.startswith(MONEY) else printed.lower()


def in_words(figure: Figure) -> str:
    """The figure for the machine's labels: "12", "at least 12", "12 to 19"; never an average.

    Amounts stand as printed, with their currency.
    """
    low, high = extremes(figure)
    if figure.state == "disagree" and _size(low) != _size(high):
        if figure.label.startswith(MONEY):
            return re.sub(r"\s+", " ", f"{low.printed} to {high.printed}")
        return _span(low, high)
    return re.sub(r"\s+", " ", as_printed(figure.label, figure.newest.printed))


def range_of(
    figure: Figure, language: str = FALLBACK
) -> tuple[str, FigureValue, FigureValue] | None:
    """ "12 to 19" or "18 to at least 57" where the outlets disagree in numbers; None elsewhere.

    Words such as "dozens" give no number to print. In other languages than English it is "12–19":
    what would need a word ("at least") or the language's separators ("1,200") is no range there.
    """
    if figure.state != "disagree" or figure.label.startswith(MONEY):
        return None
    low, high = extremes(figure)
    if _size(high) > WIDEST * _size(low):
        return None
    if _size(low) >= _size(high) or low.vague or high.vague:
        return None
    english = primary(language) == FALLBACK
    if english and low.printed.isalpha() and high.printed.isalpha():
        return f"{low.printed.lower()} to {high.printed.lower()}", low, high
    if not all(re.search(r"\d", v.printed) for v in (low, high)):
        return None  # "nine to at least 12" is in no source
    ends = plain(_size(low)), plain(_size(high))
    if not english:
        worded = high.high is None or not all(map(str.isdecimal, ends))
        return None if worded else ("–".join(ends), low, high)
    return _span(low, high), low, high


def _span(low: FigureValue, high: FigureValue) -> str:
    bound = "at least " if high.high is None else ""
    return f"{plain(_size(low))} to {bound}{plain(_size(high))}"
