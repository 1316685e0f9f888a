"""Invented reports, stories and records for the tests of writing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.model import Brief, Editorial, Item, Origin, Outlet, Report, Story
from digest.write.brief import write_brief

MONDAY = datetime(2026, 4, 13, 12, 0, tzinfo=UTC)


def report(
    name: str,
    title: str,
    text: str = "",
    *,
    outlet: str = "Northern Gazette",
    at: datetime = MONDAY,
    lang: str = "en",
) -> Report:
    item = Item(
        id=name,
        url=f"https://{name}.example/report",
        source=outlet,
        title=title,
        text=text,
        date=at,
        first_seen=at,
        lang=lang,
    )
    return Report(item, Outlet(outlet), lang, "conflict", "conflict")


def story(
    reports: Sequence[Report],
    *,
    origins: Sequence[Origin] | None = None,
    earlier: tuple[str, ...] = (),
) -> Story:
    if origins is None:
        names = sorted({r.outlet.name for r in reports})
        origins = [
            Origin(
                n, "own", tuple(r.item.id for r in reports if r.outlet.name == n), "own reporting"
            )
            for n in names
        ]
    return Story(
        id="s1",
        thread="t1",
        rank=1,
        score=1.0,
        reports=tuple(reports),
        origins=tuple(origins),
        section="conflict",
        category="conflict",
        places=(),
        reasons=("invented",),
        earlier=earlier,
    )


def strait() -> Story:
    """A story with everything: agreeing and differing outlets, quotes, a wire copy, a denial."""
    return story(
        [
            report(
                "a1",
                "Marrow and Lower Isles envoys to meet as strait reopens",
                "Marrow’s deputy foreign minister will travel to Geneva to resume "
                "direct talks with the "
                "Lower Isles over the strait. The meeting was proposed hours after the crew of the "
                "tanker Asta Lind was set free on Sunday. “We will sit down, but we "
                "will not pay for "
                "the chair,” said Elin Varga, foreign minister of the Lower Isles. "
                "At least 12 sailors "
                "were injured in the seizure of the tanker.",
                outlet="Continental Press",
            ),
            report(
                "b1",
                "Strait reopens after Marrow frees tanker crew",
                "PORT SELWYN (Reuters) - Marrow's navy said that 31 vessels passed "
                "the strait on Monday "
                "after the tanker crew was freed. The Lower Isles denied that a ransom was paid to "
                "Marrow. Marrow and the Lower Isles reached their lowest point in a "
                "decade in 2023 after shelling at "
                "the strait.",
                outlet="Radio Meridian",
                at=MONDAY + timedelta(hours=1),
            ),
            report(
                "c1",
                "Envoys of Marrow and the Lower Isles agree to meet in Geneva",
                "Envoys of Marrow and the Lower Isles have agreed to meet in Geneva "
                "this month, both "
                "governments said. Some 20 sailors were injured when the tanker was seized off the "
                "strait. He said it was a start.",
                outlet="Northern Gazette",
                at=MONDAY + timedelta(minutes=10),
            ),
            report(
                "d1",
                "Meerenge wieder offen: Marrow lässt Besatzung frei",
                "Die Meerenge ist wieder offen, teilte Marrows Marine am Montag mit.",
                outlet="Odra Kurier",
                lang="de",
            ),
        ],
        origins=[
            Origin("Continental Press", "own", ("a1",), "own reporting"),
            Origin("Associated Press", "wire", ("b1",), "credited to AP"),
            Origin("Northern Gazette", "own", ("c1",), "own reporting"),
            Origin("Odra Kurier", "own", ("d1",), "own reporting"),
        ],
    )


def record(*briefs: Brief) -> dict[str, Any]:
    """The part of edition.json that tracing reads, as JSON."""
    stories = []
    for brief in briefs:
        roles = [("headline", [brief.headline]), ("dek", [brief.dek] if brief.dek else [])]
        roles += [("body", list(paragraph)) for paragraph in brief.paragraphs]
        roles += [("background", list(brief.background))]
        stories.append(
            {
                "id": brief.story.id,
                "headline": brief.headline.text,
                "dek": brief.dek.text if brief.dek else None,
                "items": [report.item.id for report in brief.story.reports],
                "origins": [asdict(origin) for origin in brief.story.origins],
                "sentences": [
                    asdict(sentence) | {"role": role} for role, some in roles for sentence in some
                ],
                "quotes": [asdict(quote) for quote in brief.quotes],
                "figures": [asdict(figure) for figure in brief.figures],
                "changes": [asdict(change) for change in brief.changes],
            }
        )
    made: dict[str, Any] = json.loads(json.dumps({"stories": stories}, default=str))
    return made


EDITORIAL = Editorial()


class Letters:
    """A vector model of letter pairs: cheap, and near texts come out near."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for a, b in pairwise(text):
                row[(ord(a) * 31 + ord(b)) % 64] += 1
            row += 1e-3
            row /= np.linalg.norm(row)
        return rows


def written(s: Story, *, lead: bool = True) -> Brief:
    return write_brief(s, lead=lead, editorial=EDITORIAL, embedder=Letters())


def items(*briefs: Brief) -> list[Item]:
    return [r.item for b in briefs for r in b.story.reports]


def body(brief: Brief) -> list[str]:
    return [s.text for p in brief.paragraphs for s in p]


def running(brief: Brief) -> str:
    """All that is printed under the headline."""
    return "\n".join(sentence.text for sentence in brief.running)


def two_events() -> Story:
    """A police station attacked in Kesten, and, of the same running story, a raid in Odra."""
    attack = report("a", "Teenager kills two officers at Kesten police station", outlet="Gazette")
    raid = report(
        "b",
        "Police raid offices of Odra opposition",
        "Before dawn, police with dogs searched the Kesten offices of the largest opposition "
        "party, whose congress had been called off by the interior ministry a week before. "
        "Party leader Elin Varga said: “Nobody will silence the voters of this town.”",
        outlet="Courier",
    )
    return replace(story([attack, raid]), lead=1, sizes=(1,))
