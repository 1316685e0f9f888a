"""What a form offers to choose from: sections, regions, days, hours, zones, languages."""

from __future__ import annotations

from functools import lru_cache

from digest.readers.wishes import Offer, Wishes, day_names, zones
from digest.regions import REGIONS
from digest.render.words import Words


def choices(wishes: Wishes, offer: Offer, words: Words) -> dict[str, object]:
    """Each choice with what is chosen now, for web/pieces.html.

    What is chosen is among the choices whatever the lists hold: of a list that lacks it a browser
    sends the first."""
    languages = dict.fromkeys((*offer.languages, wishes.language))
    return {
        "wishes": wishes,
        "sections": [
            (id, label, not wishes.sections or id in wishes.sections)
            for id, label in offer.sections
        ],
        "regions": [(id, not wishes.regions or id in wishes.regions) for id in REGIONS],
        "days": [(day, day in day_names(wishes.days)) for day in day_names(offer.days)],
        "made_at": (f"{offer.usual.hour:02}:00", offer.usual.zone.replace("_", " ")),
        "zones": _zones_by_region(frozenset({wishes.zone, offer.usual.zone, *zones()})),
        "breaking": offer.breaking,
        "languages": [(code, words.language_name(code)) for code in languages],
    }


@lru_cache(maxsize=8)
def _zones_by_region(offered: frozenset[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones as a list to choose from: region → (id, place), what has no region first."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(offered):
        region, slash, place = zone.partition("/")
        if not slash:
            region, place = "", zone
        regions.setdefault(region, []).append((zone, place.replace("_", " ")))
    return sorted(regions.items())
