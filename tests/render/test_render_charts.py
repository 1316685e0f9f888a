"""Charts: well-formed, told in words, true to their numbers, inside their frame."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render import charts
from digest.render.charts import Dot, Layer
from digest.render.svg import INK, PAPER, SERIES, SOFT, Caption
from digest.render.theme import contrast, tokens

CAPTION = Caption("c", "Reports per hour", "Most between 04:00 and 05:00: 31 of 90.")
TOKENS = (Path(__file__).parents[2] / "templates" / "tokens.css").read_text(encoding="utf-8")

numbers = st.floats(min_value=-1e6, max_value=1e300) | st.just(math.nan)
rows = st.integers(1, 40).flatmap(
    lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=6)
)


class Drawn(HTMLParser):
    """Every element with its attributes, and the text said; unclosed elements are an error."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [given for name, given in self.elements if name == tag]


def inside(drawn: Drawn, height: int) -> bool:
    """Every mark lies within the chart: 0–100 % across, 0–height pixels down."""
    for _, says in drawn.elements:
        across = [says[key] for key in ("x", "x1", "x2", "cx") if key in says]
        down = [says[key] for key in ("y", "y1", "y2", "cy") if key in says]
        if not all(0 <= float(x.removesuffix("%")) <= 100 for x in across):
            return False
        if not all(0 <= float(y) <= height for y in down):
            return False
    return True


@given(rows)
def test_any_numbers_make_a_chart_within_its_frame(values: list[list[float]]) -> None:
    layers = [Layer(f"layer {n}", tuple(row)) for n, row in enumerate(values)]
    labels = [f"{n:02d}:00" for n in range(len(values[0]))]
    assert inside(Drawn(charts.stacked(CAPTION, layers, labels)), 160)
    assert inside(Drawn(charts.bars(CAPTION, values[0], labels)), 130)
    plain = [Layer(f"{n}", tuple(max(0, v) for v in row)) for n, row in enumerate(values)]
    assert inside(Drawn(charts.lines(CAPTION, plain, labels)), 160)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e300), st.floats(0, 1e300)), max_size=30))
def test_any_figures_make_a_chart_within_its_frame(said: list[tuple[float, float, float]]) -> None:
    dots = [Dot(at, min(a, b), max(a, b), "x") for at, a, b in said]
    assert inside(Drawn(charts.over_time(CAPTION, dots, [(0, "18:00"), (1, "06:00")])), 150)
    assert inside(Drawn(charts.lane(CAPTION, [at for at, _, _ in said])), 12)


def test_a_chart_says_what_is_seen() -> None:
    drawn = Drawn(charts.bars(CAPTION, [1, 31], ["03:00", "04:00"]))
    svg = drawn.all("svg")[0]
    assert svg["role"] == "img"
    assert svg["aria-labelledby"] == "c-t c-d"
    assert [given["id"] for given in drawn.all("title") + drawn.all("desc")] == ["c-t", "c-d"]
    assert drawn.said[:2] == [CAPTION.title, CAPTION.seen]


def test_bars_are_as_tall_as_their_values() -> None:
    tall = [
        float(rect["height"])
        for rect in Drawn(charts.bars(CAPTION, [1, 0, 2, 4], list("abcd"))).all("rect")
    ]
    assert tall[1] == pytest.approx(2 * tall[0], abs=0.2)
    assert tall[2] == pytest.approx(4 * tall[0], abs=0.2)
    assert len(tall) == 3, "nothing is drawn where nothing was counted"


def test_layers_stand_on_each_other() -> None:
    rects = Drawn(charts.stacked(CAPTION, [Layer("a", (3,)), Layer("b", (2,))], ["x"])).all("rect")
    foot, above = rects
    assert float(above["y"]) + float(above["height"]) == pytest.approx(float(foot["y"]), abs=0.2)
    assert foot["fill"] != above["fill"]


def test_the_line_is_the_highest_figure_so_far() -> None:
    dots = [Dot(0.1, 12, 12), Dot(0.5, 9, 9), Dot(0.9, 31, 31)]
    drawn = Drawn(charts.over_time(CAPTION, dots, []))
    steps = [line for line in drawn.all("line") if line["stroke-width"] == "1.5"]
    heights = [float(line["y2"]) for line in steps]
    assert heights == sorted(heights, reverse=True), "it never falls"


def test_no_figure_lies_on_another_or_on_the_scale() -> None:
    dots = [
        Dot(0, 9, 9, "9"),
        Dot(0.5, 19, 19, "19"),
        Dot(0.52, 19, 19, "19"),
        Dot(1, 17, 19, "17–19"),
    ]
    drawn = Drawn(charts.over_time(CAPTION, dots, [], height=130))
    spans = []
    for label, said in zip(drawn.all("text"), drawn.said[2:], strict=True):
        wide, x = len(said) * 6.4, float(label["x"].removesuffix("%")) * 3.35
        start = x if label["text-anchor"] == "start" else x - wide / 2
        spans.append((start, start + wide, float(label["y"])))
    assert [said for said in drawn.said[2:] if said == "19"] == ["19"]
    assert all(start >= 0 and end <= 335.1 for start, end, _ in spans)
    for n, (start, end, y) in enumerate(spans):
        for other, its_end, its_y in spans[:n]:
            assert end <= other or its_end <= start or abs(y - its_y) >= 11


def test_the_line_is_seen() -> None:
    drawn = Drawn(charts.over_time(CAPTION, [Dot(0.1, 12, 12), Dot(0.9, 31, 31)], []))
    strokes = {line["stroke"] for line in drawn.all("line") if line["stroke-width"] == "1.5"}
    assert strokes == {"var(--soft)"}


def test_a_gap_in_a_series_stays_a_gap() -> None:
    drawn = Drawn(charts.lines(CAPTION, [Layer("a", (1, math.nan, 2, math.nan))], list("abcd")))
    assert [line for line in drawn.all("line") if line["stroke-width"] == "2"] == []
    assert len(drawn.all("circle")) == 2, "a point alone is still seen"


def test_no_two_labels_touch_on_a_phone() -> None:
    drawn = Drawn(charts.bars(CAPTION, range(48), [f"{n % 24:02d}:00" for n in range(48)]))
    places = [float(t["x"].removesuffix("%")) for t in drawn.all("text") if t["y"] == "125"]
    assert len(places) >= 4
    gaps = [b - a for a, b in pairwise(places)]
    assert min(gaps) * 3.35 > 5 * 6.4, "pixels of a label at 335"


def test_names_cannot_break_out() -> None:
    bad = '"><script>alert(1)</script>'
    caption = Caption("c", bad, bad)
    for source in (
        charts.stacked(caption, [Layer(bad, (1,))], [bad]),
        charts.over_time(caption, [Dot(0, 1, 1, bad)], [(0, bad)]),
        charts.legend([bad]),
    ):
        assert Drawn(source).all("script") == []
        assert bad in "".join(Drawn(source).said)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_are_told_from_the_paper(scheme: int) -> None:
    """WCAG 2.2, 1.4.11: 3:1 for what must be seen; the page's own words have 4.5:1."""
    values = tokens(TOKENS)[scheme]
    paper, *drawn = (values[token[len("var(--") : -1]] for token in (PAPER, INK, SOFT, *SERIES))
    for colour, least in zip(drawn, [4.5, 4.5, *[3] * len(SERIES)], strict=True):
        assert contrast(colour, paper) >= least
