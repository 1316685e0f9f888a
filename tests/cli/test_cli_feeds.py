"""`digest feeds …`: the settings file is extended in place and never broken."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest import resources
from digest.cli import feeds
from digest.cli.app import app
from digest.errors import InputError, SettingsError, UsageError
from digest.resources import resource
from digest.settings import load_settings

SETTINGS = """\
edition: {title: The Marrow Morning}
feeds:
  # the paper of record
  - name: Odra Courier
    url: https://odra.example/feed.xml

# a note at the end
fetch: {timeout: 9}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(SETTINGS, "utf-8")
    return path


def _run(*args: str | Path) -> str:
    done = CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_list_as_table_and_as_json(file: Path) -> None:
    assert "Odra Courier" in _run("feeds", "list", "--feeds", file)
    listed = json.loads(_run("feeds", "list", "--json", "--feeds", file))
    assert [feed["url"] for feed in listed] == ["https://odra.example/feed.xml"]


def test_add_keeps_comments_and_order(file: Path) -> None:
    _run(
        "feeds", "add", "https://selwyn.example/rss", "--name", "Port Selwyn: Daily",
        "--language", "en", "--country", "GB", "--kind", "newspaper", "--feeds", file,
    )  # fmt: skip
    text = file.read_text("utf-8")
    assert text.index("paper of record") < text.index("Port Selwyn") < text.index("a note at")
    settings = load_settings(file, {})
    assert [feed.name for feed in settings.feeds] == ["Odra Courier", "Port Selwyn: Daily"]
    assert settings.fetch.timeout == 9
    assert settings.editorial.title == "The Marrow Morning"


def test_who_adds_at_once_adds_all(file: Path) -> None:
    def add(number: int) -> None:
        feeds._append(file, [{"name": f"N{number}", "url": f"https://n{number}.example/feed"}])

    before = len(load_settings(file, {}).feeds)
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(add, range(8)))
    assert len(load_settings(file, {}).feeds) == before + 8


def test_a_wrong_addition_leaves_the_file_as_it_was(file: Path) -> None:
    with pytest.raises(SettingsError):
        _run("feeds", "add", "https://odra.example/feed.xml", "--name", "Twice", "--feeds", file)
    with pytest.raises(SettingsError):
        _run("feeds", "add", "ftp://x.example/", "--name", "X", "--feeds", file)
    assert file.read_text("utf-8") == SETTINGS
    assert [path.name for path in file.parent.iterdir()] == ["feeds.yaml"]


def test_a_disk_that_may_only_be_read_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, *_: object, **__: object) -> None:
        # Linux refuses to delete there even what is not there: EROFS, not ENOENT.
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "write_text", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(UsageError, match=r"feeds\.yaml: cannot be written \(Read-only file system"):
        _run("feeds", "add", "https://x.example/", "--name", "X", "--feeds", file)


def test_the_programs_own_file_is_never_extended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, here = tmp_path / "installed", tmp_path / "here"
    for name in ("feeds.yaml", "docs/feeds.schema.json"):
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        (installed / name).write_bytes(resource(name).read_bytes())
    monkeypatch.setattr(resources, "_PACKAGE", installed)
    here.mkdir()
    monkeypatch.chdir(here)
    before = (installed / "feeds.yaml").read_bytes()
    _run("feeds", "export", "all.opml")
    for words in (["add", "https://x.example/rss", "--name", "X"], ["import", "all.opml"]):
        with pytest.raises(UsageError, match=r"write one with `digest init`"):
            _run("feeds", *words)
    assert (installed / "feeds.yaml").read_bytes() == before
    _run("init")
    _run("feeds", "add", "https://x.example/rss", "--name", "X")
    assert "x.example" in (here / "feeds.yaml").read_text("utf-8")


def test_opml_goes_out_and_comes_back(file: Path, tmp_path: Path) -> None:
    opml = tmp_path / "out.opml"
    _run("feeds", "export", opml, "--feeds", file)
    other = tmp_path / "other.yaml"
    other.write_text("feeds:\n- {name: Own, url: 'https://own.example/rss'}\n", "utf-8")
    assert "1 of 1 feeds added" in _run("feeds", "import", opml, "--feeds", other)
    assert [feed.name for feed in load_settings(other, {}).feeds] == ["Own", "Odra Courier"]
    assert "0 of 1 feeds added" in _run("feeds", "import", opml, "--feeds", other)
    with pytest.raises(UsageError, match="settings file itself"):
        _run("feeds", "export", other, "--feeds", other)


def test_an_outline_that_cannot_be_used_costs_no_other(file: Path, tmp_path: Path) -> None:
    opml = tmp_path / "a.opml"
    outlines = {
        "https://good.example/rss": "Good",
        "https://ada:secret@paper.example/rss?k=secret": "Private",
        "https://long.example/rss": "A name that goes on " * 6,
        f"https://far.example/{'x' * 2000}": "Far",
    }
    body = "".join(f'<outline text="{name}" xmlUrl="{url}"/>' for url, name in outlines.items())
    opml.write_text(f'<opml version="2.0"><body>{body}</body></opml>', "utf-8")
    told = _run("feeds", "import", opml, "--feeds", file)
    assert "skipped Private (https://paper.example/rss): holds a user name or password\n" in told
    assert "skipped Far (https://far.example/xxx" in told
    assert "secret" not in told
    assert "2 of 4 feeds added" in told
    names = [feed.name for feed in load_settings(file, {}).feeds]
    assert names == ["Odra Courier", "Good", ("A name that goes on " * 4).strip()]


def test_a_mistake_is_told_of_the_file_that_it_was_to_stand_in(file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _run("feeds", "add", "https://x.example/", "--name", "X" * 81, "--feeds", file)
    assert str(caught.value).startswith(f"{file}:6: feeds[1].name: ")
    assert caught.value.file == file


def test_a_file_that_is_elsewhere_is_extended_there_and_keeps_its_mode(
    file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "etc" / "digest.yaml"
    link.parent.mkdir()
    (link.parent / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    file.write_text(SETTINGS.replace("{title:", "{logo: logo.png, title:"), "utf-8")
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 1234)
    owner = file.stat().st_uid
    link.symlink_to(file)
    _run("feeds", "add", "https://x.example/rss", "--name", "X", "--feeds", link)
    assert link.is_symlink()
    assert [feed.name for feed in load_settings(link, {}).feeds] == ["Odra Courier", "X"]
    assert (file.stat().st_mode & 0o777, file.stat().st_uid) == (0o640, owner)
    assert sorted(path.name for path in tmp_path.rglob(".*")) == []


def test_a_broken_opml_file_is_named(file: Path, tmp_path: Path) -> None:
    opml = tmp_path / "broken.opml"
    opml.write_text("<opml><body>", "utf-8")
    with pytest.raises(InputError, match=r"broken\.opml"):
        _run("feeds", "import", opml, "--feeds", file)
