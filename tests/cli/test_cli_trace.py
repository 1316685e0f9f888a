"""`digest verify`, as it is typed, where an edition's record is damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date as Date
from pathlib import Path

import pytest
from folder_samples import BUNDLE, RENDERED
from typer.testing import CliRunner

from digest.cli.app import app
from digest.folder import write_edition


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ('{"stories": [{}]}', "story 1: damaged record"),
        ('{"stories": [7, {"sentences": 7}]}', "story 1: damaged record"),
        ("{}", "edition: no list of stories"),
        ('{"stories": 7}', "edition: no list of stories"),
        ("[" * 100_000, "cannot be understood"),
    ],
)
def test_a_damaged_record_is_told_and_the_other_editions_too(
    tmp_path: Path, record: str, told: str
) -> None:
    broken = write_edition(tmp_path, RENDERED, replace(BUNDLE, date=Date(2026, 4, 13)))
    good = write_edition(tmp_path, RENDERED, BUNDLE)
    (broken / "edition.json").write_text(record, "utf-8")
    done = CliRunner().invoke(app, ["verify", str(tmp_path), "--json"], catch_exceptions=False)
    assert done.exit_code == 1
    found = json.loads(done.stdout)["editions"]
    assert any(told in line for line in found[str(broken)])
    assert any("edition.json" in line for line in found[str(broken)])
    assert found[str(good)] == []
