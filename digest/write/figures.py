"""Figures: killed, injured, missing, arrested, displaced, money, magnitude, per outlet and time.

A quantity counts only where the words around it say what it counts; "France 24", "a 24-year-old",
"the Group of 7" and dates count nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.write.languages import FALLBACK, LABELS, all_languages, language
from digest.write.quantities import BEGINS, SPACES, Quantity, goes_on, is_least, parse, pattern
from digest.write.tokens import NUMBER_WORDS


@dataclass(frozen=True, slots=True)
class Found:
    """One figure in a text: `text[start:end]` holds the quantity and the word that labels it."""

    label: str
    quantity: Quantity
    printed: str
    start: int
    end: int


_REMEMBERED = 2_000
"""Texts whose figures are kept: while a story is written its titles and sentences are asked for
several times over."""


@lru_cache(maxsize=32)
def _any_quantity(tag: str) -> re.Pattern[str]:
    """Where it finds nothing none of `_patterns` does: most sentences, at a tenth the price."""
    return re.compile(pattern(tag), re.IGNORECASE)


@lru_cache(maxsize=32)
def _patterns(tag: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(label, pattern with a group "q") for each way the language says it."""
    lang = language(tag)
    q = rf"(?P<q>{pattern(tag)})"
    every_after = "|".join(words[0] for words in lang.counts.values() if words[0])
    things = rf"(?!(?:{lang.things}|{lang.joins}|{every_after})\b)"
    # Between number and verb: the people counted, a short aside, an auxiliary.
    of = r"(?:\s+(?:of|de|di|d['’]))?"
    noun = rf"{of}(?:\s+{things}[^\W\d]+(?:[-’'][^\W\d]+)*){{0,4}}?"
    aged = r"(?:,? aged \d+(?: (?:to|and|or) \d+)?,?)?"
    aside = aged + r"(?:\s*[,(—–]\s*[^.;:\d,()]{3,60}[,)—–])?"
    found = []
    for label in LABELS:
        after, before, toll = lang.counts[label]
        if after:
            verb = rf"(?:{lang.auxiliary}\s+)?(?:{after})(?!\w)"
            found.append((label, rf"{q}{noun}{aside}\s*(?:,\s+)?(?<!\w){verb}"))
        if before:
            found.append((label, rf"(?<!\w)(?:{before})[’'”\"]?\s+{q}(?!\s+(?:{lang.things})\b)"))
        if toll:
            found.append((label, rf"(?<!\w)(?:{toll})\s+{q}"))
    return tuple((label, re.compile(p, re.IGNORECASE)) for label, p in found)


