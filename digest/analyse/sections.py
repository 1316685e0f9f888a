"""What kind of event a report is about, and whether it belongs in a security briefing.

`category` and the security filter are learned (bench/train_sections.py makes data/sections.npz) and
applied to the multilingual vectors: two matrix products for a whole day. `section` follows from the
category and from plain words that decide between, say, terrorism and war; None leaves the report
out. The filter errs towards leaving out: a security page with a celebrity on it is worse than one
report missing among the twenty on an event.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from digest.analyse import words
from digest.analyse.embed import unpacked
from digest.analyse.forms import is_round_up
from digest.analyse.severity import killed_in
from digest.model import Category, Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from digest.analyse.embed import Packed
    from digest.model import Item

CATEGORIES: tuple[Category, ...] = (
    "business", "conflict", "crime", "culture", "diplomacy", "disaster", "health", "politics",
    "science", "sport",
)  # fmt: skip
SECURITY = 0.5
"""Probability from which a report is a security matter (labelled day 2025-09-10: F1 .93)."""
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


@dataclass(frozen=True, slots=True)
class Labels:
    """What a report is: its category, how sure that is, and its section (None: outside)."""

    category: Category
    probability: float
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


@cache
def _weights() -> Mapping[str, NDArray[np.float32]]:
    import numpy as np

    with files("digest.analyse").joinpath("data", "sections.npz").open("rb") as file:
        stored = np.load(file)
        return {key: stored[key].astype(np.float32) for key in stored.files}


def hashed_words(texts: Sequence[str]) -> csr_array:
    """Words and word pairs as unit rows of hashed columns, shape (texts, words.BUCKETS)."""
    made = words.Rows()
    for text in texts:
        found = words.words_of(text)
        together = [f"{one} {other}" for one, other in pairwise(found)]
        made.add(words.counted([*found, *together]))
    return words.weighted(made.matrix(), words.background_idf())


def category_probabilities(
    vectors: NDArray[np.float32], by_words: NDArray[np.float32]
) -> NDArray[np.float32]:
    """From vectors and what the words say (`read`): shape (reports, 10), rows sum to 1, columns in
    the order of CATEGORIES.

    The margins of ten linear classifiers through a softmax: ordered as probabilities are, and only
    roughly calibrated.
    """
    import numpy as np

    stored = _weights()
    margins = vectors @ stored["category"] + stored["category_bias"]
    margins += by_words
    margins *= _SHARPNESS
    margins -= margins.max(axis=1, keepdims=True)
    odds = np.exp(margins)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def security_probabilities(
    vectors: NDArray[np.float32], titles: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Shape (reports,): from the vectors of text and headline."""
    import numpy as np

    of_text, of_title = np.split(_weights()["security"], 2)
    scores = vectors @ of_text + titles @ of_title + _weights()["security_bias"]
    return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float32)


def _any(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})", re.IGNORECASE)


_BREAK_INS = (
    r"cyber[- ]?(?:attack|breach|security breach|crime|espionage)|ransomware|malware|spyware|"
    r"phishing|botnet|ddos|zero[- ]day|data (?:breach|theft|leak)|hackers?\b|hacked\b|cve-\d|"
    r"infostealer|ciberataque|cyberattaque|(?:ataque|attaque) inform\w+|datendiebstahl|кибер|"
    r"хакер|サイバー|网络攻击|سيبران"
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
    r"urani[ou]|plutonium|\bIAEA\b|nuclear (?:watchdog|inspect|site|programme|program\b|deal|talks|"
    r"enrich)|non-?proliferation|arms control|uran(?:anreicherung)?\b|уран\b"
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
"""An attack kills like a disaster and is none; a flood in a war is one."""
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
    text = f"{item.title}. {item.text[:_SHOWN]}"
    if category in _KILLS and (killed_in(text) >= _KILLED or _DRIVEN_OUT.search(text)):
        odds *= math.exp(GRAVE)
    elif _ATTACKED.search(item.title):
        odds *= math.exp(CYBER)
    return odds / (1.0 + odds)


def section_of(weights: Mapping[Category, float], text: str) -> Section:
    """The edition's section of a security report; `weights` are its category probabilities."""
    if _CYBER.search(text):
        return "cyber"
    considered: list[Category] = [
        "conflict", "crime", "diplomacy", "disaster", "health", "politics"
    ]  # fmt: skip
    best = max(considered, key=lambda name: (weights[name], name))
    if _TERROR.search(text) and best in {"conflict", "crime"}:
        return "terrorism"
    if best in {"crime", "politics"} and _PROLIFERATION.search(text):
        return "diplomacy"
    if best == "disaster" and _ATTACK.search(text) and not _NATURE.search(text):
        return "conflict"
    if best == "politics" or (best == "crime" and _UNREST.search(text)):
        if _UNREST.search(text) or not _FORCE.search(text):
            return "unrest"
        return "conflict" if weights["conflict"] >= weights["diplomacy"] else "diplomacy"
    if best == "health" and not _OUTBREAK.search(text):
        return "disaster"
    by_category: dict[Category, Section] = {
        "conflict": "conflict",
        "crime": "crime",
        "diplomacy": "diplomacy",
        "disaster": "disaster",
        "health": "health",
    }
    return by_category[best]


def read(items: Sequence[Item]) -> NDArray[np.float32]:
    """What the reports' words say for each category, shape (reports, 10): margins, as `label` adds
    them to those of the vectors."""
    import numpy as np

    stored = _weights()
    made = np.empty((len(items), len(CATEGORIES)), dtype=np.float32)
    for start in range(0, len(items), _AT_ONCE):
        part = items[start : start + _AT_ONCE]
        hashed = hashed_words([f"{item.title} {item.text[:_SHOWN]}" for item in part])
        made[start : start + _AT_ONCE] = hashed @ stored["category_words"]
    made /= stored["category_words_scale"]
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
    probabilities = category_probabilities(vectors, by_words)
    secure = security_probabilities(vectors, titles).tolist()
    found = []
    for item, row, security in zip(items, probabilities, secure, strict=True):
        best = int(row.argmax())
        section = None
        category = CATEGORIES[best]
        security = with_signs(security, category, item)
        pastime = category in PASTIMES and row[best] >= PLAINLY
        if security >= (SURELY if pastime else SECURITY) and not is_round_up(item.title):
            weights = dict(zip(CATEGORIES, row.tolist(), strict=True))
            section = section_of(weights, f"{item.title}. {item.text[:_SHOWN]}")
        found.append(Labels(category, float(row[best]), round(security, 4), section))
    return found
