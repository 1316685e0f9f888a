"""The stages put together: windows, persistence, and the same bytes again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path

import pytest
from commands import digest, digest_process

from digest.edition import Archive, intake_from_feeds, intake_from_items, window
from digest.folder import read_bundle
from digest.model import Editorial, Entry, Feed, FeedState, Fetched, Item
from digest.oneoff import Unkept, chosen_window
from digest.store import open_store

NIGHT = datetime(2026, 4, 14, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

REPORTS = [
    (
        "a1",
        "Odra Courier",
        "Missile strike on Kesten kills nine",
        "A missile strike on the city of Kesten killed nine people on Monday, the interior "
        "ministry said. Rescue crews searched the rubble of an apartment block for survivors.",
    ),
    (
        "a2",
        "Radio Meridian",
        "Nine dead in missile strike on Kesten",
        "Nine people were killed when a missile hit an apartment block in Kesten, officials said. "
        'The army of Marrow denied firing it. "We do not aim at homes," army spokesman Jan Orlo '
        "said.",
    ),
    (
        "b1",
        "Harrow Post",
        "Gunmen kill four soldiers at Tamber checkpoint",
        "Gunmen killed four soldiers at a checkpoint near Tamber before dawn, the defence ministry "
        "said. No group claimed the attack.",
    ),
    (
        "c1",
        "Odra Courier",
        "Hackers breach the grid operator of Lorne",
        "Hackers broke into the network of the grid operator of Lorne and stole customer data, the "
        "company said. The regulator opened an investigation into the ransomware attack.",
    ),
    (
        "s1",
        "Harrow Post",
        "Harrow win the cup final on penalties",
        "Harrow won the football cup final on penalties on Sunday after a goalless draw.",
    ),
]


def _items_file(folder: Path, order: int = 1) -> Path:
    lines = [
        json.dumps(
            {
                "id": id,
                "url": f"https://{id}.example/report",
                "source": source,
                "title": title,
                "text": text,
                "date": (NIGHT - timedelta(hours=3 + number)).isoformat(),
                "first_seen": NIGHT.isoformat(),
                "lang": "en",
            }
        )
        for number, (id, source, title, text) in enumerate(REPORTS)
    ]
    file = folder / "items.jsonl"
    file.write_text("\n".join(lines[::order]) + "\n", "utf-8")
    return file


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _item(when: datetime | None) -> Item:
    return Item("x", "https://x.example/", "X", "t", "t", when, NIGHT)


def test_a_morning_edition_covers_the_hours_before_it() -> None:
    span = window(Date(2026, 4, 14), NIGHT, Editorial(window_hours=30))
    assert span.holds(_item(NIGHT - timedelta(hours=29)))
    assert not span.holds(_item(NIGHT - timedelta(hours=31)))
    assert span.holds(_item(None))
    assert not span.holds(_item(NIGHT + timedelta(hours=1)))


def test_a_past_date_is_covered_to_its_end_in_the_editions_zone() -> None:
    later = NIGHT + timedelta(days=40)
    berlin = window(Date(2026, 4, 14), later, Editorial(zone="Europe/Berlin", window_hours=30))
    assert berlin.holds(_item(datetime(2026, 4, 14, 21, 59, tzinfo=UTC)))
    assert not berlin.holds(_item(datetime(2026, 4, 14, 22, 30, tzinfo=UTC)))


@pytest.mark.parametrize("kept", [True, False], ids=["build", "--dry-run"])
def test_an_undated_report_of_a_file_is_of_the_moment_it_was_first_seen(kept: bool) -> None:
    later = NIGHT + timedelta(days=3)

    def printed(now: datetime, archive: Archive) -> int:
        span = window(now.date(), now, Editorial())
        given = [replace(_item(None), first_seen=now)]  # as read_items reads it
        return len(intake_from_items(span, now, given, (), archive).reports)

    with open_store("sqlite://") as store:
        assert printed(NIGHT, store) == 1
        assert printed(NIGHT + HOUR, store) == 1
        archive: Archive = store if kept else Unkept(store)
        assert printed(later, archive) == 0
        assert printed(NIGHT - timedelta(days=1), archive) == 1  # a replay of an earlier day


@pytest.mark.parametrize("special", [True, False], ids=["--since and --until", "--date"])
def test_a_report_first_seen_now_is_of_today_also_where_an_edition_of_past_days_asked_for_it(
    special: bool,
) -> None:
    feed = Feed("Desk", "https://desk.example/rss")
    fetched = Fetched(
        feed,
        "entries",
        (Entry("1", "https://desk.example/1", "Ferry sinks off the coast, 40 missing"),),
        FeedState(feed.url),
    )
    before = NIGHT - timedelta(days=8)
    past = (
        chosen_window(before - timedelta(days=2), before, NIGHT, Editorial())
        if special
        else window(before.date(), NIGHT, Editorial())
    )
    with open_store("sqlite://") as store:
        of_past, of_today = (
            intake_from_feeds(span, now, feeds=[feed], archive=store, gather=lambda *_: [fetched])
            for span, now in (
                (past, NIGHT),
                (window(NIGHT.date(), NIGHT + HOUR, Editorial()), NIGHT + HOUR),
            )
        )
        assert (of_past.reports, of_past.outside_window) == ((), 1)
        assert [item.first_seen for item in of_today.reports] == [NIGHT]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    done = digest(
        folder, "build", "--items", str(_items_file(folder)), "--date", "2026-04-14",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite:///a.sqlite3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "output" / "2026-04-14"


def test_an_edition_holds_the_security_stories_alone(built: Path) -> None:
    record = json.loads((built / "edition.json").read_text("utf-8"))
    members = [set(story["items"]) for story in record["stories"]]
    assert {"a1", "a2"} in members
    assert not any("s1" in story for story in members)
    assert record["left_out"]["outside_brief"] >= 1


def test_verify_traces_it_and_notices_one_changed_letter(built: Path, tmp_path: Path) -> None:
    assert digest(tmp_path, "verify", str(built)).returncode == 0
    copy = tmp_path / "2026-04-14"
    for name, content in _bytes(built).items():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    page = copy / "edition.json"
    page.write_text(page.read_text("utf-8").replace("nine", "five"), "utf-8")
    done = digest(tmp_path, "verify", str(copy))
    assert done.returncode == 1
    assert "edition.json" in done.stdout


def test_rebuild_gives_the_same_bytes_under_another_clock_locale_zone_and_hash_seed(
    built: Path, tmp_path: Path
) -> None:
    done = digest_process(
        tmp_path, "rebuild", str(built), "--out", str(tmp_path / "again"),
        PYTHONHASHSEED="4711", TZ="Pacific/Apia", LC_ALL="C", LANG="tr_TR.UTF-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert _bytes(tmp_path / "again" / "2026-04-14") == _bytes(built)


def test_the_order_of_the_reports_does_not_matter(built: Path, tmp_path: Path) -> None:
    done = digest(
        tmp_path, "build", "--items", str(_items_file(tmp_path, -1)), "--date", "2026-04-14",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite:///b.sqlite3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert _bytes(tmp_path / "output" / "2026-04-14") == _bytes(built)


def test_a_bad_line_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    file = _items_file(tmp_path)
    file.write_text("{broken\n" + file.read_text("utf-8"), "utf-8")
    done = digest(
        tmp_path, "build", "--items", str(file), "--date", "2026-04-14",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "items.jsonl:1" in done.stderr


def test_items_of_another_day_are_a_clear_message(tmp_path: Path) -> None:
    done = digest(
        tmp_path, "build", "--items", str(_items_file(tmp_path)), "--date", "2026-03-01",
        "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode == 1
    assert "--date" in done.stderr


def test_without_a_network_every_feed_says_why(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "feeds:\n"
        "  - {name: Silent Gazette, url: 'http://127.0.0.1:9/feed.xml', allow_private: true}\n"
        "  - {name: Lost Courier, url: 'https://nowhere.invalid/feed.xml'}\n",
        "utf-8",
    )
    done = digest(tmp_path, "build", "--db", "sqlite://")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Silent Gazette" in said
    assert "Lost Courier" in said
    assert "make demo" in said
    assert "Traceback" not in said


def test_an_edited_headline_is_one_report(tmp_path: Path) -> None:
    file = _items_file(tmp_path)
    first = json.loads(file.read_text("utf-8").splitlines()[0])
    later = first | {
        "id": "a1-edited",
        "date": NIGHT.isoformat(),
        "title": "Kesten strike: nine dead",
    }
    later["url"] += "?utm_source=rss"
    file.write_text(file.read_text("utf-8") + json.dumps(later) + "\n", "utf-8")
    done = digest(
        tmp_path, "build", "--items", str(file), "--date", "2026-04-14",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "output/2026-04-14/edition.json").read_text("utf-8"))
    ids = {id for story in record["stories"] for id in story["items"]}
    assert "a1-edited" in ids
    assert "a1" not in ids


def test_stories_below_the_cut_are_listed_once(tmp_path: Path) -> None:
    settings = "edition: {max_stories: 1}\nfeeds: [{name: X, url: 'https://x.example/rss'}]\n"
    (tmp_path / "feeds.yaml").write_text(settings, "utf-8")
    items = _items_file(tmp_path)
    told = items.read_text("utf-8").replace("kill four", "kill Senn's U.N. four")
    items.write_text(told.replace("breach the", "breach Senn's U.N."), "utf-8")
    done = digest(
        tmp_path, "build", "--items", str(items), "--date", "2026-04-14",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "output/2026-04-14/edition.json").read_text("utf-8"))
    below = json.dumps(record["left_out"]["below_the_cut"], ensure_ascii=False)
    assert len(record["stories"]) == 1
    assert below.count("Tamber checkpoint") + below.count("grid operator of Lorne") >= 1
    assert below.count("Tamber checkpoint") <= 1
    assert below.count("grid operator of Lorne") <= 1
    assert "Senn’s UN" in below


def test_a_special_edition_stands_outside_the_series(tmp_path: Path) -> None:
    items, db = str(_items_file(tmp_path)), "sqlite:///a.sqlite3"
    settings = (
        "edition: {site_url: https://d.example}\nfeeds: [{name: X, url: https://x.example}]\n"
    )
    (tmp_path / "feeds.yaml").write_text(settings, "utf-8")
    done = digest(
        tmp_path, "build", "--items", items, "--section", "conflict",
        "--since", "2026-04-14T01:30", "--until", "2026-04-14T04:00",
        "--now", "2026-04-20T06:00:00Z", "--db", db,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    folder = tmp_path / "output" / "one-off" / "2026-04-14"
    record = json.loads((folder / "edition.json").read_bytes())
    assert record["number"] == 0
    assert {story["section"] for story in record["stories"]} == {"conflict"}
    assert {item.id for item in read_bundle(folder).items} == {"a1", "a2"}
    assert "Special edition" in (folder / "digest.txt").read_text("utf-8")
    for name in ("index.html", "email.html", "digest.txt"):  # the archive's page is another's
        assert "d.example" not in (folder / name).read_text("utf-8")
    assert digest(tmp_path, "verify", str(folder)).returncode == 0
    assert digest(tmp_path, "rebuild", str(folder), "--out", "again").returncode == 0
    assert _bytes(tmp_path / "again" / "2026-04-14") == _bytes(folder)
    with open_store(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        assert store.edition(Date(2026, 4, 14)) is None
        assert store.number_for(Date(2026, 4, 14)) == 1


def test_a_special_edition_never_takes_a_daily_ones_place(tmp_path: Path) -> None:
    build = (
        "build", "--items", str(_items_file(tmp_path)), "--date", "2026-04-14", "--out", "papers",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite://",
    )  # fmt: skip
    assert digest(tmp_path, *build, "--section", "conflict").returncode == 0
    assert digest(tmp_path, *build).returncode == 0, "a daily one may take a special one's"
    before = _bytes(tmp_path / "papers" / "2026-04-14")
    done = digest(tmp_path, *build, "--section", "conflict")
    assert done.returncode == 2
    assert "papers/2026-04-14 is the daily edition of 2026-04-14" in done.stderr
    assert _bytes(tmp_path / "papers" / "2026-04-14") == before
    assert digest(tmp_path, *build, "--section", "conflict", "--dry-run").returncode == 0


def test_an_edition_whose_reports_are_gone_is_not_replaced_by_what_is_left(tmp_path: Path) -> None:
    settings = "feeds: [{name: X, url: 'http://127.0.0.1:9/rss'}]\n"
    (tmp_path / "feeds.yaml").write_text(settings, "utf-8")
    build = ("build", "--date", "2026-04-14", "--db", "sqlite:///a.sqlite3")
    late = ("--now", "2026-07-15T06:00:00Z")
    items = ("--items", str(_items_file(tmp_path)))
    assert digest(tmp_path, *build, *items, "--now", "2026-04-14T06:00:00Z").returncode == 0
    folder = tmp_path / "output" / "2026-04-14"
    assert digest(tmp_path, *build, *late).returncode == 3, "all its reports are still there"
    before = _bytes(folder)
    with open_store(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.prune(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    done = digest(tmp_path, *build, *late)
    assert done.returncode == 2
    assert "deleted after 90 days (schedule.keep_days)" in done.stderr
    assert _bytes(folder) == before
    assert digest(tmp_path, *build, *late, *items).returncode == 0, "those of a file are all there"


def test_what_yesterdays_edition_printed_is_not_printed_again(tmp_path: Path) -> None:
    def hashes(day: str) -> set[str]:
        record = json.loads((tmp_path / "output" / day / "edition.json").read_bytes())
        sentences = [said for story in record["stories"] for said in story["sentences"]]
        return {said["citations"][0]["sha256"] for said in sentences}

    def build(file: Path, day: str) -> None:
        done = digest(
            tmp_path, "build", "--items", str(file), "--date", day,
            "--now", f"{day}T06:00:00Z", "--db", "sqlite:///a.sqlite3",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout

    file = _items_file(tmp_path)
    build(file, "2026-04-14")
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for line in lines:
        line["url"] += "/day-two"
        line["date"] = line["first_seen"] = "2026-04-15T03:00:00+00:00"
        line["id"], line["title"] = f"{line['id']}-2", f"Day two: {line['title']}"
        line["text"] += " Kesten, Tamber and Lorne buried their dead soldiers after the strike."
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    build(file, "2026-04-15")
    assert hashes("2026-04-15")
    assert not hashes("2026-04-14") & hashes("2026-04-15")
    bundle = read_bundle(tmp_path / "output" / "2026-04-15")
    assert {words for story in bundle.earlier for words in story.printed} == hashes("2026-04-14")


def test_a_dry_run_shows_the_stories_and_keeps_nothing(tmp_path: Path) -> None:
    items = str(_items_file(tmp_path))
    done = digest(
        tmp_path, "build", "--items", items, "--date", "2026-04-14", "--dry-run", "--json",
        "--now", "2026-04-14T06:00:00Z", "--db", "sqlite:///a.sqlite3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    ranks = [story["rank"] for story in json.loads(done.stdout)["stories"]]
    assert ranks == list(range(1, len(ranks) + 1))
    assert len(ranks) > 1
    assert not (tmp_path / "output" / "2026-04-14").exists()
    with open_store(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        assert store.edition(Date(2026, 4, 14)) is None
        assert not store.items_between(NIGHT - timedelta(days=9), NIGHT + timedelta(days=9))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--section", "weather"), "--section 'weather' is none of this edition's; it has"),
        (("--since", "tomorrow"), "--since 'tomorrow' is no ISO 8601 date or time"),
        (("--since", "2026-04-15"), "no time lies between"),
        (("--since", "2026-04-12", "--until", "2026-04-11T00:00"), "no time lies between"),
        (("--until", "9999-12-31"), "--until '9999-12-31' reaches beyond the years 1 to 9999"),
        (("--date", "9899-12-31"), "--date 9899-12-31 has not come yet; today is 2026-04-14"),
        (("--date", "2026-04-15", "--dry-run"), "--date 2026-04-15 has not come yet"),
        (("--date", "2026-04-12", "--since", "2026-04-12"), "when the span ends: add --until"),
    ],
)
def test_a_window_or_section_that_cannot_be_is_told(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    items = str(_items_file(tmp_path))
    done = digest(
        tmp_path, "build", "--items", items, *options, "--now", "2026-04-14T06:00:00Z",
        "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode == 2
    assert told in done.stderr


def test_a_section_that_is_not_wanted_is_left_out_and_counted(tmp_path: Path) -> None:
    done = digest(
        tmp_path, "build", "--items", str(_items_file(tmp_path)), "--section", "cyber",
        "--since", "2026-04-13", "--until", "2026-04-14", "--now", "2026-04-14T06:00:00Z",
        "--db", "sqlite://",
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr + done.stdout
    record = json.loads((tmp_path / "output/one-off/2026-04-14/edition.json").read_bytes())
    assert [story["section"] for story in record["stories"]] == ["cyber"]
    assert record["left_out"]["other_sections"] == 2
