"""Who says so, at the end of a source's sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from newsroom import strait

from digest.write import attribution, edits
from digest.write.attribution import phrases


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
    ("language", "sentence", "own"),
    [
        ("de", "„Niemand half“, erzählte die Händlerin Mira Soltau.", True),
        ("de", "Die Lage ist ernst, betonte Ministerin Varga.", True),
        ("de", "Die Partei gewann, fordert aber Neuwahlen.", False),
        ("fr", "« Personne n’aidait », raconte la marchande Mira Solan.", True),
        ("fr", "« Nous les jugerons », a-t-il dit devant la presse.", True),
        ("fr", "La route, a annoncé le maire, sera fermée.", False),
        ("es", "«Nadie ayudaba», relató la vendedora Mira Solán.", True),
        ("es", "Es un crimen, advirtió la ministra.", True),
        ("es", "Trece personas murieron, cuenta atrás incluida.", False),
    ],
)
def test_who_says_so_is_known_in_other_languages(language: str, sentence: str, own: bool) -> None:
    assert phrases(language).says_who(sentence) is own
