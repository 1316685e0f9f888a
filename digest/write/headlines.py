"""Headlines: the best source headline, cleaned; every cut is a named edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from digest.model import SAME_TIME, Citation, Figure, FigureValue, Report
from digest.write import tokens
from digest.write.edits import Change
from digest.write.figures import extract
from digest.write.languages import FALLBACK
from digest.write.quantities import Quantity, is_least
from digest.write.tallies import range_of

_PREFIX = re.compile(
    r"^(?:[\s\W]*(?:(?:Live|LIVE)(?: (?:updates?|blog|coverage|news))?|WATCH(?: "
    r"LIVE)?|Watch(?: live)?|VIDEO|Video|"
    r"BREAKING(?: NEWS)?|Breaking(?: news)?|JUST IN|Just in|UPDATED?(?: \d+)?|"
    r"Updated?(?: \d+)?|EXCLUSIVE|Exclusive|"
    r"PHOTOS?|Photos?|Pictures|In pictures|LISTEN|Listen|ALERT|Developing|DEVELOPING|WRAPUP \d+|"
    r"FACTBOX|Factbox|CORRECTED|REFILE|URGENT|TOP NEWS|World News|News)\s*(?:[:|–—-]|\.\.\.)\s*)+"
)
_SUFFIX = re.compile(
    r"\s*(?:[-–—|:]\s*(?:live(?: updates?)?|as it happened|video|in pictures|"
    r"latest(?: updates?)?|LIVE|watch|what (?:we|to) know(?: so far)?)|"
    r"\((?:video|live|photos?|updated?|VIDEO|LIVE)\)|"
    r"\[(?:video|photos?|updated?)\])\s*$",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"^(?:Opinion|OPINION|Analysis|ANALYSIS|Editorial|EDITORIAL|Commentary|COMMENT|"
    r"Explainer|EXPLAINER|Fact check|FACT CHECK|"
    r"Explained|Letters?|Podcast|Review|Column|Q&A|Interview|Profile|Perspective|"
    r"Guest essay|Morning briefing|"
    r"Evening briefing|First Thing)\b\s*[:|–—-]|\|\s*(?:Opinion|Letters|Editorial|"
    r"[A-Z]\w+ [A-Z]\w+)\s*$|[-–] podcast",
)
_BAIT = re.compile(
    r"^(?:Why|How|What|Who|Where|When|Is|Are|Can|Could|Will|Should|Does|Do|Did|"
    r"Here(?:[’']s| is| are)|These|This|"
    r"\d+ (?:things|takeaways|ways|reasons|questions|facts)|Everything|Inside|Meet|"
    r"The (?:real|inside|latest) |"
    r"Takeaways|Five|Three (?:things|takeaways)|Timeline|I |I[’']|My |We |You )\b"
    r"|\b(?:you need to know|(?:all|what) to know|what we know|need to know|here[’']s|"
    r"shock(?:ing|ed)|slam(?:s|med)|blast(?:s|ed) (?!in\b|at\b|near\b|kill)|"
    r"goes viral|you won[’']t believe|jaw-dropping|stuns? (?:fans|world)|must[- ]see|"
    r"explained|at a glance|"
    r"latest(?=:| news| updates?\b)|as it happened|takeaways|live updates?|"
    r"breaks (?:her|his|their) silence|"
    r"this is why|the reason|mind-blowing|chilling|heartbreaking|outrage as|fury as)\b",
    re.IGNORECASE,
)
_KEYWORDS = re.compile(r"(?:[^\s,]+ ?){1,3}(?:, (?:[^\s,]+ ?){1,3}){3,}")
"""A page's keywords in the place of its title: "Senn, Port strike, Elin Varga, Odra"."""
PICTURED = re.compile(r"(?i)(?:photos?|pictures?|videos?|watch|images?|maps?|graphic|timeline)\b")
"""How the title of what is to be looked at begins."""
NOT_SENTENCE_CASE = 0.12
"""What capitals cost a title."""
MIN_WORDS, MAX_WORDS = 5, 18


def cleaned(title: str, outlet_names: Sequence[str]) -> list[Change]:
    """The cuts that take a title to a headline: service prefixes, outlet and format suffixes."""
    changes: list[Change] = []
    start, end = 0, len(title)
    prefix = _PREFIX.match(title)
    if prefix and prefix.end() < end:
        start = prefix.end()
    again = True
    while again:
        again = False
        cut = _SUFFIX.search(title, start, end)
        if cut and cut.start() > start and cut.end() == end:
            end, again = cut.start(), True
        outlet = re.search(r"\s+[-–—|]\s+([^-–—|]{2,40})$", title[start:end])
        if outlet and _is_outlet(outlet[1], outlet_names):
            end, again = start + outlet.start(), True
    if end - 1 > start and title[end - 1] == "." and not re.search(r"\b\w\.$|\.\.$", title[:end]):
        end -= 1
    while end > start and title[end - 1].isspace():
        end -= 1
    if start:
        changes.append(Change("trim", 0, start, ""))
        if title[start].islower():
            changes.append(Change("case", start, start + 1, title[start].upper()))
    if end < len(title):
        changes.append(Change("trim", end, len(title), ""))
    return changes


