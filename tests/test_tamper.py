"""One changed byte anywhere in a stored edition, its bundle or its manifest is found out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from digest.cli.app import app

RUN = CliRunner()


@pytest.fixture(scope="module")
def edition(demo_edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(demo_edition, tmp_path_factory.mktemp("tamper") / demo_edition.name)


@contextmanager
def _changed(file: Path, place: float, by: int) -> Iterator[None]:
    whole = file.read_bytes()
    at = int(place * len(whole)) % len(whole)
    file.write_bytes(whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :])
    try:
        yield
    finally:
        file.write_bytes(whole)


def _verified(folder: Path) -> bool:
    return RUN.invoke(app, ["verify", str(folder)]).exit_code == 0


def test_an_untouched_edition_is_verified(edition: Path) -> None:
    assert _verified(edition)


@settings(max_examples=settings().max_examples // 2)
@given(which=st.integers(0, 10_000), place=st.floats(0, 1), by=st.integers(1, 255))
def test_no_byte_can_be_changed(edition: Path, which: int, place: float, by: int) -> None:
    files = sorted(path for path in edition.rglob("*") if path.is_file())
    file = files[which % len(files)]
    with _changed(file, place, by):
        assert not _verified(edition), f"{file.name} at {place}, by {by}"


@pytest.mark.parametrize("name", ["index.html", "bundle/items.jsonl", "bundle/MANIFEST.json"])
def test_nor_can_a_file_vanish_or_be_added(edition: Path, name: str) -> None:
    whole = (edition / name).read_bytes()
    (edition / name).unlink()
    assert not _verified(edition)
    (edition / name).write_bytes(whole)
    extra = edition / "bundle" / "more.json"
    extra.write_text("{}", "utf-8")
    assert not _verified(edition)
    extra.unlink()
    assert _verified(edition)


def test_a_forged_manifest_does_not_help(edition: Path) -> None:
    page, manifest = edition / "index.html", edition / "bundle" / "MANIFEST.json"
    whole, listed = page.read_bytes(), manifest.read_bytes()
    forged = whole.replace(b"</h2>", b"!</h2>", 1)
    assert forged != whole
    page.write_bytes(forged)
    manifest.write_bytes(
        listed.replace(sha256(whole).hexdigest().encode(), sha256(forged).hexdigest().encode())
    )
    assert _verified(edition), "the manifest fits the forged page"
    done = RUN.invoke(app, ["verify", str(edition), "--again"])
    page.write_bytes(whole)
    manifest.write_bytes(listed)
    assert done.exit_code == 1
    assert "index.html: is not what the bundle makes" in done.output
    assert RUN.invoke(app, ["verify", str(edition), "--again"]).exit_code == 0
