"""Edits can always be undone; attribution, headlines and quotes say what they should."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import report, strait

from digest.write import attribution, edits, headlines, quotes
from digest.write.edits import Change


@st.composite
def spans_and_changes(draw: st.DrawFn) -> tuple[str, list[Change]]:
    span = draw(st.text(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(span)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    changes = [Change("trim", start, end, draw(st.text(max_size=6))) for start, end in pairs]
    return span, draw(st.permutations(changes))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(spans_and_changes())
def test_every_edit_is_undone_to_the_letter(case: tuple[str, list[Change]]) -> None:
    span, changes = case
    text, made = edits.apply(span, changes)
    assert edits.undo(text, made) == span
    for edit, change in zip(made, sorted(changes, key=lambda c: (c.start, c.end)), strict=True):
        assert text[edit.start : edit.end] == change.text
        assert edit.was == span[change.start : change.end]


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        edits.apply("the strait", [Change("trim", 0, 5, ""), Change("case", 4, 6, "S")])


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("BBC", "the BBC"),
        ("Al Jazeera", "Al Jazeera"),
        ("The Northern Gazette", "the Northern Gazette"),
        ("Associated Press", "the Associated Press"),
        ("Agence France-Presse", "Agence France-Presse"),
        ("Reuters", "Reuters"),
        ("France 24", "France 24"),
        ("Radio Meridian", "Radio Meridian"),
        ("gazette.example", "gazette.example"),
        ("South Harrow Morning Post", "the South Harrow Morning Post"),
    ],
)
def test_articles(name: str, printed: str) -> None:
    assert attribution.with_article(name) == printed


def attributed(
    sentence: str,
    name: str,
    turn: int = 0,
    *,
    language: str = "en",
    again: bool = False,
    aside: bool = False,
) -> str:
    change = attribution.clause(sentence, name, turn, language=language, again=again, aside=aside)
    return edits.apply(sentence, [change])[0] if change else sentence


def test_attribution_stands_where_the_full_stop_was() -> None:
    said = "The strait is open."
    assert attributed(said, "BBC") == "The strait is open, the BBC reports."
    assert attributed(said, "BBC", 1) == "The strait is open, according to the BBC."
    assert attributed(said, "BBC", 0, again=True) == "The strait is open, the BBC adds."
    assert attributed("“It is open.”", "Reuters") == "“It is open,” Reuters reports."
    assert attributed("The strait is open", "Reuters") == "The strait is open, Reuters reports."
    assert attributed("It is in the U.S.", "Reuters") == "It is in the U.S., Reuters reports."


@pytest.mark.parametrize(
    ("language", "sentence", "name", "turns", "again", "aside"),
    [
        (
            "de-AT", "Die Brücke „Tor“ ist offen.", "Der Kurier",
            ["Die Brücke „Tor“ ist offen, so Der Kurier."],
            "Die Brücke „Tor“ ist offen, so Der Kurier weiter.",
            "Die Brücke „Tor“ ist offen, so Der Kurier in einem Feature.",
        ),
        (
            "fr", "Le pont est «ouvert.»", "Les Échos",
            ["Le pont est «ouvert», selon Les Échos.", "Le pont est «ouvert», d’après Les Échos."],
            "Le pont est «ouvert», toujours selon Les Échos.",
            "Le pont est «ouvert», selon un article de fond signé Les Échos.",
        ),
        (
            "es", "El puente está abierto.", "El País",
            ["El puente está abierto, según El País.",
             "El puente está abierto, de acuerdo con El País."],
            "El puente está abierto, también según El País.",
            "El puente está abierto, según un reportaje de El País.",
        ),
        (
            "ar", "الجسر مفتوح.", "الجزيرة",
            ["الجسر مفتوح، بحسب الجزيرة.", "الجسر مفتوح، وفق الجزيرة."],
            "الجسر مفتوح، بحسب الجزيرة أيضًا.",
            "الجسر مفتوح، بحسب تقرير موسّع من إعداد الجزيرة.",
        ),
        (
            "nl", "De brug is open.", "BBC",
            ["De brug is open, the BBC reports.", "De brug is open, according to the BBC.",
             "De brug is open, the BBC says."],
            "De brug is open, the BBC adds.",
            "De brug is open, according to a feature by the BBC.",
        ),
    ],
)  # fmt: skip
def test_attribution_is_in_the_editions_language(
    language: str, sentence: str, name: str, turns: list[str], again: str, aside: str
) -> None:
    """Where there are no words for it, English, as all of the house's words."""
    for turn, told in enumerate([*turns, turns[0]]):
        assert attributed(sentence, name, turn, language=language) == told
    assert attributed(sentence, name, language=language, again=True) == again
    assert attributed(sentence, name, language=language, aside=True) == aside


