"""How a story stands: confirmed by origins, claimed by a party, denied, single source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.model import Story

_PARTY = (
    r"(?P<who>(?:the |an? )?(?:[A-ZÀ-Þ][\w’'\-]+ ){0,3}(?:military|army|ministry|"
    r"police|government|authorities|officials?|"
    r"spokes(?:man|woman|person)|group|militants|rebels|forces|state media|president|"
    r"minister|company|agency|navy|"
    r"prosecutors|Kremlin|Pentagon|IDF|White House|Hamas|Hezbollah|Taliban)|"
    r"(?:[A-ZÀ-Þ][\w’'\-]+(?: [A-ZÀ-Þ][\w’'\-]+)?))"
)
_CLAIM = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also )?(?:claims?|claimed(?: responsibility)?|"
    rf"alleges?|alleged|says|said|asserts?|asserted)\b"
)
_CLAIM_ONLY = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also )?(?:claim(?:s|ed)?|alleg(?:es|ed)|assert(?:s|ed)?)\b"
)
_DENIAL = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also |strongly |categorically |flatly "
    rf")*(?:den(?:y|ies|ied)|reject(?:s|ed)? (?:the )?(?:claims?|allegations?|"
    rf"accusations?|reports?))\b"
    r"(?! (?:entry|bail|boarding|access|him|her|them|a visa))"
)


def claimant(sentence: str) -> str:
    """The party whose claim the sentence reports; "" when it states it as a fact."""
    match = _CLAIM.search(sentence)
    return match["who"].strip() if match else ""


def is_claim(sentence: str) -> bool:
    return bool(_CLAIM.search(sentence))


def denier(sentence: str) -> str:
    """The party whose denial the sentence reports; "" when it reports none."""
    match = _DENIAL.search(sentence)
    return match["who"].strip() if match else ""


def standing(story: Story, printed: Sequence[str], texts: Sequence[str]) -> str:
    """The machine's label on how far the story is established.

    `printed`: the sentences of the brief, headline first; `texts`: the story's sentences, in which
    denials are looked for.
    """
    origins = len(story.origins)
    parts = []
    own = [o for o in story.origins if o.kind != "statement"]
    if origins >= 2 and own:
        parts.append(f"confirmed by {origins} origins")
    elif origins == 1:
        origin = story.origins[0]
        what = "statement" if origin.kind == "statement" else "source"
        parts.append(f"single {what}: {origin.name}")
    claim = next((m["who"].strip() for s in printed[:2] if (m := _CLAIM_ONLY.search(s))), "")
    if claim:
        parts.append(f"claimed by {claim}")
    deniers: list[str] = []
    for text in (*printed, *texts):
        who = denier(text)
        if who and who not in deniers:
            deniers.append(who)
    if deniers:
        parts.append(f"denied by {deniers[0]}")
    return "; ".join(parts)
