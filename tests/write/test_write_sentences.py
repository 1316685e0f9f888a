"""Sentences with their spans, and which may be printed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import MONDAY, report

from digest.write.dangling import dated_weekday, hanging_day, hangs, named_pronoun
from digest.write.quotes import named_in_full
from digest.write.sentences import MAX_WORDS, MIN_WORDS, dateline, fault, spans
from digest.write.standfirst import Habits, habits

TEXTS = st.text(
    alphabet=st.sampled_from([*"abc ABC.!?…\n\"“”«»'()0123,;- éßЖ漢😀\u00a0\u2028"]), max_size=120
)


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in spans(text, "en")]


@pytest.mark.parametrize(
    "parts",
    [
        ["M. Dupont said approx. 1,200 people came.", "U.S. Navy ships left."],
        ["J. R. Smith won in the U.S.", "The army left."],
        ["The plan, by Cory Bell (D–Ore.), is new.", "It is good."],
        ["“I didn’t do it,” Lee said.", "“I’ve made mistakes. But I’m no thief.”"],
        ["The move went too far.", "“We make decisions."],
        ['He said it "was the end. It was not."', "She left.", '"Go," he said.'],
        ["At 5 p.m. ET he left.", "Three came."],
        ["Gen. Varga spoke on Jan. 6 in St. Louis.", "Nobody came."],
        ["SENN, Kald. – The port is shut.", "– It was late."],
        ["No. 2 of the list fell.", "Vitamin C.", "Then it rained."],
        ["Le ministre M. Roux a parlé.", "Il pleut."],
    ],
)
def test_boundaries(parts: list[str]) -> None:
    assert split(" ".join(parts)) == parts


def test_lines_never_join() -> None:
    assert split("A line without a stop\nAnother one. And more.") == [
        "A line without a stop",
        "Another one.",
        "And more.",
    ]


@given(st.one_of(TEXTS, st.text(max_size=200)))
def test_spans_are_exact_ordered_and_lose_nothing(text: str) -> None:
    found = spans(text, "en")
    at = 0
    kept = []
    for start, end in found:
        assert at <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        kept.append(text[start:end])
        at = end
    assert "".join("".join(kept).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Marrow's navy said that 31 vessels passed the strait on Monday.", ""),
        ("“We will sit down,” the minister said on Monday.", ""),
        ("The navy said that 31 vessels passed the…", "cut off"),
        ("The navy said that 31 vessels passed [...]", "cut off"),
        ("The navy said that 31 vessels passed the", "cut off"),
        ("He came.", "too short"),
        ("Will the strait of Marrow stay open now?", "question"),
        ("THE STRAIT OF MARROW IS OPEN AGAIN.", "capitals"),
        ("By Elin Varga and Jon Olt in Kesten.", "byline or stamp"),
        ("14:30 GMT The strait of Marrow is open.", "byline or stamp"),
        ("Sign up for our newsletter to read more news.", "promotion"),
        ("As the truce begins, a look at the war by the numbers.", "promotion"),
        ("The BBC's Elin Varga was in the courtroom when the verdict fell.", "promotion"),
        ("Al Jazeera's Jon Olt joined aid workers on the road to Kesten.", "promotion"),
        ("Jon Olt shows us what is left of the port of Kesten.", "promotion"),
        ("Three Al Jazeera journalists were killed in a strike on Kesten.", ""),
        ("The strait's Elin Varga was in the courtroom when it fell.", ""),
        ("The BBC was at fault over the film, its director said on Monday.", ""),
        ("Al Jazeera witnessed the convoy leave the port of Kesten.", "promotion"),
        ("The ministry freed them,, but two are in custody.", "glued"),
        ("Bells rang out among in Kesten the ferry had come.", "damaged"),
        ("The navy sent for pilots believed to hiding in Senn.", "damaged"),
        ("The harbour was closed by an an unknown ship.", "damaged"),
        ("The minister praised the pilots in th harbour of Senn.", "damaged"),
        ("“We will sit down, the minister said on Monday.", "open quotation"),
        ("See https://marrow.example for more on this strait.", "markup"),
        ("of the strait was opened on Monday again.", "no beginning"),
        ("Image caption The ferry lay in the strait for two days.", "furniture"),
        ("Skip Ad x Embed x Share The minister met the pilots of Senn.", "furniture"),
        ("The pilots met Elin Varga Elin VargaFerry held in Senn MORE on Monday.", "furniture"),
        ("(ELIN VARGA/Continental Press) The pilots met the minister on Monday.", "furniture"),
        ("(Kesten Port Office via AP) The pilots met the minister.", "furniture"),
        ("KESTEN TIMES The ferry was held in the strait of Marrow.", "furniture"),
        ("The minister speaks, Wednesday, Jan. 8, 2020, in the port of Senn.", "caption"),
        ("The news of the strait, delivered daily to your inbox.", "promotion"),
        ("MORE than 50 pilots met the minister (and his staff) in Senn.", ""),
    ],
)
def test_faults(sentence: str, why: str) -> None:
    assert fault(sentence) == why


@pytest.mark.parametrize("middle", ["A-" * 20_000, "." * 39_000 + " a", "a strait " * 4_000])
def test_what_is_too_long_for_a_sentence_is_not_looked_into(middle: str) -> None:
    assert fault(f"The navy said that {middle} passed...") == "too long"


@given(st.one_of(TEXTS, st.text(max_size=200)))
def test_any_text_has_a_fault_or_none(text: str) -> None:
    for start, end in [*spans(text, "en"), (0, len(text))]:
        sentence = text[start:end]
        assert fault(sentence) or MIN_WORDS <= len(sentence.split()) <= MAX_WORDS
        assert 0 <= dateline(sentence) <= len(sentence)


def test_a_standfirst_needs_no_full_stop() -> None:
    standfirst = "The carmaker had said that no data was taken"
    assert fault(standfirst, whole_text=True) == ""
    assert fault(standfirst + " by", whole_text=True) == "cut off"
    assert fault(standfirst * 6, whole_text=True) == "cut off"


@pytest.mark.parametrize(
    ("sentence", "cut"),
    [
        ("LONDON (Reuters) - The minister left.", "LONDON (Reuters) - "),
        ("KYIV, Ukraine (AP) — The minister left.", "KYIV, Ukraine (AP) — "),
        ("GENEVA, Sept 9 (Reuters) – The minister left.", "GENEVA, Sept 9 (Reuters) – "),
        ("KESTEN — The minister left.", "KESTEN — "),
        ("The minister left (AP) - and came back.", ""),
        ("NATO said it would stay.", ""),
        ("KESTEN, Kaldria — The minister left.", "KESTEN, Kaldria — "),
        ("KESTEN, Kaldria—The minister left.", "KESTEN, Kaldria—"),
        ("Kesten old port, Kaldria (CNN) The minister left.", "Kesten old port, Kaldria (CNN) "),
        ("(Kesten) – The minister left.", "(Kesten) – "),
        ("(The Kesten Post) The minister left.", "(The Kesten Post) "),
        ("DEVELOPING: The minister left.", "DEVELOPING: "),
        ("The minister of Kesten (CNN) left.", ""),
        ("Marrow - a strait - was closed.", ""),
        ("PORT SENN, Continental Press: At least 17 died.", "PORT SENN, Continental Press: "),
        (
            "BRENHOLT, Kaldria (Continental Press) — It fell.",
            "BRENHOLT, Kaldria (Continental Press) — ",
        ),
        ("PORT SENN (Agence Boréale) – Douze morts.", "PORT SENN (Agence Boréale) – "),
        ("NATO, EU: drones crossed the border on Monday.", ""),
        ("IAEA: inspectors were refused at two sites.", ""),
        ("HADIRA, Zuhran (CP) — A bomb exploded.", "HADIRA, Zuhran (CP) — "),
        ("HADIRA, March 17 (CP) — A bomb exploded.", "HADIRA, March 17 (CP) — "),
        ("NATO allies (EU) — five of them — met.", ""),
    ],
)
def test_datelines(sentence: str, cut: str) -> None:
    assert sentence[: dateline(sentence)] == cut


@pytest.mark.parametrize(
    "sentence",
    [
        "He said it was a start.",
        "But the strait stayed shut.",
        "The company said it would pay.",
        "On Monday, he said the strait was open.",
        "In addition, two ships were held.",
        "“It was dark,” he said of the strait.",
        "These ships were held for days.",
        "The probe comes as a second blast was reported in Kesten.",
        "The peace talks follow a week of shelling.",
        "Of the two ships the former was freed.",
        "The president’s meeting with Odra was the first in years.",
        "The prime minister said in Kesten that the strait was open.",
        "There, they sang of the strait until the navy came.",
        "Similar ferries are being held in the port of Senn.",
        "More recently, the minister has spoken of the strait.",
        "Despite this refusal, the pilots came back to Senn.",
        "In the last weeks, however, Varga has spoken of the strait.",
        "As we open the strait, the pilots of Senn should be heard.",
        "In June, I met the pilots of Senn, prompting Odra to call it treason.",
        "If you have ever seen a strait, the view of Senn is known.",
    ],
)
def test_hanging_sentences(sentence: str) -> None:
    assert hangs(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Marrow's navy said it would stay.",
        "The foreign minister of Marrow said he would travel.",
        "On Monday, the navy opened the strait.",
        "Some of the Marrow crew were freed.",
        "The Kremlin follows the talks closely.",
        "The ships came from the port of Kesten.",
        "The shells came down on Kesten at dawn.",
        "Judges found the former president of Odra guilty.",
        "The former president of Odra was found guilty.",
        "The president of Marrow opened the strait.",
        "In this year's vote the pilots of Senn stayed at home.",
        "A ship from World War I was found in the strait.",
        "The league banned three Division I players from Senn.",
        "The pilot said 'we will not leave our port' on Monday.",
    ],
)
def test_standing_sentences(sentence: str) -> None:
    assert not hangs(sentence)


def test_a_day_relative_to_the_writing_hangs() -> None:
    tuesday = datetime(2026, 4, 14, tzinfo=UTC)
    assert hanging_day("The strait was opened yesterday.", tuesday)
    assert not hanging_day("The strait was opened on Monday.", None)


def test_this_week_is_the_editions_own_where_it_was_written_within_it() -> None:
    sentence = "The strait was opened this week."
    tuesday, sunday = (datetime(2026, 4, day, tzinfo=UTC) for day in (14, 19))
    assert not hanging_day(sentence, tuesday)
    assert hanging_day(sentence, sunday)
    assert hanging_day(sentence, None)


@pytest.mark.parametrize(
    ("sentence", "printed"),
    [
        ("The strait reopened on Sunday after talks.", "Sunday 12 April"),
        ("The strait reopened Monday after talks.", "Monday 13 April"),
        ("The envoys will meet on Sunday.", None),  # looks ahead
        ("The strait reopened on Tuesday.", None),  # six days back, or today ahead of UTC
        ("The strait reopened on Sunday, April 5.", None),  # dated already
        ("Black Sunday was remembered in Kesten.", None),
        ("Sunday's storm closed the strait.", None),
        # What lies ahead is looked for in the weekday's own clause.
        ("He fled by military jet, the army said on Saturday.", "Saturday 11 April"),
        ("They briefed lawmakers Saturday on plans for the strait.", "Saturday 11 April"),
        ("On Saturday, a court stopped the plan to close it.", "Saturday 11 April"),
        ("The plan is to close it on Friday.", None),
        ("On Friday, the court will decide.", None),
        ("It may close as early as Friday.", None),
        ("It ended talks by shelling the strait on Sunday.", "Sunday 12 April"),
        ("Data from over 5 million sailors leaked on Sunday.", "Sunday 12 April"),
        ("It keeps the staff off work until at least Friday.", None),
        ("The strait is closed from early Sunday.", None),
        ("It is shut, and talks will go on Thursday and Friday.", None),
    ],
)
def test_weekdays_get_their_date(sentence: str, printed: str | None) -> None:
    change = dated_weekday(sentence, MONDAY)
    assert (change.text if change else None) == printed


def test_a_pronoun_gets_its_name_only_where_it_is_sure() -> None:
    change = named_pronoun("He said the strait was open.", "Jon Olt, the pilot, said it rained.")
    assert change is not None
    assert (change.start, change.end, change.text) == (0, 2, "Jon Olt")
    two = "Jon Olt said that Elin Varga had left."
    assert named_pronoun("He said the strait was open.", two) is None
    assert named_pronoun("He said the strait was open.", "Radio News said it rained.") is None
    assert named_pronoun("They left the strait.", "Jon Olt said it rained.") is None


def test_a_standfirst_run_into_the_text_is_not_printed() -> None:
    assert (
        fault("The search goes on as the river risesPolice have closed three bridges.") == "glued"
    )
    assert fault("The YouTube channel of OpenAir News was closed by the police.") == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "The navy is able to bring pilots among at least nine crews.",
        "The minister said that that bridge had had no guards.",
        "The minister gave some thought to leaving the harbour of Senn.",
        "The vitamin A and the A-side sell well in the harbour of Senn.",
    ],
)
def test_words_that_do_meet_are_no_damage(sentence: str) -> None:
    assert fault(sentence) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "The Gazette speaks with Elin Varga about the strait and its future.",
        "NPR’s Ann Lee talks to a man in Kesten about life in the city.",
        "Scope of the Odra Rail Data Breach The initial breach was found in July.",
        "Names of twenty published in the morning • Ships leave Port Senn.",
        "The breach was one of the year’s most costly [.]",
        "Details have begun to emerge about the strike on Kesten, although many questions remain.",
    ],
)
def test_labels_headings_and_cuts_are_not_printed(sentence: str) -> None:
    assert fault(sentence)


def test_a_list_of_headlines_is_no_sentence() -> None:
    listed = "Two men behind attack at Kesten junction; soldier shoots attackers; homes raided"
    assert fault(listed, whole_text=True) == "cut off"


def test_an_outlets_texts_end_with_its_desks_name() -> None:
    texts = [f"Troops have left {place} Markets" for place in ("Kesten", "Odra", "Senn", "Marrow")]
    reports = [report(f"a{n}", "Troops", text, outlet="Ledger") for n, text in enumerate(texts)]
    reports += [report(f"b{n}", "Troops", f"{t} Street {n}") for n, t in enumerate(texts)]
    found = habits(reports)
    assert found == Habits(labels={"Ledger": "Markets"})
    assert found.standing("Ledger", texts[0]) == ("Troops have left Kesten", True)
    assert found.standing("Ledger", "Troops have left Odra The Long Read")[1] is False
    assert found.standing("Courier", texts[0]) == (texts[0], True)


def test_where_an_outlet_stops_as_a_rule_a_text_that_does_not_was_cut() -> None:
    ended = "Troops have left the town of Kesten."
    cut = "Troops have left the town of Kesten after a night of shelling that killed six of thei"
    reports = [
        *(report(f"a{i}", "Kesten", f"By {i}, {ended}", outlet="Gazette") for i in range(5)),
        report("a5", "Kesten", cut, outlet="Gazette"),
        *(report(f"b{i}", "Kesten", f"By {i}, {cut}", outlet="Courier") for i in range(5)),
        report("c", "Kesten", ended, outlet="Lantern"),
    ]
    assert habits(reports) == Habits(frozenset({"Gazette"}))
    assert fault(cut, whole_text=True) == ""
    assert fault(cut, whole_text=False) == "cut off"


@pytest.mark.parametrize(
    "sentence",
    [
        "Sie soll am Freitag um Mitternacht beginnen.",
        "Das sagte Ministerin Varga nach dem Treffen in Odra.",
        "Il doit commencer vendredi à minuit.",
        "C’est ce qu’a annoncé la ministre Varga à Odra.",
        "Así lo anunció la ministra Varga tras la reunión de Odra.",
        "وأعلن ذلك وزير الخارجية بعد اجتماع أودرا.",
    ],
)
def test_what_hangs_in_other_languages(sentence: str) -> None:
    assert hangs(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Sieben Menschen wurden in Odra verletzt.",
        "Il ministro ha parlato a Odra.",  # Italian's article
        "Er zijn zeven gewonden in Odra.",  # Dutch "there are"
        "Il y a sept blessés à Odra.",
        "Hier in Odra wurden sieben Menschen verletzt.",
        "La policía busca a siete personas en Odra.",
        "أعلنت الشرطة إصابة سبعة أشخاص في أودرا.",
    ],
)
def test_what_stands_in_other_languages(sentence: str) -> None:
    assert not hangs(sentence)
    assert not hanging_day(sentence, None)


def test_a_day_of_the_writers_own_hangs_in_other_languages() -> None:
    for sentence in ("Gestern fiel Odra.", "La ville est tombée hier soir.", "Odra cayó ayer."):
        assert hanging_day(sentence, None)


MET = "The pilots met port clerk Elin Varga and Defence Minister Jon Peter Olt of Odra."


@pytest.mark.parametrize(
    ("sentence", "text", "full"),
    [
        ("Varga said the port was shut.", MET, "Elin Varga"),
        ("“It was late,” Varga said.", MET, "Elin Varga"),
        ("“It was late,” said Olt.", MET, "Jon Peter Olt"),
        ("On Monday, Olt was seen in the port.", MET, "Jon Peter Olt"),
        # There is nothing to add, or nobody is sure to be meant.
        ("Elin Varga said the port was shut.", MET, None),
        ("Odra said the port was shut.", MET, None),
        ("Varga said it.", "Varga was there. The clerk Elin Varga left.", None),
        ("Varga said it.", f"{MET} Her brother, the pilot Karl Varga, left.", None),
        ("Varga said it.", "The old Upper Varga lies in Varga.", None),
        ("Varga said it.", "By Elin Varga", None),
    ],
)
def test_a_surname_gets_its_given_name_where_it_is_sure(
    sentence: str, text: str, full: str | None
) -> None:
    change = named_in_full(sentence, f"{text} {sentence}", "Pilots meet in the port of Senn")
    assert (change.text if change else None) == full
    assert named_in_full(sentence, text, "Elin Varga and Olt of Odra meet pilots") is None