def test_each_language_of_the_page_has_words_of_attribution() -> None:
    strings = (Path(__file__).parents[2] / "templates").glob("strings.*.json")
    languages = {path.name.split(".")[1] for path in strings}
    assert len({attribution.phrases(language) for language in languages}) == len(languages)


def test_what_older_editions_print_may_be_said() -> None:
    for said in ("the BBC recalls", "according to a background report by the BBC"):
        known = (
            pattern.fullmatch(f", {said}.") for pattern in attribution.phrases("en").patterns()
        )
        assert "the BBC" in {match["name"] for match in known if match}


def test_no_attribution_twice_or_after_an_open_end() -> None:
    assert attributed("The strait is open, the BBC has learned.", "BBC").endswith("learned.")
    assert attributed("AP reporters saw the strait.", "Associated Press").endswith("strait.")
    assert attributed("“Open it!”", "Reuters") == "“Open it!”"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The strait is open, officials say"),
        ("en", "“The strait is open,” the navy has said"),
        ("en", "The strait is open, the harbour office said on Monday"),
        ("en", "The strait is open, the navy said in a statement late Monday"),
        ("en", "The strait is open, Elin Varga, the minister, announced Monday evening"),
        ("en", "The strait is open, says a Senn minister"),
        ("en", "The strait is open according to people who know the talks"),
        ("de", "Die Straße ist offen, sagte der Minister"),
        ("de", "Die Straße ist offen, wie die Marine mitteilte"),
        ("de", "Die Straße ist nach Angaben der Marine offen"),
        ("fr", "Le détroit est ouvert, a déclaré la marine"),
        ("fr", "Le détroit est ouvert, selon la marine"),
        ("es", "El estrecho está abierto, informó la marina"),
        ("es", "El estrecho está abierto según la marina"),
        ("ar", "المضيق مفتوح، بحسب البحرية"),
        ("ar", "المضيق مفتوح وفقا لمصادر"),
    ],
)
def test_who_says_so_already_is_not_followed_by_a_second_clause(
    language: str, sentence: str
) -> None:
    for again in (False, True):
        said = attributed(f"{sentence}.", "The Gazette", language=language, again=again)
        assert said == f"{sentence} (The Gazette)."
    assert attributed(sentence, "The Gazette", language=language) == f"{sentence} (The Gazette)."
    marked = attributed(f"{sentence}.", "The Gazette", language=language, aside=True)
    assert not marked.endswith("(The Gazette).")  # that it is no news has to be said


@pytest.mark.parametrize(
    "sentence",
    [
        "The navy says the strait is open.",
        "Elin Varga, the minister, said the strait is open.",
        "Elin Varga, the minister, says it opens the strait.",
        "The strait, said to be the deepest, is open.",
        "The strait is open, and the navy has no money left to settle the claims.",
    ],
)
def test_who_says_so_elsewhere_in_a_sentence_takes_a_clause(sentence: str) -> None:
    assert attributed(sentence, "The Gazette").endswith(", the Gazette reports.")


def test_wire_copy_is_the_agency_s() -> None:
    assert attribution.sayers(strait()) == {
        "a1": "Continental Press",
        "b1": "Associated Press",
        "c1": "Northern Gazette",
        "d1": "Odra Kurier",
    }


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
    ],
)
def test_quotes_and_their_speakers(text: str, words: str, speaker: str) -> None:
    assert quoted(text) == [(words, speaker)]


PAY = "“We will not pay for it.”"


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


MARKS = [
    *'“”«»„"’.,:\n ',
    "“Aa bb cc dd ee,”",
    " said ",
    "Elin Varga",
    " according to ",
    "the navy",
]


@settings(derandomize=True, deadline=None, max_examples=300)
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