_MAGNITUDE = re.compile(
    r"(?:magnitude|Stärke|magnitud|magnitudo)(?:[ -](?:of|de|di|von))?[ -](?:a |an |"
    r"about )?(?P<q>\d{1,2}(?:[.,]\d)?)(?![\d%])"
    r"|(?<![\w.,])(?P<q2>\d{1,2}[.,]\d)[ -](?:magnitude|on the Richter)",
    re.IGNORECASE,
)
MONEY = "money"
"""Begins an amount's label: "money (theft), $"."""
LEAST_MONEY = 10_000
"""Smaller amounts are prices ("$4 a gallon"), not what a story is about."""
_AMOUNT = BEGINS + rf"\d+(?:(?:[.,]\d{{3}})+|(?:[{SPACES}]\d{{3}}(?!\d))+)?(?:[.,]\d+)?"
_CURRENCIES = {
    "dollars": "$",
    "euros": "€",
    "pounds": "£",
    "rupees": "rupees",
    "yen": "yen",
    "yuan": "yuan",
    "pesos": "pesos",
    "rubles": "roubles",
    "roubles": "roubles",
    "hryvnia": "hryvnias",
    "hryvnias": "hryvnias",
}
"""Words of currencies → what the label says; "¥" is both yen and yuan, and so neither."""
_SIGNS = {"US$": "$", "USD$": "$", "AU$": "A$", "CA$": "C$", "Rs": "rupees", "Rs.": "rupees"}
_INDIAN = {"lakh crore": 1e12, "crore": 1e7, "lakh": 1e5}
_SCALE = r"(?:trillion|billion|million|thousand|bn|mn|tn|lakh crore|crore|lakh|m|b|k)"
_MONEY = re.compile(
    r"(?P<q>(?:(?:at least|more than|over|nearly|almost|about|around|up to|some|an estimated) )?"
    rf"(?:(?<![^\W\d_])(?P<sign>[A-Z]{{0,3}}[$€£¥₹]|Rs\.?)\s?{_AMOUNT}(?:\s?{_SCALE}\b)?"
    rf"|(?<![\w.,]){_AMOUNT}\s(?:{_SCALE}\s)?(?:US )?(?P<word>{'|'.join(_CURRENCIES)})\b))"
)
_OTHER_DOLLARS = re.compile(
    r"\s\(?(?:Australian|Canadian|New Zealand|Hong Kong|Singapore|Taiwan|AUD|CAD|NZD|HKD|SGD)\b"
)
# What an amount is for: amounts for different things neither agree nor disagree.
_PURPOSE = (
    ("ransom", r"ransom|extort"),
    ("damage", r"damages?\b|destruction|losses?\b|cost(?:s|ing)?\b|economic"),
    ("aid", r"\baid\b|assistance|relief|donat|pledg|grant"),
    ("fine", r"\bfined?\b|penalt|settle|forfeit"),
    ("reward", r"reward|bount"),
    ("theft", r"stol|stole|theft|heist|robbe|launder|hack|siphon|fraud|scam"),
    ("arms", r"weapons?|arms\b|missiles?|jets?\b|military|defen[cs]e|contract"),
    ("bail", r"\bbail\b|\bbond\b"),
)
# A total over a war, a year or another event is not this event's figure.
_OTHER_EVENT = re.compile(
    r"\b(?:since (?!(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|dawn|"
    r"midnight|yesterday|morning))|"
    r"in (?:the )?(?:19|20)\d\d\b|of (?:19|20)\d\d\b|(?:19|20)\d\d (?:attack|war|"
    r"bombing|earthquake|shooting|massacre|invasion|coup)|"
    r"last year|this year|a year|years ago|decades?|in recent (?:years|months|weeks)|"
    r"(?:over|in|during) the (?:past|last) |"
    r"throughout|the war|wars|two-year|annual(?:ly)?|per year|each year|every (?:year|"
    r"day)|history|deadliest|"
    r"October 7|Oct\. 7|9/11|Sept(?:ember|\.) 11|so far this)\b",
    re.IGNORECASE,
)
# "The worst unrest in decades" is this event.
_RECORD = re.compile(
    r"\b(?:worst|deadliest|bloodiest|largest|biggest|highest|heaviest|strongest|first|most)\b"
    r"[^.;]{0,40}? (?:in|for|of) (?:(?:more than |over |the )?(?:\w+ )?"
    r"(?:years|decades|history|months)|"
    r"decades|an? (?:decade|century|generation|year)|living memory)\b",
    re.IGNORECASE,
)
_AGES = re.compile(r"\b(?:aged?|age of)\s+$|^\s*[-–]?\s*years?[- ]olds?\b", re.IGNORECASE)
_PROPER = re.compile(
    r"(?:[A-ZÀ-Þ][\w’']+|Group of|G|Big|Top|Chapter|Article|No\.|Flight|Highway|Route|"
    r"Unit|Channel|Room|Section|Title|Area|Day|Phase|Apollo|World War|Class of)\s+$"
)
_MORE = re.compile(r"^\s*(?:more|additional|further)\b", re.IGNORECASE)
_OTHERS = re.compile(r"^\s*others?\b", re.IGNORECASE)
_INTENT = re.compile(
    r"\b(?:to|would|could|will|may|might|can|not|n[’']t|should|(?:shot|attempt(?:s|ed)?|aim\w*) at|"
    r"(?:chance|hopes?|intention) of)\s+$",
    re.IGNORECASE,
)
_CARED_FOR = re.compile(
    r"\b(?:treat(?:s|ed|ing)?|admit(?:s|ted|ting)?|receiv(?:e|es|ed|ing)|t(?:akes?|ook) in|"
    r"evacuat(?:e|es|ed|ing))\s+(?:the )?$",
    re.IGNORECASE,
)
_TO_HOSPITAL = re.compile(
    r"^\W*(?:\w+\W+){0,4}?(?:hospitals?|ambulances?|condition|surgery|treatment|injured|wounded)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:order|urg|call|demand|plan|threaten|propos)\w*\b[^.;,]{0,40}?"
    r"\b(?:evacuation|displacement) of\s+$",
    re.IGNORECASE,
)
# "Three children … was shot dead": the verb is another noun's.
_SINGULAR = re.compile(r"\b(?:was|is|has been)\s+\w+(?:\s+dead)?$", re.IGNORECASE)
# Between number and verb: "150 people would be killed", "1,500 were to be evacuated".
_UNREAL = re.compile(r"\b(?:(?:would|could|should|will|must) (?!have\b)|to be )", re.IGNORECASE)
_NO_MATTER = re.compile(r"\b(?:over|about|of|on|for|to|as)\b", re.IGNORECASE)
"""Between "no" and the verb: "No certainty over man arrested" counts no arrest."""
_COUNTED_BEFORE = re.compile(
    rf"(?<!\w)(?<!ing )(?<!ed )(?<!left )(?:\d[\d,]*|{'|'.join(NUMBER_WORDS)})\s+"
    r"(?:(?!(?:were|was|have|had|are|is|dead|hurt|missing|others?|\w+ed|die[ds]?|deaths|"
    r"fatalities|cases)\b)[\w’'-]+\s+){1,2}and\s+$",
    re.IGNORECASE,
)
"""Before a number: "six men and one woman killed" are seven. Not where each has its own verb:
"killing two soldiers and five people were injured"."""
_REST = re.compile(r"\b(?:other|final|remaining|first|last|next)\s+$", re.IGNORECASE)
"""Before a number: "the other three killed"."""
_A_DAYS = re.compile(
    r"\s+(?:[^\s,;]+\s+){0,4}?(?:(?:in|over|within|during) (?:(?:a|one|a single|just one) day|"
    r"the (?:past|last) (?:day|24 hours))|(?:a|per) day)\b(?! (?:of|after|before|earlier)\b)",
    re.IGNORECASE,
)
"""After a count: what a plague or a war takes in a day stands beside its toll."""
_AMONG_THEM = re.compile(r"\bincluding (?:the )?$", re.IGNORECASE)
_BADLY = re.compile(r"\b(?:seriously|critically|badly|severely)\s+(?:injured|wounded|hurt)\b", re.I)
_PART = re.compile(r"^\s*of (?:the|them|those|its|his|their)\b", re.IGNORECASE)
_FIRST_DIGITS = re.compile(rf"\d+(?=(?:[{SPACES}]\d+)*$)")
_MONTH = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s+$", re.IGNORECASE
)


