"""An edition's folder: the round trip, tampering, and being killed while writing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest import folder
from digest.errors import EditionError
from digest.folder import Bundle, check_manifest, read_bundle, read_record, write_edition
from digest.model import (
    Dropped,
    EarlierStory,
    Editorial,
    Feed,
    FeedHealth,
    Item,
    JsonPaths,
    RankWeights,
    RecentEdition,
    Rendered,
    SectionSetting,
)

NOW = datetime(2026, 4, 14, 6, 30, 0, 250_000, tzinfo=UTC)
RENDERED = Rendered(
    html="<h1>Dam holds — so far</h1>\n".encode(),
    email=b"<p>Dam holds</p>\n",
    text=b"DAM HOLDS\n",
    json=b'{"date": "2026-04-14", "stories": []}\n',
)
NAMES = {
    "index.html",
    "email.html",
    "digest.txt",
    "edition.json",
    "bundle/items.jsonl",
    "bundle/settings.json",
    "bundle/clock.json",
    "bundle/earlier.json",
    "bundle/health.json",
    "bundle/MANIFEST.json",
}


def item(id_: str, **fields: Any) -> Item:
    given: dict[str, Any] = {
        "url": f"https://tidewater.example/{id_}",
        "source": "Tidewater Courier",
        "title": "Dam holds after night of rain",
        "text": "The dam at Évora held on Monday.\u2028“It held,” said the mayor.\n\nMore follows.",
        "date": NOW - timedelta(hours=2),
        "first_seen": NOW - timedelta(hours=1),
        "lang": "en",
        "categories": ("floods", "dams"),
    }
    return Item(id=id_, **{**given, **fields})


BUNDLE = Bundle(
    date=Date(2026, 4, 14),
    number=12,
    now=NOW,
    program="Daily Security Digest 0.1.0",
    editorial=Editorial(title="Morning Brief", zone="Europe/Lisbon", site_url="https://b.example"),
    feeds=(
        Feed("Tidewater Courier", "https://tidewater.example/rss", "PT", "pt", "newspaper"),
        Feed(
            "Relief Board",
            "https://relief.example/api",
            kind="international",
            sections=("disaster", "health"),
            format="json",
            paths=JsonPaths("data", "fields.title", "url", date="fields.date.created"),
            domains=("relief.example",),
        ),
    ),
    items=(item("a"), item("b"), item("c", date=None)),
    outside_window=4,
    dropped=(Dropped("items.jsonl:7", "no title"),),
    health=(FeedHealth("Relief Board", "https://relief.example/api", "failed", 0, 0, "HTTP 500"),),
    earlier=(EarlierStory(Date(2026, 4, 13), "t1", "Dam filling", ("Dam fills",), ("x", "y")),),
    recent=(RecentEdition(Date(2026, 4, 13), "Dam filling"),),
)


@pytest.fixture(autouse=True)
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were synced. Waiting for the disk itself is most of a write's time."""
    inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: inodes.append(os.fstat(fd).st_ino))
    return inodes


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return write_edition(tmp_path / "output", RENDERED, BUNDLE)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def contents(place: Path) -> dict[str, bytes]:
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def test_an_edition_is_written_and_read_back(edition: Path) -> None:
    assert edition.name == "2026-04-14"
    assert names(edition.parent) == ["2026-04-14"]
    files = contents(edition)
    assert files.keys() == NAMES
    assert files["index.html"] == RENDERED.html
    assert files["email.html"] == RENDERED.email
    assert files["digest.txt"] == RENDERED.text
    assert files["edition.json"] == RENDERED.json
    assert read_bundle(edition) == BUNDLE
    assert read_record(edition) == {"date": "2026-04-14", "stories": []}
    assert check_manifest(edition) == []


