"""Every kind of page judged by html-validate."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from house import COMMENTED, DAY, THREAD, comment, open_house, tell, write_edition
from judges import judged

pytestmark = pytest.mark.system


def test_every_page_is_valid(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (tmp_path / "house").mkdir()
    with open_house(tmp_path / "house", editorial=COMMENTED) as house:
        tell(house)
        for n in range(1, 3):
            write_edition(house.out, DAY - timedelta(days=n), f"Ceasefire holds, day {n}")
        house.sign_up("pending@inbox.example")
        confirm = house.letter().link("confirm")
        reader = house.become_reader("reader@inbox.example")
        tokens = house.desk.service.tokens
        choosing = tokens.make("preferences", reader.id, reader.nonce, house.clock())
        leaving = tokens.make("unsubscribe", reader.id, reader.nonce, house.clock())
        comment(house, reader, "The ministry says ten.\n\nWho counts them?", "A. Reader")
        house.forget_limits()
        said = {"made": house.made(f"/comment/{THREAD}"), "address": reader.address, "text": "Ten."}
        house.post(f"/comment/{THREAD}", said)
        kinds = {
            "front": "/",
            "archive": "/archive/",
            "subscribe": "/subscribe",
            "sent": "/subscribe/sent",
            "confirm": confirm,
            "preferences": f"/preferences/{choosing}",
            "links": "/preferences",
            "unsubscribe": f"/unsubscribe/{leaving}",
            "forged": "/confirm/forged",
            "comment": f"/comment/{THREAD}",
            "comment-sent": "/comment/sent",
            "comment-confirm": house.letter().link("comment/confirm"),
            "commented": f"/story/{THREAD}/",
        }
        house.post(f"/preferences/{choosing}/address", {"address": "new@inbox.example"})
        kinds["address"] = house.letter().link("confirm/address")
        for name, path in kinds.items():
            (pages / f"{name}.html").write_bytes(house.ask(path).body)
        # Whatever of the archive the front leads to, a page of each kind.
        front = house.ask("/").text
        found = {link.split("/")[1]: link for link in re.findall(r'href="(/[a-z]+/[^"]*)"', front)}
        for kind, link in found.items():
            answer = house.ask(link)
            if answer.headers.get("content-type", "").startswith("text/html"):
                (pages / f"kind-{kind}.html").write_bytes(answer.body)
    assert judged("page", *sorted(pages.iterdir())) == []
