"""`digest explain` over the sample day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.app import app
from digest.errors import EditionError, UsageError

RUN = CliRunner()


@pytest.fixture
def out(demo_edition: Path) -> Path:
    return demo_edition.parent


def test_a_story_is_explained_for_people_and_for_scripts(out: Path) -> None:
    said = RUN.invoke(app, ["explain", "2026-03-17", "1", "--out", str(out)])
    assert said.exit_code == 0, said.output
    for part in ("Reports, most central first", "Independent origins", "What joins them"):
        assert part in said.output
    told = json.loads(
        RUN.invoke(app, ["explain", "2026-03-17", "1", "--out", str(out), "--json"]).output
    )
    record = json.loads((out / "2026-03-17" / "edition.json").read_bytes())
    story = record["stories"][0]
    assert told["items"] == story["items"]
    assert told["reasons"] == story["reasons"]
    ids = set(story["items"])
    assert all({link["a"], link["b"]} <= ids for link in told["links"])
    assert len(told["links"]) == len(ids) * (len(ids) - 1) // 2
    likely = [link["likely"] for link in told["links"]]
    assert likely == sorted(likely, reverse=True)
    assert likely[0] > 0.9
    by_thread = RUN.invoke(
        app, ["explain", "2026-03-17", story["thread"], "--out", str(out), "--json"]
    )
    assert json.loads(by_thread.output) == told


def test_a_story_or_date_that_is_not_there(out: Path) -> None:
    none = RUN.invoke(app, ["explain", "2026-03-17", "99", "--out", str(out)])
    assert isinstance(none.exception, UsageError)
    assert "give a number from 1 to" in str(none.exception)
    early = RUN.invoke(app, ["explain", "2026-03-16", "1", "--out", str(out)])
    assert isinstance(early.exception, EditionError)


@pytest.mark.parametrize("words", [["explain", "2026-13-01", "1"], ["approve", "2026-13-01"]])
def test_a_date_that_is_none_is_told_without_an_option_that_there_is_not(words: list[str]) -> None:
    error = RUN.invoke(app, words).exception
    assert isinstance(error, UsageError)
    assert str(error) == "'2026-13-01' is no date; write it like 2026-04-14"
