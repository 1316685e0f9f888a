"""Briefs: written from the sources alone, the same whatever comes first, and traced."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from newsroom import (
    EDITORIAL,
    MONDAY,
    body,
    items,
    record,
    report,
    running,
    story,
    strait,
    written,
)

from digest.model import EarlierStory, Report
from digest.write.brief import _of_the_story, write_brief
from digest.write.cite import sha256
from digest.write.material import title_reads
from digest.write.verify import problems


def test_a_lead_has_its_parts() -> None:
    brief = written(strait())
    assert brief.headline.text in {r.item.title for r in strait().reports}
    assert brief.dek is not None
    assert brief.dek.text not in body(brief)
    text = " ".join(body(brief))
    assert "the Associated Press" in text  # wire copy is the agency's
    assert "Radio Meridian" not in text
    assert "PORT SELWYN" not in text  # the dateline is trimmed
    assert "He said it was a start" not in text
    assert "Meerenge" not in text  # foreign reports are counted, not mixed in
    assert [q.speaker for q in brief.quotes] == ["Elin Varga"]
    assert brief.quotes[0].text == "We will sit down, but we will not pay for the chair,"
    assert {f.label: f.state for f in brief.figures}["injured"] == "agree"
    assert "denied by the Lower Isles" in brief.standing
    assert "confirmed by 4 independent origins" in brief.standing
    assert brief.changes[0].kind == "new"


def test_who_denies_has_the_last_paragraph_of_a_lead() -> None:
    *_, last = written(strait()).paragraphs
    assert [sentence.text.split(" that")[0] for sentence in last] == ["The Lower Isles denied"]


def test_everything_in_a_brief_is_traced() -> None:
    brief = written(strait())
    assert problems(record(brief), items(brief)) == []


def test_a_dateline_under_a_pictures_caption_is_trimmed() -> None:
    text = (
        "Ferries lie in the port of Senn.\n"
        "SENN (AP) — The navy of Odra held three ferries with wheat for a day on Monday."
    )
    brief = written(story([report("r", "Odra holds ferries in the port of Senn", text)]))
    assert brief.dek is not None
    assert brief.dek.text.startswith("The navy of Odra held three ferries")


def test_a_surname_gets_its_given_name_once_in_a_brief() -> None:
    text = (
        "Odra held three ferries with wheat in the port of Senn for a day on Monday.\n"
        "They were weighed by the clerk Elin Varga.\n"
        "Varga said that the wheat on the three ferries had been weighed and found too light.\n"
        "The crews may buy new wheat in the port of Senn before Friday, Varga said."
    )
    told = story([report("r", "Odra holds ferries in the port of Senn", text)])
    brief = written(told)
    printed = " ".join(sentence.text for sentence in brief.running)
    assert printed.count("Elin Varga") == 1
    assert "Varga said" in printed
    assert problems(record(brief), items(brief)) == []


def test_a_german_edition_has_german_attributions_and_is_traced() -> None:
    others = {"Hafenblatt": 12, "Nordkurier": 14, "Odra Kurier": 19}
    s = story(
        [
            report(
                outlet[0],
                f"Explosion in Chemiefabrik in Kesten: {count} Menschen getötet",
                "Nach der Explosion in der Chemiefabrik in Kesten suchte die Feuerwehr bis zum "
                f"Abend nach Vermissten. Die Polizei in Kesten zählte nach der Explosion {count} "
                "Tote.",
                outlet=outlet,
                at=MONDAY + timedelta(minutes=count),
                lang="de",
            )
            for outlet, count in others.items()
        ]
    )
    brief = write_brief(s, lead=True, editorial=replace(EDITORIAL, language="de"))
    assert "12–19 Menschen getötet" in brief.headline.text
    said = [sentence for sentence in brief.running if sentence.edits]
    assert any(", so " in sentence.text for sentence in said)
    assert not any("reports" in sentence.text for sentence in said)
    german = record(brief) | {"language": "de"}
    assert problems(german, items(brief)) == []
    assert any("not of the allowed form" in p for p in problems(record(brief), items(brief)))
    english = record(write_brief(s, lead=True, editorial=EDITORIAL)) | {"language": "de"}
    assert problems(english, items(brief)) == []  # as editions were up to November 2026


def test_a_sentence_that_says_who_says_so_has_its_outlet_in_brackets_and_is_traced() -> None:
    told = report(
        "a",
        "Navy opens strait of Marrow",
        "Pilots in the strait of Marrow waited for two days. Ships with grain go first through the "
        "strait of Marrow, officials said.",
        outlet="The Gazette",
    )
    brief = written(story([told, report("b", "Strait of Marrow opens to ships", outlet="B")]))
    assert any(text.endswith("officials said (The Gazette).") for text in body(brief))
    assert problems(record(brief), items(brief)) == []
    other = record(brief)
    other["stories"][0]["sentences"] = json.loads(
        json.dumps(other["stories"][0]["sentences"]).replace("said (The Gazette)", "said (Gazette)")
    )
    assert problems(other, items(brief)) != []


def test_background_comes_last() -> None:
    brief = written(strait())
    assert any("in 2023" in s.text for s in brief.background)
    assert not any("in 2023" in t for t in body(brief))


def test_shorter_stories_keep_to_the_editors_length() -> None:
    brief = written(strait(), lead=False)
    assert len(brief.paragraphs) == 1
    assert 1 <= len(body(brief)) <= 4


def test_nothing_is_made_up_where_there_is_no_sentence() -> None:
    cut = story([report("a", "Strait reopens after talks", "The strait of Marrow, which…")])
    brief = written(cut)
    assert (brief.dek, brief.paragraphs, brief.background) == (None, (), ())
    assert problems(record(brief), items(brief)) == []


def test_a_sentence_printed_by_two_is_printed_once_and_cites_both() -> None:
    text = "The strait of Marrow was opened by the navy on Monday after long talks."
    brief = written(
        story(
            [
                report("a", "Strait of Marrow reopens after talks", text, outlet="A Gazette"),
                report("b", "Navy opens strait of Marrow", text, outlet="B Gazette"),
                report("c", "Talks open the Marrow strait", "", outlet="C Gazette"),
            ]
        ),
        lead=False,
    )
    printed = [s for s in (brief.dek, *(x for p in brief.paragraphs for x in p)) if s]
    holding = [s for s in printed if "opened by the navy" in s.text]
    assert len(holding) == 1
    assert {c.outlet for c in holding[0].citations} == {"A Gazette", "B Gazette"}


def test_the_same_story_gives_the_same_brief() -> None:
    assert written(strait()) == written(copy.deepcopy(strait()))


def test_without_vectors_words_do() -> None:
    brief = write_brief(strait(), lead=True, editorial=EDITORIAL)
    assert brief.paragraphs
    assert problems(record(brief), items(brief)) == []


def test_an_overtaken_count_is_not_printed_again() -> None:
    old = report(
        "a",
        "Flood in Kesten kills 12",
        "The flood in Kesten has killed 12 people so far.",
        outlet="A",
    )
    new = report(
        "b",
        "Flood in Kesten kills 19, mayor says",
        "Rescuers in Kesten searched for people after the flood broke the Odra dam.",
        outlet="B",
        at=MONDAY + timedelta(hours=5),
    )
    brief = written(story([old, new]), lead=False)
    assert brief.headline.text == "Flood in Kesten kills 19, mayor says"
    printed = running(brief)
    assert "Rescuers" in printed
    assert "12" not in printed


def test_a_headline_counts_the_dead_where_a_report_does() -> None:
    said = "A raid in Kesten has killed at least 40 people, the interior minister said."
    angle = report("a", "Senn sends its troops to the border with Kesten", said)
    toll = report("b", "At least 40 people killed in raid on Kesten", said)
    # All else equal the first one, most central of the story, heads it.
    assert written(story([angle, toll]), lead=False).headline.text == toll.item.title
    lower = report("b", "At least 30 people killed in raid on Kesten", "The count may rise there.")
    assert written(story([angle, lower]), lead=False).headline.text == angle.item.title


def test_a_lower_count_of_nobody_knows_when_is_not_printed() -> None:
    heads = report(
        "a",
        "Tanker blast in Kesten injures 70",
        "A tanker burned out under a bridge in Kesten.",
        outlet="A",
    )
    copy = report(
        "b",
        "Tanker blast in Kesten",
        "The tanker blast in Kesten has injured 18 people, says its mayor.",
        outlet="B",
    )
    undated = replace(copy, item=replace(copy.item, date=None))

    def printed(other: Report) -> str:
        brief = written(story([heads, other]), lead=False)
        return running(brief)

    assert "18" in printed(copy)
    assert "18" not in printed(undated)


def test_a_report_that_shares_little_with_the_headline_is_not_printed_under_it() -> None:
    headline = (
        "Senn orders all people of Kesten, Odra and Velm to leave homes, farms, mills and harbours "
        "along the coast road before its army attacks rebel camps"
    )
    told = [report(name, headline, outlet=name.upper()) for name in "ab"]

    def printed(text: str) -> bool:
        other = report("c", "A premier's day", text, outlet="C")
        brief = written(story([*told, other]), lead=False)
        return any("premier" in sentence.text for sentence in brief.running)

    assert printed("The premier of Senn told its army to spare mills, and flew to Velm at dawn.")
    assert not printed("The premier praised both army and rebel envoys at talks in the capital.")


@pytest.mark.parametrize(("who", "printed"), [("shepherds", 0), ("12 shepherds", 1)])
def test_what_is_printed_is_not_told_again_in_other_words(who: str, printed: int) -> None:
    """But for a number of its own."""
    held = "Rebel fighters hold the stone bridge of Kesten"
    told = [
        report(
            "a", "Rebels at the Kesten bridge", f"{held} with 40 guns since Monday.", outlet="A"
        ),
        report(
            "b",
            "Bridge at Kesten in rebel hands",
            f"{held}, {who} in nearby villages told reporters.",
            outlet="B",
        ),
    ]
    assert "\n".join(body(written(story(told)))).count("villages") == printed


def test_an_outlet_adds_to_its_own_report_alone() -> None:
    divers = (
        "Divers from Marrow reached the hull of the ferry off Senn after sunset. The ferry lies on "
        "its side in forty metres of cold water, as the divers saw."
    )
    flags = "Flags fly at half mast for the ferry in all schools of the province of Senn."
    told = [
        report("a", "Divers search the ferry off Senn", divers, outlet="Courier"),
        report("b", "Senn mourns the ferry's crew", flags, outlet="Courier"),
    ]
    text = " ".join(body(written(story(told))))
    assert text.count("the Courier") == 2
    assert "adds" not in text


def test_a_count_of_another_matter_that_nobody_prints_is_no_figure() -> None:
    killed = "The crackdown at Kesten gate has killed at least five people."
    told = story([report("a", "Kesten crackdown: a week in pictures", killed)])
    figures = written(told, lead=False).figures
    assert [figure.label for figure in figures] == ["killed"]
    assert _of_the_story(figures, ["a"], []) == figures
    assert _of_the_story(figures, [], written(told, lead=False).running) == figures
    assert _of_the_story(figures, ["b"], []) == ()


def test_what_a_former_edition_printed_is_printed_again_only_where_nothing_else_is() -> None:
    old = "Pilots blocked the strait of Marrow at dawn with forty barges."
    new = "Two tugs sank in the strait of Marrow in a storm that came up off Cape Senn."
    yesterday = EarlierStory(date(2026, 4, 12), "t0", "Barges", (), (), printed=(sha256(old),))

    def again(*texts: str) -> list[str]:
        reports = [
            report(
                f"r{n}", f"Navy opens strait of Marrow, say pilots {n}", text, outlet=f"{n} Post"
            )
            for n, text in enumerate(texts)
        ]
        brief = write_brief(story(reports), lead=False, editorial=EDITORIAL, earlier=[yesterday])
        return [sentence.text for sentence in brief.running]

    said = again(old, new)
    assert any("Two tugs" in text for text in said)
    assert not any("forty barges" in text for text in said)
    assert any("forty barges" in text for text in again(old))


@pytest.mark.parametrize(
    ("then", "deks"),
    [
        ("But the pilots of Senn see it otherwise.", "Barges"),
        ("However, the pilots of Senn will not wait.", "Barges"),
        ("Now, the pilots of Senn have had enough.", "Barges"),
        ("That has not kept the pilots of Senn away.", "Barges"),
        ("That day the pilots of Senn came, too.", "Crews"),
        ("The pilots of Senn came, too.", "Crews"),
    ],
)
def test_what_its_source_turns_against_comes_last_and_is_no_dek(then: str, deks: str) -> None:
    setting = "Crews in the strait of Marrow have to show their papers twice in any storm."
    told = [
        report("a", "Navy opens strait of Marrow to pilots", f"{setting} {then}", outlet="Post"),
        report(
            "b",
            "Strait of Marrow: tugs come",
            "Barges with grain and fuel went through the strait of Marrow after a navy tug.",
            outlet="Echo",
        ),
    ]
    brief = write_brief(story(told), lead=False, editorial=EDITORIAL)
    assert brief.headline.text == told[0].item.title
    assert brief.dek is not None
    assert brief.dek.text.startswith(deks)
    assert "Crews in the strait" in running(brief)


def test_what_lay_ahead_is_not_printed_under_the_outcome() -> None:
    verdict = report(
        "b",
        "Kesten court finds mayor guilty of fraud",
        "Judges in Kesten found the mayor guilty of fraud after a trial of nine weeks.",
        outlet="B",
        at=MONDAY + timedelta(hours=5),
    )

    def printed(early: str) -> bool:
        before = report("a", "Kesten mayor in court over fraud", early, outlet="A")
        brief = written(story([verdict, before]))
        assert brief.headline.text == verdict.item.title
        return early[:-1] in running(brief)

    sold = "Prosecutors told the court in Kesten that the mayor had sold forty ferries for himself."
    assert printed(sold)
    assert not printed(sold.replace("had sold", "might have sold"))
    assert not printed(sold.replace("told the court", "faces votes of the court"))
    assert not printed(sold.replace("had sold", "must sell"))
    assert not printed(sold.replace("told the court", "will look to tell the court"))
    assert not printed(sold.replace("told the court", "are searching for proof at the court"))
    assert not printed(sold.replace("told the court", "had hoped to tell the court"))


def test_what_the_headline_looks_ahead_to_may_be_looked_ahead_to() -> None:
    march = "Thousands march in Kesten ahead of the verdict on its mayor"
    early = report("a", "Kesten waits", "Guards closed the Kesten court ahead of the verdict.")
    head = report("b", march, outlet="B", at=MONDAY + timedelta(hours=5))
    brief = written(story([head, early]))
    assert brief.headline.text == march
    assert "Guards" in running(brief)


def test_a_thin_body_takes_what_other_titles_tell() -> None:
    blast = report(
        "a",
        "Twelve people killed in bombing at Kesten court",
        "Minister Odra says the bomber was stopped at the court's gate.",
        outlet="Post",
    )
    blame = report(
        "b",
        "Kesten says rebels of the north sent the bomber: What we know so far",
        "Bombing at Kesten court kills twelve, injures more than 30.",
        outlet="Courier",
        at=MONDAY + timedelta(hours=2),
    )
    brief = write_brief(story([blast, blame]), lead=True, editorial=EDITORIAL)
    blamed = "Kesten says rebels of the north sent the bomber"
    assert any(text.startswith(blamed) for text in body(brief))
    assert problems(record(brief), items(brief)) == []

    def told(at: timedelta, title: str) -> list[str]:
        other = replace(blame.item, title=title, date=MONDAY + at)
        both = story([blast, replace(blame, item=other)])
        return body(write_brief(both, lead=True, editorial=EDITORIAL))

    # Not what was written before the headline, nor the headline once more.
    assert not any(blamed in text for text in told(timedelta(hours=-2), blame.item.title))
    again = "Bombing at the Kesten court has killed twelve people"
    assert not any(again in text for text in told(timedelta(hours=2), again))


def test_what_is_printed_already_is_not_said_in_other_words() -> None:
    reports = [
        report("a", "Breach at Odra Rail exposes customer data", outlet="Gazette"),
        report(
            "b",
            "Odra Rail data stolen",
            "Hackers took names and travel records of 40,000 Odra Rail customers last week.",
            outlet="Courier",
        ),
        report(
            "c",
            "Odra Rail breached",
            "Names and records of the travel of Odra Rail customers went to hackers last week.",
            outlet="Lantern",
        ),
    ]
    brief = write_brief(story(reports), lead=False, editorial=EDITORIAL)
    assert brief.dek is not None
    assert body(brief) == []


def test_a_count_that_is_printed_already_is_no_news_again() -> None:
    def told(title: str) -> list[str]:
        reports = [
            report("a", "Blast at Kesten court kills 12", outlet="Gazette"),
            report("b", title, outlet="Courier"),
        ]
        return body(write_brief(story(reports), lead=False, editorial=EDITORIAL))

    assert told("Mayor says blast killed at least 12 clerks on the marble steps in Kesten") == []
    assert told("Mayor says blast injured 30 clerks on the marble steps in Kesten") != []


@pytest.mark.parametrize(
    ("title", "reads"),
    [
        ("Army tries to restore order in Kesten after a night of violence", True),
        ("Suspect convicted of murder in knife attack at Odra festival", False),
        ("Museum damaged during deadly strikes on the port of Kesten", False),
        ("Council to meet on the future of the Kesten crossing", False),
        ("Residents flee their homes as the fighting nears Kesten", True),
        ("Flash floods in the hills leave at least eleven dead", True),
        ("Two cargo ships sank off the coast of Marrow after a storm", True),
        ("Council allowed to stay on in the old town of Kesten", False),
    ],
)
def test_a_title_reads_where_its_verb_is_finite(title: str, reads: bool) -> None:
    assert title_reads(title) is reads


def test_a_story_of_thirty_reports_is_written_the_same_again() -> None:
    reports = [
        report(
            f"r{i}",
            f"Strait of Marrow reopens after talks, day {i}",
            " ".join(t.item.text for t in strait().reports[:3])
            + f" Ship {i} passed the strait of Marrow.",
            outlet=f"Gazette {i}",
            at=MONDAY + timedelta(minutes=i),
        )
        for i in range(30)
    ]
    brief = written(story(reports))
    assert written(story(reports)) == brief
