"""How many dead a report gives its event: the largest number that its headline, or else its text,
counts dead; not those of other times, of what may be, and of what is no people.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from digest.analyse.words import SPELT

RISES = 2.0
"""Times the number of dead that one source gives that another's may be. The toll has risen since.
Of 14 stories of eight real days whose reports differ it is 19 in place of 13, 23 of 20, 10 of 8, 15
of 14, 64 of 44 and 12 of 8, as the headline says, and nowhere a war's (30 November 2026)."""
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_NUMBER_WORDS = SPELT | _TENS | {
    "dozen": 12, "half a dozen": 6, "two dozen": 24, "three dozen": 36, "a hundred": 100,
    "dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2000,
}  # fmt: skip
_NUMBER_WORDS |= {
    f"{ten}-{one}": tens + ones
    for ten, tens in _TENS.items()
    for one, ones in SPELT.items()
    if ones < 10
}
VAGUE = frozenset({"dozens", "scores", "hundreds", "thousands"})
"""Words whose number weighs, but is nobody's: it is never printed."""
_PEOPLE = r"(?:people|persons|civilians|soldiers|troops|others|residents|villagers|men|women)\b"
_YEAR = rf"(?!(?:19|20)\d\d\b(?! {_PEOPLE}))"
_WORDED = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_SPACES = " \u00a0\u202f\u2009"
_THINGS = (
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|times|per ?cent|percent|km|kilomet\w+|miles?|"
    r"met(?:er|re)s?|jobs|pubs|trees|animals|birds|cattle|cows|dogs|horses|koalas|pigs|sheep|whales|"
    r"dinosaurs|warrants?|orders?|searches|trades|bills|million|billion|trillion)\b"
)
"""After a number: what is no people, and ages ("11-year-old")."""
_N = (
    rf"(?<![\d.,/])(?<![A-Za-z]-){_YEAR}"
    rf"((?<!\d[{_SPACES}])\d{{1,3}}(?:(?:,\d{{3}})+|(?:[{_SPACES}]\d{{3}})+)(?!\d)|\d+"
    rf"|\b(?:{_WORDED}))\b(?![,.]\d|\s?%| in (?:\d|{_WORDED}))(?![-\u2013 ](?:\w+ )?{_THINGS})"
)
_ABOUT = (
    r"(?:(?:at least|more than|no fewer than|as many as|up to|an estimated|about|around|some|"
    r"nearly|almost|over|roughly|another|all|a)\s+){0,2}"
)
_BREAKS = (
    rf"(?:{_THINGS}|(?:after|since|when|before|while|as|who|whose|wounded|injured|hurt|arrested|"
    r"detained|held|rescued|missing|sick|ill|charged|jailed|sentenced|convicted|accused|hanging|"
    rf"(?:could|would|can|cannot|will|should)|(?:may|might)(?! have)|{_WORDED})\b)"
)
"""Between a number and "killed": "48 years after he was killed" counts no dead, and of "five hurt
and one killed" the number is one."""
_ASIDE = (
    r"(?:,\s+(?:including|mostly|most of|many of|some of|among|all|half of)\b[^,.;:!?]{3,60},)?"
)
_BETWEEN = (
    rf"(?:\s+of (?:the|its|their) (?:\d+|{_WORDED}))?{_ASIDE}\s+"
    rf"(?:(?!{_BREAKS})[‘’'“”\"]?[^\W\d][\w’'-]*[’”'\"]?{_ASIDE}\s+){{0,5}}?"
)
_TO_DEATH = (
    r"(?:shot|stabbed|beaten|burned|burnt|hacked|crushed|trampled|starved|froze|frozen|tortured|"
    r"stoned|bludgeoned) to death"
)
_OBJECT = rf"(?!\s+(?:{_ABOUT}{_N}|him|her|them|the|an?|his|their|people|civilians)\b)"
_FOUND = r"(?:found|recovered|pulled|retrieved|discovered|exhumed|unearthed)"
_RISING = (
    r"(?:ris\w+|rose|climb\w*|jump\w*|hits?|reach\w*|pass\w*|tops|topped|exceed\w*|stands?|stood|"
    r"near\w*|soar\w*|grow\w*|grew|increas\w+|mounts?|mounted|surpass\w*|cross\w*|revised|put|now)"
    r"(?:\s+(?:at|to|above|past|beyond|sharply|again|further))*"
)
_DEAD = "|".join(
    (
        r"\b(?P<kills>kill(?:s|ed|ing)?|(?:execut|massacr|murder|slaughter|behead|hang|drown)"
        rf"(?:es?|s|ed|ing)|behead|murder|slaughter|hang)[’'”\"]?\s+{_ABOUT}{_N}",
        rf"{_N}{_BETWEEN}"
        rf"(?:killed{_OBJECT}|dead|die[ds]?|(?:execut|massacr|slaughter|murder|behead|hang)ed"
        rf"{_OBJECT}|slain|drown(?:s|ed)?|perish(?:es|ed)?|{_TO_DEATH}|lost their lives|"
        rf"(?:bodies|corpses)\s+(?:\w+\s+){{0,2}}?{_FOUND})\b",
        rf"{_N}\s+(?:\w+\s+)?(?:deaths|fatalities)\b",
        rf"\bdeaths of {_ABOUT}{_N}",
        rf"\b{_FOUND} {_ABOUT}{_N}\s+(?:\w+\s+)?(?:bodies|corpses)\b",
        rf"\b(?:death toll(?::|\s+(?:of|at|is|was|now))|(?<!road )(?<!bridge )(?<!injury )toll"
        rf"\s+(?:[\w’'-]+,?\s+){{0,12}}?{_RISING}(?:\s+from {_N} to)?)\s+{_ABOUT}{_N}",
        rf"\b(?:claim|cost|tak)(?:es|s|ed|ing)?\s+{_ABOUT}{_N}\s+lives\b",
    )
)
_KILLED = re.compile(_DEAD, re.IGNORECASE)
_ENGLISH = {
    word: number
    for number, words in {
        "two": "zwei deux dos due dois twee", "three": "drei trois tres tre três drie",
        "four": "vier quatre cuatro quattro quatro", "five": "fünf cinq cinco cinque vijf",
        "six": "six sechs seis sei zes", "seven": "sieben sept siete sette sete zeven",
        "eight": "acht huit ocho otto oito", "nine": "neun neuf nueve nove negen",
        "ten": "zehn dix diez dieci dez tien", "eleven": "elf onze once undici",
        "twelve": "zwölf douze doce dodici doze twaalf", "twenty": "zwanzig vingt veinte venti",
        "dozens": "dutzende dizaines decenas decine dezenas tientallen десятки عشرات",
        "hundreds": "hunderte centaines cientos centenares centinaia centenas honderden сотни مئات",
        "thousands": "tausende milliers miles migliaia milhares duizenden тысячи آلاف",
    }.items()
    for word in words.split()
}  # fmt: skip
_NUMBER = (
    rf"(?<![\d.,/])(?!(?:19|20)\d\d\b)(\d{{1,3}}(?:[.{_SPACES}]\d{{3}})+(?!\d)|\d+|"
    rf"\b(?:{'|'.join(_ENGLISH)}))\b(?![.,]\d|\s?%)"
)
_OF = (
    r"\s+(?:(?!(?:verletz|bless|herid|ferit|ferid|gewond|ранен|жител|جريح|مصاب|jahr|ans\b|años|"
    r"anni\b)|(?:wollte|sollte|könnte|pourrai|podría))[^\W\d][\w’'-]*\s+){0,3}?"
)
"""Between a number and "Tote": the people counted, but no injured, years or wishes."""
_LEAST = r"(?:[^\W\d]\w*\s+){0,3}?"
_DEAD_AFTER = (
    r"(?:tote[nrs]?(?! bags?)|todesopfer|getötet|gestorben|st[ae]rben|ertr[iu]nken|ermordet|"
    r"erschossen|ums leben|umgekommen|hingerichtet|morte?s?|tuée?s?|décès|décédée?s|noyée?s|"
    r"muert[oa]s|fallecid[oa]s|asesinad[oa]s|ahogad[oa]s|mueren|murieron|morti|uccis[ie]|vittime|"
    r"annegat[ie]|mort[oa]s|doden|gedood|omgekomen|vermoord|verdronken|погиб\w*|убит\w*|загин\w*|"
    r"قتلى|قتيلا?|شهداء|شهيدا?)\b"
)
_DEAD_BEFORE = (
    r"\b(?:töte(?:t|te|n|ten)|tue(?:nt)?|tuant|mata(?:n|ndo|m)?|mat(?:ó|aron)|mueren|murieron|"
    r"uccid(?:e|ono)|погиб(?:ли|ло)|убит[ыо]|загинули|مقتل|قتل(?:ت|وا)?|وفاة|استشهاد)\s"
)
_TOLL = r"\b(?:zahl der (?:toten|todesopfer)|cifra de muertos|حصيلة (?:ال)?(?:قتلى|ضحايا))\s"
_ELSEWHERE = re.compile(
    rf"{_NUMBER}{_OF}{_DEAD_AFTER}|{_DEAD_BEFORE}\s*{_LEAST}{_NUMBER}|"
    rf"{_TOLL}\s*(?:[^\W\d][\w’'-]*\s+){{0,8}}?(?:auf|bei|über|a|إلى)\s+{_LEAST}{_NUMBER}"
    r"(?!\s+(?:verletz|bless|herid))",
    re.IGNORECASE,
)
"""The same in other languages, less finely."""
_LONG_AGO = re.compile(
    r"\b(?:seit|depuis|desde|dal|sinds) (?!(?:mon|diens|mitt|donners|frei|sams|sonn|lun|mar|mer|"
    r"jeu|ven|sam|dim|jue|vie|sáb))|\b(?:jahrestag|anniversaire|aniversario|anniversario|gedenk\w*)\b|"
    r"\b(?:vor|il y a|hace) \w+ (?:jahren|ans|años)\b|"
    r"\b(?:jahre nach|ans après|años después|anni dopo)\b|منذ|ذكرى|с начала",
    re.IGNORECASE,
)
_ANY_ELSEWHERE = re.compile(rf"\b{_DEAD_AFTER}|{_DEAD_BEFORE}|{_TOLL}", re.IGNORECASE)
_ANY = re.compile(
    r"kill|dead|die|dying|death|execut|massacr|murder|slaughter|behead|hang|slain|drown|perish|"
    r"bodies|corpses|fatalit|lives|toll",
    re.IGNORECASE,
)
"""Where they find nothing _ELSEWHERE and _KILLED do not: most texts, at a tenth the price."""
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DATE = re.compile(
    rf"\b{_MONTH}\s(\d{{1,2}})(?![\d,.]\d|\d)(?:st|nd|rd|th)?(?:,\s(?:19|20)\d\d)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?!\s(?:[Hh]ave|[Bb]e|[Dd]ie)\b)"
)
_INTENT = re.compile(
    r"(?:\b(?:to|could|would|may|might|can|cannot|will|should|not|never|"
    r"(?:could|would) have)|n[’']t)\s+$",
    re.IGNORECASE,
)
"""Before "kill": nobody is dead yet."""
_NOT_COUNTED = re.compile(
    r"(?:\b(?:no|none of(?: the)?|aged?|age of|day|week|phase|round|number|no\.|flight|route|"
    r"highway|channel|unit|article|section|chapter|group of|boeing|airbus)\s+)$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;](?:\s|$)|\n|\|")
