"""Quotes: words a source prints between quotation marks, whole and to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.model import Quote, Report
from digest.write import sentences
from digest.write.cite import cite
from digest.write.edits import Change
from digest.write.tokens import word_set

# Opening and closing marks; straight ones pair by turns. Single marks are left out: an apostrophe
# cannot be told from a closing mark.
_PAIRS = (("“", "”"), ("«", "»"), ("„", "“"), ("„", "”"), ('"', '"'))
_PATTERNS = [
    re.compile(re.escape(a) + r"([^" + re.escape(a + b) + r"\n]{2,600})" + re.escape(b))
    for a, b in _PAIRS
]
MIN_WORDS = 5
"""Shorter ones are terms and scare quotes, not statements."""
MOST = 50
"""Quotations of a report that are looked at, from its beginning: a text of 40,000 characters has
room for thousands, and a speaker is sought for each."""
_REACH = 300
"""Characters before and after a quotation in which its speaker is sought."""
_SAY = (
    r"(?:said|says|told|added|adds|warned|warns|wrote|writes|declared|insisted|"
    r"insists|stated|argued|posted|"
    r"tweeted|claimed|claims|explained|announced|vowed|stressed|noted|recalled|replied|urged|"
    r"acknowledged|admitted|asked|cautioned|charged|commented|concluded|continued|"
    r"countered|emphasi[sz]ed|"
    r"reiterated|remarked|responded|suggested|testified|demanded|lamented)"
)
_TITLE = (
    r"(?:President|Prime Minister|Foreign Minister|Foreign Secretary|Defen[cs]e "
    r"Minister|Defen[cs]e Secretary|"
    r"Home Secretary|Interior Minister|Secretary of State|Secretary-General|Secretary|"
    r"Chancellor|Minister|Premier|Governor|Mayor|Senator|"
    r"Ambassador|General|Colonel|Admiral|Captain|Chief|Judge|Justice|Attorney General|"
    r"Professor|Gov\.|"
    r"Sen\.|Rep\.|Gen\.|Col\.|Lt\.|Maj\.|Capt\.|Sgt\.|Dr\.?|Mr\.?|Mrs\.?|Ms\.?|"
    r"Prof\.?|Sir|King|Queen|Pope|Sheikh|Police Chief|Sheriff)"
)
_NAME = (
    rf"(?:{_TITLE} )*[A-ZÀ-Þ][\w’'\-]*[\w](?: (?:al|bin|bint|van|von|der|den|de|del|da|"
    rf"di|la|le|of|for|the|and) (?=[A-ZÀ-Þ])"
    r"[A-ZÀ-Þ][\w’'\-]*\w| [A-ZÀ-Þ][\w’'\-]*\w| [A-Z]\.){0,5}"
)
# Sought in the whole text: a longer word is no name.
_NAME_BEFORE = (
    rf"(?<!\w)(?:{_TITLE} ){{0,3}}[A-ZÀ-Þ][\w’'\-]{{1,40}} (?:[A-Z]\. )?"
    r"(?:(?:al|bin|van|von|de) )?"
)
_ROLE = (
    r"(?:[Aa]n? |[Tt]he )?(?:[\w’'\-]+ ){0,4}(?:spokes(?:man|woman|person)|official|"
    r"officials|police|army|military|ministry|"
    r"minister|source|witness|resident|statement|group|company|agency|government|"
    r"prosecutors?|lawyer|"
    r"commander|president|mayor|chief|analyst|expert)(?: (?:for|of|at|with) (?:the "
    r")?(?:[A-ZÀ-Þ][\w’'\-]+ ?){1,4})?"
)
_WHO = rf"(?P<who>{_NAME}|{_ROLE})"
_APPOSITION = r"(?:,[^,“”\"]{2,90},)?"
# After the quote: `,” said X`, `,” X said`, `,” X, the minister, told …`.
_AFTER = (
    re.compile(rf"^,?\s*{_SAY} (?:also )?{_WHO}"),
    re.compile(rf"^,?\s*according to {_WHO}"),
    re.compile(rf"^,?\s*as {_WHO} (?:has )?puts? it\b"),
    re.compile(rf"^,?\s*{_WHO}{_APPOSITION} (?:also |later |had |has )?{_SAY}\b"),
)
# Before it: `X said: “`, `X, the minister, told reporters that “`, `According to X, “`.
_BEFORE = (
    re.compile(rf"{_WHO}{_APPOSITION} (?:also |later |had |has |have )?{_SAY}\b[^“”\"«„]{{0,80}}$"),
    re.compile(rf"[Aa]ccording to {_WHO},?\s*$"),
    re.compile(
        rf"(?:statement|post|message|letter|speech|interview|video) (?:from|by) "
        rf"{_WHO}[^“”\"]{{0,40}}$"
    ),
)
_RESIDENT = re.compile(
    r"^ (?:(?!(?:in|on|at|of|to|from|during|after|before|as|while|when|who|and|with|by|for|about|"
    rf"that|over|outside|via|{_SAY})\b)[a-z-]+ ){{1,3}}(?P<who>{_NAME})"
)
"""After a name: "said Kesten resident Elin Varga" quotes no town."""
_LESS = re.compile(
    r"\b(?:[Vv]ice|[Dd]eputy|[Aa]ssistant|[Aa]ssociate|[Aa]cting|[Ff]ormer|[Ee]x|[Tt]hen|"
    r"[Ii]nspector|[Ss]urgeon|[Ss]olicitor)[ -]$"
)
"""Before a title that alone would say too much: "vice president", "inspector general"."""
_GOES_ON = re.compile(r"[^.!?“”\"«»„\n]{2,150},\s[“\"«„](?P<small>[a-zà-ÿ])?")
"""After a quotation whose sentence another one ends: “The strait,” she said, “is open”."""
_HALF = re.compile(r"(?:As|When|While|Because|Although)\b")
"""The same where the other opens with a capital: “As I looked up,” she said, “I saw …”."""
_ENDED = re.compile(r"[.!?…。؟।][’'”\"»)\]]*\s*$")
# Not after a capital: "J. Smith", "the U.S. Senate".
_SENTENCES = re.compile(r"(?<=[^A-Z][.!?])\s+|(?<=[.!?][”\"»])\s+")
_NOT_SPEAKER = word_set(
    """
    He She They It We I You But And The A An In On At This That There His Her Their What When
    If Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April
    May June July August September October November December Meanwhile However After Before
    While Republican Republicans Democrat Democrats
    """
)


@dataclass(frozen=True, slots=True)
class Found:
    """A quotation in a report: the span of the words inside the marks."""

    report: Report
    start: int
    end: int
    speaker: str

    @property
    def text(self) -> str:
        return self.report.item.text[self.start : self.end]


def in_report(report: Report) -> list[Found]:
    """The report's quotations of at least `MIN_WORDS` words, in order, the first `MOST` of them."""
    text = report.item.text
    return [
        Found(report, start, end, full_name(text, _speaker(text, start - 1, end + 1)))
        for start, end in sorted(_quotations(text))[:MOST]
    ]


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    taken = bytearray(len(text))
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if any(taken[start:end]):
                continue
            taken[start:end] = bytes([1]) * (end - start)
            # A straight mark pairs by turns: an odd one before this on the line means that this
            # "quotation" is the words between two.
            if match.group()[0] == '"':
                line = text.rfind("\n", 0, start) + 1
                if text.count('"', line, start - 1) % 2:
                    continue
            if _whole(text, start, end):
                yield start, end


