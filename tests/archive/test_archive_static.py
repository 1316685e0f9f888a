"""The archive as files: only what changed is written, only what is ours is deleted."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from written_days import DAY, RUNNING, story, write_day, write_days

from digest.archive import lists
from digest.archive.catalogue import Day
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.open import site_refreshed
from digest.archive.pages import LISTED
from digest.archive.paper import Paper
from digest.archive.static import MANIFEST, SEEN, Built, build, file_of
from digest.cli.app import app
from digest.errors import UsageError
from digest.model import Editorial
from digest.resources import templates
from digest.settings import load_settings

BASE = "https://digest.example"
FEED = """feeds:
  - {name: Harbour Times, url: 'https://harbour.example/rss', owner: Fjord Media}
"""


def paper(out: Path, title: str = "The Daily", known: Sequence[Day] = ()) -> Paper:
    return Paper(Archive(out, known), Design(Editorial(title=title), templates()))


def built(out: Path, title: str = "The Daily") -> Built:
    return build(lambda known: paper(out, title, known), out.parent / "site", BASE)


def marks(site: Path) -> dict[str, int]:
    return {
        path.relative_to(site).as_posix(): path.stat().st_mtime_ns
        for path in site.rglob("*")
        if path.is_file()
    }


def test_the_files_are_the_pages_that_are_served(out: Path) -> None:
    built(out)
    site, made = out.parent / "site", paper(out)
    for path, page in made.pages.items():
        assert (site / file_of(path)).read_bytes() == page.make(BASE)
    assert {*marks(site)} == {file_of(path) for path in made.pages} | {MANIFEST, SEEN}
    assert not [*site.rglob("items.jsonl")]


def test_what_did_not_change_is_not_touched(out: Path) -> None:
    first = built(out)
    site = out.parent / "site"
    before = marks(site)
    again = built(out)
    assert (again.written, again.unchanged, again.removed) == (0, first.written, 0)
    assert marks(site) == before
    write_day(out, DAY + timedelta(days=1), [story(1, RUNNING, "Talks resume", ["Harbour Times"])])
    grown = built(out)
    assert "Talks resume" in (site / "story" / RUNNING / "index.html").read_text("utf-8")
    assert "Talks resume" in (site / "index.html").read_text("utf-8")
    changed = {name for name, mark in marks(site).items() if before.get(name) != mark}
    assert len(changed) == grown.written + 2  # the list of files, and what was seen
    for n in range(3):  # earlier editions and their other stories
        day = DAY - timedelta(days=n)
        assert not {f"{day}/index.html", f"story/t-{day:%Y%m%d}/index.html"} & changed


@pytest.mark.system
@given(st.randoms(use_true_random=False))
@settings(max_examples=settings().max_examples // 6)
def test_brought_up_step_by_step_it_is_what_is_built_at_once(draw: Random) -> None:
    """Editions come, are made again and go; feeds fail; lists are long enough for older pages: the
    files are those of a fresh build."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "LISTED", 4)
        patch.setattr(lists, "LEAST", 2)
        out, site = Path(folder) / "out", Path(folder) / "site"
        out.mkdir()
        for step in range(6):
            for _ in range(draw.randint(1, 3)):
                day = DAY + timedelta(days=draw.randint(0, 9))
                if draw.random() < 0.2:
                    shutil.rmtree(out / str(day), ignore_errors=True)
                else:
                    stories = [_drawn(draw, rank) for rank in range(1, 4)]
                    answers = [
                        {"url": _feed(name), "outcome": draw.choice(["entries", "failed"])}
                        for name in OUTLETS
                    ]
                    write_day(out, day, stories, feeds=answers)

            def some(known: Sequence[Day], out: Path = out) -> Paper:
                design = Design(Editorial(), templates())
                return Paper(Archive(out, known), design, feeds_of=lambda outlet: [_feed(outlet)])

            build(some, site, BASE)
            fresh = Path(folder) / f"fresh-{step}"
            build(some, fresh, BASE)
            assert _contents(site) == _contents(fresh)


