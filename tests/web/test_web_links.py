"""The links in letters: used once, expired, forged, guessed; asking by GET changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from house import (
    ONE_CLICK,
    House,
    everything,
    open_house,
    token,
)

from digest.readers.gate import Rates
from digest.readers.tokens import Tokens


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
