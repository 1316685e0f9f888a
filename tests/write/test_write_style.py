"""House style: one spelling of what outlets abbreviate in two, undone by tracing."""

from __future__ import annotations

import pytest
from newsroom import record, report, story

from digest.model import Editorial
from digest.write import edits
from digest.write.brief import write_brief
from digest.write.style import changes
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
