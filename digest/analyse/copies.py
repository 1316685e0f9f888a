"""One text in very many outlets: a few of its copies are compared, and speak for the others.

Of a report that hundreds carry word for word each copy has the same nearest, and the pairs that
hold them together are too many to be looked at: it would fall into a hundred stories.
"""

from __future__ import annotations

from collections.abc import Sequence

COMPARED = 4
"""Copies of one text that are compared. On eight real days no text has more than three; six
wordings of one headline are 24 reports at most, which are found to be one event."""


def spoken_for(texts: Sequence[str]) -> tuple[list[int], list[int]]:
    """The numbers of the texts that are compared; and of each text the place among those of the one
    that speaks for it, itself or the first with its words."""
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    compared: list[int] = []
    speaker: list[int] = []
    for number, text in enumerate(texts):
        seen = count[text] = count.get(text, 0) + 1
        if seen > COMPARED:
            speaker.append(first[text])
            continue
        first.setdefault(text, len(compared))
        speaker.append(len(compared))
        compared.append(number)
    return compared, speaker


def with_the_others(groups: Sequence[Sequence[int]], speaker: Sequence[int]) -> list[list[int]]:
    """Groups of what was compared as groups of all: who is spoken for is where the speaker is."""
    group_of = {row: number for number, group in enumerate(groups) for row in group}
    made: list[list[int]] = [[] for _ in groups]
    for number, row in enumerate(speaker):
        made[group_of[row]].append(number)
    return made
