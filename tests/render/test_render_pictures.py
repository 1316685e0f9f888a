"""What is drawn of an edition: the map, the lead's hours and figures, lanes, the fortnight."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sample import DAY, MADE, full_edition, report_of, templates

from digest.model import DayVolume, Edition, Editorial, Figure, FigureValue, Outlet, Report
from digest.render import pictures, worldmap
from digest.render.mappng import draw_png
from digest.render.show import show
from digest.render.theme import tokens
from digest.render.words import Words

countries = st.sampled_from(sorted(worldmap.world().countries))


def words(language: str = "en") -> Words:
    return Words(Editorial(language=language), templates())


@lru_cache(maxsize=1)
def edition() -> Edition:
    return full_edition()


# --- The map -------------------------------------------------------------------------------


def test_a_pin_stands_in_the_first_known_country_of_its_story() -> None:
    located = worldmap.locate([(1, ("Norway", "Kenya")), (2, ("Atlantis", "Kenya")), (3, ())])
    assert located is not None
    assert [(pin.country, pin.ranks) for pin in located.pins] == [("Norway", (1,)), ("Kenya", (2,))]


def test_stories_of_one_country_share_a_pin() -> None:
    located = worldmap.locate([(1, ("Japan",)), (2, ("Chile",)), (3, ("Japan",))])
    assert located is not None
    assert located.pins[0].label == "1, 3"


def test_a_country_with_most_of_the_day_has_a_short_pin() -> None:
    located = worldmap.locate([(n, ("Japan",)) for n in range(1, 21)])
    assert located is not None
    assert located.pins[0].label == "1, 2, 3 +17"
    assert located.pins[0].wide < 80


def test_no_place_no_map() -> None:
    assert worldmap.locate([(1, ("Atlantis",)), (2, ())]) is None
    assert worldmap.locate([(n, ("Japan",) if n == 1 else ()) for n in range(1, 21)]) is None
    unplaced = replace(edition(), briefs=())
    assert pictures.story_map(unplaced, words()) is None


def test_north_is_up_and_east_is_right() -> None:
    at = worldmap.world().countries
    assert at["Norway"][2] < at["Germany"][2] < at["Nigeria"][2] < at["South Africa"][2]
    assert at["United States"][1] < at["Portugal"][1] < at["Iran"][1] < at["Japan"][1]


def boxes(pin: worldmap.Pin, width: int) -> tuple[float, float, float, float]:
    height = width * worldmap.world().height / worldmap.world().width
    x, y = pin.x * width + pin.dx, pin.y * height + pin.dy
    return x - pin.wide / 2, y - worldmap.TALL / 2, x + pin.wide / 2, y + worldmap.TALL / 2


@given(st.lists(countries, min_size=1, max_size=20))
def test_no_pin_hides_another_at_any_width(named: list[str]) -> None:
    located = worldmap.locate([(n, (name,)) for n, name in enumerate(named, start=1)])
    assert located is not None
    for width in range(296, 569, 17):
        placed = [boxes(pin, width) for pin in located.pins]
        height = width * worldmap.world().height / worldmap.world().width
        for left, top, right, foot in placed:
            assert -1 <= left < right <= width + 1
            assert -1 <= top < foot <= height + 1
        for n, (l1, t1, r1, f1) in enumerate(placed):
            for l2, t2, r2, f2 in placed[n + 1 :]:
                across, down = min(r1, r2) - max(l1, l2), min(f1, f2) - max(t1, t2)
                assert across <= 1 or down <= 1, "a pixel of the rims may touch"


def test_the_map_says_in_words_where_the_stories_are() -> None:
    drawn = pictures.story_map(edition(), words())
    assert drawn is not None
    assert "Israel (3, 11, 16)" in drawn.seen
    arabic = pictures.story_map(edition(), words("ar"))
    assert arabic is not None
    assert "إسرائيل" in arabic.seen


def test_the_style_sheet_knows_the_worlds_proportions() -> None:
    whole = worldmap.world()
    assert f"aspect-ratio: {whole.width} / {whole.height}" in templates()["page.css"]


def test_the_letters_map_is_a_small_picture_and_the_same_each_time() -> None:
    located = worldmap.locate([(n, (c,)) for n, c in enumerate(("Norway", "Mali", "Fiji"), 1)])
    assert located is not None
    colours, _ = tokens(templates()["tokens.css"])
    drawn = draw_png(located, colours, 568)
    assert drawn == draw_png(located, colours, 568)
    assert len(drawn) <= 40_000
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    assert picture.width == 2 * 568
    pin = located.pins[0]
    left, _, right, foot = boxes(pin, 568)
    middle = picture.getpixel((round(left + right), round(2 * foot) - 6))
    assert middle == tuple(bytes.fromhex(colours["accent"][1:])), "the pin is where the page has it"


# --- The lead's hours ----------------------------------------------------------------------


def reports(hours: list[float]) -> tuple[Report, ...]:
    outlet = Outlet("Gazette", "gazette.example")
    return tuple(
        report_of(f"r{n}", outlet, title=f"Title {n}", text="Text.", hours=h)
        for n, h in enumerate(hours)
    )


def lead(hours: list[float]) -> Any:
    return replace(edition().briefs[0].story, reports=reports(hours))


def test_reports_are_counted_by_the_hour() -> None:
    chart = pictures.reports_per_hour(lead([1, 1.1, 1.2, 5, 9, 9]), words())
    assert chart is not None
    assert chart.seen.startswith("6 reports, from ")
    assert "3, in the hour from 14 Apr" in chart.seen.replace("\u00a0", " ")


@pytest.mark.parametrize("hours", [[], [1, 2, 3], [1, 1, 1, 1, 1, 1, 1]])
def test_few_reports_or_one_hour_make_no_chart(hours: list[float]) -> None:
    assert pictures.reports_per_hour(lead(hours), words()) is None


def test_a_report_of_long_ago_does_not_flatten_the_chart() -> None:
    chart = pictures.reports_per_hour(lead([1, 2, 3, 4, 5, 6, 4000]), words())
    assert chart is not None
    assert chart.svg.count("<rect") == 6


# --- Figures over time ---------------------------------------------------------------------


def figure(*printed: tuple[float, float | None, float | None, str]) -> Figure:
    citation = edition().briefs[0].headline.citations[0]
    return Figure(
        "killed",
        tuple(
            FigureValue(
                "Gazette",
                MADE - timedelta(hours=hours),
                low,
                high,
                said,
                citation,
                vague=said in ("dozens", "several"),
            )
            for hours, low, high, said in printed
        ),
        "risen",
    )


def test_a_figure_that_moved_is_drawn() -> None:
    moved = figure((9, 9, 9, "9"), (5, 12, None, "at least 12"), (1, 31, 31, "31"))
    chart = pictures.figure_over_time([moved], words())
    assert chart is not None
    assert chart.title == "killed: what was printed when"
    assert "the highest is 31" in chart.seen


@pytest.mark.parametrize(
    "steady",
    [
        figure((9, 9, 9, "9"), (5, 9, 9, "nine"), (1, 9, 9, "9")),
        figure((9, 9, 9, "9"), (1, 12, 12, "12")),
        figure((9, 24, None, "dozens"), (5, 3, None, "several"), (1, 12, 12, "12")),
        figure((1, 9, 9, "9"), (1, 12, 12, "12"), (1, 13, 13, "13")),
        figure((9, None, None, "some"), (5, None, None, "a few"), (1, None, None, "many")),
    ],
    ids=["one number", "two values", "vague words", "at one time", "no numbers"],
)
def test_what_did_not_move_is_left_to_the_table(steady: Figure) -> None:
    assert pictures.figure_over_time([steady], words()) is None


# --- Origins and the fortnight -------------------------------------------------------------


def test_each_origin_has_its_lane() -> None:
    view = show(edition(), words())
    story = view.stories[0]
    assert all("<circle" in origin.lane for origin in story.origins)
    assert "<text" in story.axis
    assert all(not origin.lane for origin in view.stories[1].origins), "the lead alone is drawn"


def test_the_fortnight_counts_each_sections_reports() -> None:
    rows = {row.section: row for row in pictures.fortnight(edition(), words())}
    cyber = rows["Cyber"]
    today = sum(len(b.story.reports) for b in edition().briefs if b.story.section == "cyber")
    assert cyber.today == today
    assert cyber.svg.count("<rect") == 14
    assert "at most 4" in cyber.seen


def test_two_earlier_editions_are_no_fortnight() -> None:
    young = replace(
        edition(),
        volumes=(DayVolume(DAY - timedelta(days=1), ()), DayVolume(DAY - timedelta(days=2), ())),
    )
    assert pictures.fortnight(young, words()) == ()
