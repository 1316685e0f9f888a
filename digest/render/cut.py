"""An edition cut to what a reader chose: the same stories, sources and numbers, but fewer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from digest.model import Cut, Edition
from digest.regions import REGIONS, touches
from digest.render.worldmap import codes_of


def cut(edition: Edition, sections: Collection[str], regions: Collection[str]) -> Edition:
    """The stories of `edition` in one of `sections` and touching one of `regions`; no section (no
    region) named means all of them, as does one that the edition does not have.

    A story keeps its rank. Where nothing is left, the edition holds no story, and its `cut` says
    how many there were.
    """
    ids = [section.id for section in edition.editorial.sections]
    wanted = tuple(id for id in ids if id in sections)
    where = tuple(region for region in REGIONS if region in regions)
    if len(wanted) in (0, len(ids)) and len(where) in (0, len(REGIONS)):
        return edition
    wanted = wanted or tuple(ids)
    chosen = tuple(
        brief
        for brief in edition.briefs
        if brief.story.section in wanted
        and (not where or touches(codes_of(brief.story.places), where))
    )
    made = Cut(
        sections=() if len(wanted) == len(ids) else wanted,
        regions=where,
        stories=len(chosen),
        of=len(edition.briefs),
        lead=edition.briefs[0].title if edition.briefs else "",
    )
    return replace(edition, briefs=chosen, cut=made)