def of_another_event(sentence: str) -> bool:
    """Whether what the sentence counts is a war's, a year's or another event's."""
    return bool(_OTHER_EVENT.search(_RECORD.sub("", sentence)))


def extract(text: str, tag: str) -> list[Found]:
    """The figures of a text, in order; overlapping readings are settled by the longer match."""
    return list(_extracted(text, tag if tag in all_languages() else FALLBACK))


@lru_cache(maxsize=_REMEMBERED)
def _extracted(text: str, tag: str) -> tuple[Found, ...]:
    found: list[Found] = []
    for label, pattern_ in _patterns(tag) if _any_quantity(tag).search(text) else ():
        for match in pattern_.finditer(text):
            start, end = match.span("q")
            printed = text[start:end]
            quantity = parse(printed, tag)
            if quantity is None or _trap(text, match, quantity, label):
                continue
            if goes_on(text, start, end, tag):
                continue
            if is_least(text, end, tag):
                quantity = replace(quantity, high=None)
            found.append(Found(label, quantity, printed, match.start(), match.end()))
    found += _magnitudes(text) + _moneys(text)
    return tuple(_settled(found))


def _settled(found: list[Found]) -> list[Found]:
    """One reading per (label, quantity place): a match that holds another's number goes first."""
    kept: list[Found] = []
    for f in sorted(found, key=lambda f: (f.end - f.start, f.start, f.label)):
        at = f.start, f.end
        if any(
            k.printed == f.printed and k.label == f.label and k.start < at[1] and at[0] < k.end
            for k in kept
        ):
            continue
        kept.append(f)
    return sorted(kept, key=lambda f: (f.start, f.end, f.label))


def _trap(text: str, match: re.Match[str], quantity: Quantity, label: str) -> bool:
    """Whether the number counts no such people: it is another thing, others, or only a part."""
    whole = all(b is None or b == int(b) for b in (quantity.low, quantity.high))
    return (
        not whole  # people come whole
        or _no_count(text, *match.span("q"))
        or _others(text, match, quantity, label)
        or _a_part(text, match, quantity, label)
    )


def _no_count(text: str, start: int, end: int) -> bool:
    """Whether the number is an age, a year, a date, a share, or part of a name."""
    before, after = _around(text, start, end)
    printed = text[start:end]
    if _AGES.search(before) or _AGES.match(after):
        return True
    if re.search(r", $", before) and after.startswith(","):
        return True  # "The minister, 58, was arrested"
    if first := _FIRST_DIGITS.match(printed):
        if printed.isdigit() and len(printed) == 4 and 1900 <= int(printed) <= 2100:
            return True
        if _MONTH.search(before) and int(first.group()) <= 31:
            return True  # of "On May 12 300 people …" nobody can tell
        proper = _PROPER.search(before)
        if (
            proper
            and proper.start() > 0
            and not re.search(r"(?:^|[.!?:]\s)$", before[: proper.start()])
        ):
            return True
        if re.search(
            r"\b(?:France|Channel|News|Group of|G|Top|Flight|Unit|Chapter|Article|"
            r"Route|Highway)\s+$",
            before,
        ):
            return True
    return bool(re.match(r"\s?(?:%|per ?cent|percent)", after))


