"""How grave an event is, read off its reports' words: the dead, the weapons, the states.

All signs are counted over the story's reports, so that one lurid headline does not carry a story:
a sign holds when at least a quarter of the reports (and the first three) show it, and dead are
counted where that many, or two, count them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.model import news_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Report

_NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "dozen": 12,
    "dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2000,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_NUMBER_WORDS |= _TENS | {
    f"{ten}-{one}": _TENS[ten] + _NUMBER_WORDS[one]
    for ten in _TENS
    for one in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
}
_VAGUE = frozenset({"dozens", "scores", "hundreds", "thousands"})
"""Words whose number weighs, but is nobody's: it is never printed."""
_AGE = r"\b(?![-\u2013 ]years?[- ]old)"
"""After a number: "killed 11-year-old Hamsa" counts one child, not eleven dead."""
_WORDED = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_SPACES = " \u00a0\u202f\u2009"
_N = (
    rf"((?<!\d[{_SPACES}])\d{{1,3}}(?:(?:,\d{{3}})+|(?:[{_SPACES}]\d{{3}})+)(?!\d)|\d+|{_WORDED})"
    rf"{_AGE}"
)
_DAY = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s\d{1,2}(?=\s\d{3}(?!\d))"
)
"""Before a number of its own: "On May 12 300 people were killed"."""
_ABOUT = "at least |more than |about |some |nearly |over |as many as |up to "
_WERE = "were|was|are|is|have been|been|reported|confirmed|feared|left"
_NO_DEAD = r"(?:years?|months?|weeks?|days?|hours?|minutes?|after|since|when)\b"
"""Between a number and "killed": "48 years after he was killed" counts no dead."""
_DEAD = "|".join(
    (
        r"(?<!\bto )(?:kill(?:s|ed|ing)?|(?:execut|massacr|murder|slaughter)(?:es|s|ed|ing))"
        rf"[’'”\"]?\s+(?:{_ABOUT})?{_N}\b(?! (?:\w+ )?(?:warrants?|orders?|searches|trades)\b)",
        rf"\b{_N}\s+(?:(?!{_NO_DEAD})\w+\s+){{0,3}}?(?:(?:{_WERE})\s+)*"
        r"(?:killed|dead|die[ds]?|executed|massacred|slaughtered|murdered)\b",
        rf"death toll (?:\w+\s+){{0,5}}?{_N}\b",
        rf"leav(?:es|ing)\s+(?:at least |more than )?{_N}\s+(?:\w+\s+)?dead",
        rf"claim(?:s|ed|ing)\s+(?:at least )?{_N}\s+lives",
    )
)
_KILLED = re.compile(_DEAD, re.IGNORECASE)
_TOTAL = re.compile(
    r"[^.;!?]{0,90}?\bsince (?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|dawn|midnight|yesterday)",
    re.IGNORECASE,
)
_SINCE = re.compile(r"(?:^|[.!?]\s)Since (?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)[^.!?]*$")
_RECORD = re.compile(r"\b(?:deadliest|worst|first|most|largest|biggest|highest)\b", re.IGNORECASE)
"""After the dead: "425 killed since October" counts a war's, not the event's; "12 killed in the
worst attack since 2008" counts the event's."""
_DEADLY = re.compile(
    r"\b(?:kill(?:s|ed|ing|ings)?|dead|deadly|deaths?|die[ds]?|fatal(?:ly|ities)?|massacre|slain|"
    r"assassinat\w+|tot[e]?n?|tués?|morts?|muert[eo]s?|uccis\w+|погиб\w*|убит\w*)\b",
    re.IGNORECASE,
)
_WEAPONS = re.compile(
    r"\b(?:air ?strikes?|missiles?|drones?|bomb(?:s|ed|ings?)?|shelling|artillery|rockets?|nuclear|"
    r"warheads?|chemical weapons?|gunfire|explosi\w+|blasts?|shoot(?:ings?|s)|shot|stabb\w+|"
    r"raketen?|drohnen?|frappes?|misiles?|ракет\w*|дрон\w*|беспилотник\w*)\b",
    re.IGNORECASE,
)
_STATE_FORCE = re.compile(
    r"\b(?:air ?strikes?|missiles?|drones?|troops|warships?|fighter jets?|air ?space|incursion|"
    r"invasion|invad\w+|annex\w*|offensive|military (?:action|operation|strike)s?|naval|navy|"
    r"strikes?|attack(?:s|ed)?|bomb(?:s|ed|ing)|war|frontline|border clash\w*|sanctions)\b",
    re.IGNORECASE,
)
_TURNING_POINT = re.compile(
    r"\b(?:escalat\w+|invo(?:ke|kes|ked|king) article|mobili[sz]\w+|declares? war|"
    r"state of emergency|martial law|coup|overthrow\w*|ouste?[dr]?s?|"
    r"resign(?:s|ed)? (?:after|amid)|ceasefire|truce|"
    r"evacuat\w+|retaliat\w+|ultimatum|emergency (?:meeting|session)|curfew|assassinat\w+|"
    r"captur\w+|surrender\w*|hostages?|ground (?:invasion|offensive|operation)|genocide|famine|"
    r"shut ?down|shot down|shoots? down|violat\w+|no[- ]confidence|confidence vote|"
    # Who governs.
    r"(?:interim|caretaker|acting|transitional) (?:prime minister|president|premier|PM|leader|"
    r"government)|(?:prime minister|president|premier|PM|government|cabinet|parliament)\b"
    r"[^.;]{0,30}\b(?:resigns?|resigned|resignation|steps? down|stepped down|ousted|falls|fell|"
    r"collapse[sd]?|toppled|dissolve[sd]?|impeached|sworn in))\b",
    re.IGNORECASE,
)
LEAST_COUNTING = 2
"""Reports, or a quarter of them, that must count dead for the event to have any: one live page
among many puts a war's dead into a summit's story."""
RISES = 2.0
"""Times the middle number of dead that a later one may be: the toll has risen since. Of 14 stories
of eight real days whose reports differ it is 19 in place of 13, 23 of 20, 10 of 8, 15 of 14, 64 of
44 and 12 of 8, as the headline says, and nowhere a war's (30 November 2026)."""
_SHOWN = 400
_REMEMBERED = 8_000
"""Answers kept: a running story's reports are asked about event by event, then together."""


