"""A whole day, with the real encoder: events, sections, threads, ranks; the same bytes always."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from newsroom_items import NOW, a_day, report_item

from digest.analyse import stories, threads
from digest.analyse.day import analyse_day
from digest.analyse.embed import CachedEmbedder, SpreadEmbedder, UsemEmbedder
from digest.analyse.events import Akin
from digest.analyse.outlets import Outlets
from digest.analyse.sections import of_event
from digest.compute import thread_pool
from digest.model import Analysis, EarlierStory, Editorial, Item, Section, SectionSetting
from digest.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from digest.analyse.embed import Packed

OUTLETS = Outlets.of([])
EMBEDDER = UsemEmbedder()


def analysed(items: list[Item], earlier: tuple[EarlierStory, ...] = ()) -> Analysis:
    return analyse_day(
        items,
        outlets=OUTLETS,
        embedder=EMBEDDER,
        editorial=Editorial(),
        now=NOW,
        earlier=earlier,
    )


class AsksNothing(UsemEmbedder):
    """In the place of the encoder where all vectors are kept."""

    def begin(self, texts: Sequence[str]) -> Callable[[], Packed]:
        assert not texts
        return super().begin(texts)


@pytest.fixture(scope="module")
def day() -> Analysis:
    return analysed(a_day())


def test_reports_of_one_event_meet_and_look_alikes_stay_apart(day: Analysis) -> None:
    story = day.story_of
    assert story["kes-1"] == story["kes-2"] == story["kes-3"]
    assert story["tam-1"] == story["tam-2"]
    assert story["kes-1"] != story["tam-1"]


def test_one_event_in_three_languages_is_one_story(day: Analysis) -> None:
    assert len({day.story_of[i] for i in ("hack-en", "hack-de", "hack-es")}) == 1
    lang = {report.item.id: report.lang for report in day.reports}
    assert (lang["hack-en"], lang["hack-de"], lang["hack-es"]) == ("en", "de", "es")


@pytest.mark.parametrize(
    ("reports", "section"),
    [
        (["conflict", "conflict", "terrorism", "terrorism", *["disaster"] * 3], "conflict"),
        (["disaster", "disaster", "conflict"], "disaster"),
        (["disaster", "health", "health", "unrest"], "health"),
        (["disaster", "crime"], "crime"),
        (["cyber"], "cyber"),
    ],
)
def test_what_people_did_is_not_outvoted_by_one_section_of_mishaps(
    reports: list[Section], section: Section
) -> None:
    assert of_event(reports) == section


def test_sections_and_what_is_left_out(day: Analysis) -> None:
    section = {report.item.id: report.section for report in day.reports}
    assert section["kes-1"] == "conflict"
    assert section["hack-de"] == "cyber"
    assert section["cup"] is None
    assert section["phone"] is None
    printed = {report.item.id for story in day.stories for report in story.reports}
    assert printed.isdisjoint({"cup", "phone"})
    assert day.left_out.outside_brief >= 2


def test_the_deadliest_strike_leads_and_says_why(day: Analysis) -> None:
    lead = day.stories[0]
    assert lead.reports[0].item.id.startswith("kes")
    assert [story.rank for story in day.stories] == list(range(1, len(day.stories) + 1))
    assert [s.score for s in day.stories] == sorted((s.score for s in day.stories), reverse=True)
    assert "3 outlets, 3 independent origins" in lead.reasons
    assert "14 killed" in lead.reasons


def test_one_story_per_thread(day: Analysis) -> None:
    threads = [story.thread for story in day.stories]
    assert len(threads) == len(set(threads))
    for story in day.stories:
        assert 0 < len(story.lead_reports) <= len(story.reports)
        assert {day.story_of[r.item.id] for r in story.lead_reports} == {story.id}
        rest = story.reports[len(story.lead_reports) :]
        assert {day.story_of[r.item.id] for r in rest} == set(story.related)


@pytest.mark.parametrize("akin", [False, True])
def test_the_reasons_count_what_is_told(akin: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to a running story more loosely is not told, and not counted for readers."""
    monkeypatch.setattr(threads, "join_events", lambda events, *_: [list(range(len(events)))])
    monkeypatch.setattr(Akin, "to", lambda _, event, others: [akin] * len(others))
    (story,) = analysed(a_day()).stories
    assert story.related
    outlets = {report.outlet.name for report in story.told_reports}
    counted = f"{len(outlets)} outlets, {len(story.origins)} independent origins"
    assert counted in story.reasons[0]
    assert {i for origin in story.origins for i in origin.items} == {
        report.item.id for report in story.told_reports
    }
    assert story.reasons[0].startswith(f"{1 + len(story.related)} events of") is akin