def _others(text: str, match: re.Match[str], quantity: Quantity, label: str) -> bool:
    """Whether the people counted are not those of the label."""
    start, end = match.span("q")
    between = text[end : match.end()]
    if _UNREAL.search(between) or (quantity.high == 0 and _NO_MATTER.search(between)):
        return True
    if label in ("killed", "injured") and _INTENT.search(text[: match.start()]):
        return True  # "threatened to kill three" killed nobody
    if label == "injured" and _CARED_FOR.search(text[:start]):
        return True  # "has treated 31 people injured": those one hospital saw
    if label == "displaced" and _TO_HOSPITAL.match(text[match.end() :]):
        return True  # "five people evacuated in a serious condition" lost no home
    # "ordered the evacuation of 12,000 people": they are still there
    return label == "displaced" and bool(_ORDERED.search(text[:start]))


def _a_part(text: str, match: re.Match[str], quantity: Quantity, label: str) -> bool:
    """Whether the number is a part of those counted, or counts more beside others."""
    start, end = match.span("q")
    before, after = _around(text, start, end)
    several = (quantity.low or 0) > 1
    if several and match.end() > end and _SINGULAR.search(match.group()):
        return True
    if label == "injured" and _BADLY.search(match.group()):
        return True  # others are less so
    if _AMONG_THEM.search(before):
        return True  # "31 dead, including 27 in one cell"
    if match.end() > end and _PART.match(after):
        return True  # "2 of the 12 killed": a part; but "killed 2 of the 12" is all
    if label not in ("injured", "missing") and _OTHERS.match(after):
        return True  # "three others were killed", but "12 killed, 19 others injured"
    if _A_DAYS.match(text, match.end()):
        return True
    said = text[end : match.end()].split()
    if said and _REST.search(before):
        return True
    if len(said) > 1 and _COUNTED_BEFORE.search(text[:start]):
        return True
    if _MORE.match(after) or re.match(r"another\b", text[start:end], re.IGNORECASE):
        return True
    return bool(re.search(r"\b(?:one|1) of (?:the )?$", before, re.IGNORECASE))


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a number."""
    return text[max(0, start - 30) : start], text[end : end + 20]


def _magnitudes(text: str) -> list[Found]:
    found = []
    for match in _MAGNITUDE.finditer(text):
        printed = match["q"] or match["q2"]
        value = float(printed.replace(",", "."))
        if 0 < value < 10:
            found.append(
                Found("magnitude", Quantity(value, value), printed, match.start(), match.end())
            )
    return found


def money(printed: str) -> Quantity | None:
    """The interval of an amount, in whole units of its currency."""
    bare = re.sub(r"(?:(?<![^\W\d_])[A-Z]{0,3}[$€£¥₹]|\bRs\b\.?)\s?", "", printed)
    bare = re.sub(rf"\s?(?:US )?(?:{'|'.join(_CURRENCIES)})$", "", bare)
    indian = re.search(r"\s?(lakh crore|crore|lakh)$", bare)
    if indian is None:
        return parse(bare, "en")
    quantity = parse(bare[: indian.start()], "en")
    if quantity is None:
        return None
    scale = _INDIAN[indian[1]]
    low, high = quantity.low, quantity.high
    return Quantity(low and low * scale, high and high * scale)


def _currency(match: re.Match[str]) -> str:
    """What tells the amount's currency from others: "$", "A$", "yen"."""
    if match["word"]:
        return _CURRENCIES[match["word"]]
    return _SIGNS.get(match["sign"], match["sign"])


def _moneys(text: str) -> list[Found]:
    found = []
    for match in _MONEY.finditer(text):
        quantity = money(match["q"])
        if quantity is None or (quantity.low or quantity.high or 0) < LEAST_MONEY:
            continue
        if _OTHER_DOLLARS.match(text, match.end()):
            continue
        around = text[max(0, match.start() - 60) : match.end() + 50]
        purpose = next((p for p, pattern_ in _PURPOSE if re.search(pattern_, around, re.I)), "")
        what = f"{MONEY} ({purpose})" if purpose else MONEY
        # Labels say what may be compared, and no two currencies may.
        label = f"{what}, {_currency(match)}"
        found.append(Found(label, quantity, match["q"], match.start(), match.end()))
    return found
