"""What kind of event a report is about, and whether it belongs in a security briefing.

All three are learned and applied to the multilingual vectors: a few matrix products for a whole
day. bench/train_sections.py makes data/sections.npz, `category` and the security filter, and
bench/train_matters.py data/matters.npz: which section a report that the filter lets in belongs to,
from vectors, words, category and plain signs ("ransomware"), or that it belongs to none. None
leaves the report out. The filter errs towards leaving out: a security page with a celebrity on it
is worse than one report missing among the twenty on an event.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from digest.analyse import words
from digest.analyse.dead import killed_in
from digest.analyse.embed import unpacked
from digest.analyse.forms import is_round_up
from digest.analyse.packaged import weights
from digest.model import Category, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.model import Item

CATEGORIES: tuple[Category, ...] = (
    "business", "conflict", "crime", "culture", "diplomacy", "disaster", "health", "politics",
    "science", "sport",
)  # fmt: skip
MATTERS: tuple[Section | None, ...] = (
    "conflict", "crime", "cyber", "diplomacy", "disaster", "health", "terrorism", "unrest", None,
)  # fmt: skip
"""What a report may be: the last is none of a security briefing's matters."""
SURE, AS_NONE = 0.15, 0.5
"""A report comes in whose log-odds by the filter, less AS_NONE times those of being none of the
matters, are SURE: neither of the two alone is as sure. Of days that training did not see .897 of
what comes in belongs there and .952 of what belongs comes in, F1 .924; by the filter alone .903
(three days far apart, 30 November 2026). Of those reports .79 are given their section, by category
and plain signs alone .68."""
_NEVER = 0.02
"""Probability by the filter below which nothing else is asked."""
SECURITY = 0.5
"""Probability by the filter from which it has no doubt (labelled day 2025-09-10: F1 .93 alone)."""
PASTIMES: frozenset[Category] = frozenset({"sport", "culture"})
PLAINLY, SURELY = 0.6, 0.8
"""A report whose category is plainly sport or culture needs the security filter to be sure: it is
weakest on headlines in other languages, the categories are steadier there (sample day, 2026-11)."""
CYBER, GRAVE = 1.25, 1.75
"""What a plain sign adds to the filter's log-odds: a headline that names an attack on computers; an
event that killed or drove out many. The days that taught the filter had little of either. On eight
real days 13 reports more come in, two of them labelled so and none otherwise (29 November 2026)."""
MISHAPS: frozenset[Section] = frozenset({"disaster", "health"})
"""What befalls people; the other sections are what people do."""
_Name = TypeVar("_Name", bound=str)
_SHOWN = 300
_AT_ONCE = 5_000
"""Reports whose words and vectors are held in full at once: some 20 MB."""
_SHARPNESS = 2.5
_OF_MARGINS, _OF_SIGNS = 0.6, 0.5
"""What margins and signs count beside the vectors' numbers while their weights are learned."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What a report is: its category and its section (None: outside)."""

    category: Category
    security: float
    """Probability that it is a security matter."""
    section: Section | None


def of_event(reports: Sequence[Section]) -> Section:
    """The section of an event, from those of its reports.

    Whether people did it or it befell them is settled first: what people do is spread over six
    sections, and a car bomb with two reports in each of three would else be the disaster that
    three more take it for.
    """
    befell = [section for section in reports if section in MISHAPS]
    done = [section for section in reports if section not in MISHAPS]
    return most_common(befell if len(befell) > len(done) else done)


def most_common(values: Sequence[_Name]) -> _Name:
    """Of equally common ones the first by name."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def hashed_words(texts: Sequence[str]) -> csr_array:
    """Words and word pairs as unit rows of hashed columns, shape (texts, words.BUCKETS)."""
    made = words.Rows()
    for text in texts:
        found = words.words_of(text)
        together = [f"{one} {other}" for one, other in pairwise(found)]
        made.add(words.counted([*found, *together]))
    return words.weighted(made.matrix(), words.background_idf())


def category_words(hashed: csr_array) -> NDArray[np.float32]:
    """What hashed words say for each category; shape (reports, 10)."""
    import numpy as np

    stored = weights("sections")
    said = hashed @ stored["category_words"] / stored["category_words_scale"]
    return np.asarray(said, dtype=np.float32)


def category_margins(
    vectors: NDArray[np.float32], by_words: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Of ten linear classifiers, from vectors and `category_words`: shape (reports, 10), columns in
    the order of CATEGORIES."""
    stored = weights("sections")
    margins: NDArray[np.float32] = vectors @ stored["category"]
    margins += stored["category_bias"]
    margins += by_words
    return margins


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows that sum to 1."""
    import numpy as np

    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def security_probabilities(
    vectors: NDArray[np.float32], titles: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Shape (reports,): from the vectors of text and headline."""
    import numpy as np

    stored = weights("sections")
    of_text, of_title = np.split(stored["security"], 2)
    scores = vectors @ of_text + titles @ of_title + stored["security_bias"]
    return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float32)