def full_name(text: str, speaker: str) -> str:
    """The speaker as the report first names them in full: "Varga" → "Elin Varga"."""
    if not speaker or " " in speaker or not speaker[0].isupper():
        return speaker
    for match in re.finditer(rf"{_NAME_BEFORE}{re.escape(speaker)}(?!\w)", text):
        first = match.group().split()[0]
        if first not in _NOT_SPEAKER and not first.endswith(("’s", "'s")):
            return _titled(text, match.start(), match.group())
    return speaker


def _titled(text: str, start: int, name: str) -> str:
    """The name that stands there, without a title that is only half of one."""
    if _LESS.search(text[max(0, start - 12) : start]):
        return re.sub(rf"^(?:{_TITLE} )+", "", name)
    return name


_SPEAKS = re.compile(
    rf"(?:^|[,”\"] )(?P<who>[A-ZÀ-Þ][a-zà-ÿ][\w’'-]+) (?:(?:also |later |has |had |have )?{_SAY}"
    rf"|was|is|has|had|will|would|did)\b|[,”\"] {_SAY} (?P<after>[A-ZÀ-Þ][a-zà-ÿ][\w’'-]+)(?=[,.])"
)
_GIVEN = re.compile(
    r"(?:(?<![\w.’'-])[A-ZÀ-Þ][a-zà-ÿ]\w*(?:-[A-ZÀ-Þ]\w+)? (?:[A-Z]\. )?){1,4}"
    r"(?:(?:al|bin|van|von|de) )?$"
)
_ROLES = word_set(
    """
    Administrator Attorney Chair Chairman Chairwoman Coach Committee Congressman Congresswoman
    Democrat Deputy Detective Director Executive Father For Image Intelligence Lady Lawyer Leader
    Lord Officer Police Policy Representative Representatives Republican Sergeant Sister Speaker
    Spokesman Spokeswoman Staff State Union
    """
)
_THING = r"(?:in|across|near|outside|inside|into|the|an?)"
"""What stands before no person's name."""


