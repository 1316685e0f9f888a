"""Choice: what is printed of a story, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from newsroom import MONDAY, record, report, story

from digest.model import Brief, Editorial, Report
from digest.write.brief import write_brief
from digest.write.verify import problems

STRIKES = report(
    "a",
    "Strikes on the port of Odra kill 35 people, Kesten says",
    "The army of Marrow says that it struck a depot of arms.",
    outlet="Gazette",
)


def written(*reports: Report, lead: bool = False) -> Brief:
    return write_brief(story(reports), lead=lead, editorial=Editorial())


def texts(brief: Brief) -> list[str]:
    return [sentence.text for paragraph in brief.paragraphs for sentence in paragraph]


@pytest.mark.parametrize(
    ("title", "text", "first"),
    [
        (
            "Senn imposes new sanctions on rebels at Odra port as tension grows",
            "Penalties come two weeks after the premier of the Odra port rebels was shot.",
            "Senn imposes",
        ),
        # What happened goes before what is said of it.
        (
            "Senn says that rebels of the north sent drones to Odra port",
            "Drone blasts at the Odra port wounded 80 sailors and set two ships on fire.",
            "Drone blasts",
        ),
    ],
)
def test_a_title_goes_before_what_stands_under_it(title: str, text: str, first: str) -> None:
    other = report("b", title, text, outlet="Courier", at=MONDAY - timedelta(minutes=30))
    told = texts(written(STRIKES, other))
    assert len(told) == 2
    assert told[0].startswith(first)


def test_a_lead_prints_the_title_that_its_text_takes_for_granted() -> None:
    others = [
        report("c", "Odra port: live", "Divers search the Odra port for two sunken tug boats."),
        report("d", "Odra port: live", "Hospitals near Odra port lack blood, nurses said."),
        report("e", "Odra port: live", "Insurers raise rates for all ships bound to Odra port."),
    ]
    council = report(
        "b",
        "World council condemns Marrow over bombs on merchants at Odra port",
        "Backing of Senn for the text implies that Odra port was a bridge too far.",
        outlet="Courier",
        at=MONDAY - timedelta(minutes=30),
    )
    brief = written(STRIKES, council, *others, lead=True)
    told = [text.split(",")[0] for text in texts(brief)]
    at = told.index(council.item.title)
    assert told[at + 1].startswith("Backing of Senn")
    # In the same paragraph, longer than others by that.
    assert sorted(len(paragraph) for paragraph in brief.paragraphs) == [2, 3]
    assert texts(brief)[at + 1].endswith(", the Courier adds.")
    # Not where its text tells the same.
    same = "The world council has condemned Marrow over its bombs on merchants at the port of Odra."
    again = report("b", council.item.title, same, outlet="Courier")
    assert council.item.title not in " ".join(texts(written(STRIKES, again, *others, lead=True)))


def test_what_leans_on_the_headlines_own_title_is_its_dek_and_nothing_else() -> None:
    named = "The suspect has been identified as Senn Varga of Odra in Kesten."
    arrest = report("a", "Kesten police arrest suspect in bombing of Odra bank", named)
    film = report("b", "Kesten police show film of Odra bank bombing", "Film shows the Odra bank.")
    brief = written(arrest, film)
    assert brief.headline.text == arrest.item.title
    assert brief.dek is not None
    assert brief.dek.text == named
    # Under another report's title nobody knows who is meant.
    silent = replace(arrest, item=replace(arrest.item, text=""))
    brief = written(silent, report("b", film.item.title, named))
    assert brief.headline.text == arrest.item.title
    assert named not in [sentence.text for sentence in brief.running]
    # A notice is no sentence under a headline.
    assert written(report("a", arrest.item.title, "This is a breaking news story.")).dek is None


def test_what_awaits_the_headlines_own_day_is_not_printed_after_it() -> None:
    signed = report("a", "Leaders of Senn and Marrow sign Kesten truce", outlet="Gazette")

    def told(text: str, hours: int) -> str:
        other = report(
            "b", "Kesten truce: live", text, outlet="Courier", at=MONDAY - timedelta(hours=hours)
        )
        return " ".join(sentence.text for sentence in written(signed, other).running)

    leads = "The premier of Senn will lead {}'s talks on the Kesten truce in the port of Odra."
    assert "will lead" not in told(leads.format("Monday"), 12)
    assert "will lead" in told(leads.format("Thursday"), 12)
    led = "The premier of Senn led Monday's talks on the Kesten truce in the port of Odra."
    assert "led Monday" in told(led, 2)


def test_all_of_what_stands_under_the_headline_is_of_the_story() -> None:
    text = "Kesten fell silent at noon in the rain. Premier Elin Varga was ousted by 364 to 194."
    fall = report("a", "Government of Senn falls after a vote in Kesten", text)
    assert "364 to 194" in " ".join(sentence.text for sentence in written(fall).running)


def test_a_standfirst_that_lists_headlines_is_printed_part_by_part() -> None:
    listed = (
        "Five rebels behind attack at the Kesten bus stop; off-duty soldier, armed civilians shoot "
        "attackers dead; army raids their home villages in Senn before dawn"
    )
    attack = report("a", "Six killed in attack at Kesten bus stop", listed, outlet="Gazette")
    brief = written(attack)
    printed = [sentence.text for sentence in brief.running]
    # Neither the label without a verb nor what points to it.
    assert printed == ["Off-duty soldier, armed civilians shoot attackers dead."]
    assert problems(record(brief), [attack.item]) == []


def test_the_headline_once_more_is_not_printed_where_something_else_is() -> None:
    bill = report("a", "Senn advances bill on death penalty for rebels", outlet="Gazette")
    echo = "The Senn assembly has advanced a law on the death penalty for captured northern rebels."
    again = report("b", "Senn assembly: live", echo, outlet="Courier")
    other = report(
        "c",
        "Senn assembly: live",
        "Critics of the death penalty say that Senn would spare its own army under that law.",
        outlet="Post",
    )

    def running(*reports: Report) -> list[str]:
        return [sentence.text for sentence in written(*reports).running]

    assert not any(text.startswith("The Senn assembly") for text in running(bill, again, other))
    assert any(text.startswith("Critics") for text in running(bill, again, other))
    # Better than nothing; and what it counts is news.
    assert running(bill, again) == [echo]
    five = report("b", "Senn assembly: live", echo.replace("rebels", "5 rebels"), outlet="Courier")
    assert any(text.startswith("The Senn assembly") for text in running(bill, five, other))


def test_in_a_lead_what_happened_stands_before_who_says_so() -> None:
    said = "The Marrow government says Odra port was used to hide guns that rebels bought abroad."
    brief = written(
        STRIKES,
        report("b", "Odra port: live", "Cranes burned in the port of Odra until noon."),
        report("c", "Odra port: live", said, outlet="Post"),
        report(
            "d",
            "Odra port: live",
            "Divers searched the Odra port for two sunken tug boats.",
            outlet="Courier",
        ),
        lead=True,
    )
    told = [" ".join(sentence.text for sentence in paragraph) for paragraph in brief.paragraphs]
    assert len(told) == 2
    assert "Cranes" in told[0]
    assert "Divers" in told[0]
    assert told[1].startswith("The Marrow government says")


def test_in_a_lead_sentences_of_one_matter_stand_side_by_side() -> None:
    mourned = "Mourners buried the sailors of Odra port, a boy of 16 among them."
    brief = written(
        STRIKES,
        *(
            report(name, "Odra port: live", text, outlet=outlet)
            for name, text, outlet in [
                ("b", "Rulers of the north came to Odra port as it buried its sailors.", "Courier"),
                ("c", "Cranes of the Odra port burned until noon.", "Post"),
                ("d", mourned, "Courier"),
            ]
        ),
        lead=True,
    )
    told = [" ".join(sentence.text for sentence in paragraph) for paragraph in brief.paragraphs]
    assert any("Rulers" in paragraph and "Mourners" in paragraph for paragraph in told)
    assert "Cranes" in " ".join(told)


@pytest.mark.parametrize(
    ("day", "background"),
    [("on Monday", False), ("on Sunday", False), ("on Saturday", True), ("by ship", True)],
)
def test_what_names_its_own_day_tells_the_event(day: str, background: bool) -> None:
    crews = report(
        "b",
        "Odra port: live",
        f"Crews of Odra port who were held two years ago came home {day} with the fleet.",
        outlet="Courier",
    )
    brief = written(STRIKES, crews)
    printed = brief.background if background else brief.paragraphs[0]
    assert printed[-1].text.startswith("Crews of Odra port")


@pytest.mark.parametrize(("hurt", "background"), [(27, False), (270, True)])
def test_what_counts_the_days_own_victims_is_no_background(hurt: int, background: bool) -> None:
    blast = report(
        "b",
        "Bomb at Odra port kills 35 people and wounds 27",
        f"No rebels claimed the Odra port bomb, but bombs wounded {hurt} people in recent months.",
        outlet="Courier",
    )
    brief = written(STRIKES, blast, lead=True)
    printed = brief.background if background else brief.paragraphs[0]
    assert printed[-1].text.startswith("No rebels claimed")


@pytest.mark.parametrize(("minutes", "printed"), [(20, False), (-20, True)])
def test_what_lay_ahead_minutes_before_the_outcome_is_not_printed(
    minutes: int, printed: bool
) -> None:
    fired = report("a", "Senn fires envoy to Kesten over harbour letters", outlet="Gazette")
    calls = report(
        "b",
        "Kesten envoy: live",
        "The premier of Senn faces growing calls to sack the Kesten envoy over his letters.",
        outlet="Courier",
        at=MONDAY - timedelta(minutes=minutes),
    )
    assert bool(written(fired, calls).running) is printed


@pytest.mark.parametrize("of_lead", [1, 2])
def test_the_caption_of_a_film_is_no_sentence_and_no_development(of_lead: int) -> None:
    def told(text: str) -> str:
        film = report("b", "Sailors flee burning cranes at the port of Odra", text, outlet="Post")
        of_two = replace(story([STRIKES, film]), lead=of_lead, sizes=(1,) * (2 - of_lead))
        brief = write_brief(of_two, lead=False, editorial=Editorial())
        return " ".join([*texts(brief), *(line.text for line in brief.developments)])

    assert "Sailors flee" not in told("Video shows sailors running from burning cranes in the")
    assert "Sailors flee" in told("")


@pytest.mark.parametrize("comment", [False, True])
def test_a_story_told_in_full_closes_with_what_came_before_also_of_comment(comment: bool) -> None:
    old = report(
        "z",
        "How the port of Odra was built",
        "The port of Odra has housed the fleet of Kesten since 1912.",
        outlet="Post",
    )
    news = [
        report("b", "Odra port: live", "Cranes of the Odra port burned until noon.", outlet="Post"),
        report("c", "Odra port: live", "Divers search Odra port for tugs.", outlet="Courier"),
        report("d", "Odra port: live", "Hospitals near Odra port lack blood.", outlet="Herald"),
    ]
    brief = written(STRIKES, *news, replace(old, comment=comment))
    assert len(texts(brief)) == 3
    (last,) = brief.background
    assert last.text.startswith(old.item.text[:-1])
    assert problems(record(brief), [r.item for r in brief.story.reports]) == []
    # Not what is printed already.
    again = replace(old, item=replace(old.item, text=news[0].item.text[:-1] + " in 2019."))
    assert written(STRIKES, *news, replace(again, comment=True)).background == ()


@pytest.mark.parametrize(("likeness", "paragraphs"), [(0.05, [3, 1]), (0.5, [2, 2])])
def test_a_paragraph_of_a_lead_has_a_third_sentence_where_that_goes_on_or_would_stand_alone(
    monkeypatch: pytest.MonkeyPatch, likeness: float, paragraphs: list[int]
) -> None:
    monkeypatch.setattr("digest.write.brief.GOES_ON", likeness)
    told = [
        report(name, "Odra port: live", text, outlet=name)
        for name, text in [
            ("b", "Burning cranes of Odra port fell on ships of grain near the old quay at noon."),
            ("c", "Cranes of the Odra port had been bought by merchants from Senn."),
            (
                "d",
                "Rich merchants from Senn lost forty ships of grain and iron bound to Odra port.",
            ),
            ("e", "Hospitals near Odra port lack blood for surgeons."),
        ]
    ]
    again = [report(name, STRIKES.item.title, outlet=name) for name in ("f", "g", "h")]
    brief = written(STRIKES, *again, *told, lead=True)
    assert [len(paragraph) for paragraph in brief.paragraphs] == paragraphs
    three = written(STRIKES, *again, *told[:3], lead=True)
    assert [len(paragraph) for paragraph in three.paragraphs] == [3]
