"""The pages in a real browser: Debian's Chromium, driven by Playwright, looked at with axe-core.

The pictures lie in pytest's temporary folder, or where DIGEST_PICTURES says, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from house import COMMENTED, DAY, House, every_kind, open_house, tell, write_edition

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.system

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("browser"), editorial=COMMENTED) as opened:
        tell(opened)
        for n in range(1, 20):
            write_edition(opened.out, DAY - timedelta(days=n), f"Ceasefire holds, day {n}")
        yield opened


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page(
    width: int, scheme: Literal["light", "dark"], house: House, browser: Browser, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    kept = Path(os.environ.get("DIGEST_PICTURES", tmp_path))
    kinds = every_kind(house, f"w{width}{scheme}@inbox.example")
    # Without script, as the pages are meant; axe needs it, and a policy that lets it in.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, path in kinds.items():
        page.goto(house.site.address + path)
        found = axe.run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.screenshot(path=kept / f"web-{name}-{width}-{scheme}.png", full_page=True)
    assert all(url.startswith(house.site.address) for url in asked)
    context.close()


def test_subscribing_by_hand_without_script(house: House, browser: Browser) -> None:
    house.forget_limits()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.goto(f"{house.site.address}/subscribe")
    page.get_by_label("Mail address").fill("hand@inbox.example")
    page.get_by_label("Cyber").uncheck()
    page.get_by_label("Sunday").uncheck()
    page.get_by_label("Hour").select_option("7")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    house.clock.pass_by(seconds=5)
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Look into your mailbox"
    page.goto(house.site.address + house.letter().link("confirm"))
    page.get_by_role("button").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are a reader"
    page.get_by_role("link", name="See or change your preferences").click()
    page.get_by_label("Plain text alone").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    reader = house.reader("hand@inbox.example")
    assert (reader.state, reader.hour, reader.zone) == ("active", 7, "Asia/Tokyo")
    assert ("cyber" in reader.sections, reader.days, reader.format) == (False, 0b111111, "text")
    page.get_by_role("button", name="Unsubscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
    assert context.cookies() == []
    assert trouble == []
    context.close()
