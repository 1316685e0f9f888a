"""An edition cut to a reader's sections and regions: fewer stories, the same in all prints."""

from __future__ import annotations

import pytest
from sample import full_edition, templates

from digest.analyse.places import country_codes
from digest.regions import REGIONS, touches
from digest.render import render
from digest.render.cut import cut
from digest.render.preflight import problems
from digest.render.worldmap import codes_of

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


@pytest.mark.parametrize(
    ("region", "countries"),
    [
        ("africa", {"Kenya"}),
        ("americas", {"United States", "Chile"}),
        ("asia", {"Japan"}),
        ("europe", {"Norway", "Ukraine", "Poland"}),
        ("middle-east", {"Israel", "Lebanon", "Syria", "Iran"}),
    ],
)
def test_the_stories_of_a_region_alone(region: str, countries: set[str]) -> None:
    kept = [brief for brief in WHOLE.briefs if countries & {*brief.story.places}]
    assert {place for brief in kept for place in brief.story.places} == countries
    assert list(cut(WHOLE, (), (region,)).briefs) == kept


def test_each_country_that_analysis_knows_lies_in_a_region() -> None:
    lost = [name for name in country_codes().values() if not touches(codes_of([name]), REGIONS)]
    assert lost == []


def test_regions_and_sections_must_both_fit() -> None:
    both = cut(WHOLE, ("conflict",), ("middle-east",)).briefs
    assert both
    for brief in both:
        assert brief.story.section == "conflict"
        assert brief in cut(WHOLE, (), ("middle-east",)).briefs
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
        assert f"Oceania: 0 of {len(WHOLE.briefs)} stories" in text
        assert " · 0" not in text


def test_what_was_chosen_begins_the_running_head() -> None:
    made = render(cut(WHOLE, (), ("middle-east",)), templates())
    for printed in (made.email, made.text):
        assert "The Middle East: " in _lines(printed)
