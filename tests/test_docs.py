"""The docs are held to the program: commands, options and settings are told, examples run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from digest.cli.app import app
from digest.demo import serve_sample_day
from digest.resources import resource

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TOLD = "\n".join(page.read_text("utf-8") for page in PAGES)
ELSEWHERE = {"run", "serve"}
"""Commands that go on until they are stopped: their own tests run them."""


def _commands(
    command: object, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    inner = getattr(command, "commands", {})
    if not inner:
        yield path, command
    for name, child in inner.items():
        yield from _commands(child, (*path, name))


COMMANDS = dict(_commands(typer.main.get_command(app)))


def _options(command: object) -> set[str]:
    return {opt for parameter in getattr(command, "params", []) for opt in parameter.opts}


def _examples() -> list[tuple[str, list[str]]]:
    """(page, words after `digest`) of each example line in a shell block."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0].rsplit("/")[-1] == "digest":
                    found.append((page.name, words[1:]))
    return found


EXAMPLES = _examples()


def _command_of(words: list[str]) -> tuple[str, ...]:
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    raise AssertionError(f"no such command: digest {' '.join(words)}")


@pytest.mark.parametrize("path", list(COMMANDS), ids=" ".join)
def test_every_command_and_option_is_told(path: tuple[str, ...]) -> None:
    name = f"digest {' '.join(path)}"
    command_told = name in TOLD or f"`{path[-1]}`" in TOLD
    assert command_told, f"{name} is not documented"
    for parameter in getattr(COMMANDS[path], "params", []):
        forms = [opt for opt in parameter.opts if opt.startswith("-")]
        told = not forms or any(re.search(rf"(?<![\w-]){form}\b", TOLD) for form in forms)
        assert told, f"{name} {forms} is not documented"


def test_every_setting_is_told() -> None:
    schema = json.loads((ROOT / "docs" / "feeds.schema.json").read_text("utf-8"))
    feeds_page = (ROOT / "docs" / "feeds.md").read_text("utf-8")

    def keys(node: dict[str, object]) -> Iterator[str]:
        properties = node.get("properties", {})
        assert isinstance(properties, dict)
        for key, inner in properties.items():
            yield key
            yield from keys(inner)
            if isinstance(inner.get("items"), dict):
                yield from keys(inner["items"])

    missing = [
        key for key in keys(schema) if f"`{key}`" not in feeds_page and f"{key}:" not in feeds_page
    ]
    assert not missing


def test_every_variable_is_told() -> None:
    """Each DIGEST_… that the program names, in whatever way, stands in a table or an example."""
    named: set[str] = set()
    for file in (ROOT / "digest").rglob("*.py"):
        named |= set(re.findall(r"\bDIGEST_[A-Z_]*[A-Z]\b", file.read_text("utf-8")))
    assert len(named) > 10
    assert [
        name for name in sorted(named) if f"`{name}`" not in TOLD and f"{name}=" not in TOLD
    ] == []


@pytest.mark.parametrize(
    ("page", "words"), EXAMPLES, ids=lambda v: " ".join(v) if isinstance(v, list) else v
)
def test_every_example_names_real_options(page: str, words: list[str]) -> None:
    path = _command_of(words)
    used = {word.split("=")[0] for word in words if word.startswith("-")}
    assert used <= _options(COMMANDS[path]) | {"--help"}, f"{page}: digest {' '.join(words)}"


@pytest.mark.system
def test_every_example_runs(tmp_path: Path) -> None:
    """In the order of the pages, over the sample day served locally instead of the network."""
    report = {
        "id": "p1",
        "url": "https://harbour-times.example/strait",
        "source": "Harbour Times",
        "title": "Missile strike kills nine at Port Selwyn",
        "text": "A missile strike killed nine people at Port Selwyn on Monday, police said.",
        "date": "2026-04-13T18:40:00Z",
    }
    for name in ("reports.jsonl", "monday.jsonl", "tuesday.jsonl"):
        line = json.dumps(report | {"id": name, "url": report["url"] + name})
        (tmp_path / name).write_text(line + "\n", "utf-8")
    documents = [{"title": report["title"], "text": report["text"]}]
    (tmp_path / "sets.jsonl").write_text(json.dumps({"id": "1", "documents": documents}) + "\n")
    with serve_sample_day(resource("examples/sample-day")) as sample:
        for name in ("feeds.yaml", "desk.yaml"):
            (tmp_path / name).write_text(Path(sample.feeds_file).read_text("utf-8"), "utf-8")
        env = {**os.environ, "OMP_NUM_THREADS": "1", "DIGEST_KEYS": str(tmp_path / "keys")}
        for page, words in EXAMPLES:
            if words[0] in ELSEWHERE:
                continue
            given = [word.replace("/srv/digest", "elsewhere") for word in words]
            if given[0] == "build" and "--date" not in given:
                given += ["--now", sample.now.isoformat()]
            done = subprocess.run(
                [sys.executable, "-m", "digest", *given],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            said = f"{page}: digest {' '.join(given)}\n{done.stdout}{done.stderr}"
            assert done.returncode == 0, said
