from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.render.columns import COLUMNS, pad, width, wrap
from digest.render.pieces import in_a_row, labelled, numbered
from digest.render.text import flowed
from digest.render.view import Line, Source


def test_width_counts_columns_of_a_terminal() -> None:
    assert width("abc") == 3
    assert width("海峡日報") == 8
    assert width("e\u0301") == 1
    assert width("Größe") == 5
    assert width("💣") == 2


def test_wrap_breaks_at_spaces_and_hangs() -> None:
    assert wrap("one two three four", columns=9, first="- ", rest="  ") == (
        "- one two\n  three\n  four"
    )


def test_wrap_keeps_together_what_a_no_break_space_holds() -> None:
    assert wrap("à 5\u00a0% près\u202f; oui", columns=8) == "à 5\u00a0%\nprès\u202f;\noui"


def test_wrap_never_breaks_an_address() -> None:
    url = "https://long.example/" + "a" * 100
    assert wrap(f"see {url} now", columns=30) == f"see\n{url}\nnow"


def test_wrap_cuts_other_words_that_are_too_long() -> None:
    assert wrap("W" * 25, columns=10).split("\n") == ["W" * 10, "W" * 10, "W" * 5]


def test_wrap_breaks_between_wide_characters_but_not_before_a_full_stop() -> None:
    lines = wrap("内務省は夜間外出禁止令を出した。", columns=10).split("\n")
    assert "".join(lines) == "内務省は夜間外出禁止令を出した。"
    assert all(width(line) <= 12 for line in lines)
    assert not any(line.startswith("。") for line in lines)


@given(st.text(max_size=300), st.integers(12, 80))
def test_wrap_keeps_every_word(text: str, columns: int) -> None:
    made = wrap(text, columns=columns, first="  ")
    assert "".join(made.split()) == "".join(text.split())


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=90)))
def test_wrap_keeps_to_the_columns(words: list[str]) -> None:
    for line in wrap(" ".join(words), columns=40).split("\n"):
        assert width(line) <= 40 or line.lstrip().startswith(("http://", "https://"))


def test_flowed_stuffs_what_a_mail_program_would_take_for_something_else() -> None:
    assert flowed("From here\n> there  \n\n\n\nend \n") == " From here\n > there\n\nend\n"


def test_numbers_stand_before_the_full_stop() -> None:
    one = Source(1, "A", "", "", True, "", "", "", False)
    two = Source(12, "B", "", "", True, "", "", "", False)
    assert numbered(Line("It rained.", (one, two))) == "It rained [1] [12]."
    assert numbered(Line("Did it rain?", (one,))) == "Did it rain? [1]"
    assert numbered(Line("It rained…", (one,))) == "It rained… [1]"
    assert numbered(Line("It rained", ())) == "It rained"
    assert numbered(Line("雨だった。", (one,))) == "雨だった [1]。"
    assert numbered(Line("It rained in the U.S.", (one,))) == "It rained in the U.S. [1]"
    assert numbered(Line("It rained at 5.", (one,))) == "It rained at 5 [1]."
    assert numbered(Line("It rained...", (one,))) == "It rained... [1]"
    arabic = Line("هطل المطر أيضًا.", (one, two), rtl=True)
    assert numbered(arabic) == "هطل المطر أيضًا \u200f[1] \u200f[12]."


def test_labels_hang() -> None:
    assert labelled("Status", "a b " * 20).split("\n")[1].startswith(" " * 18 + "b")
    assert labelled("Why it is at the front", "a") == f"  WHY IT IS AT THE FRONT\n{' ' * 18}a"
    assert pad("海", 4) == "海  "


@given(st.lists(st.text("abc é日", min_size=1, max_size=30).filter(str.strip), max_size=40))
def test_a_row_of_items_breaks_between_them(items: list[str]) -> None:
    items = [" ".join(item.split()) for item in items]
    lines = in_a_row(items).split("\n")
    assert all(width(line) <= COLUMNS and line.startswith("  ") for line in lines)
    joined = " ".join(line.strip() for line in lines)
    assert joined == " · ".join(items)
