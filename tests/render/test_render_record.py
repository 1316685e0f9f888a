from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hostile import hostile, hostile_edition
from sample import DAY, ROOT, full_edition, templates

from digest.model import Edition
from digest.render import render
from digest.render.record import edition_record, record_bytes


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        (ROOT / "docs" / "edition.schema.json").read_text(encoding="utf-8")
    )
    return loaded


def check(edition: Edition, schema: dict[str, Any]) -> None:
    record = json.loads(record_bytes(edition_record(edition)))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
        record
    )


def test_schema_is_a_schema(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_editions_satisfy_the_schema(schema: dict[str, Any]) -> None:
    check(full_edition(), schema)
    check(replace(full_edition(), briefs=(), status="quiet", status_notes=(), feeds=()), schema)
    check(hostile_edition(hostile()["texts"], hostile()["urls"]), schema)


def test_schema_refuses_what_lacks_a_citation(schema: dict[str, Any]) -> None:
    record = edition_record(full_edition())
    record["stories"][0]["sentences"][0]["citations"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)


def test_record_names_every_span() -> None:
    edition = full_edition()
    story = edition_record(edition)["stories"][0]
    reports = {report.item.id: report.item for report in edition.briefs[0].story.reports}
    assert [s["role"] for s in story["sentences"][:3]] == ["headline", "dek", "body"]
    assert [s["paragraph"] for s in story["sentences"]] == [0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5]
    assert story["sentences"][-1]["role"] == "background"
    for sentence in story["sentences"]:
        citation, text = sentence["citations"][0], sentence["text"]
        for edit in reversed(sentence["edits"]):
            text = text[: edit["start"]] + edit["was"] + text[edit["end"] :]
        item = reports[citation["item"]]
        whole = item.title if citation["part"] == "title" else item.text
        assert whole[citation["start"] : citation["end"]] == text
    assert story["items"][0] == "0100"
    assert story["dek"] == edition.briefs[0].dek.text  # type: ignore[union-attr]
    assert story["figures"][0]["values"][1]["high"] is None


def test_record_is_the_same_bytes_each_time() -> None:
    made = render(full_edition(), templates()).json
    assert made == record_bytes(edition_record(full_edition()))
    assert made.endswith(b"}\n")
    assert json.loads(made)["date"] == DAY.isoformat()
    assert "صوت الميناء".encode() in made


def test_a_lone_surrogate_is_escaped() -> None:
    made = record_bytes({"title": "\ud800 x"})
    assert json.loads(made.decode("utf-8")) == {"title": "\ud800 x"}
