"""Tracing: whatever is changed in a record, or in what it cites, is found."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from newsroom import (
    items,
    record,
    report,
    story,
    strait,
    written,
)

from digest.write.cite import sha256
from digest.write.verify import problems

BRIEF = written(strait())


ITEMS = items(BRIEF)


RECORD = record(BRIEF)


SPANS = sorted(
    {
        (c["item"], c["part"], c["start"], c["end"])
        for s in RECORD["stories"][0]["sentences"]
        for c in s["citations"]
    }
)


@given(st.data())
def test_one_character_changed_in_a_span_is_found(data: st.DataObject) -> None:
    name, part, start, end = data.draw(st.sampled_from(SPANS))
    at = data.draw(st.integers(start, end - 1))
    changed = []
    for item in ITEMS:
        if item.id == name:
            old = getattr(item, part)
            new = data.draw(st.characters(codec="utf-8"))
            assume(new != old[at])
            item = replace(item, **{part: old[:at] + new + old[at + 1 :]})
        changed.append(item)
    found = problems(RECORD, changed)
    assert any("does not match its hash" in p for p in found)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every string and number of the record that tracing answers for."""
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in leaves(v, (*path, k))]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in leaves(v, (*path, i))]
    free = {"id", "at", "vague", "state", "kind", "role", "name", "outlet", "speaker"}
    return [] if path[-1] in free or "origins" in path or "changes" in path else [path]


LEAVES = leaves(RECORD)


@given(st.data())
def test_one_character_changed_in_the_record_is_found(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(LEAVES))
    damaged = copy.deepcopy(RECORD)
    place = damaged
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    if isinstance(old, str):
        if not old:
            return
        at = data.draw(st.integers(0, len(old) - 1))
        new = data.draw(
            st.characters(codec="utf-8", min_codepoint=33).filter(lambda c: c != old[at])
        )
        place[path[-1]] = old[:at] + new + old[at + 1 :]
    elif old is None:
        place[path[-1]] = 1
    else:
        place[path[-1]] = old + data.draw(st.sampled_from([-1, 1]))
    assert problems(damaged, ITEMS), path


def test_what_tracing_refuses() -> None:
    def damaged(change: Any) -> list[str]:
        r = copy.deepcopy(RECORD)
        change(r["stories"][0])
        return problems(r, ITEMS)

    def rehashed(s: dict[str, Any]) -> None:
        c = s["sentences"][0]["citations"][0]
        c["sha256"] = sha256("Strait")

    def other_words(s: dict[str, Any]) -> None:
        s["sentences"][2]["text"] += " More."

    def invented_edit(s: dict[str, Any]) -> None:
        sentence = s["sentences"][2]
        sentence["text"] = "Never: " + sentence["text"]
        for e in sentence["edits"]:
            e["start"] += 7
            e["end"] += 7
        sentence["edits"].insert(0, {"kind": "trim", "start": 0, "end": 7, "was": ""})

    def foreign_speaker(s: dict[str, Any]) -> None:
        s["quotes"][0]["speaker"] = "Jon Olt"

    def no_headline(s: dict[str, Any]) -> None:
        s["headline"] = ""

    def lost_item(s: dict[str, Any]) -> None:
        s["items"].append("z9")

    for change, words in [
        (rehashed, "does not match its hash"),
        (other_words, "is not the cited span"),
        (invented_edit, "a trim put in"),
        (foreign_speaker, "not named in the report"),
        (no_headline, "headline"),
        (lost_item, "not in the bundle"),
    ]:
        assert any(words in p for p in damaged(change)), words


def test_a_damaged_record_is_a_problem_not_a_crash() -> None:
    assert problems({}, [])
    assert problems({"stories": [None]}, [])
    assert problems({"stories": [{"items": []}]}, [])


@pytest.mark.parametrize(
    ("headline", "title", "outlet", "wrong"),
    [
        ("24 killed in Kesten", "France 24: blast killed many in Kesten", "France 24", "24"),
        ("Iran shells Kesten", "Iran International: Kesten shelled", "Iran International", "iran"),
    ],
)
def test_outlet_names_ground_nothing(headline: str, title: str, outlet: str, wrong: str) -> None:
    brief = written(story([report("a", title, outlet=outlet)]))
    damaged = record(brief)
    s = damaged["stories"][0]
    s["headline"] = s["sentences"][0]["text"] = headline
    assert any("no cited span" in p and wrong in p for p in problems(damaged, items(brief)))
