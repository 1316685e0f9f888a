"""How a story stands: confirmed by origins, claimed by a party, denied, single source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.model import Origin, Report, Story
from digest.write import tallies
from digest.write.tokens import STOPWORDS, content, opening, word_set

TELLS = 0.4
"""Share of the headline's content words that a report's title and opening must hold to tell the
same. From 821 reports of 160 stories, each read by two language models as editors (.98 alike):
counting all who tell of the event, 27 stories have two origins or more too many and none too few;
by this share 8 and 3 (eight real days; `bench claims`, 30 November 2026)."""

ALONE = 0.3
"""The same share: where no report of another outlet in the whole story holds so much, a headline is
one outlet's alone. Between the two nothing is said: of the headlines called alone .69 are by TELLS
on the lead event, .81 by this on it (13 of 16 beside 22 of 32; the same days and labels)."""

_PARTY = (
    r"(?P<who>(?:[Tt]he |[Aa]n? )?(?:[A-ZÀ-Þ][\w’'\-]+ ){0,3}(?:military|army|ministry|"
    r"police|government|authorities|officials?|"
    r"spokes(?:man|woman|person)|group|militants|rebels|forces|state media|president|"
    r"minister|company|agency|navy|"
    r"prosecutors|Kremlin|Pentagon|IDF|White House|Hamas|Hezbollah|Taliban)|"
    r"(?:[Tt]he )?[A-ZÀ-Þ][\w’'\-]+(?: [A-ZÀ-Þ][\w’'\-]+)?)"
)
_CLAIM = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also )?(?:claims?|claimed(?: responsibility)?|"
    rf"alleges?|alleged|says?|said|asserts?|asserted|accus(?:es?|ed)|blam(?:es?|ed)|"
    rf"warn(?:s|ed)?|threaten(?:s|ed)?|vow(?:s|ed)?)\b"
)
_CLAIM_ONLY = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also )?(?:claim(?:s|ed)|alleg(?:es|ed)|assert(?:s|ed))"
    r" (?:that|to|it|its|the|responsibility|credit|his|her|their)\b"
)
_DENIAL = re.compile(
    rf"\b{_PARTY},? (?:has |have |had |also |strongly |categorically |flatly "
    rf")*(?:den(?:y|ies|ied)|reject(?:s|ed)? (?:the )?(?:claims?|allegations?|"
    rf"accusations?|reports?))\b"
    r"(?! (?:entry|bail|boarding|access|him|her|them|a visa))"
)


_SAID = re.compile(
    r"\b(?:says?|said)\b(?! to\b)|:\s(?:(?:[Tt]he )?[A-Z][\w.’'-]*(?: [\w.’'-]+){0,2} )?"
    r"(?:UN|U\.N\.|[Rr]eports?|[Mm]inist(?:er|ry)|[Oo]fficials?|[Pp]olice|[Ss]ources?|[Ww]atchdog)$"
)
"""A headline that tells what somebody says, wherever it names them."""
_NO_PARTY = word_set("he she they it we i you but and that this who which what there reports")


def _party(match: re.Match[str] | None) -> str:
    """The party as the label prints it: "the Kesten police"; "" for a pronoun."""
    if match is None:
        return ""
    who = re.sub(r"^(?:The|An?) ", lambda m: m.group().lower(), match["who"].strip())
    first = who.split()[0].casefold()
    opener = first in STOPWORDS and first not in ("the", "a", "an")
    return "" if opener or who.casefold() in _NO_PARTY or who.endswith(("’s", "'s")) else who


def is_claim(sentence: str) -> bool:
    """Whether the sentence reports what a party says rather than what happened."""
    return bool(_party(_CLAIM.search(sentence)))


def claimant(sentence: str) -> str:
    """The party whose bare claim the sentence reports ("the group claimed"); "" for none."""
    return _party(_CLAIM_ONLY.search(sentence))


def denier(sentence: str) -> str:
    """The party whose denial the sentence reports; "" when it reports none."""
    return _party(_DENIAL.search(sentence))


def told_share(report: Report, headline: str) -> float:
    """Share of a headline's content words that the report's title and opening hold, 0 to 1."""
    words = frozenset(content(headline))
    return len(words & opening(report.item.title, report.item.text)) / max(1, len(words))


def tells(report: Report, headline: str) -> bool:
    """Whether the report tells what a headline in its language does: it holds its words (see
    TELLS), or its title counts the same. Of the reports labelled for TELLS the count adds three,
    all rightly."""
    return _tells(report, headline, TELLS)


def _tells(report: Report, headline: str, share: float) -> bool:
    if told_share(report, headline) >= share:
        return True
    head, title = (tallies.counted(text, report.lang) for text in (headline, report.item.title))
    return tallies.goes_on(head, title) or tallies.goes_on(title, head)


def tellers(story: Story, head: Report, headline: str) -> tuple[Origin, ...]:
    """Who of those on the lead event tells what its headline, that of the report `head`, tells.

    Reports in other languages are taken to: their words are others. One whose language nobody
    knows is not.
    """
    news = [report for report in story.lead_reports if not report.comment or head.comment]
    told = {
        r.item.id
        for r in news
        if (r.lang and head.lang and r.lang != head.lang) or tells(r, headline)
    }
    return story.origins_with({head.item.id, *told})


def _alone(story: Story, head: Report, headline: str) -> bool:
    """Whether no report of another origin in the whole story nearly tells the headline."""
    near = {report.item.id for report in story.reports if _tells(report, headline, ALONE)}
    return len(story.origins_with({head.item.id, *near})) == 1


def standing(
    story: Story,
    head: Report,
    origins: Sequence[Origin],
    printed: Sequence[str],
    texts: Sequence[str],
) -> str:
    """The machine's label on how far the story is established, by the `origins` that tell what its
    headline, that of the report `head`, tells (`tellers`).

    `printed`: the sentences of the brief, headline first; `texts`: the story's sentences, in which
    denials are looked for. A headline that only tells what somebody says is not confirmed by being
    carried widely.
    """
    claim = claimant(printed[0])
    denies = denier(printed[0])
    parts = []
    if claim:
        parts.append(f"claimed by {claim}")
    if len(origins) == 1 and len(story.origins) > 1:
        if _alone(story, head, printed[0]):
            parts.append(f"headline from {origins[0].name} alone")
    elif len(origins) == 1:
        origin = origins[0]
        what = "statement" if origin.kind == "statement" else "source"
        parts.append(f"single {what}: {origin.name}")
    elif origins:
        only_statements = all(o.kind == "statement" for o in origins)
        told = (
            claim or only_statements or is_claim(printed[0]) or _SAID.search(printed[0]) or denies
        )
        verb = "carried" if told else "confirmed"
        parts.append(f"{verb} by {len(origins)} independent origins")
    denial = next((who for t in (*printed, *texts) if (who := denier(t))), "")
    if denial and not denies:  # a headline that denies says so itself
        parts.append(f"denied by {denial}")
    return "; ".join(parts)
