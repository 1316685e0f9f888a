"""Leaving by page and by the mail program, and coming back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from house import (
    COMMENTED,
    ONE_CLICK,
    READER,
    THREAD,
    House,
    comment,
    open_house,
    tell,
    token,
)

from digest.readers.service import UNCONFIRMED_FOR
from digest.store.comments import Comments
from digest.store.signups import SignUps


def test_one_click_as_gmail_does_it(house: House) -> None:
    house.become_reader()
    path = f"/unsubscribe/{token(house, 'unsubscribe')}"
    answer = house.ask(
        path,
        "POST",
        b"List-Unsubscribe=One-Click",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Mozilla/5.0 (compatible; Gmail-Unsubscribe)",
        },
    )
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers
    assert house.reader().state == "unsubscribed"
    assert house.readers.is_suppressed(house.desk.service.tokens.address_hash(READER))
    assert house.letters() == []
    assert house.post(path, ONE_CLICK).status == 200  # mail programs repeat it
    assert house.reader().state == "unsubscribed"


def test_one_click_as_multipart(house: House) -> None:
    house.become_reader()
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    body += b"--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"/unsubscribe/{token(house, 'unsubscribe')}"
    assert house.ask(path, "POST", body, kind).status == 200
    assert house.reader().state == "unsubscribed"


def test_a_post_that_means_something_else(house: House) -> None:
    house.become_reader()
    path = f"/unsubscribe/{token(house, 'unsubscribe')}"
    for fields in ({}, {"x": "y"}, {"List-Unsubscribe": "Two-Click"}, {"leave": "no"}):
        assert house.post(path, fields).status == 400
    assert house.reader().state == "active"


def test_leaving_by_the_page_and_coming_back(house: House) -> None:
    reader = house.become_reader()
    old = f"/unsubscribe/{token(house, 'unsubscribe')}"
    shown = house.ask(old)
    assert shown.status == 200
    assert "Leave the list?" in shown.text
    left = house.post(old, {"leave": "yes"})
    assert left.status == 200
    assert house.reader().state == "unsubscribed"
    assert "brings you back" in house.letter().text
    back = left.link("return")
    assert house.post(back).status == 200
    again = house.reader()
    assert (again.state, again.sections, again.hour) == ("active", reader.sections, reader.hour)
    assert again.consent
    assert again.consent.how == "link"
    assert not house.readers.is_suppressed(house.desk.service.tokens.address_hash(READER))
    assert house.post(back).status == 410
    assert house.post(old, ONE_CLICK).status == 200  # the letters of before still let them leave
    assert house.reader().state == "unsubscribed"


def test_an_old_letters_link_leaves_and_does_nothing_else(house: House) -> None:
    reader = house.become_reader()
    leaving, choosing = (token(house, purpose) for purpose in ("unsubscribe", "preferences"))
    newer = house.readers.subscribe(replace(reader, hour=9), house.clock())  # `subscribers add`
    assert newer.nonce != reader.nonce
    old = f"/unsubscribe/{leaving}"
    assert "Leave the list?" in house.ask(old).text
    for path in (f"/preferences/{choosing}", f"/preferences/{choosing}/data.json"):
        assert house.ask(path).status == 410
    for _ in range(2):  # mail programs and people repeat it
        left = house.post(old, {"leave": "yes"})
        assert left.status == 200
        assert "/return/" not in left.text
        assert house.reader().state == "unsubscribed"
    assert "brings you back" in house.letter().text
    shown = house.ask(old)
    assert shown.status == 200
    assert not re.search("/return/|Leave the list", shown.text)


def test_who_left_may_sign_up_again(house: House) -> None:
    house.become_reader()
    house.post(f"/unsubscribe/{token(house, 'unsubscribe')}", ONE_CLICK)
    house.clock.pass_by(days=2)
    digest = house.desk.service.tokens.address_hash(READER)
    house.forget_limits()  # two days later
    house.sign_up()
    assert house.readers.is_suppressed(digest)
    assert house.post(house.letter().link("confirm")).status == 200
    assert not house.readers.is_suppressed(digest)


def test_who_left_and_missed_the_week_may_sign_up_again(tmp_path: Path) -> None:
    """A stranger may have typed the address: nothing of the reader's goes with the sign-up."""
    with open_house(tmp_path, editorial=COMMENTED) as house:
        tell(house)
        reader = house.become_reader()
        comment(house, reader, "The ministry says ten.")
        house.post(f"/unsubscribe/{token(house, 'unsubscribe')}", ONE_CLICK)
        left = house.reader()
        own = token(house, "preferences")
        for n in range(2):
            house.forget_limits()
            house.sign_up(hour=str(10 + n), zone="UTC")
            link = house.letter().link("confirm")
            assert f"{10 + n}:00" in house.ask(link).text
            assert house.reader() == left
            assert house.ask(f"/preferences/{own}").status == 200
            house.clock.pass_by(days=9)
            before = house.clock() - UNCONFIRMED_FOR
            assert SignUps(house.store).forget_unconfirmed(before) == 1
            assert house.reader() == left
            assert len(Comments(house.store).published(THREAD)) == 1
            assert house.post(link).status == 410


def test_who_left_and_is_known_no_more_may_sign_up(house: House) -> None:
    digest = house.desk.service.tokens.address_hash(READER)
    house.readers.suppress(digest, "unsubscribed", house.clock())
    house.sign_up()
    assert house.post(house.letter().link("confirm")).status == 200


def test_the_suppression_list_keeps_strangers_from_writing(house: House) -> None:
    digest = house.desk.service.tokens.address_hash(READER)
    house.readers.suppress(digest, "the operator", house.clock())
    assert house.sign_up().status == 303
    assert house.letters() == []
    assert not house.readers.counts()


@pytest.mark.parametrize("why", ["complained", "stopped by the operator"])
def test_who_did_not_simply_leave_is_not_written_to_at_a_strangers_wish(
    house: House, why: str
) -> None:
    reader = house.become_reader()
    house.forget_limits()
    digest = house.desk.service.tokens.address_hash(READER)
    house.readers.leave(reader.id, digest, house.clock(), why)
    assert house.sign_up().status == 303
    assert house.letters() == []
    assert house.reader().state == "unsubscribed"