def _is_outlet(tail: str, outlet_names: Sequence[str]) -> bool:
    def key(name: str) -> str:
        name = re.sub(r"\.(?:com|org|net|co\.uk|co|uk|in|de|fr|tv|news)\b.*$", "", name.casefold())
        return re.sub(r"^the|[^a-z0-9]", "", name)

    tail_key = key(tail)
    keys = {key(n) for n in outlet_names}
    return bool(tail_key) and any(
        tail_key == k or (len(k) > 3 and len(tail_key) > 3 and (tail_key in k or k in tail_key))
        for k in keys
        if k
    )


def sentence_case(title: str) -> bool:
    """Whether most words after the first start small, as in a sentence."""
    later = [w for w in re.findall(r"[^\W\d_][\w’'-]*", title)[1:] if len(w) > 3]
    return not later or sum(w[0].islower() for w in later) >= 0.45 * len(later)


_COARSE = re.compile(r"(?i)\b(?:piss(?:ed|ing|es)?|(?:bull)?shit\w*|fuck\w*|ass(?:hole)?s?|crap)\b")


def penalty(title: str) -> float:
    """How far a title is from a plain headline, 0 to about 3: taken off its centrality (0 to 1)."""
    count = len(title.split())
    cost = 0.0
    if title.rstrip("\"”’' ").endswith("?"):
        cost += 1.0
    if _OPINION.search(title):
        cost += 1.2
    if _BAIT.search(title):
        cost += 0.6
    if re.search(r"\b(?:analysts?|experts?) (?:say|says|warn|warns)\b", title):
        cost += 0.3  # what is made of it, not what happened
    if title.startswith(("'", "‘", "“", '"')):
        cost += 0.3
    if count < MIN_WORDS or count > MAX_WORDS:
        cost += 0.4
    if not sentence_case(title):
        cost += NOT_SENTENCE_CASE
    if re.search(r"…|\.\.\.$", title):
        cost += 1.0
    if re.search(r"\b[A-Z]{4,}\b.*\b[A-Z]{4,}\b", title):
        cost += 0.3
    if _PREFIX.match(title):
        cost += 0.15
    if _COARSE.search(title) or _KEYWORDS.fullmatch(title):
        cost += 1.0
    if PICTURED.match(title):
        cost += 0.5
    if re.search(r"[!]|;|\b(?:And|Plus), ", title):
        cost += 0.25
    if re.search(r": | \| | – | — ", title):
        cost += 0.12
    return cost


def in_language(reports: Sequence[Report], language: str) -> list[Report]:
    """The reports in the edition's language; all of them where there is none."""
    own = [r for r in reports if (r.lang or r.item.lang or language) == language]
    return own or list(reports)


def choose(
    reports: Sequence[Report],
    likeness: Sequence[Sequence[float]],
    recency: Sequence[float],
    figures: Sequence[Figure] = (),
) -> Report:
    """The report whose title heads the story.

    `likeness` holds the cosines of the titles, `recency` 0 (the story's oldest report) to 1. The
    title that most others resemble, and whose words they hold, wins, less what makes it a bad
    headline; the newest breaks near ties, because counts and outcomes move, and a count or a plan
    that others have overtaken costs.
    """
    n = len(reports)
    dead = next((figure for figure in figures if figure.label == "killed"), None)
    told = _told_by_others(reports)

    def worth(i: int) -> float:
        others = [likeness[i][j] for j in range(n) if j != i]
        central = sum(others) / len(others) if others else 0.0
        # Reports come most central first: analysis knows more of the story than titles do.
        place = 1.0 - i / n
        stale = _stale(reports[i], figures) or _come_about(reports[i], reports)
        cost = penalty(reports[i].item.title) + STALE * stale
        toll = COUNTING * (dead is not None and _counts(reports[i], dead))
        return central + TOLD * told[i] + toll + 0.1 * place + NEWEST * recency[i] - cost

    with_title = [i for i in range(n) if reports[i].item.title.strip()] or list(range(n))
    return reports[max(with_title, key=lambda i: (round(worth(i), 9), reports[i].item.id))]


