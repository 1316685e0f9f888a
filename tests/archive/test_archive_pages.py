"""The archive's pages from stored records: what they tell, where they lead, what cannot act."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from html import unescape
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_days import DAY, HOSTILE, RUNNING, citation, story, write_day

from digest.archive.catalogue import slug
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.pages import comment_view
from digest.archive.paper import Paper
from digest.comment import Comment, Subject
from digest.model import Editorial, Outlet
from digest.resources import templates

BASE = "https://digest.example"
TIMES = Outlet("Harbour Times", "harbour.example", "NO", "en", "newspaper", "Fjord Media")


def paper(out: Path, root: str = "") -> Paper:
    return Paper(
        Archive(out),
        Design(Editorial(title="The Daily"), templates(), root=root),
        outlet_of=lambda name: TIMES if name.lower() == "harbour times" else None,
        feeds_of=lambda name: ["https://harbour.example/rss"] if "arbour" in name else [],
    )


def page(made: Paper, path: str) -> str:
    return made.pages[path].make(BASE).decode()


def test_a_storys_page_tells_each_day_with_its_sources(out: Path) -> None:
    text = page(paper(out), f"/story/{RUNNING}/")
    at = [text.index(f"A sentence of {DAY - timedelta(days=n)}") for n in range(3)]
    assert at == sorted(at)
    assert "told on 3 days" in text
    assert text.count("confirmed by 2 independent origins") == 3
    assert "killed: 12 → 13" in text
    printed = re.findall(r'class="printed"><bdi>(\d+)', text)
    assert printed == ["12", "13", "14"]  # a figure over time, oldest first
    for number in re.findall(r'href="#source-(\d+)"', text):
        assert text.count(f'id="source-{number}"') == 1
    assert f'href="/{DAY}/#story-1"' in text
    assert f'rel="canonical" href="{BASE}/story/{RUNNING}/"' in text
    assert 'property="og:type" content="article"' in text


def test_a_storys_page_has_its_quotations_background_and_figures_with_their_sources(
    out: Path,
) -> None:
    told = story(1, "t-told", "Port closes", ["Harbour Times"])
    told["sentences"].append(
        {"text": "It closed in 2021, too.", "role": "background", "paragraph": 9,
         "citations": [citation("Harbour Times", 5)]}
    )  # fmt: skip
    told["quotes"] = [
        {"text": "We heard a bang,", "speaker": "", "citation": citation("Quay Radio", 6),
         "variants": [citation("Pier Post", 7), citation("Quay Radio", 6)]}
    ]  # fmt: skip
    told["figures"][0]["values"][0] |= {"outlet": "Gazette", "citation": citation("Gazette", 8)}
    write_day(out, DAY, [told])
    made = paper(out)
    text = page(made, "/story/t-told/")
    words = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", text))
    assert "“We heard a bang,” quoted by Quay Radio3 · Printed differently by Pier Post4" in words
    assert "Background It closed in 2021, too.2" in words
    assert "killed14Gazette5" in words
    for name, number in (("quay-radio", 6), ("pier-post", 7), ("gazette", 8)):
        address = f"https://{name}.example/{number}"
        assert text.count(f'href="{address}"') == 1
        assert f'href="{address}"' in page(made, f"/outlet/{name}/")
    for number in re.findall(r'href="#source-(\d+)"', text):
        assert text.count(f'id="source-{number}"') == 1


def test_an_editors_words_are_marked_as_such(out: Path) -> None:
    told = story(1, "t-edited", "The editor's own", ["Harbour Times"])
    told["sentences"][0]["text"] = "As the outlet printed it"
    told["editor"] = {"headline": "The editor's own", "note": "Mind the date."}
    told["changes"] = [{"kind": "update", "text": "update, day 3"}, {"kind": "new", "text": "new"}]
    write_day(out, DAY, [told])
    text = unescape(page(paper(out), "/story/t-edited/"))
    assert "As the outlet printed it" in text
    assert "Mind the date." in text
    assert '<h3 lang="en" dir="auto">The editor\'s own</h3>' in text  # no source is cited for it
    assert "update, day 3" not in text


def test_a_storys_other_events_are_a_list_of_their_own(out: Path) -> None:
    told = story(1, "t-more", "Talks resume", ["Harbour Times"])
    told["sentences"].append(
        {**told["sentences"][-1], "text": "Pilots <walk> out", "role": "development"}
    )
    write_day(out, DAY, [told])
    text = page(paper(out), "/story/t-more/")
    assert re.search(r'>Also</p><ul><li dir="auto">Pilots &lt;walk&gt; out', text)
    assert ">Also</p>" not in page(paper(out), f"/story/{RUNNING}/")


def test_an_outlets_page_tells_what_was_cited_and_who_it_is(out: Path) -> None:
    text = unescape(page(paper(out), "/outlet/harbour-times/"))
    assert "newspaper" in text
    assert "Fjord Media" in text
    assert "Norway" in text
    assert "6 reports, since Sunday, 12 April 2026" in text
    assert "answered 2 of 3 requests" in text
    assert text.count("reopens</a>") == 3
    other = page(paper(out), f"/outlet/{slug('Agence Éclair')}/")
    assert "Owner" not in other


def test_sections_places_and_indexes(out: Path) -> None:
    made = paper(out)
    assert page(made, "/section/conflict/").count("Ceasefire holds") == 3
    assert page(made, "/section/disaster/").count("reopens</a>") == 3
    assert page(made, "/place/norway/").count("<li><time") == 6
    assert "Côte d&#39;Ivoire" in page(
        made, f"/place/{slug(chr(67) + 'ôte d' + chr(39) + 'Ivoire')}/"
    )
    assert 'href="/outlet/harbour-times/"' in page(made, "/outlets/")
    assert 'href="/place/norway/"' in page(made, "/places/")


@pytest.mark.parametrize("key", ["section/conflict", "outlet/gazette"])
def test_a_long_list_goes_on_behind_in_pages_that_stay(tmp_path: Path, key: str) -> None:
    days = [DAY - timedelta(days=n) for n in range(25)]
    for day in days[1:]:
        stories = [story(n, f"t-{day:%m%d}-{n}", f"Story {n} of {day}", ["Gazette"], day)
                   for n in range(1, 7)]  # fmt: skip
        write_day(tmp_path, day, stories)
    before = paper(tmp_path)
    told: list[str] = []
    path = f"/{key}/"
    for _ in range(9):
        text = page(before, path)
        told += re.findall(r"Story \d of [\d-]+", text)
        older = re.search(r'<a rel="next" href="([^"]+)"', text)
        if not older:
            break
        assert f'<link rel="next" href="{older[1]}">' in text
        back = page(before, older[1])
        assert f'<a rel="prev" href="{path}"' in back
        path = older[1]
    assert path == f"/{key}/1/"
    assert len(set(told)) == 24 * 6
    assert f"{BASE}/{key}/1/" in page(before, "/sitemap.xml")
    write_day(tmp_path, days[0], [story(1, "t-new", f"Story 1 of {DAY}", ["Gazette"])])
    after = paper(tmp_path)
    assert after.pages[path].needs == before.pages[path].needs
    assert page(after, path) == page(before, path)


def test_a_sections_feeds(out: Path) -> None:
    made = paper(out)
    atom = feedparser.parse(made.pages["/section/disaster/feed.atom"].make(BASE))
    assert not atom.bozo
    assert [entry.link for entry in atom.entries] == [
        f"{BASE}/{DAY - timedelta(days=n)}/#story-2" for n in range(3)
    ]
    feed = json.loads(made.pages["/section/disaster/feed.json"].make(BASE))
    assert [item["url"] for item in feed["items"]] == [entry.link for entry in atom.entries]
    assert feed["title"].startswith("The Daily: ")


def test_a_story_keeps_its_id_in_feeds_when_its_edition_ranks_it_otherwise(tmp_path: Path) -> None:
    def ids() -> dict[str, str]:
        made = paper(tmp_path).pages
        atom = feedparser.parse(made["/section/conflict/feed.atom"].make(BASE))
        feed = json.loads(made["/section/conflict/feed.json"].make(BASE))
        found = {entry.title: entry.id for entry in atom.entries}
        assert {item["title"]: item["id"] for item in feed["items"]} == found
        assert [item["url"] for item in feed["items"]] == [entry.link for entry in atom.entries]
        return found

    told = {"t-a": "Strait reopens", "t-b": "Port closes", "../x": "A thread of no page"}
    write_day(tmp_path, DAY, [story(n, *one, ["Gazette"]) for n, one in enumerate(told.items(), 1)])
    before = ids()
    assert before["Port closes"] == f"{BASE}/story/t-b/#{DAY}"
    assert before["A thread of no page"] == f"{BASE}/{DAY}/#story-3"
    again = enumerate([("t-new", "Blast at dawn"), *told.items()][:3], 1)
    write_day(tmp_path, DAY, [story(n, *one, ["Gazette"]) for n, one in again])
    after = ids()
    assert after.pop("Blast at dawn") not in before.values()
    assert after == {title: before[title] for title in ("Strait reopens", "Port closes")}


def test_every_link_within_leads_to_a_page(out: Path) -> None:
    made = paper(out, root="/news")
    for path, one in made.pages.items():
        if one.stored or not one.kind.startswith("text/html"):
            continue
        for link in re.findall(r'(?:href|src)="(/[^"]*)"', page(made, path)):
            assert link.startswith("/news/"), (path, link)
            assert link.removeprefix("/news").partition("#")[0] in made.pages, (path, link)
    for place in re.findall(r"<loc>(.*?)</loc>", page(made, "/sitemap.xml")):
        assert place.removeprefix(BASE) in made.pages


def test_a_full_sitemap_leaves_out_the_oldest_stories(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_day(out, DAY.replace(year=2025), [story(1, "t-old", "Port closes", ["Gazette"])])
    made = paper(out)

    def listed() -> list[str]:
        return re.findall(f"<loc>{BASE}(.*?)</loc>", page(made, "/sitemap.xml"))

    whole = listed()
    assert {"/archive/2025/", f"/archive/{DAY.year}/", "/outlet/gazette/"} <= {*whole}
    assert {*whole} == {
        path for path, one in made.pages.items() if one.kind.startswith("text/html")
    }
    monkeypatch.setattr("digest.archive.paper.IN_SITEMAP", len(whole) - 2)
    left_out = {*whole} - {*listed()}
    assert "/story/t-old/" in left_out
    assert all(path.startswith("/story/") for path in left_out)


def test_no_rule_names_a_side_that_right_to_left_text_has_not() -> None:
    css = Design(Editorial(), templates()).css.decode()
    sides = re.findall(r"(?:^|[;{\s])((?:[a-z]+-)*(?:left|right)\s*:[^;}]*)", css)
    sides += [
        f"{name}: {values}"
        for name, values in re.findall(r"(padding|margin|inset|border-width):\s*([^;}]*)", css)
        if len(each := values.split()) == 4 and each[1] != each[3]
    ]
    assert sides == []


def test_hostile_words_names_and_addresses_do_nothing(out: Path) -> None:
    bad = story(1, "../../etc", HOSTILE, ["Good", HOSTILE], section="../x", places=[HOSTILE])
    bad["sentences"][2]["citations"][0]["url"] = "javascript:alert(1)"
    bad["origins"][0]["name"] = bad["standing"] = bad["changes"][0]["text"] = HOSTILE
    bad["figures"][0]["values"][0]["printed"] = HOSTILE
    write_day(out, DAY + timedelta(days=1), [bad, {**bad, "rank": 2, "thread": "t-bad"}])
    made = paper(out)
    assert not any(".." in path for path in made.pages)
    for path, one in made.pages.items():
        assert re.fullmatch(r"/[A-Za-z0-9/._-]*", path)
        if not one.stored:
            text = page(made, path)
            assert "<script" not in text or one.kind == "application/feed+json", path
            assert "\u202e" not in text, path
            assert "javascript:" not in text, path


def test_a_broken_edition_is_left_out_and_the_rest_is_shown(out: Path) -> None:
    (out / "2026-04-01").mkdir()
    (out / "2026-04-01" / "edition.json").write_bytes(b"{")
    assert "/2026-04-01/" not in paper(out).pages
    assert f"/{DAY}/" in paper(out).pages


@given(st.text(min_size=1, max_size=200))
def test_a_slug_is_always_a_part_of_an_address(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,80}", slug(name))
    assert slug(name) == slug(name.casefold()) or name.casefold() != name.casefold().casefold()


def test_slugs_of_names_that_fold_alike_differ() -> None:
    assert slug("El Pais") == "el-pais"
    assert (
        len({slug(name) for name in ("El Pais", "El País", "El-Pais", "新华社", "人民日报")}) == 5
    )


def test_a_comment_bears_the_date_of_the_lists_zone() -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    words = Design(Editorial(zone="Europe/Berlin"), templates()).words
    came = datetime(2026, 4, 13, 22, 30, tzinfo=UTC)
    said = Comment(1, Subject("t-1", DAY, "Port closes"), "Ten.", came=came)
    shown = comment_view(said, words)
    assert (shown["iso"], shown["date"]) == ("2026-04-14", words.long_date(Date(2026, 4, 14)))
