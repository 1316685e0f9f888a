"""Subscribing by page, through real pages and a real relay."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from house import (
    READER,
    Answer,
    House,
    open_house,
)

from digest.delivery import Consent
from digest.readers.gate import Rates
from digest.web.forms import FormTime


def test_from_the_form_to_a_reader(house: House) -> None:
    answer = house.sign_up("Reader@Inbox.example")
    assert (answer.status, answer.headers["location"]) == (303, "/subscribe/sent")
    letter = house.letter()
    assert letter.headers["to"] == "Reader@inbox.example"
    assert letter.headers["auto-submitted"] == "auto-generated"
    assert "list-unsubscribe" not in letter.headers
    assert house.relay.senders == ["<>"]
    link = letter.link("confirm")
    assert f"https://digest.harbour.example{link}" in letter.text

    shown = house.ask(link)
    assert shown.status == 200
    assert "Reader@inbox.example" in shown.text
    assert "Asia/Tokyo" in shown.text
    assert house.reader().state == "pending"

    house.clock.pass_by(hours=5)
    welcomed = house.post(link)
    assert welcomed.status == 200
    reader = house.reader()
    assert (reader.state, reader.sections, reader.days) == ("active", ("conflict", "cyber"), 0b101)
    assert (reader.hour, reader.zone, reader.format) == (7, "Asia/Tokyo", "text")
    assert reader.consent == Consent(house.clock(), "page", house.desk.service.consent_text)
    assert len(house.desk.service.consent_text) == 12
    welcome = house.letter()
    assert house.ask(welcome.link("preferences")).status == 200
    assert house.ask(welcome.link("unsubscribe")).status == 200


def test_one_answer_for_known_and_unknown_addresses(house: House) -> None:
    house.become_reader()
    house.readers.bounced(house.become_reader("dead@inbox.example").id, house.clock(), hard=True)
    house.forget_limits()
    answers: list[tuple[Answer, Answer]] = []
    for address in ("new@inbox.example", READER, "dead@inbox.example", "new@inbox.example"):
        answer = house.sign_up(address)
        answers.append((answer, house.ask(answer.headers["location"])))
    plain = [
        [(a.status, a.body, {k: v for k, v in a.headers.items() if k != "date"}) for a in pair]
        for pair in answers
    ]
    assert all(pair == plain[0] for pair in plain)
    subjects = [str(letter["Subject"]) for letter in house.letters()]
    assert subjects == [
        "Confirm: Harbour Security Daily by mail",
        "Harbour Security Daily: you are a reader already",
    ]  # none to the dead address, no second one to the new one


def test_a_stranger_changes_nothing_of_a_readers(house: House) -> None:
    before = house.become_reader()
    house.sign_up(hour="23", section=["health"])
    assert house.reader() == before


def test_the_confirmation_letter_carries_nothing_that_was_typed(house: House) -> None:
    house.sign_up("buy.pills.now@inbox.example", section=["health"], zone="Asia/Tokyo", hour="23")
    letter = house.letter()
    assert "pills" not in letter.text
    assert "Tokyo" not in letter.text
    assert "23" not in re.sub(r"https://\S+", "", letter.text)
    assert "pills" not in "".join(v for k, v in letter.headers.items() if k != "to")


@pytest.mark.parametrize(
    "payload", ["\r\nBcc: all@inbox.example", "\nX: y", "\0", "\x85", "\u2028"]
)
@pytest.mark.parametrize(
    "field",
    ["address", "section", "day", "hour", "zone", "format", "made", "website", "choices", "other"],
)
def test_header_injection_is_refused_in_every_field(
    field: str, payload: str, injected: House
) -> None:
    good = {
        "address": READER,
        "section": "cyber",
        "day": "mon",
        "hour": "7",
        "zone": "UTC",
        "format": "text",
        "choices": "1",
    }
    answer = injected.post("/subscribe", good | {field: good.get(field, "") + payload})
    assert answer.status == 400
    assert injected.letters() == []
    assert not injected.readers.counts()


@pytest.fixture(scope="module")
def injected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("injected")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"address": "nobody"}, "no mail address"),
        ({"address": "a@b.example, c@d.example"}, "no mail address"),
        ({"address": '"x\\" <y>"@inbox.example'}, "no mail address"),
        ({"address": "postmaster@inbox.example"}, "office or a machine"),
        ({"section": ["cyber", "astrology"]}, "sections"),
        ({"day": []}, "one day at least"),
        ({"hour": "24"}, "hour"),
        ({"hour": "٣"}, "hour"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"zone": "../../etc/passwd"}, "time zone"),
        ({"format": "pdf"}, "forms"),
    ],
)
def test_what_cannot_be_used_is_told_and_kept_in_the_form(
    fields: dict[str, object], problem: str, injected: House
) -> None:
    answer = injected.sign_up(**{"address": "typed@inbox.example"} | fields)  # type: ignore[arg-type]
    assert answer.status == 422
    assert problem in answer.text
    assert 'role="alert"' in answer.text
    assert injected.letters() == []
    assert not injected.readers.counts()


def test_robots(house: House) -> None:
    made = house.made()
    assert house.sign_up(website="https://spam.example").status == 303  # as if all was well
    for forged in ("", f"{made}x", "1.x", made[1:]):
        answer = house.sign_up(made=forged)
        assert (answer.status, "from this page" in answer.text) == (422, True)
    soon = FormTime(str(house.mail.secret)).make(house.clock() + timedelta(seconds=2))
    assert "very quick" in house.sign_up(made=soon).text
    house.clock.pass_by(hours=25)
    assert "more than a day" in house.sign_up(made=made).text
    assert house.letters() == []
    assert not house.readers.counts()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "https://digest.harbour.example"}, 303),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_forms_of_other_sites(headers: dict[str, str], status: int, injected: House) -> None:
    injected.forget_limits()
    fields = {"made": injected.made("/preferences"), "address": READER}
    assert injected.post("/preferences", fields, headers).status == status
    fields |= {"choices": "1", "day": "mon", "hour": "24"}
    assert injected.post("/subscribe", fields, headers).status == (422 if status == 303 else status)
    assert injected.letters() == []


def test_hundreds_of_sign_ups_from_one_network(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    made = house.made()
    statuses = []
    for n in range(300):
        fields = {"made": made, "address": f"victim{n}@inbox.example", "choices": "1", "day": "mon"}
        from_ = {"X-Forwarded-For": f"192.0.2.{n % 250}"}
        statuses.append(house.post("/subscribe", fields, from_).status)
    assert set(statuses) == {303, 429}
    assert statuses.count(303) <= 10
    assert len(house.letters()) == statuses.count(303)
    assert sum(house.readers.counts().values()) == statuses.count(303)
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name != "mail.log")  # the relay's
    assert "event=sign-up done=limited" in ours
    assert "victim" not in ours
    assert "192.0.2" not in ours
    assert house.sign_up().status == 303  # from elsewhere the service goes on


def test_many_networks_meet_the_lists_limit(tmp_path: Path) -> None:
    with open_house(tmp_path, rates=Rates(list="5 per hour")) as house:
        made = house.made()
        statuses = [
            house.post(
                "/subscribe",
                {"made": made, "address": f"v{n}@inbox.example", "choices": "1", "day": "mon"},
                {"X-Forwarded-For": f"10.9.{n}.1"},
            ).status
            for n in range(12)
        ]
        assert statuses.count(303) == 5
        refused = house.sign_up()
        assert (refused.status, refused.headers["retry-after"]) == (429, "3600")


def test_one_address_gets_few_letters(house: House) -> None:
    for n in range(6):
        house.network = f"10.8.{n}.1"
        assert house.sign_up().status == 303
    assert len(house.letters()) == 1


def test_the_docs_name_what_a_static_archive_passes_on() -> None:
    from digest.web import commenting, searching, subscribing

    docs = (Path(__file__).parents[2] / "docs" / "archive.md").read_text("utf-8")
    told = re.search(r"let the web server pass(.*?)leave them away", docs, re.DOTALL)
    assert told
    modules = (Path(str(one.__file__)) for one in (commenting, searching, subscribing))
    source = "\n".join(module.read_text("utf-8") for module in modules)
    routes = re.findall(r'Route\(\s*"(/[a-z]+)', source)
    assert {*re.findall(r"`(/[a-z]+)`", told[1])} == {*routes}