def _told_by_others(reports: Sequence[Report]) -> list[float]:
    """Of each title the share of its words that another outlet's report holds at most, as a mean
    over these outlets: what they "confirm" is what the headline says, not a side of it."""
    titles = [frozenset(tokens.content(report.item.title)) for report in reports]
    held = [tokens.opening(report.item.title, report.item.text) for report in reports]
    found = []
    for title, report in zip(titles, reports, strict=True):
        best: dict[str, float] = {}
        for other, words in zip(reports, held, strict=True):
            name = other.outlet.name
            if name != report.outlet.name:
                share = len(title & words) / max(1, len(title))
                best[name] = max(best.get(name, 0.0), share)
        found.append(sum(best.values()) / max(1, len(best)))
    return found


TOLD, NEWEST = 0.5, 0.25
"""What a title gains where all others hold its words, and the newest on the oldest. Without the
first, side angles head a story ("UAE summons diplomat" over the strike that it is about); without
the second, what led to the outcome does. From 98 stories whose 600 titles two readers graded 0 to 3
apart (30 November 2026, nine in ten alike): the chosen ones' mean is 2.57, the best possible 2.99;
a ranking learned from the same measures came to no more."""
STALE = 0.4
"""What an overtaken headline loses: as much as one of the wrong length. For a plan that has come
about two of the 160 headlines of eight real days changed, both for the better; of the nine titles
that are held for overtaken seven are (30 November 2026)."""


COUNTING = 0.15
"""What a title gains that counts the dead: what a story stands high for, its headline says. Of the
160 headlines of eight real days one changed, on the day's lead, for the better (30 November 2026).
"""


def _counts(report: Report, figure: Figure) -> bool:
    """Whether its title counts what the figure counts, and no less than its newest count."""
    found = extract(report.item.title, report.lang or "en")
    least = figure.newest.low or 0.0
    return any(f.label == figure.label and (f.quantity.low or 0.0) >= least for f in found)


def _stale(report: Report, figures: Sequence[Figure]) -> bool:
    """Whether its title prints a count that is no longer the newest."""
    return any(
        figure.label == found.label
        and (found.quantity.low or found.quantity.high or 0) < (late.low or 0)
        for found in extract(report.item.title, report.lang or FALLBACK)
        for figure in figures
        for late in _overtaking(figure, found.quantity, report.item.when)
    )


_PLANNED = re.compile(r"\b(?:to (?P<base>[a-z]{4,}?)e?|for (?:the )?(?P<stem>[a-z]{3,})ing)\b")
"""What a title waits for: "gather for signing", "forms a majority to convict"."""


def _come_about(report: Report, reports: Sequence[Report]) -> bool:
    """Whether news that is no older tells as done what its title waits for: "… to convict X" where
    another title has "X convicted". After "to" only an inflected verb shows that: "life" and "back"
    may be nouns."""
    for match in _PLANNED.finditer(report.item.title):
        verb = f"{match['base']}e?[sd]" if match["base"] else f"{match['stem']}(?:e|e?[sd])?"
        done = re.compile(rf"(?<!\bto )(?<!-)\b{verb}\b", re.IGNORECASE)
        if not done.search(report.item.title) and any(
            done.search(other.item.title)
            and not other.comment
            and report.item.when - other.item.when < SAME_TIME
            for other in reports
        ):
            return True
    return False


def _overtaking(figure: Figure, count: Quantity, at: datetime) -> list[FigureValue]:
    """What a count is measured by: what it has risen to, or, where accounts differ, what came
    later; and "at least 14" by what another counts."""
    if figure.state == "risen":
        return [figure.newest]
    if count.high is None and figure.state == "agree":
        return list(figure.values)
    return [late for late in figure.values if late.at - at >= SAME_TIME]


_MOVES = re.compile(
    r"\b(?:to|past|above|beyond|from|passes|tops|exceeds|surpasses|hits|reaches|auf|über|à|a)\s+$",
    re.IGNORECASE,
)
"""Before a count that a headline lets rise: "rises to 31 to 38" says nothing."""


def ranged(
    report: Report, figures: Sequence[Figure], language: str = FALLBACK
) -> tuple[Change, tuple[Citation, ...]] | None:
    """The edit that puts the outlets' range in the place of a disputed count, and its sources."""
    title = report.item.title
    for figure in figures:
        found = range_of(figure, language)
        own = [
            v
            for v in figure.values
            if v.citation.item == report.item.id and v.citation.part == "title"
        ]
        if not found or not own or title.count(own[0].printed) != 1:
            continue
        text, low, high = found
        start = title.index(own[0].printed)
        end = start + len(own[0].printed)
        if _MOVES.search(title[:start]) or is_least(title, end, report.item.lang or FALLBACK):
            continue  # "13–14 people at the least" would say it twice
        sources = tuple(
            v.citation for v in (low, high) if v.citation.sha256 != own[0].citation.sha256
        )
        return Change("range", start, end, text), sources
    return None