def named_in_full(sentence: str, text: str, printed: str) -> Change | None:
    """The change "Varga said" → "Elin Varga said", where only what the report with that `text` says
    before the sentence tells who that is, and nothing `printed` does.

    Sure means: the report names one person so, first behind a given name with a title, a role or an
    apposition, and writes neither "in" nor "the" before the surname.
    """
    for match in _SPEAKS.finditer(sentence):
        start, end = match.span("who" if match["who"] else "after")
        who = sentence[start:end]
        alone = rf"(?<![\w’'-]){re.escape(who)}(?![\w-])"
        first = re.search(alone, text)
        if (
            first is None
            or who in _NOT_SPEAKER
            or re.search(alone, printed)
            or re.search(rf"(?<!\w){_THING} {alone}", text)
        ):
            continue
        before = text[max(0, first.start() - _REACH) : first.start()]
        given, known = _given(before)
        known = known or text.startswith(",", first.end())
        others = re.findall(rf"(?<![\w’'.-])([A-ZÀ-Þ][a-zà-ÿ][\w’'-]*) {alone}", text)
        if given and known and all(_no_name(word) or word in given for word in others):
            return Change("name", start, end, f"{given}{who}")
    return None


def _given(before: str) -> tuple[str, bool]:
    """The given names at the end of `before`, and whether a title or a role leads to them."""
    run = _GIVEN.search(before)
    if run is None:
        return "", False
    words = run.group().split()
    titles = [at for at, word in enumerate(words) if _no_name(word)]
    names = words[titles[-1] + 1 :] if titles else words
    led = bool(titles) or re.search(r"[a-z.] $", before[: run.start()]) is not None
    if len(names) > 2:  # more than that is somebody's office
        names = names[-2:] if names[-1].islower() else names[-1:]
    at = run.group().rfind(" ".join(names))
    return run.group()[at:] if names else "", led


def _no_name(word: str) -> bool:
    """Whether a capitalised word is a title or opens a sentence."""
    return word in _NOT_SPEAKER or word in _ROLES or re.fullmatch(_TITLE, word) is not None


def _whole(text: str, start: int, end: int) -> bool:
    words = text[start:end]
    if words != words.strip() and not words.strip():
        return False
    outside = text[start - 2 : start - 1] + text[end + 1 : end + 2]
    if any(c.isalnum() for c in outside):
        return False  # a mark inside a word: 6'2" or a stray one
    on = _GOES_ON.match(text, end + 1) if words.endswith(",") else None
    if on and (on["small"] or _HALF.match(words)):
        return False  # half a sentence
    if len(words.split()) < MIN_WORDS or re.search(r"…|\.\.\.|\[", words):
        return False  # words left out or put in by the outlet: not verbatim
    letters = [c for c in words if c.isalpha()]
    if sum(c.isupper() for c in letters) > 0.6 * len(letters):
        return False  # shouted posts
    return not re.search(r"https?:|@\w|#\w", words)


