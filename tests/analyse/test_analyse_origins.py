"""Origins: credits, datelines, owners and reused text, on cases beside their expectations."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom_items import report_item, report_of

from digest.analyse.origins import agency_named, credited, origins_of, reuse
from digest.analyse.outlets import UNNAMED
from digest.model import Outlet

CASES = json.loads(
    (Path(__file__).parent.parent / "data" / "analyse" / "origins.json").read_text("utf-8")
)
LONG = (
    "The river rose by two metres overnight and carried away the old bridge, said the mayor, who "
    "asked people in the lower town to leave their houses before dusk because more rain was coming."
)


@pytest.mark.parametrize("case", CASES["credits"], ids=lambda case: case["name"])
def test_who_is_credited(case: dict[str, str]) -> None:
    item = report_item(
        "1",
        "A title",
        case.get("text", ""),
        author=case.get("author", ""),
        credit=case.get("credit", ""),
        via=case.get("via", ""),
    )
    found = credited(item, Outlet("Harbour Times"))
    assert (found.agency.name if found else None) == case["agency"]


@pytest.mark.parametrize(
    ("end", "agency"),
    [
        ("(ANADOLU AJANSI)", "Anadolu"),
        ("(Anadolu Ajansı)", "Anadolu"),
        ("(XİNHUA)", "Xinhua"),
        ("With input from PTİ", "Press Trust of India"),
        ("Source: pıTı", None),
    ],
)
def test_a_turkish_i_is_an_i(end: str, agency: str | None) -> None:
    found = credited(report_item("1", "A title", f"{LONG} {LONG} {end}"), Outlet("Harbour Times"))
    assert (found.agency.name if found else None) == agency


def test_whatever_letter_matches_a_spelling_without_case_is_read() -> None:
    letters = "".join(map(chr, range(sys.maxunicode + 1)))
    spellings = ["Anadolu Ajansı", "Associated Press", "Kyodo News", "Agência Brasil", "Укрінформ"]
    tried = 0
    for spelling in spellings:
        for at, letter in enumerate(spelling):
            for other in re.findall(letter, letters, re.IGNORECASE):
                end = f"Source: {spelling[:at]}{other}{spelling[at + 1 :]}"
                assert credited(report_item("1", "A title", LONG + end), Outlet("Harbour Times"))
                tried += 1
    assert tried > 100


CREDITS = [
    "(", ")", " - ", "source: ", "with input from ", "by the ", "ANADOLU AJANSI", "PTİ", "Xİnhua",
    "ANſA", "reuterſ", "TASS", "(AP)", "[Kyodo News]", "/ТАСС/", "\n",
]  # fmt: skip


@given(
    st.lists(st.one_of(st.text(max_size=20), st.sampled_from(CREDITS)), max_size=12),
    st.text(max_size=20),
)
def test_any_text_may_be_asked_whom_it_credits(parts: list[str], author: str) -> None:
    item = report_item("1", "A title", LONG + "".join(parts), author=author)
    found = credited(item, Outlet("Harbour Times"))
    assert found is None or found.where in ("dateline", "byline", "text")


def test_copies_of_one_wire_are_one_origin_and_the_reason_is_kept() -> None:
    reports = [
        report_of(report_item("a", "Bridge lost", f"OSTMARK (AP) — {LONG}", "Harbour Times")),
        report_of(report_item("b", "River takes bridge", "Rain.", "Northern Courier", author="AP")),
        report_of(report_item("c", "My night at the river", "I saw it go.", "Plains Herald")),
    ]
    found = origins_of(reports)
    assert [(o.name, o.kind, o.items) for o in found] == [
        ("Associated Press", "wire", ("a", "b")),
        ("Plains Herald", "own", ("c",)),
    ]
    assert found[0].why == "credited to Associated Press in 2 of 2 reports"
    assert found[1].why == "own reporting"


def test_reused_text_joins_without_any_credit() -> None:
    reports = [
        report_of(report_item("a", "Bridge lost", LONG, "Harbour Times", hours_ago=5)),
        report_of(report_item("b", "Bridge swept away", LONG + " More.", "Northern Courier")),
    ]
    (only,) = origins_of(reports)
    assert only.items == ("a", "b")
    assert re.search(r"\b[0-9]{2,3}% the same text", only.why)


def test_each_copy_is_paired_with_the_first_text_alone() -> None:
    copies = [report_item(str(n), f"Title {n}", f"{LONG} Ending {n}.") for n in range(5)]
    assert sorted(reuse(copies)) == [(0, n) for n in range(1, 5)]


def test_a_few_lines_in_a_long_text_are_a_quotation() -> None:
    own = " ".join(f"Paragraph {n} tells what nobody else saw of flood {n}." for n in range(40))
    whole = report_item("a", "Bridge lost", LONG)
    assert reuse([whole, report_item("b", "The flood", f"{own} {LONG}")]) == {}
    assert reuse([whole, report_item("c", "The flood", f"{own[:60]} {LONG}")]) != {}


def test_outlets_of_one_owner_are_one_origin() -> None:
    owner = Outlet("Harbour Times", owner="Quayside"), Outlet("Harbour Evening", owner="Quayside")
    reports = [
        report_of(report_item(str(i), f"Title {i}", source=o.name), o) for i, o in enumerate(owner)
    ]
    (only,) = origins_of(reports)
    assert only.why == "one publisher (Quayside)"


def test_two_short_flashes_are_not_one_text() -> None:
    reports = [
        report_of(report_item("a", "Bridge lost", source="Harbour Times")),
        report_of(report_item("b", "Bridge lost", source="Northern Courier")),
    ]
    assert len(origins_of(reports)) == 2


def test_a_government_speaks_for_itself() -> None:
    outlet = Outlet("the Ostmark Ministry of Defence", kind="government")
    (only,) = origins_of([report_of(report_item("a", "Troops moved"), outlet)])
    assert (only.kind, only.why) == ("statement", "its own statement")


def test_order_does_not_matter() -> None:
    reports = [
        report_of(report_item(str(i), f"T{i}", LONG if i % 2 else "", f"Outlet {i % 3}"))
        for i in range(7)
    ]
    assert origins_of(reports) == origins_of(reports[::-1])


def test_agencies_by_any_of_their_names() -> None:
    assert agency_named("The Associated Press") == agency_named("AP")
    assert agency_named("Harbour Times") is None


def test_an_address_of_wire_stories_credits_the_wire() -> None:
    story = replace(
        report_item("a", "Tanker burns"), url="https://abcnews.go.com/US/wireStory/tanker-1"
    )
    found = credited(story, Outlet("ABC News", "abcnews.go.com"))
    assert found is not None
    assert (found.agency.name, found.where) == ("Associated Press", "address")
    own = replace(story, url="https://abcnews.go.com/US/tanker/story?id=1")
    assert credited(own, Outlet("ABC News", "abcnews.go.com")) is None


def test_reports_that_name_no_source_are_not_one_publisher() -> None:
    outlet = Outlet(UNNAMED)
    reports = [report_of(report_item(i, f"Title {i}", source=""), outlet) for i in ("a", "b")]
    assert len(origins_of(reports)) == 2


HEADLINE = "Ferry with 80 people aboard runs aground off the Ostmark coast in a winter gale"


def test_a_headline_that_runs_on_in_the_same_words_is_one_desks_work() -> None:
    reports = [
        report_of(report_item("a", HEADLINE, LONG, "Harbour Times")),
        report_of(report_item("b", f"{HEADLINE}, say officials", "Aground.", "Northern Courier")),
    ]
    (only,) = origins_of(reports)
    assert only.why == "same headline (12 words in a row)"


def test_ten_words_are_enough_where_an_agency_wrote_them() -> None:
    short = "Ferry with 80 people aboard runs aground off the coast"
    other = report_of(report_item("b", f"{short} again", source="Northern Courier"))
    wire = report_of(
        report_item("a", f"{short} of Ostmark"), Outlet("Associated Press", kind="agency")
    )
    paper = report_of(report_item("a", f"{short} of Ostmark", source="Harbour Times"))
    assert len(origins_of([wire, other])) == 1
    assert len(origins_of([paper, other])) == 2


def test_a_speech_that_both_quote_is_no_copying() -> None:
    said = (
        "“We shall not rest until the last of the missing is found and brought home to this town”"
    )
    reports = [
        report_of(report_item("a", "Search goes on", f"{said}, said the mayor.", "Harbour Times")),
        report_of(report_item("b", "Mayor's vow", f"She said: {said}.", "Northern Courier")),
    ]
    assert len(origins_of(reports)) == 2
