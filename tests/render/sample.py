"""Editions to look at: one with everything in it, and the odd ones that tests ask for."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from digest.model import (
    Brief,
    Change,
    Citation,
    DayVolume,
    Dropped,
    Edit,
    Edition,
    Editorial,
    FeedHealth,
    Figure,
    FigureValue,
    Item,
    LeftOut,
    Origin,
    Outlet,
    Photo,
    Quote,
    RecentEdition,
    Report,
    Sentence,
    Story,
)

ROOT = Path(__file__).parents[2]
DAY = date(2026, 4, 14)
SOMEWHERE = (
    "Norway", "Kenya", "Israel", "Lebanon", "Syria", "Iran", "United States", "Nowhere",
    "Chile", "Japan", "Israel", "Ukraine", "Poland",
)  # fmt: skip
MADE = datetime(2026, 4, 14, 5, 40, tzinfo=UTC)


@lru_cache(maxsize=1)
def templates() -> dict[str, str]:
    """The templates of the checkout, name → source."""
    folder = ROOT / "templates"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def cite(report: Report, words: str, part: str = "text") -> Citation:
    """The citation of `words` in a report; they must stand there."""
    whole = report.item.text if part == "text" else report.item.title
    start = whole.index(words)
    return Citation(
        item=report.item.id,
        outlet=report.outlet.name,
        url=report.item.url,
        part="title" if part == "title" else "text",
        start=start,
        end=start + len(words),
        sha256=hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest(),
    )


def say(report: Report, words: str, attribution: str = "", also: Sequence[Report] = ()) -> Sentence:
    """A printed sentence: `words` of the report, with an attribution put before the full stop."""
    citations = (cite(report, words), *(cite(r, r.item.title, "title") for r in also))
    if not attribution:
        return Sentence(words, citations)
    at = len(words) - 1
    text = words[:at] + attribution + words[at:]
    return Sentence(text, citations, (Edit("attribution", at, at + len(attribution), ""),))


def headline(report: Report) -> Sentence:
    return Sentence(report.item.title, (cite(report, report.item.title, "title"),))


def report_of(
    ident: str,
    outlet: Outlet,
    *,
    title: str,
    text: str,
    hours: float = 6,
    lang: str = "en",
    section: Any = "conflict",
    category: Any = "conflict",
    url: str = "",
    **more: Any,
) -> Report:
    when = MADE - timedelta(hours=hours)
    slug = "-".join(word.lower() for word in title.split() if word.isascii() and word.isalnum())
    item = Item(
        id=ident,
        url=url or f"https://{outlet.domain}/2026/04/13/{slug[:70] or ident}-{ident}",
        source=outlet.name,
        title=title,
        text=text,
        date=when,
        first_seen=when,
        lang=lang,
        **more,
    )
    return Report(item, outlet, lang, category, section)


def full_edition(editorial: Editorial | None = None) -> Edition:
    """Twenty stories with all that an edition can hold; degraded, with feeds that failed."""
    source = Path(__file__).parents[1] / "data" / "render" / "sample-day.yaml"
    day = yaml.safe_load(source.read_text(encoding="utf-8"))
    outlets = {
        key: Outlet(o["name"], f"{key}.example", o["country"], o["language"], o["kind"])
        for key, o in day["outlets"].items()
    }
    briefs = [_brief(rank, story, outlets) for rank, story in enumerate(day["stories"], start=1)]
    for rank, row in enumerate(day["tail"], start=len(briefs) + 1):
        briefs.append(_tail_brief(rank, row, outlets))
    # The day's countries are invented; for the map its stories are put into real ones.
    briefs = [
        replace(brief, story=replace(brief.story, places=(SOMEWHERE[n % len(SOMEWHERE)],)))
        for n, brief in enumerate(briefs)
    ]
    return Edition(
        date=DAY,
        number=412,
        generated_at=MADE,
        program="digest 0.1.0",
        status="degraded",
        status_notes=(
            "3 of 126 feeds failed; the Pell Republic is covered by two outlets only.",
            "Reports in Japanese could be compared by their titles alone.",
        ),
        editorial=editorial or Editorial(site_url="https://digest.example", zone="Europe/Berlin"),
        briefs=tuple(briefs),
        left_out=LeftOut(
            outside_brief=1070,
            outside_window=31,
            below_the_cut=(
                ("Coast guard of Brill tows a drifting barge back to harbour", 3),
                ("Ransom note found in a Velland town hall was a prank, police say", 2),
                ("Two soldiers hurt in exercise near the Dun", 1),
            ),
            dropped=(
                Dropped("feeds.example/a", "no title"),
                Dropped("feeds.example/b", "no title"),
                Dropped("feeds.example/c", "address is not http or https"),
            ),
            undated=4,
        ),
        feeds=tuple(
            FeedHealth(name, f"https://feeds.example/{n}", outcome, entries, new, problem)
            for n, (name, outcome, entries, new, problem) in enumerate(day["feeds"])
        ),
        recent=tuple(RecentEdition(date.fromisoformat(d), h) for d, h in day["recent"]),
        reports=1284,
        security_reports=214,
        outlets=61,
        volumes=tuple(
            DayVolume(DAY - timedelta(days=n), (("conflict", 20 + n), ("cyber", n % 5)))
            for n in range(1, 14)
        ),
    )


def photographed(edition: Edition) -> Edition:
    """`edition` with a copy of its lead's photo: a grey ship on grey water, drawn here."""
    from PIL import Image, ImageDraw

    picture = Image.linear_gradient("L").resize((960, 540)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 960, 540), fill="#5d6f78")
    draw.polygon([(280, 300), (700, 300), (660, 350), (310, 350)], fill="#2c3439")
    draw.rectangle((560, 235, 640, 300), fill="#cfd6d9")
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    reports = edition.briefs[0].story.reports
    credited = next(report.item.id for report in reports if report.item.credit)
    return replace(edition, photo=Photo(credited, written.getvalue(), 960, 540))