def test_the_bundle_can_be_read_by_other_programs(edition: Path) -> None:
    files = contents(edition)
    lines = files["bundle/items.jsonl"].decode().split("\n")
    assert [json.loads(line)["id"] for line in lines[:-1]] == ["a", "b", "c"]
    assert lines[-1] == ""
    first = json.loads(lines[0])
    assert (first["date"], first["text"]) == ("2026-04-14T04:30:00.250000Z", item("a").text)
    assert list(first) == sorted(first)
    assert "Évora".encode() in files["bundle/items.jsonl"]
    manifest = json.loads(files["bundle/MANIFEST.json"])
    assert manifest["files"] == {
        name: sha256(content).hexdigest()
        for name, content in files.items()
        if name != "bundle/MANIFEST.json"
    }


def test_equal_contents_are_equal_bytes(tmp_path: Path, edition: Path) -> None:
    shuffled = replace(BUNDLE, items=BUNDLE.items[::-1])
    assert contents(write_edition(tmp_path / "2", RENDERED, shuffled)) == contents(edition)
    assert contents(write_edition(tmp_path / "3", RENDERED, read_bundle(edition))) == contents(
        edition
    )


def test_whole_weights_are_rebuilt_to_the_byte(tmp_path: Path) -> None:
    # feeds.yaml says `severity: 2`; read back it is 2.0.
    weights = RankWeights(severity=2)
    bundle = replace(BUNDLE, editorial=replace(BUNDLE.editorial, weights=weights))
    first = write_edition(tmp_path / "1", RENDERED, bundle)
    second = write_edition(tmp_path / "2", RENDERED, read_bundle(first))
    assert contents(first) == contents(second)


# --- Any bundle ----------------------------------------------------------------------------

TIMES = st.datetimes(timezones=st.just(UTC))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**31), 2**31)
TEXTS = st.text()


def tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


ITEMS = st.builds(Item, date=st.none() | TIMES, first_seen=TIMES)
EDITORIALS = st.builds(
    Editorial,
    hour=INTS,
    window_hours=INTS,
    max_stories=INTS,
    brief_sentences=INTS,
    lead_paragraphs=INTS,
    sections=tuples(st.builds(SectionSetting, weight=FLOATS)),
    weights=st.builds(RankWeights, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS),
)
BUNDLES = st.builds(
    Bundle,
    number=INTS,
    now=TIMES,
    editorial=EDITORIALS,
    feeds=tuples(st.builds(Feed)),
    items=st.lists(ITEMS, unique_by=lambda one: one.id, max_size=4).map(
        lambda items: tuple(sorted(items, key=lambda one: (one.when, one.id)))
    ),
    outside_window=INTS,
    dropped=tuples(st.builds(Dropped)),
    health=tuples(st.builds(FeedHealth, entries=INTS, new=INTS)),
    earlier=tuples(st.builds(EarlierStory)),
    recent=tuples(st.builds(RecentEdition)),
)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bundle=BUNDLES)
def test_any_bundle_comes_back_as_it_was(tmp_path: Path, bundle: Bundle) -> None:
    place = write_edition(tmp_path, RENDERED, bundle)
    assert read_bundle(place) == bundle
    assert check_manifest(place) == []


