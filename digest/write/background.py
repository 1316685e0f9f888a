"""Which sentences look back: they close a brief rather than open it."""

from __future__ import annotations

import re

from digest.model import Report

_LOOKS_BACK = re.compile(
    r"\b(?:since (?:19|20)\d\d|in (?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December)?\s?(?:19|20)\d\d|"
    r"last (?:year|month|spring|summer|autumn|fall|winter)|(?:years|months|weeks|"
    r"decades) (?:ago|earlier)|"
    r"for (?:years|months|decades|weeks)|over the (?:past|last)|in recent (?:years|"
    r"months|weeks)|previously|"
    r"earlier this (?:year|month)|has long|have long|since "
    r"the (?:start|beginning|war|\w+ attack|(?:19|20)\d\d)|the latest in (?:a|the) \w+|"
    r"historically|formerly|dating back|in the past)\b"
)


def looks_back(sentence: str) -> bool:
    """Whether the sentence tells what came before the event."""
    return bool(_LOOKS_BACK.search(sentence))


def recalls(report: Report) -> bool:
    """Whether it is comment or background that tells what came before."""
    return report.comment and looks_back(report.item.text)
