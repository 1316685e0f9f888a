"""`python -m bench plots`: the charts and tables of docs/performance.md, from bench/figures.json.

figures.json keeps what the benches printed, with date and machine; a new measurement is put in
there by hand, under the bench's own names. The charts are drawn by the digest's own hand.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from digest.render import charts, theme
from digest.render.charts import Layer
from digest.render.svg import Caption
from digest.resources import templates

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"
DOCS = HERE.parent / "docs"
WIDTH, HEIGHT = 640, 200
_PLACE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A table's place in the page: everything up to its end is made anew."""


def main(argv: list[str]) -> dict[str, object]:
    argparse.ArgumentParser(prog="bench plots").parse_args(argv)
    figures = json.loads(FIGURES.read_text("utf-8"))
    made = drawn(figures)
    for name, svg in made.items():
        (DOCS / name).write_text(svg, "utf-8")
    page = DOCS / "performance.md"
    page.write_text(tabled(page.read_text("utf-8"), figures), "utf-8")
    return {"plots": sorted(made)}


def drawn(figures: dict[str, Any]) -> dict[str, str]:
    """File name → SVG."""
    rows = figures["scale_stand_in"]["rows"]
    labels = [f"{row['items']:,}" for row in rows]
    return {
        "plot-cost.svg": _chart(
            "Processor time per report, in ms, by reports a day",
            [1000 * row["cpu_seconds"] / row["items"] for row in rows],
            labels,
        ),
        "plot-memory.svg": _chart(
            "Peak memory, in MB, by reports a day", [row["peak_mb"] for row in rows], labels
        ),
    }


def _chart(title: str, values: list[float], labels: list[str]) -> str:
    light, _ = theme.tokens(templates()["tokens.css"])
    light["sans"] = "sans-serif"
    seen = "; ".join(f"{label}: {value:,.4g}" for label, value in zip(labels, values, strict=True))
    chart = charts.lines(
        Caption("plot", title, seen),
        [Layer(title, tuple(values))],
        labels,
        height=HEIGHT,
    )
    # A file of its own needs what a page's own drawing does not: colours by value, namespace, size,
    # paper, its title.
    chart = re.sub(r"var\(--(\w+)\)", lambda token: light[token[1]], chart)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT + 24}">'
        f'<rect width="100%" height="100%" fill="{light["paper"]}"/>'
        f'<text x="8" y="16" fill="{light["ink"]}" font-family="sans-serif" font-size="13">{title}'
        f'</text><svg y="24" width="{WIDTH}" height="{HEIGHT}">{chart}</svg></svg>\n'
    )


def tabled(page: str, figures: dict[str, Any]) -> str:
    """The page with its tables made from the figures."""

    def table(match: re.Match[str]) -> str:
        kept = figures[match[2]]
        keys = list(kept["rows"][0])
        lines = [" | ".join(f"`{key}`" for key in keys), " | ".join("---:" for _ in keys)]
        lines += [" | ".join(_shown(row[key]) for key in keys) for row in kept["rows"]]
        told = f"`{kept['command']}`, {kept['date']}, {kept['machine']}\n\n"
        return match[1] + told + "".join(f"| {line} |\n" for line in lines) + match[3]

    return _PLACE.sub(table, page)


def _shown(value: float | str) -> str:
    return f"{value:,}" if isinstance(value, int | float) else value
