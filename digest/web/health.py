"""For machines that watch: /healthz, /readyz, /metrics."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Measured:
    """The service as metrics."""

    measure: Callable[[], bytes]
    content_type: str
    token: str = ""
    """Who shows it may read them; "": this machine alone."""


@dataclass(frozen=True)
class Health:
    ready: Callable[[], str]
    """"" or why the service is not ready, in words that tell nothing of the inside: anybody may
    ask."""
    measured: Measured | None = None

    def routes(self) -> list[Route]:
        routes = [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]
        return [*routes, Route("/metrics", self.metrics)] if self.measured else routes

    def healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=FRESH)

    def readyz(self, request: Request) -> Response:
        problem = self.ready()
        return PlainTextResponse(f"{problem or 'ready'}\n", 503 if problem else 200, FRESH)

    def metrics(self, request: Request) -> Response:
        assert self.measured is not None  # noqa: S101  (there is no such route without)
        if not _may_read(request, self.measured.token):
            return PlainTextResponse("refused\n", 403, FRESH)
        return Response(self.measured.measure(), 200, FRESH, self.measured.content_type)


def _may_read(request: Request, token: str) -> bool:
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
