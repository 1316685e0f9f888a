"""Comments, from the form or an answered edition to the story's page, over real HTTP and SMTP."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from house import COMMENTED, DAY, INBOX, THREAD, Answer, House, open_house, tell

from digest.address import parse_address
from digest.comment import LONGEST, Comment
from digest.delivery import Subscriber
from digest.desk import DeskSettings
from digest.desk.settings import Listen
from digest.mailroom import edition_ids
from digest.readers.wishes import wishes_of
from digest.store.comments import Comments
from digest.store.returned import ReturnedMail
from digest.web.guard import MOST_BYTES

READER = "reader@inbox.example"
PAGE = f"/comment/{THREAD}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    desk = DeskSettings(inbox=parse_address(INBOX), listen=Listen("lmtp", "127.0.0.1", 0))
    with open_house(tmp_path, desk, editorial=COMMENTED) as opened:
        tell(opened)
        yield opened


def write(house: House, text: str = "Well said.", **more: str) -> Answer:
    fields = {"made": house.made(PAGE), "address": READER, "name": "", "text": text}
    return house.post(PAGE, fields | more)


def kept(house: House) -> list[Comment]:
    comments = Comments(house.store)
    return [*comments.of_state("unconfirmed"), *comments.of_state("waiting")]


def answer(house: House, reader: Subscriber, text: str, subject: str, **more: Any) -> None:
    """The edition answered, as the mail server of this machine hands it over."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = more.get("sender", READER), INBOX, subject
    letter["Message-ID"] = "<an.answer@inbox.example>"
    special = more.get("special", "")
    letter["In-Reply-To"] = edition_ids(house.mail).make(DAY, reader.id, special)
    letter.set_content(text)
    assert house.desk.door
    with smtplib.LMTP("127.0.0.1", house.desk.door.port) as lmtp:
        lmtp.sendmail(READER, [INBOX], letter.as_bytes())


def test_from_the_form_to_the_page(house: House) -> None:
    house.become_reader()
    house.forget_limits()
    assert f'href="{PAGE}"' in house.ask(f"/story/{THREAD}/").text
    said = "Well <b>said</b>.\r\n\r\n\u202eNine, not <script>ten</script>."
    sent = write(house, said, name="A. \u202eReader")
    assert (sent.status, sent.headers["location"]) == (303, "/comment/sent")
    assert house.ask("/comment/sent").status == 200
    letter = house.letter()
    assert "Ceasefire holds" in letter.text
    assert "Nine" not in letter.text  # somebody else may have typed it
    link = letter.link("comment/confirm")
    shown = house.ask(link)
    assert "Well &lt;b&gt;said&lt;/b&gt;." in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert [c.state for c in kept(house)] == ["unconfirmed"]  # looking changes nothing
    assert house.post(link).status == 200
    assert house.post(link).status == 410
    (waiting,) = Comments(house.store).of_state("waiting")
    before = house.ask(f"/story/{THREAD}/")
    assert "Well" not in before.text
    assert "last-modified" not in before.headers

    Comments(house.store).decide(waiting.id, "published", house.clock())
    story = house.ask(f"/story/{THREAD}/", headers={"If-None-Match": before.headers["etag"]})
    assert story.status == 200
    assert "Well &lt;b&gt;said&lt;/b&gt;." in story.text
    assert "Nine, not &lt;script&gt;ten&lt;/script&gt;." in story.text
    assert "A. Reader" in story.text
    assert "\u202e" not in story.text
    assert READER not in story.text


