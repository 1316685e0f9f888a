"""Readers' choices, pauses and data, by page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import (
    COMMENTED,
    EDITORIAL,
    READER,
    BrowserForm,
    House,
    everything,
    open_house,
    own_page,
    token,
)

from digest.delivery import Consent, Subscriber
from digest.readers.service import ReaderService
from digest.web.forms import FormTime


def test_preferences(house: House) -> None:
    house.become_reader()
    old = f"/unsubscribe/{token(house, 'unsubscribe')}"
    path = own_page(house)
    shown = house.ask(path).text
    assert READER in shown
    assert "a day’s edition may come on the morning before or after" in shown
    assert '<option value="Asia/Tokyo" selected>' in shown
    fields = {
        "choices": "1",
        "section": [s.id for s in EDITORIAL.sections],
        "region": ["europe"],
        "day": ["sun"],
        "hour": "22",
        "zone": "america/new york",
        "format": "html",
        "pause": "keep",
    }
    saved = house.post(path, fields)
    assert saved.status == 200
    assert "Saved." in saved.text
    reader = house.reader()
    assert (reader.sections, reader.days, reader.hour) == ((), 0b1000000, 22)
    assert (reader.zone, reader.format) == ("America/New_York", "html")
    assert reader.regions == ("europe",)
    assert house.post(path, fields | {"hour": "99"}).status == 422
    assert house.post(path, fields | {"pause": "for ever"}).status == 422
    assert house.reader() == reader
    assert house.ask(old).status == 200  # the links of yesterday's letter go on to count


@pytest.mark.parametrize(("zone", "language"), [("US/Eastern", "nl"), ("America/New_York", "en")])
def test_a_change_of_one_choice_changes_that_one(zone: str, language: str, house: House) -> None:
    consent = Consent(house.clock(), "imported")
    wanted = Subscriber(READER, READER, "active", zone=zone, language=language, consent=consent)
    before = house.readers.subscribe(wanted, house.clock())
    path = own_page(house)
    form = BrowserForm(house.ask(path).text).fields
    assert house.post(path, form | {"format": ["text"]}).status == 200
    assert house.reader() == replace(before, format="text")
    other = {"zone": ["UTC"], "language": ["fr"]}
    assert house.post(path, form | other).status == 200
    assert (house.reader().zone, house.reader().language) == ("UTC", "fr")


@pytest.mark.parametrize(("language", "letters"), [("it", "en"), ("de-AT", "de")])
def test_who_changes_nothing_in_the_form_gets_the_lists_usual(
    language: str, letters: str, tmp_path: Path
) -> None:
    editorial = replace(EDITORIAL, language=language, zone="CET")
    with open_house(tmp_path, editorial=editorial) as far:
        form = BrowserForm(far.ask("/subscribe").text).fields
        far.clock.pass_by(seconds=3)
        assert far.post("/subscribe", form | {"address": [READER]}).status == 303
        assert (far.reader().zone, far.reader().language) == ("CET", letters)
        assert ("Confirm:" in far.letter().headers["subject"]) == (letters == "en")
        again = BrowserForm(far.sign_up("nobody").text).fields  # with what was chosen
        assert again["zone"] == ["Asia/Tokyo"]
        assert '<option value="CET">' in far.sign_up("nobody").text


def test_breaking_news_only_for_who_ticks_it(house: House, tmp_path: Path) -> None:
    assert 'name="breaking"' not in house.ask("/subscribe").text
    (tmp_path / "telling").mkdir()
    with open_house(tmp_path / "telling", editorial=COMMENTED) as telling:
        assert "2 letters a day at most" in telling.ask("/subscribe").text
        reader = telling.become_reader()
        assert not reader.breaking
        made = telling.desk.service.tokens.make(
            "preferences", reader.id, reader.nonce, telling.clock()
        )
        path = f"/preferences/{made}"
        fields = {"choices": "1", "day": "mon", "breaking": "1", "pause": "keep"}
        saved = telling.post(path, fields)
        assert saved.status == 200
        assert 'name="breaking" value="1" checked' in saved.text
        assert telling.reader().breaking
        assert json.loads(telling.ask(f"{path}/data.json").body)["breaking"] is True
        telling.post(path, {"choices": "1", "day": "mon", "pause": "keep"})
        assert not telling.reader().breaking


def test_who_is_erased_while_they_choose_is_told_that_the_link_is_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.become_reader()
    path = own_page(house)

    def overtaken(service: ReaderService, reader: Subscriber, *_: object) -> bool:
        service.erase(reader, house.clock())
        return False

    monkeypatch.setattr(ReaderService, "choose", overtaken)
    assert house.post(path, {"pause": "keep"}).status == 410


def test_pausing(house: House) -> None:
    house.become_reader()
    path = own_page(house)
    assert "Paused until" in house.post(path, {"pause": "2w"}).text
    reader = house.reader()
    assert reader.state == "paused"
    assert reader.paused_until == house.clock() + timedelta(weeks=2)
    assert reader.sections == ("conflict", "cyber")  # a form without the boxes keeps them
    house.post(path, {"pause": "open"})
    assert house.reader().paused_until is None
    house.post(path, {"pause": "end"})
    assert house.reader().state == "active"


def test_a_pause_is_told_by_the_readers_calendar_while_it_lasts(house: House) -> None:
    reader = house.become_reader()  # in Tokyo, where the day is over at 15:00 in Greenwich
    until = datetime(2026, 4, 30, 15, tzinfo=UTC)
    house.desk.service.pause(reader, until, house.clock())
    path = own_page(house)
    shown = house.ask(path).text
    assert "Paused until Friday, 1 May 2026." in shown
    assert '<option value="end">' in shown
    house.clock.now = until - timedelta(seconds=1)
    assert "Paused until" in house.ask(path).text
    house.clock.now = until
    shown = house.ask(path).text
    assert "Paused until" not in shown
    assert '<option value="end">' not in shown


def test_the_lost_link_is_mailed_to_readers_alone(house: House) -> None:
    house.become_reader()
    house.forget_limits()  # the next day
    answers = []
    for address in (READER, "stranger@inbox.example"):
        fields = {"made": house.made("/preferences"), "address": address, "website": ""}
        answers.append(house.post("/preferences", fields))
    assert [a.status for a in answers] == [303, 303]
    assert answers[0].body == answers[1].body
    letters = house.letters()
    assert [str(letter["To"]) for letter in letters] == [READER]
    assert "/preferences/" in letters[0].get_content()


def test_an_old_form_with_a_wrong_address_is_mended_in_one_go(house: House) -> None:
    old = FormTime(str(house.mail.secret)).make(house.clock() - timedelta(days=2))
    first = house.post("/preferences", {"made": old, "address": "reader", "website": ""})
    assert first.status == 422
    again = re.search(r'name="made" value="([^"]+)"', first.text)
    assert again
    house.clock.pass_by(seconds=5)
    fields = {"made": again[1], "address": READER, "website": ""}
    assert house.post("/preferences", fields).status == 303


def test_data_and_erasure(house: House) -> None:
    house.become_reader()
    path = own_page(house)
    got = house.ask(f"{path}/data.json")
    assert got.headers["content-type"] == "application/json"
    assert "attachment" in got.headers["content-disposition"]
    record = json.loads(got.body)
    assert record["address"] == READER
    assert record["consent_how"] == "page"
    assert record["deliveries"] == []
    assert house.post(f"{path}/erase", {}).status == 422
    assert house.reader().state == "active"
    assert house.post(f"{path}/erase", {"sure": "yes"}).status == 200
    assert house.readers.find(READER) is None
    assert READER not in repr(everything(house))
    assert house.readers.is_suppressed(house.desk.service.tokens.address_hash(READER))
    assert house.ask(path).status == 410
    house.forget_limits()  # the next day
    house.sign_up()
    assert house.letters() == []  # only the reader's own letter brings them back
