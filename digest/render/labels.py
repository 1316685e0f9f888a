"""The machine's own labels in the edition's language.

Analysis and writing label in English ("confirmed by 3 independent origins"), and the record keeps
that. For a reader, templates/labels.LANGUAGE.json has each label by its English words, with {named}
parts, as one text or as one per plural form of its first figure; a label that is not in it stays as
it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

_PART = re.compile(r"\\\{(\w+)\\\}")
_NUMBERS = frozenset({"n", "m", "a", "b", "share"})
"""Parts that are figures; the others are names and titles, which may be anything."""

LONGEST = 400
"""Characters of a label; longer ones hold a report's own words, and are shown as they are."""

Table = tuple[tuple[re.Pattern[str], str | dict[str, str]], ...]


class Labels:
    """The labels of one language; `figures`: what figures count, in it ("killed" → its word);
    `form`: the plural form of a number (CLDR's names); `between` stands between several labels."""

    def __init__(
        self,
        source: str,
        figures: Mapping[str, str],
        form: Callable[[int], str],
        between: str,
    ) -> None:
        self._table = _table(source)
        self._figures = figures
        self._form = form
        self._between = between

    def __call__(self, text: str) -> str:
        """`text`, a label or several joined by "; "."""
        if not self._table or len(text) > LONGEST:
            return text
        whole = self._one(text)
        if whole is not None:
            return whole
        return self._between.join(self._one(part) or part for part in text.split("; "))

    def _one(self, text: str) -> str | None:
        for pattern, said in self._table:
            if found := pattern.fullmatch(text):
                parts = found.groupdict()
                if "label" in parts:
                    parts["label"] = self._figures.get(parts["label"], parts["label"])
                for name in ("was", "now", "counted"):  # "12 to 19"; outlets and origins
                    if name in parts:
                        parts[name] = self._one(parts[name]) or parts[name]
                return self._phrase(said, parts).format_map(parts)
        return None

    def _phrase(self, said: str | dict[str, str], parts: Mapping[str, str]) -> str:
        if isinstance(said, str):
            return said
        first = next((part for name, part in parts.items() if name in _NUMBERS), "")
        digits = re.sub(r"\D", "", first)
        return said.get(self._form(int(digits)) if digits else "", said["other"])


@lru_cache(maxsize=8)
def _table(source: str) -> Table:
    """What has more words of its own is tried first: "{name}'s own report" last of its kind."""
    labels: dict[str, str | dict[str, str]] = json.loads(source) if source else {}
    ordered = sorted(labels, key=lambda label: -len(re.sub(r"\{\w+\}", "", label)))
    return tuple((_pattern(label), labels[label]) for label in ordered)


def _pattern(label: str) -> re.Pattern[str]:
    def part(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{r'[0-9][0-9.,]*' if found[1] in _NUMBERS else '.+'})"

    return re.compile(_PART.sub(part, re.escape(label)))