_RECORD = re.compile(
    r"\b(?:deadliest|bloodiest|worst|first(?! anniversary)|most|largest|biggest|highest|"
    r"heaviest)\b",
    re.IGNORECASE,
)
_OTHER_TIME = re.compile(
    r"\bsince (?!(?:(?:early |late )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|dawn|midnight|"
    r"yesterday|morning|the (?:early|weekend)))|"
    r"\b(?:in|during|of|from)(?: (?:early|late|mid))?[ -](?:\w+ )?(?:19|20)\d\d\b|"
    r"\b(?:19|20)\d\d (?:\w+ )?(?:attacks?|wars?|bombings?|earthquakes?|quakes?|shootings?|"
    r"massacres?|invasion|coup|crash|floods?|tsunami|protests)|"
    r"\b(?:last|this|each|every|per|a) year\b(?! of)|\bannually\b|\bso far\b|\b(?:years?|decades?|"
    r"months?|century|centuries) (?:on|ago|after|since|later)\b|\b(?:over|in|during) (?:the )?"
    r"(?:past|last) (?!(?:few |24 |48 )?(?:hours|days))|\banniversary\b|"
    r"\bmark(?:s|ed|ing)? (?:\w+ )?\w+ years\b|\bremember(?:s|ed|ing)?\b|\bcommemorat\w+|"
    r"\bSept(?:ember|\.) 11\b|\b9/11\b|\bOct(?:ober|\.) 7\b|"
    r"\b(?:in|during) (?:the |\w+[’']s )(?:[\w-]+ ){0,2}war\b|"
    r"\b(?:in|during) (?:[\w-]+ )?war\b|"
    r"\b(?:war|conflict|campaign|insurgency|pandemic)\b(?: \w+){0,4}? (?:has|have|had) killed|"
    r"\b(?:denied|granted|seeks?) parole|\bon trial\b|\btrial (?:opens|begins|starts|of)\b|"
    r"\bidentified (?:by|through) DNA|\bkiller of\b|\bwho (?:killed|murdered)\b|"
    r"\bsu(?:e|es|ed|ing)\b|\blawsuit",
    re.IGNORECASE,
)
"""In the sentence: it counts a war's dead, a year's, or those of long ago. "12 killed in the worst
attack since 2008" counts the event's; see _RECORD."""
_REMEMBERED = 8_000
"""Answers kept: a running story's reports are asked about event by event, then together."""


