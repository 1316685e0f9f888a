"""Which sentences look back: they close a brief rather than open it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from digest.model import Report
from digest.write.calendar import DAYS

_LOOKS_BACK = re.compile(
    r"\b(?:since (?:19|20)\d\d|in (?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December)?\s?(?:19|20)\d\d|"
    r"last (?:year|month|spring|summer|autumn|fall|winter)|(?:years|months|weeks|"
    r"decades) (?:ago|earlier)|"
    r"for (?:years|months|decades|weeks)|"
    r"over the (?:past|last)(?! (?:\w+ )?(?:hours?|days?|weekend)\b)|in recent (?:years|"
    r"months|weeks)|previously|"
    r"earlier this (?:year|month)|has long|have long|since "
    r"the (?:start|beginning|war|\w+ attack|(?:19|20)\d\d)|the latest in (?:a|the) \w+|"
    r"historically|formerly|dating back|in the past)\b"
)
_WEEKDAY = re.compile(
    rf"(?<!\bBlack )(?<!\bBloody )(?<!\bGood )(?<!\bEaster )\b(?:{'|'.join(DAYS)})\b"
)
JUST_NOW = timedelta(days=1)
"""What names the weekday of its report, or the one before, tells the event, whatever it recalls
beside it: "freed 21 of the girls on Thursday who were kidnapped two years ago". What names an older
one may well be background: of three such sentences on eight days two are."""


def looks_back(sentence: str, when: datetime) -> bool:
    """Whether the sentence, of a report of that time, tells what came before the event."""
    days = {DAYS[when.weekday()], DAYS[(when - JUST_NOW).weekday()]}
    return bool(_LOOKS_BACK.search(sentence)) and days.isdisjoint(_WEEKDAY.findall(sentence))


def recalls(report: Report) -> bool:
    """Whether it is comment or background that tells what came before."""
    return report.comment and bool(_LOOKS_BACK.search(report.item.text))
