"""Editions made of hostile text, and what must hold of everything printed from them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sample import DAY, full_edition, report_of, simple_brief

from digest.model import (
    Brief,
    Change,
    Dropped,
    Edition,
    Editorial,
    FeedHealth,
    Figure,
    FigureValue,
    LeftOut,
    Outlet,
    Quote,
    RecentEdition,
)

DATA = Path(__file__).parents[1] / "data" / "render" / "hostile.json"


@lru_cache(maxsize=1)
def hostile() -> dict[str, list[str]]:
    """{"texts": …, "urls": …}: written for this project."""
    loaded: dict[str, list[str]] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded


def hostile_edition(texts: list[str], urls: list[str]) -> Edition:
    """An edition in which every text and every address, wherever one is shown, is hostile."""
    base = full_edition()
    briefs = []
    for n, text in enumerate(texts):
        filled = text or " "
        url = urls[n % len(urls)] or "?"
        outlet = Outlet(filled, "ok.example")
        more: dict[str, Any] = {"image": url, "credit": filled, "author": filled}
        report = report_of(f"h{n}", outlet, title=filled, text=filled, url=url, **more)
        brief = simple_brief(n + 1, report, [filled])
        citation = brief.paragraphs[0][0].citations[0]
        value = FigureValue(filled, base.generated_at, 1, None, filled, citation)
        other = FigureValue("Other", base.generated_at, 2, 3, "two or three", citation)
        briefs.append(
            replace(
                brief,
                story=replace(
                    brief.story,
                    id=filled,
                    reasons=(filled,),
                    origins=(replace(brief.story.origins[0], name=filled, why=filled),),
                    earlier=("2026-04-12",),
                ),
                dek=brief.paragraphs[0][0],
                background=(brief.paragraphs[0][0],),
                developments=(brief.paragraphs[0][0], brief.headline),
                quotes=(Quote(filled, filled, citation, (citation,)),),
                figures=(Figure(filled, (value, other), "disagree"),),
                changes=(Change("revised", filled, DAY),),
                standing=filled,
            )
        )
    briefs[0] = _drawn(briefs[0], texts, urls)
    some = texts[:40]
    return replace(
        base,
        program=texts[0],
        status_notes=tuple(some),
        editorial=Editorial(
            title=texts[0], tagline=texts[3], label=texts[4], compiler=texts[5], footer=texts[8]
        ),
        briefs=tuple(briefs),
        left_out=LeftOut(
            outside_brief=1,
            below_the_cut=tuple((text, 1) for text in some),
            dropped=tuple(Dropped(text, text) for text in some),
        ),
        feeds=tuple(FeedHealth(text, text, "failed", 0, 0, text) for text in some),
        recent=tuple(RecentEdition(DAY, text) for text in some),
    )


def _drawn(lead: Brief, texts: list[str], urls: list[str]) -> Brief:
    """The lead with what its pictures are drawn from: reports over hours, origins, figures."""
    texts = (texts * 12)[:26]
    reports = tuple(
        report_of(
            f"drawn{n}",
            Outlet(text or " ", "ok.example"),
            title=text or " ",
            text=text or " ",
            url=urls[n % len(urls)] or "?",
            hours=n + 0.5,
        )
        for n, text in enumerate(texts[:12])
    )
    own = lead.story.reports[0]
    origins = tuple(
        replace(lead.story.origins[0], name=text or " ", why=text, items=(f"drawn{n}", own.item.id))
        for n, text in enumerate(texts[:8])
    )
    value = lead.figures[0].values[0]
    values = tuple(
        replace(value, at=value.at + timedelta(hours=n), low=n, high=n * 2, printed=f"{text} 7")
        for n, text in enumerate(texts[20:26])
    )
    story = replace(
        lead.story, reports=(own, *reports), origins=origins, places=("Mali", texts[0]), lead=0
    )
    return replace(lead, story=story, figures=(Figure(texts[9], values, "risen"), *lead.figures))
