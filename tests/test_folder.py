"""An edition's folder: the round trip of its bundle, tampering, damage."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from folder_samples import BUNDLE, NAMES, RENDERED, contents, item, names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import EditionError
from digest.folder import Bundle, check_manifest, read_bundle, read_record, write_edition
from digest.model import (
    Dropped,
    EarlierStory,
    Editorial,
    Feed,
    FeedHealth,
    Item,
    RankWeights,
    RecentEdition,
    SectionSetting,
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


def test_a_map_is_written_where_there_is_one(tmp_path: Path) -> None:
    drawn = write_edition(tmp_path / "output", replace(RENDERED, map=b"PNG"), BUNDLE)
    assert contents(drawn)["map.png"] == b"PNG"
    assert check_manifest(drawn) == []


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
    max_examples=settings().max_examples // 2,
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
