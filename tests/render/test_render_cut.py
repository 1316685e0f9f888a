"""An edition cut to a reader's sections and regions: fewer stories, the same in all prints."""

from __future__ import annotations

import pytest
from sample import full_edition, templates

from digest.render import render
from digest.render.cut import cut
from digest.render.preflight import problems

WHOLE = full_edition()
SECTIONS = {brief.story.section for brief in WHOLE.briefs}


def _lines(text: bytes) -> str:
    return " ".join(text.decode().split())


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_the_stories_of_a_section_alone_in_every_print(section: str) -> None:
    chosen = cut(WHOLE, (section,), ())
    kept = [brief for brief in WHOLE.briefs if brief.story.section == section]
    assert list(chosen.briefs) == kept
    made = render(chosen, templates())
    assert problems(made) == ()
    others = [b.title for b in WHOLE.briefs if b.story.section != section]
    for printed in (made.email, made.text):
        text = _lines(printed)
        assert f"{len(kept)} of {len(WHOLE.briefs)} stories" in text
        assert not [title for title in others if f">{title}<" in text]


def test_regions_and_sections_must_both_fit() -> None:
    places = {place for brief in WHOLE.briefs for place in brief.story.places}
    assert places, "the sample names no place"
    for region in ("europe", "middle-east", "africa"):
        for brief in cut(WHOLE, (), (region,)).briefs:
            assert brief.story.places
    assert cut(WHOLE, ("cyber",), ("oceania",)).briefs == ()


@pytest.mark.parametrize(
    ("sections", "regions"),
    [((), ()), (("no-such-section",), ("atlantis",)), (tuple(SECTIONS | {"health"}), ())],
)
def test_all_or_unknown_choices_are_the_whole_edition(
    sections: tuple[str, ...], regions: tuple[str, ...]
) -> None:
    ids = {one.id for one in WHOLE.editorial.sections}
    wanted = sections if len(sections) < 3 else tuple(ids)
    assert cut(WHOLE, wanted, regions) is WHOLE


def test_a_day_without_one_says_so_and_names_the_lead() -> None:
    nothing = cut(WHOLE, (), ("oceania",))
    assert nothing.briefs == ()
    made = render(nothing, templates())
    assert problems(made) == ()
    for printed in (made.email, made.text):
        text = _lines(printed)
        assert f"none of today’s {len(WHOLE.briefs)} stories" in text
        assert "Oceania" in text