def _speaker(text: str, start: int, end: int) -> str:
    """The speaker's name, as printed in the quote's own sentence; "" when unknown.

    After “….” a capital begins another sentence, and who "said" something there may contradict it.
    """
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    after = text[end : min(line_end, end + _REACH)]
    before = text[max(line_start, start - _REACH) : start]
    goes_on = not _ENDED.search(text, start + 1, end - 1) or after.lstrip()[:1].islower()
    for pattern in _AFTER if goes_on else ():
        match = pattern.match(after)
        if match and (who := _clean(match["who"])):
            resident = _RESIDENT.match(after[match.end("who") :])
            return resident["who"] if resident and who[0].isupper() else who
    last = _SENTENCES.split(before)[-1]
    for pattern in _BEFORE if not _ENDED.search(before) else ():
        match = pattern.search(last)
        if match and (who := _clean(match["who"])):
            return _titled(last, match.start("who"), who)
    return ""


def _clean(who: str) -> str:
    who = re.sub(r"^(?:and|but|while|as) (?=\w)", "", who.strip(" ,"))
    who = re.sub(r"^(?:Republican|Democrat) (?=\w)", "", who)
    if who.split()[0] in _NOT_SPEAKER and (
        len(who.split()) == 1 or who.split()[0] not in {"The", "A", "An"}
    ):
        return ""
    return who


def key(text: str) -> tuple[str, ...]:
    """What makes two printings of a quotation the same words: case, marks and spacing aside."""
    return tuple(re.findall(r"\w+", text.casefold().replace("’", "").replace("'", "")))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """The quotation's runs of three words."""
    words = key(text)
    return frozenset(words[i : i + 3] for i in range(len(words) - 2))


def _overlap(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """Shared runs, as a share of the shorter quotation's."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


SAME_WORDS = 0.5
"""Share of common three-word runs from which two printings are of one utterance."""


def strongest(reports: Sequence[Report]) -> Iterator[Quote]:
    """The story's quotes: spoken by someone named, printed by several, of a quotable length.

    Equal quotes are one; the same utterance printed otherwise is a variant. Of equally strong ones
    the first in `reports`, most central first, comes first.
    """
    found = [f for r in reports for f in in_report(r)]
    groups: list[list[Found]] = []
    firsts: list[frozenset[tuple[str, ...]]] = []
    for f in found:
        runs = _runs(f.text)
        for group, first in zip(groups, firsts, strict=True):
            if _overlap(first, runs) >= SAME_WORDS:
                group.append(f)
                break
        else:
            groups.append([f])
            firsts.append(runs)
    for group in sorted(groups, key=lambda group: -_strength(group)):
        best = max(
            group, key=lambda f: (bool(f.speaker), _complete(f.text), len(f.text), f.report.item.id)
        )
        if not best.speaker or not best.text[:1].isupper():
            continue  # a part of a sentence is no whole quote
        seen = {key(best.text)}
        variants = []
        for f in group:
            if f.report.outlet.name != best.report.outlet.name and key(f.text) not in seen:
                seen.add(key(f.text))
                variants.append(cite(f.report, "text", f.start, f.end))
        citation = cite(best.report, "text", best.start, best.end)
        yield Quote(best.text, best.speaker, citation, tuple(variants))


def _complete(text: str) -> bool:
    return text[:1].isupper() and text.rstrip()[-1:] in ".,!?"


def _strength(group: list[Found]) -> float:
    outlets = len({f.report.outlet.name for f in group})
    best = max(group, key=lambda f: len(f.text))
    count = len(best.text.split())
    score = 0.6 * (outlets - 1)
    score += 1.0 if any(f.speaker and f.speaker[0].isupper() for f in group) else 0.0
    score += 0.5 if any(_complete(f.text) for f in group) else 0.0
    score += 0.4 if 8 <= count <= 32 else (-0.3 if count > 45 else 0.0)
    score += 0.2 if not sentences.unbalanced(best.text) else 0.0
    return score
