"""The days that benches measure on: the same for the same arguments, and of a real day's kinds."""

from __future__ import annotations

from collections import Counter

from bench.day import items


def test_a_generated_day_is_the_same_for_the_same_arguments() -> None:
    assert items(300) == items(300)
    assert items(300) != items(300, seed=5)
    assert len({item.id for item in items(300)}) == 300


def test_it_has_bursts_copies_and_languages() -> None:
    day = items(2_000)
    sizes = Counter(item.id.split("-")[0] for item in day).values()
    assert 0.4 < sum(size == 1 for size in sizes) / len(day) < 0.7
    assert max(sizes) >= 20
    copies = Counter(item.text for item in day if item.text)
    assert sum(count for count in copies.values() if count > 1) > 20
    assert {item.lang for item in day} == {"en", "de", "es", "fr", "ru"}
    assert not any("{" in item.title + item.text for item in day)
