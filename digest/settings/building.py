"""Sound values of a settings file → the types that the house works with."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from digest.model import Breaking, Editorial, Feed, JsonPaths, RankWeights, SectionSetting, Theme
from digest.settings.types import Schedule
from digest.timetable import WEEKDAYS

_TEXTS = ("title", "tagline", "label", "compiler", "footer", "name", "owner")
_BREAKS = re.compile(r"\s*[\x00-\x1f\x7f]+\s*")


def _on_one_line(values: dict[str, Any]) -> dict[str, Any]:
    """A copy whose texts are one line each: YAML's `|` and `>` end theirs with a break."""
    return {
        key: _BREAKS.sub(" ", value).strip() if key in _TEXTS else value
        for key, value in values.items()
    }


def editorial_from(values: dict[str, Any], folder: Path) -> Editorial:
    editorial = _on_one_line(values.get("edition", {}))
    if "logo" in editorial:
        editorial["logo"] = base64.b64encode((folder / editorial["logo"]).read_bytes()).decode()
    if "breaking" in editorial:
        editorial["breaking"] = Breaking(**editorial["breaking"])
    if "theme" in editorial:
        editorial["theme"] = Theme(**editorial["theme"])
    if "sections" in values:
        labels = {section.id: section.label for section in Editorial().sections}
        editorial["sections"] = tuple(
            SectionSetting(
                section["id"], section.get("label", labels[section["id"]]), section.get("weight", 1)
            )
            for section in map(_on_one_line, values["sections"])
        )
    if "weights" in values:
        editorial["weights"] = RankWeights(**values["weights"])
    return Editorial(**editorial)


def schedule_from(values: dict[str, Any]) -> Schedule:
    days = values.get("days", WEEKDAYS)
    return Schedule(**{**values, "days": tuple(day for day in WEEKDAYS if day in days)})


def feed_from(values: dict[str, Any]) -> Feed:
    feed = _on_one_line(values)
    if "paths" in feed:
        feed["paths"] = JsonPaths(**feed["paths"])
    for key in ("sections", "domains"):
        feed[key] = tuple(feed.get(key, ()))
    return Feed(**feed)