def _any(alternatives: str) -> re.Pattern[str]:
    """For texts in lower case: to ignore case takes more than twice the time."""
    return re.compile(rf"\b(?:{alternatives})")


_BREAK_INS = (
    r"cyber[- ]?(?:attack|breach|security breach|crime|espionage)|ransomware|malware|spyware|"
    r"phishing|botnet|ddos|zero[- ]day|data (?:breach|theft|leak)|hackers?\b|hacked\b|cve-\d|"
    r"infostealer|rançongiciel|erpressungs(?:software|trojaner)|gijzelsoftware|ciberataque|"
    r"roban (?:los )?datos|rubati i dati|cyberattaque|(?:ataque|attaque) inform\w+|"
    r"datendiebstahl|кибер|хакер|サイバー|网络攻击|سيبران"
)
_ATTACKED = _any(_BREAK_INS)
_CYBER = _any(
    rf"{_BREAK_INS}|cyber|hack(?:er|ing)|vulnerabilit\w+ (?:in|allow)|leak site|"
    r"stolen (?:\w+ )?(?:data|records|passwords?)|data of [\w ,.]{1,40}? stolen|"
    r"(?:stole|stolen|theft of) [^.]{0,30}\b(?:data|records) of"
)
_TERROR = _any(
    r"terror|suicide bomb|car bomb|jihad|isis\b|islamic state|al[- ]qa(?:e|i)da|al[- ]shabaab|"
    r"boko haram|extremis|attentat|anschlag|atentado|террор|тероp|إرهاب"
)
_PROLIFERATION = _any(
    r"urani[ou]|plutonium|\biaea\b|nuclear (?:watchdog|inspect|site|programme|program\b|deal|talks|"
    r"enrich)|non-?proliferation|arms (?:control|embargo|smuggl|traffick)|dual-use|"
    r"missile (?:parts|components|technology)|sanctions?[- ](?:evasion|busting)|"
    r"uran(?:anreicherung)?\b|уран\b"
)
_UNREST = _any(
    r"protest|riot|unrest|coup\b|uprising|demonstrat(?:ors?|ions?)|curfew|martial law|"
    r"state of emergency|crackdown|impeach|mutiny|manifestations?|[ée]meute|disturbios|unruhen|"
    r"putsch|протест|احتجاج|shot by|political violence"
)
_FORCE = _any(
    r"air ?strike|missile|drone|troops|soldier|army|militar|war\b|warship|ceasefire|invasion|"
    r"rebels|militant|insurg|offensive|shelling|bomb|nuclear|hostage|fighter jet|gunm[ae]n|rocket|"
    r"frappes|guerre|guerra|krieg|angriff|drohne|misil|ataque|война|войск|удар"
)
_ATTACK = _any(
    r"air ?strikes?\b|missiles?\b|drones?\b|shell(?:ed|ing)\b|rockets?\b|gunm[ae]n|bombings?\b|"
    r"bombard|militants?\b|raketen|drohnen|misil|frappes? (?:de missile|aérienne)|rakiet|ракет|"
    r"صاروخ|attack(?:s|ed)\b"
)
_NATURE = _any(
    r"earthquake|quake|flood|storm|hurricane|typhoon|cyclone|tornado|tsunami|landslide|volcan|"
    r"wildfire|drought|famine|avalanche|heat ?wave|erdbeben|séisme|terremoto|inundaci|inondation"
)
_OUTBREAK = _any(
    r"outbreak|epidemic|pandemic|ebola|cholera|measles|mpox|bird flu|h5n1|covid|coronavirus|"
    r"quarantin|virus|infect|polio|plague|marburg|legionnaires|disease"
)


_DRIVEN_OUT = _any(
    r"(?:thousands|hundreds|\d{1,3}(?:[ ,.]\d{3})+|\d{4,})\b[^.\d]{0,40}?\b(?:evacuat|displac|"
    r"homeless|fle[ed]|had to leave|left their homes|évacu|déplac|evacuad|desplaz|evakuier|"
    r"vertrieb)"
)
_KILLED = 3
_KILLS: frozenset[Category] = frozenset({"conflict", "crime", "disaster", "health"})


def with_signs(security: float, category: Category, item: Item) -> float:
    """The filter's probability, where it doubts, with what plain signs of the matter add."""
    odds = security / max(1e-6, 1.0 - security)
    if security >= SECURITY or odds * math.exp(GRAVE) < 1.0 or category in PASTIMES:
        return security
    text = opening(item)
    if category in _KILLS and (
        killed_in(item.title, item.text[:_SHOWN]) >= _KILLED or _DRIVEN_OUT.search(text.lower())
    ):
        odds *= math.exp(GRAVE)
    elif _ATTACKED.search(item.title.lower()):
        odds *= math.exp(CYBER)
    return odds / (1.0 + odds)


