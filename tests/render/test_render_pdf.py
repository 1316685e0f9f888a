"""The page on paper, by WeasyPrint."""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path

import pytest
from sample import full_edition, templates
from typer.testing import CliRunner

from digest.cli.app import app
from digest.errors import EditionError, UsageError
from digest.pdf import page_pdf
from digest.render import render


@pytest.fixture(scope="module")
def page() -> bytes:
    return render(full_edition(), templates()).html


@pytest.mark.system
def test_an_edition_is_set_on_paper_and_the_same_each_time(page: bytes, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    folder = edition_in(tmp_path, page)
    done = CliRunner().invoke(app, ["pdf", str(folder)])
    assert done.exit_code == 0, done.output
    made = (tmp_path / "2026-04-14.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert made == page_pdf(page)
    pages = len(re.findall(rb"/Type /Page\b", b"".join(streams(made)) + made))
    assert 5 <= pages <= 40


@pytest.mark.system
def test_a_place_that_cannot_be_written_is_named(page: bytes, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    folder = edition_in(tmp_path, page)
    place = folder / "edition.json" / "papers"
    done = CliRunner().invoke(app, ["pdf", str(folder), "--out", str(place)])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).endswith("2026-04-14.pdf: cannot be written (Not a directory)")


def test_an_edition_without_its_page_is_named(page: bytes, tmp_path: Path) -> None:
    folder = edition_in(tmp_path, page)
    (folder / "index.html").unlink()
    done = CliRunner().invoke(app, ["pdf", str(folder)])
    assert isinstance(done.exception, EditionError)
    assert "index.html: cannot be read: No such file" in str(done.exception)


@pytest.mark.system
def test_a_page_that_asks_for_something_gets_nothing(page: bytes) -> None:
    pytest.importorskip("weasyprint", reason="apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    asking = page.replace(b"</main>", b'<img src="file:///etc/hostname" alt="x"></main>')
    assert page_pdf(asking).startswith(b"%PDF-")


def test_without_weasyprint_it_is_said_what_to_install(
    page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(EditionError, match=r"daily-security-digest\[pdf\]"):
        page_pdf(page)


def edition_in(out: Path, page: bytes) -> Path:
    """An edition of which only the page matters."""
    folder = out / "2026-04-14"
    folder.mkdir()
    for name in ("edition.json", "email.html", "digest.txt"):
        (folder / name).write_text("{}")
    (folder / "index.html").write_bytes(page)
    return folder


def streams(pdf: bytes) -> list[bytes]:
    """What the compressed streams of a PDF hold."""
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:  # a picture or a font
            continue
    return found
