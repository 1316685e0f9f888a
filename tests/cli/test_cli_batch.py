"""`digest summarise`, as it is typed, over lines that cannot all be used."""

from __future__ import annotations

import json
from pathlib import Path

from commands import digest

TEXT = "The strait reopened on Monday, the pilots' union said. It was \ud800 closed for nine days."


def _set(name: str, document: object) -> str:
    return json.dumps({"id": name, "documents": [document]})


def test_a_line_that_cannot_be_used_is_skipped_and_the_others_are_summarised(
    tmp_path: Path,
) -> None:
    lines = [
        "[" * 100_000,
        _set("half \ud800", {"title": "Strait reopens", "text": TEXT}),
        _set("no object", "Strait reopens"),
        _set("whole", {"title": "Strait \udfff reopens", "text": TEXT}),
    ]
    (tmp_path / "sets.jsonl").write_text("\n".join(lines), "utf-8")
    done = digest(tmp_path, "summarise", "sets.jsonl", "--words", "60", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert "1 sets summarised, 3 lines skipped" in done.stdout
    for number in (1, 2, 3):
        assert f"skipped sets.jsonl:{number}: no set of the form" in done.stderr
    (made,) = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert made["id"] == "whole"
    for sentence in made["sentences"]:
        (citation,) = sentence["citations"]
        span = TEXT[citation["start"] : citation["end"]]
        assert sentence["text"] == span.replace("\ud800", "\ufffd")
    assert made["sentences"]


def test_a_file_without_a_report_is_no_items_file(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_bytes(b"\x89PNG\r\n")
    done = digest(tmp_path, "analyse", "items.jsonl", "-o", "labels.jsonl")
    assert done.returncode == 2
    assert "items.jsonl: no line holds a report" in done.stderr
    assert not (tmp_path / "labels.jsonl").exists()
