"""`python -m bench render --stories N`: an edition's bytes, and one reader's copy of them.

An invented day of reports is analysed and written once; what is timed is what comes after: page,
letter with its map, plain text and record from the edition, the feeds that tell of it, then the
letter's making (encoding, once for all readers) and a copy for one reader, unsigned. Medians of
several runs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.day import NOW, items
from digest.address import parse_address
from digest.analyse.embed import UsemEmbedder
from digest.analyse.places import country_codes
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.paper import Paper
from digest.edition import compose
from digest.folder import Bundle
from digest.mail.message import Letter, Masthead, Personal
from digest.model import Edition, Editorial, Rendered
from digest.render import render
from digest.render.personal import with_holes
from digest.render.preflight import problems
from digest.resources import templates

REPORTS = 2_000
RUNS = 9


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench render")
    parser.add_argument("--stories", type=int, default=30)
    edition = edition_of(parser.parse_args(argv).stories)
    parts = templates()
    rendered = render(edition, parts)
    assert problems(rendered) == ()
    holed = with_holes(rendered, edition.editorial, parts)

    def built() -> Letter:
        return Letter(
            Masthead("Bench", "digest.bench.example", parse_address("desk@bench.example")),
            subject=edition.briefs[0].headline.text,
            html=holed.html,
            text=holed.text,
            date=NOW,
            edition=edition.date.isoformat(),
            placeholders=holed.placeholders,
            pictures=rendered.pictures,
        )

    letter = built()
    personal = Personal(
        parse_address("reader@inbox.example"),
        "<20260414.1@bench.example>",
        "https://bench.example/unsubscribe/" + "t" * 80,
        "mailto:u@bench.example",
        "https://bench.example/preferences/" + "t" * 80,
    )
    figures = {
        "stories": len(edition.briefs),
        "render_ms": round(_median(lambda: render(edition, parts)), 1),
        "feeds_ms": round(_feeds(edition, rendered, parts), 1),
        "preflight_ms": round(_median(lambda: problems(rendered)), 1),
        "letter_ms": round(_median(built), 1),
        "copy_ms": round(_median(lambda: letter.for_reader(personal), 200), 3),
        "page_bytes": len(rendered.html),
        "letter_bytes": len(rendered.email),
        "map_bytes": len(rendered.map),
        "text_bytes": len(rendered.text),
        "copy_bytes": len(letter.for_reader(personal)),
    }
    print(
        f"{figures['stories']} stories: rendered in {figures['render_ms']} ms, "
        f"a reader's copy in {figures['copy_ms']} ms"
    )
    return dict(figures)


def _feeds(edition: Edition, rendered: Rendered, parts: Mapping[str, str]) -> float:
    """Milliseconds for Atom and JSON Feed of editions and of every section, the edition the only
    one in its archive."""
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        folder = Path(name) / edition.date.isoformat()
        folder.mkdir()
        (folder / "edition.json").write_bytes(rendered.json)
        (folder / "index.html").write_bytes(rendered.html)
        pages = Paper(Archive(Path(name)), Design(edition.editorial, parts)).pages.values()
        feeds = [page for page in pages if page.path.endswith(("feed.atom", "feed.json"))]
        return _median(lambda: [page.make("https://digest.bench.example") for page in feeds])


def edition_of(stories: int) -> Edition:
    """An invented edition of `stories` stories, in real countries."""
    editorial = Editorial(max_stories=stories, site_url="https://digest.bench.example")
    bundle = Bundle(
        date=NOW.date(),
        number=1,
        now=NOW + timedelta(minutes=1),
        program="bench",
        editorial=editorial,
        feeds=(),
        items=tuple(sorted(items(REPORTS), key=lambda item: (item.when, item.id))),
        outside_window=0,
        dropped=(),
        health=(),
        earlier=(),
        recent=(),
    )
    edition, _ = compose(bundle, UsemEmbedder())
    # The day's places are invented; for the map its stories are put into real countries.
    names = list(country_codes().values())
    briefs = tuple(
        replace(brief, story=replace(brief.story, places=(names[place * 7 % len(names)],)))
        for place, brief in enumerate(edition.briefs)
    )
    return replace(edition, briefs=briefs)


def _median(act: Callable[[], object], runs: int = RUNS) -> float:
    """Milliseconds."""
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        act()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000
