"""Who says so, in the running text: ", the BBC reports." at the end of a source's sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping

from digest.model import Story
from digest.write.edits import Change
from digest.write.sentences import CLOSING
from digest.write.tokens import word_set

# Last words of names that English gives an article: "the Northern Gazette", "the Press Agency".
_ARTICLE_NOUNS = word_set(
    """
    times post journal telegraph herald tribune gazette guardian independent observer courier
    chronicle mirror star press standard monitor globe mail express inquirer agency service
    union organization organisation council ministry centre center institute department office
    bureau record register examiner sun economist atlantic intercept conversation diplomat
    hill nation citizen review republic age australian scotsman irishman national hindu
    dispatch bulletin ledger sentinel argus echo advertiser messenger leader commission
    committee foundation group command navy army police government house society association
    federation programme program pilot beacon mercury reporter spectator statesman verge
    register
    """
)
_ARTICLE_EXACT = frozenset(
    {
        "BBC",
        "ABC",
        "CBC",
        "IAEA",
        "WHO",
        "UN",
        "FBI",
        "EU",
        "ICRC",
        "PBS NewsHour",
        "BBC World Service",
    }
)
_NO_ARTICLE = frozenset(
    {"Agence France-Presse", "Press TV", "Deutsche Welle", "Amnesty International"}
)
_BY_BROADCASTER = re.compile(r"^(?:Radio|Sky|Fox|Channel|France|Kanal|TV|Al |RT\b|UN News)")

# What wire agencies are called in short, so that a sentence that names one is not named again.
SHORT_NAMES: Mapping[str, tuple[str, ...]] = {
    "Associated Press": ("AP",),
    "Agence France-Presse": ("AFP",),
    "Press Association": ("PA",),
    "British Broadcasting Corporation": ("BBC",),
    "New York Times": ("NYT",),
    "Wall Street Journal": ("WSJ",),
    "Deutsche Presse-Agentur": ("dpa", "DPA"),
}
_ENDING = re.compile(r"(?P<stop>[.])(?P<close>[\"”’'»)]*)$")
_ABBREVIATED = re.compile(r"\b(?:[A-Za-z]\.){2,}$")
_VERBS = ("reports", "according to", "says")
ASIDE = "a feature by"
"""Before the outlet's name, of what is printed from analysis, explainers, portraits and pictures:
some are of the day itself, so they are not called background."""


def with_article(name: str) -> str:
    """The outlet's name as the object of "according to": "the BBC", "Al Jazeera"."""
    bare = re.sub(r"^[Tt]he\s+", "", name.strip())
    if bare in _NO_ARTICLE or re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", bare):
        return bare
    if bare in _ARTICLE_EXACT or name.strip().lower().startswith("the "):
        return f"the {bare}"
    last = re.split(r"[\s-]", bare)[-1].casefold()
    if last in _ARTICLE_NOUNS and not _BY_BROADCASTER.match(bare):
        return f"the {bare}"
    return bare


def sayers(story: Story) -> dict[str, str]:
    """Item id → whose report it is: the agency for wire copy, the outlet for its own work."""
    wire = {i: o.name for o in story.origins if o.kind == "wire" for i in o.items}
    return {r.item.id: wire.get(r.item.id) or r.publisher for r in story.reports}


def names_of(name: str) -> tuple[str, ...]:
    bare = re.sub(r"^[Tt]he\s+", "", name.strip())
    return (bare, *SHORT_NAMES.get(bare, ()))


def names_itself(sentence: str, name: str) -> bool:
    """Whether the sentence already says who reports it."""
    return any(
        re.search(rf"(?<!\w){re.escape(n)}(?!\w)", sentence) for n in names_of(name) if len(n) > 1
    )


def clause(
    sentence: str,
    name: str,
    turn: int,
    *,
    again: bool = False,
    aside: bool = False,
) -> Change | None:
    """The change that puts the attribution in place of the sentence's final full stop.

    `turn` varies the verb in a fixed order, so that the same brief always reads the same; `again`
    says that the sentence before was of the same outlet ("adds"), `aside` that it is no news. None
    where the sentence names the outlet itself, or ends in a mark that a clause cannot follow.
    """
    if names_itself(sentence, name):
        return None
    ending = _ENDING.search(sentence)
    said = with_article(name)
    if aside:
        verb, said = "according to", f"{ASIDE} {said}"
    elif again:
        verb = "adds"
    else:
        verb = _VERBS[turn % len(_VERBS)]
        # A second "says" or "according to" beside the sentence's own would read as an echo.
        if re.search(r"\b(?:said|says|told|reported|announced)\b", sentence[-60:]) or (
            "according to" in sentence.casefold()
        ):
            verb = "reports"
    # "according to City A.M." has its full stop.
    words = f"according to {said.removesuffix('.')}" if verb == "according to" else f"{said} {verb}"
    if ending is None or _ABBREVIATED.search(sentence):
        # A standfirst without its full stop, or "in the U.S."
        if sentence.rstrip(CLOSING)[-1:].isalnum() or ending:
            return Change("attribution", len(sentence), len(sentence), f", {words}.")
        return None
    close = ending["close"]
    # A comma goes inside a closing quotation mark that held the full stop, and before a bracket's.
    text = f",{close} {words}." if close else f", {words}."
    return Change("attribution", ending.start(), len(sentence), text)
