"""Scores and the forms of reports: what leads and what stands back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from newsroom_items import NOW, report_item, report_of

from digest.analyse.embed import UsemEmbedder
from digest.analyse.facets import shown
from digest.analyse.forms import comments, is_comment, is_round_up, stands_back
from digest.analyse.origins import origins_of
from digest.analyse.rank import VARIETY, Scored, score, varied
from digest.analyse.severity import Severity
from digest.model import Editorial, Outlet, RankWeights, Report, Section

CALM = Severity(0.2, ())


def scored(
    reports: list[Report],
    *,
    section: Section = "conflict",
    gravity: Severity = CALM,
    seen: bool = False,
    fresh: float = 1.0,
    weights: RankWeights | None = None,
) -> Scored:
    return score(
        reports,
        origins_of(reports),
        section=section,
        matter=0.9,
        gravity=gravity,
        seen_before=seen,
        fresh=fresh,
        editorial=Editorial(weights=weights or RankWeights()),
        now=NOW,
    )


def reports(count: int, hours_ago: float = 6.0) -> list[Report]:
    return [
        report_of(
            report_item(str(i), f"Troops move on Tamberline {i}", hours_ago=hours_ago),
            Outlet(f"Outlet {i}", country="IE" if i % 2 else "DE"),
        )
        for i in range(count)
    ]


def test_more_origins_graver_newer_and_unseen_each_count_upwards() -> None:
    base = scored(reports(3)).score
    assert scored(reports(6)).score > base
    assert scored(reports(3), gravity=Severity(0.8, ())).score > base
    assert scored(reports(3, hours_ago=1)).score > base
    assert scored(reports(3), seen=True).score < base


def test_a_running_story_is_the_newer_the_more_of_it_is() -> None:
    new = scored(reports(3)).score
    moved, stood = (scored(reports(3), seen=True, fresh=share).score for share in (1.0, 0.0))
    assert new > moved > stood


def test_a_fresh_single_origin_is_not_starved() -> None:
    weights = RankWeights(severity=0, reach=0, novelty=0, recency=0)
    without, stale, fresh = (
        scored(reports(1, hours_ago=hours), weights=replace(weights, origins=weight)).score
        for hours, weight in ((10, 0), (10, 1), (1, 1))
    )
    assert fresh - without > 1.5 * (stale - without) > 0


def test_a_war_matters_more_than_a_murder_trial() -> None:
    assert scored(reports(3)).score > scored(reports(3), section="crime").score


def test_the_operators_weights_are_factors() -> None:
    for name in ("severity", "origins", "reach", "novelty", "recency"):
        none, once, twice = (
            scored(reports(3), weights=replace(RankWeights(), **{name: weight})).score
            for weight in (0.0, 1.0, 2.0)
        )
        assert none < once
        assert twice - once == pytest.approx(once - none, abs=1e-5)


def test_comment_that_nobody_reports_stands_back() -> None:
    plain = [report_of(report_item("1", "Truce in Velmora", hours_ago=6))]
    comment = [replace(report, comment=True) for report in plain]
    assert scored(comment).score < scored(plain).score


def test_reasons_speak_plainly() -> None:
    found = scored(reports(2), gravity=Severity(0.5, ("6 killed", "weapons used")))
    assert found.reasons == (
        "2 outlets, 2 independent origins",
        "6 killed",
        "weapons used",
        "reported from 2 countries",
        "in no earlier edition",
    )


@pytest.mark.parametrize(
    ("title", "round_up", "comment"),
    [
        ("Morning news brief", True, False),
        ("The week in pictures", True, False),
        ("POLITICAL NEWS & NOTES: Mayor reacts to threat", True, False),
        ("Opinion | The truce will hold", False, True),
        ("Video: Ferry burns", False, True),
        ("How the truce of Velmora was made", False, True),
        ("Inside the hospital of Velmora", False, True),
        ("Howitzers fall silent in Velmora", False, False),
        ("Truce holds in Velmora", False, False),
        ("Opinion polls open in Ostmark", False, False),
        ("Morning attack kills two", False, False),
        ("", False, False),
    ],
)
def test_forms(title: str, round_up: bool, comment: bool) -> None:
    assert is_round_up(title) is round_up
    assert is_comment(title) is comment


@pytest.mark.parametrize(
    ("url", "comment"),
    [
        ("https://kesten.example/opinions/2026/3/17/what-the-truce-leaves-out", True),
        ("https://www.kesten.example/world/commentisfree/2026/truce", True),
        ("https://kesten.example/world/opinion-polls-open", False),
        ("https://opinion.example/news/truce", False),
        ("https://kesten.example/search?next=/opinion/", False),
    ],
)
def test_a_part_of_the_site_for_comment(url: str, comment: bool) -> None:
    assert is_comment("What the truce leaves out", url) is comment


def test_plain_news_leads_its_story() -> None:
    titles = ["Truce holds", "Will the truce hold?", "Live updates: truce", "Opinion | Truce"]
    back = [stands_back(title, comment=is_comment(title)) for title in titles]
    assert back == sorted(set(back))


NEWS = (
    "Truce signed in Velmora after nine weeks of fighting",
    "Ostmark's parliament votes to expel the envoy of Kesten",
    "Police arrest two over theft of 40,000 patients' records",
    "Live updates: ferry sinks off Kelby, at least 12 dead",
)
BACKGROUND = (
    "What life is like in Velmora's capital after the war",
    "Who was Ilse Marten, the nurse killed in the siege?",
    "Five takeaways from the summit of Kesten",
    "'I still hear the drones': a family's flight from Velmora, and how it has changed them",
)


def test_background_is_told_from_news() -> None:
    """By its wording alone, in titles that training never saw."""
    items = [report_item(title, title, "") for title in (*NEWS, *BACKGROUND)]
    embedder = UsemEmbedder()
    vectors = embedder.begin([shown(item) for item in items])()
    titles = embedder.begin([item.title for item in items])()
    found = comments(items, vectors, titles)
    assert found == [False] * len(NEWS) + [True] * len(BACKGROUND)
    assert comments(items[:1], vectors[:1], titles[:1]) == found[:1]
    assert comments([], vectors[:0], titles[:0]) == []


def test_a_report_from_the_future_is_merely_new() -> None:
    assert scored(reports(2, hours_ago=-5)).score == scored(reports(2, hours_ago=0)).score
    assert NOW + timedelta(hours=5) == reports(1, hours_ago=-5)[0].item.when


def test_one_country_does_not_fill_the_page() -> None:
    scores, countries = [2.0, 1.9, 1.8, 1.7, 1.7], ["Ostmark", "Ostmark", "Ostmark", "Velmora", ""]
    found = varied(scores, countries)
    assert [number for number, _, _ in found] == [0, 3, 4, 1, 2]
    assert [before for _, _, before in found] == [0, 0, 0, 1, 2]
    assert [left for _, left, _ in found] == sorted((left for _, left, _ in found), reverse=True)
    assert found[-1][1] == pytest.approx(1.8 * (1 - VARIETY) ** 2)
    assert [number for number, _, _ in varied([1.0] * 3, [""] * 3)] == [0, 1, 2]


def test_what_nobody_can_read_takes_nothing_from_what_can_be_read() -> None:
    scores, countries = [2.0, 1.9, 1.8, 1.7], ["Ostmark", "Ostmark", "Velmora", "Ostmark"]
    found = varied(scores, countries, last={0, 3})
    assert [number for number, _, _ in found] == [1, 2, 0, 3]
    assert [before for _, _, before in found] == [0, 0, 1, 2]
    assert [left for _, left, _ in found[:2]] == [1.9, 1.8]