def test_a_lists_older_pages_are_not_looked_at_again(out: Path) -> None:
    write_days(out, 150)
    before = paper(out)
    behind = [f"/outlet/harbour-times/{number}/" for number in range(1, 5)]
    assert {*behind} <= before.pages.keys()
    write_day(out, DAY + timedelta(days=1), [story(1, "t-9", "Rain", ["Harbour Times"])])
    after = paper(out)
    looked_at = after.touched(after.touched_since(before.days, before.facts))
    assert "/outlet/harbour-times/" in looked_at
    assert behind.pop() in looked_at  # which leads to a fifth now
    assert not {*behind} & looked_at.keys()
    assert all(after.stands(path) for path in behind)
    assert not after.stands("/outlet/harbour-times/9/")


def test_the_page_that_led_to_the_newest_is_looked_at_when_a_whole_one_comes_between() -> None:
    for entries in range(1, 5 * LISTED):
        for recent in range(1, entries + 1):
            newest_whole = lists._behind(entries - recent)
            seen = lists.reach(entries, recent)
            assert seen >= min(entries, recent)
            if 0 < newest_whole < lists._behind(entries):
                assert seen >= entries - (newest_whole - 1) * LISTED


OUTLETS = ("Gazette", "Courier", "Meridian")


def _feed(outlet: str) -> str:
    return f"https://{outlet.lower()}.example/rss"


def _drawn(draw: Random, rank: int) -> dict[str, object]:
    told = story(
        rank, f"t-{draw.randint(1, 4)}", f"Story {draw.randint(1, 99)}", [draw.choice(OUTLETS)]
    )
    return told | {"section": draw.choice(["conflict", "cyber"]), "places": [draw.choice("ABC")]}


def _contents(site: Path) -> dict[str, bytes]:
    """Every page; a story that is told no more keeps its address, with a note."""
    pages = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
    return {
        name: path.read_bytes()
        for name, path in pages.items()
        if name not in (MANIFEST, SEEN) and b"no longer told" not in path.read_bytes()
    }


def test_what_was_seen_before_and_cannot_be_read_is_seen_anew(out: Path) -> None:
    built(out)
    (out.parent / "site" / SEEN).write_bytes(b"\x93\x01")
    write_day(out, DAY + timedelta(days=1), [story(1, "t-9", "Anew", ["Gazette"])])
    built(out)
    assert "Anew" in (out.parent / "site" / "index.html").read_text("utf-8")


def test_a_file_that_was_lost_comes_back(out: Path) -> None:
    built(out)
    front = out.parent / "site" / "index.html"
    front.unlink()
    assert built(out).written == 1
    assert front.is_file()


def test_another_design_makes_all_pages_anew_but_no_edition(out: Path) -> None:
    built(out)
    site = out.parent / "site"
    before = marks(site)
    built(out, "Another Daily")
    assert "Another Daily" in (site / "story" / RUNNING / "index.html").read_text("utf-8")
    assert marks(site)[f"{DAY}/index.html"] == before[f"{DAY}/index.html"]


def test_only_our_own_files_are_deleted_and_a_storys_address_stays(out: Path) -> None:
    built(out)
    site = out.parent / "site"
    (site / "about.html").write_text("the operator's own")
    (site / str(DAY) / "map.pdf").write_text("the operator's own")
    shutil.rmtree(out / str(DAY))
    gone = built(out)
    assert gone.removed >= 3
    assert (site / "about.html").is_file()
    assert [path.name for path in (site / str(DAY)).iterdir()] == ["map.pdf"]
    note = site / "story" / f"t-{DAY:%Y%m%d}" / "index.html"
    assert "no longer told under this address" in note.read_text("utf-8")
    assert built(out).written == 0
    write_day(out, DAY, [story(1, f"t-{DAY:%Y%m%d}", "Back again", ["Harbour Times"])])
    built(out)
    assert "Back again" in note.read_text("utf-8")


def test_a_file_in_the_way_that_is_not_ours_stops_it(out: Path) -> None:
    site = out.parent / "site"
    site.mkdir()
    (site / "index.html").write_text("a home page")
    with pytest.raises(UsageError, match=r"index\.html is not a file of the archive"):
        built(out)
    assert [path.name for path in site.iterdir()] == ["index.html"]


