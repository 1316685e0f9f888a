"""The pages put together, and a server for them."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.archive.editions import Archive
from digest.archive.paper import Paper, Said
from digest.errors import DigestError, StoreError, TokenError, UsageError
from digest.model import Editorial, Outlet
from digest.readers.front import Front
from digest.readers.gate import Gate
from digest.resources import templates
from digest.schedule.logs import log, say
from digest.web.admin import Admin, Office
from digest.web.answers import Answers
from digest.web.commenting import Commenting
from digest.web.forms import FormTime
from digest.web.guard import Guard, most_of_a_reader
from digest.web.health import Health, Measured
from digest.web.look import Look
from digest.web.moving import Moving
from digest.web.pages import Pages, Shelf
from digest.web.searching import Search, Searching
from digest.web.session import Access, Sessions
from digest.web.subscribing import Subscribing

if TYPE_CHECKING:
    import uvicorn

HEAD_BYTES = 16_384
"""Of a request's line and headers."""
KEEP_ALIVE_SECONDS = 15
AT_ONCE = 200
"""Requests in hand; more are told 503 and to come back."""
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class BackOffice:
    """What the operator's pages need: `digest.office` fits `office`."""

    office: Office
    access: Access


def make_app(
    *,
    out: Path,
    editorial: Editorial,
    secret: str = "",
    front: Front | None = None,
    pages: str = "",
    ready: Callable[[], str] = lambda: "",
    measured: Measured | None = None,
    back_office: BackOffice | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    outlet_of: Callable[[str], Outlet | None] = lambda name: None,
    feeds_of: Callable[[str], Sequence[str]] = lambda name: (),
    published: Callable[[str], bool] = lambda thread: False,
    search: Search | None = None,
    said: Said | None = None,
) -> ASGIApp:
    """The pages over the editions in `out`; without a `front` the archive alone.

    `secret`: the installation's, by which forms and sessions are signed; "" for one of this app's
    own. `pages`: the address they are published at, without a trailing slash ("": the settings'
    site_url, else whatever a request asks for). `ready`: see `web.health.Health`.
    `measured`: what /metrics tells; there is none without. `back_office`: the operator's pages,
    where they are wanted.
    `outlet_of`, `feeds_of`: see `archive.paper.Paper`; `published`: whether an edition ever told a
    story under a thread. `search`: none without. `said`: the comments that are printed.
    """
    secret = secret or secrets.token_hex()
    base = (pages or editorial.site_url).rstrip("/")
    look = Look(
        editorial,
        templates(),
        subscribing=front is not None,
        searching=search is not None,
        commenting=front is not None and front.comments is not None,
    )
    editions = Archive(out)
    shelf = Shelf(editions, lambda: Paper(editions, look, outlet_of, feeds_of, said))
    archive = Pages(shelf, look, base, published)
    routes = Health(ready, measured).routes()
    if search:
        routes += Searching(search, look).routes()
    handlers = _handlers(look)
    if front:
        hosts = {urlsplit(address).netloc.lower() for address in (pages, editorial.site_url)}
        answers = Answers(look, front.service.gate, hosts - {""})
        routes += _desk_routes(front, look, answers, FormTime(secret), clock)
        handlers[TokenError] = answers.refused
    most_bytes = most_of_a_reader
    if back_office is not None and back_office.access.open:
        sessions = Sessions(back_office.access, secret, base.startswith("https:"))
        gate = front.service.gate if front else Gate()
        admin = Admin(back_office.office, look, sessions, gate, clock)
        routes += admin.routes()
        most_bytes = admin.most_bytes
    app = Starlette(
        routes=[*routes, *archive.routes()],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)],
        exception_handlers=handlers,
    )
    # Outside of everything, so that the answer to a bug carries its headers, too.
    return Guard(app, secret=secret, https=base.startswith("https:"), most_bytes=most_bytes)


def _desk_routes(
    front: Front, look: Look, answers: Answers, times: FormTime, clock: Callable[[], datetime]
) -> list[Route]:
    subscribing = Subscribing(front, look, times, answers, clock)
    routes = [*subscribing.routes(), *Moving(subscribing).routes()]
    if front.comments:
        routes += Commenting(front.comments, look, times, answers, clock).routes()
    return routes


def _handlers(look: Look) -> dict[object, Callable[[Request, Exception], Response]]:
    """What becomes of what goes wrong; a page never tells of the inside."""

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        key = {404: "missing", 405: "method"}.get(error.status_code, "bad_form")
        response = look.told(key, error.status_code)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    def away(request: Request, error: Exception) -> Response:
        say(logging.ERROR, "web-problem", why=error)
        response = look.told("away", 503)
        response.headers["Retry-After"] = "60"
        return response

    def bug(request: Request, error: Exception) -> Response:
        log.error("event=web-bug", exc_info=error)
        return look.told("bug", 500)

    return {HTTPException: http, StoreError: away, DigestError: away, Exception: bug}


# --- A server ------------------------------------------------------------------------------


def address_of(host: str, port: int) -> str:
    """http://127.0.0.1:8080, http://[::1]:8080."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Site:
    """uvicorn around an app. `run()` in the main thread, or `start()` and `stop()` around
    something else that has it (`digest run`)."""

    def __init__(self, app: ASGIApp, host: str, port: int, *, proxies: str = "127.0.0.1") -> None:
        """`proxies`: addresses whose X-Forwarded-For and -Proto are believed, with commas between.
        `port` 0: any free one."""
        import uvicorn

        from digest.web.patience import Impatient

        self._host, self._port = host, port
        self._server: uvicorn.Server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,  # it would write links' tokens; the guard tells of requests
                server_header=False,
                lifespan="off",
                ws="none",
                http=Impatient,
                h11_max_incomplete_event_size=HEAD_BYTES,
                limit_concurrency=AT_ONCE,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
                proxy_headers=True,
                forwarded_allow_ips=proxies,
            )
        )
        # The setting above is undone by whoever configures logging after it.
        logging.getLogger("uvicorn.access").disabled = True
        self._listening: socket.socket
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where it listens: http://127.0.0.1:8080."""
        return address_of(self._host, self._port)

    def bind(self) -> None:
        """Take the port now, so that a taken one is told at once. Raises UsageError."""
        try:
            family, kind, proto, _, where = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            made = socket.socket(family, kind, proto)
            try:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                made.bind(where)
                made.listen(1024)
            except OSError:
                made.close()
                raise
        except OSError as error:
            raise UsageError(
                f"the pages cannot be served at {self.address} ({error.strerror}); name another "
                "address with --host and --port"
            ) from error
        self._port = made.getsockname()[1]
        self._listening = made

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; requests in hand are answered first."""
        self._server.run(sockets=[self._listening])

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="web", daemon=True)
        self._thread.start()
        say(logging.INFO, "pages-open", at=self.address)

    def stop(self) -> None:
        """Answer the requests in hand, and end."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(STOP_SECONDS + 5)
        self._listening.close()
