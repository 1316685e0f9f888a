"""Killed at any moment: every batch is wholly there or not at all, and the next run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from killed_savers import ITEMS

BATCHES = 70
ROUNDS = 24


@pytest.mark.system
def test_a_killed_saver_loses_and_doubles_nothing(url: str) -> None:
    script = Path(__file__).with_name("killed_savers.py")
    run = subprocess.run(
        [sys.executable, "-W", "error", script, url, str(BATCHES), str(ROUNDS), "20260414"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.stderr == ""
    rounds = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(rounds) == ROUNDS + 1
    before = 0
    for left in rounds:
        stored = len(left["items"])
        assert left["damage"] == []
        assert left["doubles"] == 0
        assert left["items"] == {str(number): ITEMS for number in range(stored)}
        # Feed states are there with their items, never without, and in the same version.
        assert set(left["feeds"]) == ({*left["items"], "all"} if stored else set())
        assert left["last"] == ([str(stored - 1)] if stored else [])
        assert left["last_etag"] == (str(stored - 1) if stored else None)
        # What was told as saved is there; at most one more was saved and could not be told.
        assert 0 <= stored - before - left["told"] <= 1
        before = stored
    assert not rounds[-1]["killed"]
    assert len(rounds[-1]["items"]) == BATCHES
    # Else the test would have shown nothing: many were killed with work done and work to do.
    midway = [left for left in rounds if left["killed"] and 0 < len(left["items"]) < BATCHES]
    assert len(midway) >= 8
    assert len({len(left["items"]) for left in midway}) >= 5