# --- Tampering and damage ------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(NAMES))
def test_any_byte_changed_is_named(edition: Path, name: str) -> None:
    file = edition / name
    written = file.read_bytes()
    for position in range(0, len(written), 1 + len(written) // 120):
        changed = bytearray(written)
        changed[position] ^= 1 << position % 8
        file.write_bytes(changed)
        problems = check_manifest(edition)
        # A hash changed in the manifest makes the file that it belongs to suspicious.
        assert any(name in problem or name.endswith("MANIFEST.json") for problem in problems)
        if name.startswith("bundle/") and not name.endswith("MANIFEST.json"):
            with pytest.raises(EditionError, match=f"{name}: is not as it was written"):
                read_bundle(edition)
    file.write_bytes(written)
    assert check_manifest(edition) == []


@pytest.mark.parametrize("change", [b" ", b"\n", b"x"])
def test_bytes_added_and_taken_are_named(edition: Path, change: bytes) -> None:
    for name in sorted(NAMES):
        written = (edition / name).read_bytes()
        for content in (written + change, change + written, written[:-1], b""):
            (edition / name).write_bytes(content)
            assert any(name in problem for problem in check_manifest(edition))
        (edition / name).write_bytes(written)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_missing_file_is_named(edition: Path, name: str) -> None:
    (edition / name).unlink()
    assert any(name in problem for problem in check_manifest(edition))
    if name.startswith("bundle/"):
        with pytest.raises(EditionError, match=rf"{name}: cannot be read: No such file.*build"):
            read_bundle(edition)


def test_a_file_that_does_not_belong_is_named(edition: Path) -> None:
    (edition / "bundle" / "more.json").write_text("{}")
    assert check_manifest(edition) == ["bundle/more.json: does not belong to the edition"]


def test_a_folder_that_is_no_edition(tmp_path: Path) -> None:
    for read in (read_bundle, read_record):
        with pytest.raises(EditionError, match="cannot be read: No such file"):
            read(tmp_path)
    (problem,) = check_manifest(tmp_path)
    assert "MANIFEST.json: cannot be read" in problem


def rehash(edition: Path, name: str, content: bytes) -> None:
    """Change a file and its entry in the manifest, as somebody would who means it."""
    (edition / name).write_bytes(content)
    file = edition / "bundle" / "MANIFEST.json"
    manifest = json.loads(file.read_bytes())
    manifest["files"][name] = sha256(content).hexdigest()
    file.write_text(json.dumps(manifest, sort_keys=True, indent=1) + "\n")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bundle/clock.json", b"{}", r"clock\.json: cannot be understood: .*required field `date`"),
        ("bundle/clock.json", b"", r"clock\.json: cannot be understood"),
        ("bundle/clock.json", b"\xff\xfe", r"clock\.json: cannot be understood"),
        ("bundle/settings.json", b'{"editorial": {"hour": "6"}}', r"settings\.json.*\$\.editorial"),
        ("bundle/items.jsonl", b'{"id": "a"}\n', r"items\.jsonl:1: cannot be understood"),
        ("bundle/items.jsonl", b"[" * 5000 + b"\n", r"items\.jsonl:1: cannot be understood"),
        ("bundle/health.json", b'{"health": 1}', r"health\.json: .*\$\.health"),
        ("bundle/earlier.json", b"null", r"earlier\.json: cannot be understood"),
    ],
)
def test_a_malformed_bundle_is_refused(edition: Path, name: str, content: bytes, says: str) -> None:
    rehash(edition, name, content)
    with pytest.raises(EditionError, match=says):
        read_bundle(edition)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"null"])
def test_a_malformed_record_is_refused(edition: Path, content: bytes) -> None:
    (edition / "edition.json").write_bytes(content)
    with pytest.raises(EditionError, match=r"edition\.json: cannot be understood"):
        read_record(edition)


def test_a_newer_programs_bundle_is_refused(edition: Path) -> None:
    file = edition / "bundle" / "MANIFEST.json"
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(EditionError, match="of format 2, this program reads 1"):
        read_bundle(edition)


# --- Writing -------------------------------------------------------------------------------


def test_a_second_build_replaces_the_first(edition: Path) -> None:
    (edition / "bundle" / "stray.txt").write_text("from before")
    again = write_edition(edition.parent, replace(RENDERED, text=b"AGAIN\n"), BUNDLE)
    assert again == edition
    assert (edition / "digest.txt").read_bytes() == b"AGAIN\n"
    assert check_manifest(edition) == []
    assert names(edition.parent) == ["2026-04-14"]


