"""Editions held for an editor: changed by hand, published when approved."""

from __future__ import annotations

import errno
import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import Any

import pytest
from commands import say
from typer.testing import CliRunner

from digest.analyse.day import analyse_day
from digest.analyse.embed import UsemEmbedder
from digest.cli.app import app
from digest.demo import serve_sample_day
from digest.edition import compose
from digest.errors import StoreError, UsageError
from digest.folder import (
    check_manifest,
    held_dates,
    read_bundle,
    read_record,
    read_rendered,
    write_edition,
)
from digest.held import change, held_folder
from digest.lease import Lease, lease_name
from digest.model import Analysis, Edits, Item
from digest.office import Office
from digest.readers.tokens import Tokens
from digest.resources import resource
from digest.services import open_services
from digest.settings import load_settings
from digest.store import open_store
from digest.timetable import build_key
from digest.work import HouseWork

DAY = Date(2026, 3, 17)
RUN = CliRunner()


@pytest.fixture(scope="module", autouse=True)
def _analysed_once() -> Iterator[None]:
    """An editor changes what the analysis has found, never the analysis: half of composing."""
    found: dict[bytes, Analysis] = {}

    def remembered(items: Sequence[Item], **given: Any) -> Analysis:
        asked = {name: given[name] for name in ("outlets", "editorial", "now", "earlier")}
        key = pickle.dumps((items, asked))
        if key not in found:
            found[key] = analyse_day(items, **given)
        return found[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("digest.edition.make.analyse_day", remembered)
        yield


@pytest.fixture(scope="module")
def laid_aside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample day, gathered, built and held once for all."""
    folder = tmp_path_factory.mktemp("held")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with serve_sample_day(resource("examples/sample-day")) as sample:
            settings = folder / "feeds.yaml"
            settings.write_bytes(sample.feeds_file.read_bytes())
            say("build", "--now", sample.now.isoformat(), "--hold")
    return folder


@pytest.fixture
def desk(laid_aside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "desk"
    shutil.copytree(laid_aside, place)
    monkeypatch.chdir(place)
    return place


def test_a_held_edition_is_in_no_archive_and_is_not_made_again(desk: Path) -> None:
    assert held_dates(Path("output")) == (DAY,)
    assert not (desk / "output" / "2026-03-17").exists()
    settings = load_settings(desk / "feeds.yaml", {})
    with open_store(str(settings.db)) as store:
        assert store.edition(DAY) is None
        work = HouseWork(settings, store)
        assert DAY in work.done(datetime(2026, 3, 17, 19, tzinfo=UTC)).editions
    assert "2026-03-17" in say("held")


def test_what_the_editor_changed_is_printed_kept_and_marked_as_the_editors(desk: Path) -> None:
    folder = held_folder(Path("output"), DAY)
    before = read_record(folder)["stories"]
    say(
        "edit", "2026-03-17", "--lead", "3", "--drop", "2",
        "--headline", "3: The strait opens again", "--note", "3: Checked by telephone.",
    )  # fmt: skip
    record = read_record(folder)
    after = record["stories"]
    assert after[0]["thread"] == before[2]["thread"]
    assert after[0]["headline"] == "The strait opens again"
    assert before[1]["thread"] not in [story["thread"] for story in after]
    assert [story["rank"] for story in after] == list(range(1, len(after) + 1))
    assert record["edits"]["dropped"] == [before[1]["thread"]]
    for name in ("index.html", "email.html", "digest.txt"):
        page = " ".join((folder / name).read_text("utf-8").split())
        assert "The strait opens again" in page
        assert "Checked by telephone." in page
        assert "Editor’s note" in page
        assert "1 story left out by the editor" in page
        assert before[2]["headline"] in page, "the sources' headline stays beside the editor's"
    assert "0 problems" in say("verify", str(folder))


def test_who_comes_next_and_what_is_below_the_cut_is_told_as_it_is_printed(desk: Path) -> None:
    bundle = read_bundle(held_folder(Path("output"), DAY))
    bundle = replace(bundle, editorial=replace(bundle.editorial, max_stories=4))
    plain, _ = compose(bundle, UsemEmbedder())
    first, second, third, fourth = (brief.story.thread for brief in plain.briefs)
    edits = Edits(first=(third,), dropped=(second,), headlines={first: "The strait opens again"})
    changed, _ = compose(replace(bundle, edits=edits), UsemEmbedder())
    assert [brief.story.thread for brief in changed.briefs[:3]] == [third, first, fourth]
    assert changed.left_out.below_the_cut == plain.left_out.below_the_cut[1:]
    assert changed.briefs[1].title == "The strait opens again"
    for edition in (plain, changed):
        scores = [brief.story.score for brief in edition.briefs]
        told = [brief.story.reasons[-1] for brief in edition.briefs]
        assert told[:-1] == [
            f"runner-up: {after.title} ({score / own:.0%} of this story's score)"
            for after, score, own in zip(edition.briefs[1:], scores[1:], scores, strict=False)
        ]
        below, _ = edition.left_out.below_the_cut[0]
        assert told[-1].startswith(f"runner-up: {below} (")
        assert sum("runner-up" in r for b in edition.briefs for r in b.story.reasons) == 4


def test_changes_add_up_until_they_are_undone(desk: Path) -> None:
    folder = held_folder(Path("output"), DAY)
    untouched = (folder / "edition.json").read_bytes()
    say("edit", "2026-03-17", "--headline", "1: One")
    say("edit", "2026-03-17", "--note", "1: Two")
    assert read_record(folder)["stories"][0]["editor"] == {"headline": "One", "note": "Two"}
    say("edit", "2026-03-17", "--headline", "1:")
    assert read_record(folder)["stories"][0]["editor"] == {"headline": "", "note": "Two"}
    say("edit", "2026-03-17", "--undo")
    assert (folder / "edition.json").read_bytes() == untouched


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (("edit", "2026-03-17", "--note", "1: Checked by telephone."), "was changed meanwhile"),
        (("approve", "2026-03-17"), "no edition of 2026-03-17 is held"),
    ],
)
def test_a_change_that_another_overtakes_is_refused(
    desk: Path, meanwhile: tuple[str, ...], told: str
) -> None:
    output = Path("output")
    with open_services(load_settings(desk / "feeds.yaml", {})) as services:

        @contextmanager
        def overtaken() -> Iterator[None]:
            say(*meanwhile)
            with services.alone_with(DAY):
                yield

        with pytest.raises(UsageError, match=told):
            change(output, DAY, {"drop": ["1"]}, services.embedder, overtaken())
    assert held_dates(output) == (() if "approve" in meanwhile else (DAY,))
    if held_dates(output):
        story = read_record(held_folder(output, DAY))["stories"][0]
        assert story["editor"]["note"] == "Checked by telephone."


def test_a_page_made_from_an_earlier_version_changes_and_publishes_nothing(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Five children would load all anew; that the work is done by one, tests/web shows.
    monkeypatch.setattr("digest.office.in_a_child", lambda _, act, *given: act(*given))
    settings = load_settings(desk / "feeds.yaml", {})
    with open_store(str(settings.db)) as store:
        office = Office(settings, store, HouseWork(settings, store), Tokens("x" * 40))
        page = office.held_edition(DAY)
        seen = page["version"]
        blank = {
            f"{part}-{s['rank']}": [""] for s in page["stories"] for part in ("headline", "note")
        }
        office.edit(DAY, blank | {"lead": ["3"], "headline-3": ["Bob's headline"]}, seen)
        after = office.held_edition(DAY)
        assert after["stories"][0]["headline"] == "Bob's headline"
        stale: list[Callable[[], object]] = [
            lambda: office.edit(DAY, blank | {"note-1": ["Ada: checked by telephone."]}, seen),
            lambda: office.approve(DAY, seen),
            lambda: office.approve(DAY, ""),
        ]
        for act in stale:
            with pytest.raises(UsageError, match="was changed meanwhile; look at it anew"):
                act()
        assert office.held_edition(DAY) == after
        office.edit(
            DAY, {"note-1": ["Checked."], "headline-1": ["Bob's headline"]}, after["version"]
        )
        last = office.held_edition(DAY)
        assert last["stories"][0]["editor_note"] == "Checked."
        office.approve(DAY, last["version"])
    assert held_dates(Path("output")) == ()


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "2026-03-17", "--drop", "1"),
        ("build", "--date", "2026-03-17", "--items", "none.jsonl", "--hold"),
    ],
)
def test_while_another_has_the_edition_in_hand_nothing_of_it_is_replaced(
    desk: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    (desk / "none.jsonl").touch()
    before = (held_folder(Path("output"), DAY) / "edition.json").read_bytes()
    monkeypatch.setattr("digest.services.WAIT_FOR_OTHERS", timedelta(0))
    with open_store("sqlite:///output/digest.sqlite3") as store:
        assert Lease(store, lease_name(build_key(DAY)), "another").take()
    done = RUN.invoke(app, list(words))
    assert isinstance(done.exception, StoreError)
    assert "another process has been making the edition" in str(done.exception)
    assert (held_folder(Path("output"), DAY) / "edition.json").read_bytes() == before


def test_an_approved_edition_is_published_and_can_be_rebuilt(desk: Path) -> None:
    say("edit", "2026-03-17", "--headline", "1: <b>Ours</b> & theirs")
    assert "No. 1 is published" in say("approve", "2026-03-17")
    folder = desk / "output" / "2026-03-17"
    assert held_dates(Path("output")) == ()
    assert check_manifest(folder) == []
    assert "&lt;b&gt;Ours&lt;/b&gt; &amp; theirs" in (folder / "index.html").read_text("utf-8")
    assert read_bundle(folder).edits.headlines
    with open_store("sqlite:///output/digest.sqlite3") as store:
        stored = store.edition(DAY)
    assert stored is not None
    assert stored.headline == "<b>Ours</b> & theirs"
    assert stored.record == (folder / "edition.json").read_bytes()
    say("rebuild", str(folder), "--out", "again")
    assert (desk / "again/2026-03-17/index.html").read_bytes() == (
        folder / "index.html"
    ).read_bytes()


def test_an_approved_edition_that_is_degraded_says_so(desk: Path) -> None:
    folder = held_folder(Path("output"), DAY)
    bundle = read_bundle(folder)
    health = tuple(replace(one, outcome="failed", problem="HTTP 500") for one in bundle.health)
    write_edition(folder.parent, read_rendered(folder), replace(bundle, health=health))
    done = RUN.invoke(app, ["approve", "2026-03-17", "--json"])
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout)
    assert told["status"] == "degraded"
    assert told["number"] == 1
    assert [note for note in told["notes"] if "feeds could not be read" in note]
    assert held_dates(Path("output")) == ()


def test_what_was_changed_can_be_read_by_a_script(desk: Path) -> None:
    told = json.loads(say("edit", "2026-03-17", "--headline", "1: Ours", "--json"))
    assert told["stories"][0]["headline"] == "Ours"
    assert told["status"] == "complete"


def test_a_held_folder_that_stays_is_told_and_the_edition_is_published(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    monkeypatch.setattr(shutil, "rmtree", refused)
    told = say("approve", "2026-03-17")
    assert "No. 1 is published" in told
    assert "output/held/2026-03-17: could not be removed (Permission denied)" in told


def test_a_folder_whose_name_is_no_date_is_passed_over(desk: Path) -> None:
    held = desk / "output" / "held"
    shutil.copytree(held / "2026-03-17", held / "2026-02-30")
    assert held_dates(Path("output")) == (DAY,)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edit", "2026-03-18", "--lead", "1"), "no edition of 2026-03-18 is held; waiting: 2026"),
        (("edit", "2026-03-17", "--lead", "99"), "there is no such story; give a number from 1"),
        (("edit", "2026-03-17", "--headline", "no number"), "write it like '3: text'"),
        (("edit", "2026-03-17", "--headline", "1: " + "x" * 201), "of at most 200 characters"),
        (("approve", "2026-03-18"), "no edition of 2026-03-18 is held"),
    ],
)
def test_a_wrong_word_is_told_and_nothing_changes(
    desk: Path, words: tuple[str, ...], told: str
) -> None:
    before = (held_folder(Path("output"), DAY) / "edition.json").read_bytes()
    done = RUN.invoke(app, list(words))
    assert isinstance(done.exception, UsageError)
    assert told in str(done.exception)
    assert (held_folder(Path("output"), DAY) / "edition.json").read_bytes() == before


def test_the_record_stays_json(desk: Path) -> None:
    listed = json.loads(say("held", "2026-03-17", "--json"))
    assert [story["rank"] for story in listed["stories"]][:3] == [1, 2, 3]


@pytest.mark.parametrize(
    ("date", "whose"), [("2026-03-18", "yesterday’s edition"), ("2026-03-24", "the edition of")]
)
def test_a_changed_and_a_withdrawn_report_lead_the_next_edition(
    desk: Path, date: str, whose: str
) -> None:
    """Of a daily, and of a weekly."""
    say("approve", "2026-03-17")
    record = read_record(desk / "output" / "2026-03-17")
    first, second = (
        story["sentences"][0]["citations"][0]["item"] for story in record["stories"][:2]
    )
    later = datetime.fromisoformat(f"{date}T06:00:00+00:00")
    with open_store("sqlite:///output/digest.sqlite3") as store:
        kept = store.items_by_id([first, second])
        changed = kept[first].title.replace("17", "9")
        assert changed != kept[first].title
        fresh = replace(kept[second], id="fresh", date=later, title=kept[second].title + " again")
        store.save_fetched([], [replace(kept[first], title=changed), fresh], later)
        store.mark_gone({second: True}, later)
    say("build", "--items", _lines(desk, fresh), "--date", date, "--now", later.isoformat())
    folder = desk / "output" / date
    told = {one["kind"]: one for one in read_record(folder)["corrections"]}
    assert told["changed"]["now"] == changed
    assert told["withdrawn"]["item"] == second
    for name in ("index.html", "email.html", "digest.txt"):
        page = " ".join((folder / name).read_text("utf-8").split())
        assert f"Correction to {whose}" in page
        assert page.index("Correction to") < page.rindex(fresh.title[:30])
    assert "0 problems" in say("verify", str(folder))


def _lines(folder: Path, item: Item) -> str:
    file = folder / "one.jsonl"
    record = {**asdict(item), "date": item.when.isoformat(), "first_seen": item.when.isoformat()}
    file.write_text(json.dumps(record) + "\n", "utf-8")
    return str(file)
