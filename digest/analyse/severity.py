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

from digest.analyse.dead import RISES, VAGUE, deaths
from digest.analyse.sections import MISHAPS
from digest.model import news_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.model import Report

_DEADLY = re.compile(
    r"\b(?:(?<!\bto )kill|kill(?:s|ed|ing|ings)|(?<!near )dead|deadly|"
    r"(?<!to )(?<!near )deaths?(?! (?:penalt|sentence|row|threat|squad|cap\b))|die[ds]|"
    r"(?:people|children|men|women|migrants|passengers|patients|soldiers|\d) die|"
    r"(?:shot|stabbed|beaten|burned|crushed|starved) to death|fatal(?:ly|ities)?|massacre|slain|"
    r"(?<!attempted )assassinat\w+(?! (?:attempt|plot|bid|trial))|tote[nr]?(?! bags?)|getötet|"
    r"ums leben|todesopfer|tödlich\w*|ermordet\w*|tuée?s?|morts?|mort[ei]|meurtri\w+|noyés|"
    r"muert[aeo]s?|asesinad\w+|mata|uccis\w+|doden|gedood|погиб\w*|убит\w*|загин\w*|مقتل|"
    r"قتلى|قتيلا?)\b",
    re.IGNORECASE,
)
"""Not German "die" nor Dutch "tot", nor what is only planned, feared or a court's to give."""
_WEAPONS = re.compile(
    r"\b(?:air ?strikes?|missiles?|drones?|bomb(?:s|ed|ings?)?|shelling|artillery|rockets?|"
    r"nuclear (?:arms|weapons?|bombs?|missiles?|strikes?|tests?)|warheads?|chemical weapons?|"
    r"gunfire|shoot(?:ings?|s)|shot|stabb\w+|raketen?\w*|drohnen?\w*|luftangriff\w*|bomben?|"
    r"schüssen?|frappes?|tirs|misiles?|bombardeos?|tiroteo|missili?|raid aerei|ракет\w*|дрон\w*|"
    r"беспилотник\w*|обстрел\w*|صواريخ|صاروخ|غارات|غارة|مسيرات|قصف)\b",
    re.IGNORECASE,
)
_EXPLOSION = re.compile(
    r"\b(?:explosi(?:on(?:en|s)?|ves?)|blasts?|explosión|взрыв\w*|انفجار)\b", re.IGNORECASE
)
"""A weapon's, unless the event is one that befell people."""
_NUCLEAR = re.compile(
    r"\b(?:nuclear\b(?! (?:famil|medicine|company))|atom(?:programm|waff|bombe|abkommen|anlage)|"
    r"nucléaires?\b|ядерн|نووي)",
    re.IGNORECASE,
)
_STATE_FORCE = re.compile(
    r"\b(?:air ?strikes?|missiles?|drones?|troops|warships?|fighter jets?|air ?space|incursion|"
    r"invasion|invad\w+|annex\w*|offensive|military (?:action|operation|strike)s?|naval|navy|"
    r"strikes?|attack(?:s|ed)?|bomb(?:s|ed|ing)|war|frontline|border clash\w*|sanctions|"
    r"(?:luft)?angriffe?n?|greift|krieg|truppen|sanktionen|luftraum|kriegsschiffe?|drohnen|raketen?|"
    r"attaques?|frappes?|guerre|troupes|guerra|ataques?|tropas|sanciones|invasión|ofensiva|"
    r"buques de guerra|misiles|attacc\w+|truppe|атак\w*|удар\w*|войн\w*|войск\w*|санкци\w*|"
    r"дрон\w*|ракет\w*|هجوم|غارة|غارات|حرب|قوات|عقوبات|صواريخ)\b",
    re.IGNORECASE,
)
_MANY = (
    r"(?:\d+|dozens|hundreds|scores|soldiers|pupils|students|schoolgirls|journalists?|"
    r"aid workers?|researchers?|tourists?|worshippers|president)"
)
_ABDUCT = r"(?:abduct|kidnap)\w*"
"""Whom it takes for an abduction to be more than a crime."""
_TURNING_POINT = re.compile(
    r"\b(?:escalat\w+|invo(?:ke|kes|ked|king) article|mobili[sz]\w+|declares? war|"
    r"state of emergency|declares? (?:an? |national |nationwide )*emergency|mutin\w+|junta|"
    r"seiz\w+ power|fle(?:es?|d) (?:the |his |her )?country|blockad\w+|besieg\w+|"
    rf"{_MANY}\b[^.;]{{0,40}} {_ABDUCT}|{_ABDUCT} (?:\w+ )?{_MANY}|"
    r"martial law|coup|overthrow\w*|ouste?[dr]?s?|"
    r"resign(?:s|ed)? (?:after|amid)|ceasefire|truce|"
    r"retaliat\w+|ultimatum|emergency (?:meeting|session)|curfew|assassinat\w+|"
    r"(?<!photos )(?<!video )(?<!footage )(?<!images )captur\w+"
    r"(?! (?:by|in|on) (?:camera|video|film|photo))|"
    r"surrender\w*|hostages?|ground (?:invasion|offensive|operation)|genocide|famine|"
    r"shot down|shoots? down|(?:ceasefire|truce|airspace|border|sovereignty) violat\w+|"
    r"violat\w+ (?:of )?(?:\w+[’']s |its |the |\w+ )?(?:ceasefire|truce|airspace|borders?|"
    r"sovereignty|international law)|no[- ]confidence|confidence vote|"
    # Who governs.
    r"(?:interim|caretaker|acting|transitional) (?:prime minister|president|premier|PM|leader|"
    r"government)|(?:prime minister|president|premier|PM|government|cabinet|parliament)\b"
    r"[^.;]{0,30}\b(?:resigns?|resigned|resignation|steps? down|stepped down|ousted|falls|fell|"
    r"collapse[sd]?|toppled|dissolve[sd]?|impeached|sworn in)|"
    # The same in other languages.
    r"waffenruhe|waffenstillstand\w*|putsch\w*|staatsstreich|ausnahmezustand|kriegsrecht|geiseln?|"
    r"gestürzt|misstrauensvotum|mobilmachung|ausgangssperre|schießt[^.;]{0,40} ab|abgeschossen|"
    r"cessez-le-feu|trêve|coup d[’'][ée]tat|état d[’']urgence|otages?|couvre-feu|démission\w*|"
    r"motion de censure|renversée?|dissout|alto el fuego|tregua|golpe de estado|"
    r"estado de (?:emergencia|excepción)|rehenes|toque de queda|dimit(?:e|en|ió|ieron)|"
    r"dimisión|destituy\w+|destituid[oa]|cessate il fuoco|ostaggi|перемири\w*|"
    r"переворот\w*|заложник\w*|отставк\w*|هدنة|انقلاب|"
    r"وقف إطلاق النار|حالة الطوارئ|رهائن|استقالة|حظر تجول)\b",
    re.IGNORECASE,
)
_EVACUATED = re.compile(r"\bevacuat\w+", re.IGNORECASE)
_HALTED = re.compile(
    r"\b(?:shut(?:s|ting)? ?downs?|halt(?:s|ed|ing)?|outages?|paraly[sz]\w+|offline|disrupt\w+|"
    r"knock(?:s|ed|ing) out|cancel(?:s|led|lations?)|lahm\w*|ausfall\w*|ausgefallen|"
    r"stillstand|hors service|à l[’']arrêt|interrump\w+|"
    r"fuera de servicio|apag(?:ón|ones)|تعطيل|تعطل\w*|توقف\w*)\b",
    re.IGNORECASE,
)
"""What an attack on systems does beyond taking data."""
LEAST_COUNTING = 2
"""Reports, or a quarter of them, that must count dead for the event to have any: one live page
among many puts a war's dead into a summit's story."""
_SHOWN = 400
_REMEMBERED = 8_000
"""Answers kept: a running story's reports are asked about event by event, then together."""


