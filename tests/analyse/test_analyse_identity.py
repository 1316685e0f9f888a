"""Which report is which, whatever a feed edits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from newsroom_items import FEED, NOW, clean, entry

from digest.analyse.clean import clean_url, items_from
from digest.analyse.identity import canonical, latest_versions
from digest.model import Fetched

SAME = (
    "https://www.harbour-times.example/1",
    "http://harbour-times.example/1/",
    "https://HARBOUR-TIMES.example:443/1?utm_source=rss&utm_medium=feed",
    "https://harbour-times.example/1?fbclid=abc#xtor=RSS-1",
    "https://harbour-times.example/1?at_medium=RSS&at_campaign=rss",
    "https://harbour-times.example/1?traffic_source=rss&ref=rss",
)
OTHER = (
    "https://harbour-times.example/1?id=2",
    "https://harbour-times.example/1?page=2&utm_source=rss",
    "https://harbour-times.example/1?p=7",
    "https://harbour-times.example/1#post-7",
    "https://harbour-times.example/1?v=rssa",
    "https://harbour-times.example/A",
    "https://harbour-times.example/a",
    "https://m.harbour-times.example/1",
    "https://harbour-times.example:8080/1",
)


def test_identity_outlives_edited_guids_titles_and_tracking() -> None:
    first = clean(url=SAME[0])
    for url in SAME:
        again = clean(url=url, id="another guid", title="Another title")
        assert again.id == first.id
        assert again.url == url, "the address stays as printed"
    ids = {clean(url=url).id for url in OTHER}
    assert len(ids) == len(OTHER)
    assert first.id not in ids
    assert len(first.id) == 16
    assert int(first.id, 16) >= 0


def test_identity_without_an_address_is_the_guid() -> None:
    assert clean(url="", id="g1").id == clean(url="", id="g1", title="Edited").id
    assert clean(url="", id="g1").id != clean(url="", id="g2").id
    assert clean(url="javascript:alert(1)", id="g1").url == ""


def test_one_article_in_two_feeds_of_an_outlet_is_one_item_and_two_outlets_are_two() -> None:
    world = replace(FEED, url="https://harbour-times.example/world")
    other = replace(FEED, name="Valley Ledger")
    assert clean(world).id == clean(FEED).id
    assert clean(other).id != clean(FEED).id


def test_of_two_versions_in_one_feed_the_later_stays() -> None:
    old = entry(title="First version", published=NOW - timedelta(hours=3))
    new = entry(id="2", title="Second version", published=NOW - timedelta(hours=1))
    undated = entry(id="3", title="Undated version")
    between = entry(id="4", url="https://harbour-times.example/2", title="Another")
    for order in ((old, between, new), (new, between, old), (undated, between, new)):
        items, _ = items_from(Fetched(FEED, "entries", order), NOW)
        assert {item.title for item in items} == {"Second version", "Another"}
    items, _ = items_from(Fetched(FEED, "entries", (undated, replace(undated, title="B"))), NOW)
    assert [item.title for item in items] == ["Undated version"]


def test_an_address_that_many_reports_share_names_none_of_them() -> None:
    """Live pages and alert lists link every entry to one page."""
    page = "https://alerts.example/list"
    alerts = tuple(entry(id=f"alert-{n}", url=page, title=f"Alert {n}") for n in range(4))
    items, _ = items_from(Fetched(FEED, "entries", alerts), NOW)
    assert [item.title for item in items] == ["Alert 0", "Alert 1", "Alert 2", "Alert 3"]
    assert {item.url for item in items} == {page}
    edited = tuple(entry(id=f"edit-{n}", url=page, title="Same title") for n in range(4))
    assert len(items_from(Fetched(FEED, "entries", edited), NOW)[0]) == 1
    front = [entry(id=str(n), url="https://alerts.example/", title=f"A{n}") for n in range(2)]
    assert len(items_from(Fetched(FEED, "entries", tuple(front)), NOW)[0]) == 2


def test_a_file_of_items_keeps_what_shares_an_address_as_gathering_does() -> None:
    page = "https://alerts.example/list"
    alerts = tuple(entry(id=f"alert-{n}", url=page, title=f"Alert {n}") for n in range(4))
    gathered, _ = items_from(Fetched(FEED, "entries", alerts), NOW)
    kept, superseded = latest_versions(gathered)
    assert ({item.id for item in kept}, superseded) == ({item.id for item in gathered}, [])
    # Another outlet's link to the page, or one title again and again, makes no list of it.
    two, elsewhere = gathered[:2], replace(gathered[2], source="Valley Ledger")
    kept, superseded = latest_versions([*two, elsewhere])
    assert (len(kept), len(superseded)) == (2, 1)
    kept, superseded = latest_versions([replace(item, title="Same title") for item in gathered])
    assert (len(kept), len(superseded)) == (1, 3)


@given(st.text(max_size=60))
def test_no_address_is_an_error(url: str) -> None:
    assert isinstance(canonical(url), str)
    cleaned = clean_url(url)
    assert clean_url(cleaned) == cleaned
    cleaned_too = clean_url("https://news.example/" + url)
    assert clean_url(cleaned_too) == cleaned_too