def _brief(rank: int, spec: dict[str, Any], outlets: dict[str, Outlet]) -> Brief:
    reports = [
        report_of(
            f"{rank:02d}{n:02d}",
            outlets[r["o"]],
            title=r["title"],
            text=r["text"],
            hours=r["h"],
            lang=r.get("lang", "en"),
            section=spec["section"],
            category=spec["category"],
            author=r.get("author", ""),
            image=r.get("image", ""),
            credit=r.get("credit", ""),
        )
        for n, r in enumerate(spec["reports"])
    ]

    def sentence(row: list[Any]) -> Sentence:
        number, words, attribution, *also = row
        return say(reports[number], words, attribution, [reports[i] for i in (also or [[]])[0]])

    origins = tuple(
        Origin(o["name"], o["kind"], tuple(reports[i].item.id for i in o["items"]), o["why"])
        for o in spec["origins"]
    )
    story = Story(
        id=f"story-of-{spec['thread']}",
        thread=spec["thread"],
        rank=rank,
        score=round(9.0 / rank, 3),
        reports=tuple(reports),
        origins=origins,
        section=spec["section"],
        category=spec["category"],
        places=tuple(spec["places"]),
        reasons=tuple(spec["reasons"]),
        earlier=tuple(spec["earlier"]),
    )
    return Brief(
        story=story,
        headline=headline(reports[spec["headline"][0]]),
        dek=sentence(spec["dek"]) if "dek" in spec else None,
        paragraphs=tuple(tuple(map(sentence, paragraph)) for paragraph in spec["paragraphs"]),
        background=tuple(map(sentence, spec.get("background", []))),
        quotes=tuple(
            Quote(
                q["text"],
                q["speaker"],
                cite(reports[q["r"]], q["text"]),
                tuple(cite(reports[v], reports[v].item.title, "title") for v in q["variants"]),
            )
            for q in spec["quotes"]
        ),
        figures=tuple(_figure(figure, reports) for figure in spec["figures"]),
        changes=tuple(
            Change(c["kind"], c["text"], date.fromisoformat(c["since"])) for c in spec["changes"]
        ),
        standing=spec["standing"],
    )


def _figure(spec: dict[str, Any], reports: list[Report]) -> Figure:
    return Figure(
        spec["label"],
        tuple(
            FigureValue(
                reports[n].outlet.name,
                MADE - timedelta(hours=hours),
                low,
                high,
                printed,
                cite(reports[n], reports[n].item.title, "title"),
            )
            for n, hours, low, high, printed in spec["values"]
        ),
        spec["state"],
    )


def _tail_brief(rank: int, row: list[str], outlets: dict[str, Outlet]) -> Brief:
    section, key, title, *sentences = row
    outlet = outlets[key]
    report = report_of(
        f"{rank:02d}00",
        outlet,
        title=title,
        text=" ".join(sentences),
        hours=rank % 11 + 3,
        lang=outlet.language,
        section=section,
    )
    attribution = f", the {outlet.name} reports" if outlet.language == "en" else ""
    return simple_brief(rank, report, sentences, attribution)


def simple_brief(
    rank: int, report: Report, sentences: Sequence[str], attribution: str = "", **more: Any
) -> Brief:
    """A story of one report: its title and the given sentences of its text."""
    story = Story(
        id=f"s{rank}",
        thread=f"t{rank}",
        rank=rank,
        score=round(5.0 / rank, 3),
        reports=(report,),
        origins=(Origin(report.outlet.name, "own", (report.item.id,), "own reporting"),),
        section=report.section or "conflict",
        category=report.category,
        places=(),
        reasons=("1 origin in 1 outlet",),
    )
    first, *others = sentences
    paragraph = (say(report, first, attribution), *(say(report, other) for other in others))
    return Brief(story, headline(report), None, (paragraph,), standing="single source", **more)
