"""A reader's whole way: from a page or a letter to the letters that come of it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from house import DAY, BrowserForm, House, open_house

from digest.delivery import EVERY_DAY
from digest.store import open_ledger

READER = "reader@inbox.example"


def queued(house: House, weekday: int) -> int:
    """How many get the edition of that day of the week."""
    date = DAY + timedelta(days=weekday - DAY.weekday())
    with open_ledger(house.store, date) as ledger:
        return ledger.queue_subscribers(house.clock(), weekday)


def test_every_day_that_is_offered_brings_a_letter(tmp_path: Path) -> None:
    with open_house(tmp_path, days=("monday", "wednesday")) as house:
        form = BrowserForm(house.ask("/subscribe").text).fields
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