@dataclass(frozen=True, slots=True)
class Severity:
    """`value` in 0…1 and the signs it was read from."""

    value: float
    signs: tuple[str, ...]


@lru_cache(_REMEMBERED)
def _holds(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def severity(reports: Sequence[Report]) -> Severity:
    """Of one event's reports, most central first; of the news among them, where there is any."""
    reports = news_of(reports)
    texts = [f"{r.item.title}. {r.item.text[:_SHOWN]}" for r in reports]

    def shared(*patterns: re.Pattern[str]) -> bool:
        holds = [any(_holds(pattern, text) for pattern in patterns) for text in texts]
        return sum(holds) * 4 >= len(holds) and any(holds[:3])

    # Of two far apart the less: the greater is oftener a war's than an event's.
    counted = [deaths(r.item.title, r.item.text[:_SHOWN]) for r in reports]
    figures = sorted(dead for dead in counted if dead[0])
    if len(figures) < min(LEAST_COUNTING, len(texts) / 4):
        figures = []
    middle = figures[(len(figures) - 1) // 2][0] if figures else 0
    most = {False: RISES * middle, True: middle}
    killed, shown = max((f for f in figures if f[0] <= most[f[1] in VAGUE]), default=(0, ""))
    countries = {place for report in reports for place in report.places[:3]}
    signs: list[str] = []
    value = 0.0
    if killed:
        signs.append(f"{shown} killed")
        value += 0.22 + min(0.28, 0.085 * math.log2(1 + killed) / 1.5)
    elif shared(_DEADLY):
        signs.append("deaths reported")
        value += 0.20
    befell = sum(r.section in MISHAPS for r in reports) * 2 > len(reports)
    if shared(_WEAPONS) if befell else shared(_WEAPONS, _EXPLOSION):
        signs.append("weapons involved")
        value += 0.15
    elif shared(_NUCLEAR):
        signs.append("a nuclear matter")
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
    elif shared(_EVACUATED):
        signs.append("people evacuated")
        value += 0.15
    elif sum(r.section == "cyber" for r in reports) * 2 > len(reports) and shared(_HALTED):
        signs.append("systems down")
        value += 0.10
    return Severity(min(1.0, round(value, 4)), tuple(signs))