def test_a_build_that_was_killed_is_gone_on_with(out: Path) -> None:
    """Killed after it said what is its own, and after some of it was written."""
    made = paper(out)
    site = out.parent / "site"
    calls = 0

    class Killed(BaseException):
        pass

    real = os.replace

    def dying(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise Killed
        real(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.replace", dying)
        with pytest.raises(Killed):
            built(out)
    built(out)
    for path, page in made.pages.items():
        assert (site / file_of(path)).read_bytes() == page.make(BASE)


def test_a_manifest_cannot_make_it_delete_elsewhere(out: Path) -> None:
    built(out)
    site, outside = out.parent / "site", out.parent / "precious.txt"
    outside.write_text("mine")
    manifest = json.loads((site / MANIFEST).read_text("utf-8"))
    manifest["files"]["../precious.txt"] = ["", ""]
    (site / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    built(out)
    assert outside.is_file()


def test_the_command(out: Path, tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text(
        "edition: {site_url: 'https://digest.example/news'}\n"
        f"schedule: {{site_dir: {tmp_path}/s}}\n{FEED}"
    )
    args = ["site", "--feeds", str(feeds), "--out", str(out)]
    done = CliRunner().invoke(app, [*args, "--json"], catch_exceptions=False)
    assert json.loads(done.output)["written"] > 20
    text = (tmp_path / "s" / "outlet" / "harbour-times" / "index.html").read_text("utf-8")
    assert "Fjord Media" in text
    assert "answered 2 of 3" in text
    assert 'href="/news/archive/"' in text
    assert "0 files written" in CliRunner().invoke(app, args, catch_exceptions=False).output


def test_without_an_address_there_are_no_feeds_and_no_sitemap(out: Path, tmp_path: Path) -> None:
    feeds, site = tmp_path / "feeds.yaml", tmp_path / "s"
    args = ["site", str(site), "--feeds", str(feeds), "--out", str(out)]

    def made_for(address: str) -> tuple[str, list[str]]:
        feeds.write_text(f"edition: {{site_url: '{address}'}}\n{FEED}")
        told = CliRunner().invoke(app, args, catch_exceptions=False).output
        names = sorted(name for name in marks(site) if re.search(r"feed\.|sitemap", name))
        return told, names

    told, names = made_for(BASE)
    assert "site_url" not in told
    assert {"feed.atom", "feed.json", "sitemap.xml", "section/disaster/feed.atom"} <= {*names}
    told, names = made_for("")
    assert "edition.site_url is not set: no feeds and no sitemap are made\n" in told
    assert names == []
    pages = [
        path.read_text("utf-8") for path in site.rglob("*") if path.suffix in (".html", ".txt")
    ]
    assert len(pages) > 20
    assert not [text for text in pages if re.search(r"feed\.(atom|json)|[Ss]itemap", text)]
    told, again = made_for(BASE)
    assert "feed.atom" in again


def test_the_service_brings_them_up_to_each_edition_and_fails_none_of_them(
    out: Path, tmp_path: Path
) -> None:
    house = load_settings(env={"DIGEST_OUT": str(out)})
    assert site_refreshed(house) == []
    site = replace(house.schedule, site_dir=str(tmp_path / "site"))
    (told,) = site_refreshed(replace(house, schedule=site))
    assert told.endswith("static files written")
    assert (tmp_path / "site" / "story" / RUNNING / "index.html").is_file()
    (tmp_path / "taken").write_text("a file")
    taken = replace(house.schedule, site_dir=str(tmp_path / "taken"))
    (told,) = site_refreshed(replace(house, schedule=taken))
    assert told.startswith("static files not brought up to it: ")


def test_a_folder_that_is_not_mounted_empties_no_site(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_days(out, 10)
    built(out)
    before = marks(tmp_path / "site")
    (out / str(DAY)).rename(tmp_path / "today")
    assert built(out).removed
    (tmp_path / "today").rename(out / str(DAY))
    built(out)
    out.rename(tmp_path / "away")
    write_days(out, 1)  # what a service makes where nothing is mounted
    with pytest.raises(UsageError, match=r"of 10 editions that .*site shows, 1 are left"):
        built(out)
    assert {*marks(tmp_path / "site")} == {*before}
    (tmp_path / "site" / SEEN).unlink()
    assert built(out).removed