_SIGNS = (
    _CYBER, _TERROR, _PROLIFERATION, _UNREST, _FORCE, _ATTACK, _NATURE, _OUTBREAK, _ATTACKED,
    _DRIVEN_OUT,
)  # fmt: skip


def signs(items: Sequence[Item]) -> NDArray[np.float32]:
    """Which plain signs of a matter stand in title and beginning, then which in the title alone;
    shape (reports, twice the signs)."""
    import numpy as np

    found = np.zeros((len(items), 2, len(_SIGNS)), dtype=np.float32)
    for item, (somewhere, in_title) in zip(items, found, strict=True):
        text, title = opening(item).lower(), item.title.lower()
        for at, sign in enumerate(_SIGNS):
            if sign.search(text):  # else it is not in the title either
                somewhere[at], in_title[at] = 1, sign.search(title) is not None
    return found.reshape(len(items), 2 * len(_SIGNS))


def opening(item: Item) -> str:
    """Where signs and words are read."""
    return f"{item.title}. {item.text[:_SHOWN]}"


def matter_probabilities(
    dense: NDArray[np.float32], by_words: NDArray[np.float32]
) -> NDArray[np.float32]:
    """From `evidence` and what the words say: shape (reports, 9), rows sum to 1, columns in the
    order of MATTERS."""
    stored = weights("matters")
    return _softmax(dense @ stored["dense"] + stored["bias"] + by_words)


def evidence(
    items: Sequence[Item],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
    margins: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What beside its words tells a report's matter, side by side, each brought to a like size."""
    import numpy as np

    return np.hstack([vectors, titles, _OF_MARGINS * margins, _OF_SIGNS * signs(items)])


def read(items: Sequence[Item]) -> NDArray[np.float32]:
    """What the reports' words say for each category, then for each matter, shape (reports, 19):
    margins, as `label` adds them to those of the vectors."""
    import numpy as np

    stored = weights("matters")
    made = np.empty((len(items), len(CATEGORIES) + len(MATTERS)), dtype=np.float32)
    for start in range(0, len(items), _AT_ONCE):
        hashed = hashed_words([opening(item) for item in items[start : start + _AT_ONCE]])
        rows = made[start : start + _AT_ONCE]
        rows[:, : len(CATEGORIES)] = category_words(hashed)
        rows[:, len(CATEGORIES) :] = hashed @ stored["words"] / stored["words_scale"]
    return made


def label(
    items: Sequence[Item], by_words: NDArray[np.float32], vectors: Packed, titles: Packed
) -> list[Labels]:
    """Category and section of each report from its words (`read`) and its vectors."""
    found = []
    for start in range(0, len(items), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found += _labels(
            items[part], by_words[part], unpacked(vectors[part]), unpacked(titles[part])
        )
    return found


def _labels(
    items: Sequence[Item],
    by_words: NDArray[np.float32],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
) -> list[Labels]:
    import numpy as np

    by_category, by_matter = np.split(by_words, [len(CATEGORIES)], axis=1)
    margins = category_margins(vectors, by_category)
    probabilities = _softmax(margins * _SHARPNESS)
    secure = security_probabilities(vectors, titles).tolist()
    found: list[Labels] = []
    asked = []
    for item, row, security in zip(items, probabilities, secure, strict=True):
        best = int(row.argmax())
        category = CATEGORIES[best]
        security = with_signs(security, category, item)
        pastime = category in PASTIMES and row[best] >= PLAINLY
        if security >= (SURELY if pastime else _NEVER) and not is_round_up(item.title):
            asked.append(len(found))
        found.append(Labels(category, round(security, 4), None))
    some = [items[at] for at in asked]
    dense = evidence(some, vectors[asked], titles[asked], margins[asked])
    matters = matter_probabilities(dense, by_matter[asked])
    for at, row in zip(asked, matters, strict=True):
        if _log_odds(found[at].security) - AS_NONE * _log_odds(float(row[-1])) >= SURE:
            found[at] = replace(found[at], section=_section(row, opening(items[at])))
    return found


def _log_odds(probability: float) -> float:
    held = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(held / (1 - held))


def _section(probabilities: NDArray[np.float32], text: str) -> Section | None:
    """The likeliest matter of a report that has one."""
    likeliest = MATTERS[int(probabilities[:-1].argmax())]
    # The days that taught this had inspectors of nuclear sites too seldom.
    if likeliest in ("crime", "unrest") and _PROLIFERATION.search(text.lower()):
        return "diplomacy"
    return likeliest
