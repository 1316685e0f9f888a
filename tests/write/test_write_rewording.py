"""What a writer may do to a sentence, and that nothing else is ever printed."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import record, report, story

from digest.model import Brief, Editorial
from digest.write.brief import write_brief
from digest.write.rewording import Refusal, applied, fault, sentences_of, wordable
from digest.write.verify import problems

WAS = (
    "The army of Marrow said on Monday that at least 12 soldiers were killed near Kesten when "
    "rebels from Odra attacked an outpost that was built last year by engineers"
)


@pytest.mark.parametrize(
    ("new", "refusal"),
    [
        (
            "The army of Marrow said on Monday that at least 12 soldiers were killed near Kesten "
            "when rebels from Odra attacked an outpost that was built last year",
            "",
        ),
        ("Army of Marrow said", "number"),
        (WAS.replace("12", "21"), "number"),
        (WAS.replace("at least 12", "12"), "hedge"),
        (WAS.replace("Marrow", "Odra").replace("from Odra", "from Marrow"), "name"),
        (WAS.replace("said", "held"), "claim"),
        (WAS.replace("The army of Marrow said on", "On"), "name"),
        (WAS.replace("were killed", "were slain"), "new word"),
        (WAS.replace("were killed", "were not killed")[: len(WAS)], "unreadable"),
        (WAS.replace("soldiers were killed", "were killed soldiers"), "order"),
        (WAS.replace("last year by engineers", ""), "unreadable"),
        (WAS + " indeed", "too long"),
        ("", "unreadable"),
        ("\u202e" + WAS[1:], "unreadable"),
        (WAS.replace("outpost", "out<b>"), "unreadable"),
    ],
)
def test_what_may_be_said(new: str, refusal: str) -> None:
    found = fault(WAS, new)
    assert found == refusal or (refusal == "unreadable" and found)


@pytest.mark.parametrize(
    ("was", "new", "refusal"),
    [
        (
            "The ministry did not say whether the strike on the port of Kesten was a mistake",
            "The ministry did say whether the strike on the port of Kesten was a mistake",
            "negation",
        ),
        (
            "Rebels of the northern front attacked soldiers of the garrison at dawn in Kesten",
            "Rebels attacked soldiers of the garrison at dawn in Kesten",
            "",
        ),
        (
            "Leaders of the rival group were arrested by police in the old harbour of Kesten",
            "Leaders of the group were arrested by police in the old harbour of Kesten",
            "order",
        ),
        (
            "The mayor called it “a dark day for the whole town” after the long night in Kesten",
            "The mayor called it “a dark day” after the long night in Kesten",
            "quotation",
        ),
        (
            "Guards shot the man who attacked the embassy and wounded two people in Kesten",
            "Guards attacked the embassy and wounded two people in Kesten",
            "order",
        ),
    ],
)
def test_meaning_that_hangs_on_small_words(was: str, new: str, refusal: str) -> None:
    assert fault(was, new) == refusal


@given(st.text(max_size=200))
def test_any_text_is_judged(new: str) -> None:
    assert fault(WAS, new) in {"", *get_args(Refusal)}


def brief() -> Brief:
    reports = [
        report(
            "a",
            "Strike on Kesten port kills nine",
            "A missile strike on the port of Kesten killed nine people on Sunday night and set two "
            "grain ships on fire at the eastern quay. The army of Marrow denied that it had fired "
            "on the harbour and said its batteries were silent through the whole of the night.",
            outlet="Gazette",
        ),
        report(
            "b",
            "Kesten mourns its dead",
            "Rescue crews searched the wreck of the Kesten ferry hall for a second day while the "
            "families of the nine dead waited behind the fences of the port.",
            outlet="Courier",
        ),
    ]
    return write_brief(story(reports), lead=True, editorial=Editorial())


BRIEF = brief()
ASKED = list(next(sentences_of([BRIEF])))


def test_a_wording_is_printed_with_its_attribution_and_can_be_undone() -> None:
    assert len(ASKED) >= 2
    ends = (" at the eastern quay", " behind the fences of the port")
    shorter = {was: was.removesuffix(end) for was in ASKED for end in ends if was.endswith(end)}
    assert shorter
    made = applied(BRIEF, shorter)
    told = [s for p in made.paragraphs for s in p] + ([made.dek] if made.dek else [])
    worded = [s for s in told if any(e.kind == "wording" for e in s.edits)]
    assert worded
    assert all(s.text.endswith(".") for s in told)
    assert problems(record(made), [r.item for r in made.story.reports]) == []


@given(st.lists(st.text(max_size=300) | st.sampled_from(ASKED), min_size=6, max_size=6))
def test_whatever_a_model_says_the_brief_is_traced(said: list[str]) -> None:
    made = applied(BRIEF, dict(zip(ASKED, said, strict=False)))
    assert problems(record(made), [r.item for r in made.story.reports]) == []


def test_a_forged_wording_is_found() -> None:
    shorter = {was: " ".join(was.split()[:-4]) for was in ASKED}
    made = applied(BRIEF, shorter)
    forged = record(made)
    for sentence in forged["stories"][0]["sentences"]:
        for edit in sentence["edits"]:
            if edit["kind"] == "wording":
                sentence["text"] = "Marrow" + sentence["text"][edit["end"] :]
                edit["end"] = len("Marrow")
    if forged != record(made):
        assert problems(forged, [r.item for r in made.story.reports])


def test_sentences_with_other_changes_are_left_alone() -> None:
    sentence = BRIEF.headline
    assert wordable(replace(sentence, text="Too short to be worth it")) == ""
