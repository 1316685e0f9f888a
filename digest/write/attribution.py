"""Who says so, in the running text: ", the BBC reports." at the end of a source's sentence.

data/attribution.json holds the words by the edition's language: the `clause` and where it stands to
a closing quotation mark, the `turns` that follow one another, `again` for the same outlet's next
sentence, `aside` for what is no news, and `former`, what older editions print. Where a sentence
ends in words of its `own` on who says so, as that regular expression has them, the outlet stands
in a `bracket` after them. The name stands in all of these as its outlet writes it, so none may need
its case, number, gender or article: German says "so Les Échos", and neither "berichtet" nor "laut".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from digest.model import Story
from digest.tags import primary
from digest.write.edits import Change
from digest.write.languages import FALLBACK
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
    """
)
_ARTICLE_EXACT = frozenset(
    {"BBC", "ABC", "CBC", "IAEA", "WHO", "UN", "FBI", "EU", "ICRC", "PBS NewsHour",
     "BBC World Service"}
)  # fmt: skip
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
_CLOSE = r"[\"”’'»)]*"
_ENDING = re.compile(rf"\.(?P<close>{_CLOSE})$")
_STOPPED = re.compile(rf"\.?{_CLOSE}$")
_PART = re.compile(r"\\\{(\w+)\\\}")
_ABBREVIATED = re.compile(r"\b(?:[A-Za-z]\.){2,}$")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language; `aside` of analysis, explainers, portraits and pictures: some are
    of the day itself, so they are not called background."""

    clause: str
    turns: tuple[str, ...]
    again: str
    aside: str
    bracket: str
    own: re.Pattern[str]
    """How a sentence ends that says by itself who says so: ", officials say"."""
    former: tuple[str, ...]
    articles: bool
    """Whether names take an article: "the BBC"."""

    def called(self, name: str) -> str:
        """The outlet's name as a clause holds it."""
        return with_article(name) if self.articles else name.strip()

    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """The clauses that may be printed, with `name` and `close`, the marks before it."""
        parts = {"close": f"(?P<close>{_CLOSE})", "name": "(?P<name>.+)"}
        said = (*self.turns, self.again, *self.former, self.aside)
        return tuple(
            re.compile(_PART.sub(lambda part: parts[part[1]], re.escape(whole)))
            for whole in (*(self.clause.replace("{words}", words) for words in said), self.bracket)
        )

    def says_who(self, sentence: str) -> bool:
        """Whether the sentence ends in words of its own on who says so."""
        return bool(self.own.search(_STOPPED.sub("", sentence)))


@lru_cache(maxsize=1)
def _all_phrases() -> Mapping[str, Phrases]:
    raw = json.loads(files(__package__).joinpath("data/attribution.json").read_text("utf-8"))
    return {
        tag: Phrases(
            entry["clause"],
            tuple(entry["turns"]),
            entry["again"],
            entry["aside"],
            entry["bracket"],
            re.compile(f"(?:{entry['own']})$"),
            tuple(entry["former"]),
            articles=tag == FALLBACK,
        )
        for tag, entry in raw.items()
    }


def phrases(language: str) -> Phrases:
    """The words of a language (BCP 47); English where there are none."""
    known = _all_phrases()
    return known.get(primary(language), known[FALLBACK])


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
    language: str = FALLBACK,
    again: bool = False,
    aside: bool = False,
) -> Change | None:
    """The change that puts the attribution in place of the sentence's final full stop.

    `turn` varies the words in a fixed order, so that the same brief always reads the same; `again`
    says that the sentence before was of the same outlet ("adds"), `aside` that it is no news;
    `language` is the edition's. News that ends in who says so gets the outlet in brackets, not a
    second clause. None where the sentence names the outlet itself, or ends in a mark that a clause
    cannot follow.
    """
    if names_itself(sentence, name):
        return None
    ending = _ENDING.search(sentence)
    known = phrases(language)
    if aside:
        said = known.aside
    elif again:
        said = known.again
    elif re.search(r"\b(?:said|says|told|reported|announced)\b", sentence[-60:]) or (
        "according to" in sentence.casefold()
    ):
        # A second "says" or "according to" beside the sentence's own would read as an echo.
        said = known.turns[0]
    else:
        said = known.turns[turn % len(known.turns)]
    # "according to City A.M." has its full stop.
    words = said.format(name=known.called(name)).removesuffix(".")
    template = known.bracket if known.says_who(sentence) and not aside else known.clause
    if ending is None or _ABBREVIATED.search(sentence):
        # A standfirst without its full stop, or "in the U.S."
        if sentence.rstrip(CLOSING)[-1:].isalnum() or ending:
            text = template.format(close="", words=words, name=name.strip())
            return Change("attribution", len(sentence), len(sentence), text)
        return None
    # In English a comma goes inside a closing quotation mark that held the full stop.
    text = template.format(close=ending["close"], words=words, name=name.strip())
    return Change("attribution", ending.start(), len(sentence), text)