@pytest.mark.parametrize("address", [READER, "stranger@inbox.example", "left@inbox.example"])
def test_one_answer_for_known_and_unknown_addresses(address: str, house: House) -> None:
    house.become_reader()
    left = house.become_reader("left@inbox.example")
    house.readers.leave(left.id, b"h" * 32, house.clock())
    house.forget_limits()
    sent = write(house, address=address)
    assert (sent.status, sent.headers["location"]) == (303, "/comment/sent")
    assert len(house.letters()) == (address == READER)
    assert len(kept(house)) == (address == READER)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "a" * (LONGEST + 1)},
        {"text": "http://a.example http://b.example http://c.example"},
        {"address": "nobody"},
        {"name": "www.pills.example"},
        {"made": "forged"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_taken_is_told(wrong: dict[str, str], house: House) -> None:
    house.become_reader()
    told = write(house, **{"text": "Well said.", **wrong})
    assert told.status == 422
    assert 'role="alert"' in told.text
    if "text" not in wrong:
        assert "Well said." in told.text  # nothing has to be typed again
    assert kept(house) == []
    assert house.letters() == []


def test_robots_and_other_sites(house: House) -> None:
    house.become_reader()
    assert write(house, website="http://pills.example").status == 303
    fields = {"made": house.made(PAGE), "address": READER, "text": "x"}
    assert house.post(PAGE, fields, {"Origin": "https://evil.example"}).status == 403
    assert house.post(PAGE, {"text": "x" * MOST_BYTES}).status == 413
    assert house.ask("/comment/t-none").status == 404
    assert house.post("/comment/t-none", fields).status == 404
    assert house.ask("/comment/" + "t" * 500).status == 404
    assert kept(house) == []


def test_a_flood_is_refused(house: House) -> None:
    house.become_reader()
    house.forget_limits()
    answers = [write(house, f"Comment {n}.", address=f"r{n}@inbox.example") for n in range(25)]
    assert [answer.status for answer in answers].count(303) == 20
    assert answers[-1].status == 429
    house.forget_limits()
    for n in range(8):
        write(house, f"Comment {n}.")
    assert len(house.letters()) == 1  # an address is written to once in ten minutes


def test_links_that_are_forged_or_of_another_purpose(house: House) -> None:
    reader = house.become_reader()
    house.forget_limits()
    write(house)
    link = house.letter().link("comment/confirm")
    tokens = house.desk.service.tokens
    other = tokens.make("preferences", reader.id, reader.nonce, house.clock())
    strange = tokens.make("comment", reader.id, reader.nonce, house.clock(), "999")
    assert house.post(link[:-2]).status == 404
    assert house.post(f"/comment/confirm/{other}").status == 404
    assert house.post(f"/comment/confirm/{strange}").status == 410
    token = link.rpartition("/")[2]
    for page in ("confirm", "unsubscribe", "preferences"):
        assert house.ask(f"/{page}/{token}").status == 404
    house.clock.pass_by(days=8)
    assert house.post(link).status == 410
    assert [c.state for c in kept(house)] == ["unconfirmed"]


def test_by_answering_the_edition(house: House) -> None:
    reader = house.become_reader()
    answer(house, reader, "The ministry says ten.\n\n> Nine", "Re: Ceasefire holds")
    answer(house, reader, "When does it open?", "AW: Port reopens")
    first, second = kept(house)
    assert (first.about.thread, first.text, first.how) == (
        THREAD,
        "The ministry says ten.",
        "letter",
    )
    assert second.about.headline == "Port reopens"
    assert first.name == ""
    received = house.letters()
    assert [str(one["In-Reply-To"]) for one in received] == ["<an.answer@inbox.example>"] * 2
    assert "Ceasefire holds" in received[0].get_content()
    answer(house, reader, "The ministry says ten.", "Re: Ceasefire holds")
    answer(house, reader, "> quoted alone", "Re: Ceasefire holds")
    assert len(kept(house)) == 2
    (unfit,) = house.letters()
    assert "No words of your own" in unfit.get_content()


def test_an_answer_is_about_no_story_that_its_reader_did_not_get(house: House) -> None:
    some, all_ = house.become_reader(), house.become_reader("all@inbox.example")
    service = house.desk.service
    assert service.choose(all_, replace(wishes_of(all_), sections=()), house.clock())
    empty = f"Re: {COMMENTED.title}, {DAY}"  # on a day without a story of their sections
    for reader, address in ((some, READER), (all_, "all@inbox.example")):
        answer(house, reader, f"Of {address}.", empty, sender=address)
    (said,) = kept(house)
    assert (said.about.headline, said.text) == ("Ceasefire holds", "Of all@inbox.example.")
    (aside,) = ReturnedMail(house.store).recent(unmatched=True)
    assert b"Of reader@inbox.example." in (aside.raw or b"")


def test_an_answer_is_believed_from_its_reader_alone(house: House) -> None:
    reader, other = house.become_reader(), house.become_reader("other@inbox.example")
    answer(house, other, "Forged.", "Re: Ceasefire holds")  # from READER, with another's letter
    answer(house, reader, "Strange.", "Re: Ceasefire holds", sender="who@inbox.example")
    house.readers.leave(reader.id, b"h" * 32, house.clock())
    answer(house, reader, "Too late.", "Re: Ceasefire holds")
    assert kept(house) == []
    assert house.letters() == []
    aside = [raw for letter in ReturnedMail(house.store).recent() if (raw := letter.raw)]
    assert [raw.split()[-1] for raw in aside] == [b"late.", b"Strange.", b"Forged."]


def test_an_answer_that_makes_no_comment_is_kept_for_the_operator(house: House) -> None:
    reader = house.become_reader()
    answer(house, reader, "It was the other port.", "Re: Explosion", special="main breaking 1")
    for n in range(6):
        answer(house, reader, f"Remark {n}.", "Re: Ceasefire holds")
    assert [said.text for said in kept(house)] == [f"Remark {n}." for n in range(5)]
    limited, breaking = ReturnedMail(house.store).recent(unmatched=True)
    assert b"Remark 5." in (limited.raw or b"")
    assert b"It was the other port." in (breaking.raw or b"")


@pytest.mark.parametrize(
    "text", ["unsubscribe", "Unsubscribe\n\nThanks,\nAnna", "Please unsubscribe me."]
)
def test_unsubscribing_by_answering_goes_on(text: str, house: House) -> None:
    reader = house.become_reader()
    house.forget_limits()
    answer(house, reader, text, "Re: Ceasefire holds")
    assert kept(house) == []
    (asked,) = house.letters()
    assert "did you write this" in str(asked["Subject"])


def test_a_list_that_takes_none(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        tell(house)
        assert "/comment/" not in house.ask(f"/story/{THREAD}/").text
        assert house.ask(PAGE).status == 404
        assert house.desk.comments is None
