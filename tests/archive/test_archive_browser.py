"""Every kind of the archive's pages in a real browser, and judged by html-validate.

The pictures lie in pytest's temporary folder, or where DIGEST_PICTURES says, to be looked at.
DIGEST_EDITIONS names a folder of other editions to be shown instead of the invented ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from written_days import DAY, HOSTILE, RUNNING, story, write_day, write_days

from digest.archive.catalogue import catalogue
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.paper import Paper
from digest.archive.static import build
from digest.model import Editorial, Outlet
from digest.resources import templates
from digest.store.search import Found, Hit
from digest.web.app import Site, make_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.system

NODE = Path(__file__).parents[1] / "render" / "node"
TIMES = Outlet("Harbour Times", "harbour.example", "NO", "en", "newspaper", "Fjord Media")
FRONT_BYTES = 100_000


@dataclass(frozen=True)
class House:
    address: str
    kinds: dict[str, str]
    """Kind of page → a path of it."""


def _out(folder: Path) -> Path:
    given = os.environ.get("DIGEST_EDITIONS")
    if given:
        return Path(given)
    write_days(folder, 20)
    long = "Donaudampfschifffahrtsgesellschaft" * 4
    hard = [story(1, "t-hard", f"{long} {HOSTILE}", [f"Outlet {n} {HOSTILE}" for n in range(30)])]
    write_day(folder, DAY.replace(year=2025), [{**hard[0], "places": [long]}])
    return folder


def _search(query: str, *, offset: int, limit: int) -> Found:
    hits = [Hit(DAY, n, f"t-{n}", f"Port {n} reopens", "", ("A port.",)) for n in range(20)]
    return Found(41, tuple(hits), ("port",)) if query else Found(0, (), ())


@pytest.fixture(scope="module", params=["en", "ar"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    out = _out(tmp_path_factory.mktemp("out"))
    editorial = Editorial(title="Harbour Security Daily", language=request.param)
    app = make_app(
        out=out,
        editorial=editorial,
        pages="https://digest.example",
        outlet_of=lambda name: TIMES if name == TIMES.name else None,
        feeds_of=lambda name: ["https://harbour.example/rss"],
        search=_search,
    )
    found = catalogue(Archive(out).days())

    def longest(kind: str) -> str:
        return f"/{max(found.of(kind), key=lambda key: found.stories[key])}/"

    kinds = {
        "front": "/",
        "archive": "/archive/",
        "story": longest("story"),
        "section": longest("section"),
        "place": longest("place"),
        "outlet": longest("outlet"),
        "outlets": "/outlets/",
        "places": "/places/",
        "search": "/search?q=port&page=2",
        "missing": "/nothing/",
    }
    if "story/t-hard" in found.names:
        kinds["hard"] = "/story/t-hard/"
    site = Site(app, "127.0.0.1", 0)
    site.bind()
    site.start()
    yield House(site.address, kinds)
    site.stop()


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page(
    width: int, scheme: Literal["light", "dark"], house: House, browser: Browser, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    kept = Path(os.environ.get("DIGEST_PICTURES", tmp_path))
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )  # axe is a script, which the pages' own policy would not let in
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, path in house.kinds.items():
        page.goto(house.address + path)
        found = axe.run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        language = page.evaluate("document.documentElement.lang")
        page.screenshot(path=kept / f"{language}-{name}-{width}-{scheme}.png", full_page=True)
    assert all(url.startswith(house.address) for url in asked)
    context.close()


def test_the_front_page_is_light_and_needs_no_script(house: House, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    trouble: list[str] = []
    bytes_: list[int] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("response", lambda response: bytes_.append(len(response.body())))
    page.goto(house.address)  # the server makes its pages ready
    bytes_.clear()
    page.goto(house.address, wait_until="load")
    assert sum(bytes_) <= FRONT_BYTES
    assert trouble == []
    assert context.cookies() == []
    context.close()


def test_static_files_are_read_as_files_of_a_plain_server(browser: Browser, tmp_path: Path) -> None:
    """By Python's own file server, which knows nothing of us."""
    import functools
    import http.server
    import threading

    out = tmp_path / "out"
    write_days(out)
    design = Design(Editorial(), templates())
    build(lambda known: Paper(Archive(out, known), design), tmp_path / "site", "")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "site")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text))
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.get_by_role("link", name="Archive").first.click()
        page.get_by_role("link", name="Ceasefire holds, day 3").click()
        page.go_back()
        page.goto(f"http://127.0.0.1:{server.server_port}/story/{RUNNING}/")
        page.get_by_role("link", name="Agence Éclair", exact=True).first.click()
        assert page.get_by_role("heading", level=1).inner_text() == "Agence Éclair"
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert colour == "rgb(255, 254, 251)"  # its style sheet has come, through its own policy
        assert not [told for told in trouble if "Content Security Policy" in told]
        context.close()
        server.shutdown()


def test_pages_are_valid(house: House, browser: Browser, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules").is_dir():
        pytest.skip("the judge is not here: npm ci --prefix tests/render/node")
    context = browser.new_context()
    files = []
    for name, path in house.kinds.items():
        file = tmp_path / f"{name}.html"
        file.write_text(context.request.get(house.address + path).text(), "utf-8")
        files.append(str(file))
    done = subprocess.run(
        [node, str(NODE / "check.mjs"), "page", *files],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
    context.close()