def test_where_somebody_comes_from_is_not_where_it_happens() -> None:
    """However many reports name nothing else."""
    told = [
        "Ukrainian woman stabbed to death on train in Chicago, police say",
        "Ukrainian refugee stabbed to death on train, police say",
    ]
    items = [report_item(str(n), title) for n, title in enumerate(told)]
    assert stories._places(analysed(items).reports)[0] == "United States"


def test_every_item_has_its_labels(day: Analysis) -> None:
    ids = {item.id for item in a_day()}
    for labels in (day.story_of, day.thread_of, day.origin_of):
        assert set(labels) == ids


def test_the_order_of_the_items_does_not_matter(day: Analysis) -> None:
    for seed in range(3):
        items = a_day()
        random.Random(seed).shuffle(items)
        assert analysed(items) == day


def test_threads_change_nothing(day: Analysis) -> None:
    with thread_pool() as pool:
        shared = analyse_day(
            a_day(), outlets=OUTLETS, embedder=EMBEDDER, editorial=Editorial(), now=NOW, pool=pool
        )
    assert shared == day


def test_a_cache_of_vectors_changes_nothing(day: Analysis) -> None:
    with open_store("sqlite://") as kept:
        for maker in (EMBEDDER, AsksNothing()):
            cached = CachedEmbedder(maker, kept, NOW)
            again = analyse_day(
                a_day(), outlets=OUTLETS, embedder=cached, editorial=Editorial(), now=NOW
            )
            assert again == day
        new = CachedEmbedder(EMBEDDER, kept, NOW).begin(["Unheard of", a_day()[0].title])()
    assert new.tobytes() == EMBEDDER.begin(["Unheard of", a_day()[0].title])().tobytes()


def test_workers_are_let_go_when_the_days_vectors_are_made() -> None:
    opened = closed = 0

    @contextmanager
    def workers() -> Iterator[Executor]:
        nonlocal opened, closed
        opened += 1
        with ThreadPoolExecutor(1) as made:
            yield made
        closed += 1

    spread = SpreadEmbedder(workers, worth_spreading=1)
    yesterday = EarlierStory(date(2026, 5, 11), "t-1", "Kestenburg", ("Strike on market",), ("o",))
    analyse_day(
        a_day(),
        outlets=OUTLETS,
        embedder=spread,
        editorial=Editorial(),
        now=NOW,
        earlier=(yesterday,),
    )
    assert opened == closed
    assert opened > 0


def test_nothing_and_next_to_nothing() -> None:
    assert analysed([]).stories == ()
    bare = Item("", "", "", "Hello", "", None, NOW)
    assert analysed([bare]).story_of.keys() == {""}
    odd = [replace(bare, id=i) for i in ("1", "ü/\n", "x" * 300)]
    assert set(analysed(odd).story_of) == {"1", "ü/\n", "x" * 300}


def test_items_without_dates_sources_or_texts_are_analysed() -> None:
    bare = [replace(item, date=None, source="", text="") for item in a_day()]
    found = analysed(bare)
    assert found.left_out.undated == len(bare)
    assert found.story_of["kes-1"] == found.story_of["kes-2"]


def test_an_id_given_twice_counts_once() -> None:
    first = report_item("same", "Missile strike kills 14 in Kestenburg", hours_ago=5)
    later = report_item("same", "Something else", hours_ago=1)
    found = analysed([later, first])
    assert [report.item.title for report in found.reports] == [first.title]


