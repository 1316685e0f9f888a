"""The whole way: a form filled in, confirmed, an edition mailed, and the links of the letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from house import DAY, Clock, House, open_house
from sample import full_edition

from digest.folder import Bundle, write_edition
from digest.mailroom import Mailroom, Orders
from digest.model import Brief, Edition
from digest.regions import touches
from digest.render import render
from digest.render.worldmap import codes_of
from digest.resources import templates

SITE = "https://digest.harbour.example"
SECTIONS = ("conflict", "terrorism", "diplomacy", "cyber", "unrest", "crime", "disaster", "health")
REGIONS = ("africa", "americas", "asia", "europe", "middle-east", "oceania")
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Choice:
    sections: Sequence[str] = SECTIONS
    regions: Sequence[str] = REGIONS
    days: Sequence[str] = EVERY_DAY
    format: str = "html"

    def holds(self, brief: Brief) -> bool:
        everywhere = len(self.regions) == len(REGIONS)
        near = everywhere or touches(codes_of(brief.story.places), self.regions)
        return brief.story.section in self.sections and near


CHOICES = {
    "all": Choice(),
    "weekly": Choice(days=["tue"]),  # the edition's day
    "sundays": Choice(days=["sun"]),
    "cyber": Choice(sections=["cyber"]),
    "europe": Choice(regions=["europe"]),
    "placed": Choice(sections=["conflict", "cyber"], regions=REGIONS[:5]),
    "both": Choice(sections=["conflict", "diplomacy"], regions=["europe", "middle-east"]),
    "plain": Choice(sections=["conflict"], format="text"),
    "nothing": Choice(regions=["oceania"]),
}
EXPECTED = {*CHOICES} - {"sundays"}


@dataclass(frozen=True)
class Mailed:
    house: House
    edition: Edition
    letters: dict[str, EmailMessage]


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailed]:
    """Readers by the form, and the edition of the day in their mailboxes."""
    editorial = replace(full_edition().editorial, site_url=SITE, comments=True)
    edition = replace(full_edition(editorial), date=DAY, number=1)
    briefs = [nowhere(one) if one.story.section == "cyber" else one for one in edition.briefs]
    edition = replace(edition, briefs=tuple(briefs))
    folder = tmp_path_factory.mktemp("home")
    clock = Clock(datetime(2026, 4, 13, 9, tzinfo=UTC))
    with open_house(folder, editorial=editorial, clock=clock) as house:
        for name, choice in CHOICES.items():
            _sign_up(house, name, choice)
        house.clock.now = datetime(2026, 4, 14, 6, tzinfo=UTC)
        write(house, edition)
        Mailroom(house.mail, house.store).send(
            house.out / DAY.isoformat(), Orders(), clock=house.clock, sleep=lambda seconds: None
        )
        letters = {str(one["To"]).partition("@")[0]: one for one in house.letters()}
        yield Mailed(house, edition, letters)


def nowhere(brief: Brief) -> Brief:
    return replace(brief, story=replace(brief.story, places=()))


def _sign_up(house: House, name: str, choice: Choice) -> None:
    fields: dict[str, Any] = {
        "section": choice.sections,
        "region": choice.regions,
        "day": choice.days,
        "format": choice.format,
        "zone": "Europe/Berlin",
        "hour": "6",
    }
    assert house.sign_up(f"{name}@inbox.example", **fields).status == 303
    assert house.post(house.letter().link("confirm")).status == 200
    house.letters()


def write(house: House, edition: Edition) -> None:
    """On disk and in the store, as a build leaves it."""
    rendered = render(edition, templates())
    bundle = Bundle(
        edition.date, edition.number, edition.generated_at, edition.program, edition.editorial,
        feeds=(), items=(), outside_window=0, dropped=(), health=(), earlier=(), recent=(),
    )  # fmt: skip
    write_edition(house.out, rendered, bundle, edition)
    house.store.save_edition(edition, rendered.json)


def bodies(letter: EmailMessage) -> list[str]:
    """The text of each part, the HTML's without its tags."""
    parts = [p for p in letter.walk() if p.get_content_maintype() == "text"]
    texts = [
        re.sub(r"<style.*?</style>|<[^>]+>", " ", str(p.get_content()), flags=re.S) for p in parts
    ]
    return [" ".join(unescape(text).split()) for text in texts]


def own_links(letter: EmailMessage) -> list[str]:
    """The paths on our own pages that its plain text names."""
    part = letter.get_body(("plain",))
    assert part
    return re.findall(rf"{SITE}(/\S+)", str(part.get_content()))


def test_who_chose_the_day_gets_the_letter(mailed: Mailed) -> None:
    assert {*mailed.letters} == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_letter_holds_what_was_chosen(name: str, mailed: Mailed) -> None:
    choice, letter, briefs = CHOICES[name], mailed.letters[name], mailed.edition.briefs
    kept = [brief.title for brief in briefs if choice.holds(brief)]
    others = [brief.title for brief in briefs if not choice.holds(brief)]
    assert (len(kept) == 0) == (name == "nothing")
    texts = bodies(letter)
    assert len(texts) == (1 if choice.format == "text" else 2)
    for text in texts:
        told = re.sub("leads with “.*?”", "", text)
        assert [title for title in kept if title not in told] == []
        assert [title for title in others if title in told] == []
        assert re.search(rf"\b{len(kept)} (?:of {len(briefs)} )?stor|\b1 story of", told)
    written = [texts[0].find(f"{title} [") for title in kept]
    assert written == sorted(written), "in the edition's order"
    subject = str(letter["Subject"])
    assert subject == (kept[0] if kept else f"{mailed.edition.editorial.title}, {DAY}")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_link_of_the_letter_opens_and_is_the_readers_own(name: str, mailed: Mailed) -> None:
    house, letter = mailed.house, mailed.letters[name]
    paths = own_links(letter)
    for path in paths:
        assert house.ask(path).status == 200, path
    comments = [path for path in paths if path.startswith("/comment/")]
    assert len(comments) == sum(map(CHOICES[name].holds, mailed.edition.briefs))
    (choosing,) = [path for path in paths if path.startswith("/preferences/")]
    shown = house.ask(choosing).text
    assert f"{name}@inbox.example" in shown
    ticked = re.findall(r'name="(?:section|region)" value="([a-z-]+)" checked', shown)
    assert ticked == [*CHOICES[name].sections, *CHOICES[name].regions]


def test_the_form_tells_that_a_story_of_no_place_lies_in_no_region(mailed: Mailed) -> None:
    placeless = [brief for brief in mailed.edition.briefs if not brief.story.places]
    assert placeless
    assert all(CHOICES["cyber"].holds(brief) for brief in placeless)
    assert not any(CHOICES["placed"].holds(brief) for brief in placeless)
    told = "Only with all of them ticked also those of no certain place."
    assert told in mailed.house.ask("/subscribe").text


def test_one_click_leaves_for_its_reader_alone(mailed: Mailed) -> None:
    house = mailed.house
    header = str(mailed.letters["europe"]["List-Unsubscribe"])
    found = re.search(rf"<{SITE}(/\S+?)>", header)
    assert found
    assert house.post(found[1], {"List-Unsubscribe": "One-Click"}).status == 200
    states = {name: house.reader(f"{name}@inbox.example").state for name in CHOICES}
    assert [name for name, state in states.items() if state != "active"] == ["europe"]
