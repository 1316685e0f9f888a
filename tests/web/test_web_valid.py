"""Every kind of page judged by html-validate."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from house import COMMENTED, DAY, every_kind, open_house, tell, write_edition
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
        kinds = every_kind(house, "reader@inbox.example")
        house.post(f"{kinds['preferences']}/address", {"address": "new@inbox.example"})
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
