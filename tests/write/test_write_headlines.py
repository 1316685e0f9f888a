"""Headlines: which source's title heads a story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from newsroom import MONDAY, report, story, written

from digest.write import edits, headlines
from digest.write.headlines import ranged
from digest.write.tallies import tally

GATHER = "Leaders of the isles gather in Odra for signing of Kesten truce"
SIGNED = "Marrow, Senn and Lower Isles sign Kesten truce text"
VOTES = "Senn court forms a majority to convict ex-president Odra of a coup"
CONVICTED = "Former president Odra convicted of plotting the coup in Senn"


def headed(*told: tuple[str, str, int | None]) -> str:
    """The headline over reports with (title, text, hours after the first; None: undated)."""
    reports = []
    for n, (title, text, hours) in enumerate(told):
        made = report(f"r{n}", title, text, outlet=f"Outlet {n}")
        at = None if hours is None else MONDAY + timedelta(hours=hours)
        seen = MONDAY + timedelta(hours=12 if hours is None else hours)
        reports.append(replace(made, item=replace(made.item, date=at, first_seen=seen)))
    return written(story(reports), lead=False).headline.text


@pytest.mark.parametrize(
    ("planned", "done", "hours", "head"),
    [
        (GATHER, SIGNED, 0, SIGNED),
        (VOTES, CONVICTED, 0, CONVICTED),
        # What was done the day before may be done again.
        (GATHER, SIGNED, -10, GATHER),
        # Nothing came about: another title waits for the same.
        (GATHER, "Marrow, Senn and Lower Isles to sign Kesten truce text", 0, GATHER),
        # The title itself tells that it did.
        (f"{GATHER} and sign it", SIGNED, 0, f"{GATHER} and sign it"),
    ],
)
def test_a_plan_that_has_come_about_does_not_head_the_story(
    planned: str, done: str, hours: int, head: str
) -> None:
    assert headed((planned, "", 0), (done, "", hours)) == head


def test_what_all_tell_of_heads_the_story_not_a_side_of_it() -> None:
    strike = "The strike on the Odra hotel killed four envoys of the Kesten talks on Monday."
    assert headed(
        ("Marrow summons envoy to condemn strike on Odra hotel", strike, 1),
        ("Strike on Odra hotel kills four envoys of Kesten talks", strike, 1),
        ("Missile strike kills envoys at hotel in Odra, officials say", strike, 1),
    ).startswith(("Strike", "Missile strike"))


def test_an_undated_report_is_not_taken_for_the_newest() -> None:
    hunted = "Police search the port of Odra for Kesten suspect"
    arrested = "Police arrest Kesten suspect in the port of Odra"
    assert headed((hunted, "", None), (arrested, "", 6)) == arrested
    assert headed((hunted, "", 12), (arrested, "", 6)) == hunted
    assert headed((hunted, "", None), (arrested, "", None)) == hunted


def test_a_title_with_a_word_for_a_count_that_its_text_gives_is_stale() -> None:
    told = [
        report("a", "Tanker blast in Kesten kills 3 and injures 70", outlet="A"),
        report(
            "b",
            "Three dead, dozens injured in Kesten tanker blast",
            "An inquiry was opened into the tanker blast in Kesten, in which at least 70 people "
            "were injured.",
            outlet="B",
            at=MONDAY + timedelta(hours=1),
        ),
    ]
    assert written(story(told), lead=False).headline.text == told[0].item.title


def test_where_accounts_differ_an_early_count_does_not_head_the_story() -> None:
    told = [
        ("a", "Kesten market blast kills at least 8 people, police say", "A", 0),
        ("b", "Blast at Kesten market kills 8 people, police say", "B", 0),
        ("c", "Kesten market blast: toll is at 13 dead now, says the hospital", "C", 5),
        ("d", "Kesten market blast leaves 12 people dead", "C", 6),
    ]
    reports = [
        report(n, title, outlet=o, at=MONDAY + timedelta(hours=h)) for n, title, o, h in told
    ]
    brief = written(story(reports), lead=False)
    assert brief.figures[0].state == "disagree"
    assert brief.headline.citations[0].item in ("c", "d")


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("LIVE: strait of Marrow reopens after talks", "Strait of Marrow reopens after talks"),
        ("WATCH: Strait reopens", "Strait reopens"),
        ("Breaking news | Strait reopens", "Strait reopens"),
        ("Strait reopens after talks - Northern Gazette", "Strait reopens after talks"),
        ("Strait reopens after talks | northerngazette.example", "Strait reopens after talks"),
        ("Strait reopens after talks – as it happened", "Strait reopens after talks"),
        ("Strait reopens after talks: What we know so far", "Strait reopens after talks"),
        ("Strait reopens after talks (video)", "Strait reopens after talks"),
        ("Strait reopens after talks.", "Strait reopens after talks"),
        ("Strait reopens in the U.S.", "Strait reopens in the U.S."),
        ("Strait to reopen at noon - report", "Strait to reopen at noon - report"),
        ("Marrow - a strait of storms", "Marrow - a strait of storms"),
    ],
)
def test_headlines_lose_what_is_no_headline(title: str, clean: str) -> None:
    changes = headlines.cleaned(title, ["Northern Gazette", "northerngazette.example"])
    text, made = edits.apply(title, changes)
    assert text == clean
    assert edits.undo(text, made) == title


@pytest.mark.parametrize(
    "worse",
    [
        "Is the strait of Marrow open again?",
        "Opinion: the strait of Marrow is open again",
        "What we know about the strait of Marrow",
        "Strait of Marrow reopens after talks: All to know",
        "Reopening the strait of Marrow is illegal, experts say",
        "‘Open it’: pilots plead at the strait of Marrow",
        "Strait",
        "The strait of Marrow opens as pilots…",
    ],
)
def test_plain_headlines_win(worse: str) -> None:
    plain = "Strait of Marrow reopens after talks in Geneva"
    assert headlines.penalty(worse) > headlines.penalty(plain) == 0


def test_coarse_words_head_no_story() -> None:
    assert headlines.penalty("Lawmaker says remarks on Kesten are pissing people off") >= 1
    assert headlines.penalty("Assassin of Kesten's mayor passes through Senn, police say") == 0


def test_a_pages_keywords_are_no_headline() -> None:
    assert headlines.penalty("Senn, Port strike, Elin Varga, National security, Odra") >= 1
    assert headlines.penalty("Odra, Marrow, Senn and Kesten agree to open the strait") < 1


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("Quake kills 38 in Kesten", "31 to 38"),
        ("Death toll of Kesten quake rises to 38", None),  # "rises to 31 to 38" says nothing
        ("Toll of Kesten quake passes 38 dead", None),
    ],
)
def test_a_range_stands_where_a_headline_can_bear_it(title: str, printed: str | None) -> None:
    newest = report("a", title, outlet="Odra Courier")
    other = report("b", "Quake kills 31 in Kesten", outlet="Harbour Times")
    (figure,) = tally([newest, other])
    found = ranged(newest, [figure])
    assert (found and found[0].text) == printed


@pytest.mark.parametrize(
    ("count", "language", "printed"),
    [
        ("38", "en", "31 to 38"),
        ("38", "de", "31–38"),
        ("mindestens 38", "en", "31 to at least 38"),
        ("mindestens 38", "de", None),
        ("zwölf", "en", None),
        ("zwölf", "de", None),
        ("1.200", "de", None),
    ],
)
def test_a_range_outside_english_has_no_words(
    count: str, language: str, printed: str | None
) -> None:
    newest = report("a", f"{count} Tote bei Beben in Kesten", outlet="Odra Kurier", lang="de")
    counted = {"zwölf": 15, "1.200": 900}.get(count, 31)
    other = report("b", f"{counted} Tote bei Beben in Kesten", outlet="Hafenblatt", lang="de")
    found = ranged(newest, tally([newest, other]), language)
    assert (found and found[0].text) == printed