@dataclass(frozen=True, slots=True)
class Severity:
    """`value` in 0…1 and the signs it was read from."""

    value: float
    killed: int
    """The dead that its reports give, as far as their toll has risen; 0 where none are given."""
    signs: tuple[str, ...]


def killed_in(text: str) -> int:
    """The largest number of dead that `text` states, 0 for none; years are no numbers of dead."""
    return _deaths(text)[0]


@lru_cache(_REMEMBERED)
def _holds(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


@lru_cache(_REMEMBERED)
def _deaths(text: str) -> tuple[int, str]:
    """(the largest number of dead, as it may be printed)."""
    most, shown = 0, ""
    text = _DAY.sub(lambda day: day.group() + ",", text)
    for match in _KILLED.finditer(text):
        if _SINCE.search(text, 0, match.start()):
            continue
        total = _TOTAL.match(text, match.end())
        if total and not _RECORD.search(total[0]):
            continue
        for group in match.groups():
            if group is None:
                continue
            word = re.sub(rf"(?<=\d)[,{_SPACES}]", "", group.lower())
            number = _NUMBER_WORDS.get(word, int(word) if word.isdigit() else 0)
            if not 1900 <= number <= 2100 and most < number < 1_000_000:
                most, shown = number, word if word in _VAGUE else f"{number:,}"
    return most, shown


def severity(reports: Sequence[Report]) -> Severity:
    """Of one event's reports, most central first; of the news among them, where there is any."""
    reports = news_of(reports)
    texts = [f"{r.item.title}. {r.item.text[:_SHOWN]}" for r in reports]

    def shared(pattern: re.Pattern[str]) -> bool:
        holds = [_holds(pattern, text) for text in texts]
        return sum(holds) * 4 >= len(holds) and any(holds[:3])

    # Of two far apart the less: the greater is oftener a war's than an event's.
    figures = sorted(deaths for text in texts if (deaths := _deaths(text))[0])
    if len(figures) < min(LEAST_COUNTING, len(texts) / 4):
        figures = []
    middle = figures[(len(figures) - 1) // 2][0] if figures else 0
    most = {False: RISES * middle, True: middle}
    killed, shown = max((f for f in figures if f[0] <= most[f[1] in _VAGUE]), default=(0, ""))
    countries = {place for report in reports for place in report.places[:3]}
    signs: list[str] = []
    value = 0.0
    if killed:
        signs.append(f"{shown} killed")
        value += 0.22 + min(0.28, 0.085 * math.log2(1 + killed) / 1.5)
    elif shared(_DEADLY):
        signs.append("deaths reported")
        value += 0.20
    if shared(_WEAPONS):
        signs.append("weapons used")
        value += 0.15
    between_states = sum(r.category in {"conflict", "diplomacy"} for r in reports) * 2 > len(
        reports
    )
    if len(countries) >= 2 and between_states and shared(_STATE_FORCE):
        signs.append("across borders")
        value += 0.25
    elif between_states and shared(_STATE_FORCE):
        value += 0.10
    if shared(_TURNING_POINT):
        signs.append("turning point")
        value += 0.15
    return Severity(min(1.0, round(value, 4)), killed, tuple(signs))
