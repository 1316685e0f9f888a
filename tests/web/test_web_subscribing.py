"""Subscribing by page, through real pages and a real relay."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import (
    COMMENTED,
    EDITORIAL,
    THREAD,
    Answer,
    BrowserForm,
    House,
    comment,
    open_house,
    tell,
)
from sqlalchemy import text

from digest.delivery import Consent, Subscriber
from digest.errors import StoreError
from digest.readers.gate import Rates
from digest.readers.service import UNCONFIRMED_FOR
from digest.readers.tokens import Tokens
from digest.store.comments import Comments
from digest.store.signups import SignUps
from digest.web.forms import FormTime
from digest.web.guard import MOST_BYTES

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
READER = "reader@inbox.example"


def everything(house: House) -> list[object]:
    """All rows about readers."""
    with house.store._reading() as connection:
        return [
            [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
            for table in ("readers", "suppressed", "deliveries")
        ]


def token(house: House, purpose: str, address: str = READER) -> str:
    reader = house.reader(address)
    tokens: Tokens = house.desk.service.tokens
    return tokens.make(purpose, reader.id, reader.nonce, house.clock())  # type: ignore[arg-type]


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
    soon = FormTime(house.desk.secret).make(house.clock() + timedelta(seconds=2))
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


def test_a_thousand_sign_ups_from_one_network(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    made = house.made()
    statuses = []
    for n in range(1000):
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


# --- links ---------------------------------------------------------------------------------


def test_a_link_is_used_once(house: House) -> None:
    house.sign_up()
    link = house.letter().link("confirm")
    assert house.post(link).status == 200
    house.letters()
    for answer in (house.post(link), house.ask(link)):
        assert answer.status == 410
        assert "done its work" in answer.text
    assert house.letters() == []


def test_links_expire(house: House) -> None:
    house.sign_up()
    link = house.letter().link("confirm")
    house.clock.pass_by(days=8)
    assert house.post(link).status == 410
    assert house.reader().state == "pending"
    house.become_reader("b@inbox.example")
    leaving, choosing = (token(house, p, "b@inbox.example") for p in ("unsubscribe", "preferences"))
    house.clock.pass_by(days=61)
    assert house.ask(f"/preferences/{choosing}").status == 410
    assert house.ask(f"/unsubscribe/{leaving}").status == 200
    house.clock.pass_by(days=740)
    assert house.post(f"/unsubscribe/{leaving}", ONE_CLICK).status == 410
    assert house.reader("b@inbox.example").state == "active"


def test_forged_truncated_and_swapped_links(house: House) -> None:
    one, two = house.become_reader(), house.become_reader("two@inbox.example")
    tokens: Tokens = house.desk.service.tokens
    good = tokens.make("unsubscribe", one.id, one.nonce, house.clock())
    other = tokens.make("unsubscribe", two.id, two.nonce, house.clock())
    signature = good.rpartition(".")[2]
    bad = [
        good[:-1],
        good[:-20],
        good[1:],
        good.swapcase(),
        other.rpartition(".")[0] + "." + signature,
        good.replace(f"{one.nonce}.", f"{two.nonce}."),
        tokens.make("preferences", one.id, one.nonce, house.clock()),
        tokens.make("confirm", one.id, one.nonce, house.clock()),
        Tokens("x" * 40).make("unsubscribe", one.id, one.nonce, house.clock()),
        "a" * 5000,
        "%00%0d%0aSet-Cookie:x",
    ]
    before = everything(house)
    for link in bad:
        assert house.post(f"/unsubscribe/{link}", ONE_CLICK).status == 404, link
        assert house.ask(f"/unsubscribe/{link}").status == 404
    for path in ("confirm", "preferences", "return"):
        assert house.post(f"/{path}/{good}").status == 404
    assert house.post(f"/preferences/{good}/erase", {"sure": "yes"}).status == 404
    assert house.ask(f"/preferences/{good}/data.json").status == 404
    assert everything(house) == before
    assert house.letters() == []


def test_guessing_is_slowed(tmp_path: Path) -> None:
    with open_house(tmp_path, rates=Rates(links="5 per minute")) as house:
        statuses = [house.ask(f"/confirm/guess{n}").status for n in range(8)]
        assert statuses == [404] * 5 + [429] * 3


def test_get_changes_nothing(house: House) -> None:
    """Every address there is, as scanners and link previews would open it."""
    house.sign_up("pending@inbox.example")
    confirm = house.letter().link("confirm")
    house.become_reader()
    house.become_reader("gone@inbox.example")
    house.post(f"/unsubscribe/{token(house, 'unsubscribe', 'gone@inbox.example')}", ONE_CLICK)
    leaving, choosing = token(house, "unsubscribe"), token(house, "preferences")
    back = token(house, "preferences", "gone@inbox.example")
    paths = [
        "/", "/archive/", "/archive/2026/", "/story/t-1/", "/section/conflict/", "/place/norway/",
        "/outlet/harbour-times/", "/outlets/", "/places/", "/search?q=dam", "/subscribe",
        "/subscribe/sent", "/preferences", "/preferences/sent", "/unsubscribe", "/feed.atom",
        "/feed.json", "/robots.txt", "/sitemap.xml", "/healthz", "/readyz", "/metrics",
        "/2026-04-14/", "/2026-04-14", confirm,
        f"/unsubscribe/{leaving}", f"/preferences/{choosing}", f"/return/{back}",
        f"/preferences/{choosing}/data.json", f"/preferences/{choosing}/erase",
        f"/preferences/{back}",
    ]  # fmt: skip
    before = everything(house)
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            for query in ("", "?List-Unsubscribe=One-Click&leave=yes&sure=yes&pause=open"):
                answer = house.ask(path + query, method)
                assert answer.status < 500
                assert "set-cookie" not in answer.headers
    assert everything(house) == before
    assert house.letters() == []


def test_every_route_is_walked_by_that_test() -> None:
    source = Path(__file__).read_text("utf-8")
    from digest.web import health, pages, searching, subscribing

    walked = re.findall(r"^/([a-z]+)", "\n".join(pages.ROUTES), re.M)
    assert all(f'"/{route}/' in source for route in walked)
    for module in (health, searching, subscribing):
        routes = re.findall(r'Route\(\s*"/([a-z]+)', Path(str(module.__file__)).read_text("utf-8"))
        assert routes
        for route in set(routes):
            assert f"/{route}" in source


def test_the_docs_name_what_a_static_archive_passes_on() -> None:
    from digest.web import commenting, searching, subscribing

    docs = (Path(__file__).parents[2] / "docs" / "archive.md").read_text("utf-8")
    told = re.search(r"let the web server pass(.*?)leave them away", docs, re.DOTALL)
    assert told
    modules = (Path(str(one.__file__)) for one in (commenting, searching, subscribing))
    source = "\n".join(module.read_text("utf-8") for module in modules)
    routes = re.findall(r'Route\(\s*"(/[a-z]+)', source)
    assert {*re.findall(r"`(/[a-z]+)`", told[1])} == {*routes}


# --- leaving -------------------------------------------------------------------------------


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


# --- preferences ---------------------------------------------------------------------------


def test_preferences(house: House) -> None:
    house.become_reader()
    old = f"/unsubscribe/{token(house, 'unsubscribe')}"
    path = f"/preferences/{token(house, 'preferences')}"
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
    path = f"/preferences/{token(house, 'preferences')}"
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


def test_pausing(house: House) -> None:
    house.become_reader()
    path = f"/preferences/{token(house, 'preferences')}"
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
    path = f"/preferences/{token(house, 'preferences')}"
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
    old = FormTime(house.desk.secret).make(house.clock() - timedelta(days=2))
    first = house.post("/preferences", {"made": old, "address": "reader", "website": ""})
    assert first.status == 422
    again = re.search(r'name="made" value="([^"]+)"', first.text)
    assert again
    house.clock.pass_by(seconds=5)
    fields = {"made": again[1], "address": READER, "website": ""}
    assert house.post("/preferences", fields).status == 303


def test_data_and_erasure(house: House) -> None:
    house.become_reader()
    path = f"/preferences/{token(house, 'preferences')}"
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


# --- caps, headers, logs -------------------------------------------------------------------


def test_headers_on_every_kind_of_answer(house: House) -> None:
    house.become_reader()
    answers = [
        house.ask("/"),
        house.ask("/subscribe"),
        house.ask("/nowhere/at/all"),
        house.ask("/subscribe", "DELETE"),
        house.ask(f"/preferences/{token(house, 'preferences')}"),
        house.ask("/confirm/forged"),
        house.ask("/subscribe", "POST", b"x" * (MOST_BYTES + 1)),
        house.post("/subscribe", {}),
        house.ask("/feed.atom"),
    ]
    assert [a.status for a in answers] == [200, 200, 404, 405, 200, 404, 413, 422, 200]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["strict-transport-security"]
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
    assert answers[4].headers["cache-control"] == "no-store"
    assert answers[4].headers["x-robots-tag"] == "noindex"


def test_caps_on_size(house: House) -> None:
    assert house.ask("/subscribe", "POST", b"a=" + b"b" * MOST_BYTES).status == 413
    many = {f"f{n}": "x" for n in range(100)}
    assert house.post("/subscribe", many).status == 400
    assert house.post("/subscribe", {"address": "a" * 1000}).status == 400
    assert house.ask("/" + "a" * 20_000).status in (400, 404, 431)
    with socket.create_connection(house.site.address[7:].split(":"), 10) as chunked:  # type: ignore[arg-type]
        chunked.sendall(
            b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
            + (b"1000\r\n" + b"x" * 0x1000 + b"\r\n") * 4
        )  # fmt: skip
        assert chunked.recv(12) == b"HTTP/1.1 413"
    assert house.ask("/healthz").status == 200


def test_a_database_that_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("database is locked", url="sqlite:///x")

    monkeypatch.setattr("digest.store.signups.SignUps.ask", refuse)
    answer = house.sign_up()
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert "locked" not in answer.text
    assert "content-security-policy" in answer.headers

    def break_(*_: object) -> None:
        raise RuntimeError("a bug near reader@inbox.example")

    monkeypatch.setattr("digest.store.signups.SignUps.ask", break_)
    house.forget_limits()
    answer = house.sign_up()
    assert answer.status == 500
    assert "bug near" not in answer.text
    assert "content-security-policy" in answer.headers
    assert house.ask("/healthz").status == 200


def test_the_log_tells_no_address_and_no_token(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "digest")
    reader = house.become_reader()
    leaving = token(house, "unsubscribe")
    house.ask(f"/unsubscribe/{leaving}")
    house.post(f"/unsubscribe/{leaving}", ONE_CLICK)
    house.sign_up("postmaster@inbox.example")
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("digest")]
    assert any("event=sign-up done=asked" in line for line in lines)
    assert any("path=/unsubscribe/{token} status=200" in line for line in lines)
    told = "\n".join(lines)
    for secret in (READER, "inbox.example", leaving, leaving[-20:], reader.nonce, house.network):
        assert secret not in told
