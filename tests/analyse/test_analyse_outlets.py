"""Who published a report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from newsroom_items import report_item

from digest.analyse.outlets import Outlets, host_of, readable
from digest.model import Feed

FEEDS = [
    Feed(
        "Harbour Times",
        "https://feeds.harbour-times.example/world.xml",
        country="IE",
        language="en",
        kind="newspaper",
        owner="Quayside Media",
        domains=("harbour-times.example",),
    ),
    Feed(
        "Wire Search",
        "https://search.example/rss?q=war",
        domains=("search.example",),
        aggregator=True,
    ),
]
OUTLETS = Outlets.of(FEEDS)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.bbc.com/news/1", "bbc.com"),
        ("bbc.com", "bbc.com"),
        ("Harbour Times", ""),
        ("", ""),
        ("localhost", ""),
        ("http://[bad", ""),
        ("BBC.co.uk.", "bbc.co.uk"),
    ],
)
def test_host_of(text: str, host: str) -> None:
    assert host_of(text) == host


def test_a_feed_names_its_outlet() -> None:
    item = report_item("1", "A title", source="whatever", feed=FEEDS[0].url)
    assert OUTLETS.of_item(item).name == "Harbour Times"


def test_a_bare_host_and_its_subdomains_find_the_outlet() -> None:
    for source in ("harbour-times.example", "news.harbour-times.example"):
        found = OUTLETS.of_item(report_item("1", "A title", source=source))
        assert (found.name, found.owner, found.country) == ("Harbour Times", "Quayside Media", "IE")


def test_a_domain_may_be_written_with_www() -> None:
    feed = replace(FEEDS[0], domains=("www.harbour-times.example",))
    item = report_item("1", "A title", url="https://www.harbour-times.example/strait")
    assert Outlets.of([feed]).of_item(item).owner == "Quayside Media"


def test_a_name_is_found_however_it_is_written() -> None:
    assert OUTLETS.of_item(report_item("1", "A title", source="the HARBOUR times")).country == "IE"


def test_the_packaged_table_knows_the_great_outlets() -> None:
    found = OUTLETS.of_item(report_item("1", "A title", source="bbc.co.uk"))
    assert (found.name, found.country, found.owner) == ("the BBC", "GB", "BBC")


def test_the_edition_of_a_known_host_keeps_its_own_name_and_its_owner() -> None:
    item = report_item("1", "A title", source="BBC Mundo", url="https://www.bbc.com/mundo/1")
    found = OUTLETS.of_item(item)
    assert (found.name, found.owner) == ("BBC Mundo", "BBC")


def test_an_aggregator_gives_way_to_the_publisher_it_wraps() -> None:
    item = report_item(
        "1", "A title", source="search.example", url="https://search.example/a", via="Harbour Times"
    )
    assert OUTLETS.of_item(item).name == "Harbour Times"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("northern-courier.example", "Northern Courier"),
        ("news.plains-herald.co.uk", "Plains Herald"),
        ("ostmark.example", "Ostmark"),
    ],
)
def test_an_unknown_host_gets_a_readable_name(host: str, name: str) -> None:
    assert readable(host) == name
    assert OUTLETS.of_item(report_item("1", "A title", source=host)).name == name


def test_nothing_known_is_still_an_outlet() -> None:
    assert OUTLETS.of_item(report_item("1", "A title", source="")).name == "an unnamed outlet"


def test_a_feed_named_by_its_host_is_named_as_its_reports_in_a_file_are() -> None:
    """So that a day read from feeds and the same day read from a file count the same outlets."""
    feed = Feed("www.bbc.co.uk", "http://127.0.0.1:8000/bbc.co.uk.xml")
    outlets = Outlets.of([feed])
    item = report_item("1", "A strike on the port", "Nine died.")
    gathered = outlets.of_item(replace(item, source=feed.name, feed=feed.url))
    read = Outlets.of([]).of_item(replace(item, source="bbc.co.uk", feed=""))
    assert (gathered.name, gathered.country, gathered.owner, gathered.kind) == (
        read.name,
        read.country,
        read.owner,
        read.kind,
    )
    unknown = Outlets.of([Feed("harbour-times.example", "http://127.0.0.1:8000/x.xml")])
    assert unknown.of_name("Harbour Times") is not None