def test_what_stands_in_the_place_gives_way(tmp_path: Path, edition: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for obstacle in ("file", "link", "empty folder"):
        out = tmp_path / obstacle
        out.mkdir()
        place = out / "2026-04-14"
        if obstacle == "file":
            place.write_text("a file")
        elif obstacle == "link":
            edition.rename(elsewhere)
            place.symlink_to(elsewhere)
        else:
            place.mkdir()
        assert check_manifest(write_edition(out, RENDERED, BUNDLE)) == []
        assert names(out) == ["2026-04-14"]
    assert check_manifest(elsewhere) == []  # a link gives way, what it leads to stays


def test_all_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: set[int] = set()

    def put(new: Path, place: Path) -> None:
        on_disk.update(synced)
        in_place(new, place)

    in_place = folder._put
    monkeypatch.setattr(folder, "_put", put)
    place = write_edition(tmp_path, RENDERED, BUNDLE)
    assert {path.stat().st_ino for path in (place, *place.rglob("*"))} == on_disk
    assert synced[-1] == tmp_path.stat().st_ino  # and so is the renaming, before it is told


def test_the_folder_can_be_read_by_a_web_server(edition: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert edition.stat().st_mode & 0o777 == 0o777 & ~umask
    assert (edition / "index.html").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_reader_never_meets_a_missing_or_half_folder(edition: Path) -> None:
    if not folder._exchange(edition, edition):
        pytest.skip("this system cannot exchange two folders")

    def rewrite(number: int) -> None:
        page = f"No. {number}\n".encode() * 20_000
        write_edition(edition.parent, replace(RENDERED, html=page), BUNDLE)

    with ThreadPoolExecutor(1) as writer:
        rewrite(0)
        work = writer.submit(lambda: [*map(rewrite, range(40))])
        reads = 0
        while not work.done():
            page = (edition / "index.html").read_bytes()
            assert page == page[: page.index(b"\n") + 1] * 20_000
            reads += 1
        work.result()
    assert reads > 40


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_a_killed_writer_leaves_the_old_or_the_new_edition(tmp_path: Path, way: str) -> None:
    script = Path(__file__).with_name("killed_writers.py")
    run = subprocess.run(
        [sys.executable, "-W", "error", script, tmp_path, "30", "20260414", way],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.stderr == ""
    *rounds, end = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(rounds) == 30
    for left in rounds:
        assert left["problems"] == []
        # Without exchange there is a moment between two renames; then the old one lies beside.
        assert left["stands"] or (way == "renames" and ".2026-04-14.old" in left["beside"])
        assert len(left["beside"]) <= 2
    assert len({left["number"] for left in rounds}) > 10
    assert any(left["beside"] for left in rounds)  # some were killed in the middle
    assert end["beside"] == ["2026-04-14"]


def test_a_system_that_cannot_exchange_folders(
    edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    write_edition(edition.parent, replace(RENDERED, text=b"AGAIN\n"), BUNDLE)
    assert (edition / "digest.txt").read_bytes() == b"AGAIN\n"
    assert names(edition.parent) == ["2026-04-14"]


def test_an_edition_on_its_way_out_without_heir_comes_back(edition: Path) -> None:
    out = edition.parent
    edition.rename(out / ".2026-04-14.old")  # killed between the two renames
    (out / ".2026-04-14.77.new" / "bundle").mkdir(parents=True)
    next_day = replace(BUNDLE, date=Date(2026, 4, 15))
    write_edition(out, RENDERED, next_day)
    assert names(out) == ["2026-04-14", "2026-04-15"]
    assert read_bundle(edition) == BUNDLE


def test_other_peoples_files_beside_it_stay(edition: Path) -> None:
    (edition.parent / ".gitkeep").write_text("")
    (edition.parent / ".2026-04-14.old.txt").write_text("notes")
    (edition.parent / "style.css").write_text("")
    write_edition(edition.parent, RENDERED, BUNDLE)
    assert names(edition.parent) == [
        ".2026-04-14.old.txt",
        ".gitkeep",
        "2026-04-14",
        "style.css",
    ]


def test_a_disk_that_refuses_leaves_the_old_edition(
    edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EditionError, match=r"could not be written: No space left on device"):
        write_edition(edition.parent, replace(RENDERED, text=b"AGAIN\n"), BUNDLE)
    assert (edition / "digest.txt").read_bytes() == RENDERED.text
    assert names(edition.parent) == ["2026-04-14"]


def test_an_out_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EditionError, match=r"could not be written: Not a directory"):
        write_edition(tmp_path / "file" / "output", RENDERED, BUNDLE)


def test_half_a_character_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    bad = replace(BUNDLE, items=(item("a", title="\ud83d"),))
    with pytest.raises(EditionError, match="cannot be written as JSON"):
        write_edition(tmp_path / "output", RENDERED, bad)
    assert not (tmp_path / "output").exists()