def test_a_running_story_keeps_its_thread_and_loses_its_novelty() -> None:
    yesterday = EarlierStory(
        date(2026, 5, 11),
        "t-yesterday",
        "Missile strike on Kestenburg market",
        ("Missile strike on Kestenburg market kills 12", "Missiles hit market in Kestenburg"),
        ("old-1",),
    )
    fresh = analysed(a_day()).stories[0]
    running = next(
        s for s in analysed(a_day(), (yesterday,)).stories if s.reports[0].item.id.startswith("kes")
    )
    assert running.thread == "t-yesterday"
    assert running.earlier == ("2026-05-11",)
    assert running.score < fresh.score
    assert "running story" in running.reasons


def test_a_story_that_splits_keeps_its_thread_once_and_loses_none_of_its_parts() -> None:
    """Yesterday's story held both strikes, and is named after a report of the smaller one."""
    alone = analysed(a_day()).stories
    parts = {story.reports[0].item.id[:3]: story for story in alone}
    assert parts["kes"].thread != parts["tam"].thread
    both = EarlierStory(
        date(2026, 5, 11),
        parts["tam"].thread,
        "Strikes on Kestenburg and Tamberline",
        ("Strikes on Kestenburg and Tamberline",),
        ("kes-1", "kes-2", "kes-3", "tam-1"),
    )
    found = analysed(a_day(), (both,)).stories
    assert sorted(s.id for s in found) == sorted(s.id for s in alone)
    threads = {story.reports[0].item.id[:3]: story.thread for story in found}
    assert threads["kes"] == both.thread
    assert len(set(threads.values())) == len(found)
    assert all(s.earlier == ("2026-05-11",) for s in found if s.reports[0].item.id[:3] != "hac")


def test_a_story_that_nobody_can_read_pushes_none_down_that_can_be_read() -> None:
    german = [
        report_item(
            "de-1",
            "Raketenangriff auf Kiew: mindestens 40 Tote in der Ukraine",
            "Bei einem Raketenangriff auf Kiew sind in der Nacht mindestens 40 Menschen getötet "
            "worden, teilte die Regierung der Ukraine mit.",
            "Seltener Tageblatt",
            lang="de",
        ),
        report_item(
            "de-2",
            "40 Tote nach russischem Raketenangriff auf Kiew",
            "In der Hauptstadt der Ukraine starben 40 Menschen bei einem Angriff mit Raketen, "
            "sagte der Bürgermeister von Kiew.",
            "Neue Estuar Zeitung",
            lang="de",
        ),
    ]
    english = report_item(
        "en",
        "Hackers steal records of 400,000 patients from a hospital group in Ukraine",
        "Ransomware criminals copied patient records of a hospital group in Ukraine.",
        "Harbour Times",
    )
    read, unread = analysed([*german, english]).stories
    assert read.reports[0].item is english
    assert read.places[0] == unread.places[0] == "Ukraine"
    assert unread.score > read.score
    assert not any(reason.startswith("behind ") for reason in read.reasons)
    assert unread.reasons[-2:] == (
        "behind 1 more from the same country",
        "no report in the edition's language",
    )
    assert (read.rank, unread.rank) == (1, 2)


def test_the_operators_section_weights_count() -> None:
    def first(weight: float) -> str:
        editorial = Editorial(
            sections=(
                SectionSetting("conflict", "War", 0.1),
                SectionSetting("cyber", "Cyber", weight),
            )
        )
        found = analyse_day(
            a_day(), outlets=OUTLETS, embedder=EMBEDDER, editorial=editorial, now=NOW
        )
        return found.stories[0].section

    assert first(3.0) == "cyber"


def test_the_same_bytes_in_another_process_and_hash_seed(tmp_path: Path) -> None:
    here = Path(__file__).parent
    script = (
        "import json,sys;sys.path.insert(0,sys.argv[1]);"
        "from test_analyse_day import analysed,a_day;"
        "a=analysed(a_day());"
        "print(json.dumps([[s.id,s.thread,s.score,s.reasons] for s in a.stories]"
        "+[dict(a.story_of)]))"
    )
    there = subprocess.run(
        [sys.executable, "-c", script, str(here)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"},
    ).stdout
    ours = analysed(a_day())
    told = [[s.id, s.thread, s.score, s.reasons] for s in ours.stories]
    assert json.loads(there) == json.loads(json.dumps([*told, dict(ours.story_of)]))
