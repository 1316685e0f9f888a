"""Comment and background beside news: never printed as news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from newsroom import (
    EDITORIAL,
    MONDAY,
    Letters,
    body,
    items,
    record,
    report,
    story,
    written,
)

from digest.write.brief import write_brief
from digest.write.claims import tells
from digest.write.verify import problems


def test_comment_is_not_printed_as_news() -> None:
    news = report("a", "Truce holds in Kesten for a third day", "Guns were silent.", outlet="Post")
    word = report(
        "b",
        "What the truce leaves out",
        "Nobody in Kesten believes that the truce will outlast the winter storms of this year.",
        outlet="Courier",
    )
    comment = replace(word, comment=True)
    told = write_brief(story([comment, news]), lead=False, editorial=EDITORIAL)
    assert told.headline.text == news.item.title
    assert {c.item for c in told.headline.citations} == {"a"}
    assert told.dek is None or "believes" not in told.dek.text
    # Where the news gives little, it closes the story, and says what it is.
    said = [text for text in body(told) if "believes" in text]
    assert said == [f"{word.item.text[:-1]}, according to a feature by the Courier."]
    assert problems(record(told), items(told)) == []
    alone = write_brief(story([comment]), lead=False, editorial=EDITORIAL)
    assert alone.headline.text == word.item.title
    # Where the event itself has comment alone, a development's news is not put in its place.
    both = replace(story([comment, news]), lead=1, sizes=(1,))
    of_two = write_brief(both, lead=False, editorial=EDITORIAL)
    assert of_two.headline.text == word.item.title


@pytest.mark.parametrize(
    ("title", "feature"),
    [
        ("What the truce leaves out", True),
        ("Watch: bakers of Kesten light their ovens", False),
        ("MAP: where bread goes in Kesten", False),
        ("What to know: truce in Kesten holds for a third day", False),
    ],
)
def test_only_a_feature_is_called_one(title: str, feature: bool) -> None:
    news = report("a", "Truce holds in Kesten for a third day", "Guns were silent.", outlet="Post")
    text = "Bakers in Kesten opened their shops again since the truce lets flour through."
    other = replace(report("b", title, text, outlet="Courier"), comment=True)
    told = write_brief(story([other, news]), lead=False, editorial=EDITORIAL)
    (said,) = [said for said in body(told) if "Bakers" in said]
    assert ("feature" in said) is feature
    assert "the Courier" in said


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("Mayor Elin Varga says the truce lets Kesten bake bread for all who come back.", False),
        ("Bakers in Kesten have lit no ovens since 2019, when the first truce failed.", True),
    ],
)
def test_what_another_says_or_background_is_not_called_a_feature(text: str, closes: bool) -> None:
    news = report("a", "Truce holds in Kesten for a third day", "Guns were silent.", outlet="Post")
    flour = "Lorries brought flour to Kesten bakers as the truce held."
    more = report("c", "Kesten: live", flour, outlet="Herald")
    other = replace(report("b", "Ovens of the town", text, outlet="Courier"), comment=True)
    told = write_brief(story([news, more, other]), lead=True, editorial=EDITORIAL)
    printed = [s.text for s in told.background] if closes else body(told)
    (said,) = [said for said in printed if said.startswith(text[:12])]
    assert "feature" not in said
    assert "the Courier" in said


def test_an_explainer_of_the_event_counts_its_dead_and_one_of_the_war_does_not() -> None:
    news = report("a", "Blast kills 8 in Kesten market", outlet="Post")
    known = report(
        "b",
        "Blast kills 13 in Kesten market: what we know",
        outlet="Echo",
        at=MONDAY + timedelta(minutes=90),
    )
    war = report(
        "c",
        "Kesten's war in charts: 900 killed in a year",
        outlet="Sun",
        at=MONDAY + timedelta(minutes=95),
    )
    told = written(
        story([news, replace(known, comment=True), replace(war, comment=True)]), lead=False
    )
    (killed,) = told.figures
    assert [(value.outlet, value.printed) for value in killed.values] == [
        ("Post", "8"),
        ("Echo", "13"),
    ]


def test_an_explainers_count_stands_where_it_tells_what_the_most_central_report_does() -> None:
    central = report("a", "‘Like thunder’: tanker blast; Kesten port shut", outlet="A")
    text = "It injured 20 people when the tanker's blast shut the port of Kesten."
    known = replace(report("b", "What we know of the Kesten blast", text, outlet="B"), comment=True)
    law = report(
        "c",
        "Kesten police invoke terror law of Marrow over deadly blast",
        "Investigators asked for powers that only a terror law gives them, said the police.",
        outlet="C",
        at=MONDAY + timedelta(hours=9),
    )
    brief = written(story([central, law, known]), lead=False)
    assert brief.headline.text == law.item.title
    assert not tells(known, law.item.title)
    assert [figure.label for figure in brief.figures] == ["injured"]
    assert "injured" not in " ".join(sentence.text for sentence in brief.running)


def test_of_an_event_told_abroad_alone_a_developments_news_goes_before_comment() -> None:
    same = "Divers found the ferry’s bell at forty metres off Senn on Monday morning."
    abroad = report("a", "Fähre vor Senn gesunken", "Zwölf Tote.", outlet="Bote", lang="de")
    word = report("b", "Why ferries sink", same, outlet="Courier")
    news = report("c", "Divers reach the ferry off Senn", same, outlet="Gazette")
    told = story([abroad, replace(word, comment=True), news])
    brief = write_brief(replace(told, lead=1, sizes=(2,)), lead=False, editorial=EDITORIAL)
    assert brief.headline.text == news.item.title
    assert problems(record(brief), items(brief)) == []


def test_comment_only_fills_what_news_leaves_empty() -> None:
    news = [
        report(str(at), f"Truce holds in Kesten, {who}", text, outlet=who)
        for at, (who, text) in enumerate(
            (
                ("Post", "Guns in Kesten were silent for a third day after the truce was signed."),
                (
                    "Gazette",
                    "The truce opened a road on which bread and fuel reached Kesten again.",
                ),
                ("Star", "Mediators from Senn praised both armies in Kesten for the kept truce."),
                ("Echo", "Families returned to Kesten's burnt harbour since the truce allows it."),
                ("Mirror", "A minister called the truce in Kesten a first step to elections."),
            )
        )
    ]
    word = report("z", "What we know", "Kesten's truce is the fourth in nine years.", outlet="Sun")
    kesten = story([*news, replace(word, comment=True)])
    told = written(kesten, lead=False)
    assert len(body(told)) == EDITORIAL.brief_sentences
    assert not any("fourth" in text for text in body(told))
    for wanted in (1, 2):  # no fewer than wanted, and none for the sake of more
        fewer = replace(EDITORIAL, brief_sentences=wanted)
        short = write_brief(kesten, lead=False, editorial=fewer, embedder=Letters())
        assert len(body(short)) == wanted
        assert not any("fourth" in text for text in body(short))
        assert short.background == ()
    schools = "The truce let teachers in Kesten open nine schools once buses ran on Monday."
    doctors = "Army doctors say the Kesten truce emptied forty wards of wounded soldiers."
    others = [
        report("p", "Truce holds in Kesten, Argus", schools, outlet="Argus"),
        report("q", "Truce holds in Kesten, Herald", doctors, outlet="Herald"),
    ]
    more = replace(EDITORIAL, brief_sentences=6)
    longer = write_brief(story([*news, *others]), lead=False, editorial=more, embedder=Letters())
    assert len(body(longer)) > 4
