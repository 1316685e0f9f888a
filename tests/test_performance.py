"""docs/performance.md shows what bench/figures.json keeps, and that has the benches' own names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import plots
from bench.__main__ import BENCHES

ROOT = Path(__file__).parent.parent
FIGURES = json.loads(plots.FIGURES.read_text("utf-8"))
PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")


@pytest.mark.parametrize("kept", FIGURES)
def test_a_figure_has_the_name_that_its_bench_prints(kept: str) -> None:
    bench = FIGURES[kept]["command"].split()[3]
    assert bench in BENCHES
    source = (ROOT / "bench" / f"{bench}.py").read_text("utf-8")
    for row in FIGURES[kept]["rows"]:
        assert {key for key in row if f'"{key}":' not in source} == set()


def test_the_page_tells_of_every_bench() -> None:
    assert {name for name in BENCHES if f"`{name}`" not in PAGE} == set()


def test_tables_and_plots_are_made_from_the_figures() -> None:
    assert plots.tabled(PAGE, FIGURES) == PAGE, "run `python -m bench plots`"
    for name, svg in plots.drawn(FIGURES).items():
        assert (ROOT / "docs" / name).read_text("utf-8") == svg, "run `python -m bench plots`"
        assert name in PAGE
