"""Quantities as sources print them: "at least 12", "dozens", "zwei", "1.200", "10 to 15".

A quantity is an interval: "at least 12" has no upper bound, "up to 12" no lower one, "dozens" is
24 or more. Separators follow the language: "1.200" is twelve hundred in German, 1.2 in English.
A number is read whole or not at all: of "12 000" neither "12" nor "000" is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from digest.write.languages import language

SPACES = " \u00a0\u202f\u2009"
"""Between the thousands of a number."""
BEGINS = "".join(rf"(?<!(?<!\d)\d{{{digits}}}[{SPACES}](?=\d{{3}}(?!\d)))" for digits in (1, 2, 3))
"""Regular expression: a number may begin here, not its second group of three digits."""
MAX_DIGITS = 15
"""Up to so many a float holds each whole number; what has more digits is no count of anything."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An interval of counts; None where a side is open."""

    low: float | None
    high: float | None
    vague: bool = False
    """A word such as "dozens" said it: there is no number that could be printed."""


def _either(words: Iterable[str]) -> str:
    """Any of them, the longest first; as a tree of their letters, or each place in a text would be
    tried for each word."""
    tails = {letter: list(some) for letter, some in groupby(sorted(set(words)), lambda w: w[:1])}
    ends = tails.pop("", None)
    branches = [re.escape(letter) + _either(w[1:] for w in some) for letter, some in tails.items()]
    if len(branches) > 1 or (branches and ends):
        return f"(?:{'|'.join(branches)}){'?' if ends else ''}"
    return "".join(branches)


@lru_cache(maxsize=32)
def pattern(tag: str) -> str:
    """Regular expression of a quantity in the language, without groups, for use in larger ones."""
    lang = language(tag)
    scale, spelled = _either(lang.scale), _either(lang.numbers)
    digits = rf"(?!00)(?:{_grouped(tag)}(?!\d)(?:\{lang.decimal}\d+)?|\d+(?:\{lang.decimal}\d+)?)"
    number = rf"(?:(?:{digits})(?:[\s-]?(?:{scale})\b)?|(?:{spelled})\b(?:[\s-](?:{scale})\b)?)"
    modifier = rf"(?:(?:{lang.least}|{lang.most}|{lang.about})(?:(?<=['’])|\s+))?"
    span = rf"(?:(?:{lang.between})\s+)?{number}{lang.to}{number}"
    return (
        rf"(?<![\w.,$€£¥/#-])(?<!\d:){BEGINS}(?:{modifier}(?:{_either(lang.dozens)})(?!\w)|"
        rf"{modifier}(?:{span}|{number})(?![\w%])(?![.,/:]\d)(?![{SPACES}]\d{{3}}(?!\d)))"
    )


def _grouped(tag: str) -> str:
    """Digits in thousands, by one mark throughout."""
    ways = "|".join(rf"(?:{re.escape(mark)}\d{{3}})+" for mark in language(tag).thousands)
    return rf"\d{{1,3}}(?:{ways})"


@lru_cache(maxsize=32)
def _spelled(tag: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    lang = language(tag)
    words = _either([*(word for word, n in lang.numbers.items() if n > 1), *lang.scale])
    flags = re.IGNORECASE
    return re.compile(rf"(?<!\w)(?:{words})[\s-]$", flags), re.compile(
        rf"[\s-]و?(?:{words})(?!\w)", flags
    )


def goes_on(text: str, start: int, end: int, tag: str) -> bool:
    """Whether a spelled number is only a part of one: "douze" of "cent douze"."""
    if text[start:end][-1:].isdigit():
        return False
    before, after = _spelled(tag)
    return bool(before.search(text, max(0, start - 20), start) or after.match(text, end))


@lru_cache(maxsize=32)
def _least_after(tag: str) -> re.Pattern[str]:
    return re.compile(language(tag).least_after or r"(?!)")


def is_least(text: str, end: int, tag: str) -> bool:
    """Whether what follows the quantity that ends at `end` makes it the least: "12 people at the
    least", as Arabic says it."""
    return bool(_least_after(tag).match(text, end))


@lru_cache(maxsize=32)
def _parts(tag: str) -> dict[str, re.Pattern[str]]:
    lang = language(tag)
    scale, spelled = _either(lang.scale), _either(lang.numbers)
    number = rf"(?:\d[\d.,’'{SPACES}]*|(?:{spelled})\b)(?:[\s-]?(?:{scale})(?!\w))?"
    gap = r"(?:(?<=['’])|\s+)"
    texts = {
        "least": rf"^(?:{lang.least}){gap}",
        "most": rf"^(?:{lang.most}){gap}",
        "about": rf"^(?:{lang.about}){gap}",
        "vague": rf"^({_either(lang.dozens)})(?:\s+(?:of|de|di|d['’]))?$",
        "range": rf"^(?:(?:{lang.between})\s+)?({number}?){lang.to}({number})$",
        "number": rf"^(\d[\d.,’'{SPACES}]*|{spelled})(?:[\s-]?({scale}))?$",
    }
    return {name: re.compile(text, re.IGNORECASE) for name, text in texts.items()}


def _number(text: str, tag: str) -> float | None:
    lang = language(tag)
    match = _parts(tag)["number"].match(text.strip())
    if not match:
        return None
    head = match[1].casefold().strip()
    # Where case is ignored, "ı" and "İ" match an i; casefold leaves them: "FİVE" is in no table.
    scale = lang.scale.get(match[2].casefold()) if match[2] else 1
    value: float | None
    if head[0].isdigit():
        if sum(c.isdigit() for c in head) > MAX_DIGITS:
            return None
        head = head.rstrip(".,")
        if re.fullmatch(rf"{_grouped(tag)}(?:\{lang.decimal}\d+)?", head):
            head = re.sub(f"[{re.escape(lang.thousands)}]", "", head)
        try:
            value = float(head.replace(lang.decimal, "."))
        except ValueError:
            return None
    else:
        value = lang.numbers.get(head)
    return None if value is None or scale is None else float(value * scale)


def parse(printed: str, tag: str = "en") -> Quantity | None:
    """The interval that a printed quantity means; None when it is none."""
    parts, text = _parts(tag), printed.strip()
    for bound in ("least", "most", "about"):
        match = parts[bound].match(text)
        if not match:
            continue
        inner = parse(text[match.end() :], tag)
        if inner is None:
            return None
        if bound == "least":
            least = inner.low if inner.low is not None else inner.high
            return Quantity(least, None, inner.vague)
        if bound == "most":
            most = inner.high if inner.high is not None else inner.low
            return Quantity(None, most, inner.vague)
        return inner
    if match := parts["vague"].match(text):
        dozens = language(tag).dozens.get(match[1].casefold())
        return None if dozens is None else Quantity(float(dozens), None, vague=True)
    value = _number(text, tag)
    if value is not None:
        return Quantity(value, value)
    match = parts["range"].match(text)
    return _range(match[1], match[2], tag) if match else None


def _range(first: str, second: str, tag: str) -> Quantity | None:
    low, high = _number(first, tag), _number(second, tag)
    if low is None or high is None:
        return None
    number = _parts(tag)["number"]
    plain, scaled = number.match(first.strip()), number.match(second.strip())
    if scaled and scaled[2] and plain and not plain[2]:  # "2 to 3 million"
        low *= language(tag).scale[scaled[2].casefold()]
    return Quantity(low, high) if low < high else None
