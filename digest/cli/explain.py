"""`digest explain`: why a story stands where it stands, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import show
from digest.cli.options import (
    AsJson,
    DateArgument,
    FeedsFile,
    OutFolder,
    edition_date,
    settings_for,
)
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.analyse.explain import Link
    from digest.model import Item

WORDS = {
    "vector": "meaning",
    "words": "words",
    "title_words": "headline words",
    "names": "names",
    "figures_shared": "figures shared",
    "figures_differ": "figures differ",
    "countries_shared": "countries",
    "countries_differ": "countries differ",
    "towns_shared": "towns shared",
    "towns_differ": "towns differ",
}


def explain(
    date: DateArgument,
    story: Annotated[
        str, typer.Argument(help="The story: its number, or its thread.", metavar="STORY")
    ],
    feeds: FeedsFile = None,
    out: OutFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show a story's reports, what joined them, their origins, and why it ranks where it does."""
    from digest.analyse.explain import links
    from digest.analyse.outlets import Outlets
    from digest.folder import read_bundle, read_record
    from digest.mailroom import edition_folder
    from digest.services import embedder_for

    settings = settings_for(feeds, None, out)
    folder = edition_folder(settings.out, edition_date(date))
    told = _story(read_record(folder)["stories"], story)
    bundle = read_bundle(folder)
    with embedder_for(settings) as embedder:
        found = links(
            bundle.items, told["items"], outlets=Outlets.of(bundle.feeds), embedder=embedder
        )
    if as_json:
        kept = ("rank", "thread", "headline", "section", "category", "score", "reasons")
        show.document(
            {name: told[name] for name in (*kept, "places", "items", "origins")}
            | {"links": [asdict(link) for link in found]}
        )
        return
    _show(told, {item.id: item for item in bundle.items}, found)


def _show(told: Mapping[str, Any], items: Mapping[str, Item], found: Sequence[Link]) -> None:
    typer.echo(f"{told['rank']}. {told['headline']}")
    typer.echo(f"{told['section']}, {', '.join(told['places']) or 'no place'}; {told['thread']}")
    typer.echo(f"score {told['score']:.2f}: {' · '.join(told['reasons'])}")
    number = {id: place for place, id in enumerate(told["items"], 1)}
    every = (*told["origins"], *told.get("development_origins", ()))
    origin = {id: one["name"] for one in every for id in one["items"]}
    show.table(
        "Reports, most central first",
        ("report", "outlet", "UTC", "origin"),
        [
            (
                f"{number[id]}. {items[id].title}",
                items[id].source,
                f"{items[id].when:%m-%d %H:%M}",
                origin.get(id, ""),
            )
            for id in told["items"]
        ],
    )
    show.table(
        "Independent origins",
        ("origin", "reports", "why"),
        [(one["name"], str(len(one["items"])), one["why"]) for one in told["origins"]],
    )
    show.table(
        "What joins them: each report's likeliest pair",
        ("reports", "likely", "evidence"),
        [
            (
                f"{number[link.a]} and {number[link.b]}",
                f"{link.likely:.0%}",
                ", ".join(f"{WORDS[name]} {value:g}" for name, value in link.evidence.items()),
            )
            for link in _strongest(found)
        ],
    )


def _story(stories: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for story in stories:
        if wanted in (str(story["rank"]), story["thread"]):
            return story
    raise UsageError(
        f"there is no story {wanted!r}; give a number from 1 to {len(stories)}, or a thread"
    )


def _strongest(found: Sequence[Link]) -> list[Link]:
    """Of the likeliest pairs, those that bring a report in that none before them held."""
    held: set[str] = set()
    kept = []
    for link in found:
        if {link.a, link.b} <= held:
            continue
        held |= {link.a, link.b}
        kept.append(link)
    return kept
