"""Standfirsts: the sentence or two under a title, and how each outlet ends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from digest.model import Report
from digest.write.headlines import penalty
from digest.write.sentences import ended

FEWEST = 3
"""Texts that show an outlet's habit."""
STOPPED = 2 / 3
"""Share of them that end in a full stop. On eight real days (September 2025 to January 2026) the
habits lie far apart: Al Jazeera stops 97 in 100 and its video feed cuts at 120 characters; the
Financial Times and the Times of Israel never stop a standfirst."""
LABELLED = 1 / 2
"""Share of texts that end with one and the same word: the desk's name, which no sentence holds. On
those days 130 of the Financial Times' 142 and 4 of Benzinga's 5 do so, and with a word, not a
number or a mark, no other outlet's in more than a third."""
MOST_WORDS = 60
"""Longest text that is a standfirst; what is longer is the report itself, or several."""
PLAIN_TITLE = 0.25
"""Penalty (headlines) from which a title is a round-up's, a programme's, a comment's or a question:
what stands under it need not be about it."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How outlets end their texts, as far as a day's reports show."""

    stopping: frozenset[str] = frozenset()
    """Outlets that stop as a rule: where a text of theirs does not, a feed cut it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Outlet → the word that it hangs on its texts."""

    def standing(self, outlet: str, text: str) -> tuple[str, bool]:
        """What the reporter wrote of `text`, and whether it is whole even without a full stop.

        Where an outlet hangs its desk's name on its texts, another end may be a longer name.
        """
        label = self.labels.get(outlet)
        if label and text.endswith(f" {label}"):
            return text.removesuffix(label).rstrip(), True
        return text, not label and outlet not in self.stopping


NO_HABITS = Habits()


def habits(reports: Iterable[Report]) -> Habits:
    texts: dict[str, set[str]] = {}
    for report in reports:
        if report.item.text:
            texts.setdefault(report.outlet.name, set()).add(report.item.text)
    stopping: set[str] = set()
    labels: dict[str, str] = {}
    for outlet, shown in texts.items():
        open_ = [text for text in shown if not ended(text)]
        if len(shown) >= FEWEST and len(shown) - len(open_) > STOPPED * len(shown):
            stopping.add(outlet)
        if len(open_) >= FEWEST:
            # More than half of them: no tie, whatever the order of a set.
            word, count = Counter(text.split()[-1] for text in open_).most_common(1)[0]
            if count >= FEWEST and count > LABELLED * len(shown) and word[0].isupper():
                labels[outlet] = word
    return Habits(frozenset(stopping), labels)


def is_standfirst(report: Report) -> bool:
    """Whether its text tells of the one thing that its title tells of."""
    return (
        0 < len(report.item.text.split()) <= MOST_WORDS and penalty(report.item.title) < PLAIN_TITLE
    )
