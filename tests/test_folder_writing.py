"""An edition's folder is replaced as a whole, whatever stands there and whenever it is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date as Date
from pathlib import Path

import pytest
from folder_samples import BUNDLE, RENDERED, item, names

from digest.errors import EditionError
from digest.folder import check_manifest, disk, read_bundle, write_edition


@pytest.fixture(autouse=True)
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were synced. Waiting for the disk itself is most of a write's time."""
    inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: inodes.append(os.fstat(fd).st_ino))
    return inodes


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return write_edition(tmp_path / "output", RENDERED, BUNDLE)


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

    in_place = disk._put
    monkeypatch.setattr(disk, "_put", put)
    place = write_edition(tmp_path, RENDERED, BUNDLE)
    assert {path.stat().st_ino for path in (place, *place.rglob("*"))} == on_disk
    assert synced[-1] == tmp_path.stat().st_ino  # and so is the renaming, before it is told


def test_the_folder_can_be_read_by_a_web_server(edition: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert edition.stat().st_mode & 0o777 == 0o777 & ~umask
    assert (edition / "index.html").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_reader_never_meets_a_missing_or_half_folder(edition: Path) -> None:
    if not disk._exchange(edition, edition):
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
    monkeypatch.setattr(disk, "_exchange", lambda one, other: False)
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
