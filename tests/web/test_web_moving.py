"""A reader gives another address on the page of the preferences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import (
    COMMENTED,
    READER,
    THREAD,
    BrowserForm,
    House,
    comment,
    open_house,
    own_page,
    tell,
    token,
)

from digest.delivery import Subscriber
from digest.store.comments import Comments

OLD, NEW = READER, "new@inbox.example"
SENT = "/confirm/address/sent"


def give(house: House, address: str) -> None:
    """Type another address; what is told is the same for all."""
    answer = house.post(f"{own_page(house)}/address", {"address": address})
    assert (answer.status, answer.headers["location"]) == (303, SENT)
    assert "Look into the new mailbox" in house.ask(SENT).text


def test_only_the_link_that_went_there_changes_the_address(tmp_path: Path) -> None:
    with open_house(tmp_path, editorial=COMMENTED) as house:
        tell(house)
        before = house.become_reader()
        comment(house, before, "The ministry says ten.")
        house.forget_limits()
        page = own_page(house)
        assert "Another address" in house.ask(page).text
        give(house, "New@Inbox.example")
        letter = house.letter()
        assert letter.headers["to"] == "New@inbox.example"
        assert OLD not in letter.text
        assert house.reader() == before
        shown = json.loads(house.ask(f"{page}/data.json").body)
        assert shown["asked"]["address"] == "New@inbox.example"
        link = letter.link("confirm/address")
        asked = house.ask(link)
        assert "your letters come to New@inbox.example" in asked.text
        assert OLD not in asked.text  # it may have been typed wrong
        assert house.reader() == before
        changed = house.post(link)
        assert changed.status == 200
        assert "Letters to New@inbox.example" in changed.text
        told = house.letter()
        assert told.headers["to"] == OLD
        assert "go to another address" in told.headers["subject"]
        assert "new@" not in told.text.casefold()
        after = house.reader(NEW)
        assert (after.id, after.consent, after.sections) == (
            before.id,
            before.consent,
            before.sections,
        )
        assert house.readers.find(OLD) is None
        assert len(Comments(house.store).published(THREAD)) == 1
        for old in (link, page):
            assert house.ask(old).status == 410
        saved = house.post(own_page(house, NEW), BrowserForm(changed.text).fields | {"hour": ["9"]})
        assert "Saved" in saved.text
        assert house.reader(NEW).hour == 9


def test_an_old_letter_still_leaves_and_tells_nobody_the_new_address(house: House) -> None:
    house.become_reader()
    leave = token(house, "unsubscribe")
    assert OLD in house.ask(f"/unsubscribe/{leave}").text
    give(house, NEW)
    house.post(house.letter().link("confirm/address"))
    page = house.ask(f"/unsubscribe/{leave}")
    assert page.status == 200
    assert NEW not in page.text
    left = house.post(f"/unsubscribe/{leave}", {"leave": "yes"})
    assert NEW not in left.text
    assert house.reader(NEW).state == "unsubscribed"


def test_a_readers_address_tells_nothing_away(house: House) -> None:
    before = house.become_reader()
    other = house.become_reader(NEW)
    house.forget_limits()
    give(house, NEW)
    letter = house.letter()
    assert letter.headers["to"] == NEW
    assert "reader already" in letter.headers["subject"]
    assert (house.reader(), house.reader(NEW)) == (before, other)
    for address in (NEW, "stranger@inbox.example"):  # nor do the reader's own data
        give(house, address)
        data = json.loads(house.ask(f"{own_page(house)}/data.json").body)
        assert data["asked"]["address"] == address
    assert house.letter().headers["to"] == "stranger@inbox.example"
    for n in range(3):  # as often as a sign-up may
        give(house, "other@inbox.example")
        assert len(house.letters()) == (n == 0)
    house.readers.suppress(
        house.desk.service.tokens.address_hash("gone@inbox.example"), "complained", house.clock()
    )
    give(house, "gone@inbox.example")
    assert house.letters() == []


def test_who_has_the_address_meanwhile_keeps_it(house: House) -> None:
    house.become_reader()
    give(house, NEW)
    link = house.letter().link("confirm/address")
    other = Subscriber(NEW, NEW, "active")
    house.readers.subscribe(other, house.clock())
    assert house.post(link).status == 410
    assert house.letters() == []
    assert {reader.key for reader in house.readers.all()} == {OLD, NEW}


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("no address", "no mail address"), ("noreply@inbox.example", "address of an office")],
)
def test_what_was_typed_wrong_is_shown_again(house: House, typed: str, problem: str) -> None:
    house.become_reader()
    answer = house.post(f"{own_page(house)}/address", {"address": typed})
    assert answer.status == 422
    assert problem in answer.text
    assert BrowserForm(answer.text).fields["address"] == [typed]


def test_links_that_do_not_count(house: House) -> None:
    house.become_reader()
    page = own_page(house)
    give(house, NEW)
    link = house.letter().link("confirm/address")
    token = link.rpartition("/")[2]
    assert house.ask(f"/confirm/{token}").status == 404  # of another purpose
    assert house.post(f"/preferences/{token}/address", {"address": NEW}).status == 404
    house.post(house.ask(page).link("unsubscribe"), {"leave": "yes"})
    assert house.post(link).status == 410
    assert house.post(f"{page}/address", {"address": NEW}).status == 410
    assert house.post(f"{own_page(house)}/address", {"address": NEW}).status == 422
    assert house.reader().state == "unsubscribed"
    house.clock.pass_by(days=8)
    assert house.ask(link).status == 410