def killed_in(title: str, text: str = "") -> int:
    """The number of dead that a report states, 0 for none."""
    return deaths(title, text)[0]


@lru_cache(_REMEMBERED)
def deaths(title: str, text: str = "") -> tuple[int, str]:
    """(the number of dead that a report states, as it may be printed).

    What the headline counts is the event's; the text may know of some more, or speak of another.
    """
    named, told = _most(title), _most(text)
    return told if named[0] <= told[0] <= RISES * (named[0] or told[0]) else named


def _most(text: str) -> tuple[int, str]:
    most, shown = 0, ""
    here, elsewhere = _ANY.search(text), _ANY_ELSEWHERE.search(text)
    if not here and not elsewhere:
        return most, shown
    undated = _DATE.sub(lambda date: re.sub(r"\d", "·", date.group()), text)
    found = _KILLED.finditer(undated) if here else ()
    for match in chain(found, _ELSEWHERE.finditer(undated) if elsewhere else ()):
        before = undated[: match.start()]
        sentence = _sentence(text, match)
        planned = match.re is _KILLED and match["kills"] and _INTENT.search(before)
        if planned or _NOT_COUNTED.search(before):
            continue
        if _OTHER_TIME.search(sentence) and not _RECORD.search(sentence):
            continue
        if match.re is _ELSEWHERE and _LONG_AGO.search(sentence):
            continue
        word = [group for group in match.groups() if group][-1]
        plain = re.sub(rf"(?<=\d)[,.{_SPACES}]", "", word.lower())
        plain = _ENGLISH.get(plain, plain)
        number = _NUMBER_WORDS.get(plain, int(plain) if plain.isdigit() else 0)
        if most < number < 1_000_000:
            most, shown = number, plain if plain in VAGUE else f"{number:,}"
    return most, shown


def _sentence(text: str, match: re.Match[str]) -> str:
    """The sentence around a match."""
    start = max((m.end() for m in _SENTENCE.finditer(text, 0, match.start())), default=0)
    end = _SENTENCE.search(text, match.end())
    return text[start : end.start() if end else len(text)]
