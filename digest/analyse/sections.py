"""What kind of event a report is about, and whether it belongs in a security briefing.

`category` is learned from 38,000 dated events and their editors' headings (bench/train_sections.py
makes data/sections.npz; inference is one matrix product). `section` follows from the category and
from plain words that decide between, say, terrorism and war; None leaves the report out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from digest.model import Category, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from digest.model import Item

CATEGORIES: tuple[Category, ...] = (
    "business", "conflict", "crime", "culture", "diplomacy", "disaster", "health", "politics",
    "science", "sport",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labels:
    """What a report is: its category, how sure that is, and its section (None: outside)."""

    category: Category
    probability: float
    security: float
    """Probability that it is a security matter."""
    section: Section | None


@cache
def _weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import numpy as np

    with files("digest.analyse").joinpath("data", "sections.npz").open("rb") as file:
        stored = np.load(file)
        return stored["weights"].astype(np.float32), stored["bias"].astype(np.float32)


def category_probabilities(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape (reports, 10), rows sum to 1, columns in the order of CATEGORIES."""
    import numpy as np

    weights, bias = _weights()
    scores = vectors @ weights + bias
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


_TERROR = _any(
    r"terror\w*|suicide bomb\w*|car bomb\w*|jihad\w*|isis|islamic state|al[- ]qaeda|al[- ]shabaab|"
    r"boko haram|extremis\w+|mass shooting|assassinat\w+|bomb(?:ing|ed) of|hostages?|"
    r"attentats?|terroris\w*|terroranschlag|anschl[aä]g\w*|atentado\w*|террор\w*"
)
_CYBER = _any(
    r"cyber\w*|hack(?:ed|ers?|ing)|ransomware|malware|data breach\w*|phishing|spyware|botnet|"
    r"zero[- ]day|cve-\d+|ddos|vulnerabilit\w+|exploit(?:ed|s)?|infostealer|supply[- ]chain attack|"
    r"breach(?:es)? (?:of|expos)\w*|cyberattaque\w*|ciberataque\w*|hackerangriff\w*|кибер\w*"
)
_UNREST = _any(
    r"protest\w*|riot\w*|unrest|coup|uprising|demonstrat(?:ors?|ions?)|clash(?:es|ed)?|curfew|"
    r"martial law|state of emergency|crackdown|impeach\w*|mutiny|manifestations?|[ée]meutes?|"
    r"protestas?|disturbios|unruhen|proteste|putsch|протест\w*"
)
_FORCE = _any(
    r"air ?strikes?|missiles?|drones?|troops|soldiers?|army|militar\w+|war|ceasefire|invasion|"
    r"rebels?|militants?|insurg\w+|offensive|shelling|bomb\w*|nuclear|hostages?|warships?|"
    r"fighter jets?|defen[cs]e|weapons?|strikes? (?:on|in|kill\w*)|incursion|gunm[ae]n|rockets?|"
    r"frappes?|guerre|guerra|krieg|angriff\w*|drohnen?|misiles?|ataques?|война|войск\w*|удар\w*"
)
_DIPLOMACY = _any(
    r"sanctions?|treaty|summit|ambassador\w*|diplomat\w*|nuclear|iaea|nato|un security council|"
    r"united nations|foreign minist\w+|peace (?:talks|deal|plan)|ceasefire|truce|denuclear\w*|"
    r"enrichment|proliferation|expel\w*|embassy|extradit\w+"
)
_VIOLENT_CRIME = _any(
    r"kill\w*|murder\w*|shoot\w*|shot|stabb\w*|gunm[ae]n|cartels?|gangs?|traffick\w*|smuggl\w*|"
    r"kidnap\w*|abduct\w*|arrest\w*|assault\w*|charged|convict\w*|sentenc\w*|massacre|homicide|"
    r"manhunt|espionage|spy|spies|spying|corruption|fraud|indict\w*|war crimes?|trial"
)
_HEALTH_SECURITY = _any(
    r"outbreak\w*|epidemic\w*|pandemic\w*|ebola|cholera|measles|mpox|bird flu|avian|h5n1|covid\w*|"
    r"coronavirus|quarantin\w*|virus(?:es)?|infect\w+|contaminat\w*|polio|plague|marburg|famine"
)
_POLITICS_SECURITY = _any(
    r"president|prime minister|government|parliament|election\w*|minister|opposition|coup|"
    r"resign\w*|cabinet|national guard|immigration|deport\w*|border|intelligence|supreme court"
)
_NO_MATTER = _any(
    r"recipe\w*|best deals?|review|trailer|box office|season \d+|episode|celebrit\w+|red carpet|"
    r"quarterback|touchdown|nfl|nba|mlb|nhl|premier league|playoffs?|iphone|airpods|hands-on|"
    r"horoscope|crossword|wordle|how to watch|pre-?order|gameplay|playstation|xbox|nintendo"
)


def section_of(category: Category, text: str) -> Section | None:
    """The edition's section for a report, or None where it is no security matter."""
    if _NO_MATTER.search(text) and not _FORCE.search(text):
        return None
    if _CYBER.search(text) and category in {
        "crime",
        "science",
        "business",
        "politics",
        "diplomacy",
    }:
        return "cyber"
    if category == "conflict":
        return "terrorism" if _TERROR.search(text) else "conflict"
    if category == "diplomacy":
        return "diplomacy"
    if category == "disaster":
        return "disaster"
    if category == "crime":
        if _TERROR.search(text):
            return "terrorism"
        return "crime" if _VIOLENT_CRIME.search(text) else None
    if category == "politics":
        if _UNREST.search(text):
            return "unrest"
        if _FORCE.search(text):
            return "conflict"
        if _DIPLOMACY.search(text):
            return "diplomacy"
        return "unrest" if _POLITICS_SECURITY.search(text) else None
    if category == "health":
        return "health" if _HEALTH_SECURITY.search(text) else None
    if _TERROR.search(text):
        return "terrorism"
    return None


def label(items: Sequence[Item], vectors: NDArray[np.float32]) -> list[Labels]:
    """Category and section of each report from its vector and its words."""
    probabilities = category_probabilities(vectors)
    found = []
    for item, row in zip(items, probabilities, strict=True):
        best = int(row.argmax())
        category = CATEGORIES[best]
        section = section_of(category, f"{item.title}. {item.text[:300]}")
        weight = dict(zip(CATEGORIES, row.tolist(), strict=True))
        security = sum(
            weight[cast("Category", name)]
            for name in ("conflict", "crime", "diplomacy", "disaster", "politics")
        )
        found.append(Labels(category, float(row[best]), float(security), section))
    return found
