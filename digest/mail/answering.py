"""What the writer of an answer to a question of ours says: yes, no, or something else. Pure.

A yes is a plain one, or silence: the question asks to be answered as it is. Whoever protests must
not have agreed, so a doubtful line is no yes; it costs its writer a second letter.
"""

from __future__ import annotations

import re

_YES = frozenset(
    ["yes", "yep", "yeah", "ok", "okay", "agreed", "confirmed", "ja", "jawohl", "gern", "gerne",
     "bestätige", "bestätigt", "oui", "d'accord", "confirme", "sí", "vale", "confirmo",
     "نعم", "موافق", "موافقة", "أوافق", "أؤكد"]
)  # fmt: skip
_NO = frozenset(["no", "nope", "never", "not", "nein", "nicht", "niemals", "non", "nunca", "لا"])
_DOUBT = re.compile(
    r"\b(?:no|nope|not|never|cannot|dont|didnt|nein|nicht|kein\w*|nie|niemals|non|pas|jamais|nunca"
    r"|لا|لم|لن|ليس|لست)\b|n't\b|[?؟]",
    re.IGNORECASE,
)
WRITTEN_ON = re.compile(r".{0,200}(?:wrote|schrieb|a écrit|escribió|ha scritto)\s*:\s*\Z", re.I)
_ATTRIBUTION = re.compile(
    r"(?:on|am|le|el|il|في)\s.{0,90}\d\d?[:.h]\d\d|.{0,90}<[^<>\s]{1,90}@|.{0,30}\d[:.h]\d\d\s*:\Z",
    re.IGNORECASE,
)
"""The lines over a quotation, which programs also break in two: by their time, or an address."""
_BY_PHONE = re.compile(
    r"(?:sent from|get outlook|von mein\w*|gesendet (?:von|mit)|envoyé (?:de|depuis)"
    r"|enviado (?:desde|con)|télécharge[zr] outlook|obtener outlook|أُ?رسلت من)\b",
    re.IGNORECASE,
)
_QUOTED_BELOW = re.compile(r"[-_=]{2,}|\*?(?:from|von|de|من)\s?:", re.IGNORECASE)
"""What stands over a signature, or a quotation without marks."""
_AROUND = " \t\xa0*\u200e\u200f\u202a\u202b"
"""Spaces, emphasis, and the marks by which right-to-left lines are kept in order."""


def said(text: str) -> str:
    """The first line of `text` that its writer says; "" where they only send ours back."""
    for line in text.splitlines()[:200]:
        line = line[:300].replace("’", "'").strip(_AROUND)
        if _QUOTED_BELOW.match(line):
            return ""
        if not line or line.startswith(">") or _BY_PHONE.match(line) or WRITTEN_ON.match(line):
            continue
        if _ATTRIBUTION.match(line) and not doubts(line):  # who protests may name the hour, too
            continue
        return line
    return ""


def words_of(line: str) -> list[str]:
    """Its words in small letters, without what stands around them."""
    bare = (word.strip(".,:;!?\"'“”„()[]<>*،…¡¿") for word in line.casefold().split())
    return [word for word in bare if word]


def agrees(line: str) -> bool:
    """Whether it begins with a yes that nothing takes back."""
    words = words_of(line)
    # "Si" is a yes without its accent, and in other languages an if.
    plain = words == ["si"] or not _YES.isdisjoint(words[:1])
    return plain and not doubts(line)


def refuses(line: str) -> bool:
    """Whether it begins with a no."""
    return not _NO.isdisjoint(words_of(line)[:1])


def doubts(line: str) -> bool:
    """Whether it denies anything, or asks."""
    return bool(_DOUBT.search(line))
