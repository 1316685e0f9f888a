"""House style: one spelling of what outlets abbreviate in two, undone by tracing."""

from __future__ import annotations

import pytest
from newsroom import record, report, story

from digest.model import Editorial
from digest.write import edits
from digest.write.brief import write_brief
from digest.write.rewording import applied, wordable
from digest.write.style import changes, marked, title_as_printed
from digest.write.verify import problems


@pytest.mark.parametrize(
    ("span", "printed"),
    [
        ("The U.N. and U.S.-led envoys met.", "The UN and US-led envoys met."),
        ("Nato and Unesco met in the U.K.", "NATO and UNESCO met in the UK."),
        ("“Ask the U.S.”", "“Ask the US.”"),
        ("The A.U.S.T. rules of U.S.A. Today.", "The A.U.S.T. rules of U.S.A. Today."),
    ],
)
def test_abbreviations_stand_as_the_house_has_them(span: str, printed: str) -> None:
    made = changes(span, "en-GB", ends=True)
    text, listed = edits.apply(span, made)
    assert text == printed
    assert edits.undo(text, listed) == span
    assert changes(span, "de", ends=True) == []


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (
            "'Leave now', Senn's army told 'all' of them",
            "“Leave now”, Senn’s army told “all” of them",
        ),
        ("The ‘truce’ will 'be razed’", "The “truce” will “be razed”"),
        ('Marrow\'s "act of war," it said', "Marrow’s “act of war,” it said"),
        ("\"We call it 'truce',\" he said.", "“We call it ‘truce’,” he said."),
        ("The hostages' release at Ma'ale Odra", "The hostages’ release at Ma’ale Odra"),
        # Without a partner.
        ("A novel of the '70s, a board of 6\" by 4", "A novel of the '70s, a board of 6\" by 4"),
        ('Senn said: "We leave', 'Senn said: "We leave'),
    ],
)
def test_marks_stand_as_the_house_has_them(text: str, printed: str) -> None:
    assert marked(text) == printed
    assert marked(printed) == printed
    assert marked(text, "fr") == text
    in_headline = marked(text, headline=True)
    assert "“" not in in_headline or '"' in text
    assert len(in_headline) == len(text)


def test_a_title_without_edits_has_the_same_form() -> None:
    title = "Nato 'holds' Odra port, says U.S.-led staff's chief in U.N."
    printed = "NATO ‘holds’ Odra port, says US-led staff’s chief in UN"
    assert title_as_printed(title, "en") == printed
    assert title_as_printed(title, "de") == title


def test_a_sentence_with_the_houses_marks_is_traced_and_may_be_worded() -> None:
    told = story(
        [
            report("a", "Senn 'opens' Odra port", outlet="Gazette"),
            report(
                "b",
                "Odra port: live",
                'Merchants of Odra port call it "a trap" that Senn\'s army laid at the old quay.',
                outlet="Courier",
            ),
        ]
    )
    items = [r.item for r in told.reports]
    brief = write_brief(told, lead=False, editorial=Editorial())
    assert brief.headline.text == "Senn ‘opens’ Odra port"
    (dek,) = brief.running
    said = "Merchants of Odra port call it “a trap” that Senn’s army laid"
    assert dek.text == f"{said} at the old quay."
    assert problems(record(brief), items) == []
    made = applied(brief, {wordable(dek): f"{said}."})
    assert [sentence.text for sentence in made.running] == [f"{said}."]
    assert problems(record(made), items) == []


def test_marks_that_close_a_sentence_go_before_its_attribution() -> None:
    told = story(
        [
            report(
                "a",
                "Strikes on the port of Odra kill 35 people, Kesten says",
                "The army of Marrow says that it struck a depot of arms.",
                outlet="Gazette",
            ),
            report("b", "Odra port: live", 'Merchants call the Odra port "a trap."', outlet="Post"),
        ]
    )
    brief = write_brief(told, lead=False, editorial=Editorial())
    assert [s.text for p in brief.paragraphs for s in p] == [
        "Merchants call the Odra port “a trap,” the Post reports."
    ]
    assert problems(record(brief), [r.item for r in told.reports]) == []


def test_a_brief_has_one_spelling_and_is_traced() -> None:
    told = story(
        [
            report(
                "a",
                "U.N. envoys meet Nato over Odra port talks in U.S.",
                "Envoys of the U.N. met the generals over Odra port on a visit to the U.S.",
                outlet="Gazette",
            ),
            report(
                "b",
                "Odra port: live",
                "Merchants of the Odra port want to see the envoys leave for the U.K.",
                outlet="Courier",
            ),
        ]
    )
    brief = write_brief(told, lead=False, editorial=Editorial())
    assert brief.headline.text == "UN envoys meet NATO over Odra port talks in US"
    assert [sentence.text for sentence in brief.running] == [
        "Envoys of the UN met the generals over Odra port on a visit to the US.",
        "Merchants of the Odra port want to see the envoys leave for the UK, the Courier reports.",
    ]
    assert problems(record(brief), [r.item for r in told.reports]) == []


def test_an_abbreviation_within_a_word_is_traced() -> None:
    title = "U.S.-Odra talks on the port end in U.N.-led silence"
    told = story([report("a", title, "Envoys left the U.S.-Odra talks on the port at noon.")])
    brief = write_brief(told, lead=False, editorial=Editorial())
    assert brief.headline.text == "US-Odra talks on the port end in UN-led silence"
    assert problems(record(brief), [r.item for r in told.reports]) == []
