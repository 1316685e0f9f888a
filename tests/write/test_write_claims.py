"""Who confirms, who only carries, and what one outlet alone has."""

from __future__ import annotations

from dataclasses import replace

from newsroom import (
    EDITORIAL,
    report,
    story,
    two_events,
    written,
)

from digest.write.brief import write_brief
from digest.write.claims import told_share


def test_what_somebody_says_is_carried_not_confirmed() -> None:
    """However many carry it."""

    def standing(title: str) -> str:
        told = [report(name, title, outlet=name.upper()) for name in "ab"]
        return written(story(told), lead=False).standing

    assert standing("Ferry sinks off Kelby") == "confirmed by 2 independent origins"
    assert standing("Ferry sunk off Kelby, Marrow navy says") == "carried by 2 independent origins"
    assert standing("Strike sank ferry, Brillians say") == "carried by 2 independent origins"
    assert standing("Ferry lost, says Marrow's ministry") == "carried by 2 independent origins"
    assert standing("Marrow sank the ferry: UN report") == "carried by 2 independent origins"
    assert standing("Marrow denies that it sank ferry") == "carried by 2 independent origins"
    assert standing("Marrow accuses Brill of sinking ferry") == "carried by 2 independent origins"


def test_who_claims_to_have_no_part_in_it_does_not_claim_it() -> None:
    strike = report(
        "a",
        "Strike hits the Odra hotel during the Kesten talks",
        "Marrow claims it was not involved in the strike on the Odra hotel in Kesten during talks.",
        outlet="A",
    )
    heard = report(
        "b",
        "Blasts heard near Kesten",
        "Blasts shook the Odra hotel in Kesten on Monday, and rescuers searched for guests there.",
        outlet="B",
    )
    brief = written(story([strike, heard]))
    assert "claimed" not in brief.standing
    assert brief.dek is not None
    assert "Blasts shook" in brief.dek.text


def test_only_who_tells_what_the_headline_tells_confirms_it() -> None:
    told = [
        report("a", "Ferry sinks in storm off the port of Senn", outlet="A"),
        report("b", "Storm sinks ferry near Senn", "Its port is closed.", outlet="B"),
        report("c", "Minister of Senn visits the families of the crew", outlet="C"),
    ]
    brief = written(story(told), lead=False)
    assert brief.headline.text == told[0].item.title
    assert brief.standing == "confirmed by 2 independent origins"
    assert [origin.name for origin in brief.tellers] == ["A", "B"]
    brief = written(story([told[0], told[2]]), lead=False)
    assert brief.standing == "headline from A alone"
    # Words of another language are others.
    foreign = replace(told[2], lang="fr", item=replace(told[2].item, lang="fr"))
    assert len(written(story([told[0], foreign]), lead=False).tellers) == 2


def test_a_headline_that_another_outlet_nearly_tells_is_not_called_one_outlets_alone() -> None:
    told = [
        report("a", "Ferry sinks in storm off the northern port of Senn", outlet="A"),
        report("b", "Ship lost near Senn: ferry had no pilot", outlet="B"),
        report("c", "Minister of Senn visits the families of the crew", outlet="C"),
    ]
    assert 0.3 <= told_share(told[1], told[0].item.title) < 0.4
    brief = written(story(told), lead=False)
    assert brief.headline.text == told[0].item.title
    assert [origin.name for origin in brief.tellers] == ["A"]
    assert brief.standing == ""
    assert written(story([told[0], told[2]]), lead=False).standing == "headline from A alone"


def test_who_reports_a_development_does_not_confirm_the_event() -> None:
    told = two_events()
    brief = write_brief(told, lead=False, editorial=EDITORIAL)
    assert [origin.name for origin in brief.tellers] == ["Gazette"]
    assert brief.standing == ""  # nor is it the Gazette's alone: the raid is told in its words
    assert [origin.name for origin in told.lead_origins] == ["Gazette"]
    assert [origin.name for origin in told.development_origins] == ["Courier"]
    both = replace(told.origins[0], items=("a", "b"))
    told = replace(told, origins=(both,))
    assert [origin.items for origin in told.lead_origins] == [("a",)]
    assert [origin.items for origin in told.development_origins] == [("b",)]
