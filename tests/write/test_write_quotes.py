"""Quotes: whole, to the letter, and spoken by who says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import report

from digest.write import quotes

PAY = "“We will not pay for it.”"
MARKS = [
    *'“”«»„"’.,:\n ',
    "“Aa bb cc dd ee,”",
    " said ",
    "Elin Varga",
    " according to ",
    "the navy",
]


def quoted(text: str) -> list[tuple[str, str]]:
    return [(f.text, f.speaker) for f in quotes.in_report(report("q", "Strait", text))]


@pytest.mark.parametrize(
    ("text", "words", "speaker"),
    [
        ("“We will not pay for it,” said Elin Varga.", "We will not pay for it,", "Elin Varga"),
        ('"We will not pay for it," Elin Varga said.', "We will not pay for it,", "Elin Varga"),
        (
            "Elin Varga, the foreign minister, told reporters: “We will not pay for it.”",
            "We will not pay for it.",
            "Elin Varga",
        ),
        (
            "«Nous ne paierons pas pour cela», said Elin Varga.",
            "Nous ne paierons pas pour cela",
            "Elin Varga",
        ),
        ("„We will not pay for it“, said Elin Varga.", "We will not pay for it", "Elin Varga"),
        ("“We will not pay for it,” he said.", "We will not pay for it,", ""),
        (
            "“We will not pay for it,” said Kesten port resident Elin Varga.",
            "We will not pay for it,",
            "Elin Varga",
        ),
        (
            "“We will not pay for it,” said Elin Varga in Kesten.",
            "We will not pay for it,",
            "Elin Varga",
        ),
        (
            "Elin Varga, a Republican said: “We will not pay for it.”",
            "We will not pay for it.",
            "",
        ),
        (
            "The former President Elin Varga came. “We will not pay for it,” Varga said.",
            "We will not pay for it,",
            "Elin Varga",
        ),
        (
            "President Elin Varga came. “We will not pay for it,” Varga said.",
            "We will not pay for it,",
            "President Elin Varga",
        ),
    ],
)
def test_quotes_and_their_speakers(text: str, words: str, speaker: str) -> None:
    assert quoted(text) == [(words, speaker)]


@pytest.mark.parametrize(
    "text",
    [
        "“It is not that they will not pay,” Elin Varga added, “it is that they cannot.”",
        "“As I looked up at the old port,” Elin Varga recalled, “I saw the ships.”",
    ],
)
def test_half_a_sentence_is_no_quote(text: str) -> None:
    assert [words for words, _ in quoted(text) if words.endswith(",")] == []
    whole = "“It is not that they will not pay,” Elin Varga said, adding: “They cannot.”"
    assert [words for words, _ in quoted(whole)] == ["It is not that they will not pay,"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (f"Elin Varga said: {PAY} Tom Reed, a pilot, said ships were lost.", "Elin Varga"),
        (f"Elin Varga told reporters: {PAY} Harbour Watch said it had proof.", "Elin Varga"),
        (f"According to Elin Varga, {PAY} Tom Reed said they will.", "Elin Varga"),
        ('Elin Varga said: "We will not pay for it." Reed said that was a lie.', "Elin Varga"),
        ("Elin Varga said on X, “We will not pay for it!” Reed said she lied.", "Elin Varga"),
        ("Elin Varga said: “We will not pay for it”. Tom Reed said they will.", "Elin Varga"),
        ("Elin Varga asked, “Will nobody pay for it?” Reed said Senn will.", "Elin Varga"),
        ("Elin Varga said: “He told us ‘nobody will pay.’” Reed said he lied.", "Elin Varga"),
        ("“We will not pay for it.” said Elin Varga.", "Elin Varga"),
        ("“Will you not pay for it?” the minister asked.", "the minister"),
        ("“We will not pay for it,” as Elin Varga put it.", "Elin Varga"),
        (f"Varga was blunt. {PAY} Harbour Watch said it had proof.", ""),
        (f"“No,” Elin Varga said. {PAY} Tom Reed said that was a lie.", ""),
        ("She was blunt: “We will not pay for it!” Harbour Watch said she lied.", ""),
        (f"Harbour Watch said 12 ships were lost in 2024. {PAY} Varga was blunt.", ""),
        (f"Harbour Watch said it on X. {PAY} Varga was blunt.", ""),
        ("“We will not pay for it,” as Harbour Watch called for an inquiry.", ""),
    ],
)
def test_a_quotation_is_never_the_next_sentences_speakers(text: str, speaker: str) -> None:
    assert [who for _, who in quoted(text)] == [speaker]


@pytest.mark.parametrize(
    "text",
    [
        "The “so-called strait” was closed.",  # a term, not a statement
        "“We will not pay … for the chair,” she said.",  # words left out
        "“We [the navy] will not pay for it,” she said.",  # words put in
        "The ship is 6'2\" long and the mast is 9'1\" long or so.",
        'He said "no" and left, then "yes" again.',
    ],
)
def test_what_is_no_whole_quote(text: str) -> None:
    assert quoted(text) == []


def test_of_a_page_of_quotations_the_first_are_looked_at() -> None:
    said = [f"“We will pay for none of the {n} chairs,” said Elin Varga." for n in range(3_000)]
    found = quoted(" ".join(said)[:40_000])
    assert found == [
        (f"We will pay for none of the {n} chairs,", "Elin Varga") for n in range(quotes.MOST)
    ]


def test_a_word_that_is_too_long_for_a_name_gives_nobody_a_first_name() -> None:
    for first, full in [("Elin", "Elin Varga"), ("A" + "a" * 9_000, "Varga")]:
        (quote,) = quoted(f"{first} Varga was asked. “We will not pay for it,” said Varga.")
        assert quote == ("We will not pay for it,", full)


@given(st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=20)), max_size=30).map("".join))
def test_quotations_are_exact_ordered_and_apart(text: str) -> None:
    at = 0
    for found in quotes.in_report(report("q", "Strait", text)):
        assert at < found.start < found.end < len(text)
        assert found.text == text[found.start : found.end]
        assert len(found.text.split()) >= quotes.MIN_WORDS
        assert found.speaker in text
        at = found.end


def test_one_utterance_printed_otherwise_is_a_variant() -> None:
    first = report("a", "A", "“We will not pay for the chair,” said Elin Varga.", outlet="A")
    other = report("b", "B", "“We will not pay for a chair,” said Elin Varga.", outlet="B")
    same = report("c", "C", '"We will not pay for the chair", said Elin Varga.', outlet="C")
    (quote,) = quotes.strongest([first, other, same])
    assert [v.outlet for v in quote.variants] == ["B"]
