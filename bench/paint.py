"""`python -m bench paint`: first paint of the front page and of an edition, in a real browser.

Debian's Chromium, driven by Playwright, opens the pages of a fortnight's archive, served as files
by this machine; a new profile each time, so that nothing is cached. The floor is an empty page of
the same server in the same run. Medians; milliseconds from the start of navigation to the first
contentful paint.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.render import edition_of
from bench.site import BASE, EditionWriter
from digest.archive.design import Design
from digest.archive.editions import Archive
from digest.archive.paper import Paper
from digest.archive.static import build
from digest.model import Editorial
from digest.render import render
from digest.resources import templates

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EARLIER = 14
STORIES = 20
EMPTY = "<!doctype html><html lang=en><title>Empty</title><p>Empty.</p></html>"
_PAINTED = """new Promise(done => new PerformanceObserver(list => {
  for (const one of list.getEntries())
    if (one.name === 'first-contentful-paint') done(one.startTime);
}).observe({type: 'paint', buffered: true}))"""


def main(argv: list[str]) -> dict[str, object]:
    parser = argparse.ArgumentParser(prog="bench paint")
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args(argv).runs
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as name:
        site, edition = Path(name) / "site", _archive(Path(name) / "out", Path(name) / "site")
        (site / "empty.html").write_text(EMPTY, "utf-8")
        pages = {"front": "/", "edition": f"/{edition}/", "floor": "/empty.html"}
        with _served(site) as address, _browser() as browser:
            _first_paint(browser, address + pages["floor"])  # the browser's own start
            painted = {
                page: [_first_paint(browser, address + path) for _ in range(runs)]
                for page, path in pages.items()
            }
        front_bytes = (site / "index.html").stat().st_size
    figures: dict[str, object] = {
        f"{page}_ms": round(statistics.median(found)) for page, found in painted.items()
    }
    print(
        f"first paint: front page {figures['front_ms']} ms ({front_bytes / 1000:.0f} KB), an "
        f"edition of {STORIES} stories {figures['edition_ms']} ms, an empty page "
        f"{figures['floor_ms']} ms"
    )
    return figures | {"front_bytes": front_bytes}


def _archive(out: Path, site: Path) -> str:
    """Static pages of invented editions; the date of the newest, which is a whole one."""
    write = EditionWriter(out)
    for _ in range(EARLIER):
        write()
    edition = edition_of(STORIES)
    rendered = render(edition, templates())
    folder = out / edition.date.isoformat()
    folder.mkdir()
    (folder / "edition.json").write_bytes(rendered.json)
    (folder / "index.html").write_bytes(rendered.html)
    (folder / "digest.txt").write_bytes(rendered.text)
    design = Design(Editorial(), templates())
    build(lambda known: Paper(Archive(out, known), design), site, BASE)
    return folder.name


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("bench paint needs Chromium: `apt-get install chromium`")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


def _first_paint(browser: Browser, url: str) -> float:
    context = browser.new_context(bypass_csp=True)
    try:
        page = context.new_page()
        page.goto(url, wait_until="load")
        return float(page.evaluate(_PAINTED))
    finally:
        context.close()
