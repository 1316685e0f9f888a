"""The archive's endpoints: its pages as `archive.paper` makes them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest.archive.editions import Archive, style_policy
from digest.archive.page import HTML, Page
from digest.archive.paper import Paper
from digest.render.safe import link
from digest.web.look import POLICY, Look

FRESH = "public, max-age=300"
ROUTES = (
    "/",
    "/archive/{rest:path}",
    "/story/{rest:path}",
    "/section/{rest:path}",
    "/place/{rest:path}",
    "/outlet/{rest:path}",
    "/{date}/",
    "/{date}/{name}",
    "/{rest:path}",
)
"""One endpoint answers all; the log tells them apart."""
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass
class Shelf:
    """The paper of the archive as it is now; made anew when an edition has come."""

    archive: Archive
    make: Callable[[], Paper]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: tuple[int, Paper] | None = None

    def paper(self) -> Paper:
        try:
            changed = self.archive.out.stat().st_mtime_ns
        except OSError:
            changed = -1
        with self._lock:  # one thread makes it, the others wait
            if self._known is None or self._known[0] != changed:
                self._known = changed, self.make()
            return self._known[1]


@dataclass(frozen=True)
class Pages:
    """`base`: the site's address, "" to take it from each request."""

    shelf: Shelf
    look: Look
    base: str
    published: Callable[[str], bool] = lambda thread: False
    """Whether an edition ever told a story under this thread."""

    def routes(self) -> list[Route]:
        return [Route(path, self.page) for path in ROUTES]

    def page(self, request: Request) -> Response:
        path = request.url.path
        pages = self.shelf.paper().pages
        found = pages.get(path)
        if found:
            return self._answer(request, found)
        if not path.endswith("/") and f"{path}/" in pages:
            return RedirectResponse(f"{path}/", 308)
        thread = path.removeprefix("/story/").rstrip("/")
        if path.startswith("/story/") and len(path) < 100 and self.published(thread):
            return self.look.told("gone", 410)
        return self.look.told("missing", 404)

    def _answer(self, request: Request, page: Page) -> Response:
        try:
            body = page.make(self.base if page.kind == HTML else self._base(request))
        except FileNotFoundError:  # an edition that is just being made again
            return self.look.told("missing", 404)
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {
            "ETag": etag,
            "Cache-Control": FOR_EVER if page.path == f"/{self.look.css_name}" else FRESH,
        }
        if page.modified:
            modified = page.modified.astimezone(UTC)
            headers["Last-Modified"] = format_datetime(modified, usegmt=True)
        if page.kind == HTML:
            headers["Content-Security-Policy"] = _stored_policy(body) if page.stored else POLICY
        if _is_known(request, page, etag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=page.kind, headers=headers)

    def _base(self, request: Request) -> str:
        """Absolute links need the site's address; a Host header that is no host makes none."""
        if self.base:
            return self.base
        asked = urlsplit(str(request.base_url))
        return link(f"{asked.scheme}://{asked.netloc}") or "http://localhost"


def _stored_policy(page: bytes) -> str:
    return (
        f"default-src 'none'; style-src {style_policy(page)}; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _is_known(request: Request, page: Page, etag: str) -> bool:
    """Whether the browser has it already (RFC 9110, 13.1: a tag counts before a time)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (
            tag.strip().removeprefix("W/") for tag in tags.split(",")
        )
    if page.modified is None:
        return False
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return bool(page.modified.replace(microsecond=0) <= since)
    except (TypeError, ValueError):
        return False
