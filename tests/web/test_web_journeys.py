"""A reader's whole way: from a page or a letter to the letters that come of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import COMMENTED, DAY, READER, THREAD, BrowserForm, House, open_house, own_page, tell

from digest.delivery import EVERY_DAY, Subscriber
from digest.mornings import morning
from digest.readers.acts import pause_until
from digest.store import open_ledger


def queued(house: House, weekday: int) -> int:
    """How many get the edition of that day of the week."""
    date = DAY + timedelta(days=weekday - DAY.weekday())
    with open_ledger(house.store, date) as ledger:
        return ledger.queue_subscribers(house.clock())


def test_every_day_that_is_offered_brings_a_letter(tmp_path: Path) -> None:
    with open_house(tmp_path, days=("monday", "wednesday")) as house:
        page = house.ask("/subscribe").text
        assert "One letter for each edition, at the hour you choose." in page
        assert "a day, at" not in page
        form = BrowserForm(page).fields
        assert form["day"] == ["mon", "wed"]
        house.clock.pass_by(seconds=3)
        never = form | {"address": [READER], "day": ["sat"]}
        assert "Choose one day at least" in house.post("/subscribe", never).text
        wanted = {"all@inbox.example": ["mon", "wed"], READER: ["wed"]}
        for address, days in wanted.items():
            house.post("/subscribe", form | {"address": [address], "day": days})
            confirming = house.letter().link("confirm")
            told = ", ".join(day.capitalize() for day in days)
            assert f">{told}<" in house.ask(confirming).text
            house.post(confirming)
            assert re.search(rf"Days: +{told}\s*\n", house.letter().text)
        assert house.reader("all@inbox.example").days == EVERY_DAY
        assert house.reader().days == 0b100
        assert [queued(house, weekday) for weekday in (0, 2)] == [1, 2]


def test_whose_days_have_no_edition_any_more_is_asked_for_others(tmp_path: Path) -> None:
    with open_house(tmp_path, days=("monday", "wednesday")) as house:
        wanted = Subscriber(READER, READER, "active", days=0b1100000)
        house.readers.subscribe(wanted, house.clock())
        page = house.ask(own_page(house))
        assert "No edition is made any more on the days that you chose" in page.text
        form = BrowserForm(page.text).fields
        assert "day" not in form
        assert "Choose one day at least" in house.post(own_page(house), form).text
        saved = house.post(own_page(house), form | {"day": ["wed"]})
        assert "No edition is made" not in saved.text
        assert house.reader().days == 0b100


def test_letters_bounced_and_reach_their_reader_again(house: House) -> None:
    before = house.become_reader()
    page = own_page(house)
    house.readers.bounced(before.id, house.clock(), hard=True)
    house.forget_limits()  # some days later
    told = house.ask(page)
    assert "Letters to you came back" in told.text
    assert "reader@inbox.example did not take them" in told.text
    assert "Save" not in told.text  # a form that could keep nothing
    asked = house.post(told.link("return"))
    assert (asked.status, asked.headers["location"]) == (303, "/subscribe/sent")
    assert house.post(house.letter().link("confirm")).status == 200
    after = house.reader()
    assert (after.state, after.sections, after.days) == ("active", before.sections, before.days)
    assert queued(house, 0) == 1
    assert house.ask(own_page(house)).status == 200


@pytest.mark.parametrize("one_click", [False, True])
def test_who_left_gets_their_data_and_is_erased(one_click: bool, house: House) -> None:
    house.become_reader()
    house.forget_limits()  # the next day
    leaving = house.ask(own_page(house)).link("unsubscribe")
    if one_click:
        house.post(leaving, {"List-Unsubscribe": "One-Click"})
        fields = {"made": house.made("/preferences"), "address": READER, "website": ""}
        house.post("/preferences", fields)
    else:
        house.post(leaving, {"leave": "yes"})
    told = house.ask(house.letter().link("preferences"))
    assert "You are unsubscribed" in told.text
    data = house.ask(re.findall(r'href="(/preferences/[^"]+)"', told.text)[0])
    assert json.loads(data.body)["state"] == "unsubscribed"
    erasing = told.link("preferences") + "/erase"
    again = house.post(erasing)
    assert again.status == 422
    assert "You are unsubscribed" in again.text
    assert house.post(erasing, {"sure": "yes"}).status == 200
    assert house.readers.find(READER) is None


def test_a_form_that_needs_another_look_forgets_no_pause(house: House) -> None:
    house.become_reader()
    page = own_page(house)
    form = BrowserForm(house.ask(page).text).fields
    assert form["pause"] == ["keep"]
    none = {name: values for name, values in form.items() if name != "day"}
    again = house.post(page, none | {"pause": ["2w"]})  # no day at all, for two weeks
    assert again.status == 422
    form = BrowserForm(again.text).fields
    assert form["pause"] == ["2w"]
    assert "Paused until" in house.post(page, form).text
    assert house.reader().state == "paused"
    assert queued(house, 0) == 0


def test_who_paused_and_signs_up_again_is_told_why_no_letter_comes(house: House) -> None:
    house.become_reader()
    house.post(own_page(house), {"pause": "open"})
    house.clock.pass_by(days=90)
    house.forget_limits()
    house.sign_up()
    letter = house.letter()
    assert "Its letters are paused; the preferences end that." in letter.text
    house.post(letter.link("preferences"), {"pause": "end"})
    assert queued(house, 0) == 1


def test_who_gets_no_second_letter_so_soon_is_told(tmp_path: Path) -> None:
    with open_house(tmp_path, editorial=COMMENTED) as house:
        tell(house)
        house.become_reader()  # a minute ago: one letter in ten minutes
        for page, more in (
            ("/subscribe", {"choices": "1", "day": "mon"}),
            ("/preferences", {}),
            (f"/comment/{THREAD}", {"text": "Well said.", "name": ""}),
        ):
            fields = {"made": house.made(page), "address": READER, "website": "", **more}
            sent = house.post(page, fields)
            assert sent.status == 303
            assert "none so soon after another" in house.ask(sent.headers["location"]).text
        assert house.letters() == []


def test_after_a_long_pause_the_way_back_is_told(house: House) -> None:
    house.become_reader()
    page = own_page(house)
    house.post(page, {"pause": "open"})
    house.clock.pass_by(days=90)
    house.forget_limits()
    old = house.ask(page)
    assert old.status == 410
    assert "the preferences page mails one" in old.text
    assert 'href="/preferences"' in old.text
    fields = {"made": house.made("/preferences"), "address": READER, "website": ""}
    house.post("/preferences", fields)
    house.post(house.letter().link("preferences"), {"pause": "end"})
    assert queued(house, 0) == 1


def test_whose_pause_is_over_is_told_of_none(house: House) -> None:
    house.become_reader()
    house.post(own_page(house), {"pause": "1w"})
    house.clock.pass_by(days=7, minutes=1)  # the night, which ends it, has not come
    house.forget_limits()
    house.sign_up()
    assert "paused" not in house.letter().text


def test_a_link_to_leave_by_of_one_erased_says_that_they_have_left(house: House) -> None:
    house.become_reader()
    leaving = house.ask(own_page(house)).link("unsubscribe")
    assert house.post(f"{own_page(house)}/erase", {"sure": "yes"}).status == 200
    for told in (house.ask(leaving), house.post(leaving, {"leave": "yes"})):
        assert told.status == 200
        assert "You are unsubscribed" in told.text
        assert "/return/" not in told.text


def test_a_pause_of_one_whose_zone_is_known_no_more(house: House) -> None:
    reader = replace(house.become_reader(), zone="Mars/Olympus")
    house.readers.subscribe(reader, house.clock())  # as it stood before the system's update
    page = own_page(house)
    assert "Paused until" in house.post(page, {"pause": "2w"}).text
    assert "Paused until" in house.ask(page).text
    until = pause_until(("2", "weeks"), house.clock(), reader.zone)[1]
    assert until
    assert until - house.clock() < timedelta(days=14)
    house.forget_limits()
    house.sign_up()
    assert "paused until 28 April 2026" in house.letter().text


@pytest.mark.parametrize("how", ["paused", "left"])
def test_who_thinks_better_of_it_gets_the_letter_of_the_evening(how: str, house: House) -> None:
    house.become_reader()
    evening = house.clock() + timedelta(hours=12)
    monday = DAY - timedelta(days=DAY.weekday())  # a day that the reader takes
    with open_ledger(house.store, monday) as ledger:
        ledger.queue_subscribers(house.clock(), lambda zone, hour: evening)
        if how == "paused":
            house.post(own_page(house), {"pause": "1w"})
            assert ledger.next_due() is None
            house.post(own_page(house), {"pause": "end"})
        else:
            left = house.post(house.ask(own_page(house)).link("unsubscribe"), {"leave": "yes"})
            assert ledger.next_due() is None
            assert house.post(left.link("return")).status == 200
        assert ledger.next_due() == evening
        house.post(own_page(house), {"pause": "1w"})
        house.clock.pass_by(hours=13)
        house.post(own_page(house), {"pause": "end"})
        assert ledger.next_due() is None, "an hour late is the next edition's"


def test_the_form_tells_when_a_letter_can_come_at_all(house: House) -> None:
    house.become_reader()
    for path in ("/subscribe", own_page(house)):
        assert "The edition is made at 06:00, Europe/Berlin." in house.ask(path).text
    berlin = ZoneInfo("Europe/Berlin")
    earlier = morning(DAY, berlin, 4, made_in=berlin, at=6)
    assert earlier.astimezone(berlin).date() == DAY, "with the edition, not the day after"


def test_the_page_to_leave_leads_to_a_pause(house: House) -> None:
    house.become_reader()
    house.forget_limits()
    leaving = house.ask(own_page(house)).link("unsubscribe")
    found = re.search(r'<a href="([^"]+)">Or pause', house.ask(leaving).text)
    assert found
    fields = {"made": house.made(found[1]), "address": READER, "website": ""}
    house.post(found[1], fields)
    house.post(house.letter().link("preferences"), {"pause": "2w"})
    assert house.reader().state == "paused"


def test_a_day_that_is_wanted_no_more_brings_no_letter_in_the_evening(house: House) -> None:
    house.become_reader()
    evening = house.clock() + timedelta(hours=12)
    form = BrowserForm(house.ask(own_page(house)).text).fields
    with open_ledger(house.store, DAY) as ledger:
        house.post(own_page(house), form | {"day": ["tue", "wed"]})
        ledger.queue_subscribers(house.clock(), lambda zone, hour: evening)
        house.post(own_page(house), form | {"day": ["tue"], "hour": ["22"]})
        assert ledger.next_due() == evening
        house.post(own_page(house), form | {"day": ["wed"]})
        assert ledger.next_due() is None
